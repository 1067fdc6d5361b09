-- grain: one row per result row of one table that holds for the published run $1
SELECT row_hash FROM {{.Table}} WHERE from_run <= $1 AND until_run > $1
