-- grain: one row per accepted description of a credit event, ordered by event, the latest last
SELECT event_id, batch_id, supplier_id, kind, severity, occurred_on, coalesce(authority, '') AS authority, coalesce(document_no, '') AS document_no,
       ends_on, repaired_on, coalesce(contract_no, '') AS contract_no
FROM credit_event
WHERE batch_id <= {{.Watermark}}
ORDER BY event_id, batch_id, row_no
