-- grain: one row per supplier of the published run $1, ordered by supplier
SELECT supplier_id, status, grade, points, assessed_on, valid_until, reasons, row_hash
FROM assessment_grade
WHERE from_run <= $1 AND until_run > $1
ORDER BY supplier_id
