-- grain: one row per accepted description of an organisation, ordered by id, the latest last
SELECT org_id, batch_id, coalesce(supplier_type, '') AS supplier_type, registered_on, kind = 'supplier' AS is_supplier
FROM organisation
WHERE batch_id <= {{.Watermark}}
ORDER BY org_id, batch_id, row_no
