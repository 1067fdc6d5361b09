-- grain: one row per contract, the latest accepted description of it, ordered by contract number
SELECT contract_key, contract_no, supplier_id, item_code, budget_year::INTEGER AS budget_year, start_on, end_on
FROM contract
WHERE batch_id <= {{.Watermark}}
QUALIFY row_number() OVER (PARTITION BY contract_key ORDER BY batch_id DESC, row_no DESC) = 1
ORDER BY contract_no
