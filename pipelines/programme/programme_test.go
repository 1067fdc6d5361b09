package programme

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a programme of three homes, judged by the steps of five-star-2019: one with all parts, one without
// staffing, one without any.
const small = `id = "small"
name = "A small programme"
source = "this test"
licence = "none needed"
policy = "five-star-2019"
as_of = 2020-07-01
[format.stars]
pattern = '([1-5]) stars?'
multiply = 1
absent = ["none"]
[[row]]
kind = "organisation"
cells = { org_id = "P", kind = "purchaser" }
[[row]]
kind = "organisation"
each = "homes.csv"
cells = { org_id = "S-{Home}", name = "{Name} ({Home})" }
[[score]]
file = "homes.csv"
contract = "{Home}"
evaluator = "agency"
party = "third_party"
scored_on = 2020-06-30
format = "stars"
columns = { health_inspection = "Inspection", staffing = "Staff" }
[published]
file = "homes.csv"
contract = "{Home}"
name = "{Name}"
column = "Overall"
format = "stars"
tolerance = 0.0
`

const homes = "Home,Name,Inspection,Staff,Overall\n007,\"Oak, Ltd\",3 stars,5 stars,4 stars\n008,Elm,1 star,none,1 star\n009,Ash,none,none,none\n"

// folder writes the small programme, with one piece of its description and one of its table replaced.
func folder(t *testing.T, old, with, oldCell, withCell string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{description: strings.Replace(small, old, with, 1), "homes.csv": strings.Replace(homes, oldCell, withCell, 1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConvertWritesOurFiles(t *testing.T) {
	p, err := Load(folder(t, "", "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	files, err := p.Convert(out)
	if err != nil {
		t.Fatal(err)
	}
	want := []File{
		{Kind: "organisation", Path: filepath.Join(out, "organisation.csv"), Rows: 4},
		{Kind: "score", Path: filepath.Join(out, "score.csv"), Rows: 3, Absent: 3},
	}
	if len(files) != 2 || files[0] != want[0] || files[1] != want[1] {
		t.Errorf("got %+v, want %+v", files, want)
	}
	if got, want := read(t, files[0].Path), "kind,name,org_id\npurchaser,,P\n,\"Oak, Ltd (007)\",S-007\n,Elm (008),S-008\n,Ash (009),S-009\n"; got != want {
		t.Errorf("organisations\n%s\nwant\n%s", got, want)
	}
	if got, want := read(t, files[1].Path), "contract_no,indicator,party,evaluator_id,score,scored_on\n"+
		"007,health_inspection,third_party,agency,3,2020-06-30\n008,health_inspection,third_party,agency,1,2020-06-30\n007,staffing,third_party,agency,5,2020-06-30\n"; got != want {
		t.Errorf("scores\n%s\nwant\n%s", got, want)
	}
}

func TestFaultsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, old, with, oldCell, withCell, want string }{
		{"unknown key", "evaluator =", "evaluater =", "", "", "evaluater"},
		{"broken TOML", "multiply = 1", "multiply = ", "", "", "multiply"},
		{"unknown policy", "five-star-2019", "six-star", "", "", "no shipped policy of that name"},
		{"pattern without a group", "([1-5]) stars?", "[1-5] stars?", "", "", "with one group around the digits"},
		{"no multiplier", "multiply = 1", "multiply = 0", "", "", "expected a number above 0"},
		{"file elsewhere", `file = "homes.csv"`, `file = "../homes.csv"`, "", "", "expected the name of a table in the folder"},
		{"unknown indicator", "staffing =", "staff =", "", "", "score[0].columns.staff: found an indicator"},
		{"wrong party", `party = "third_party"`, `party = "recipient"`, "", "", `that "recipient" does not score`},
		{"unknown format", `format = "stars"`, `format = "moons"`, "", "", `score[0].format: found "moons", expected one of stars`},
		{"no such table", `file = "homes.csv"`, `file = "houses.csv"`, "", "", "houses.csv"},
		{"no such column", `"Staff"`, `"Staffing"`, "", "", `homes.csv: found no column "Staffing"`},
		{"no such column in braces", "{Name} ({Home})", "{Nome}", "", "", `cells.name: published table homes.csv: found no column "Nome"`},
		{"braces in a single row", `org_id = "P"`, `org_id = "{Home}"`, "", "", "belongs to no table"},
		{"bad cell", "", "", "5 stars", "6 stars", `homes.csv, row 2, column "Staff": found "6 stars", expected`},
		{"cell left empty", "", "", "none", "", `row 3, column "Staff": found ""`},
		{"too many decimals", "multiply = 1", "multiply = 0.00001", "", "", "expected at most 4 decimals"},
		{"column twice", "", "", "Overall", "Staff", `found the column "Staff" twice`},
		{"short row", "", "", "008,Elm,", "008,", "wrong number of fields"},
		{"empty table", "", "", homes, "", "expected a header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Load(folder(t, c.old, c.with, c.oldCell, c.withCell))
			if err == nil {
				_, err = p.Convert(t.TempDir())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant an error with %q", err, c.want)
			}
		})
	}
}

func TestCompareCountsAndNames(t *testing.T) {
	p, err := Load(folder(t, "", "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	results, err := p.Results()
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 3 || results[0] != (Result{"007", "Oak, Ltd", 4}) || !math.IsNaN(results[2].Value) {
		t.Fatalf("got %+v", results)
	}
	for _, c := range []struct {
		name                         string
		computed                     map[string]float64
		agreed, asUnrated, differing int
		largest                      float64
	}{
		{"all agree", map[string]float64{"007": 4, "008": 1}, 2, 1, 0, 0},
		{"one differs", map[string]float64{"007": 3, "008": 1}, 1, 1, 1, 1},
		{"one has no value", map[string]float64{"007": 4}, 1, 1, 1, 0},
		{"one should have none", map[string]float64{"007": 4, "008": 1, "009": 2}, 2, 0, 1, 0},
		{"nobody knows one", map[string]float64{"007": 4, "008": 1, "010": 2}, 2, 1, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := p.Compare(results, c.computed)
			if got.Agreed != c.agreed || got.AsUnrated != c.asUnrated || len(got.Differing) != c.differing || got.Largest != c.largest || got.Published != 2 || got.Unrated != 1 {
				t.Errorf("got %+v, want %+v", got, c)
			}
		})
	}
}

func TestList(t *testing.T) {
	names, err := List(programmes)
	if err != nil || strings.Join(names, " ") != "five-star-2019 german hvbp-2024" {
		t.Errorf("got %v with %v", names, err)
	}
	if _, err := List(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--from") {
		t.Errorf("got %v, want what to do about an empty folder", err)
	}
}
