package calibration

import (
	"testing"

	"pingxin/scoring"
)

// By hand: A gave 70, 72, 74 on quality and 90 on time, B gave 80 on quality; both are purchasers. E, a third party, gave 60.
// Of 70 72 74 90 the quartiles (type 7) are 71.5, 73 and 78: the whiskers may reach 6.5 x 1.5 = 9.75 beyond them, to 61.75
// and 87.75, so that 90 is outside.
func TestSpreads(t *testing.T) {
	const quality, time = 0, 1
	score := func(rater int32, indicator int16, party scoring.Party, points int32) Score {
		return Score{Rater: rater, Indicator: indicator, Party: party, Value: points * perPoint}
	}
	scores := []Score{score(1, quality, scoring.Purchaser, 80), score(0, time, scoring.Purchaser, 90), score(0, quality, scoring.Purchaser, 74),
		score(0, quality, scoring.Purchaser, 70), score(2, quality, scoring.ThirdParty, 60), score(0, quality, scoring.Purchaser, 72)}
	got := map[[2]string]Spread{}
	for _, s := range Spreads(scores, Names{Raters: []string{"A", "B", "E"}, Indicators: []string{"quality", "time"}}) {
		if s.Party == scoring.Purchaser {
			got[[2]string{s.Rater, s.Indicator}] = s
		}
	}
	for key, want := range map[[2]string]scoring.Box{
		{"A", ""}:        {N: 4, Outside: 1, Least: 70, Low: 70, Lower: 71.5, Median: 73, Upper: 78, High: 74, Most: 90},
		{"A", "quality"}: {N: 3, Least: 70, Low: 70, Lower: 71, Median: 72, Upper: 73, High: 74, Most: 74},
		{"B", "quality"}: scoring.BoxOf([]float64{80}),
		{"", "quality"}:  scoring.BoxOf([]float64{70, 72, 74, 80}),
		{"", ""}:         scoring.BoxOf([]float64{70, 72, 74, 80, 90}),
	} {
		if got[key].Box != want {
			t.Errorf("spread of %q is %+v, want %+v", key, got[key].Box, want)
		}
	}
	if len(got) != 8 { // A and all over both indicators and by each, B over its one and by it
		t.Errorf("%d spreads of purchasers, want 8", len(got))
	}
	if scores[0].Rater != 1 {
		t.Error("the scores were put into another order")
	}
}
