-- grain: one row per accepted description of a contract, ordered by key, the latest description last
SELECT contract_key, batch_id, contract_no, coalesce(name, '') AS name, purchaser_id, supplier_id, item_code, budget_year::INTEGER AS budget_year,
       amount_fen, start_on, end_on, coalesce(recipients, 0) AS recipients
FROM contract
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
ORDER BY contract_key, batch_id, row_no
