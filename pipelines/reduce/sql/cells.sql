-- grain: one row per contract x indicator x party, ordered by them; the scores of the cell come as a list, in no order
SELECT contract_key, indicator_key, party,
       count(*)                                   AS n,
       sum(score_e4)::BIGINT                      AS total,
       sum(score_e4::BIGINT * score_e4)::BIGINT   AS squares,
       max(scored_on)                             AS last_on,
       list(score_e4)                             AS scores
FROM score
WHERE {{contracts}} AND scored_on <= $1
GROUP BY contract_key, indicator_key, party
ORDER BY contract_key, indicator_key, party
