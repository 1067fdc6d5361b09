-- A validation says how well the ratings of a past day foretold what came after; kept to be shown, never read by a run.
CREATE TABLE validation (validation_id INTEGER PRIMARY KEY, as_of DATE NOT NULL, horizon_days INTEGER NOT NULL,
  policy_id VARCHAR NOT NULL, policy_hash VARCHAR NOT NULL,
  watermark INTEGER NOT NULL,         -- last batch of which the ratings knew
  outcome_watermark INTEGER NOT NULL, -- last batch of which the outcomes are
  calibration_id INTEGER NOT NULL,    -- 0: none
  calibration_hash VARCHAR NOT NULL, hash VARCHAR NOT NULL, program VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL,
  report VARCHAR NOT NULL);           -- JSON
CREATE TABLE validation_figure (validation_id INTEGER NOT NULL, place INTEGER NOT NULL, metric VARCHAR NOT NULL, subject VARCHAR NOT NULL,
  value DOUBLE NOT NULL, low DOUBLE, high DOUBLE);
