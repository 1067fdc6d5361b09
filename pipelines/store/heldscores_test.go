package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// manyScores are rows of so many raters, each of whom scores a contract by each indicator at most once, in an order by chance.
func manyScores(seed uint64, contracts []string, raters, rows int) sheet {
	chance := rand.New(rand.NewPCG(seed, 1))
	f := sheet{kind: "score", columns: scoreColumns}
	indicators, parties := []string{"quality", "attitude", "outcome"}, []string{"recipient", "purchaser", "third_party"}
	for _, i := range chance.Perm(raters * len(contracts) * len(indicators))[:rows] {
		rater, rest := i%raters, i/raters
		f.rows = append(f.rows, []any{contracts[rest%len(contracts)], indicators[rest/len(contracts)], parties[rater%3], fmt.Sprintf("R%d", rater*7919%raters), chance.IntN(1_000_001),
			time.Date(2025, 1, 1+chance.IntN(300), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)})
	}
	return f
}

// TestScoresComeBackAsGiven: what stands in the table after files of more rows than any buffer holds is what was handed in, in
// the order that runs read it in, under keys that follow from the order of names; what a second file corrects is set aside.
func TestScoresComeBackAsGiven(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	later := contracts(2026, "A9", "B1")
	accept(t, s, later) // first by name, last by key
	all := []string{"B1", "C3", "A9", "C1"}
	first := manyScores(1, all, 20_000, rowsTogether+heldBlock+77)
	given := func(f sheet) {
		t.Helper()
		firstKey := number(t, s, `SELECT coalesce(max(rater_key) + 1, 0) FROM rater`)
		batch := accept(t, s, f).Receipt.Batch
		got := texts(t, s, fmt.Sprintf(`SELECT concat_ws(' ', contract_no, indicator, CASE party WHEN 1 THEN 'purchaser' WHEN 2 THEN 'recipient' ELSE 'third_party' END, evaluator_id, score_e4, scored_on)
			FROM score JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) USING (contract_key) JOIN indicator USING (indicator_key) JOIN rater USING (rater_key) WHERE batch_id = %d ORDER BY row_no`, batch))
		want := make([]string, len(f.rows))
		for i, r := range f.rows {
			want[i] = fmt.Sprintf("%s %s %s %s %d %s", r...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("batch %d: %d rows came back otherwise than %d were given", batch, len(got), len(want))
		}
		for what, query := range map[string]string{
			"rows out of order": `SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY rowid) AS is_at, row_number() OVER (ORDER BY contract_key, indicator_key, party, score_e4, row_no) AS belongs FROM score WHERE batch_id = %d) WHERE is_at <> belongs`,
			"contracts touched on another day": `SELECT count(*) FROM (SELECT contract_key, max(scored_on) AS last_on FROM score WHERE batch_id = %[1]d GROUP BY 1) AS a
				FULL JOIN (FROM batch_contract WHERE batch_id = %[1]d) AS b ON a.contract_key = b.contract_key AND a.last_on = b.last_on WHERE a.contract_key IS NULL OR b.contract_key IS NULL`,
		} {
			if n := number(t, s, fmt.Sprintf(query, batch)); n > 0 {
				t.Errorf("batch %d: %d %s", batch, n, what)
			}
		}
		if n := number(t, s, fmt.Sprintf(`SELECT count(*) FROM (SELECT rater_key, row_number() OVER (ORDER BY evaluator_id) - 1 + %[1]d AS want FROM rater WHERE rater_key >= %[1]d) WHERE rater_key <> want`, firstKey)); n > 0 {
			t.Errorf("batch %d: %d new raters have keys out of the order of their names", batch, n)
		}
	}
	given(first)
	second := manyScores(2, all, 30_000, 60_000)
	key := func(r []any) string { return fmt.Sprint(r[:4]...) }
	before := map[string]bool{}
	for _, r := range first.rows {
		before[key(r)] = true
	}
	corrected := int64(0)
	for _, r := range second.rows {
		if before[key(r)] {
			corrected++
		}
	}
	given(second)
	if n := number(t, s, `SELECT count(*) FROM score_superseded`); n != corrected || corrected == 0 {
		t.Errorf("%d scores were set aside, expected %d", n, corrected)
	}
	if n := number(t, s, `SELECT count(*) FROM rater`); n > 30_000 {
		t.Errorf("%d raters, expected each once", n)
	}
	sound(t, s)
}

// TestFaultsHideNowhere: each rule finds the one row that breaks it, wherever it stands among rows that do not, and finds what
// a look at all rows does.
func TestFaultsHideNowhere(t *testing.T) {
	s := openTwoPurchasers(t)
	good := func() sheet {
		f := sheet{kind: "score", columns: scoreColumns}
		for i := range 300 {
			f.rows = append(f.rows, score("C1", fmt.Sprintf("P1-%d", i), i, "2025-05-01"))
			f.rows[i][2] = "purchaser"
		}
		return f
	}
	p1 := func(a *Acceptance) { a.Scope, a.Party = Scope{Purchaser: "P1"}, "purchaser" }
	for at, c := range []struct {
		cause  string
		column int
		value  any
		as     func(*Acceptance)
	}{
		{"unknown_contract_no", 0, "N1", func(*Acceptance) {}},
		{"outside_scope", 0, "D1", p1},
		{"party_not_yours", 2, "recipient", p1},
		{"evaluator_not_yours", 3, "P2-1", p1},
		{"duplicate_key", 3, "P1-0", p1},
	} {
		for _, row := range []int{1, 150, 299} {
			f := good()
			f.rows[row][c.column] = c.value
			f.rows[row][4] = 1000 + at // another file each time
			a := f.acceptance()
			c.as(&a)
			p, err := s.Preview(t.Context(), a, f.reader(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := causesOf(t, s, f, c.as); got[c.cause] == 0 || !maps.Equal(got, p.Refused.Causes) {
				t.Errorf("%s in row %d: refused with %v, previewed with %v", c.cause, row, got, p.Refused.Causes)
			}
		}
	}
	if got := causesOf(t, s, good(), p1); got != nil {
		t.Errorf("without a fault: %v", got)
	}
}

// TestLeftOutNamesGetNoKeys: who and what stand only in rows that are left out are not entered.
func TestLeftOutNamesGetNoKeys(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	bad := score("N1", "E0", 10, "2025-03-01")
	bad[1] = "unheard_of"
	in, err := acceptAs(t, s, scores(score("C1", "E2", 10, "2025-03-01"), bad, score("C2", "E1", 10, "2025-03-01")), func(a *Acceptance) { a.Partial = true })
	if err != nil || in.Receipt.Rows != 2 || in.Receipt.LeftOut != 1 {
		t.Fatalf("%+v, %v", in, err)
	}
	if got, want := texts(t, s, `SELECT rater_key || evaluator_id FROM rater ORDER BY rater_key`), []string{"0E1", "1E2"}; !slices.Equal(got, want) {
		t.Errorf("raters %q, expected %q", got, want)
	}
	if got, want := texts(t, s, `SELECT indicator FROM indicator`), []string{"quality"}; !slices.Equal(got, want) {
		t.Errorf("indicators %q, expected %q", got, want)
	}
	sound(t, s)
}

// heldOf holds rows of one rater each, of a contract in turn, with rising row numbers and days.
func heldOf(rows, contracts int) *heldScores {
	h := &heldScores{contracts: &names{count: contracts}, indicators: &names{count: 1}, parties: &names{count: 1}, raters: &names{count: rows}}
	for i := range rows {
		if i%heldBlock == 0 {
			h.blocks = append(h.blocks, nil)
		}
		last := &h.blocks[len(h.blocks)-1]
		*last = append(*last, heldScore{contract: int32(i % contracts), rater: int32(i), day: int32(i), rowNo: int32(i + 2)})
	}
	h.count = rows
	return h
}

// TestRowsAreLeftOutOfBlocks: rows are left out wherever they stand, up to all, and so are numbers that no row has.
func TestRowsAreLeftOutOfBlocks(t *testing.T) {
	const rows = 2*heldBlock + 10
	every := make([]int64, rows)
	for i := range every {
		every[i] = int64(i + 2)
	}
	for _, out := range [][]int64{nil, {1}, {2}, {rows + 1}, {2, 3, heldBlock + 1, heldBlock + 2, rows + 1, rows + 9}, every[:heldBlock], every[10:], every} {
		h := heldOf(rows, 3)
		h.leaveOut(out)
		var got []int64
		for at, r := range h.all {
			if h.row(at) != r {
				t.Fatalf("place %d is of another row", at)
			}
			got = append(got, int64(r.rowNo))
		}
		want := slices.DeleteFunc(slices.Clone(every), func(no int64) bool { _, is := slices.BinarySearch(out, no); return is })
		if !slices.Equal(got, want) || h.count != len(want) {
			t.Errorf("without %d rows %d are left, counted %d; expected %d", len(out), len(got), h.count, len(want))
		}
	}
}

// TestStandIns: the latest row of each contract and the first of every other name stand for all.
func TestStandIns(t *testing.T) {
	h := heldOf(10, 3)
	if got, want := h.standIns(false), []int32{0, 7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("without raters %d, expected %d", got, want)
	}
	if got := h.standIns(true); len(got) != 10 {
		t.Errorf("with ten raters %d", got)
	}
}

// TestHeldColumns: a column that is not what it has to be is an error, never another value.
func TestHeldColumns(t *testing.T) {
	for _, c := range []struct {
		column string
		value  any
		fits   bool
	}{{"n:whole", 1<<31 - 1, true}, {"n:whole", 1 << 31, false}, {"n:real", 1.0, false}, {"n:small", -1, true}, {"n:day", "1969-12-31", true}} {
		rows := sheet{"x", c.column, [][]any{{c.value}}}.reader()
		rows.Next()
		if got, err := int32Values(rows.RecordBatch().Column(0)); (err == nil) != c.fits {
			t.Errorf("%s of %v is taken for %d, %v", c.column, c.value, got, err)
		}
	}
	h := heldOf(1, 1)
	h.blocks[0][0].scoreE4 = 1 << scoreBits
	if _, err := h.inOrder([]int32{0}); err == nil {
		t.Error("a score that does not fit is ordered")
	}
}

// TestPackedNamesStayAsTheyAre: the step that packs the names of raters anew leaves each with its key, in the order of keys, and
// packed so.
func TestPackedNamesStayAsTheyAre(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, manyScores(3, []string{"C1", "C2"}, 5000, 20_000))
	const rows = `SELECT concat_ws(' ', rater_key, evaluator_id) FROM rater ORDER BY rowid`
	before := texts(t, s, rows)
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	step := slices.IndexFunc(all, func(m migration) bool { return m.name == "0039_packed_names" })
	write(t, s, all[step].text)
	if got := texts(t, s, rows); !slices.Equal(got, before) || len(got) == 0 {
		t.Errorf("%d raters became %d others", len(before), len(got))
	}
	if err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, s, `SELECT DISTINCT compression FROM pragma_storage_info('rater') WHERE column_name = 'evaluator_id' AND segment_type = 'VARCHAR'`); !slices.Equal(got, []string{"ZSTD"}) {
		t.Errorf("names are packed by %s", got)
	}
}
