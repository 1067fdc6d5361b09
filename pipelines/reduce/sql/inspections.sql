-- grain: one row per accepted result of an inspection, ordered by supplier and year, the latest of each last
SELECT supplier_id, batch_id, year::INTEGER AS year, result
FROM inspection
WHERE batch_id <= {{.Watermark}}
ORDER BY supplier_id, year, batch_id, row_no
