package checkcode

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

var example = Statement{Release: 3, Run: 7, RunHash: "ab12", AsOf: "2026-02-28", Supplier: "S0001", USCC: "91350100M000100Y43", Name: "江北区阳光社会工作服务中心",
	Type: "private_non_enterprise", Status: "rated", Level: "AA", Stars: "4", Score: "85.50", Evaluations: "6", Grade: "4A", GradeUntil: "2029-06-30", Record: "2025-05-20 general late_report X0001"}

// exampleCode was computed by the fifteen lines of Python in docs/credit-file.md, which share nothing with this package.
const exampleCode = "3.S0001.4TVQB-6PRQW-J7TQP-S2VE9"

func TestCode(t *testing.T) {
	if got := example.Code(); got != exampleCode {
		t.Errorf("got %s, want %s", got, exampleCode)
	}
}

// Every single cell changes the code, also when text only moves from one cell to the next.
func TestEveryCellCounts(t *testing.T) {
	fields := reflect.ValueOf(&example).Elem().NumField()
	for i := range fields {
		changed := example
		if f := reflect.ValueOf(&changed).Elem().Field(i); f.Kind() == reflect.Int {
			f.SetInt(f.Int() + 1)
		} else {
			f.SetString(f.String() + "x")
		}
		if changed.Code() == example.Code() {
			t.Errorf("the code does not depend on %s", reflect.TypeFor[Statement]().Field(i).Name)
		}
	}
	moved := example
	moved.Name, moved.Type = moved.Name+"private", strings.TrimPrefix(moved.Type, "private")
	if ref, err := Parse(exampleCode); err != nil || ref.Matches(&moved) {
		t.Errorf("text that moved to the next cell keeps its code (%v)", err)
	}
}

func TestNumber(t *testing.T) {
	for cell, want := range map[string]string{"85.5": "85.50", "100": "100.00", "85.50": "85.50", "": "", "x": "", "NaN": "", "Inf": ""} {
		if got := Number(cell); got != want {
			t.Errorf("Number(%q) = %q, want %q", cell, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for name, typed := range map[string]string{
		"as printed":        exampleCode,
		"small letters":     "3.S0001." + strings.ToLower(strings.TrimPrefix(exampleCode, "3.S0001.")),
		"no groups":         strings.ReplaceAll(exampleCode, "-", ""),
		"spaces":            " " + strings.ReplaceAll(exampleCode, "-", " ") + "\n",
		"full width":        strings.Map(wide, exampleCode),
		"Chinese full stop": strings.ReplaceAll(exampleCode, ".", "。"),
		"O and I":           strings.NewReplacer("0", "O", "1", "I").Replace(exampleCode[8:]),
	} {
		if name == "O and I" {
			typed = exampleCode[:8] + typed
		}
		if ref, err := Parse(typed); err != nil || ref != (Reference{3, "S0001", exampleCode}) {
			t.Errorf("%s: Parse(%q) = %+v, %v", name, typed, ref, err)
		}
	}
}

func wide(c rune) rune {
	if c > ' ' && c <= '~' {
		return c + 'Ａ' - 'A'
	}
	return c
}

func TestParseRefuses(t *testing.T) {
	last := exampleCode[len(exampleCode)-1:]
	other := "7"
	if last == other {
		other = "8"
	}
	for typed, want := range map[string]error{
		"": ErrForm, "3": ErrForm, "3..": ErrForm, "3.S0001": ErrForm, "0" + exampleCode[1:]: ErrForm, "x" + exampleCode[1:]: ErrForm, exampleCode[:len(exampleCode)-1]: ErrForm,
		exampleCode + "7": ErrForm, exampleCode[:len(exampleCode)-1] + other: ErrMistyped, "4" + exampleCode[1:]: ErrMistyped,
		strings.Replace(exampleCode, "S0001", "S0002", 1): ErrMistyped,
	} {
		if _, err := Parse(typed); !errors.Is(err, want) {
			t.Errorf("Parse(%q): got %v, want %v", typed, err, want)
		}
	}
}

// An id may hold points and spaces.
func TestAnyID(t *testing.T) {
	s := example
	s.Supplier = "甲.1/2 乙"
	if ref, err := Parse(s.Code()); err != nil || ref.Supplier != s.Supplier || !ref.Matches(&s) {
		t.Errorf("got %+v, %v", ref, err)
	}
}

func TestRecord(t *testing.T) {
	got := Record([]Entry{{"X2", "serious", "false_claim", "2025-06-01", "2027-06-01", ""}, {"X1", "general", "late_report", "2024-01-02", "", "2025-01-02"}})
	want := "2024-01-02 general late_report X1, repaired 2025-01-02; 2025-06-01 serious false_claim X2, ends 2027-06-01"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Record(nil); got != "" {
		t.Errorf("no entries give %q", got)
	}
}
