-- The suppliers of a validation with what its figures count of them, for whoever follows a figure to its rows. One kept before
-- this has none until it is made again.
CREATE TABLE validation_supplier (validation_id INTEGER NOT NULL,
  earlier BOOLEAN NOT NULL,           -- of the window that ended by the day of the ratings
  supplier_id VARCHAR NOT NULL,
  level VARCHAR NOT NULL,             -- empty: unrated
  score DOUBLE,                       -- NULL: unrated
  predicted DOUBLE,                   -- NULL: unrated, or no forecast
  calibration_group INTEGER NOT NULL, -- from 1; 0: none
  level_after VARCHAR NOT NULL,       -- empty: unrated or gone
  outcomes INTEGER NOT NULL);         -- that count
CREATE TABLE validation_outcome (validation_id INTEGER NOT NULL, earlier BOOLEAN NOT NULL, supplier_id VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  occurred_on DATE NOT NULL);
CREATE TABLE validation_value (validation_id INTEGER NOT NULL, earlier BOOLEAN NOT NULL, supplier_id VARCHAR NOT NULL,
  input VARCHAR NOT NULL,             -- empty: the score
  value DOUBLE,                       -- NULL: missing
  bin VARCHAR NOT NULL);
