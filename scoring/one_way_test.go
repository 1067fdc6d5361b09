package scoring

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// groupsOf collects the replicates of a case by group, which are few: the sums need no care.
func groupsOf(values map[string][]float64) map[string]Group {
	groups := map[string]Group{}
	for id, x := range values {
		g := Group{N: len(x), Mean: Mean(x)}
		for _, v := range x {
			g.SS += (v - g.Mean) * (v - g.Mean)
		}
		groups[id] = g
	}
	return groups
}

func list(groups map[string]Group) []Group {
	var all []Group
	for _, g := range groups { // in any order
		all = append(all, g)
	}
	return all
}

func TestOneWayAgainstR(t *testing.T) {
	var want struct {
		REML struct {
			Intercept   float64
			VarGroup    float64 `json:"var_group"`
			VarResidual float64 `json:"var_residual"`
			BLUP        map[string]float64
		}
		Anova struct {
			VarGroup    float64 `json:"var_group"`
			VarResidual float64 `json:"var_residual"`
		}
	}
	values := map[string][]float64{}
	for _, row := range readRows(t, "shrinkage", &want) {
		values[row["g"]] = append(values[row["g"]], number(row["y"]))
	}
	groups := groupsOf(values)
	reml, err := FitOneWayREML(list(groups))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "intercept", reml.Intercept, want.REML.Intercept, 1e-6)
	near(t, "group variance", reml.VarGroup, want.REML.VarGroup, 1e-6)
	near(t, "residual variance", reml.VarResidual, want.REML.VarResidual, 1e-6)
	for id, blup := range want.REML.BLUP {
		shrunken, _ := reml.Shrink(groups[id])
		near(t, id, shrunken-reml.Intercept, blup, 1e-6)
	}
	moments, err := FitOneWayMoments(list(groups))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "group variance by moments", moments.VarGroup, want.Anova.VarGroup, 1e-12)
	near(t, "residual variance by moments", moments.VarResidual, want.Anova.VarResidual, 1e-12)
}

func TestOneWaySetsAgainstR(t *testing.T) {
	type fit struct {
		VarGroup    float64 `json:"var_group"`
		VarResid    float64 `json:"var_resid"`
		Mu          float64
		SEMu        float64 `json:"se_mu"`
		Reliability map[string]float64
		Shrunken    map[string]float64 `json:"shrunken_mean"`
		CondSD      map[string]float64 `json:"cond_sd"`
	}
	var want map[string]struct{ Anova, REML fit }
	values := map[string]map[string][]float64{}
	for _, row := range readRows(t, "shrinkage-sets", &want) {
		if values[row["set"]] == nil {
			values[row["set"]] = map[string][]float64{}
		}
		values[row["set"]][row["group"]] = append(values[row["set"]][row["group"]], number(row["y"]))
	}
	check := func(what string, groups map[string]Group, got OneWay, err error, want fit, tolerance float64) {
		if err != nil {
			t.Fatal(err)
		}
		near(t, what+" group variance", got.VarGroup, want.VarGroup, tolerance)
		near(t, what+" residual variance", got.VarResidual, want.VarResid, tolerance)
		near(t, what+" intercept", got.Intercept, want.Mu, tolerance)
		near(t, what+" error of the intercept", got.InterceptSE, want.SEMu, tolerance)
		for id, g := range groups {
			shrunken, reliability := got.Shrink(g)
			near(t, what+" shrunken "+id, shrunken, want.Shrunken[id], tolerance)
			near(t, what+" reliability "+id, reliability, want.Reliability[id], tolerance)
			near(t, what+" conditional deviation "+id, got.ConditionalSD(g), want.CondSD[id], tolerance)
		}
	}
	for set := range values {
		groups := groupsOf(values[set])
		got, err := FitOneWayREML(list(groups))
		check(set+" REML", groups, got, err, want[set].REML, 1e-9)
		got, err = FitOneWayMoments(list(groups))
		check(set+" moments", groups, got, err, want[set].Anova, 1e-11)
	}
}

