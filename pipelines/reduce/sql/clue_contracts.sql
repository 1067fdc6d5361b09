-- grain: one row per accepted description of a contract, ordered by contract number, the latest last
SELECT contract_no, batch_id, contract_key, purchaser_id, supplier_id, item_code, method, budget_year::INTEGER AS budget_year, amount_fen, signed_on, start_on,
       end_on
FROM contract
WHERE batch_id <= {{.Watermark}}
ORDER BY contract_no, batch_id, row_no
