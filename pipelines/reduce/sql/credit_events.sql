-- grain: one row per credit event, the latest accepted description of it, ordered by supplier and event
SELECT supplier_id, event_id, kind, severity, occurred_on, coalesce(authority, '') AS authority, coalesce(document_no, '') AS document_no,
       ends_on, repaired_on, coalesce(contract_no, '') AS contract_no
FROM credit_event
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY batch_id DESC, row_no DESC) = 1
ORDER BY supplier_id, event_id
