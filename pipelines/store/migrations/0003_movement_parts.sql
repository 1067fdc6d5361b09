-- What each stage of the way from the run before added to a result; the six add up to after - before. Rows of earlier runs
-- have none.
ALTER TABLE movement ADD COLUMN by_program DOUBLE;
ALTER TABLE movement ADD COLUMN by_correction DOUBLE;
ALTER TABLE movement ADD COLUMN by_new_evidence DOUBLE;
ALTER TABLE movement ADD COLUMN by_ageing DOUBLE;
ALTER TABLE movement ADD COLUMN by_calibration DOUBLE;
ALTER TABLE movement ADD COLUMN by_policy DOUBLE;
