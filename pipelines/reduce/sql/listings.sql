-- grain: one row per accepted description of a listing, ordered by case and supplier, the latest last; of some suppliers
-- only, those in $1
SELECT case_no, batch_id, supplier_id, listed_on, until_on, ended_on
FROM listing
WHERE batch_id <= {{.Watermark}}{{.Among "supplier_id" 1}}
ORDER BY case_no, supplier_id, batch_id, row_no
