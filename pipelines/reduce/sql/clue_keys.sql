-- grain: one row per contract of the published run $1 that is numbered as in $2, of a supplier in $3, ended on a day from $4 on and
-- before $5, or of which a payment was made on a day from $6 on and before $7
SELECT contract_key FROM evaluation WHERE from_run <= $1 AND until_run > $1 AND contract_no IN (SELECT unnest($2::VARCHAR[]))
UNION
SELECT contract_key FROM evaluation WHERE from_run <= $1 AND until_run > $1 AND supplier_id IN (SELECT unnest($3::VARCHAR[]))
UNION
SELECT contract_key FROM evaluation WHERE from_run <= $1 AND until_run > $1 AND end_on >= $4 AND end_on < $5
UNION
SELECT contract_key FROM payment WHERE batch_id <= {{.Watermark}} AND paid_on >= $6 AND paid_on < $7
