-- grain: one row per accepted description of a contract, of some only or of all, in no order
SELECT contract_key, batch_id, row_no, contract_no, purchaser_id, supplier_id, item_code, method, budget_year::INTEGER AS budget_year, amount_fen, signed_on,
       start_on, end_on
FROM contract
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
