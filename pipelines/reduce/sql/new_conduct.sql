-- grain: one row per supplier with a credit event accepted after watermark $1, ordered by id
SELECT DISTINCT supplier_id FROM credit_event WHERE batch_id > $1 ORDER BY supplier_id
