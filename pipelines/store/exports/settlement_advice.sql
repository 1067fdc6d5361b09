-- grain: one row per contract in the published run $1, ordered by contract number
SELECT contract_no, action, (amount_fen / 100)::DECIMAL(20, 2) AS amount_yuan, (paid_fen / 100)::DECIMAL(20, 2) AS paid_yuan, payable_pct,
       (payable_fen / 100)::DECIMAL(20, 2) AS payable_yuan, (due_fen / 100)::DECIMAL(20, 2) AS due_yuan, attained_pct,
       CASE WHEN final THEN 'evaluation' ELSE 'interim' END AS basis, reasons AS reason,
       purchaser_id, supplier_id, item_code, row_hash
FROM settlement_advice
WHERE from_run <= $1 AND until_run > $1
ORDER BY contract_no
