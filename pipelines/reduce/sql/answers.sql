-- grain: one row per score by some parties, of a day from $2 to $1, with the name of who gave it; in no order
SELECT contract_key, indicator_key, party, score_e4, scored_on, evaluator_id
FROM score JOIN rater USING (rater_key)
WHERE {{.Contracts}} AND batch_id <= {{.Watermark}} AND scored_on BETWEEN $2 AND $1 AND party IN ({{.Parties}})
