-- grain: one row per clue in the published run $1, with the last verdict on it, ordered by rule and id
SELECT clue.rule, clue_id, about, subject, purchaser_id, supplier_id, item_code, nullif(budget_year, 0) AS budget_year, n, seen, line, p_value,
       (amount_fen / 100)::DECIMAL(20, 2) AS amount_yuan, evidence, verdict, clue.row_hash
FROM clue LEFT JOIN (SELECT clue_id, arg_max(verdict, verdict_id) AS verdict FROM clue_verdict GROUP BY clue_id) USING (clue_id)
WHERE from_run <= $1 AND until_run > $1
ORDER BY clue.rule, clue_id
