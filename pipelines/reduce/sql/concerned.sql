-- grain: one row per supplier on whom the night may conclude otherwise than the published run, ordered by id: who holds or
-- held a touched contract, of whom a batch since says something, an assessment of whom has come of age, whose rating has
-- been good until a day that has come, or who was assessed, where a batch since brings the first inspections of a year
-- $1 number of the published run, $2 its watermark, $3 the day of that run, $4 the day of this one
SELECT supplier_id FROM evaluation WHERE from_run <= $1 AND until_run > $1 AND {{.Contracts}}
UNION
SELECT supplier_id FROM contract WHERE {{.Contracts}} AND batch_id <= {{.Watermark}}
UNION
SELECT org_id FROM organisation WHERE batch_id > $2 AND batch_id <= {{.Watermark}}
UNION
SELECT supplier_id FROM credit_event SEMI JOIN (SELECT event_id FROM credit_event WHERE batch_id > $2 AND batch_id <= {{.Watermark}}) USING (event_id)
UNION
SELECT supplier_id FROM listing WHERE batch_id > $2 AND batch_id <= {{.Watermark}}
UNION
SELECT supplier_id FROM inspection WHERE batch_id > $2 AND batch_id <= {{.Watermark}}
UNION
SELECT supplier_id FROM assessment_item WHERE batch_id <= {{.Watermark}} AND (batch_id > $2 OR assessed_on > $3 AND assessed_on <= $4)
UNION
SELECT supplier_id FROM assessment_item WHERE batch_id <= {{.Watermark}}
       AND EXISTS (SELECT 1 FROM inspection WHERE batch_id <= {{.Watermark}} GROUP BY year HAVING min(batch_id) > $2)
UNION
SELECT supplier_id FROM rating WHERE from_run <= $1 AND until_run > $1 AND good_until <= $4
ORDER BY supplier_id
