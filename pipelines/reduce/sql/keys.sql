-- grain: one row per contract that exists, ordered by key
SELECT DISTINCT contract_key FROM contract WHERE batch_id <= {{.Watermark}} ORDER BY contract_key
