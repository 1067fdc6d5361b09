-- grain: one row per accepted description of a credit event, ordered by event, the latest last; of some
-- suppliers only, those in $1, every description of each event that was ever recorded against one of them
SELECT event_id, batch_id, supplier_id, kind, severity, occurred_on, coalesce(authority, '') AS authority, coalesce(document_no, '') AS document_no,
       ends_on, repaired_on, coalesce(contract_no, '') AS contract_no
FROM credit_event
WHERE batch_id <= {{.Watermark}}{{if .Some}} AND event_id IN (SELECT event_id FROM credit_event WHERE true{{.Among "supplier_id" 1}}){{end}}
ORDER BY event_id, batch_id, row_no
