package intake

import (
	"errors"
	"strings"
	"testing"
)

// TestNobodyIsListedByAFile: neither a file, nor a fact that a page entered without the decision of a case.
func TestNobodyIsListedByAFile(t *testing.T) {
	d := newDesk(t)
	kind, err := KindOf("listing")
	if err != nil {
		t.Fatal(err)
	}
	var faults *FaultsError
	if _, err := d.bring("listing", "en.csv", Template(kind, "en")); !errors.As(err, &faults) || faults.Faults[0].Cause != "listing_by_case" {
		t.Errorf("a file that lists somebody: %v", err)
	}
	d.enter("listing", map[string]string{"case_no": "H2026-0001", "supplier_id": "S0001", "listed_on": "2026-04-03", "until_on": "2028-04-03"})
	if all := d.collect(); len(all) != 0 || d.count(`SELECT count(*) FROM listing`) != 0 {
		t.Errorf("an entry without a case listed somebody: %+v", all)
	}
}

func TestHolidayFilesAreChecked(t *testing.T) {
	const header = "from_on,to_on,day,occasion,notice\n"
	for cause, rows := range map[string]string{
		"days_order":    "2027-01-03,2027-01-01,off,new_year,T\n",
		"days_overlap":  "2027-01-01,2027-01-03,off,new_year,T\n2027-01-03,2027-01-04,work,new_year,T\n",
		"holiday_long":  "2027-01-01,2027-01-17,off,new_year,T\n",
		"duplicate_key": "2027-01-01,2027-01-03,off,new_year,T\n2027-01-01,2027-01-03,off,new_year,T\n",
		"bad_word":      "2027-01-01,2027-01-03,closed,new_year,T\n",
	} {
		d := newDesk(t)
		var faults *FaultsError
		if _, err := d.bring("holiday", "h.csv", []byte(header+rows)); !errors.As(err, &faults) || faults.Faults[0].Cause != cause {
			t.Errorf("%s: %v", cause, err)
		}
	}
	d := newDesk(t)
	if r, err := d.bring("holiday", "h.csv", []byte(header+"2027-01-01,2027-01-16,off,new_year,T\n")); err != nil || r.Receipt.Rows != 1 {
		t.Errorf("sixteen days: %v", err)
	}
}

// TestCreditFilesAreChecked: nothing ends or is repaired before it happened, and no item has more points than its full marks;
// what lies on the line is accepted.
func TestCreditFilesAreChecked(t *testing.T) {
	const events, items = "supplier_id,event_id,kind,severity,occurred_on,ends_on,repaired_on\n", "supplier_id,section,item,points,max_points,assessed_on\n"
	for _, c := range []struct{ kind, text, cause string }{
		{"credit_event", events + "S0001,X9,late_report,general,2025-05-20,2025-05-19,\n", "days_order"},
		{"credit_event", events + "S0001,X9,late_report,general,2025-05-20,,2025-05-19\n", "days_order"},
		{"credit_event", events + "S0001,X9,late_report,general,2025-05-20,2025-05-20,2025-05-20\n", ""},
		{"assessment_item", items + "S0001,governance,board,100.5,100,2024-05-10\n", "points_above_full"},
		{"assessment_item", items + "S0001,governance,board,100,100,2024-05-10\n", ""},
	} {
		d := newDesk(t)
		var faults *FaultsError
		switch _, err := d.bring(c.kind, "x.csv", []byte(c.text)); {
		case c.cause == "" && err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.cause != "" && (!errors.As(err, &faults) || faults.Faults[0].Cause != c.cause):
			t.Errorf("%s: %v, want %s", c.text, err, c.cause)
		}
	}
}

func TestExternalListsAreChecked(t *testing.T) {
	const header = "list,uscc,name,listed_on,until_on,removed_on,authority,document_no,cause\n"
	for cause, row := range map[string]string{
		"days_order":       "tax,91350100M000100Y43,X,2025-06-10,2025-06-09,,A,,\n",
		"uscc_check_digit": "tax,91350100M000100Y44,X,2025-06-10,,,A,,\n",
		"bad_word":         "gossip,91350100M000100Y43,X,2025-06-10,,,A,,\n",
	} {
		d := newDesk(t)
		var faults *FaultsError
		if _, err := d.bring("external_listing", "x.csv", []byte(header+row)); !errors.As(err, &faults) || !strings.Contains(faults.Faults[0].Cause, cause) {
			t.Errorf("%s: %v", cause, err)
		}
	}
}
