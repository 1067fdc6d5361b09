package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	entryColumns        = "version_id:text item_code:text listing:text reason:text authority:text"
	adoptionColumns     = "version_id:text title:text in_force_on:day authority:text reason:text"
	registrationColumns = "supplier_id:text registrar:text status:text ended_on:day certificate_until:day tax_exempt_from:day tax_exempt_until:day"
)

// versionOfA1 are the entries of a version that has one.
func versionOfA1(version, listing string) sheet {
	return sheet{"catalog_entry", entryColumns, [][]any{{version, "A1", listing, "own work", "rule 1"}}}
}

func adopted(version, from string) sheet {
	return sheet{"catalog_adoption", adoptionColumns, [][]any{{version, "catalogue", from, "district", "yearly"}}}
}

// Each case is brought after the version 2024, in force from the first day of that year, and refused with its cause.
func TestCatalogueAndRegisterRefuse(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	write(t, s, `UPDATE organisation SET registered_on = '2020-05-01' WHERE org_id = 'S1'`)
	accept(t, s, versionOfA1("2024", Guidance))
	accept(t, s, adopted("2024", "2024-01-01"))
	accept(t, s, versionOfA1("2025", Guidance))
	before := rowsOfStore(t, s)
	registered := func(row ...any) sheet {
		return sheet{"supplier_registration", registrationColumns, [][]any{append([]any{"S1", "civil affairs"}, row...)}}
	}
	for _, c := range []struct {
		name  string
		file  sheet
		cause string
	}{
		{"entries of an adopted version", versionOfA1("2024", Procurement), "version_adopted"},
		{"forbidden without a rule", sheet{"catalog_entry", entryColumns, [][]any{{"2026", "A1", Negative, "own work", nil}}}, "negative_unexplained"},
		{"an entry of an unknown item", sheet{"catalog_entry", entryColumns, [][]any{{"2026", "A9", Guidance, nil, nil}}}, "unknown_item_code"},
		{"a version without entries", adopted("2031", "2031-01-01"), "unknown_version_id"},
		{"on another's first day", adopted("2025", "2024-01-01"), "same_day_in_force"},
		{"dissolved without a day", registered("dissolved", nil, nil, nil, nil), "contradictory_days"},
		{"active with an end", registered("active", "2024-01-01", nil, nil, nil), "contradictory_days"},
		{"ended before it began", registered("dissolved", "2020-04-30", nil, nil, nil), "contradictory_days"},
		{"an exemption that ends before", registered("active", nil, nil, "2024-01-02", "2024-01-01"), "contradictory_days"},
		{"an exemption without a beginning", registered("active", nil, nil, nil, "2024-01-01"), "contradictory_days"},
		{"a training of nobody", sheet{"supplier_training", "supplier_id:text held_on:day topic:text hours:real persons:whole", [][]any{{"S9", "2025-01-01", "x", 1.0, 1}}}, "unknown_supplier_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if causes := causesOf(t, s, c.file, func(*Acceptance) {}); !maps.Equal(causes, map[string]int{c.cause: 1}) {
				t.Errorf("refused with %v, want %s once", causes, c.cause)
			}
			unchanged(t, s, before)
		})
	}
	accept(t, s, adopted("2024", "2024-02-01")) // the day of an adoption may be corrected
	accept(t, s, adopted("2025", "2024-01-01")) // and is free then
	accept(t, s, registered("dissolved", "2020-05-01", nil, "2021-01-01", "2021-01-01"))
}

// asViewed asks the view of everything.
func asViewed(t *testing.T, s *Store, ask func(ctx context.Context, v *View) error) {
	t.Helper()
	viewed(t, s, func(ctx context.Context, v *View) (struct{}, error) { return struct{}{}, ask(ctx, v) })
}

// Three versions, of which one is a draft and one comes after the watermark: which is in force on a day.
func TestCatalogAt(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `INSERT INTO catalog_entry VALUES (1, 1, '2026', 'A1', 'guidance', NULL, NULL, NULL), (1, 1, 'draft', 'A1', 'guidance', NULL, NULL, NULL)`,
		`INSERT INTO catalog_adoption VALUES (1, 1, '2026', 'catalogue of 2026', '2026-03-01', 'district', NULL, 'yearly'), (100, 1, 'draft', 'later', '2026-06-01', 'district', NULL, 'x')`)
	asViewed(t, s, func(ctx context.Context, v *View) error {
		for day, want := range map[string]string{"2024-12-31": "", "2025-01-01": "2025", "2026-02-28": "2025", "2026-03-01": "2026", "2030-01-01": "2026"} {
			c, ok, err := v.CatalogAt(ctx, onDay(day))
			if err != nil {
				return err
			}
			if c.ID != want || ok != (want != "") {
				t.Errorf("on %s %q is in force, want %q", day, c.ID, want)
			}
		}
		versions, err := v.CatalogVersions(ctx)
		if err != nil {
			return err
		}
		var said []string
		for _, c := range versions {
			said = append(said, fmt.Sprintf("%s %s %s", c.ID, c.InForceOn.Format("0601"), c.UntilOn.Format("060102")))
		}
		if got, want := strings.Join(said, ", "), "draft 0101 010101, 2026 2603 010101, 2025 2501 260228"; got != want {
			t.Errorf("versions %s, want %s", got, want)
		}
		adopting, err := v.Adopting(ctx)
		if err == nil && (len(adopting) != 1 || adopting[0].ID != "draft") {
			t.Errorf("under way: %v", adopting)
		}
		return err
	})
}

