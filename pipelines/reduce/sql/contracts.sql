-- grain: one row per contract, the latest accepted description of it, ordered by key
SELECT contract_key, contract_no, coalesce(name, '') AS name, purchaser_id, supplier_id, item_code, budget_year::INTEGER AS budget_year,
       amount_fen, start_on, end_on, coalesce(recipients, 0) AS recipients
FROM contract
WHERE {{contracts}}
QUALIFY row_number() OVER (PARTITION BY contract_key ORDER BY batch_id DESC, row_no DESC) = 1
ORDER BY contract_key
