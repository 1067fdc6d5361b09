-- grain: one row per figure of the latest kept validation, in the order of the report
SELECT as_of, horizon_days, policy_id, metric, subject, value, low, high
FROM validation_figure JOIN validation USING (validation_id)
WHERE validation_id = (SELECT max(validation_id) FROM validation)
ORDER BY place
