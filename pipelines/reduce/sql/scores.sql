-- grain: one row per score of a day up to $1 as it stood at the watermark, in no order
{{define "columns"}}contract_key, indicator_key, party, score_e4, scored_on{{if .Raters}}, rater_key{{end}}{{end -}}
{{define "standing"}}batch_id <= {{.Watermark}} AND scored_on <= $1
  {{if .Known}}AND (batch_id <= {{.Known}} OR (contract_key, indicator_key, party, rater_key) IN (
    SELECT (contract_key, indicator_key, party, rater_key) FROM score_superseded WHERE {{.Contracts}} AND batch_id <= {{.Known}})){{end}}{{end -}}
{{range .Each -}}
SELECT {{template "columns" $}}
FROM score
WHERE {{.}} AND {{template "standing" $}}
UNION ALL
{{end -}}
SELECT {{template "columns" .}}
FROM score_superseded
WHERE {{.Contracts}} AND {{template "standing" .}} AND by_batch > {{.Watermark}}
