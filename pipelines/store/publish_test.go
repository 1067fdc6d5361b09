package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

// verdict is a row of a small result table.
type verdict struct {
	run                  int
	supplier, status     string
	grade, hash          string
	points               float64
	assessed, validUntil time.Time
}

var verdicts = Table[verdict]{Name: "assessment_grade", Columns: []Column[verdict]{
	Whole("from_run", func(v *verdict) int64 { return int64(v.run) }).Outside(),
	Whole("until_run", func(*verdict) int64 { return OpenEnded }).Outside(),
	Text("supplier_id", false, func(v *verdict) string { return v.supplier }),
	Text("status", false, func(v *verdict) string { return v.status }),
	Text("grade", true, func(v *verdict) string { return v.grade }),
	Real("points", func(v *verdict) float64 { return v.points }),
	Day("assessed_on", func(v *verdict) time.Time { return v.assessed }),
	Day("valid_until", func(v *verdict) time.Time { return v.validUntil }),
	Text("reasons", false, func(*verdict) string { return "[]" }),
	Text("row_hash", false, func(v *verdict) string { return v.hash }).Outside(),
}}

func newVerdict(run int, supplier, grade string, points float64) verdict {
	v := verdict{run: run, supplier: supplier, status: "rated", grade: grade, points: points, assessed: time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)}
	v.hash = Hash(verdicts.Digest(nil, &v))
	return v
}

// publish writes a run: the hashes that end with it and the rows that begin.
func publish(t *testing.T, s *Store, run int, ended []string, fresh ...verdict) error {
	t.Helper()
	return s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
		if err := Close(ctx, w, verdicts.Name, run, ended); err != nil {
			return err
		}
		rows := NewRows(&verdicts)
		for i := range fresh {
			rows.Add(&fresh[i])
		}
		if n, err := Insert(ctx, w, rows); err != nil || n != int64(len(fresh)) {
			return errors.Join(err, fmt.Errorf("%d of %d rows", n, len(fresh)))
		}
		day := time.Date(2026, 1, run, 0, 0, 0, 0, time.UTC)
		return Publish(ctx, w, Run{ID: run, AsOf: day, PolicyID: "p", PolicyHash: "ph", PolicyText: "text", Watermark: run + 10, Full: run == 1, Contracts: 3, Touched: 2,
			Hash: "h", Program: "test", StartedAt: day.Add(time.Hour), FinishedAt: day.Add(2 * time.Hour), Steps: "[]", Notes: "[]", RowSet: []byte{7}})
	})
}

func inRun(t *testing.T, s *Store, run int) []string {
	t.Helper()
	return texts(t, s, fmt.Sprintf(`SELECT supplier_id || ' ' || coalesce(grade, 'none') || ' ' || coalesce(points::VARCHAR, 'none') FROM assessment_grade WHERE from_run <= %d AND until_run > %d ORDER BY 1`, run, run))
}

