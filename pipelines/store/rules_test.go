package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

// acceptAs accepts a sheet as somebody.
func acceptAs(t *testing.T, s *Store, f sheet, as func(*Acceptance)) (Accepted, error) {
	t.Helper()
	a := f.acceptance()
	as(&a)
	return s.Accept(t.Context(), a, f.reader())
}

// causesOf are the faults by cause with which a sheet is refused; nil: it was accepted.
func causesOf(t *testing.T, s *Store, f sheet, as func(*Acceptance)) map[string]int {
	t.Helper()
	_, err := acceptAs(t, s, f, as)
	var refused *RefusedError
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused == nil {
		return nil
	}
	return refused.Causes
}

// openTwoPurchasers is a store with the contracts C1 to C3 of P1 and D1 of P2, and the evaluator E1 assigned to C1.
func openTwoPurchasers(t *testing.T) *Store {
	t.Helper()
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, sheet{"organisation", organisationColumns, [][]any{{"P2", "purchaser two", "purchaser"}}})
	other := contracts(2025, "D1")
	other.rows[0][1] = "P2"
	accept(t, s, other)
	write(t, s, `INSERT INTO assignment VALUES ('C1', 'E1', NULL, now()::TIMESTAMP, 'a', 'none', '', now()::TIMESTAMP, 'b', NULL), ('C2', 'E1', NULL, now()::TIMESTAMP, 'a', 'conflict', '', now()::TIMESTAMP, 'b', NULL)`)
	return s
}

// TestScopeOfRows: what each may bring. A case is refused with the causes that it names, and stores nothing.
func TestScopeOfRows(t *testing.T) {
	s := openTwoPurchasers(t)
	p1 := func(a *Acceptance) { a.Scope, a.Party = Scope{Purchaser: "P1"}, "purchaser" }
	e1 := func(a *Acceptance) { a.Scope, a.Party = Scope{Evaluator: "E1"}, "third_party" }
	given := func(party, contract, evaluator string, e4 int) sheet {
		row := score(contract, evaluator, e4, "2025-05-01")
		row[2] = party
		return scores(row)
	}
	stolen := contracts(2025, "D1")
	payment := sheet{"payment", "contract_no:text stage:text paid_on:day amount_fen:whole", [][]any{{"D1", "1", nil, 100}}}
	for _, c := range []struct {
		name string
		f    sheet
		as   func(*Acceptance)
		want map[string]int
	}{
		{"nobody", given("purchaser", "C1", "P1-01", 1), func(a *Acceptance) { a.Scope = Scope{} }, map[string]int{"outside_scope": 1}},
		{"own contract", given("purchaser", "C1", "P1-01", 2), p1, nil},
		{"own contract under the own id", given("purchaser", "C1", "P1", 3), p1, nil},
		{"another's contract", given("purchaser", "D1", "P1-01", 4), p1, map[string]int{"outside_scope": 1}},
		{"a contract that is not there says the same", given("purchaser", "X9", "P1-01", 5), p1, map[string]int{"outside_scope": 1}},
		{"as another party", given("recipient", "C1", "P1-01", 6), p1, map[string]int{"party_not_yours": 1}},
		{"as another's rater", given("purchaser", "C1", "P2-01", 7), p1, map[string]int{"evaluator_not_yours": 1}},
		{"as a rater whose id only begins alike", given("purchaser", "C1", "P11", 8), p1, map[string]int{"evaluator_not_yours": 1}},
		{"assigned", given("third_party", "C1", "E1", 9), e1, nil},
		{"assigned with a conflict", given("third_party", "C2", "E1", 10), e1, map[string]int{"outside_scope": 1}},
		{"not assigned", given("third_party", "C3", "E1", 11), e1, map[string]int{"outside_scope": 1}},
		{"all that is wrong at once", given("purchaser", "C3", "E2", 12), e1, map[string]int{"outside_scope": 1, "party_not_yours": 1, "evaluator_not_yours": 1}},
		{"a new contract of one's own", contracts(2025, "C9"), p1, nil},
		{"a contract for another purchaser", func() sheet { f := contracts(2025, "C10"); f.rows[0][1] = "P2"; return f }(), p1, map[string]int{"outside_scope": 1}},
		{"another's contract taken over", stolen, p1, map[string]int{"outside_scope": 1}},
		{"another's payments", payment, p1, map[string]int{"outside_scope": 1}},
		{"what belongs to no contract", sheet{"organisation", organisationColumns, [][]any{{"S7", "seven", "supplier"}}}, p1, map[string]int{"outside_scope": 1}},
		{"a supplier's credit", sheet{"credit_event", "supplier_id:text event_id:text kind:text severity:text occurred_on:day ends_on:day repaired_on:day contract_no:text", [][]any{{"S1", "X1", "k", "general", "2025-05-20", nil, nil, "C1"}}}, p1,
			map[string]int{"outside_scope": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := number(t, s, `SELECT count(*) FROM batch`)
			if got := causesOf(t, s, c.f, c.as); !maps.Equal(got, c.want) {
				t.Errorf("refused with %v, expected %v", got, c.want)
			}
			if after := number(t, s, `SELECT count(*) FROM batch`); (after == before) == (c.want == nil) {
				t.Errorf("%d batches after %d", after, before)
			}
		})
	}
	sound(t, s)
}

