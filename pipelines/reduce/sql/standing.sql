-- grain: one row per contract of the published run $1, what ratings and budgets use of its evaluation, ordered by contract number;
-- of some suppliers only, those in $2
SELECT contract_key, contract_no, purchaser_id, supplier_id, item_code, budget_year::INTEGER AS budget_year, amount_fen, status,
       coalesce(value, 'NaN'::DOUBLE) AS value, coalesce(low, 'NaN'::DOUBLE) AS low, coalesce(high, 'NaN'::DOUBLE) AS high,
       coalesce(grade, '') AS grade, missing <> '[]' AS missing_party, last_on,
       (n_purchaser + n_recipient + n_third_party)::BIGINT AS cases, row_hash, end_on
FROM evaluation
WHERE from_run <= $1 AND until_run > $1{{.Among "supplier_id" 2}}
ORDER BY contract_no
