-- grain: one row per score of a day up to $1, in no order
SELECT contract_key, indicator_key, party, score_e4, scored_on
FROM score
WHERE {{contracts}} AND scored_on <= $1
