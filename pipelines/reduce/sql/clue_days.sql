-- grain: one row per accepted description of a contract, of some only, in no order: the days that no evaluation says
SELECT contract_key, batch_id, row_no, signed_on, start_on
FROM contract
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
