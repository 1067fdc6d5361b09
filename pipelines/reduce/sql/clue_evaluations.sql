-- grain: one row per contract of the published run $1, of some only or of all, what the rules of clues use of its evaluation, in no order
SELECT contract_key, status, coalesce(value, 'NaN'::DOUBLE) AS value, coalesce(low, 'NaN'::DOUBLE) AS low, coalesce(high, 'NaN'::DOUBLE) AS high,
       coalesce(grade, '') AS grade, (n_purchaser + n_recipient + n_third_party)::BIGINT AS cases, last_on
FROM evaluation
WHERE {{.Contracts}} AND from_run <= $1 AND until_run > $1