// The district of the scopes: every contract begins on the first day of 2025, when A1 may not be bought.
func TestBreachesGoByTheDayOfSigning(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `UPDATE contract SET signed_on = '2024-12-31' WHERE contract_no = 'C1'`)
	asViewed(t, s, func(ctx context.Context, v *View) error {
		got, err := v.Breaches(ctx)
		if err == nil && !slices.Equal(got, []Breach{{"A1", Negative, 4, 140_000}}) {
			t.Errorf("breaches %+v, want four contracts of 140,000 fen, as C1 was signed before", got)
		}
		return err
	})
}

// A plan item goes by the version in force when it is submitted, or when its year begins where that is later: A1 is free
// until the version of 2025 forbids it, B1 is in no version, and the register of codes alone counts for nothing after.
func TestPlansGoByTheVersionInForce(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `DELETE FROM plan_item`, `DELETE FROM catalog_item WHERE item_code = 'F1'`, `INSERT INTO catalog_item VALUES (1, 99, 'F1', 'freed', NULL, NULL, false)`,
		`INSERT INTO catalog_entry VALUES (1, 9, '2025', 'F1', 'guidance', NULL, NULL, NULL)`)
	var want []string
	for i, c := range []struct {
		year      int
		item, sub string
		may       bool
	}{{2024, "A1", "'2023-12-01'", true}, {2024, "A1", "'2024-12-31'", true}, {2024, "A1", "'2025-01-01'", false}, {2025, "A1", "'2024-12-31'", false}, {2025, "A1", "NULL", false},
		{2025, "B9", "NULL", false}, {2024, "F1", "NULL", false}, {2025, "F1", "NULL", true}} {
		no := fmt.Sprintf("V%d", i)
		write(t, s, fmt.Sprintf(`INSERT INTO plan_item (batch_id, row_no, plan_no, year, purchaser_id, item_code, project, amount_fen, method, status, submitted_on)
			VALUES (1, %d, '%s', %d, 'P1', '%s', 'x', 100, 'inquiry', 'submitted', %s)`, i, no, c.year, c.item, c.sub))
		want = append(want, fmt.Sprintf("%s %v", no, c.may))
	}
	asViewed(t, s, func(ctx context.Context, v *View) error {
		all, err := v.PlanItems(ctx)
		var got []string
		for _, i := range all {
			got = append(got, fmt.Sprintf("%s %v", i.No, !i.Barred()))
		}
		slices.Sort(got)
		if err == nil && !slices.Equal(got, want) {
			t.Errorf("may be bought: %v, want %v", got, want)
		}
		return err
	})
}

// Money in fen is ten thousand times the number of the contract, the value 70 more than it: by hand.
func TestPerformance(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `UPDATE evaluation SET grade = 'poor' WHERE contract_no IN ('C2', 'C3')`, `UPDATE evaluation SET budget_year = 2024 WHERE contract_no = 'C3'`,
		`UPDATE evaluation SET value = NULL, grade = NULL WHERE contract_no = 'C4'`)
	asViewed(t, s, func(ctx context.Context, v *View) error {
		rows, err := v.Performance(ctx, ByPurchaser, PerformanceFilter{Year: 2025, Poor: "poor"})
		if err != nil {
			return err
		}
		var said []string
		for _, p := range rows {
			said = append(said, fmt.Sprintf("%s: %d/%d contracts %d of %d fen mean %.2f, poor %d (%d fen); before %d, poor %d, mean %.2f", p.Key, p.Graded, p.Contracts, p.ValuedFen, p.AmountFen, p.Mean, p.Poor,
				p.PoorFen, p.ContractsBefore, p.PoorBefore, p.MeanBefore))
		}
		want := []string{"P2: 1/2 contracts 20000 of 60000 fen mean 72.00, poor 1 (20000 fen); before 0, poor 0, mean NaN",
			"P'--: 1/1 contracts 50000 of 50000 fen mean 75.00, poor 0 (0 fen); before 0, poor 0, mean NaN",
			"P1: 1/1 contracts 10000 of 10000 fen mean 71.00, poor 0 (0 fen); before 1, poor 1, mean 73.00"}
		if !slices.Equal(said, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
		}
		return nil
	})
}

// S1 was dissolved while C4 ran and after C1 had ended; S2 is in no register.
func TestRegister(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `UPDATE supplier_registration SET status = 'dissolved', ended_on = '2025-12-21' WHERE supplier_id = 'S1'`, `UPDATE evaluation SET end_on = '2025-12-21' WHERE contract_no = 'C4'`,
		`DELETE FROM supplier_registration WHERE supplier_id = 'S2'`, `UPDATE organisation SET uscc = '91350100M000100Y43' WHERE kind = 'supplier'`,
		`UPDATE prepared_organisation SET uscc = '91350100M000100Y43' WHERE kind = 'supplier'`)
	asViewed(t, s, func(ctx context.Context, v *View) error {
		rows, total, err := v.Register(ctx, RegisterFilter{Limit: 9})
		if err != nil {
			return err
		}
		var said []string
		for _, r := range rows {
			said = append(said, fmt.Sprintf("%s %s %d open of %d, %d share, %d trainings of %g hours", r.ID, r.Status, r.Open, r.Contracts, r.Sharing, r.Trainings, r.Hours))
		}
		want := []string{"S1 dissolved 1 open of 2, 1 share, 1 trainings of 8 hours", "S2  0 open of 3, 1 share, 1 trainings of 8 hours"}
		if total != 2 || !slices.Equal(said, want) {
			t.Errorf("%d suppliers: got %q, want %q", total, said, want)
		}
		counts, err := v.RegisterCounts(ctx)
		if want := map[string]int{"": 2, "active": 0, "dissolved": 1, "revoked": 0, "unknown": 1, "open": 1, "exempt": 0, "trained": 2, "untrained": 0}; err == nil && !maps.Equal(counts, want) {
			t.Errorf("counted %v, want %v", counts, want)
		}
		return err
	})
}
