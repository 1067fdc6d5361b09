package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// rowsOfStore describes everything that batches wrote: to see that nothing changed.
func rowsOfStore(t *testing.T, s *Store) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, table := range append(slices.Clone(factTables), "batch", "batch_contract", "indicator", "rater", "score_superseded") {
		var text string
		scan(t, s, []any{&text}, fmt.Sprintf(`SELECT count(*) || ':' || coalesce(string_agg(t::VARCHAR, '|' ORDER BY t::VARCHAR), '') FROM %s t`, table))
		found[table] = text
	}
	return found
}

// unchanged fails where something was stored that was to be refused.
func unchanged(t *testing.T, s *Store, before map[string]string) {
	t.Helper()
	for table, now := range rowsOfStore(t, s) {
		if now != before[table] {
			t.Errorf("%s changed from %s to %s", table, before[table], now)
		}
	}
}

// TestAcceptStoresEachKind: a file of each kind becomes one batch with its rows, its receipt and its contracts.
func TestAcceptStoresEachKind(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	for i, c := range []struct {
		file    sheet
		touches []string // contract and last day of evidence
	}{
		{scores(score("C1", "E1", 800_000, "2025-03-01"), score("C2", "E1", 700_000, "2025-02-01"), score("C1", "E2", 900_000, "2025-05-01")),
			[]string{"C1 2025-05-01", "C2 2025-02-01"}},
		{sheet{"target", "contract_no:text indicator:text target:real unit:text direction:text", [][]any{{"C2", "visits", 100.0, nil, "higher"}}}, []string{"C2 none"}},
		{sheet{"progress", "contract_no:text indicator:text actual:real as_of_on:day", [][]any{{"C2", "visits", 90.5, "2025-06-30"}, {"C2", "visits", 95.0, "2025-09-30"}}},
			[]string{"C2 2025-09-30"}},
		{sheet{"payment", "contract_no:text stage:text due_on:day paid_on:day amount_fen:whole", [][]any{{"C3", "1", "2025-03-01", nil, 5000}, {"C3", "2", nil, "2025-07-01", 5000}}},
			[]string{"C3 2025-07-01"}},
		{sheet{"credit_event", "supplier_id:text event_id:text kind:text severity:text occurred_on:day ends_on:day repaired_on:day contract_no:text", [][]any{{"S1", "X1", "late_report", "general", "2025-05-20", nil, nil, nil}}},
			[]string{"C1 none", "C2 none", "C3 none"}},
		{sheet{"inspection", "supplier_id:text year:whole result:text", [][]any{{"S1", 2024, "passed"}}}, nil},
		{sheet{"assessment_item", "supplier_id:text section:text item:text points:real max_points:real assessed_on:day", [][]any{{"S1", "a", "b", 86.0, 100.0, "2024-10-15"}}}, nil},
		{contracts(2026, "D1"), []string{"D1 none"}},
	} {
		in := accept(t, s, c.file)
		r := in.Receipt
		if r.Number != len(base)+i+1 || r.Batch != r.Number || r.Kind != c.file.kind || r.Rows != int64(len(c.file.rows)) || len(r.ContentHash) != 32 || in.Repeated || in.Superseded != 0 {
			t.Errorf("%s: accepted as %+v", c.file.kind, in)
		}
		if n := number(t, s, fmt.Sprintf(`SELECT count(*) FROM %s WHERE batch_id = ?`, c.file.kind), int32(r.Batch)); n != r.Rows {
			t.Errorf("%s: %d rows, the receipt says %d", c.file.kind, n, r.Rows)
		}
		touches := texts(t, s, fmt.Sprintf(`SELECT contract_no || ' ' || coalesce(last_on::VARCHAR, 'none') FROM batch_contract b JOIN contract USING (contract_key) WHERE b.batch_id = %d ORDER BY 1`, r.Batch))
		if !slices.Equal(touches, c.touches) {
			t.Errorf("%s touches %v, expected %v", c.file.kind, touches, c.touches)
		}
	}
	sound(t, s)
}

