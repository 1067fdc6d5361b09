-- grain: one row per contract with at least one planned stage, the money paid on or before the day, ordered by key
WITH stages AS (
  SELECT contract_key, paid_on, amount_fen
  FROM payment
  WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
  WINDOW versions AS (PARTITION BY contract_key, stage), latest AS (versions ORDER BY batch_id DESC, row_no DESC)
  QUALIFY row_number() OVER latest = 1 {{if .Known}}AND min(batch_id) OVER versions <= {{.Known}}{{end}}
)
SELECT contract_key, count(*) AS stages, coalesce(sum(amount_fen) FILTER (WHERE paid_on <= $1), 0)::BIGINT AS paid_fen
FROM stages
GROUP BY contract_key
ORDER BY contract_key
