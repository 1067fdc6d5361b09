-- grain: one row per supplier of the published run $1, ordered by id; of some only, those in $2
SELECT supplier_id, coalesce(score, 'NaN'::DOUBLE) AS score, coalesce(level, status) AS level
FROM rating
WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
ORDER BY supplier_id
