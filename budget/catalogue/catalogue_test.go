package catalogue_test

import (
	"slices"
	"testing"

	"pingxin/budget/catalogue"
)

var policy = catalogue.Policy{Years: 2, MinContracts: 5, AddFrom: 80, AddSuppliers: 2, DropBelow: 60, IdleYears: 3, MoveFrom: 80, MoveSuppliers: 3, MoveYuan: 1_000_000, LeaveYuan: 400_000}

const million = 100_000_000 // fen in a million yuan

// years are two years of an item, each with three contracts of the same values.
func years(suppliers int, fen int64, values ...float64) []catalogue.Year {
	return []catalogue.Year{{Year: 2024, Contracts: 3, Suppliers: suppliers, AmountFen: fen, Values: values}, {Year: 2025, Contracts: 3, Suppliers: suppliers, AmountFen: fen, Values: values}}
}

// Just above and just below each line. The interval of six values of which half are v-1 and half v+1 is v ± 2.015 · 1.0954/√6 = v ± 0.901
// (t of 0.95 with 5 degrees of freedom: 2.015, of a table); so 80.91 is certainly from 80 on and 80.89 is not.
func TestAdvice(t *testing.T) {
	spread := func(v float64) (a, b []float64) {
		return []float64{v - 1, v + 1, v - 1}, []float64{v + 1, v - 1, v + 1}
	}
	item := func(listing catalogue.Listing, suppliers int, fen int64, v float64) catalogue.Item {
		y := years(suppliers, fen)
		y[0].Values, y[1].Values = spread(v)
		return catalogue.Item{Code: "A", Listing: listing, Years: y}
	}
	for name, c := range map[string]struct {
		item    catalogue.Item
		want    catalogue.Action
		reasons []string
	}{
		"bought outside, well, from two":          {item(catalogue.Unlisted, 2, million, 80.91), catalogue.Add, []string{"catalogue_unlisted", "catalogue_well"}},
		"bought outside, not certainly well":      {item(catalogue.Unlisted, 2, million, 80.89), catalogue.Keep, []string{"catalogue_unlisted", "catalogue_unclear"}},
		"bought outside from one":                 {item(catalogue.Unlisted, 1, million, 90), catalogue.Keep, []string{"catalogue_unlisted", "catalogue_suppliers"}},
		"certainly poor":                          {item(catalogue.Guidance, 3, million, 59.09), catalogue.Drop, []string{"catalogue_below"}},
		"not certainly poor":                      {item(catalogue.Guidance, 3, million, 59.11), catalogue.Keep, []string{"catalogue_unclear"}},
		"much, well and from three":               {item(catalogue.Guidance, 3, million, 80.91), catalogue.MoveIn, []string{"catalogue_money", "catalogue_suppliers", "catalogue_well"}},
		"a yuan short":                            {item(catalogue.Guidance, 3, million-100, 90), catalogue.Keep, []string{"catalogue_money"}},
		"a supplier short":                        {item(catalogue.Guidance, 2, million, 90), catalogue.Keep, []string{"catalogue_suppliers"}},
		"not certainly good":                      {item(catalogue.Guidance, 3, million, 80.89), catalogue.Keep, []string{"catalogue_unclear"}},
		"procured, between both lines":            {item(catalogue.Procurement, 3, 40_000_000, 90), catalogue.Keep, nil},
		"procured, a yuan below the lower line":   {item(catalogue.Procurement, 3, 40_000_000-100, 90), catalogue.MoveOut, []string{"catalogue_money"}},
		"procured from two":                       {item(catalogue.Procurement, 2, million, 90), catalogue.MoveOut, []string{"catalogue_suppliers"}},
		"procured and certainly poor":             {item(catalogue.Procurement, 3, million, 50), catalogue.Drop, []string{"catalogue_below"}},
		"four values are too few":                 {catalogue.Item{Code: "A", Listing: catalogue.Guidance, Years: years(3, million, 50, 50)}, catalogue.Keep, []string{"catalogue_few"}},
		"forbidden and bought":                    {catalogue.Item{Code: "A", Listing: catalogue.Negative, Forbidden: 2, Years: years(3, million, 90, 90, 90)}, catalogue.Stop, []string{"catalogue_forbidden"}},
		"forbidden, and only bought before":       {catalogue.Item{Code: "A", Listing: catalogue.Negative, Years: years(3, million, 90, 90, 90)}, catalogue.Keep, nil},
		"listed and never bought in three years":  {catalogue.Item{Code: "A", Listing: catalogue.Guidance}, catalogue.Drop, []string{"catalogue_idle"}},
		"listed and bought two years ago":         {catalogue.Item{Code: "A", Listing: catalogue.Guidance, Years: []catalogue.Year{{Year: 2023, Contracts: 1}}}, catalogue.Keep, []string{"catalogue_few"}},
		"much in the last of the two years alone": {catalogue.Item{Code: "A", Listing: catalogue.Guidance, Years: []catalogue.Year{{Year: 2025, Contracts: 6, Suppliers: 6, AmountFen: 9 * million, Values: []float64{90, 90, 91, 91, 90}}}}, catalogue.Keep, []string{"catalogue_money"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := policy.Advise(c.item, 2023, 2025)
			var reasons []string
			for _, r := range a.Reasons {
				reasons = append(reasons, r.Code)
			}
			if a.Action != c.want || !slices.Equal(reasons, c.reasons) {
				t.Errorf("advice %s for %v, mean %g (%g to %g); want %s for %v", a.Action, reasons, a.Mean, a.Low, a.High, c.want, c.reasons)
			}
		})
	}
}