// TestSupersedeKeepsTheCorrectedScore: of two scores with one key the later batch's counts, and the earlier one stays
// beside it with the batch that replaced it.
func TestSupersedeKeepsTheCorrectedScore(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	first := accept(t, s, scores(score("C1", "E1", 100_000, "2025-03-01"), score("C1", "E2", 200_000, "2025-03-01"), score("C2", "E1", 300_000, "2025-03-01")))
	second := accept(t, s, scores(score("C1", "E1", 150_000, "2025-04-01"), score("C3", "E1", 400_000, "2025-04-01")))
	third := accept(t, s, scores(score("C1", "E1", 175_000, "2025-05-01")))
	if first.Superseded != 0 || second.Superseded != 1 || third.Superseded != 1 {
		t.Errorf("superseded %d, %d, %d; expected 0, 1, 1", first.Superseded, second.Superseded, third.Superseded)
	}
	if stored := texts(t, s, `SELECT superseded::VARCHAR FROM batch WHERE kind = 'score' ORDER BY batch_id`); !slices.Equal(stored, []string{"0", "1", "1"}) {
		t.Errorf("the batches say %v", stored)
	}
	row := `contract_no || ' ' || evaluator_id || ' ' || score_e4 || ' ' || scored_on || ' batch ' || s.batch_id || ' row ' || s.row_no`
	from := ` s JOIN contract USING (contract_key) JOIN rater USING (rater_key) ORDER BY 1`
	now, was := texts(t, s, `SELECT `+row+` FROM score`+from), texts(t, s, `SELECT `+row+` || ' by ' || by_batch FROM score_superseded`+from)
	if want := []string{"C1 E1 175000 2025-05-01 batch 6 row 2", "C1 E2 200000 2025-03-01 batch 4 row 3", "C2 E1 300000 2025-03-01 batch 4 row 4", "C3 E1 400000 2025-04-01 batch 5 row 3"}; !slices.Equal(now, want) {
		t.Errorf("scores %v, expected %v", now, want)
	}
	if want := []string{"C1 E1 100000 2025-03-01 batch 4 row 2 by 5", "C1 E1 150000 2025-04-01 batch 5 row 2 by 6"}; !slices.Equal(was, want) {
		t.Errorf("set aside %v, expected %v", was, want)
	}
	if n := number(t, s, `SELECT count(*) - count(DISTINCT evaluator_id) FROM rater`); n != 0 {
		t.Errorf("%d raters have two keys", n)
	}
	sound(t, s)
}

// TestContractKeys: a contract keeps its key over corrections, and new ones go on within their budget year.
func TestContractKeys(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	mixed := contracts(2025, "C2", "C4", "C1", "C5")
	mixed.rows = append(mixed.rows, contracts(2026, "D1").rows...)
	if in := accept(t, s, mixed); in.Superseded != 2 {
		t.Errorf("%d contracts were replaced, expected 2", in.Superseded)
	}
	const year = 4194304
	want := []string{fmt.Sprint("C1 ", 25*year), fmt.Sprint("C2 ", 25*year+1), fmt.Sprint("C3 ", 25*year+2), fmt.Sprint("C4 ", 25*year+3), fmt.Sprint("C5 ", 25*year+4), fmt.Sprint("D1 ", 26*year)}
	if found := texts(t, s, `SELECT DISTINCT contract_no || ' ' || contract_key FROM contract ORDER BY 1`); !slices.Equal(found, want) {
		t.Errorf("keys %v, expected %v", found, want)
	}
}

