package store

import (
	"context"
	"slices"
	"testing"

	"pingxin/scoring"
)

// TestListsAreFiltered: a filter leaves what meets it, in the list and in what is counted of it, and nothing else. S1 is a
// foundation and S2 a company; contract 2 is fair, and contract 3 has no grade because its recipients did not score.
func TestListsAreFiltered(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `UPDATE organisation SET supplier_type = 'foundation' WHERE org_id = 'S1'`, `UPDATE prepared_organisation SET supplier_type = 'foundation' WHERE org_id = 'S1'`,
		`UPDATE evaluation SET grade = 'fair' WHERE contract_no = 'C2'`, `UPDATE evaluation SET grade = NULL, status = 'held', missing = '["recipient"]' WHERE contract_no = 'C3'`)
	for _, c := range []struct {
		what string
		f    EvaluationFilter
		want []string
	}{
		{"a type", EvaluationFilter{SupplierType: "foundation"}, []string{"C1", "C4"}},
		{"another type", EvaluationFilter{SupplierType: "company"}, []string{"C2", "C3", "C5"}},
		{"no supplier's type", EvaluationFilter{SupplierType: "institution"}, nil},
		{"recipients missing", EvaluationFilter{Missing: scoring.Recipient}, []string{"C3"}},
		{"third party missing", EvaluationFilter{Missing: scoring.ThirdParty}, nil},
		{"both", EvaluationFilter{SupplierType: "foundation", Missing: scoring.Recipient}, nil},
		{"a type and an order by name", EvaluationFilter{SupplierType: "company", Grade: "fair", Sort: "supplier"}, []string{"C2"}},
		{"the group of an item", EvaluationFilter{Group: "A1", Grade: "fair"}, []string{"C2"}},
		{"no item's group", EvaluationFilter{Group: "A"}, nil},
	} {
		filtered(t, "evaluations by "+c.what, c.want, viewed(t, s, func(ctx context.Context, v *View) (listed, error) {
			c.f.Limit = 99
			rows, err := v.Evaluations(ctx, c.f)
			if err != nil {
				return listed{}, err
			}
			totals, err := v.EvaluationTotals(ctx, c.f)
			return listedIn(rows, totals.Contracts, func(r EvaluationRow) string { return r.ContractNo }), err
		}))
	}
	for grade, want := range map[string][]string{"": {"C1", "C2", "C3", "C4", "C5"}, "good": {"C1", "C4", "C5"}, "fair": {"C2"}, "held": {"C3"}, "poor": nil} {
		filtered(t, "settlements of grade "+grade, want, viewed(t, s, func(ctx context.Context, v *View) (listed, error) {
			f := SettlementFilter{Grade: grade, Limit: 99}
			rows, err := v.Settlements(ctx, f)
			if err != nil {
				return listed{}, err
			}
			totals, err := v.SettlementTotals(ctx, f)
			return listedIn(rows, totals.Contracts, func(r SettlementRow) string { return r.Contract }), err
		}))
	}
	for kind, want := range map[string][]string{"": {"S1", "S2"}, "foundation": {"S1"}, "company": {"S2"}, "institution": nil} {
		filtered(t, "assessments of type "+kind, want, viewed(t, s, func(ctx context.Context, v *View) (listed, error) {
			rows, total, err := v.Assessments(ctx, AssessmentFilter{Type: kind, Limit: 99})
			return listedIn(rows, total, func(r AssessmentRow) string { return r.SupplierID }), err
		}))
	}
	types := viewed(t, s, func(ctx context.Context, v *View) ([]Choice, error) { return v.AssessmentTypes(ctx) })
	if !slices.Equal(types, []Choice{{ID: "company", Count: 1}, {ID: "foundation", Count: 1}}) {
		t.Errorf("types of assessments are %+v", types)
	}
}

// listed is what a list shows, and how many the page says there are.
type listed struct {
	ids   []string
	total int
}

func listedIn[T any](rows []T, total int, id func(T) string) listed {
	f := listed{total: total}
	for _, r := range rows {
		f.ids = append(f.ids, id(r))
	}
	slices.Sort(f.ids)
	return f
}

func filtered(t *testing.T, what string, want []string, got listed) {
	t.Helper()
	if !slices.Equal(got.ids, want) || got.total != len(want) {
		t.Errorf("%s: found %v of %d, expected %v", what, got.ids, got.total, want)
	}
}
