package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/credit/challenger"
	"pingxin/pipelines/store"
)

// allNights is a data directory with the whole sample in it.
func allNights(t *testing.T) string {
	t.Helper()
	m, data := sampleManifest(t), filepath.Join(t.TempDir(), "data")
	for night := range m.Nights {
		importNight(t, data, m, night+1)
	}
	return data
}

// TestValidateCommand: the report as text and as JSON, kept when asked, exported before any run was published.
func TestValidateCommand(t *testing.T) {
	data := allNights(t)
	text := must(t, "--data", data, "validate", "--as-of", "2024-12-31", "--save")
	wants(t, text, "ratings of 2024-12-31 held against what came until 2025-12-31 (365 days), policy jiangbei-2015", "24 suppliers, ", "poor_evaluation", "level", "95% interval", "AUC",
		"stability of", "from \\ to", "note: ", "kept as validation 1", "hash ")
	var v store.KeptValidation
	if err := json.Unmarshal([]byte(must(t, "--data", data, "validate", "--as-of", "2024-12-31", "--horizon", "365", "--json")), &v); err != nil {
		t.Fatal(err)
	}
	if v.ID != 0 || v.HorizonDays != 365 || v.Report.Suppliers != 24 || !strings.Contains(text, "hash "+v.Hash+"\n") {
		t.Errorf("%+v is not what the text says:\n%s", v.Validation, text)
	}
	wants(t, must(t, "--data", data, "export", "validation"), "as_of,horizon_days,policy_id,metric,subject,value,low,high\n2024-12-31,365,jiangbei-2015,suppliers,,24,,\n")
}

// TestScorecardOfTheStore: a scorecard of the suppliers of one day is set beside their ratings of another.
func TestScorecardOfTheStore(t *testing.T) {
	data, dir := allNights(t), t.TempDir()
	policy := file(t, dir, "few.toml", strings.Replace(must(t, "policy", "show", "jiangbei-2015"), "min_events = 10 ", "min_events = 2 ", 1))
	model := filepath.Join(dir, "model.json")
	args := func(command string, more ...string) []string {
		return append([]string{"--data", data, "challenger", command, "--policy", policy}, more...)
	}
	wants(t, must(t, args("fit", "--as-of", "2024-12-31", "--out", model)...), "(general or serious offence, or final evaluation graded poor within 365 days)", "information value")
	if m, err := challenger.Decode([]byte(readFile(t, model))); err != nil || m.Regression.Bad < 2 {
		t.Errorf("the model: %v", err)
	}
	wants(t, must(t, args("compare", "--as-of", "2025-01-31", "--horizon", "390", "--model", model)...), "rule score", "AUC", "where the two differ most")

	wants(t, refused(t, "--data", data, "challenger", "fit", "--as-of", "2023-12-31", "--out", model), "too few outcomes: of ", "expected at least 10 of each")
	wants(t, refused(t, args("fit", policy, "--as-of", "2023-12-31", "--out", model)...), "either a FILE.csv")
	wants(t, refused(t, args("fit", "--as-of", "2023-12-31", "--outcome", "x", "--bad", "1", "--out", model)...), "[as-of bad]")
	wants(t, refused(t, "--data", data, "challenger", "fit", "--out", model), "outcome", "as-of")
	wants(t, refused(t, "--data", data, "validate", "--as-of", "2023-12-31", "--horizon", "-1"), "--horizon: found -1")
	wants(t, refused(t, "--data", data, "validate", "--as-of", "2023-12-31", "--policy", "five-star-2019"), "no table [validation]")
	wants(t, refused(t, "--data", data, "validate", "--as-of", "2023-12-31", "--batches", "99"), "found 99 and ", " accepted batches")
}