// TestUnknownReferencesRefuse: every fault is counted and the first MaxFaults are listed, over more than one cause.
func TestUnknownReferencesRefuse(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	before := rowsOfStore(t, s)
	var many, twice [][]any
	for i := range MaxFaults + 234 {
		many = append(many, score(fmt.Sprintf("N%d", i), "E1", 1, "2025-03-01"))
		twice = append(twice, score("C1", fmt.Sprintf("E%d", i%(MaxFaults+229)), 1, "2025-03-01")) // the last five repeat
	}
	events := "supplier_id:text event_id:text kind:text severity:text occurred_on:day ends_on:day repaired_on:day contract_no:text"
	for _, c := range []struct {
		name  string
		file  sheet
		total int
		cause map[string]int
		first Fault
		rows  int // listed
	}{
		{"beyond the list", scores(append(many, score("C1", "E1", 1, "2025-03-01"))...), MaxFaults + 234, map[string]int{"unknown_contract_no": MaxFaults + 234},
			Fault{Row: 2, Column: "contract_no", Cause: "unknown_contract_no", Found: "N0"}, MaxFaults},
		{"twice in the file", scores(twice...), 10, map[string]int{"duplicate_key": 10},
			Fault{Row: 2, Column: "contract_no, indicator, party, evaluator_id", Cause: "duplicate_key", Found: "C1 / quality / recipient / E0, which row 1231 has too"}, 10},
		{"two causes beyond the list", scores(append(slices.Clone(many), score("N0", "E1", 2, "2025-03-01"), score("C1", "E1", 2, "2025-03-01"))...), MaxFaults + 237,
			map[string]int{"duplicate_key": 2, "unknown_contract_no": MaxFaults + 235},
			Fault{Row: 2, Column: "contract_no, indicator, party, evaluator_id", Cause: "duplicate_key", Found: "N0 / quality / recipient / E1, which row 1236 has too"}, MaxFaults},
		{"two references", sheet{"credit_event", events, [][]any{{"S9", "X1", "k", "general", "2025-05-20", nil, nil, "N1"}, {"S1", "X2", "k", "general", "2025-05-20", nil, nil, "N2"}, {"S1", "X3", "k", "general", "2025-05-20", nil, nil, nil}}}, 3,
			map[string]int{"unknown_supplier_id": 1, "unknown_contract_no": 2}, Fault{Row: 2, Column: "supplier_id", Cause: "unknown_supplier_id", Found: "S9"}, 3},
		{"a purchaser is no supplier", sheet{"inspection", "supplier_id:text year:whole result:text", [][]any{{"P1", 2024, "passed"}}}, 1,
			map[string]int{"unknown_supplier_id": 1}, Fault{Row: 2, Column: "supplier_id", Cause: "unknown_supplier_id", Found: "P1"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.file.acceptInto(t.Context(), s)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("accepted with %v, expected a refusal", err)
			}
			if refused.Total != c.total || !reflect.DeepEqual(refused.Causes, c.cause) || len(refused.Faults) != c.rows {
				t.Errorf("%d faults by cause %v, %d listed; expected %d, %v, %d", refused.Total, refused.Causes, len(refused.Faults), c.total, c.cause, c.rows)
			}
			first := refused.Faults[0]
			if first.Expected == "" || first.Mend == "" {
				t.Errorf("the fault %+v does not say what to do", first)
			}
			first.Expected, first.Mend = "", ""
			if first.Params = nil; !reflect.DeepEqual(first, c.first) {
				t.Errorf("the first fault is %+v, expected %+v", first, c.first)
			}
			unchanged(t, s, before)
		})
	}
	sound(t, s)
}

// failingReader hands out its rows and then says that the file was bad after all.
type failingReader struct {
	array.RecordReader
	err error
}

func (f failingReader) Err() error { return f.err }

// TestAcceptIsAllOrNothing: wherever a file fails, nothing of it stays, and it can be accepted afterwards.
func TestAcceptIsAllOrNothing(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, scores(score("C1", "E1", 100_000, "2025-03-01")))
	before := rowsOfStore(t, s)
	bad := errors.New("a row is bad")
	good := scores(score("C1", "E1", 200_000, "2025-04-01"), score("C2", "E7", 200_000, "2025-04-01"))
	good.rows[0][1] = "new_indicator"
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		a    Acceptance
		rows array.RecordReader
		says string
	}{
		{"the reader fails at its end", t.Context(), good.acceptance(), failingReader{good.reader(), bad}, bad.Error()},
		{"a null where a value must be", t.Context(), good.acceptance(), scores(append(slices.Clone(good.rows), score("C3", "E1", 1, "2025-01-01")[:5:5])...).padded().reader(), "have no scored_on"},
		{"an unknown kind", t.Context(), Acceptance{Kind: "gossip"}, good.reader(), `found kind "gossip"`},
		{"cancelled", cancelled, good.acceptance(), good.reader(), "cancel"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Accept(c.ctx, c.a, c.rows)
			says(t, err, c.says)
			unchanged(t, s, before)
		})
	}
	accept(t, s, good)
	sound(t, s)
}

