package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	want := map[string]reproduction{"hvbp-2024": {}, "five-star-2019": {}}
	hvbp, stars := want["hvbp-2024"], want["five-star-2019"]
	hvbp.Published, hvbp.Agreed = 2474, 2474
	stars.Published, stars.Agreed, stars.Unrated, stars.AsUnrated = 15205, 15205, 199, 199
	want["hvbp-2024"], want["five-star-2019"] = hvbp, stars
	if len(done) != len(want) {
		t.Fatalf("got %d programmes, want %d", len(done), len(want))
	}
	for _, got := range done {
		w := want[got.Programme]
		if got.Published != w.Published || got.Agreed != w.Agreed || got.Unrated != w.Unrated || got.AsUnrated != w.AsUnrated || len(got.Differing) > 0 || got.Largest > got.Tolerance {
			t.Errorf("%s: got %+v, want %+v", got.Programme, got.Comparison, w.Comparison)
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