func TestOneWayThatCannotBeEstimated(t *testing.T) {
	for name, c := range map[string]struct {
		groups []Group
		want   error
	}{
		"none":            {nil, ErrTooFewGroups},
		"one":             {[]Group{{5, 80, 4}}, ErrTooFewGroups},
		"empty group":     {[]Group{{5, 80, 4}, {0, 0, 0}}, ErrBadGroup},
		"mean NaN":        {[]Group{{5, 80, 4}, {2, math.NaN(), 1}}, ErrBadGroup},
		"negative square": {[]Group{{5, 80, 4}, {2, 70, -1}}, ErrBadGroup},
		"no replicates":   {[]Group{{1, 80, 0}, {1, 70, 0}}, ErrNoReplicates},
	} {
		if _, err := FitOneWayREML(c.groups); !errors.Is(err, c.want) {
			t.Errorf("%s, REML: got %v, want %v", name, err, c.want)
		}
		if _, err := FitOneWayMoments(c.groups); !errors.Is(err, c.want) {
			t.Errorf("%s, moments: got %v, want %v", name, err, c.want)
		}
	}
	same := []Group{{3, 80, 0}, {2, 70, 0}}
	if _, err := FitOneWayREML(same); !errors.Is(err, ErrNoSpreadWithin) {
		t.Errorf("no spread within, REML: got %v", err)
	}
	m, err := FitOneWayMoments(same) // MSB = 3*4^2 + 2*6^2 = 120 around 76, n0 = 5 - 13/5 = 2.4, 120/2.4 = 50
	if err != nil || m.VarResidual != 0 {
		t.Fatalf("no spread within, moments: got %+v, %v", m, err)
	}
	near(t, "group variance", m.VarGroup, 50, 1e-12)
	near(t, "intercept", m.Intercept, 75, 1e-12)
	if shrunken, reliability := m.Shrink(same[0]); shrunken != 80 || reliability != 1 {
		t.Errorf("got %g with reliability %g, want the group's mean", shrunken, reliability)
	}
	if shrunken, reliability := m.Shrink(Group{}); shrunken != 75 || reliability != 0 {
		t.Errorf("no replicates: got %g with reliability %g, want the intercept", shrunken, reliability)
	}
}

// TestOneWayREMLIsHighest: no ratio of the variances on a fine grid has a higher restricted likelihood than the estimate, and
// the fit moves and stretches with the values.
func TestOneWayREMLIsHighest(t *testing.T) {
	group := rapid.Custom(func(t *rapid.T) Group {
		return Group{rapid.IntRange(2, 30).Draw(t, "n"), float64(rapid.IntRange(0, 100).Draw(t, "mean")), float64(rapid.IntRange(1, 4000).Draw(t, "ss"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(group, 2, 12).Draw(t, "groups")
		m, err := FitOneWayREML(groups)
		if err != nil {
			t.Fatal(err)
		}
		o, err := newOneWayData(groups)
		if err != nil {
			t.Fatal(err)
		}
		best := o.likelihood(m.VarGroup / m.VarResidual)
		for ratio := 1e-8; ratio < 1e8; ratio *= 1.2 {
			if l := o.likelihood(ratio); l > best+1e-9*math.Abs(best) {
				t.Fatalf("likelihood %g at the estimate %+v, %g at %g", best, m, l, ratio)
			}
		}
		moved := make([]Group, len(groups))
		for i, g := range groups {
			moved[i] = Group{g.N, 2*g.Mean - 7, 4 * g.SS}
		}
		f, err := FitOneWayREML(moved)
		if err != nil || math.Abs(f.Intercept-(2*m.Intercept-7)) > 1e-6 || math.Abs(f.VarGroup-4*m.VarGroup) > 1e-6*max(1, f.VarGroup) {
			t.Fatalf("%+v moved is %+v, %v", m, f, err)
		}
	})
}
