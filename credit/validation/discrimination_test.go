package validation

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// observations draws risks on a coarse grid, so that ties abound, with both classes at least twice.
func observations(t *rapid.T) (risk []float64, events []bool) {
	n := rapid.IntRange(4, 40).Draw(t, "n")
	for i := range n {
		risk = append(risk, float64(rapid.IntRange(-6, 6).Draw(t, "risk")))
		events = append(events, i < 2 || i > 3 && rapid.Bool().Draw(t, "event"))
	}
	return risk, events
}

// shuffled is the same observations in another order.
func shuffled(t *rapid.T, values []float64, events []bool) ([]float64, []bool) {
	v, e := append([]float64(nil), values...), append([]bool(nil), events...)
	rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Shuffle(len(v), func(i, j int) {
		v[i], v[j] = v[j], v[i]
		e[i], e[j] = e[j], e[i]
	})
	return v, e
}

func twice[T any](values []T) []T { return append(append([]T(nil), values...), values...) }

func mapped(values []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = f(v)
	}
	return out
}

// Events 3 and 1, others 2 and 0. Pairs won: 3>2, 3>0, 1>0 of four: AUC 0.75, Gini 0.5.
// Of the events, 3 is above both others and 1 above one: components 1 and 0.5, variance 0.125; of the others, 2 is below
// one event and 0 below both: 0.5 and 1, variance 0.125. SE = sqrt(0.125/2 + 0.125/2) = 0.3535534.
// Distributions differ by 0.5 at 0, by 0 at 1 and by 0.5 at 2: KS 0.5, first at 0.
// Logit: ln 3 ± 1.959964*0.3535534/(0.75*0.25) = 1.098612 ± 3.695744, back on the scale of the AUC 0.0693 and 0.9918.
func TestDiscriminationByHand(t *testing.T) {
	d := must(Discriminate([]float64{3, 1, 2, 0}, []bool{true, true, false, false}, 0.95))(t)
	absolute(t, "AUC", d.AUC, 0.75, 0)
	absolute(t, "Gini", d.Gini, 0.5, 0)
	absolute(t, "KS", d.KS, 0.5, 0)
	absolute(t, "KS at", d.KSAt, 0, 0)
	absolute(t, "SE", d.DeLong.SE, math.Sqrt(0.125), 1e-15)
	absolute(t, "low", d.DeLong.AUC.Low, 0.75-1.9599639845400545*math.Sqrt(0.125), 1e-12)
	absolute(t, "Gini high", d.DeLong.Gini.High, 0.5+2*1.9599639845400545*math.Sqrt(0.125), 1e-12)
	absolute(t, "logit low", d.DeLong.Logit.Low, 1/(1+math.Exp(3.695744-1.098612)), 1e-6)
	absolute(t, "logit high", d.DeLong.Logit.High, 1/(1+math.Exp(-3.695744-1.098612)), 1e-6)
}

// Perfect separation and equal risks have an AUC and no interval.
func TestAUCWithoutVariance(t *testing.T) {
	events := []bool{true, true, false, false}
	for _, c := range []struct {
		risk    []float64
		auc, ks float64
	}{{[]float64{3, 2, 1, 0}, 1, 1}, {[]float64{0, 1, 2, 3}, 0, 1}, {[]float64{5, 5, 5, 5}, 0.5, 0}} {
		d := must(Discriminate(c.risk, events, 0.95))(t)
		if d.AUC != c.auc || d.KS != c.ks || d.DeLong != nil {
			t.Errorf("risks %v: got %+v, want AUC %g, KS %g and no interval", c.risk, d, c.auc, c.ks)
		}
	}
	if d := must(Discriminate([]float64{2, 1, 3}, []bool{true, false, false}, 0.95))(t); d.DeLong != nil || d.AUC != 0.5 {
		t.Errorf("one event: got %+v, want AUC 0.5 and no interval", d)
	}
}

