-- grain: one row per accepted description of a contract, ordered by contract number, the latest last
SELECT contract_no, batch_id, contract_key, supplier_id, item_code, budget_year::INTEGER AS budget_year, start_on, end_on
FROM contract
WHERE batch_id <= {{.Watermark}}
ORDER BY contract_no, batch_id, row_no
