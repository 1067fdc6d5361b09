package scoring

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPeersAgainstMetafor(t *testing.T) {
	type fit struct {
		Mean        float64
		MeanSE      float64 `json:"mean_se"`
		Tau2        float64
		Shrunken    []float64
		PosteriorSE []float64 `json:"posterior_se"`
		Weight      []float64
	}
	var want map[string]struct{ REML, DL fit }
	sets := map[string][]Estimate{}
	for _, row := range readRows(t, "known-errors", &want) {
		sets[row["set"]] = append(sets[row["set"]], Estimate{number(row["y"]), number(row["se"])})
	}
	check := func(what string, got PeerFit, err error, want fit, members []Estimate, tolerance float64) {
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+" mean", got.Mean, want.Mean, tolerance)
		near(t, what+" error of the mean", got.MeanSE, want.MeanSE, tolerance)
		near(t, what+" variance", got.Variance, want.Tau2, tolerance)
		for i, m := range members {
			shrunken, weight := got.Shrink(m.Value, m.SE)
			near(t, what+" shrunken", shrunken, want.Shrunken[i], tolerance)
			near(t, what+" weight", weight, want.Weight[i], tolerance)
			near(t, what+" posterior error", got.PosteriorSE(m.SE), want.PosteriorSE[i], tolerance)
		}
	}
	for set, members := range sets {
		got, err := FitPeersREML(members)
		check(set+" REML", got, err, want[set].REML, members, 1e-9)
		got, err = FitPeersDL(members)
		check(set+" DL", got, err, want[set].DL, members, 1e-11)
	}
	bcg, err := FitPeersREML(sets["bcg"]) // published by Viechtbauer (2010)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "published variance", Round(bcg.Variance, 4), 0.3132, 1e-12)
	near(t, "published mean", Round(bcg.Mean, 4), -0.7145, 1e-12)
	near(t, "published error", Round(bcg.MeanSE, 4), 0.1798, 1e-12)
}

func TestPeersThatCannotBeEstimated(t *testing.T) {
	four := []Estimate{{80, 1}, {82, 1}, {85, 2}, {70, 3}}
	for name, c := range map[string]struct {
		members []Estimate
		want    error
	}{
		"none": {nil, ErrTooFewPeers}, "three": {four[:3], ErrTooFewPeers},
		"NaN":            {append(slices.Clone(four), Estimate{math.NaN(), 1}), ErrBadEstimate},
		"error NaN":      {append(slices.Clone(four), Estimate{80, math.NaN()}), ErrBadEstimate},
		"negative error": {append(slices.Clone(four), Estimate{80, -1}), ErrBadEstimate},
		"squares beyond": {append(slices.Clone(four), Estimate{1e300, 1}), ErrBadEstimate},
		"infinite error": {append(slices.Clone(four), Estimate{80, math.Inf(1)}), ErrBadEstimate},
	} {
		if _, err := FitPeersREML(c.members); !errors.Is(err, c.want) {
			t.Errorf("%s, REML: got %v, want %v", name, err, c.want)
		}
		if _, err := FitPeersDL(c.members); !errors.Is(err, c.want) {
			t.Errorf("%s, DL: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := FitPeersDL(append(slices.Clone(four), Estimate{80, 0})); !errors.Is(err, ErrZeroError) {
		t.Errorf("without error, DL: got %v", err)
	}
}

// TestPeersWithoutError: where all values are exact, their variance is that of the values, 20/3 of 80, 82, 84, 86; one exact
// value among noisy ones that agree is the mean.
func TestPeersWithoutError(t *testing.T) {
	f, err := FitPeersREML([]Estimate{{80, 0}, {82, 0}, {84, 0}, {86, 0}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "variance", f.Variance, 20.0/3, 1e-12)
	near(t, "mean", f.Mean, 83, 1e-12)
	f, err = FitPeersREML([]Estimate{{80, 0}, {80.5, 4}, {79.5, 4}, {80.2, 3}})
	if err != nil || f.Variance != 0 || f.Mean != 80 || f.MeanSE != 0 {
		t.Errorf("one exact value: got %+v, %v", f, err)
	}
	f, err = FitPeersREML([]Estimate{{80, 1}, {80, 2}, {80, 1}, {80, 3}})
	if err != nil || f.Variance != 0 || f.Mean != 80 {
		t.Errorf("equal values: got %+v, %v", f, err)
	}
}

// TestNeverPastTheEvidence: the shrunken value lies between the raw one and the group's mean, nearer to the raw one the
// smaller its error, and its weight lies between 0 and 1.
func TestNeverPastTheEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Peer{Mean: rapid.Float64Range(-1e6, 1e6).Draw(t, "mean"), Variance: rapid.Float64Range(0, 1e9).Draw(t, "variance")}
		value, se := rapid.Float64Range(-1e6, 1e6).Draw(t, "value"), rapid.Float64Min(0).Draw(t, "se")
		shrunken, weight := p.Shrink(value, se)
		if !(weight >= 0 && weight <= 1) || !(shrunken >= min(value, p.Mean) && shrunken <= max(value, p.Mean)) {
			t.Fatalf("got %g with weight %g", shrunken, weight)
		}
		if _, surer := p.Shrink(value, se/2); surer < weight {
			t.Fatalf("weight %g, with half the error %g", weight, surer)
		}
	})
	p := Peer{Mean: 80, Variance: 9}
	for _, c := range []struct{ variance, se, want, weight float64 }{
		{9, 0, 60, 1}, {0, 2, 80, 0}, {0, 0, 60, 1}, {9, math.Inf(1), 80, 0}, {9, 3, 70, 0.5},
	} {
		p.Variance = c.variance
		if got, weight := p.Shrink(60, c.se); got != c.want || weight != c.weight {
			t.Errorf("variance %g, error %g: got %g with weight %g, want %g with %g", c.variance, c.se, got, weight, c.want, c.weight)
		}
	}
	for _, bad := range []struct {
		p         Peer
		value, se float64
	}{{p, math.NaN(), 1}, {p, 60, -1}, {p, 60, math.NaN()}, {Peer{Mean: 80, Variance: -1}, 60, 1}, {Peer{Mean: math.NaN()}, 60, 1}} {
		if got, weight := bad.p.Shrink(bad.value, bad.se); !math.IsNaN(got) || !math.IsNaN(weight) {
			t.Errorf("%+v: got %g with weight %g, want NaN", bad, got, weight)
		}
	}
}

