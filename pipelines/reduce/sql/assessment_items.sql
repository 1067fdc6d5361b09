-- grain: one row per supplier, section and item, the latest assessment on or before the day, ordered by them
SELECT supplier_id, section, item, points, max_points, assessed_on
FROM assessment_item
WHERE assessed_on <= $1 AND batch_id <= {{.Watermark}}
QUALIFY row_number() OVER (PARTITION BY supplier_id, section, item ORDER BY assessed_on DESC, batch_id DESC, row_no DESC) = 1
ORDER BY supplier_id, section, item
