-- grain: one row per contract whose evidence or dated conditions changed since the published run, ordered by key;
-- by_evidence is false where only a date has come (a cap that begins or ends, the end of the service)
-- $1 watermark of the published run, $2 its day, $3 the day of this run, $4 its number
SELECT contract_key, bool_or(by_evidence) AS by_evidence
FROM (
  SELECT contract_key, true AS by_evidence FROM batch_contract WHERE batch_id > $1 OR last_on > $2
  UNION ALL
  SELECT contract_key, false AS by_evidence FROM evaluation WHERE from_run <= $4 AND until_run > $4 AND good_until <= $3
)
GROUP BY contract_key
ORDER BY contract_key
