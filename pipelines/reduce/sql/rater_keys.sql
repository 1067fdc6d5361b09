-- grain: one row per rater that has ever scored
SELECT rater_key, evaluator_id FROM rater
