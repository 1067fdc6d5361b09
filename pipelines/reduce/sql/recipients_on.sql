-- grain: one row per contract among $3 that anybody of the party $2 scored by the day $1, as it stood at the watermark: how
-- many did, the sum of their scores and the number of these
WITH asked AS (SELECT DISTINCT contract_key, contract_no FROM contract WHERE contract_no IN (SELECT unnest($3::VARCHAR[])))
SELECT contract_no, count(DISTINCT rater_key) AS raters, sum(score_e4)::BIGINT AS total_e4, count(*) AS scores
FROM (
  SELECT contract_key, rater_key, score_e4 FROM score SEMI JOIN asked USING (contract_key)
  WHERE party = $2 AND batch_id <= {{.Watermark}} AND scored_on <= $1
  UNION ALL
  SELECT contract_key, rater_key, score_e4 FROM score_superseded SEMI JOIN asked USING (contract_key)
  WHERE party = $2 AND batch_id <= {{.Watermark}} AND scored_on <= $1 AND by_batch > {{.Watermark}}
)
JOIN asked USING (contract_key)
GROUP BY contract_no
