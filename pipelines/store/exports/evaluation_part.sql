-- grain: one row per term of a calculation slip of the published run $1, ordered by contract number and place in the slip
SELECT e.contract_no, p.seq, p.indicator, p.parent, CASE p.party WHEN 1 THEN 'purchaser' WHEN 2 THEN 'recipient' WHEN 3 THEN 'third_party' END AS party,
       p.n, p.n_effective, p.plain, p.value, p.se, p.weight_pct, p.share, p.contribution, p.note
FROM evaluation e JOIN evaluation_part p ON p.contract_key = e.contract_key AND p.run_id = e.from_run
WHERE e.from_run <= $1 AND e.until_run > $1
ORDER BY e.contract_no, p.seq
