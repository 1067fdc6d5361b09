package reduce

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// corrections is a store in which every fact of contract 7 came with batch 1 or 2, was corrected by batch 3, and has new
// facts beside it in batch 4.
func corrections(t *testing.T) *store.Store {
	return openStore(t, contractRow(1, 7), contractRow(3, 7), contractRow(4, 8), `INSERT INTO indicator VALUES (0, 'quality')`,
		`INSERT INTO target VALUES (1, 2, 7, 'hours', 40, 'h', 'higher'), (3, 2, 7, 'hours', 50, 'h', 'higher'), (4, 2, 7, 'visits', 9, 'x', 'higher')`,
		`INSERT INTO progress VALUES (1, 2, 7, 'hours', 10, DATE '2025-03-01'), (3, 2, 7, 'hours', 12, DATE '2025-03-01'), (4, 2, 7, 'hours', 30, DATE '2025-05-01')`,
		`INSERT INTO payment VALUES (1, 2, 7, '1', NULL, DATE '2025-03-01', 100), (3, 2, 7, '1', NULL, DATE '2025-03-01', 120), (4, 2, 7, '2', NULL, DATE '2025-05-01', 500)`,
		// rater 1: batch 1, then 3; rater 2: batch 2, untouched; rater 3: new in 4; rater 4: batch 1, then 3, then 4
		`INSERT INTO score VALUES (7, 0, 2, 1, 810000, DATE '2025-03-01', 3, 2), (7, 0, 2, 2, 820000, DATE '2025-03-01', 2, 2), (7, 0, 2, 3, 830000, DATE '2025-03-01', 4, 2),
			(7, 0, 2, 4, 844000, DATE '2025-03-01', 4, 3)`,
		`INSERT INTO score_superseded VALUES (7, 0, 2, 1, 710000, DATE '2025-03-01', 1, 2, 3), (7, 0, 2, 4, 841000, DATE '2025-03-01', 1, 3, 3), (7, 0, 2, 4, 843000, DATE '2025-03-01', 3, 3, 4)`)
}

// TestSnapshots: what is read depends on the last batch that counts, and on what was known by an earlier one.
func TestSnapshots(t *testing.T) {
	st := corrections(t)
	type want struct {
		name           string
		scores, raters []int32
		hours          scoring.Attainment
		targets        int
		paid           int64
		stages         int
	}
	hours := func(target, actual float64) scoring.Attainment {
		return scoring.Attainment{Indicator: "hours", Target: target, Actual: actual, Reached: true, Higher: true}
	}
	for _, c := range []struct {
		what             string
		watermark, known int
		want             want
	}{
		{"after the first batch", 1, 0, want{"as of batch 1", []int32{710000, 841000}, []int32{1, 4}, hours(40, 10), 1, 100, 1}},
		{"after the second batch", 2, 0, want{"as of batch 1", []int32{710000, 841000, 820000}, []int32{1, 4, 2}, hours(40, 10), 1, 100, 1}},
		{"after the corrections", 3, 0, want{"as of batch 3", []int32{810000, 820000, 843000}, []int32{1, 2, 4}, hours(50, 12), 1, 120, 1}},
		{"after all", 4, 0, want{"as of batch 3", []int32{810000, 820000, 830000, 844000}, []int32{1, 2, 3, 4}, hours(50, 30), 2, 620, 2}},
		{"known by the second, corrected by all", 4, 2, want{"as of batch 3", []int32{810000, 820000, 844000}, []int32{1, 2, 4}, hours(50, 12), 1, 120, 1}},
		{"known by the first, corrected by the third", 3, 1, want{"as of batch 3", []int32{810000, 843000}, []int32{1, 4}, hours(50, 12), 1, 120, 1}},
	} {
		for _, which := range []Contracts{everything, {Low: 7, High: 8, Keys: []int32{7, 8}}} {
			all, err := answer(t, st, Question{Snapshot: Snapshot{AsOf: day("2025-12-31"), Watermark: c.watermark, Known: c.known}, Contracts: which, Raters: true})
			if err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			if (len(all) == 2) != (c.watermark == 4 && c.known == 0) {
				t.Errorf("%s: got %d contracts", c.what, len(all))
			}
			e := all[0].Evidence
			scores, raters := slices.Clone(e.Cells[0].Values), slices.Clone(e.Cells[0].Raters)
			sortByRater(scores, raters)
			sortByRater(c.want.scores, c.want.raters)
			got := want{all[0].Name, scores, raters, e.Attainments[0], len(e.Attainments), e.PaidFen, e.Payments}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v", c.what, got, c.want)
			}
		}
	}
}

func sortByRater(scores, raters []int32) {
	byRater := map[int32]int32{}
	for i, r := range raters {
		byRater[r] = scores[i]
	}
	slices.Sort(raters)
	for i, r := range raters {
		scores[i] = byRater[r]
	}
}

// TestSuppliersThen: an event is as its last batch up to the watermark says, and knows its first one.
func TestSuppliersThen(t *testing.T) {
	st := openStore(t, `INSERT INTO organisation VALUES (1, 2, 'S1', 'one', 'supplier', NULL, NULL, NULL, NULL), (4, 2, 'S2', 'two', 'supplier', NULL, NULL, NULL, NULL)`,
		`INSERT INTO credit_event VALUES (2, 2, 'S1', 'X1', 'late_report', 'general', DATE '2025-02-01', NULL, NULL, NULL, NULL, NULL),
			(3, 2, 'S1', 'X1', 'false_report', 'serious', DATE '2025-02-01', NULL, NULL, NULL, NULL, NULL)`)
	for watermark, want := range map[int][]string{1: {"S1"}, 2: {"S1", "general"}, 3: {"S1", "serious"}, 4: {"S1", "serious", "S2"}} {
		err := read(t, st, func(ctx context.Context, r *store.Reader) error {
			all, err := Suppliers(ctx, r, Snapshot{AsOf: day("2025-12-31"), Watermark: watermark}, nil)
			var got []string
			for _, s := range all {
				got = append(got, s.ID)
				for i, e := range s.Events {
					got = append(got, e.Severity)
					if s.FirstBatches[i] != 2 {
						t.Errorf("watermark %d: the event was first described by batch %d, want 2", watermark, s.FirstBatches[i])
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("watermark %d: got %v, want %v", watermark, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
