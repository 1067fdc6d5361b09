-- grain: one row per contract with a score that was replaced after watermark $1, ordered by key
SELECT DISTINCT contract_key FROM score_superseded WHERE by_batch > $1 ORDER BY contract_key
