-- grain: one row per contract whose evidence or dated conditions changed since the published run, ordered by key;
-- by_evidence is false where only a date has come (a cap that begins or ends, the end of the service), by_day is true
-- where some of its evidence lies between the days of the two runs
-- $1 watermark of the published run, $2 the earlier one of the two days, $3 the day of this run, $4 number of the published run
SELECT contract_key, bool_or(by_evidence) AS by_evidence, bool_or(by_day) AS by_day
FROM (
  SELECT contract_key, true AS by_evidence, coalesce(last_on > $2, false) AS by_day FROM batch_contract WHERE batch_id > $1 OR last_on > $2
  UNION ALL
  SELECT contract_key, false AS by_evidence, false AS by_day FROM evaluation WHERE from_run <= $4 AND until_run > $4 AND good_until <= $3
)
GROUP BY contract_key
ORDER BY contract_key
