-- grain: one row per accepted reading of a day up to $1, ordered by contract, indicator and day, the latest word on each day last
SELECT contract_key, batch_id, indicator, as_of_on, actual
FROM progress
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}} AND as_of_on <= $1
ORDER BY contract_key, indicator, as_of_on, batch_id, row_no