func published(t *testing.T, s *Store) (run Run, ok bool) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) (err error) {
		run, ok, err = LatestPublished(ctx, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return run, ok
}

// TestRowsHoldForTheirRuns: a row holds from the run that wrote it until the run that closed it, and every earlier run
// stays readable.
func TestRowsHoldForTheirRuns(t *testing.T) {
	s := openAt(t, t.TempDir())
	if _, ok := published(t, s); ok {
		t.Error("a new store has a published run")
	}
	a1, b1, c1 := newVerdict(1, "A", "AAAA", 91), newVerdict(1, "B", "", math.NaN()), newVerdict(1, "C", "A", 60)
	b2, a3 := newVerdict(2, "B", "AA", 72.5), newVerdict(3, "A", "AAA", 88)
	for i, err := range []error{publish(t, s, 1, nil, a1, b1, c1), publish(t, s, 2, []string{b1.hash}, b2), publish(t, s, 3, []string{a1.hash, c1.hash}, a3)} {
		if err != nil {
			t.Fatalf("run %d: %v", i+1, err)
		}
	}
	for run, want := range map[int][]string{
		0: nil,
		1: {"A AAAA 91.0", "B none none", "C A 60.0"},
		2: {"A AAAA 91.0", "B AA 72.5", "C A 60.0"},
		3: {"A AAA 88.0", "B AA 72.5"},
		9: {"A AAA 88.0", "B AA 72.5"},
	} {
		if found := inRun(t, s, run); !slices.Equal(found, want) {
			t.Errorf("run %d has %v, expected %v", run, found, want)
		}
	}
	intervals := texts(t, s, `SELECT supplier_id || from_run || '-' || until_run FROM assessment_grade ORDER BY 1`)
	if want := []string{"A1-3", "A3-2147483647", "B1-2", "B2-2147483647", "C1-3"}; !slices.Equal(intervals, want) {
		t.Errorf("intervals %v, expected %v", intervals, want)
	}
	day := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	want := Run{ID: 3, AsOf: day, PolicyID: "p", PolicyHash: "ph", PolicyText: "text", Watermark: 13, Contracts: 3, Touched: 2, Hash: "h", Program: "test",
		StartedAt: day.Add(time.Hour), FinishedAt: day.Add(2 * time.Hour), Steps: "[]", Notes: "[]", RowSet: []byte{7}}
	if run, ok := published(t, s); !ok || !reflect.DeepEqual(run, want) {
		t.Errorf("the published run is %+v, expected %+v", run, want)
	}
	if n := number(t, s, `SELECT count(*) FROM published`); n != 1 {
		t.Errorf("%d pointers, expected 1", n)
	}
}

// TestCloseNeedsItsRows: a hash that no open row carries means that the run computed beside another state: nothing of
// it is published.
func TestCloseNeedsItsRows(t *testing.T) {
	s := openAt(t, t.TempDir())
	a, b := newVerdict(1, "A", "AAAA", 91), newVerdict(1, "B", "AA", 72)
	if err := publish(t, s, 1, nil, a, b); err != nil {
		t.Fatal(err)
	}
	if err := publish(t, s, 2, []string{a.hash}, newVerdict(2, "A", "A", 61)); err != nil {
		t.Fatal(err)
	}
	before := inRun(t, s, 3)
	for name, ended := range map[string][]string{
		"absent":           {b.hash, Hash([]byte("nothing"))},
		"absent alone":     {Hash([]byte("nothing"))},
		"closed before":    {a.hash},
		"named twice":      {b.hash, b.hash},
		"empty":            {""},
		"quoted as if SQL": {"' OR true --"},
	} {
		t.Run(name, func(t *testing.T) {
			says(t, publish(t, s, 3, ended, newVerdict(3, "C", "A", 61)), "assessment_grade", "nothing was published", "pingxin doctor")
			if found := inRun(t, s, 3); !slices.Equal(found, before) {
				t.Errorf("run 3 has %v, expected %v", found, before)
			}
			if run, _ := published(t, s); run.ID != 2 {
				t.Errorf("run %d is published, expected 2", run.ID)
			}
		})
	}
	if err := publish(t, s, 3, []string{b.hash}); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

// TestRunNumberOnce: a second run of one number is refused, pointer and rows included.
func TestRunNumberOnce(t *testing.T) {
	s := openAt(t, t.TempDir())
	if err := publish(t, s, 1, nil, newVerdict(1, "A", "AAAA", 91)); err != nil {
		t.Fatal(err)
	}
	says(t, publish(t, s, 1, nil, newVerdict(1, "B", "A", 61)), "write run 1")
	if found := inRun(t, s, 1); !slices.Equal(found, []string{"A AAAA 91.0"}) {
		t.Errorf("run 1 has %v", found)
	}
}

// TestDigest: rows have one digest exactly when they say the same, run numbers and the hash itself aside.
func TestDigest(t *testing.T) {
	row := newVerdict(1, "A", "AB", 91)
	digest := func(change func(v *verdict)) string {
		v := row
		change(&v)
		return string(verdicts.Digest(nil, &v))
	}
	whole := digest(func(*verdict) {})
	for name, same := range map[string]func(v *verdict){
		"run":  func(v *verdict) { v.run = 7 },
		"hash": func(v *verdict) { v.hash = "x" },
	} {
		if digest(same) != whole {
			t.Errorf("%s changes the digest", name)
		}
	}
	seen := map[string]string{whole: "the row"}
	for name, other := range map[string]func(v *verdict){
		"supplier":              func(v *verdict) { v.supplier = "B" },
		"a letter moved across": func(v *verdict) { v.status, v.grade = "ratedA", "B" },
		"no grade":              func(v *verdict) { v.grade = "" },
		"next number":           func(v *verdict) { v.points = math.Nextafter(91, 92) },
		"no points":             func(v *verdict) { v.points = math.NaN() },
		"zero points":           func(v *verdict) { v.points = 0 },
		"another day":           func(v *verdict) { v.assessed = v.assessed.AddDate(0, 0, 1) },
		"no day":                func(v *verdict) { v.assessed = time.Time{} },
		"two days swapped":      func(v *verdict) { v.assessed, v.validUntil = v.validUntil, v.assessed },
	} {
		d := digest(other)
		if twin, twice := seen[d]; twice {
			t.Errorf("%s has the digest of %s", name, twin)
		}
		seen[d] = name
	}
	if digest(func(v *verdict) { v.points = math.Copysign(0, -1) }) != digest(func(v *verdict) { v.points = 0 }) {
		t.Error("zero has two digests")
	}
}
