-- A calibration is what was estimated from everybody: an input of runs, never changed once made.
CREATE TABLE calibration (calibration_id INTEGER PRIMARY KEY, as_of DATE NOT NULL,
  watermark INTEGER NOT NULL, policy_id VARCHAR NOT NULL, policy_hash VARCHAR NOT NULL, hash VARCHAR NOT NULL, program VARCHAR NOT NULL,
  made_at TIMESTAMP NOT NULL,
  summary VARCHAR NOT NULL);          -- JSON: what was estimated of all raters together, agreement, warnings
CREATE TABLE calibration_peer (calibration_id INTEGER NOT NULL, peer VARCHAR NOT NULL, mean DOUBLE NOT NULL, variance DOUBLE NOT NULL,
  n INTEGER NOT NULL);
CREATE TABLE calibration_rater (calibration_id INTEGER NOT NULL, evaluator_id VARCHAR NOT NULL, rater_key INTEGER NOT NULL, party UTINYINT NOT NULL,
  n INTEGER NOT NULL,                 -- scores
  contracts INTEGER NOT NULL, mean DOUBLE NOT NULL, sd DOUBLE, last_on DATE,
  severity DOUBLE,                    -- points, a whole number of ten-thousandths; NULL: none was estimated
  severity_se DOUBLE, comparable BOOLEAN NOT NULL,
  flags VARCHAR NOT NULL);            -- JSON: names of the rules met
CREATE TABLE calibration_flag (calibration_id INTEGER NOT NULL, rule VARCHAR NOT NULL, subject VARCHAR NOT NULL, ref VARCHAR NOT NULL,
  others VARCHAR NOT NULL, statistic DOUBLE NOT NULL, threshold DOUBLE NOT NULL, n INTEGER NOT NULL, p_value DOUBLE);

ALTER TABLE run ADD COLUMN calibration_id INTEGER DEFAULT 0;    -- 0: none
ALTER TABLE run ADD COLUMN calibration_hash VARCHAR DEFAULT '';

ALTER TABLE evaluation ADD COLUMN raw DOUBLE;          -- without adjustment and shrinkage
ALTER TABLE evaluation ADD COLUMN adjusted DOUBLE;     -- with the severity of raters taken out
ALTER TABLE evaluation ADD COLUMN shrunken DOUBLE;     -- drawn toward the peer group
ALTER TABLE evaluation ADD COLUMN reliability DOUBLE;  -- weight of the contract's own evidence in shrunken
