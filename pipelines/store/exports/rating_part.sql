-- grain: one row per rating of the published run $1 with its packed terms, ordered by supplier; the export has one row per term
SELECT supplier_id, parts
FROM rating
WHERE from_run <= $1 AND until_run > $1
ORDER BY supplier_id
