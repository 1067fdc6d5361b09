-- grain: one row per accepted description of a contract, in no order
SELECT contract_key FROM contract WHERE batch_id <= {{.Watermark}}
