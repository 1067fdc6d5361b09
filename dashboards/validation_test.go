package dashboards

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"pingxin/credit/validation"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// keptValidation is a validation of 240 suppliers of whom the lower had outcomes more often, with an earlier cohort.
func keptValidation(t testing.TB) store.KeptValidation {
	t.Helper()
	levels := []string{"AAA", "AA", "A", "BBB", "D"}
	random := rand.New(rand.NewPCG(7, 1))
	cohort := func(from, until string) validation.Window {
		w := validation.Window{AsOf: on(from), Until: on(until)}
		for i := range 240 {
			score := 50 + 50*random.Float64()
			place := min(int(100-score)/10, 4)
			s := validation.Supplier{ID: fmt.Sprintf("S%03d", i), Rated: i%12 != 0, Inputs: map[string]float64{"performance": score, "conduct": 100 - float64(i%7)}}
			if s.Rated {
				s.Score, s.Level, s.LevelAfter = score, levels[place], levels[max(0, place-random.IntN(2))]
			}
			if random.Float64() < (100-score)/120 {
				s.Outcomes = []validation.Outcome{{Kind: []string{"contract_breach", "poor_evaluation", "never_heard_of"}[i%3], On: w.Until}}
			}
			w.Suppliers = append(w.Suppliers, s)
		}
		return w
	}
	earlier := cohort("2024-03-31", "2025-03-31")
	now := cohort("2025-03-31", "2026-03-31")
	r, err := validation.Validate(levels, now, &earlier)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := r.Rows(levels, now, &earlier)
	if err != nil {
		t.Fatal(err)
	}
	return store.KeptValidation{Report: r, Rows: rows, Validation: store.Validation{AsOf: r.AsOf, HorizonDays: 365, PolicyID: "test", PolicyHash: "policyhash", Watermark: 2,
		OutcomeWatermark: 3, Hash: "0123456789abcdef", Program: "test", MadeAt: on("2026-04-01")}}
}

