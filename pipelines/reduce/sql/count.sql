-- grain: one row, the number of contracts that exist
SELECT count(DISTINCT contract_key) AS contracts FROM contract WHERE batch_id <= {{.Watermark}}
