-- grain: one row per organisation that is a supplier, the latest accepted description of it, ordered by id
SELECT org_id, coalesce(supplier_type, '') AS supplier_type, registered_on
FROM organisation
WHERE batch_id <= {{.Watermark}}
QUALIFY row_number() OVER (PARTITION BY org_id ORDER BY batch_id DESC, row_no DESC) = 1 AND kind = 'supplier'
ORDER BY org_id
