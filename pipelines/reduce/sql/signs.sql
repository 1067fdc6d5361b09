-- grain: one row per flag of the calibration $1, ordered by rule, subject and what it concerns besides
SELECT rule, subject, ref, others, statistic, threshold, n, coalesce(p_value, 'NaN'::DOUBLE) AS p_value
FROM calibration_flag
WHERE calibration_id = $1
ORDER BY rule, subject, ref, others