func TestClosedContractsTakeNoScores(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	day := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	turn := func(f func(context.Context, *Writer, Closing) (int64, error), reason string, numbers ...string) (n int64, err error) {
		err = s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
			n, err = f(ctx, w, Closing{Contracts: numbers, On: day, Account: "a1", Reason: reason, At: day})
			return err
		})
		return n, err
	}
	if n, err := turn(CloseContracts, "the period is over", "C1", "C2", "C1"); err != nil || n != 2 {
		t.Fatalf("%d closed, %v; expected 2", n, err)
	}
	if n, err := turn(CloseContracts, "again", "C1", "C3"); err != nil || n != 1 {
		t.Errorf("%d closed, %v; expected only the one that was open", n, err)
	}
	if _, err := turn(CloseContracts, "x", "C1", "N1"); err == nil {
		t.Error("a contract that is not there was closed")
	}
	if _, err := turn(CloseContracts, " ", "C1"); err == nil {
		t.Error("a contract was closed without a reason")
	}
	if got := causesOf(t, s, scores(score("C1", "E1", 1, "2025-03-01"), score("C2", "E1", 1, "2025-03-01")), func(*Acceptance) {}); !maps.Equal(got, map[string]int{"contract_closed": 2}) {
		t.Errorf("scores of closed contracts: %v", got)
	}
	if n, err := turn(ReopenContracts, "a file was late", "C1"); err != nil || n != 1 {
		t.Fatalf("%d opened, %v", n, err)
	}
	if got := causesOf(t, s, scores(score("C1", "E1", 1, "2025-03-01")), func(*Acceptance) {}); got != nil {
		t.Errorf("scores of a contract opened again: %v", got)
	}
	if closed, want := texts(t, s, closedContracts+` ORDER BY 1`), []string{"C2", "C3"}; !slices.Equal(closed, want) {
		t.Errorf("closed %v, expected %v", closed, want)
	}
}

