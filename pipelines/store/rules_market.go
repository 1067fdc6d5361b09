package store

// What an upload about the catalogue and the register has to meet beside its keys and references.

// entryRules: a version that was adopted stays as it was, and what may not be bought says why and by which rule.
var entryRules = []rule{
	{`SELECT row_no, version_id AS found, NULL AS more FROM staging WHERE version_id IN (SELECT version_id FROM catalog_adoption)`,
		func(found, _ string) Fault {
			return Fault{Column: "version_id", Cause: "version_adopted", Found: found, Expected: "a version that is not adopted", Mend: "give the changed catalogue a new version, and adopt that"}
		}},
	{`SELECT row_no, item_code AS found, NULL AS more FROM staging WHERE listing = 'negative' AND (reason IS NULL OR authority IS NULL)`,
		func(found, _ string) Fault {
			return Fault{Column: "reason", Cause: "negative_unexplained", Found: found, Expected: "a reason and the rule that it rests on", Mend: "fill in reason and authority of what may not be bought"}
		}},
}

// adoptionRules: on every day one version is in force.
var adoptionRules = []rule{
	{`SELECT row_no, in_force_on::VARCHAR AS found, min(other) AS more FROM (
		SELECT s.row_no, s.in_force_on, o.version_id AS other FROM staging s JOIN staging o ON o.in_force_on = s.in_force_on AND o.version_id <> s.version_id
		UNION ALL SELECT s.row_no, s.in_force_on, o.version_id FROM staging s JOIN (SELECT version_id, arg_max(in_force_on, batch_id) AS in_force_on
			FROM catalog_adoption GROUP BY version_id) o ON o.in_force_on = s.in_force_on AND o.version_id <> s.version_id)
		GROUP BY row_no, in_force_on`,
		func(found, other string) Fault {
			return Fault{Column: "in_force_on", Cause: "same_day_in_force", Found: found, Expected: "a day on which no other version begins; " + other + " does on this one",
				Mend: "choose another first day", Params: map[string]string{"other": other}}
		}},
}

// registrationRules: days and status of a registration do not contradict each other or the day of registration.
var registrationRules = []rule{
	contradicts("ended_on", `(status = 'active') <> (ended_on IS NULL)`, "a day where the status is dissolved or revoked, and none where it is active"),
	contradicts("tax_exempt_until", `tax_exempt_until < tax_exempt_from OR tax_exempt_from IS NULL AND tax_exempt_until IS NOT NULL`, "a day on or after the first day of the exemption"),
	contradicts("ended_on", `ended_on < (SELECT arg_max(registered_on, batch_id) FROM organisation WHERE org_id = staging.supplier_id)`, "a day on or after the registration of the supplier"),
}

// contradicts refuses the rows that meet the condition: what the column says does not go with the rest of the row.
func contradicts(column, condition, expected string) rule {
	return rule{`SELECT row_no, coalesce(` + column + `::VARCHAR, '') AS found, NULL AS more FROM staging WHERE ` + condition,
		func(found, _ string) Fault {
			return Fault{Column: column, Cause: "contradictory_days", Found: found, Expected: expected, Mend: "correct one of the days, or the status", Params: map[string]string{"expected": expected}}
		}}
}
