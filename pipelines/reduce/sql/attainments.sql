-- grain: one row per contract x indicator that has a target, with its latest reading on or before the day, ordered by both
WITH latest_target AS (
  SELECT contract_key, indicator, target, direction
  FROM target
  WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
  WINDOW versions AS (PARTITION BY contract_key, indicator), latest AS (versions ORDER BY batch_id DESC, row_no DESC)
  QUALIFY row_number() OVER latest = 1 {{if .Known}}AND min(batch_id) OVER versions <= {{.Known}}{{end}}
), reading AS (
  SELECT contract_key, indicator, as_of_on, actual
  FROM progress
  WHERE {{.Contracts}} AND batch_id <= {{.Watermark}} AND as_of_on <= $1
  WINDOW versions AS (PARTITION BY contract_key, indicator, as_of_on), latest AS (versions ORDER BY batch_id DESC, row_no DESC)
  QUALIFY row_number() OVER latest = 1 {{if .Known}}AND min(batch_id) OVER versions <= {{.Known}}{{end}}
), latest_reading AS (
  SELECT contract_key, indicator, arg_max(actual, as_of_on) AS actual FROM reading GROUP BY contract_key, indicator
)
SELECT t.contract_key, t.indicator, t.target, coalesce(p.actual, 0) AS actual, p.actual IS NOT NULL AS reached,
       t.direction = 'higher' AS higher
FROM latest_target t LEFT JOIN latest_reading p USING (contract_key, indicator)
ORDER BY t.contract_key, t.indicator
