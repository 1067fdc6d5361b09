-- grain: one row per contract of which a stage was paid by $1, with the sum and the day of the last one, in no order; of
-- several descriptions of a stage the one of the latest batch counts
SELECT contract_key, sum(stage.fen)::BIGINT AS paid_fen, max(stage.paid_on) AS paid_on
FROM (
  SELECT contract_key, arg_max({'fen': amount_fen, 'paid_on': paid_on}, batch_id) AS stage
  FROM payment WHERE batch_id <= {{.Watermark}} GROUP BY contract_key, payment.stage
)
WHERE stage.paid_on <= $1
GROUP BY contract_key
