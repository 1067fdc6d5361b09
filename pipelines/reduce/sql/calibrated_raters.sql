-- grain: one row per rater of calibration $1 of whom it says something that a run uses, ordered by key
SELECT rater_key, coalesce(round(severity * 10000), 0)::INTEGER AS severity_e4, comparable, flags
FROM calibration_rater
WHERE calibration_id = $1 AND (comparable OR flags <> '[]')
ORDER BY rater_key
