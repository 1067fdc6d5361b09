package store

import (
	"fmt"
	"strconv"

	"pingxin/scoring/workdays"
)

// listingRules: nobody is listed by a file. A listing is entered by the decision of a case, and is accepted when that is
// what the case holds.
func listingRules(a Acceptance) []rule {
	undecided := "true"
	if a.GivenBefore {
		undecided = `NOT EXISTS (SELECT 1 FROM case_step c WHERE c.case_no = s.case_no AND c.kind = 'confirmed')`
	}
	return []rule{{`SELECT row_no, case_no AS found, NULL AS more FROM staging s WHERE ` + undecided,
		func(found, _ string) Fault {
			return Fault{Column: "case_no", Cause: "listing_by_case", Found: found, Expected: "a listing that the decision of a case makes",
				Mend: "open a case on the page of the blacklist; nobody is listed by a file"}
		}}}
}

// daysInOrder: a later day does not lie before an earlier one.
func daysInOrder(later, earlier string) rule {
	return rule{fmt.Sprintf(`SELECT row_no, %s::VARCHAR AS found, %s::VARCHAR AS more FROM staging WHERE %s < %s`, later, earlier, later, earlier),
		func(found, more string) Fault {
			return Fault{Column: later, Cause: "days_order", Found: found, Expected: "a day not before " + more, Mend: "correct one of the two days", Params: map[string]string{"first": more}}
		}}
}

// holidaysApart: no two rows of a file name one day.
var holidaysApart = rule{`SELECT a.row_no, a.from_on::VARCHAR AS found, min(b.row_no)::VARCHAR AS more FROM staging a JOIN staging b
	ON a.row_no <> b.row_no AND a.from_on <= b.to_on AND b.from_on <= a.to_on AND a.from_on <> b.from_on GROUP BY a.row_no, a.from_on`,
	func(found, other string) Fault {
		return Fault{Column: "from_on", Cause: "days_overlap", Found: found, Expected: "days that no other row names; row " + other + " does", Mend: "correct one of the two rows",
			Params: map[string]string{"other": other}}
	}}

// holidayLength: one row is one holiday.
var holidayLength = rule{`SELECT row_no, to_on::VARCHAR AS found, from_on::VARCHAR AS more FROM staging WHERE to_on - from_on >= ` + strconv.Itoa(workdays.LongestRun),
	func(found, from string) Fault {
		most := strconv.Itoa(workdays.LongestRun)
		return Fault{Column: "to_on", Cause: "holiday_long", Found: found, Expected: "at most " + most + " days from " + from, Mend: "correct the end, or write a row for each holiday",
			Params: map[string]string{"most": most, "first": from}}
	}}
