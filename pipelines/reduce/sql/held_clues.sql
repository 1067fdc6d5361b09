-- grain: one row per clue that holds for the published run $1; of the rules in $2, and of those in $3 that are about a contract
-- numbered as in $4, only, where some contracts are looked at
SELECT row_hash FROM clue
WHERE from_run <= $1 AND until_run > $1
{{- if .Some}} AND (rule IN (SELECT unnest($2::VARCHAR[])) OR rule IN (SELECT unnest($3::VARCHAR[])) AND subject IN (SELECT unnest($4::VARCHAR[]))){{end}}
