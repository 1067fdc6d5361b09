-- grain: one row per evaluation of the published run $1 with its packed slip, ordered by contract number; the export has one row per term
SELECT contract_no, parts
FROM evaluation
WHERE from_run <= $1 AND until_run > $1
ORDER BY contract_no
