-- grain: one row per contact that holds on the day $1, of an organisation as its latest description has it, ordered by
-- organisation, kind and value; of several descriptions of a contact the one of the latest batch counts
SELECT org_id, contact, value, org.kind = 'supplier' AS is_supplier
FROM (SELECT org_id, contact, value, arg_max({'until_on': until_on}, batch_id) AS held FROM organisation_contact WHERE batch_id <= {{.Watermark}}
      GROUP BY org_id, contact, value)
JOIN (SELECT org_id, arg_max(kind, batch_id) AS kind FROM organisation WHERE batch_id <= {{.Watermark}} GROUP BY org_id) org USING (org_id)
WHERE held.until_on IS NULL OR held.until_on >= $1
ORDER BY org_id, contact, value
