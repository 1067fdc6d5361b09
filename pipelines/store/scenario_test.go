package store

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

// saved saves a scenario of the published run with these amounts and returns its number.
func saved(t *testing.T, ctx context.Context, s *Store, name string, run int, all []Amount) int {
	t.Helper()
	id, err := s.SaveScenario(ctx, Scenario{Name: name, Run: run, Year: 2026, Question: "pool=neutral", Contracts: len(all), BaseFen: 30, NextFen: 31, Hash: HashAmounts(all)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func viewed[T any](t *testing.T, s *Store, ask func(ctx context.Context, v *View) (T, error)) (answer T) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v, err := NewView(ctx, r, Everything)
		if err == nil {
			answer, err = ask(ctx, v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestScenariosAreKept: a scenario is adopted only on the run and with the amounts of which it was saved, once at a time, and
// every adoption keeps its amounts.
func TestScenariosAreKept(t *testing.T) {
	s := scoped(t, Everything) // publishes run 2, and holds scenario 1, which is adopted
	ctx := As(t.Context(), Actor{Name: "li", Role: "finance", Request: "r1"})
	amounts := []Amount{{ContractNo: "C1", PurchaserID: "P1", SupplierID: "S1", ItemCode: "A1", BaseFen: 10, NextFen: 12, Action: "raise"},
		{ContractNo: "C2", PurchaserID: "P1", SupplierID: "S2", ItemCode: "A1", BaseFen: 20, NextFen: 19, Action: "cut"}}
	other := []Amount{amounts[0], {ContractNo: "C2", PurchaserID: "P1", SupplierID: "S2", ItemCode: "A1", BaseFen: 20, NextFen: 18, Action: "cut"}}
	id := saved(t, ctx, s, "中性", 2, amounts)
	old := saved(t, ctx, s, "去年", 1, amounts)
	before := len(entries(t, s))
	for name, c := range map[string]struct {
		id      int
		amounts []Amount
		want    error
	}{"of another run": {old, amounts, ErrOutdated}, "with other amounts": {id, other, ErrOutdated}, "unknown": {99, amounts, ErrNotInRun}} {
		if err := s.AdoptScenario(ctx, c.id, "", c.amounts); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if n := len(entries(t, s)); n != before {
		t.Errorf("a refused adoption left %d entries in the audit log", n-before)
	}
	if err := s.AdoptScenario(ctx, id, "常务会议定", amounts); err != nil {
		t.Fatal(err)
	}
	if err := s.AdoptScenario(ctx, id, "again", amounts); !errors.Is(err, ErrAdopted) {
		t.Errorf("adopted twice: got %v, want %v", err, ErrAdopted)
	}
	all := viewed(t, s, func(ctx context.Context, v *View) ([]Scenario, error) { return v.Scenarios(ctx) })
	if len(all) != 3 || all[0].ID != old || all[1].ID != id || all[0].Adoption != 0 || !all[1].Stands || all[2].Stands || all[2].Adoption != 1 {
		t.Fatalf("got %+v", all)
	}
	if got := all[1]; got.Name != "中性" || got.SavedBy != "li" || got.AdoptedBy != "li" || got.Reason != "常务会议定" || got.ChangeFen() != 1 || got.Year != 2026 || got.AdoptedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	kept := viewed(t, s, func(ctx context.Context, v *View) ([]Amount, error) { return v.Amounts(ctx, all[1].Adoption) })
	if !reflect.DeepEqual(kept, amounts) {
		t.Errorf("got %+v, want %+v", kept, amounts)
	}
	last := entries(t, s)[before]
	if last.Action != ScenarioAdopted || last.Subject != "scenario:2" || last.Actor != "li" || last.Role != "finance" || last.Detail != "amounts "+HashAmounts(amounts) {
		t.Errorf("the audit log says %+v", last)
	}
	checkAudit(t, s)
}

// TestBudgetItems: what a proposal is made from, as the run saw it.
func TestBudgetItems(t *testing.T) {
	s := scoped(t, Everything)
	items := viewed(t, s, func(ctx context.Context, v *View) ([]BudgetItem, error) { return v.BudgetItems(ctx) })
	if len(items) != len(deals) {
		t.Fatalf("got %d contracts, want %d", len(items), len(deals))
	}
	first := items[0]
	if first.Contract != "C1" || first.BaseFen != 10_000 || first.ChangeFen != 100 || first.Value != 71 || first.Grade != "good" || first.MissingParty ||
		!first.Candidate || first.Year != 2025 || first.SupplierType != "company" || first.SupplierName != "name of "+first.Supplier {
		t.Errorf("got %+v", first)
	}
	ways := viewed(t, s, func(ctx context.Context, v *View) (map[string]string, error) { return v.PurchaseMethods(ctx) })
	if len(ways) != len(deals) || ways["C1"] != "open_tender" {
		t.Errorf("got %v", ways)
	}
}

// BenchmarkBudgetItems reads what the proposals of a large district are made from, as the first page after a night does.
func BenchmarkBudgetItems(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir(), Options{Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	err = s.Write(b.Context(), func(ctx context.Context, w *Writer) error {
		for _, statement := range []string{
			`INSERT INTO organisation SELECT 1, i, 'O' || i, 'organisation ' || i, 'supplier', NULL, 'enterprise', '500105', NULL FROM range(3000) t(i)`,
			`INSERT INTO catalog_item SELECT 1, i, 'A' || i, 'item ' || i, NULL, 'service', true FROM range(60) t(i)`,
			`INSERT INTO evaluation BY NAME SELECT 1 AS from_run, 2147483647 AS until_run, i AS contract_key, 'C' || i AS contract_no, 'project ' || i AS name, 'O' || i % 60 AS purchaser_id,
				'O' || i % 3000 AS supplier_id, 'A' || i % 60 AS item_code, 2025 AS budget_year, i * 1000 AS amount_fen, DATE '2025-01-01' AS start_on, DATE '2025-12-31' AS end_on,
				'rated' AS status, 60 + i % 40 AS value, 59 + i % 40 AS low, 61 + i % 40 AS high, 'good' AS grade, 1 AS n_purchaser, 1 AS n_recipient, 1 AS n_third_party,
				'[]' AS missing, '[]' AS caps, '[]' AS warnings, ''::BLOB AS parts, 'h' AS row_hash FROM range(20000) t(i)`,
			`INSERT INTO budget_proposal SELECT 1, 2147483647, 'C' || i, 'O' || i % 60, 'O' || i % 3000, 'A' || i % 60, i * 1000, i, 'raise', '[]', 'h' FROM range(20000) t(i)`,
			`INSERT INTO run BY NAME SELECT 1 AS run_id, DATE '2026-01-01' AS as_of, 'p' AS policy_id, 'ph' AS policy_hash, '' AS policy_text, 9 AS watermark, true AS is_full, 20000 AS contracts,
				20000 AS touched, 'h' AS hash, 'x' AS program, TIMESTAMP '2026-01-01' AS started_at, TIMESTAMP '2026-01-01' AS finished_at, '[]' AS steps, '[]' AS notes, 0 AS calibration_id, '' AS calibration_hash`,
			`INSERT INTO published VALUES (1, 1, TIMESTAMP '2026-01-01')`,
		} {
			if _, err := w.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := s.Read(b.Context(), func(ctx context.Context, r *Reader) error {
			v, err := NewView(ctx, r, Everything)
			if err != nil {
				return err
			}
			items, err := v.BudgetItems(ctx)
			if len(items) != 20_000 {
				b.Fatalf("%d contracts, error %v", len(items), err)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
