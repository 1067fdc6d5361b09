package reduce

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pingxin/credit"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// TestSuppliers: the latest version of every fact of a supplier counts.
func TestSuppliers(t *testing.T) {
	st := openStore(t,
		`INSERT INTO organisation VALUES (2, 2, 'S2', 'new name', 'supplier', NULL, 'foundation', NULL, DATE '2010-05-01'),
			(1, 3, 'S2', 'old name', 'supplier', NULL, 'enterprise', NULL, DATE '2009-05-01'), (1, 2, 'S1', 'one', 'supplier', NULL, NULL, NULL, NULL),
			(1, 4, 'P1', 'bureau', 'purchaser', NULL, NULL, NULL, NULL), (1, 5, 'S3', 'was a supplier', 'supplier', NULL, NULL, NULL, NULL),
			(2, 3, 'S3', 'is an evaluator', 'evaluator', NULL, NULL, NULL, NULL)`,
		`INSERT INTO credit_event VALUES (3, 2, 'S2', 'X2', 'false_report', 'serious', DATE '2025-03-01', 'bureau', 'no 2', DATE '2026-03-01', DATE '2025-09-01', 'C7'),
			(1, 2, 'S1', 'X2', 'late_report', 'general', DATE '2025-02-01', NULL, NULL, NULL, NULL, NULL),
			(1, 3, 'S2', 'X1', 'commendation', 'commendation', DATE '2027-01-01', NULL, NULL, NULL, NULL, NULL), (1, 4, 'S3', 'X3', 'late_report', 'general', DATE '2025-02-01', NULL, NULL, NULL, NULL, NULL)`,
		`INSERT INTO inspection VALUES (2, 2, 'S1', 2024, 'failed'), (1, 2, 'S1', 2024, 'passed'), (1, 3, 'S1', 2023, 'basic')`,
		`INSERT INTO assessment_item VALUES (1, 4, 'S2', 'work', 'a', 99, 100, DATE '2026-01-01'), (2, 2, 'S2', 'work', 'a', 70, 100, DATE '2025-06-01'),
			(1, 2, 'S2', 'work', 'a', 60, 100, DATE '2025-06-01'), (3, 2, 'S2', 'work', 'a', 50, 100, DATE '2024-06-01'), (1, 3, 'S2', 'work', 'b', 8, 10, DATE '2024-06-01')`,
	)
	var got []Supplier
	if err := read(t, st, func(ctx context.Context, r *store.Reader) (err error) {
		got, err = Suppliers(ctx, r, onDay("2025-12-31"), nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []Supplier{
		{ID: "S1", Inspections: []credit.Inspection{{Year: 2023, Result: "basic"}, {Year: 2024, Result: "failed"}}},
		{ID: "S2", Type: "foundation", RegisteredOn: day("2010-05-01"), Events: []credit.Event{
			{ID: "X1", Kind: "commendation", Severity: "commendation", OccurredOn: day("2027-01-01")}, // the rules leave out what lies ahead
			{ID: "X2", Kind: "false_report", Severity: "serious", OccurredOn: day("2025-03-01"), Authority: "bureau", DocumentNo: "no 2",
				EndsOn: day("2026-03-01"), RepairedOn: day("2025-09-01"), Contract: "C7"}},
			FirstBatches: []int{1, 1}, Items: []credit.Item{{Section: "work", Item: "a", Points: 70, MaxPoints: 100, On: day("2025-06-01")}, {Section: "work", Item: "b", Points: 8, MaxPoints: 10, On: day("2024-06-01")}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// evaluationRow is a result row that holds from a run until another.
func evaluationRow(from, until, key int, goodUntil string) string {
	return fmt.Sprintf(`INSERT INTO evaluation BY NAME SELECT %d AS from_run, %d AS until_run, %d AS contract_key, 'C%d' AS contract_no, 'P1' AS purchaser_id, 'S1' AS supplier_id,
		'A1' AS item_code, 2025 AS budget_year, 500 AS amount_fen, DATE '2025-02-01' AS start_on, DATE '2025-12-20' AS end_on, 'rated' AS status, 80.5 AS value, 78 AS low, 83 AS high,
		'good' AS grade, 1 AS n_purchaser, 30 AS n_recipient, 2 AS n_third_party, '[]' AS missing, '[]' AS caps, '[]' AS warnings, DATE '2025-11-30' AS last_on,
		%s AS good_until, ''::BLOB AS parts, 'hash %d of %d' AS row_hash`, from, until, key, key, goodUntil, from, key)
}

// TestTouched: keys named after why they are, or are not, judged again. The published run is 2, of the end of January;
// it saw five batches. This run is of the end of February.
func TestTouched(t *testing.T) {
	const (
		newBatch = iota + 1
		seenBefore
		comeOfAge
		capEnds
		capEndsLater
		replacedRow
		both
		lostRow
		seenOnTheDay
		sameDay
	)
	st := openStore(t,
		fmt.Sprintf(`INSERT INTO batch_contract VALUES (6, %d, NULL), (5, %d, DATE '2026-01-30'), (4, %d, DATE '2026-02-10'), (4, %d, NULL), (7, %d, DATE '2025-06-01'), (6, %d, NULL), (3, %d, DATE '2026-01-31')`,
			newBatch, seenBefore, comeOfAge, seenBefore, both, newBatch, seenOnTheDay),
		evaluationRow(1, store.OpenEnded, capEnds, "DATE '2026-02-15'"), evaluationRow(2, store.OpenEnded, sameDay, "DATE '2026-02-28'"),
		evaluationRow(2, store.OpenEnded, capEndsLater, "DATE '2026-03-01'"), evaluationRow(1, 2, replacedRow, "DATE '2026-02-15'"),
		evaluationRow(2, store.OpenEnded, replacedRow, "NULL"), evaluationRow(1, store.OpenEnded, both, "DATE '2026-02-01'"), evaluationRow(3, store.OpenEnded, lostRow, "DATE '2026-02-15'"))
	var all []Touched
	if err := read(t, st, func(ctx context.Context, r *store.Reader) (err error) {
		all, err = TouchedSince(ctx, r, Since{Run: 2, Watermark: 5, AsOf: day("2026-01-31")}, day("2026-02-28"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []Touched{{newBatch, true, false, false}, {comeOfAge, false, true, false}, {capEnds, false, false, true}, {both, true, false, true}, {sameDay, false, false, true}}; !slices.Equal(all, want) {
		t.Errorf("touched: got %v, want %v", all, want)
	}
}

// TestPublished: only the rows that hold for the run are read, and what a result does not have is NaN, empty or zero.
func TestPublished(t *testing.T) {
	st := openStore(t, evaluationRow(1, 2, 7, "NULL"), evaluationRow(2, store.OpenEnded, 9, "NULL"), evaluationRow(1, store.OpenEnded, 10, "NULL"), evaluationRow(3, store.OpenEnded, 11, "NULL"),
		`UPDATE evaluation SET status = 'held', value = NULL, low = NULL, high = NULL, grade = NULL, last_on = NULL, missing = '["third_party"]' WHERE contract_key = 9`)
	for run, want := range map[int][]string{0: nil, 1: {"C10", "C7"}, 2: {"C10", "C9"}, 3: {"C10", "C11", "C9"}} {
		var got []Standing
		if err := read(t, st, func(ctx context.Context, r *store.Reader) (err error) {
			got, err = Published(ctx, r, store.Run{ID: run}, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var contracts []string
		for _, s := range got {
			contracts = append(contracts, s.Contract)
			switch s.Contract {
			case "C9":
				if s.Status != scoring.Held || !math.IsNaN(s.Value) || !math.IsNaN(s.Low) || !math.IsNaN(s.High) || s.Grade != "" || !s.LastOn.IsZero() || !s.MissingParty {
					t.Errorf("run %d: got %+v, want a held contract without numbers", run, s)
				}
			case "C10":
				if want := (Standing{10, "C10", "P1", "S1", "A1", 2025, 500, scoring.Rated, 80.5, 78, 83, "good", false, day("2025-12-20"), day("2025-11-30"), 33, "hash 1 of 10"}); s != want {
					t.Errorf("run %d: got %+v, want %+v", run, s, want)
				}
			}
		}
		if !slices.Equal(contracts, want) {
			t.Errorf("run %d: got %v, want %v", run, contracts, want)
		}
	}
}

// TestSinceAWatermark: corrections, conduct and ratings are those after a batch or of a run.
func TestSinceAWatermark(t *testing.T) {
	rating := func(from, until int, supplier, status, score, level string) string {
		return fmt.Sprintf(`INSERT INTO rating BY NAME SELECT %d AS from_run, %d AS until_run, '%s' AS supplier_id, '%s' AS status, %s AS score, %s AS level, 100 AS conduct,
			1 AS n_evaluations, 3 AS n_cases, '[]' AS caps, '[]' AS reasons, '[]' AS lift, '[]' AS warnings, ''::BLOB AS parts, 'h' AS row_hash`, from, until, supplier, status, score, level)
	}
	st := openStore(t, `INSERT INTO indicator VALUES (1, 'safety'), (0, 'quality')`,
		`INSERT INTO score_superseded VALUES (9, 0, 1, 1, 1, DATE '2025-06-01', 1, 2, 4), (7, 0, 1, 1, 1, DATE '2025-06-01', 1, 3, 4), (7, 0, 2, 1, 1, DATE '2025-06-01', 1, 4, 4), (5, 0, 1, 1, 1, DATE '2025-06-01', 1, 5, 3)`,
		`INSERT INTO credit_event BY NAME SELECT unnest([3, 4, 5]) AS batch_id, 2 AS row_no, unnest(['S1', 'S2', 'S2']) AS supplier_id, unnest(['X1', 'X2', 'X3']) AS event_id, 'k' AS kind,
			'general' AS severity, DATE '2025-06-01' AS occurred_on`,
		rating(1, 2, "S1", "rated", "70", "'A'"), rating(2, store.OpenEnded, "S1", "rated", "90.5", "'AA'"), rating(1, store.OpenEnded, "S2", "unrated", "NULL", "NULL"),
		rating(1, 2, "S3", "rated", "60", "'B'"), rating(3, store.OpenEnded, "S4", "rated", "60", "'B'"))
	err := read(t, st, func(ctx context.Context, r *store.Reader) error {
		corrected, err := Corrected(ctx, r, 3)
		if err != nil || !slices.Equal(corrected, []int32{7, 9}) {
			t.Errorf("corrected: got %v, %v; want 7 and 9", corrected, err)
		}
		conduct, err := NewConduct(ctx, r, 3)
		if err != nil || !maps.Equal(conduct, map[string]bool{"S2": true}) {
			t.Errorf("new conduct: got %v, %v; want S2", conduct, err)
		}
		names, err := Indicators(ctx, r)
		if err != nil || !maps.Equal(names, map[int16]string{0: "quality", 1: "safety"}) {
			t.Errorf("indicators: got %v, %v", names, err)
		}
		ratings, err := PublishedRatings(ctx, r, 2, nil)
		if err != nil || len(ratings) != 2 || ratings["S1"] != (PublishedRating{90.5, "AA"}) || ratings["S2"].Level != "unrated" || !math.IsNaN(ratings["S2"].Score) {
			t.Errorf("ratings: got %v, %v", ratings, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestHeld: the hashes of the tables that hold for a run, each by its table.
func TestHeld(t *testing.T) {
	st := openStore(t,
		`INSERT INTO rating BY NAME SELECT unnest([1, 2]) AS from_run, unnest([2, 9]) AS until_run, 'S1' AS supplier_id, 'rated' AS status, 100 AS conduct, 1 AS n_evaluations, 3 AS n_cases,
			'[]' AS caps, '[]' AS reasons, '[]' AS lift, '[]' AS warnings, ''::BLOB AS parts, unnest(['r1', 'r2']) AS row_hash`,
		`INSERT INTO assessment_grade BY NAME SELECT 1 AS from_run, 9 AS until_run, 'S1' AS supplier_id, 'graded' AS status, '[]' AS reasons, 'a1' AS row_hash`,
		`INSERT INTO blacklist_candidate BY NAME SELECT 2 AS from_run, 9 AS until_run, 'S1' AS supplier_id, 'fraud' AS ground, '[]' AS evidence, unnest(['b1', 'b2']) AS row_hash`,
		`INSERT INTO budget_proposal BY NAME SELECT 1 AS from_run, 2 AS until_run, 'C1' AS contract_no, 'P1' AS purchaser_id, 'S1' AS supplier_id, 'A1' AS item_code, 1 AS base_fen, 0 AS change_fen,
			'keep' AS action, '[]' AS reasons, 'p1' AS row_hash`,
		`INSERT INTO settlement_advice BY NAME SELECT 1 AS from_run, unnest([9, 2, 9]) AS until_run, unnest([7, 9, 11]) AS contract_key, 'C1' AS contract_no, 'P1' AS purchaser_id, 'S1' AS supplier_id,
			'A1' AS item_code, 1 AS amount_fen, 1 AS paid_fen, 100 AS payable_pct, 1 AS payable_fen, 0 AS due_fen, 'settled' AS action, true AS final, '[]' AS reasons, unnest(['s7', 's9', 's11']) AS row_hash`)
	for run, want := range map[int]map[string]map[string]bool{
		1: {"rating": {"r1": true}, "assessment_grade": {"a1": true}, "budget_proposal": {"p1": true}, "settlement_advice": {"s7": true, "s9": true}},
		2: {"rating": {"r2": true}, "assessment_grade": {"a1": true}, "blacklist_candidate": {"b1": true, "b2": true}, "settlement_advice": {"s7": true}},
		9: {},
	} {
		err := read(t, st, func(ctx context.Context, r *store.Reader) error {
			got, err := Held(ctx, r, run, nil, Contracts{Keys: []int32{7, 9}})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("run %d: got %v, want %v", run, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestQueriesStop: a query that cannot run is an error that names it.
func TestQueriesStop(t *testing.T) {
	err := read(t, openStore(t), func(ctx context.Context, r *store.Reader) error {
		return scan(ctx, r, "held", scope{}, nil, func(columns, int) {}) // without the number of the run
	})
	if err == nil || !strings.HasPrefix(err.Error(), "query held: ") {
		t.Errorf("got %v, want an error of the query held", err)
	}
}
