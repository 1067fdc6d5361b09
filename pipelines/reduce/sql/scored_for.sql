-- grain: one row per contract of the suppliers $3 and rater of the party $2 who scored it by the day $1, as it stood at the
-- watermark, ordered by both
WITH theirs AS (SELECT contract_key, arg_max(contract_no, batch_id) AS contract_no, arg_max(supplier_id, batch_id) AS supplier_id
                FROM contract WHERE batch_id <= {{.Watermark}} GROUP BY contract_key
                HAVING arg_max(supplier_id, batch_id) IN (SELECT unnest($3::VARCHAR[])))
SELECT contract_no, evaluator_id
FROM (
  SELECT contract_key, rater_key FROM score SEMI JOIN theirs USING (contract_key)
  WHERE party = $2 AND batch_id <= {{.Watermark}} AND scored_on <= $1
  UNION
  SELECT contract_key, rater_key FROM score_superseded SEMI JOIN theirs USING (contract_key)
  WHERE party = $2 AND batch_id <= {{.Watermark}} AND scored_on <= $1 AND by_batch > {{.Watermark}}
)
JOIN theirs USING (contract_key) JOIN rater USING (rater_key)
ORDER BY contract_no, evaluator_id
