-- grain: one row per accepted description of a contract, with its evaluation in the published run $1, if any; ordered by
-- contract number, the latest last
SELECT contract_no, batch_id, contract_key, purchaser_id, supplier_id, item_code, method, budget_year::INTEGER AS budget_year, amount_fen, signed_on, start_on,
       end_on, coalesce(status, '') AS status, coalesce(value, 'NaN'::DOUBLE) AS value, coalesce(low, 'NaN'::DOUBLE) AS low, coalesce(high, 'NaN'::DOUBLE) AS high,
       coalesce(grade, '') AS grade, coalesce(cases, 0) AS cases, last_on
FROM contract
LEFT JOIN (SELECT contract_key, status, value, low, high, grade, (n_purchaser + n_recipient + n_third_party)::BIGINT AS cases, last_on
           FROM evaluation WHERE from_run <= $1 AND until_run > $1) USING (contract_key)
WHERE batch_id <= {{.Watermark}}
ORDER BY contract_no, batch_id, row_no
