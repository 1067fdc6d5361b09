-- grain: one row per supplier of the published run $1, ordered by supplier
SELECT supplier_id, score, level, status, uncapped_level, stars, performance, conduct, n_evaluations, n_cases, caps, reasons, lift, warnings, row_hash
FROM rating
WHERE from_run <= $1 AND until_run > $1
ORDER BY supplier_id
