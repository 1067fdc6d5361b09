-- grain: one row per indicator that any score names
SELECT indicator_key, indicator FROM indicator ORDER BY indicator_key
