package reduce

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// openStore opens an empty store and runs statements on it.
func openStore(t *testing.T, statements ...string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	write(t, st, statements...)
	return st
}

func write(t *testing.T, st *store.Store, statements ...string) {
	t.Helper()
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error { return execAll(ctx, w, statements...) })
	if err != nil {
		t.Fatal(err)
	}
}

func execAll(ctx context.Context, w *store.Writer, statements ...string) error {
	for _, text := range statements {
		if _, err := w.Exec(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text[:min(len(text), 200)], err)
		}
	}
	return nil
}

// read calls f with a reader and returns its error.
func read(t *testing.T, st *store.Store, f func(ctx context.Context, r *store.Reader) error) error {
	t.Helper()
	return st.Read(t.Context(), f)
}

// onDay is everything that is known on a day.
func onDay(text string) Snapshot { return Snapshot{AsOf: day(text), Watermark: latest} }

// evidence reads contracts, their cells in the order of indicators and parties and their values sorted.
func evidence(t *testing.T, st *store.Store, which Contracts, asOf time.Time) ([]Contract, error) {
	t.Helper()
	return answer(t, st, Question{Snapshot: Snapshot{AsOf: asOf, Watermark: latest}, Contracts: which})
}

func answer(t *testing.T, st *store.Store, q Question) ([]Contract, error) {
	t.Helper()
	var all []Contract
	err := read(t, st, func(ctx context.Context, r *store.Reader) error {
		var err error
		if q.Indicators, err = Indicators(ctx, r); err != nil {
			return err
		}
		return Evidence(ctx, r, q, func(c *Contract) error {
			kept := *c
			slices.SortFunc(kept.Evidence.Cells, func(a, b scoring.Cell) int {
				return strings.Compare(fmt.Sprint(a.Indicator, a.Party), fmt.Sprint(b.Indicator, b.Party))
			})
			if !q.Raters {
				for _, cell := range kept.Evidence.Cells {
					slices.Sort(cell.Values)
				}
			}
			all = append(all, kept)
			return nil
		})
	})
	return all, err
}

func mustEvidence(t *testing.T, st *store.Store, which Contracts, asOf time.Time) []Contract {
	t.Helper()
	all, err := evidence(t, st, which, asOf)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err) // written in a test
	}
	return d
}

// contractRow is an accepted description of a contract; its number is C and the key, the amount is 100 fen a batch.
// The row number falls from batch to batch.
func contractRow(batch, key int) string {
	return fmt.Sprintf(`INSERT INTO contract VALUES (%d, %d, %d, 'C%d', 'as of batch %d', 'P%d', 'S%d', 'A%d', 'open_tender', %d, NULL,
		DATE '2025-02-01', DATE '2025-12-20', 2025, %d)`, batch, 20-batch, key, key, batch, batch, batch, batch, 100*batch, 10*batch)
}

var everything = Contracts{Low: 0, High: 1 << 30}

// latest is a watermark behind every batch.
const latest = 1 << 30

// TestLatestVersionCounts: each fact comes in several batches, written in an order that is not that of the batches.
func TestLatestVersionCounts(t *testing.T) {
	st := openStore(t,
		contractRow(3, 7), contractRow(1, 7), contractRow(2, 7),
		`INSERT INTO target VALUES (2, 2, 7, 'target_quantity', 120, 'x', 'lower'), (1, 2, 7, 'target_quantity', 100, 'x', 'higher'), (1, 3, 7, 'hours', 40, 'h', 'higher')`,
		`INSERT INTO progress VALUES (1, 4, 7, 'target_quantity', 999, DATE '2025-11-01'), (1, 3, 7, 'target_quantity', 80, DATE '2025-09-01'),
			(2, 2, 7, 'target_quantity', 60, DATE '2025-06-01'), (1, 2, 7, 'target_quantity', 50, DATE '2025-06-01')`,
		`INSERT INTO payment VALUES (2, 2, 7, '1', NULL, DATE '2025-06-15', 150), (1, 2, 7, '1', NULL, DATE '2025-06-15', 100),
			(1, 3, 7, '2', NULL, DATE '2025-10-10', 200), (1, 4, 7, '3', NULL, NULL, 400), (3, 2, 7, '4', NULL, NULL, 800), (1, 5, 7, '4', NULL, DATE '2025-05-01', 800)`,
	)
	for asOf, want := range map[string]struct {
		actual  float64
		reached bool
		paid    int64
	}{
		"2025-05-31": {0, false, 0}, // the payment of stage 4 was taken back
		"2025-06-01": {60, true, 0}, // a corrected reading of the day itself
		"2025-08-31": {60, true, 150},
		"2025-09-01": {80, true, 150}, // a later reading counts, though it came in an earlier batch
		"2025-10-10": {80, true, 350},
		"2025-11-01": {999, true, 350},
	} {
		got := mustEvidence(t, st, everything, day(asOf))
		c := Contract{Key: 7, Name: "as of batch 3", Purchaser: "P3", Supplier: "S3", Item: "A3", Year: 2025, Evidence: scoring.Evidence{Contract: "C7", Peer: "A3/2025",
			StartOn: day("2025-02-01"), EndOn: day("2025-12-20"), AmountFen: 300, Recipients: 30, Payments: 4, PaidFen: want.paid,
			Attainments: []scoring.Attainment{{Indicator: "hours", Target: 40, Higher: true}, {Indicator: "target_quantity", Target: 120, Actual: want.actual, Reached: want.reached}}}}
		if !reflect.DeepEqual(got, []Contract{c}) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", asOf, got, []Contract{c})
		}
	}
}

