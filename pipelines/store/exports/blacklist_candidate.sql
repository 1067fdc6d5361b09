-- grain: one row per supplier and ground of the published run $1, ordered by both
SELECT supplier_id, ground, evidence, row_hash
FROM blacklist_candidate
WHERE from_run <= $1 AND until_run > $1
ORDER BY supplier_id, ground
