-- grain: one row per contract, the latest accepted description of it, ordered by key
SELECT contract_key, contract_no, coalesce(name, '') AS name, purchaser_id, supplier_id, item_code, budget_year::INTEGER AS budget_year,
       amount_fen, start_on, end_on, coalesce(recipients, 0) AS recipients
FROM contract
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
WINDOW versions AS (PARTITION BY contract_key), latest AS (versions ORDER BY batch_id DESC, row_no DESC)
QUALIFY row_number() OVER latest = 1 {{if .Known}}AND min(batch_id) OVER versions <= {{.Known}}{{end}}
ORDER BY contract_key