// padded fills short rows with nulls.
func (f sheet) padded() sheet {
	for i, row := range f.rows {
		for len(row) < len(score("", "", 0, "")) {
			row = append(row, nil)
		}
		f.rows[i] = row
	}
	return f
}

// TestSameBytesSameReceipt: the same bytes again, also twice at once, give the receipt that they have and no batch.
func TestSameBytesSameReceipt(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	file := numberedScores(1)
	const uploads = 4
	var got [uploads]Accepted
	var errs [uploads]error
	var wg sync.WaitGroup
	for i := range uploads {
		wg.Go(func() { got[i], errs[i] = file.acceptInto(t.Context(), s) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	again := accept(t, s, file)
	if !again.Repeated {
		t.Error("the fifth upload does not say that it is a repetition")
	}
	fresh := 0
	for i := range got {
		if got[i].Receipt != again.Receipt {
			t.Errorf("upload %d has the receipt %+v, the last has %+v", i, got[i].Receipt, again.Receipt)
		}
		if !got[i].Repeated {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%d of %d uploads say that they were the first", fresh, uploads)
	}
	if receipts := sound(t, s); len(receipts) != len(base)+1 {
		t.Errorf("%d receipts, expected %d", len(receipts), len(base)+1)
	}
}

// TestCommittedBatchGetsItsReceipt: wherever a cancel falls around the commit, a batch that is stored has its receipt,
// and sending the file again gives one receipt and one batch, without a restart.
func TestCommittedBatchGetsItsReceipt(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	file := func(n int64) sheet { return scores(score("C1", fmt.Sprintf("E%d", n), 100_000, "2025-03-01")) }
	upload := func(f sheet, questions int64) (used int64, err error) {
		ctx := &endingContext{Context: t.Context(), done: make(chan struct{})}
		ctx.questions.Store(questions)
		_, err = s.Accept(ctx, f.acceptance(), f.reader())
		return questions - ctx.questions.Load(), err
	}
	const plenty, around = 1_000_000, 25
	asked, err := upload(file(plenty), plenty)
	if err != nil {
		t.Fatal(err)
	}
	refused, accepted := 0, 0 // how often a context is asked differs by a few from one upload to the next
	for questions := max(0, asked-around); accepted < 3 && questions < asked+around; questions++ {
		_, err := upload(file(questions), questions)
		if err != nil {
			refused++
		} else {
			accepted++
		}
		sound(t, s)
		again := accept(t, s, file(questions))
		if err == nil && !again.Repeated {
			t.Errorf("cancelled at question %d of %d: accepted twice", questions, asked)
		}
	}
	if refused == 0 || accepted < 3 {
		t.Errorf("%d uploads were cancelled and %d accepted", refused, accepted)
	}
	sound(t, s)
}

// TestBatchWithoutReceipt: a batch whose receipt could not be written, as on a full disk, gets it when the file is sent
// again.
func TestBatchWithoutReceipt(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	path, aside := s.journal.path, s.journal.path+".aside"
	file := scores(score("C1", "E1", 100_000, "2025-03-01"))
	stuck := sheetReader{file.reader(), func() { // the journal becomes a directory once the rows are on their way
		if err := errors.Join(os.Rename(path, aside), os.Mkdir(path, 0o750)); err != nil {
			t.Error(err)
		}
	}}
	_, err := s.Accept(t.Context(), file.acceptance(), stuck)
	says(t, err, "journal of receipts")
	if err := errors.Join(os.Remove(path), os.Rename(aside, path)); err != nil {
		t.Fatal(err)
	}
	in := accept(t, s, file)
	if !in.Repeated || in.Receipt.Number != len(base)+1 || in.Receipt.Rows != 1 {
		t.Errorf("sent again it was accepted as %+v", in)
	}
	sound(t, s)
}

// sheetReader does something before it hands out its first rows.
type sheetReader struct {
	array.RecordReader
	before func()
}

func (r sheetReader) Next() bool {
	if r.RecordReader.RecordBatch() == nil {
		r.before()
	}
	return r.RecordReader.Next()
}