// TestLatestRowOfABatchCounts: with one batch only the row decides.
func TestLatestRowOfABatchCounts(t *testing.T) {
	st := openStore(t, contractRow(1, 7),
		`INSERT INTO target VALUES (1, 3, 7, 'hours', 30, 'h', 'higher'), (1, 2, 7, 'hours', 20, 'h', 'higher')`,
		`INSERT INTO payment VALUES (1, 3, 7, '1', NULL, DATE '2025-03-01', 30), (1, 2, 7, '1', NULL, DATE '2025-03-01', 20)`)
	e := mustEvidence(t, st, everything, day("2025-12-31"))[0].Evidence
	if e.Attainments[0].Target != 30 || e.PaidFen != 30 || e.Payments != 1 {
		t.Errorf("got %+v, want row 3 of both", e)
	}
}

// TestBareContract: a contract of which nothing is known but itself is handed out, without cells.
func TestBareContract(t *testing.T) {
	st := openStore(t, `INSERT INTO contract VALUES (1, 2, 7, 'C7', NULL, 'P1', 'S1', 'A1', 'open_tender', 5, NULL, DATE '2025-02-01', DATE '2025-12-20', 2025, NULL)`)
	want := []Contract{{Key: 7, Purchaser: "P1", Supplier: "S1", Item: "A1", Year: 2025, Evidence: scoring.Evidence{Contract: "C7", Peer: "A1/2025", AmountFen: 5,
		StartOn: day("2025-02-01"), EndOn: day("2025-12-20")}}}
	if got := mustEvidence(t, st, everything, day("2025-12-31")); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestScoresAfterTheDayAreLeftOut(t *testing.T) {
	st := openStore(t, contractRow(1, 7), `INSERT INTO indicator VALUES (0, 'quality'), (1, 'safety')`,
		`INSERT INTO score VALUES (7, 0, 2, 1, 800000, DATE '2025-06-01', 1, 2), (7, 0, 2, 2, 900000, DATE '2025-06-02', 1, 3), (7, 1, 3, 1, 700000, DATE '2025-06-03', 1, 4)`)
	quality := func(values ...int32) scoring.Cell {
		return scoring.Cell{Indicator: "quality", Party: scoring.Recipient, Values: values}
	}
	for asOf, want := range map[string]struct {
		cells []scoring.Cell
		last  time.Time
	}{
		"2025-05-31": {},
		"2025-06-01": {[]scoring.Cell{quality(800000)}, day("2025-06-01")},
		"2025-06-02": {[]scoring.Cell{quality(800000, 900000)}, day("2025-06-02")},
		"2026-01-01": {[]scoring.Cell{quality(800000, 900000), {Indicator: "safety", Party: scoring.ThirdParty, Values: []int32{700000}}}, day("2025-06-03")},
	} {
		e := mustEvidence(t, st, everything, day(asOf))[0].Evidence
		if !reflect.DeepEqual(e.Cells, want.cells) || !e.LastOn.Equal(want.last) {
			t.Errorf("%s: got %+v, last on %s; want %+v", asOf, e.Cells, e.LastOn, want)
		}
	}
}

// The scattered scores: enough for several record batches, so that cells go on over their ends.
const (
	scatteredContracts = 12 // keys 2, 4, 6 ...: with gaps
	scatteredScores    = 6000
)

// scattered fills a store with scores in no order whatever and returns what every cell has to hold, and the last day
// of every contract.
func scattered(t *testing.T) (*store.Store, map[int32]map[string][]int32, map[int32]time.Time) {
	t.Helper()
	st := openStore(t, `INSERT INTO indicator VALUES (0, 'access'), (1, 'quality'), (2, 'safety')`)
	rng := rand.New(rand.NewPCG(1, 2015))
	want, last := map[int32]map[string][]int32{}, map[int32]time.Time{}
	for c := range scatteredContracts {
		key := int32(2 * (c + 1))
		write(t, st, contractRow(1, int(key)), contractRow(2, int(key)))
		want[key] = map[string][]int32{}
	}
	var rows []string
	for i := range scatteredScores {
		key, indicator, party := int32(2*(1+rng.IntN(scatteredContracts))), rng.IntN(3), scoring.Party(1+rng.IntN(3))
		score, on := int32(rng.IntN(1_000_001)), day("2025-01-01").AddDate(0, 0, rng.IntN(300))
		cell := []string{"access", "quality", "safety"}[indicator] + " " + party.String()
		want[key][cell] = append(want[key][cell], score)
		if on.After(last[key]) {
			last[key] = on
		}
		rows = append(rows, fmt.Sprintf("(%d, %d, %d, %d, %d, DATE '%s', %d, %d)", key, indicator, party, i, score, on.Format(time.DateOnly), 1+i*3/scatteredScores, i+2))
	}
	write(t, st, "INSERT INTO score VALUES "+strings.Join(rows, ", "))
	return st, want, last
}

// TestLooseRowsLandInTheirCells: scores of one cell that lie far apart become one cell, and putting the table into
// order changes nothing.
func TestLooseRowsLandInTheirCells(t *testing.T) {
	st, want, last := scattered(t)
	check := func(when string) {
		t.Helper()
		all := mustEvidence(t, st, everything, day("2025-12-31"))
		if len(all) != scatteredContracts {
			t.Fatalf("%s: got %d contracts", when, len(all))
		}
		for _, c := range all {
			if len(c.Evidence.Cells) != len(want[c.Key]) || !c.Evidence.LastOn.Equal(last[c.Key]) {
				t.Errorf("%s: contract %d has %d cells, last on %s; want %d, %s", when, c.Key, len(c.Evidence.Cells), c.Evidence.LastOn, len(want[c.Key]), last[c.Key])
			}
			for _, cell := range c.Evidence.Cells {
				values := slices.Sorted(slices.Values(want[c.Key][cell.Indicator+" "+cell.Party.String()]))
				if !slices.Equal(cell.Values, values) {
					t.Errorf("%s: contract %d, %s by %s has %d values, want %d", when, c.Key, cell.Indicator, cell.Party, len(cell.Values), len(values))
				}
			}
		}
	}
	check("as they came")
	write(t, st, `INSERT INTO batch SELECT batch_id, 'score', 'hash' || batch_id, 'file', count(*), '', 0, TIMESTAMP '2026-01-01' FROM score GROUP BY batch_id`)
	if report, err := st.Compact(t.Context()); err != nil || !report.Rewritten {
		t.Fatalf("the scores were not put into order: %+v, %v", report, err)
	}
	check("in order")
}

// TestKeysAndRangesAgree: a range, its parts and the listed keys give the same.
func TestKeysAndRangesAgree(t *testing.T) {
	st, _, _ := scattered(t)
	write(t, st, `INSERT INTO target SELECT 1, row_no, contract_key, 'hours', contract_key, 'h', 'higher' FROM contract WHERE batch_id = 2 AND contract_key % 4 = 0`,
		`INSERT INTO payment SELECT 1, row_no, contract_key, '1', NULL, DATE '2025-03-01', contract_key FROM contract WHERE batch_id = 2 AND contract_key % 6 = 0`)
	asOf := day("2025-07-01")
	all := mustEvidence(t, st, everything, asOf)
	var keys []int32
	if err := read(t, st, func(ctx context.Context, r *store.Reader) (err error) {
		keys, err = Keys(ctx, r, latest)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []int32{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24}; !slices.Equal(keys, want) {
		t.Fatalf("keys: got %v, want %v", keys, want)
	}
	listed := mustEvidence(t, st, Contracts{Low: 2, High: 24, Keys: keys}, asOf)
	parts := append(mustEvidence(t, st, Contracts{Low: 2, High: 11}, asOf), mustEvidence(t, st, Contracts{Low: 12, High: 24}, asOf)...)
	many := slices.Clone(keys) // more than are asked for one by one; the others do not exist
	for k := range int32(eachUpTo) {
		many = append(many, 100+k)
	}
	longList := mustEvidence(t, st, Contracts{Low: 2, High: 100 + eachUpTo, Keys: many}, asOf)
	for what, got := range map[string][]Contract{"listed keys": listed, "two ranges": parts, "a long list": longList} {
		if !reflect.DeepEqual(got, all) {
			t.Errorf("%s give other evidence than one range", what)
		}
	}
	some := mustEvidence(t, st, Contracts{Low: 4, High: 24, Keys: []int32{4, 12, 24}}, asOf)
	if want := []Contract{all[1], all[5], all[11]}; !reflect.DeepEqual(some, want) {
		t.Error("three listed keys give other evidence than the range")
	}
	if all[1].Evidence.Attainments == nil || all[5].Evidence.PaidFen != 12 {
		t.Error("targets and payments are not where they belong")
	}
}

func TestAgree(t *testing.T) {
	s := sorting{rows: 3, total: 240}
	if err := s.agree(3, 240); err != nil {
		t.Errorf("equal totals: %v", err)
	}
	for _, c := range []struct {
		number, sum int64
		want        MismatchError
	}{{4, 240, MismatchError{"number", 3, 4}}, {3, 239, MismatchError{"sum", 240, 239}}, {2, 160, MismatchError{"number", 3, 2}}} {
		err := s.agree(c.number, c.sum)
		var mismatch *MismatchError
		if !errors.As(err, &mismatch) || *mismatch != c.want {
			t.Errorf("%d scores of %d in all: got %v, want %v", c.number, c.sum, err, c.want)
			continue
		}
		for _, words := range []string{c.want.What, fmt.Sprint(c.want.Read), fmt.Sprint(c.want.Database), "nothing was published", "pingxin doctor"} {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%q does not say %q", err, words)
			}
		}
	}
}

// TestMismatchStopsARange: behind a view that hides five rows from the query that comes first, the totals differ.
func TestMismatchStopsARange(t *testing.T) {
	st, _, _ := scattered(t)
	undo := errors.New("undo")
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		if err := execAll(ctx, w, `ALTER TABLE score RENAME TO whole`, `CREATE SEQUENCE seen`,
			`CREATE VIEW score AS SELECT * FROM whole WHERE nextval('seen') > 5`); err != nil {
			return err
		}
		names, err := Indicators(ctx, &w.Reader)
		if err != nil {
			return err
		}
		handed := 0
		err = Evidence(ctx, &w.Reader, Question{Snapshot: onDay("2025-12-31"), Contracts: everything, Indicators: names}, func(*Contract) error { handed++; return nil })
		var mismatch *MismatchError
		if !errors.As(err, &mismatch) || *mismatch != (MismatchError{"number", scatteredScores - 5, scatteredScores}) || handed > 0 {
			t.Errorf("%d contracts were handed out, got %v; want a mismatch of 5 and none", handed, err)
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
}

// TestDamage: rows that refer to what does not exist stop the reading, whether in a range or among listed keys.
func TestDamage(t *testing.T) {
	for name, c := range map[string]struct{ damage, want string }{
		"score without contract between": {`INSERT INTO score VALUES (8, 0, 1, 1, 1, DATE '2025-06-01', 1, 2)`, "contract key 8"},
		"score without contract behind":  {`INSERT INTO score VALUES (11, 0, 1, 1, 1, DATE '2025-06-01', 1, 2)`, "contract key 11"},
		"score without indicator":        {`INSERT INTO score VALUES (7, 5, 1, 1, 1, DATE '2025-06-01', 1, 2)`, "contract C7: score rows refer to indicator key 5"},
		"target without contract":        {`INSERT INTO target VALUES (1, 2, 8, 'hours', 20, 'h', 'higher')`, "contract key 8"},
		"target behind the last":         {`INSERT INTO target VALUES (1, 2, 11, 'hours', 20, 'h', 'higher')`, "contract key 11"},
		"payment without contract":       {`INSERT INTO payment VALUES (1, 2, 8, '1', NULL, DATE '2025-03-01', 30)`, "contract key 8"},
	} {
		t.Run(name, func(t *testing.T) {
			st := openStore(t, contractRow(1, 7), contractRow(1, 9), `INSERT INTO indicator VALUES (0, 'quality')`, c.damage)
			for _, which := range []Contracts{everything, {Keys: []int32{7, 8, 9, 11}}} {
				_, err := evidence(t, st, which, day("2025-12-31"))
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "pingxin doctor") {
					t.Errorf("got %v, want %s and what to do", err, c.want)
				}
			}
			var findings []string
			if err := read(t, st, func(ctx context.Context, r *store.Reader) (err error) {
				findings, err = store.Examine(ctx, r, nil)
				return err
			}); err != nil || len(findings) != 1 {
				t.Errorf("the doctor finds %q, %v; want the one damage", findings, err)
			}
		})
	}
}

// TestCallerStops: the error of the caller ends the reading as it is.
func TestCallerStops(t *testing.T) {
	st, enough, calls := openStore(t, contractRow(1, 7), contractRow(1, 9)), errors.New("enough"), 0
	err := read(t, st, func(ctx context.Context, r *store.Reader) error {
		return Evidence(ctx, r, Question{Snapshot: onDay("2025-12-31"), Contracts: everything}, func(*Contract) error { calls++; return enough })
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("got %v after %d calls, want the caller's error after one", err, calls)
	}
}
