-- grain: one row per contract whose evidence or dated conditions changed since the published run, ordered by key;
-- by_evidence: a batch since says something of it; by_day: some of what earlier batches said is of a day between the two
-- runs; by_date: a day has come on which its judgement ends by itself (a cap begins or ends, the service ends)
-- $1 watermark of the published run, $2 the earlier one of the two days, $3 the day of this run, $4 number of the published run
SELECT contract_key, bool_or(by_evidence) AS by_evidence, bool_or(by_day) AS by_day, bool_or(by_date) AS by_date
FROM (
  SELECT contract_key, batch_id > $1 AS by_evidence, batch_id <= $1 AS by_day, false AS by_date FROM batch_contract WHERE batch_id > $1 OR last_on > $2
  UNION ALL
  SELECT contract_key, false, false, true FROM evaluation WHERE from_run <= $4 AND until_run > $4 AND good_until <= $3
)
GROUP BY contract_key
ORDER BY contract_key
