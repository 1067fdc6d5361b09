-- grain: one row per accepted assessment of an item of a day up to $1, ordered by supplier, section, item and day, the
-- latest of each item last; of some suppliers only, those in $2
SELECT supplier_id, batch_id, section, item, points, max_points, assessed_on
FROM assessment_item
WHERE assessed_on <= $1 AND batch_id <= {{.Watermark}}{{.Among "supplier_id" 2}}
ORDER BY supplier_id, section, item, assessed_on, batch_id, row_no
