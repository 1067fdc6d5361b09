-- grain: one row per accepted description of a stage of payment, ordered by contract and stage, the latest of each last;
-- what is paid after $1 is not paid yet
SELECT contract_key, batch_id, stage, CASE WHEN paid_on <= $1 THEN amount_fen ELSE 0 END AS paid_fen
FROM payment
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
ORDER BY contract_key, stage, batch_id, row_no
