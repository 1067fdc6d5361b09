-- grain: one row per supplier with a credit event or a listing accepted after watermark $1, ordered by id
SELECT supplier_id FROM credit_event WHERE batch_id > $1
UNION
SELECT supplier_id FROM listing WHERE batch_id > $1
ORDER BY supplier_id
