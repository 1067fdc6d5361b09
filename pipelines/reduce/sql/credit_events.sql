-- grain: one row per credit event, the latest accepted description of it, ordered by supplier and event; first_batch is
-- the batch that first described it
SELECT supplier_id, event_id, kind, severity, occurred_on, coalesce(authority, '') AS authority, coalesce(document_no, '') AS document_no,
       ends_on, repaired_on, coalesce(contract_no, '') AS contract_no, min(batch_id) OVER versions AS first_batch
FROM credit_event
WHERE batch_id <= {{.Watermark}}
WINDOW versions AS (PARTITION BY event_id), latest AS (versions ORDER BY batch_id DESC, row_no DESC)
QUALIFY row_number() OVER latest = 1
ORDER BY supplier_id, event_id
