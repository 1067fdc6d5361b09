package programme

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGermanFigures: the seven published figures are found again to their last printed digit.
func TestGermanFigures(t *testing.T) {
	s, err := LoadStudy(filepath.Join(programmes, "german"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Reproduce()
	if err != nil || len(found) != 7 {
		t.Fatalf("%v, %d figures, want 7", err, len(found))
	}
	for _, f := range found {
		_, decimals, _ := strings.Cut(f.Published, ".")
		if printed := fmt.Sprintf("%.*f", len(decimals), f.Found); !f.Agrees || printed != f.Published {
			t.Errorf("%s %s: found %s, published %s", f.Statistic, f.Input, printed, f.Published)
		}
	}
}

// TestPrinted: half of the last printed digit is the most that a figure may be off.
func TestPrinted(t *testing.T) {
	for _, c := range []struct {
		published string
		found     float64
		agrees    bool
	}{{"0.12", 0.1249, true}, {"0.12", 0.1251, false}, {"0.12", 0.1149, false}, {"12", 12.4, true}, {"-0.5", -0.46, true}, {"0.120", 0.1206, false}} {
		if got := (Figure{Published: c.published}).beside(c.found); got.Agrees != c.agrees {
			t.Errorf("%g against %s: got %+v", c.found, c.published, got)
		}
	}
}

// smallStudy writes a study of four cases; replace changes its description.
func smallStudy(t *testing.T, replace ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		studyDescription: strings.NewReplacer(replace...).Replace(`
id = "small"
file = "cases.data"
columns = ["x", "class"]
outcome = "class"
bad = "2"
[[figure]]
statistic = "information_value"
input = "x"
published = "0"
`),
		"cases.data": "a 1\nb 2\na 2\nb 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRefusedStudies(t *testing.T) {
	for _, c := range []struct{ name, old, new, says string }{
		{"unknown key", `bad =`, `worse =`, "worse"},
		{"outside", `"cases.data"`, `"../cases.data"`, "file: found"},
		{"outcome", `outcome = "class"`, `outcome = "grade"`, `found "grade"`},
		{"statistic", `"information_value"`, `"gini"`, "figure[0].statistic: found \"gini\""},
		{"input", `input = "x"`, `input = "y"`, "figure[0].input: found \"y\""},
		{"published", `"0"`, `"nought"`, "figure[0].published: found \"nought\""},
	} {
		if _, err := LoadStudy(smallStudy(t, c.old, c.new)); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), studyDescription) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	for _, c := range []struct{ name, old, new, says string }{
		{"no table", "cases.data", "other.data", "other.data"},
		{"columns", `"x", "class"`, `"x", "y", "class"`, "row 1: found 2 cells, expected the 3"},
		{"one class", `bad = "2"`, `bad = "3"`, `row 2, column class: found "2"`},
	} {
		s, err := LoadStudy(smallStudy(t, c.old, c.new))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Reproduce(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := LoadStudy(t.TempDir()); err == nil || IsStudy(t.TempDir()) {
		t.Error("an empty folder is taken for a study")
	}
}
