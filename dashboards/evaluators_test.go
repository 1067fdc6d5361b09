package dashboards

import (
	"encoding/csv"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring/integrity"
)

// evaluatorFiles are the lists about evaluators and movements as files.
var evaluatorFiles = []string{"/evaluators.csv?party=3", "/evaluators.xlsx", "/agreement.csv", "/agreement.xlsx", "/flags.csv?flag=parties_apart", "/flags.xlsx", "/movements.csv",
	"/movements.xlsx?run=1"}

// By hand: of the severities (i*17 mod 40)/2 - 9.75 of raters 3 to 39, which can be compared, 9 lie below -5 and 9 above 5:
// those of 0 to 9 and of 30 to 39 over 40 but 0 and 34 (raters 0 and 2); rater 1, at 17, has none.
func TestEvaluatorsInWords(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for path, want := range map[string][]string{
		"/evaluators": {"40 purchasers and third parties scored: 9 are stricter than most by more than 5 points, 9 more lenient", "is 0.20 to 0.83; 1 of them reach 0.8",
			"On 1 indicator the score of one third party has a reliability of 0.81 to 0.81, the mean of those of a contract 0.90 to 0.90", "0.700 to 0.885", "0.824 to 0.939",
			"The raters fall into parts", "not comparable", "published run 3 judged by this calibration"},
		"/evaluators/R04":                           {"More lenient than most by 4.25 points (±1.20)", "Mostly one supplier", "Of 50 scores given the median is 80.0 points and the middle half lies from 74.2 to 86.8", "All: ", `id="rater-boxes"`},
		"/evaluators/E001":                          {"The calibration saw no scores of this evaluator", plainContract},
		"/evaluators/E006":                          {"agree in nearly every item"}, // one of the others of a group
		"/evaluators/" + url.PathEscape(slashRater): {"cannot be compared", "Full marks to all", plainContract, "+1.00"},
		"/flags":                                        {"10 signs: 6 about evaluators, 4 about contracts", "&lt; 0.0001", "from day 4 on"},
		"/evaluations/" + plainContract:                 {"with the severity of the evaluators taken out it is", "The policy only shows the adjustment", "The policy takes it as the value", "Full marks to all 50%", "From 71.00 to 66.40 (−4.60): correction of a score −4.60."},
		"/evaluations/" + cappedContract:                {"correction of a score &#43;0.50, new evidence −8.10, change of calibration &#43;1.00", "The grade went from Excellent to Fair."},
		"/evaluations/" + heldContract:                  {"The calibration does not reach this contract", "cannot be subtracted"},
		"/evaluations/" + url.PathEscape(slashContract): {"There was no result before: new contract."},
		"/suppliers/S09":                                {"The value is still 70.00; cause: change of policy. The grade went from A to AA."},
		"/runs/3":                                       {"by new evidence", "Calibration 1", "calibrationhash", "/movements.csv?lang=en&amp;run=3"},
		"/runs/1":                                       {"Calibration hash"},
	} {
		_, _, body := fetch(t, web.URL+inLanguage(path, "en"))
		body = strings.ReplaceAll(body, "+", "&#43;")
		for _, text := range want {
			if !strings.Contains(body, strings.ReplaceAll(text, "+", "&#43;")) {
				t.Errorf("%s does not say %q", path, text)
			}
		}
	}
}

// A run without any calibration: the pages say what to do, the files are empty and say so.
func TestBeforeTheFirstCalibration(t *testing.T) {
	st := emptyStore(t)
	insertInto(t, st, func(d *district) {
		d.insert("run", 1, on("2026-01-31"), "test", "policyhash", districtPolicy, 2, true, 0, 0, "hash", "pingxin test", on("2026-02-01"), on("2026-02-01"), "[]", "[]", 0, "")
		d.insert("published", 1, 1, on("2026-02-01"))
		d.insert("rater", 0, "E1")
	})
	_, web := newServer(t, st, io.Discard)
	for path, want := range map[string]string{"/evaluators": "pingxin calibrate", "/flags": "pingxin calibrate", "/evaluators/E1": "No calibration has been made",
		"/evaluators.csv": "# Calibration,—", "/flags.csv": "# Calibration,—", "/agreement.csv": "# Calibration,—"} {
		if status, _, body := fetch(t, web.URL+inLanguage(path, "en")); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: status %d, want %q on it", path, status, want)
		}
	}
}

// A file of movements is that of the run asked for, and its parts add up to the difference.
func TestExportedPartsAddUp(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, header, body := fetch(t, web.URL+"/movements.csv?run=3&lang=en&subject=contract")
	if !strings.Contains(header.Get("Content-Disposition"), "movements-run3.csv") {
		t.Errorf("disposition %q", header.Get("Content-Disposition"))
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark)))
	reader.Comment, reader.FieldsPerRecord = '#', -1
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("rows %q, error %v: want the titles and four contracts", rows, err)
	}
	at := slices.IndexFunc(rows, func(row []string) bool { return row[1] == cappedContract })
	if got, want := strings.Join(rows[at][5:12], " "), "-6.6 0 0.5 0 -8.1 1 0"; got != want {
		t.Errorf("difference and parts %s, want %s", got, want)
	}
	if _, header, body := fetch(t, web.URL+"/movements.csv?run=1&lang=en"); !strings.Contains(header.Get("Content-Disposition"), "movements-run1.csv") || !strings.Contains(body, "# Run,1") {
		t.Errorf("the file of run 1 does not name it: %q", header.Get("Content-Disposition"))
	}
}

// A file of agreement has every figure to its last digit, and nothing where the correlation is not known.
func TestExportedAgreement(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, _, body := fetch(t, web.URL+"/agreement.csv?lang=en")
	for _, want := range []string{"# Calibration,1 ", `"ICC(1), one third party",Low,High,`, "conduct_of_service,", ",0.83,reliable,120,60,0.812,0.7,0.885,0.896,0.824,0.939,0.95,2,58\r\n",
		",0.71,tentative conclusions only,110,55,,,,,,,,,\r\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
}

// Every rule says its statistic and its line in words, whatever its unit, in both languages.
func TestFlagSentences(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for rule, shown := range flagRules {
		f := integrity.Flag{Rule: rule, Statistic: 0.75, Threshold: 0.5, N: 1234, Ref: "3"}
		want := [2]string{"0.75", "0.50"}
		switch {
		case shown.Share:
			want = [2]string{"75.0%", "50.0%"}
		case shown.Whole:
			f.Statistic, f.Threshold, want = 7, 3, [2]string{"7", "3"}
		}
		for _, lang := range locale.Languages {
			said := baseOf(basis{Texts: texts[lang], labels: &labels{}}).Flag(f)
			if !strings.Contains(said, want[0]) || !strings.Contains(said, want[1]) || !strings.Contains(said, "1,234") || strings.Contains(said, "<no value>") {
				t.Errorf("%s in %s: %q, want %q and the number 1,234 in it", rule, lang, said, want)
			}
		}
	}
}

func TestSeverityBar(t *testing.T) {
	for name, c := range map[string]struct {
		severity, se, reach float64
		want                *span
	}{
		"in the middle":  {0, 1, 10, &span{From: 400, Length: 200, At: 500}},
		"unknown":        {math.NaN(), math.NaN(), 10, nil},
		"beyond":         {9.5, 1, 10, nil},
		"nothing to see": {0, 0, 0, nil},
	} {
		got := severityBar(store.RaterRow{Severity: c.severity, SE: c.se}, c.reach)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