// TestPreviewSaysWhatAcceptDoes: the preview of each kind counts what is new, the same and otherwise, writes nothing, and
// names the faults with which Accept then refuses.
func TestPreviewSaysWhatAcceptDoes(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	if _, err := acceptAs(t, s, scores(score("C1", "E1", 10, "2025-03-01"), score("C1", "E2", 20, "2025-03-01"), score("C2", "E1", 30, "2025-03-01")),
		func(a *Acceptance) { a.Uploader = Uploader{"me", "I"} }); err != nil {
		t.Fatal(err)
	}
	accept(t, s, scores(score("C3", "E9", 40, "2025-03-01")))
	before := rowsOfStore(t, s)
	preview := func(f sheet) Preview {
		t.Helper()
		a := f.acceptance()
		a.Uploader = Uploader{"me", "I"}
		p, err := s.Preview(t.Context(), a, f.reader(), nil)
		if err != nil {
			t.Fatalf("%s: %v", f.kind, err)
		}
		unchanged(t, s, before)
		return p
	}
	p := preview(scores(score("C1", "E1", 10, "2025-03-01"), score("C1", "E2", 21, "2025-03-01"), score("C2", "E1", 30, "2025-03-02"), score("C3", "E9", 41, "2025-03-01"), score("C3", "E8", 1, "2025-03-01"),
		score("N1", "E1", 1, "2025-03-01")))
	if p.New != 1 || p.Same != 1 || p.Superseding != 3 || p.ReplacesOwn != 2 || p.Touched != 3 || p.Replaced != 3 || !slices.Equal(p.Contracts, []string{"C1", "C2", "C3"}) {
		t.Errorf("scores: %+v", p)
	}
	if !maps.Equal(p.Refused.Causes, map[string]int{"unknown_contract_no": 1}) || !slices.Equal(p.Refused.Rows, []int64{7}) {
		t.Errorf("scores refused: %+v", p.Refused)
	}
	changed := contracts(2025, "C1", "C2", "C7")
	changed.rows[1][5] = 200_00
	if p := preview(changed); p.New != 1 || p.Same != 1 || p.Superseding != 1 || p.Touched != 3 || p.Replaced != 1 {
		t.Errorf("contracts: %+v", p)
	}
	if p := preview(sheet{"organisation", organisationColumns, [][]any{{"P1", "purchaser one", "purchaser"}, {"P1x", "x", "purchaser"}, {"S1", "another name", "supplier"}}}); p.New != 1 || p.Same != 1 || p.Superseding != 1 || p.Touched != 0 {
		t.Errorf("organisations: %+v", p)
	}
	accept(t, s, sheet{"payment", "contract_no:text stage:text paid_on:day amount_fen:whole", [][]any{{"C1", "1", nil, 100}}})
	before = rowsOfStore(t, s)
	if p := preview(sheet{"payment", "contract_no:text stage:text paid_on:day amount_fen:whole", [][]any{{"C1", "1", nil, 100}, {"C1", "2", nil, 100}}}); p.New != 1 || p.Same != 1 || p.Touched != 1 {
		t.Errorf("payments: %+v", p)
	}
	if p := preview(sheet{"credit_event", "supplier_id:text event_id:text kind:text severity:text occurred_on:day ends_on:day repaired_on:day contract_no:text", [][]any{{"S1", "X1", "k", "general", "2025-05-20", nil, nil, nil}}}); p.New != 1 {
		t.Errorf("credit events: %+v", p)
	}
}

// TestPartialLeavesOutWhatIsRefused: the good rows of a file are stored, the others are named, and neither of two rows
// with one key is taken.
func TestPartialLeavesOutWhatIsRefused(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	f := scores(score("C1", "E1", 10, "2025-03-01"), score("N1", "E1", 10, "2025-03-01"), score("C2", "E2", 20, "2025-03-01"), score("C2", "E2", 30, "2025-03-01"))
	var told []int64
	in, err := acceptAs(t, s, f, func(a *Acceptance) {
		a.Partial = true
		a.Cells = &RefusedError{}
		a.Cells.Add(Fault{Row: 9, Cause: "bad_score"})
		a.Reading = func(leftOut []int64) (string, error) { told = leftOut; return "reading", nil }
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := in.Receipt; r.Rows != 1 || r.LeftOut != 4 || r.Reading != "reading" || !slices.Equal(told, []int64{3, 4, 5, 9}) || in.LeftOut.Total != 4 {
		t.Errorf("accepted %+v, left out %v", r, told)
	}
	if n := number(t, s, `SELECT count(*) FROM score`); n != 1 {
		t.Errorf("%d scores, expected 1", n)
	}
	if _, err := acceptAs(t, s, scores(score("N1", "E1", 10, "2025-03-01")), func(a *Acceptance) { a.Partial = true }); err == nil {
		t.Error("a file without a good row was accepted")
	}
	receipts := sound(t, s)
	if last := receipts[len(receipts)-1]; last.Reading != "reading" || last.LeftOut != 4 {
		t.Errorf("the journal says %+v", last)
	}
}
