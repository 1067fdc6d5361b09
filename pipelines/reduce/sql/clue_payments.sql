-- grain: one row per stage of a contract that was paid by $1, in no order; of several descriptions of a stage the one of the
-- latest batch counts
SELECT contract_key, stage, held.fen AS amount_fen, held.paid_on
FROM (SELECT contract_key, stage, arg_max({'fen': amount_fen, 'paid_on': paid_on}, batch_id) AS held
      FROM payment WHERE batch_id <= {{.Watermark}} GROUP BY contract_key, stage)
WHERE held.paid_on <= $1
