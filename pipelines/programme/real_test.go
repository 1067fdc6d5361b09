package programme

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pingxin/scoring"
)

const programmes = "../../testdata/programmes"

// scoreLine is one row of a score file as it was written.
type scoreLine struct {
	contract, indicator, party string
	e4                         int32
}

func readScores(t *testing.T, path string) []scoreLine {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]scoreLine, 0, len(rows))
	for _, r := range rows[1:] {
		points, err := strconv.ParseFloat(r[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, scoreLine{r[0], r[1], r[2], int32(math.Round(points * 1e4))})
	}
	return lines
}

// evaluations judges every contract of a programme from its converted score file, without storage.
func evaluations(t *testing.T, p *Programme) map[string]scoring.Evaluation {
	t.Helper()
	out := t.TempDir()
	files, err := p.Convert(out)
	if err != nil {
		t.Fatal(err)
	}
	if last := files[len(files)-1]; last.Kind != "score" || last.Rows == 0 {
		t.Fatalf("last file %+v, want the scores", last)
	}
	evidence := map[string]*scoring.Evidence{}
	for _, line := range readScores(t, filepath.Join(out, "score.csv")) {
		party, err := scoring.ParseParty(line.party)
		if err != nil {
			t.Fatal(err)
		}
		ev := evidence[line.contract]
		if ev == nil {
			ev = &scoring.Evidence{Contract: line.contract}
			evidence[line.contract] = ev
		}
		ev.Cells = append(ev.Cells, scoring.Cell{Indicator: line.indicator, Party: party, Values: []int32{line.e4}})
	}
	judge, err := scoring.Compile(p.Rules.Evaluation, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]scoring.Evaluation, len(evidence))
	for contract, ev := range evidence {
		found[contract] = judge.Evaluate(*ev, p.AsOf.AsTime(time.UTC))
	}
	return found
}

// values are those of contracts with a grade.
func values(evaluations map[string]scoring.Evaluation) map[string]float64 {
	graded := map[string]float64{}
	for contract, e := range evaluations {
		if e.Grade != "" {
			graded[contract] = e.Value
		}
	}
	return graded
}

func loadReal(t *testing.T, name string) *Programme {
	t.Helper()
	p, err := Load(filepath.Join(programmes, name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The numbers are those of the published tables: 2,474 hospitals, all with a score; 15,205 homes with stars, 199 without.
func TestPublishedResultsAreReproduced(t *testing.T) {
	for _, c := range []struct {
		name               string
		published, unrated int
		tolerance          float64
	}{{"hvbp-2024", 2474, 0, 1e-6}, {"five-star-2019", 15205, 199, 0}} {
		t.Run(c.name, func(t *testing.T) {
			p := loadReal(t, c.name)
			results, err := p.Results()
			if err != nil {
				t.Fatal(err)
			}
			got := p.Compare(results, values(evaluations(t, p)))
			if got.Published != c.published || got.Agreed != c.published || got.Unrated != c.unrated || got.AsUnrated != c.unrated {
				t.Errorf("%d of %d agree and %d of %d unrated, want all of %d and %d", got.Agreed, got.Published, got.AsUnrated, got.Unrated, c.published, c.unrated)
			}
			if len(got.Differing) > 0 {
				t.Errorf("%d differ, the first: %+v", len(got.Differing), got.Differing[0])
			}
			if got.Tolerance != c.tolerance || got.Largest > c.tolerance {
				t.Errorf("largest difference %g with tolerance %g, want at most %g", got.Largest, got.Tolerance, c.tolerance)
			}
			t.Logf("%d of %d, largest difference %.2g", got.Agreed, got.Published, got.Largest)
		})
	}
}

// TestDomainScoresAreReproduced sets the dimensions' values beside the published domain scores of every hospital, the
// missing ones included.
func TestDomainScoresAreReproduced(t *testing.T) {
	const tolerance = 1e-9 // the table has twelve decimals
	p := loadReal(t, "hvbp-2024")
	published, err := readTable(p.dir, "hvbp_tps.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	computed := evaluations(t, p)
	format := p.Formats["total"].reader()
	for dimension, header := range map[string]string{
		"clinical":   "Unweighted Normalized Clinical Outcomes Domain Score",
		"engagement": "Unweighted Person And Community Engagement Domain Score",
		"safety":     "Unweighted Normalized Safety Domain Score",
		"efficiency": "Unweighted Normalized Efficiency And Cost Reduction Domain Score",
	} {
		agreed := 0
		for i, row := range published.rows {
			want := math.NaN()
			value, present, err := format.value(row[published.column[header]])
			if err != nil {
				t.Fatalf("%s, row %d: %v", header, rowNumber(i), err)
			}
			if present {
				want, _ = value.Float64()
			}
			if got := valueOf(computed[row[published.column["Facility ID"]]], dimension); got == want || math.Abs(got-want) <= tolerance || math.IsNaN(got) && math.IsNaN(want) {
				agreed++
			}
		}
		if agreed != len(published.rows) {
			t.Errorf("%s: %d of %d agree", dimension, agreed, len(published.rows))
		}
	}
}

// valueOf is the value of an indicator on the slip.
func valueOf(e scoring.Evaluation, indicator string) float64 {
	for _, part := range e.Parts {
		if part.Indicator == indicator && part.Party == scoring.None {
			return part.Value
		}
	}
	return math.NaN()
}
