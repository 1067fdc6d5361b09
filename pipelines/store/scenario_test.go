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
