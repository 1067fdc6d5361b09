-- grain: one row per contract of the latest budget year in the published run $1, ordered by contract number
SELECT contract_no, (base_fen / 100)::DECIMAL(20, 2) AS base_yuan, (change_fen / 100)::DECIMAL(20, 2) AS change_yuan, reasons AS reason, action,
       purchaser_id, supplier_id, item_code, row_hash
FROM budget_proposal
WHERE from_run <= $1 AND until_run > $1
ORDER BY contract_no