// From the highest risk: 3 hits one event, 2 the other on the same straight line up, 1 and 0 run straight to the right.
func TestROCByHand(t *testing.T) {
	got := must(ROC([]float64{3, 2, 1, 0}, []bool{true, true, false, false}))(t)
	if want := []ROCPoint{{2, 1, 0}, {0, 1, 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("apart: got %v, want %v", got, want)
	}
	got = must(ROC([]float64{3, 1, 2, 0}, []bool{true, true, false, false}))(t)
	if want := []ROCPoint{{3, 0.5, 0}, {2, 0.5, 0.5}, {1, 1, 0.5}, {0, 1, 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("mixed: got %v, want %v", got, want)
	}
	got = must(ROC([]float64{5, 5}, []bool{true, false}))(t)
	if want := []ROCPoint{{5, 1, 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("tied: got %v, want %v", got, want)
	}
}

// TestAUCByPairs compares with the definitions over all pairs, which take n^2 steps.
func TestAUCByPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		risk, events := observations(t)
		var n1, n0, auc float64
		for i := range risk {
			if events[i] {
				n1++
			} else {
				n0++
			}
		}
		component := make([]float64, len(risk)) // share of the other class that an observation beats, or loses to
		for i := range risk {
			for j := range risk {
				if !events[i] || events[j] {
					continue
				}
				win := 0.0
				switch {
				case risk[i] > risk[j]:
					win = 1
				case risk[i] == risk[j]:
					win = 0.5
				}
				auc += win / n1 / n0
				component[i] += win / n0
				component[j] += win / n1
			}
		}
		var s1, s0 float64
		for i, c := range component {
			if events[i] {
				s1 += (c - auc) * (c - auc) / (n1 - 1)
			} else {
				s0 += (c - auc) * (c - auc) / (n0 - 1)
			}
		}
		d, err := Discriminate(risk, events, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(d.AUC-auc) > 1e-12 {
			t.Fatalf("AUC: got %g, want %g", d.AUC, auc)
		}
		if se := math.Sqrt(s1/n1 + s0/n0); d.DeLong != nil && math.Abs(d.DeLong.SE-se) > 1e-12 || d.DeLong == nil && se > 1e-9 {
			t.Fatalf("SE: got %+v, want %g", d.DeLong, se)
		}
		points, err := ROC(risk, events)
		if err != nil {
			t.Fatal(err)
		}
		var before ROCPoint
		area, distance := 0.0, 0.0
		for _, p := range points {
			area += (p.FalseAlarms - before.FalseAlarms) * (p.Hits + before.Hits) / 2
			distance = max(distance, math.Abs(p.Hits-p.FalseAlarms))
			before = p
		}
		if math.Abs(area-auc) > 1e-12 || math.Abs(distance-d.KS) > 1e-12 {
			t.Fatalf("area %g and distance %g of the curve, want %g and %g", area, distance, auc, d.KS)
		}
	})
}

func TestDiscriminationProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		risk, events := observations(t)
		discriminate := func(risk []float64, events []bool) Discrimination {
			d, err := Discriminate(risk, events, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := discriminate(risk, events)
		if other := discriminate(shuffled(t, risk, events)); !reflect.DeepEqual(d, other) {
			t.Fatalf("another order: got %+v, want %+v", other, d)
		}
		stretched := discriminate(mapped(risk, math.Exp), events)
		if math.Exp(d.KSAt) != stretched.KSAt {
			t.Fatalf("exp of the risk: KS at %g, want exp of %g", stretched.KSAt, d.KSAt)
		}
		if stretched.KSAt = d.KSAt; !reflect.DeepEqual(d, stretched) {
			t.Fatalf("exp of the risk: got %+v, want %+v", stretched, d)
		}
		mirrored := discriminate(mapped(risk, func(v float64) float64 { return -v }), events)
		if math.Abs(mirrored.AUC+d.AUC-1) > 1e-12 || mirrored.KS != d.KS {
			t.Fatalf("minus the risk: got %+v beside %+v", mirrored, d)
		}
		double := discriminate(twice(risk), twice(events))
		if double.AUC != d.AUC || double.KS != d.KS || double.KSAt != d.KSAt || double.Gini != d.Gini {
			t.Fatalf("everybody twice: got %+v, want %+v", double, d)
		}
		if d.DeLong != nil && !(double.DeLong.SE < d.DeLong.SE) {
			t.Fatalf("everybody twice: SE %g, want less than %g", double.DeLong.SE, d.DeLong.SE)
		}
		if d.DeLong != nil && !(0 < d.DeLong.Logit.Low && d.DeLong.Logit.Low < d.AUC && d.AUC < d.DeLong.Logit.High && d.DeLong.Logit.High < 1) {
			t.Fatalf("the interval on the logit scale %+v does not hold %g inside 0..1", d.DeLong.Logit, d.AUC)
		}
	})
}

// TestCoverage: risks normal with means one apart have an AUC of Phi(1/sqrt 2) = 0.7602; the 95 percent intervals hold it
// as often as they say, give or take what 1,000 trials leave open.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	truth := distuv.UnitNormal.CDF(1 / math.Sqrt2)
	const trials = 1000
	plain, logits := 0, 0
	for range trials {
		var risk []float64
		var events []bool
		for i := range 150 {
			event := i%3 == 0
			v := random.NormFloat64()
			if event {
				v++
			}
			risk, events = append(risk, v), append(events, event)
		}
		d := must(Discriminate(risk, events, 0.95))(t).DeLong
		if d.AUC.Low <= truth && truth <= d.AUC.High {
			plain++
		}
		if d.Logit.Low <= truth && truth <= d.Logit.High {
			logits++
		}
	}
	absolute(t, "plain", float64(plain)/trials, 0.95, 0.02)
	absolute(t, "logit", float64(logits)/trials, 0.95, 0.02)
}
