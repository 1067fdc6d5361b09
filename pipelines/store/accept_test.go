package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pingxin/scoring"
)

func TestReferencesAndDuplicates(t *testing.T) {
	s := open(t, t.TempDir())
	district(t, s)
	var rows [][]any
	for i := range MaxFaults + 20 {
		rows = append(rows, score("C9", fmt.Sprintf("E%d", i), 80_0000))
	}
	rows = append(rows, score("C1", "E1", 80_0000), score("C1", "E1", 81_0000))
	_, err := accept(t.Context(), s, "score", "bad", table(scoreColumns, rows...))
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused.Total != MaxFaults+21 || refused.Causes["unknown_contract_no"] != MaxFaults+20 || refused.Causes["duplicate_key"] != 1 || len(refused.Faults) != MaxFaults {
		t.Errorf("%d faults, listed %d, by cause %v", refused.Total, len(refused.Faults), refused.Causes)
	}
	if f := refused.Faults[0]; f.Row != int64(MaxFaults+20+3) || !strings.Contains(f.Found, fmt.Sprintf("row %d has too", MaxFaults+20+2)) {
		t.Errorf("the first fault is %+v", f)
	}
	if n := number(t, s, `SELECT (SELECT count(*) FROM score) + (SELECT count(*) FROM rater) + (SELECT count(*) FROM batch WHERE kind = 'score')`); n != 0 {
		t.Errorf("%d rows of a refused file are stored", n)
	}
}

// Contract keys count up within their budget year and never change, whatever is imported again.
func TestContractKeys(t *testing.T) {
	s := open(t, t.TempDir())
	district(t, s)
	const query = `SELECT sum(contract_key) FROM (SELECT DISTINCT contract_no, contract_key FROM contract WHERE contract_no IN ('C1', 'C2', 'C3'))`
	// By hand: (2024-2000)*4194304 = 100663296 for C1, one more for C2; (2025-2000)*4194304 = 104857600 for C3.
	const want = 100663296 + 100663297 + 104857600
	if got := number(t, s, query); got != want {
		t.Errorf("keys add up to %d, expected %d", got, want)
	}
	mustAccept(t, s, "contract", "again", table("contract_no:s purchaser_id:s supplier_id:s item_code:s method:s amount_fen:l start_on:d end_on:d budget_year:l",
		[]any{"C4", "P1", "S1", "A01", "open_tender", 100_00, 20000, 20300, 2024}, []any{"C1", "P1", "S1", "A01", "open_tender", 150_00, 20000, 20300, 2024}))
	if got := number(t, s, query); got != want {
		t.Errorf("after a second description the keys add up to %d, expected %d", got, want)
	}
	if got := number(t, s, `SELECT contract_key FROM contract WHERE contract_no = 'C4'`); got != 100663298 {
		t.Errorf("the next contract of 2024 has key %d, expected 100663298", got)
	}
}

func TestCorrectionsAndTouches(t *testing.T) {
	s := open(t, t.TempDir())
	district(t, s)
	mustAccept(t, s, "score", "first", table(scoreColumns, score("C1", "E1", 80_0000), score("C2", "E1", 70_0000)))
	second := mustAccept(t, s, "score", "second", table(scoreColumns, score("C2", "E1", 75_0000), score("C2", "E2", 60_0000)))
	if second.Superseded != 1 {
		t.Errorf("%d superseded, expected 1", second.Superseded)
	}
	if n := number(t, s, `SELECT sum(score_e4) FROM score`); n != 80_0000+75_0000+60_0000 {
		t.Errorf("scores add up to %d", n)
	}
	if n := number(t, s, `SELECT sum(score_e4) FROM score_superseded WHERE by_batch = ?`, int32(second.Receipt.Batch)); n != 70_0000 {
		t.Errorf("set aside: %d", n)
	}
	if n := number(t, s, `SELECT count(*) FROM batch_contract b JOIN contract c USING (contract_key) WHERE b.batch_id = ? AND contract_no = 'C2' AND last_on = DATE '1970-01-01' + 20100`,
		int32(second.Receipt.Batch)); n != 1 {
		t.Errorf("the second batch touches C2 %d times, expected once", n)
	}
	if n := number(t, s, `SELECT count(*) FROM batch_contract WHERE batch_id = ?`, int32(second.Receipt.Batch)); n != 1 {
		t.Errorf("the second batch touches %d contracts, expected 1", n)
	}
}

func TestCompactKeepsEveryRow(t *testing.T) {
	s := open(t, t.TempDir())
	district(t, s)
	var rows [][]any
	for i := range 300 {
		rows = append(rows, score([]string{"C3", "C1", "C2"}[i%3], fmt.Sprintf("E%d", i), 60_0000+i))
	}
	mustAccept(t, s, "score", "many", table(scoreColumns, rows...))
	const content = `SELECT sum(hash(contract_key, indicator_key, party, rater_key, score_e4, scored_on, batch_id, row_no) % 1000003)::BIGINT FROM score`
	before := number(t, s, content)
	report, err := s.Compact(t.Context())
	if err != nil || !report.Rewritten || report.Rows != 300 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after := number(t, s, content); after != before {
		t.Error("the content changed")
	}
	if n := number(t, s, `SELECT count(*) FROM (SELECT contract_key, score_e4, lag((contract_key, score_e4)) OVER (ORDER BY rowid) AS last FROM score) WHERE (contract_key, score_e4) < last`); n != 0 {
		t.Errorf("%d rows are out of order", n)
	}
	mustAccept(t, s, "score", "few", table(scoreColumns, score("C1", "late", 50_0000)))
	if report, err = s.Compact(t.Context()); err != nil || report.Rewritten || report.Loose != 1 {
		t.Errorf("one loose row of 301 moved the table: %+v, %v", report, err)
	}
}