// TestPeersMoveWithTheirValues: the fit moves and stretches with the members and does not see their order.
func TestPeersMoveWithTheirValues(t *testing.T) {
	member := rapid.Custom(func(t *rapid.T) Estimate {
		return Estimate{float64(rapid.IntRange(0, 100).Draw(t, "value")), float64(rapid.IntRange(1, 80).Draw(t, "se")) / 8}
	})
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.SliceOfN(member, MinPeers, 20).Draw(t, "members")
		moved := make([]Estimate, len(members))
		for i, m := range members {
			moved[i] = Estimate{2*m.Value + 32, 2 * m.SE}
		}
		shuffled := rapid.Permutation(members).Draw(t, "shuffled")
		for name, estimate := range map[string]func([]Estimate) (PeerFit, error){"REML": FitPeersREML, "DL": FitPeersDL} {
			f, err := estimate(members)
			m, err2 := estimate(moved)
			s, err3 := estimate(shuffled)
			if err := errors.Join(err, err2, err3); err != nil {
				t.Fatal(err)
			}
			if math.Abs(m.Mean-(2*f.Mean+32)) > 1e-6 || math.Abs(m.Variance-4*f.Variance) > 1e-6*max(1, f.Variance) {
				t.Fatalf("%s: %+v moved is %+v", name, f, m)
			}
			if s != f {
				t.Fatalf("%s: %+v in another order is %+v", name, f, s)
			}
		}
	})
}

// TestPeersREMLIsHighest: no variance on a fine grid has a higher restricted likelihood than the estimate.
func TestPeersREMLIsHighest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var members []Estimate
		for range rapid.IntRange(MinPeers, 8).Draw(t, "n") { // a few very sure, a few very unsure: two peaks are possible
			members = append(members, Estimate{float64(rapid.IntRange(0, 100).Draw(t, "value")), rapid.SampledFrom([]float64{0.01, 0.5, 5, 40}).Draw(t, "se")})
		}
		f, err := FitPeersREML(members)
		if err != nil {
			t.Fatal(err)
		}
		g, err := newPeerGroup(members)
		if err != nil {
			t.Fatal(err)
		}
		best := g.likelihood(f.Variance)
		for v := 1e-8; v < 1e6; v *= 1.1 {
			if l := g.likelihood(v); l > best+1e-9*math.Abs(best) {
				t.Fatalf("likelihood %g at the estimate %g, %g at %g", best, f.Variance, l, v)
			}
		}
	})
}

func BenchmarkFitPeersREML(b *testing.B) {
	var members []Estimate
	for i := range 1000 {
		members = append(members, Estimate{80 + 10*math.Sin(float64(i)), 1 + float64(i%7)})
	}
	for b.Loop() {
		if _, err := FitPeersREML(members); err != nil {
			b.Fatal(err)
		}
	}
}
