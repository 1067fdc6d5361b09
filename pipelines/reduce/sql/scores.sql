-- grain: one row per score of a day up to $1 as it stood at the watermark, in no order
{{define "standing"}}batch_id <= {{.Watermark}} AND scored_on <= $1 AND {{.Contracts}}
  {{if .Known}}AND (batch_id <= {{.Known}} OR (contract_key, indicator_key, party, rater_key) IN (
    SELECT (contract_key, indicator_key, party, rater_key) FROM score_superseded WHERE {{.Contracts}} AND batch_id <= {{.Known}})){{end}}{{end -}}
SELECT contract_key, indicator_key, party, score_e4, scored_on{{if .Raters}}, rater_key{{end}}
FROM score
WHERE {{template "standing" .}}
UNION ALL
SELECT contract_key, indicator_key, party, score_e4, scored_on{{if .Raters}}, rater_key{{end}}
FROM score_superseded
WHERE {{template "standing" .}} AND by_batch > {{.Watermark}}