// Only years of the window count, and what is advised is what the next version says.
func TestAdviceLooksAtTheWindow(t *testing.T) {
	y := append([]catalogue.Year{{Year: 2023, Contracts: 9, Suppliers: 9, AmountFen: million, Values: []float64{10, 10, 10, 10, 10, 10}}}, years(4, 2*million, 90, 90, 90)...)
	a := policy.Advise(catalogue.Item{Code: "A", Listing: catalogue.Guidance, Years: y}, 2023, 2025)
	if a.Contracts != 6 || a.Rated != 6 || a.Mean != 90 || a.AmountFen != 4*million || a.Suppliers != 4 {
		t.Errorf("looked at %+v", a)
	}
	for _, c := range []struct {
		action catalogue.Action
		next   catalogue.Listing
	}{{catalogue.Keep, catalogue.Procurement}, {catalogue.Stop, catalogue.Procurement}, {catalogue.Add, catalogue.Guidance}, {catalogue.Drop, catalogue.Unlisted}, {catalogue.MoveIn, catalogue.Procurement},
		{catalogue.MoveOut, catalogue.Guidance}} {
		if next := (&catalogue.Advice{Action: c.action, Listing: catalogue.Procurement}).Next(); next != c.next {
			t.Errorf("%s leads to %q, want %q", c.action, next, c.next)
		}
	}
}

func TestChanges(t *testing.T) {
	entry := func(code string, listing catalogue.Listing, content string) catalogue.Entry {
		return catalogue.Entry{Code: code, Listing: listing, Content: content}
	}
	was := []catalogue.Entry{entry("same", catalogue.Guidance, "x"), entry("gone", catalogue.Guidance, ""), entry("moved", catalogue.Guidance, ""), entry("words", catalogue.Guidance, "x"),
		entry("barred", catalogue.Procurement, ""), entry("freed", catalogue.Negative, "")}
	is := []catalogue.Entry{entry("freed", catalogue.Guidance, ""), entry("new", catalogue.Guidance, ""), entry("newly-barred", catalogue.Negative, ""), entry("barred", catalogue.Negative, ""),
		entry("words", catalogue.Guidance, "y"), entry("moved", catalogue.Procurement, ""), entry("same", catalogue.Guidance, "x")}
	var got []string
	for _, c := range catalogue.Changes(was, is) {
		got = append(got, string(c.Kind)+" "+c.Code)
	}
	want := []string{"forbidden barred", "forbidden newly-barred", "allowed freed", "added new", "dropped gone", "moved moved", "reworded words"}
	if !slices.Equal(got, want) {
		t.Errorf("changes %v, want %v", got, want)
	}
	if same := catalogue.Changes(was, was); same != nil {
		t.Errorf("a version differs from itself: %v", same)
	}
}

func TestPolicyCheck(t *testing.T) {
	if faults := policy.Check(); faults != nil {
		t.Errorf("a sound policy has %v", faults)
	}
	for name, spoil := range map[string]func(*catalogue.Policy){
		"no years": func(p *catalogue.Policy) { p.Years = 0 }, "one contract": func(p *catalogue.Policy) { p.MinContracts = 1 }, "dropped above what is added": func(p *catalogue.Policy) { p.DropBelow = 81 },
		"leaves above what comes in": func(p *catalogue.Policy) { p.LeaveYuan = 1_000_001 }, "less than nothing": func(p *catalogue.Policy) { p.LeaveYuan = -1 }, "no suppliers": func(p *catalogue.Policy) { p.MoveSuppliers = 0 },
	} {
		p := policy
		spoil(&p)
		if len(p.Check()) != 1 {
			t.Errorf("%s: faults %v, want one", name, p.Check())
		}
	}
}
