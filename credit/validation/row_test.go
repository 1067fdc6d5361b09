package validation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// twoCohorts are two windows of 150 suppliers, every twelfth unrated and some inputs missing.
func twoCohorts() (levels []string, now, earlier Window) {
	levels = []string{"A", "B", "C"}
	random := rand.New(rand.NewPCG(3, 9))
	window := func(year int) (w Window) {
		w = Window{AsOf: time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC), Until: time.Date(year+1, 12, 31, 0, 0, 0, 0, time.UTC)}
		for i := range 150 {
			s := Supplier{ID: fmt.Sprintf("S%03d", i), Rated: i%12 != 0, Inputs: map[string]float64{"age": float64(random.IntN(40))}}
			if i%5 == 0 {
				s.Inputs["age"] = math.NaN()
			}
			if s.Rated {
				s.Score = math.Round(1000*random.Float64()) / 10
				s.Level = levels[min(int(100-s.Score)/34, 2)]
				s.LevelAfter = levels[random.IntN(3)]
			}
			if random.Float64() < (110-s.Score)/150 {
				s.Outcomes = []Outcome{{"late", w.Until}, {"too_late", w.Until.AddDate(0, 0, 1)}}
			}
			w.Suppliers = append(w.Suppliers, s)
		}
		return w
	}
	return levels, window(2024), window(2023)
}

// Every number that a chart draws is the number of rows that the rows place there.
func TestRowsAddUpToTheFigures(t *testing.T) {
	levels, now, earlier := twoCohorts()
	r, err := Validate(levels, now, &earlier)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Rows(levels, now, &earlier)
	if err != nil || len(rows) != 300 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	count := func(wanted func(Row) bool) (n, events int) {
		for _, row := range rows {
			if wanted(row) {
				n++
				if len(row.Outcomes) > 1 {
					t.Fatalf("%s: the outcome after the window counts", row.ID)
				}
				events += len(row.Outcomes)
			}
		}
		return n, events
	}
	for _, l := range r.Levels {
		if n, events := count(func(row Row) bool { return !row.Earlier && row.Level == l.Level }); n != l.N || events != l.Events {
			t.Errorf("level %s: %d rows with %d, want %d with %d", l.Level, n, events, l.N, l.Events)
		}
	}
	for _, at := range r.ROC {
		n, events := count(func(row Row) bool { return !row.Earlier && row.Rated && row.Score <= at.At })
		if hits, alarms := float64(events)/float64(r.Events), float64(n-events)/float64(r.Rated-r.Events); hits != at.Hits || alarms != at.FalseAlarms {
			t.Errorf("up to %g: %g and %g, want %g and %g", at.At, hits, alarms, at.Hits, at.FalseAlarms)
		}
	}
	for i, g := range r.Calibration.Groups {
		if n, events := count(func(row Row) bool { return row.Group == i+1 }); n != g.N || events != g.Events {
			t.Errorf("group %d: %d rows with %d, want %d with %d", i+1, n, events, g.N, g.Events)
		}
	}
	for i, from := range levels {
		for j, to := range levels {
			if n, _ := count(func(row Row) bool { return !row.Earlier && row.Level == from && row.LevelAfter == to }); n != r.Transition.Counts[i][j] {
				t.Errorf("%s to %s: %d rows, want %d", from, to, n, r.Transition.Counts[i][j])
			}
		}
	}
	if len(r.Inputs) != 1 || r.Score == nil {
		t.Fatal("the cohorts give no indexes")
	}
	for _, s := range append(r.Inputs, *r.Score) {
		for _, bin := range s.Bins {
			in := func(early bool) (n int) {
				n, _ = count(func(row Row) bool { return row.Earlier == early && row.bin(s.Of) == bin.Name })
				return n
			}
			if in(true) != bin.Baseline || in(false) != bin.Current {
				t.Errorf("%s in %s: %d and %d rows, want %d and %d", s.Of, bin.Name, in(true), in(false), bin.Baseline, bin.Current)
			}
		}
	}
}

// bin is where a value of a row is counted.
func (r Row) bin(of string) string {
	for _, v := range r.Values {
		if v.Of == of {
			return v.Bin
		}
	}
	return ""
}
