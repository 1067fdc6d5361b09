-- grain: one row per contract x indicator that has a target, with its latest reading on or before the day, ordered by both
WITH latest_target AS (
  SELECT contract_key, indicator, target, direction
  FROM target
  WHERE {{contracts}}
  QUALIFY row_number() OVER (PARTITION BY contract_key, indicator ORDER BY batch_id DESC, row_no DESC) = 1
), latest_progress AS (
  SELECT contract_key, indicator, actual
  FROM progress
  WHERE {{contracts}} AND as_of_on <= $1
  QUALIFY row_number() OVER (PARTITION BY contract_key, indicator ORDER BY as_of_on DESC, batch_id DESC, row_no DESC) = 1
)
SELECT t.contract_key, t.indicator, t.target, coalesce(p.actual, 0) AS actual, p.actual IS NOT NULL AS reached,
       t.direction = 'higher' AS higher
FROM latest_target t LEFT JOIN latest_progress p USING (contract_key, indicator)
ORDER BY t.contract_key, t.indicator
