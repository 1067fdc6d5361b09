package pipelines_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pingxin/pipelines"
	"pingxin/pipelines/district"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// importFiles imports the files of the sample in the order given.
func importFiles(t *testing.T, st *store.Store, files []district.File) {
	t.Helper()
	for _, f := range files {
		kind, err := intake.KindOf(f.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := intake.Import(t.Context(), st, kind, filepath.Join(sample, f.Path), intake.Options{Indicators: anyIndicator}); err != nil {
			t.Fatalf("import %s: %v", f.Path, err)
		}
	}
}

func calibrate(t *testing.T, st *store.Store, o pipelines.Options) pipelines.Calibration {
	t.Helper()
	c, err := pipelines.Calibrate(t.Context(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCalibrationDependsOnInputsOnly: scores that arrive in two halves and the later ones first, so that raters get other
// numbers, and another number of workers give the same calibration.
func TestCalibrationDependsOnInputsOnly(t *testing.T) {
	m := sampleNights(t)
	first, second := openStore(t, 2), openStore(t, 1)
	for _, f := range m.Files {
		if f.Night != 1 {
			continue
		}
		importFiles(t, first, []district.File{f})
		if f.Kind != "score" {
			importFiles(t, second, []district.File{f})
			continue
		}
		text, err := os.ReadFile(filepath.Join(sample, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.TrimRight(string(text), "\n"), "\n")
		half := len(lines) / 2
		importText(t, second, "score", lines[0]+strings.Join(lines[half:], ""))
		importText(t, second, "score", strings.Join(lines[:half], ""))
	}
	p, day := loadPolicy(t), m.Nights[0].AsOf
	a := calibrate(t, first, pipelines.Options{AsOf: day, Policy: p, Workers: 3})
	b := calibrate(t, first, pipelines.Options{AsOf: day, Policy: p, Workers: 1})
	c := calibrate(t, second, pipelines.Options{AsOf: day, Policy: p, Workers: 2})
	if a.Hash != b.Hash || a.ID != 1 || b.ID != 2 || a.Hash != c.Hash {
		t.Errorf("calibrations %d and %d of one store are %s and %s, that of the other %s", a.ID, b.ID, a.Hash, b.Hash, c.Hash)
	}
	if a.SmallGroups == 0 || !a.Severities.Estimated || len(a.Agreements) == 0 { // the sample is too small to estimate peers
		t.Errorf("the sample gives %d small peer groups, severities %+v and %d agreements; want some of each", a.SmallGroups, a.Severities, len(a.Agreements))
	}
}

// TestCalibrationFindsWhatIsPlanted: the purchaser who gives full marks to all is flagged and most lenient, the strict
// evaluator is strictest; both as far off as the sample makes them. What a single recipient gave is described nowhere.
func TestCalibrationFindsWhatIsPlanted(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	c := calibrate(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf, Policy: loadPolicy(t)})
	for _, s := range c.SpreadList {
		if s.Party == scoring.Recipient || s.N == 0 {
			t.Errorf("a spread of %q as %v of %d scores", s.Rater, s.Party, s.N)
		}
	}
	planted := map[string]string{}
	for _, p := range m.Planted {
		planted[p.Situation] = p.ID
	}
	lowest, highest := "", ""
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range c.RaterList {
		if r.Severity < low {
			low, lowest = r.Severity, r.ID
		}
		if r.Severity > high {
			high, highest = r.Severity, r.ID
		}
	}
	if strict := planted["strict_evaluator"]; lowest != strict {
		t.Errorf("the strictest rater is %s by %.2f points, planted was %s", lowest, low, strict)
	}
	full := planted["full_marks_to_all"]
	if !strings.HasPrefix(highest, full) {
		t.Errorf("the most lenient rater is %s by %.2f points, planted was one of %s", highest, high, full)
	}
	if !slices.ContainsFunc(c.FlagList, func(f integrity.Flag) bool {
		return f.Rule == integrity.RuleTopToAll && strings.HasPrefix(f.Subject, full)
	}) {
		t.Errorf("no flag says that %s gives the top to all: %v", full, c.FlagList)
	}
}

// applied is the default policy with what a calibration says used instead of shown.
func applied(t *testing.T) *policy.Policy {
	t.Helper()
	text := strings.ReplaceAll(loadPolicy(t).Text, `use = "show"`, `use = "apply"`)
	p, err := policy.Parse("applied", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCalibrationMovesByItsOwnPart: under a policy that applies it, a new calibration moves evaluations and ratings, all
// of it is put down to the calibration, and every run comes out again as it was published, with the calibration it had.
func TestCalibrationMovesByItsOwnPart(t *testing.T) {
	m := sampleNights(t)
	st := openStore(t, 2)
	importNight(t, st, m, 1)
	p := applied(t)
	run := func() pipelines.Report {
		report, err := pipelines.Run(t.Context(), st, pipelines.Options{AsOf: m.Nights[0].AsOf, Policy: p})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	before := run()
	c := calibrate(t, st, pipelines.Options{AsOf: m.Nights[0].AsOf, Policy: p})
	after := run()
	if before.Calibration != 0 || after.Calibration != c.ID || after.CalibrationHash != c.Hash || !after.Full || after.Hash == before.Hash {
		t.Errorf("the run before had calibration %d, the one after %d and full %t", before.Calibration, after.Calibration, after.Full)
	}
	sizes := checkParts(t, movementsOf(t, st, after.ID))
	for name, size := range sizes {
		if calibrated := strings.HasSuffix(name, " calibration"); calibrated != (size > 0) {
			t.Errorf("%s moved %g points; only the calibration has changed", name, size)
		}
	}
	if sizes["contract calibration"] == 0 || sizes["supplier calibration"] == 0 {
		t.Errorf("the calibration moved nothing: %v", sizes)
	}
	for id := 1; id <= after.ID; id++ {
		if v, err := pipelines.Verify(t.Context(), st, id, pipelines.Options{}); err != nil || !v.Holds {
			t.Errorf("run %d does not come out again: %+v, %v", id, v, err)
		}
	}
	again := run()
	if again.Full || again.Hash != after.Hash {
		t.Errorf("a run with nothing new is full %t, hash %s, want %s", again.Full, again.Hash, after.Hash)
	}
}

// TestNothingToCalibrate: a policy without the table, and a store without contracts, are refused with a sentence.
func TestNothingToCalibrate(t *testing.T) {
	p := *loadPolicy(t)
	if _, err := pipelines.Calibrate(t.Context(), openStore(t, 1), pipelines.Options{Policy: &p}); !errors.Is(err, pipelines.ErrNothing) {
		t.Errorf("an empty store: got %v", err)
	}
	p.Calibration = nil
	if _, err := pipelines.Calibrate(t.Context(), openStore(t, 1), pipelines.Options{Policy: &p}); !errors.Is(err, pipelines.ErrNoCalibration) {
		t.Errorf("a policy without calibration: got %v", err)
	}
}
