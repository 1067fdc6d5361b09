-- How the scores lie that each purchaser and third party gave, beside those of all of the party: the numbers of a box plot, in
-- points. Recipients have none. It follows from the scores that the calibration is made of; nothing is judged by it.
CREATE TABLE calibration_spread (calibration_id INTEGER NOT NULL, evaluator_id VARCHAR NOT NULL, -- empty: all of the party
  indicator VARCHAR NOT NULL,           -- empty: all indicators alike
  party UTINYINT NOT NULL, n INTEGER NOT NULL,
  outside INTEGER NOT NULL,             -- scores beyond the whiskers
  least DOUBLE NOT NULL, low DOUBLE NOT NULL, lower DOUBLE NOT NULL, median DOUBLE NOT NULL, upper DOUBLE NOT NULL, high DOUBLE NOT NULL, most DOUBLE NOT NULL);
