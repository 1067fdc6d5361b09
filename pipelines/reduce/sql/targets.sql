-- grain: one row per accepted target, ordered by contract and indicator, the latest of each last
SELECT contract_key, batch_id, indicator, target, direction = 'higher' AS higher
FROM target
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
ORDER BY contract_key, indicator, batch_id, row_no
