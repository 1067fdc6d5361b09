-- grain: one row per supplier and year, the latest accepted result, ordered by both
SELECT supplier_id, year::INTEGER AS year, result
FROM inspection
WHERE batch_id <= {{.Watermark}}
QUALIFY row_number() OVER (PARTITION BY supplier_id, year ORDER BY batch_id DESC, row_no DESC) = 1
ORDER BY supplier_id, year
