-- grain: one row per accepted result of an inspection, ordered by supplier and year, the latest of each last; of some
-- only, those in $1
SELECT supplier_id, batch_id, year::INTEGER AS year, result
FROM inspection
WHERE batch_id <= {{.Watermark}}{{.Among "supplier_id" 1}}
ORDER BY supplier_id, year, batch_id, row_no
