-- grain: one row, whether a narrative came in after watermark $1 or is of a day after $2 and up to $3
SELECT EXISTS(SELECT 1 FROM narrative WHERE batch_id <= {{.Watermark}} AND (batch_id > $1 OR written_on > $2 AND written_on <= $3)) AS written
