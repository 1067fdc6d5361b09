package pipelines_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/district"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

const sample = "../testdata/district"

// sampleNights reads which file of the small district belongs to which night.
func sampleNights(t *testing.T) district.Manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sample, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m district.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func openStore(t *testing.T, threads int) *store.Store {
	t.Helper()
	return openIn(t, t.TempDir(), threads)
}

func openIn(t *testing.T, dir string, threads int) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dir, store.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// filled is the data directory of the small district with the files of all its nights, made by the first test that asks
// for it; TestMain removes it.
var filled struct {
	sync.Once
	dir string
}

// filledStore is a store of its own with the files of all nights, before any run.
func filledStore(t *testing.T, threads int) *store.Store {
	t.Helper()
	filled.Do(func() {
		dir, err := os.MkdirTemp("", "pingxin-pipelines")
		if err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(t.Context(), dir, store.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		m := sampleNights(t)
		for i := range m.Nights {
			importNight(t, st, m, i+1)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		filled.dir = dir
	})
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filled.dir)); err != nil {
		t.Fatal(err)
	}
	return openIn(t, dir, threads)
}

func loadPolicy(t *testing.T) *policy.Policy {
	t.Helper()
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// anyIndicator lets every score in: the sample was made for the policy.
func anyIndicator(string) ([]string, bool, string) {
	return []string{"purchaser", "recipient", "third_party"}, true, ""
}

func importNight(t *testing.T, st *store.Store, m district.Manifest, night int) {
	t.Helper()
	for _, f := range m.Files {
		if f.Night != night {
			continue
		}
		kind, err := intake.KindOf(f.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := intake.Import(t.Context(), st, kind, filepath.Join(sample, f.Path), intake.Options{Indicators: anyIndicator}); err != nil {
			t.Fatalf("import %s: %v", f.Path, err)
		}
	}
}

func runFor(t *testing.T, st *store.Store, o pipelines.Options) pipelines.Report {
	t.Helper()
	o.Policy = loadPolicy(t)
	report, err := pipelines.Run(t.Context(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestHashDependsOnInputsOnly: three nights one after the other, the last of them judged in full again, and one full
// run over everything on a fresh store with one thread and one worker, give the same hash.
func TestHashDependsOnInputsOnly(t *testing.T) {
	m := sampleNights(t)
	history := openStore(t, 2)
	var last pipelines.Report
	for i, night := range m.Nights {
		importNight(t, history, m, i+1)
		last = runFor(t, history, pipelines.Options{AsOf: night.AsOf, Workers: 2})
		if i > 0 && (last.Full || last.Touched >= last.Contracts) {
			t.Errorf("night %d judged %d of %d contracts; an ordinary night judges the touched ones only", i+1, last.Touched, last.Contracts)
		}
	}
	if _, err := history.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	full := runFor(t, history, pipelines.Options{AsOf: m.Nights[2].AsOf, Full: true, Workers: 3})
	if full.Hash != last.Hash {
		t.Errorf("full run %s, ordinary night %s", full.Hash, last.Hash)
	}
	if full.Moved != 0 {
		t.Errorf("%d results moved between two runs of the same inputs", full.Moved)
	}
	fresh := openStore(t, 1)
	for i := range m.Nights {
		importNight(t, fresh, m, i+1)
	}
	once := runFor(t, fresh, pipelines.Options{AsOf: m.Nights[2].AsOf, Workers: 1})
	if once.Hash != last.Hash {
		t.Errorf("one run over everything %s, three nights %s", once.Hash, last.Hash)
	}
}

// TestOrdinaryNightsEqualFullRunsDayByDay walks the calendar over days on which caps end and services end, in steps that
// PINGXIN_LONG=1 halves.
func TestOrdinaryNightsEqualFullRunsDayByDay(t *testing.T) {
	m := sampleNights(t)
	ordinary, full := filledStore(t, 2), filledStore(t, 2)
	step := 46
	if os.Getenv(longVariable) == "1" {
		step /= 2
	}
	for day := m.Nights[0].AsOf.AddDate(0, -8, 0); day.Before(m.Nights[2].AsOf.AddDate(0, 6, 0)); day = day.AddDate(0, 0, step) {
		a := runFor(t, ordinary, pipelines.Options{AsOf: day})
		b := runFor(t, full, pipelines.Options{AsOf: day, Full: true})
		if a.Hash != b.Hash {
			t.Fatalf("%s: ordinary night %s (%d judged), full run %s", day.Format(time.DateOnly), a.Hash, a.Touched, b.Hash)
		}
	}
}

// TestReadersSeeOneRun: while nights are published, a reader sees either all of one run or all of the next.
func TestReadersSeeOneRun(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf})
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if err := oneRun(t.Context(), st); err != nil {
				seen <- err
				return
			}
		}
		seen <- nil
	}()
	for i := range 8 {
		runFor(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf.AddDate(0, 0, 40*i), Full: true})
	}
	stop()
	if err := <-seen; err != nil {
		t.Error(err)
	}
}

// oneRun reads the pointer and, in the same transaction, how many evaluations and ratings hold for it.
func oneRun(ctx context.Context, st *store.Store) error {
	return st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		run, _, err := store.LatestPublished(ctx, r)
		if err != nil {
			return err
		}
		var evaluations, contracts int64
		if err := r.Scan(ctx, []any{&evaluations}, `SELECT count(*) FROM evaluation WHERE from_run <= ? AND until_run > ?`, int32(run.ID), int32(run.ID)); err != nil {
			return err
		}
		if err := r.Scan(ctx, []any{&contracts}, `SELECT contracts FROM run WHERE run_id = ?`, int32(run.ID)); err != nil {
			return err
		}
		if evaluations != contracts {
			return fmt.Errorf("run %d is of %d contracts and shows %d evaluations", run.ID, contracts, evaluations)
		}
		return nil
	})
}

// TestNothingToRun: an empty store says what to do and publishes nothing.
func TestNothingToRun(t *testing.T) {
	_, err := pipelines.Run(t.Context(), openStore(t, 1), pipelines.Options{Policy: loadPolicy(t)})
	if !errors.Is(err, pipelines.ErrNothing) {
		t.Fatalf("got %v, want ErrNothing", err)
	}
}
