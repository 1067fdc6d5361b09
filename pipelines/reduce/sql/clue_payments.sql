-- grain: one row per accepted description of a stage of payment, of some contracts only or of all, in no order
SELECT contract_key, batch_id, row_no, stage, amount_fen, coalesce(paid_on, DATE '9999-12-31') AS paid_on
FROM payment
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