func TestValidationPage(t *testing.T) {
	_, web := newServer(t, districtStore(t), os.Stderr)
	_, _, body := fetch(t, web.URL+"/validation?lang=en")
	for _, want := range []string{"Did the ratings foretell what happened?", "220 suppliers rated as of 2025-03-31", "up to 2026-03-31", "Yes: of a supplier",
		"Breach of contract", "Poor final evaluation", "never_heard_of", "365 days", "policyhash", `id="outcomes-option"`, `id="roc-option"`, `id="calibration-option"`,
		`id="transition-option"`, `id="shift-option"`, "20 suppliers had no rating", "/validation?id=1&amp;lang=en"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for path, want := range map[string]int{"/validation?id=1": http.StatusOK, "/validation?id=2": http.StatusNotFound, "/validation?id=x": http.StatusBadRequest} {
		if status, _, _ := fetch(t, web.URL+path); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
	_, _, file := fetch(t, web.URL+"/validation.csv?lang=en")
	for _, want := range []string{"# Hash of the report,0123456789abcdef", "Figure,Of,Value,Low,High", "AUC,,0.", "Rate of outcomes,AAA,", "PSI of the score,performance,",
		"Outcomes of the kind,Breach of contract,"} {
		if !strings.Contains(file, want) {
			t.Errorf("the file does not say %q", want)
		}
	}
}

// Without a kept validation the page says which command makes one.
func TestValidationPageWithoutAny(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), os.Stderr)
	for lang, want := range map[string]string{"zh": "还没有留存的检验", "en": "No validation is kept yet"} {
		b := s.newBase(httptest.NewRequest(http.MethodGet, "/validation?lang="+lang, nil))
		b.Run = &store.Run{AsOf: on("2026-03-31")}
		out := httptest.NewRecorder()
		if err := s.render(out, http.StatusOK, "validation.html", &validationPage{basis: b.basis}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{want, "pingxin validate --as-of 2025-03-31 --horizon 365 --save"} {
			if !strings.Contains(out.Body.String(), want) {
				t.Errorf("in %s the empty page does not say %q", lang, want)
			}
		}
	}
}

// By hand from the intervals: above one half is yes, holding it cannot be told, below it is the wrong way.
func TestValidationAnswers(t *testing.T) {
	b := book(t, locale.English)
	said := func(d *validation.Discrimination) string {
		return b.discriminationAnswer(&validation.Report{Discrimination: d})
	}
	with := func(auc, low, high float64) *validation.Discrimination {
		return &validation.Discrimination{AUC: auc, DeLong: &validation.DeLong{Logit: validation.Interval{Low: low, High: high}}}
	}
	for want, got := range map[string]string{"Yes: ": said(with(.7, .6, .8)), "It cannot be told": said(with(.55, .5, .6)), "No, the other way": said(with(.3, .2, .4)),
		"Without suppliers": said(nil), "how sure that is cannot be computed": said(&validation.Discrimination{AUC: 1})} {
		if !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// sourceOf finds in the sources of a rule what the pages need words for.
func sourceOf(t *testing.T, file, pattern string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	return found
}

// Every note, condition, verdict, input and figure of a validation has words in both languages.
func TestValidationHasWords(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, pattern, family string
		least                 int
	}{
		{"../credit/validation/report.go", `Note\w+ += "(validation_[a-z_]+)"`, "note.", 28},
		{"../credit/validation/condition.go", `&Condition\{"([a-z_]+)"`, "condition.", 24},
		{"../credit/validation/stability.go", `\t(?:Stable|Moderate|Shifted) += "([a-z]+)"`, "verdict.", 3},
		{"../credit/validation/report.go", `From\w+ += "([a-z_]+)"`, "validation.source.", 2},
		{"../credit/validation/figures.go", `f\.(?:add|count|between)\("([a-z_]+)"`, "metric.", 18},
		{"../pipelines/outcomes.go", `\tinput\w+ += "([a-z_]+)"`, "input.", 8},
		{"../pipelines/outcomes.go", `outcomePoor = "([a-z_]+)"`, "kind.", 1},
	} {
		found := sourceOf(t, c.file, c.pattern)
		if len(found) < c.least {
			t.Errorf("found only %d of %s in %s: the search is broken", len(found), c.family, c.file)
		}
		for _, id := range found {
			for _, lang := range locale.Languages {
				if !texts[lang].Has(c.family + id) {
					t.Errorf("%s has no %s%s in %s", c.file, c.family, id, lang)
				}
			}
		}
	}
}

func TestValidationSentences(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	got := ValidationSentences(texts[locale.English], []scoring.Note{{Code: validation.NoteNoStability, Indicator: "conduct", Ref: "baseline_constant"},
		{Code: validation.NoteShift, Have: 0.31254, Need: 0.1}, {Code: validation.NoteLevelWithoutMember, Ref: "C"}, {Code: validation.NoteLevelWithoutMember, Ref: "D"}})
	if len(got) != 3 {
		t.Fatalf("%d sentences, want 3: %q", len(got), got)
	}
	for i, want := range []string{"There is no stability index of conduct: all values were the same before.", "A shift of the score: PSI 0.3125, below 0.1 is stable.",
		"No supplier of level C, D is rated at both ends."} {
		if got[i] != want {
			t.Errorf("%q, want %q", got[i], want)
		}
	}
}

// Each figure of a validation leads to as many suppliers as it counts: by the numbers of its report.
func TestValidationLeadsToItsRows(t *testing.T) {
	_, web := newServer(t, districtStore(t), os.Stderr)
	r := keptValidation(t).Report
	level, group, corner, move, bin := r.Levels[1], r.Calibration.Groups[2], r.ROC[len(r.ROC)/2], r.Transition.Counts[1][0], r.Score.Bins[0]
	hits := int(math.Round(corner.Hits * float64(r.Events)))
	for query, want := range map[string]string{
		"level=AA":                   fmt.Sprintf("%d suppliers as of 2025-03-31: %d of them", level.N, level.Events),
		"group=3":                    fmt.Sprintf("%d suppliers as of 2025-03-31: %d of them", group.N, group.Events),
		"most=" + decimal(corner.At): fmt.Sprintf(": %d of them", hits),
		"level=AA&after=AAA":         fmt.Sprintf("%d suppliers as of", move),
		"of=score&window=earlier&bin=" + url.QueryEscape(bin.Name): fmt.Sprintf("%d suppliers as of 2024-03-31", bin.Baseline),
		"level=unrated":              "20 suppliers as of",
		"outcome=" + r.Kinds[0].Kind: fmt.Sprintf("%d suppliers as of", r.Kinds[0].Suppliers),
		"q=nobody":                   "The validation counts no such supplier.",
	} {
		if status, _, body := fetch(t, web.URL+"/validation/suppliers?lang=en&"+query); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, the page does not say %q", query, status, want)
		}
	}
	for _, query := range []string{"most=-1", "most=Inf", "most=NaN", "most=x", "group=x", "id=2", "sort=level"} {
		if status, _, _ := fetch(t, web.URL+"/validation/suppliers?"+query); status == http.StatusOK {
			t.Errorf("%s is taken", query)
		}
	}
	_, _, file := fetch(t, web.URL+"/validation-suppliers.csv?lang=en&of=conduct&level=AA")
	if lines := strings.Count(file, "\nS"); lines != level.N || !strings.Contains(file, "# Filters,Level before AA; Index of conduct") || !strings.Contains(file, ",conduct,") {
		t.Errorf("the file has %d suppliers, want %d:\n%.600s", lines, level.N, file)
	}
}
