-- grain: one row per accepted description of an organisation, ordered by id, the latest last; of some only, those in $1
SELECT org_id, batch_id, coalesce(supplier_type, '') AS supplier_type, registered_on, kind = 'supplier' AS is_supplier
FROM organisation
WHERE batch_id <= {{.Watermark}}{{.Among "org_id" 1}}
ORDER BY org_id, batch_id, row_no
