package policy

import (
	"fmt"
	"strings"
	"testing"
)

func TestFaultsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"unknown key", "confidence = 0.9", "confidense = 0.9", `unknown key "evaluation.confidense", expected perhaps "evaluation.confidence"`},
		{"unknown key in a list", "weight_pct = 30", "wieght_pct = 30", `expected perhaps "evaluation.indicator.weight_pct"`},
		{"unknown key in a row of a list", "bid_points = 0", "bid_pionts = 0", `expected perhaps "credit.star.bid_points"`},
		{"unknown key like no other", "poor_years = 2", "x = 2", "expected one of fraud_kinds, article_77_kinds"},
		{"unknown table", "[blacklist]", "[blocklist]", `expected perhaps "blacklist"`},
		{"weights not 100", "weight_pct = 30", "weight_pct = 31", "add up to 101, expected 100"},
		{"party weights not 100", "recipient = 30", "recipient = 31", "add up to 101, expected 100"},
		{"unknown party", "recipient = 30", "citizen = 30", `found "citizen"`},
		{"band out of order", "from = 80", "from = 95", "could not be reached"},
		{"cap to an unknown grade", `grade = "fair"`, `grade = "bad"`, `found "bad"`},
		{"budget for an unknown grade", `grade = "excellent", action`, `grade = "superb", action`, `found "superb", expected the id of a band of the evaluation: excellent, good, fair, poor`},
		{"budget without a grade", `{ grade = "good", action = "keep", from_pct = 0, to_pct = 0 },`, "", `found 0 rows for the grade "good", expected 1`},
		{"blacklist with an unknown grade", `poor_grade = "poor"`, `poor_grade = "bad"`, `blacklist.poor_grade: found "bad"`},
		{"parts of credit", "performance_pct = 60", "performance_pct = 61", "expected a sum of 100"},
		{"credit on another scale", "low = 0, high = 100", "low = 0, high = 120", "found the scale 0 to 120"},
		{"not a number", "trim = 0.1", "trim = nan", "evaluation.location[0].trim: found NaN, expected a number with digits"},
		{"without end", "recipient = 30", "recipient = inf", "found +Inf, expected a number with digits"},
		{"no version", `version = "1"`, `version = ""`, "version: found nothing"},
		{"text for a number", "decimals = 2", `decimals = "two"`, `key "evaluation.decimals"`},
		{"no date", "effective_on = 2015-01-01", "", "expected a date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := edited(t, c.old, c.with)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "edited.toml: ") {
				t.Errorf("got %v\nwant a fault of edited.toml with %q", err, c.want)
			}
		})
	}
}

func TestUnknownKeyHasItsPlace(t *testing.T) {
	_, err := edited(t, "confidence = 0.9", "confidense = 0.9")
	if want := fmt.Sprintf("line %d, column 1:", lineOf(t, "confidence = 0.9")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestBrokenTOMLHasItsPlace(t *testing.T) {
	_, err := edited(t, "confidence = 0.9", "confidence = ")
	if want := fmt.Sprintf("line %d,", lineOf(t, "confidence = 0.9")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	text := load(t, "jiangbei-2015").Text
	text = strings.Replace(text, "decimals = 2", "decimals = 12", 1)
	text = strings.Replace(text, "performance_pct = 60", "performance_pct = 61", 1)
	text = strings.Replace(text, "poor_years = 2", "poor_years = 0", 1)
	_, err := Parse("edited.toml", []byte(text))
	for _, want := range []string{"evaluation.decimals", "credit.performance_pct", "blacklist.poor_years", "(3 in all)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// By hand, the classical examples of Levenshtein's distance.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"saturday", "sunday", 3}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance %q %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
