-- grain: one row per contract with at least one planned stage, the money paid on or before the day, ordered by key
WITH latest AS (
  SELECT contract_key, paid_on, amount_fen
  FROM payment
  WHERE {{contracts}}
  QUALIFY row_number() OVER (PARTITION BY contract_key, stage ORDER BY batch_id DESC, row_no DESC) = 1
)
SELECT contract_key, count(*) AS stages, coalesce(sum(amount_fen) FILTER (WHERE paid_on <= $1), 0)::BIGINT AS paid_fen
FROM latest
GROUP BY contract_key
ORDER BY contract_key
