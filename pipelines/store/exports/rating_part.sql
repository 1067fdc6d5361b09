-- grain: one row per term of a rating of the published run $1, ordered by supplier and place
SELECT r.supplier_id, p.seq, p.term, p.ref, p.value, p.age_days, p.weight, p.share, p.contribution, p.note
FROM rating r JOIN rating_part p ON p.supplier_id = r.supplier_id AND p.run_id = r.from_run
WHERE r.from_run <= $1 AND r.until_run > $1
ORDER BY r.supplier_id, p.seq