// All readers of one ReadMany see the same version, whatever is committed meanwhile, and come back to the pool.
func TestReadManySeesOneVersion(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 20 {
		err := s.ReadMany(t.Context(), 2, func(ctx context.Context, readers []*Reader) error {
			mustAccept(t, s, "organisation", fmt.Sprint("R", i), organisations(fmt.Sprint("R", i), 1))
			for _, r := range readers {
				var n int
				if err := r.Scan(ctx, []any{&n}, `SELECT count(*) FROM organisation`); err != nil {
					return err
				}
				if n != i {
					return fmt.Errorf("a reader sees %d organisations, expected %d", n, i)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 { // more than there are readers: none may be lost
		if err := s.Read(ctx, func(context.Context, *Reader) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("found %v", err)
		}
	}
	number(t, s, `SELECT 1`)
}

// A row holds from the run that wrote it until the one that closed it; closing what is not there is damage.
func TestClose(t *testing.T) {
	s := open(t, t.TempDir())
	err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		for _, text := range []string{`INSERT INTO blacklist_candidate VALUES (1, 2147483647, 'S1', 'g', '[]', 'h1')`, `INSERT INTO blacklist_candidate VALUES (1, 2147483647, 'S2', 'g', '[]', 'h2')`} {
			if _, err := w.Exec(ctx, text); err != nil {
				return err
			}
		}
		return Close(ctx, w, "blacklist_candidate", 2, []string{"h1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for run, want := range map[int]int64{1: 2, 2: 1} {
		if n := number(t, s, `SELECT count(*) FROM blacklist_candidate WHERE `+holds(run)); n != want {
			t.Errorf("%d rows hold for run %d, expected %d", n, run, want)
		}
	}
	err = s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		return Close(ctx, w, "blacklist_candidate", 3, []string{"h1"})
	})
	if err == nil || !strings.Contains(err.Error(), "nothing was published") {
		t.Errorf("closing a row that no longer holds: %v", err)
	}
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b) || a == 0 && b == 0
}

// Packed terms come back as they were, and damaged ones are an error.
func TestTermsComeBack(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "quality", "质量", "satisfaction", "x"})
	real := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scoring.Part {
			return scoring.Part{Indicator: word.Draw(t, "indicator"), Parent: word.Draw(t, "parent"), Party: scoring.Party(rapid.IntRange(0, 3).Draw(t, "party")),
				N: rapid.Int().Draw(t, "n"), NEffective: real.Draw(t, "effective"), Plain: real.Draw(t, "plain"), Value: real.Draw(t, "value"), SE: real.Draw(t, "se"),
				Weight: real.Draw(t, "weight"), Share: real.Draw(t, "share"), Contribution: real.Draw(t, "contribution"), Note: word.Draw(t, "note")}
		}), 0, 20).Draw(t, "parts")
		packed := SlipTerms.Pack(parts)
		back, err := SlipTerms.Unpack(packed)
		if err != nil || len(back) != len(parts) {
			t.Fatalf("%d of %d parts came back: %v", len(back), len(parts), err)
		}
		for i, a := range parts {
			b := back[i]
			for _, pair := range [][2]float64{{a.NEffective, b.NEffective}, {a.Plain, b.Plain}, {a.Value, b.Value}, {a.SE, b.SE}, {a.Weight, b.Weight}, {a.Share, b.Share},
				{a.Contribution, b.Contribution}} {
				if !sameBits(pair[0], pair[1]) {
					t.Fatalf("part %d: %v came back as %v", i, a, b)
				}
			}
			if a.Indicator != b.Indicator || a.Parent != b.Parent || a.Party != b.Party || a.N != b.N || a.Note != b.Note {
				t.Fatalf("part %d: %v came back as %v", i, a, b)
			}
		}
		if cut := rapid.IntRange(0, len(packed)-1).Draw(t, "cut"); len(parts) > 0 {
			if _, err := SlipTerms.Unpack(packed[:cut]); err == nil {
				t.Fatalf("%d of %d bytes were taken for whole", cut, len(packed))
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(SlipTerms.Pack([]scoring.Part{{Indicator: "quality", Value: 80, SE: math.NaN()}}))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		if parts, err := SlipTerms.Unpack(packed); err == nil && len(parts) > len(packed) {
			t.Errorf("%d parts from %d bytes", len(parts), len(packed))
		}
	})
}

// The same data directory opens again and again, and a path that cannot be made says so.
func TestOpening(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		s, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	file := dir + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), file+"/data", Options{}); err == nil || !strings.Contains(err.Error(), "choose another with --data") {
		t.Errorf("found %v", err)
	}
}
