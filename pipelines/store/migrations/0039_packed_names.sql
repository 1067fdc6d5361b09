-- Names of raters are packed by zstd. The database would by itself try each way of packing texts and take one that finds
-- repetitions in each column, of which names have none: at three times the cost for a sixth less room (docs/intake.md).
CREATE TABLE rater_packed (rater_key INTEGER NOT NULL, evaluator_id VARCHAR NOT NULL USING COMPRESSION zstd);
INSERT INTO rater_packed SELECT rater_key, evaluator_id FROM rater;
DROP TABLE rater;
ALTER TABLE rater_packed RENAME TO rater;
