-- grain: one row per contract of the published run $1, ordered by contract number
SELECT contract_no, value, low, high, grade, uncapped_grade, status, n_purchaser, n_recipient, n_third_party, plain, raw, adjusted, shrunken, reliability, name, purchaser_id, supplier_id,
       item_code, budget_year, (amount_fen / 100)::DECIMAL(20, 2) AS amount_yuan, missing, caps, warnings, last_on, good_until, row_hash
FROM evaluation
WHERE from_run <= $1 AND until_run > $1
ORDER BY contract_no
