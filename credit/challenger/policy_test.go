package challenger

import (
	"math"
	"strings"
	"testing"
)

// TestPolicyFaults: every number that no fit can use is named.
func TestPolicyFaults(t *testing.T) {
	if faults := DefaultPolicy().Check(); len(faults) > 0 {
		t.Fatalf("the default has faults: %v", faults)
	}
	for key, spoil := range map[string]func(*Policy){
		"base_score":   func(p *Policy) { p.BaseScore = math.NaN() },
		"base_odds":    func(p *Policy) { p.BaseOdds = 0 },
		"pdo":          func(p *Policy) { p.PDO = math.Inf(1) },
		"decimals":     func(p *Policy) { p.Decimals = 10 },
		"max_bins":     func(p *Policy) { p.MaxBins = p.FineBins + 1 },
		"min_share":    func(p *Policy) { p.MinShare = 0.6 },
		"merge_below":  func(p *Policy) { p.MergeBelow = -1 },
		"ridge":        func(p *Policy) { p.Ridge = math.NaN() },
		"bad_per_term": func(p *Policy) { p.BadPerTerm = math.Inf(1) },
	} {
		p := DefaultPolicy()
		spoil(&p)
		if faults := p.Check(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), "challenger."+key+": found ") {
			t.Errorf("%s: got %v, want one fault", key, faults)
		}
	}
}

// TestWarningSentences: every warning has a sentence.
func TestWarningSentences(t *testing.T) {
	for _, code := range []string{EmptyClass, ThinBin, OneBin, Constant, Collinear, Separation, ReversedSign, FewBad, Unseen, Unrated, InSample} {
		if said := (Warning{Code: code}).String(); said == code || strings.Contains(said, "%!") {
			t.Errorf("%s says %q", code, said)
		}
	}
}

// TestReversedSign: of two signs that go together the weaker turns beside the stronger, and so few offences for two
// coefficients are warned of. With sign b 6 of 22 are bad and without it 3 of 20; but among those with a it is 6 of 18
// against 2 of 4, and among those without 0 of 4 against 1 of 16.
func TestReversedSign(t *testing.T) {
	design := Design{{"a", Category}, {"b", Category}}
	var records []Record
	add := func(n int, a, b string, bad bool) {
		for range n {
			records = append(records, Record{ID: string(rune('A' + len(records))), Values: []Value{{Label: a}, {Label: b}}, Bad: bad})
		}
	}
	add(6, "1", "1", true)
	add(12, "1", "1", false)
	add(2, "1", "0", true)
	add(2, "1", "0", false)
	add(4, "0", "1", false)
	add(1, "0", "0", true)
	add(15, "0", "0", false)
	m, err := Fit(DefaultPolicy(), "later offence", design, records)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, w := range m.Warnings {
		codes[w.Code] = w.Input
	}
	if _, few := codes[FewBad]; codes[ReversedSign] != "b" || !few {
		t.Errorf("warnings %v, want %s of b and %s", m.Warnings, ReversedSign, FewBad)
	}
}
