package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pingxin/pipelines/programme"
)

const programmes = "../../" + defaultProgrammes

// The numbers are those of the published tables.
func TestReproduceRealProgrammes(t *testing.T) {
	var out bytes.Buffer
	if err := reproduce(t.Context(), &out, []string{"all"}, programmes, true); err != nil {
		t.Fatal(err)
	}
	var done []reproduction
	if err := json.Unmarshal(out.Bytes(), &done); err != nil {
		t.Fatal(err)
	}
	hvbp, stars := programme.Comparison{Published: 2474, Agreed: 2474}, programme.Comparison{Published: 15205, Agreed: 15205, Unrated: 199, AsUnrated: 199}
	want := map[string]programme.Comparison{"hvbp-2024": hvbp, "five-star-2019": stars}
	const german = "german"
	if len(done) != len(want)+1 {
		t.Fatalf("got %d programmes and studies, want %d", len(done), len(want)+1)
	}
	for _, got := range done {
		if got.Programme == german {
			agreed := slices.IndexFunc(got.Figures, func(f programme.FoundFigure) bool { return !f.Agrees }) < 0
			if got.Results != nil || len(got.Figures) != 7 || !agreed {
				t.Errorf("got %+v, want seven figures that agree", got)
			}
			continue
		}
		w := want[got.Programme]
		if got.Published != w.Published || got.Agreed != w.Agreed || got.Unrated != w.Unrated || got.AsUnrated != w.AsUnrated || len(got.Differing) > 0 || got.Largest > got.Tolerance {
			t.Errorf("%s: got %+v, want %+v", got.Programme, got.Comparison, w)
		}
	}
}

// smallProgramme writes a programme of two homes; one is published with a star too many when wrong is set.
func smallProgramme(t *testing.T, wrong bool) (from string) {
	t.Helper()
	published := "3"
	if wrong {
		published = "4"
	}
	from = t.TempDir()
	dir := filepath.Join(from, "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(programmes, "five-star-2019", "programme.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"programme.toml": strings.ReplaceAll(string(text), "nh_star_ratings_2020_07.csv.gz", "homes.csv"),
		"homes.csv": "Federal Provider Number,Provider Name,Overall Rating,Health Inspection Rating,QM Rating,Staffing Rating\n" +
			"000001,Oak," + published + ",2,3,4\n000002,Elm,,,,\n", // two stars and one for staffing, by hand
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return from
}

func TestReproducePrintsATable(t *testing.T) {
	var out bytes.Buffer
	if err := reproduce(t.Context(), &out, nil, smallProgramme(t, false), false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "five-star-2019 ") {
		t.Errorf("got\n%s\nwant a header and a line", out.String())
	}
}

func TestReproduceNamesDisagreements(t *testing.T) {
	var out bytes.Buffer
	err := reproduce(t.Context(), &out, []string{"small"}, smallProgramme(t, true), false)
	if err == nil || !strings.Contains(err.Error(), "five-star-2019 on 1 contracts") {
		t.Errorf("got %v, want an error", err)
	}
	if want := "five-star-2019: 000001 Oak: published 4, computed 3\n"; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%s\nwant in it %s", out.String(), want)
	}
}

// TestReproduceStudy: the figures of a study are printed one by one, and a wrong one ends with an error.
func TestReproduceStudy(t *testing.T) {
	out := must(t, "reproduce", "german", "--from", programmes)
	wants(t, out, "information value of checking", "0.666012", "residual deviance", "895.8178", "0.833781", "0.531429", "agrees")
	if strings.Count(out, "\n") != 8 || strings.Contains(out, "DIFFERS") {
		t.Errorf("got\n%s\nwant a header and seven figures that agree", out)
	}
	from := t.TempDir()
	if err := os.CopyFS(filepath.Join(from, "german"), os.DirFS(filepath.Join(programmes, "german"))); err != nil {
		t.Fatal(err)
	}
	description := filepath.Join(from, "german", "study.toml")
	file(t, filepath.Dir(description), "study.toml", strings.Replace(readFile(t, description), "0.833781", "0.833782", 1))
	code, out, errs := px("reproduce", "all", "--from", from)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	wants(t, out, "DIFFERS")
	wants(t, errs, "differs from what was published: german on auc")
}

func TestReproduceUnknownProgramme(t *testing.T) {
	err := reproduce(t.Context(), &bytes.Buffer{}, []string{"nobody"}, programmes, false)
	if err == nil || !strings.Contains(err.Error(), "hvbp-2024") {
		t.Errorf("got %v, want the known names", err)
	}
	err = reproduce(t.Context(), &bytes.Buffer{}, nil, t.TempDir(), false)
	if err == nil || !strings.Contains(err.Error(), "--from") {
		t.Errorf("got %v, want what to do", err)
	}
}
