package policy

import (
	"strings"
	"testing"
)

var newWeights = []Weight{{"target_attainment", 27.5, "by hand"}, {"use_of_funds", 22.5, "by hand"}}

// TestReweighedChangesItsLinesOnly compares the texts line by line.
func TestReweighedChangesItsLinesOnly(t *testing.T) {
	before := load(t, "jiangbei-2015")
	for _, ending := range []string{"\n", "\r\n"} {
		from, err := Parse("ours", []byte(strings.ReplaceAll(before.Text, "\n", ending)))
		if err != nil {
			t.Fatal(err)
		}
		after, err := from.Reweighed("ours-1", newWeights)
		if err != nil {
			t.Fatal(err)
		}
		if after.ID != "ours-1" || after.Evaluation.Indicators[0].Weight != 27.5 || after.Hash == before.Hash {
			t.Errorf("got %s, %+v", after.ID, after.Evaluation.Indicators[0])
		}
		want := map[string]string{
			`id = "jiangbei-2015" # kept with every run` + ending:                                                 `id = "ours-1" # kept with every run` + ending,
			"weight_pct = 30 # with quality the heaviest: results and their worth come first (ours)" + ending:     "weight_pct = 27.5 # by hand; before 30: with quality the heaviest: results and their worth come first (ours)" + ending,
			"weight_pct = 20 # less than results: money rightly spent is a condition, not an aim (ours)" + ending: "weight_pct = 22.5 # by hand; before 20: less than results: money rightly spent is a condition, not an aim (ours)" + ending,
		}
		now, changed := strings.SplitAfter(after.Text, "\n"), 0
		for i, line := range strings.SplitAfter(from.Text, "\n") {
			if now[i] == line {
				continue
			}
			if changed++; want[line] != now[i] {
				t.Errorf("line %d: got %q, want %q", i+1, now[i], want[line])
			}
		}
		if changed != len(want) {
			t.Errorf("%d lines changed, want %d", changed, len(want))
		}
	}
}

func TestReweighedWithoutComment(t *testing.T) {
	p, err := edited(t, "weight_pct = 30 # with quality the heaviest: results and their worth come first (ours)", "  weight_pct=30")
	if err != nil {
		t.Fatal(err)
	}
	after, err := p.Reweighed("ours", newWeights)
	if err != nil || !strings.Contains(after.Text, "\n  weight_pct=27.5 # by hand; before 30\n") {
		t.Errorf("got %v", err)
	}
}

func TestNotReweighed(t *testing.T) {
	const plain = `name = { zh = "对效果满意度", en = "Satisfaction with the outcome" }
weight_pct = 50 # half (ours)
kind = "score" # as above`
	const tricky = `weight_pct = 50
kind = "score"
name = { zh = """
id = "use_of_funds"
weight_pct = 7
""", en = "x" }`
	for _, c := range []struct {
		name, old, with, id string
		weights             []Weight
		want                string
	}{
		{"same id", "", "", "jiangbei-2015", newWeights, `found "jiangbei-2015"`},
		{"shipped id", "", "", "hvbp-2024", newWeights, `found "hvbp-2024"`},
		{"quotes in the id", "", "", `a"b`, newWeights, "expected letters"},
		{"no sum of 100", "", "", "ours", newWeights[:1], "add up to 97.5"},
		{"id in another way", `id = "target_attainment"`, `"id" = "target_attainment"`, "ours", newWeights, `no lines id and weight_pct for the indicator "target_attainment"`},
		{"weight in another way", "weight_pct = 20 # less than results: money", `"weight_pct" = 20 # less than results: money`, "ours", newWeights, `for the indicator "use_of_funds"`},
		{"policy id in another way", `id = "jiangbei-2015"`, `"id" = "jiangbei-2015"`, "ours", newWeights, "no line of its own for the key id"},
		{"a text that looks like lines", plain, tricky, "ours", []Weight{{"use_of_funds", 20, "by hand"}}, "its layout hides which lines hold the weights"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := edited(t, c.old, c.with)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Reweighed(c.id, c.weights); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
