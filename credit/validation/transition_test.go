package validation

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// Of four in A one goes to B and one leaves; both in B rise; one comes in at B, one stays outside.
func TestCohortByHand(t *testing.T) {
	moves := []Move{{"A", "A"}, {"A", "A"}, {"A", "B"}, {"A", ""}, {"B", "A"}, {"B", "A"}, {"", "B"}, {"", ""}}
	m := must(Cohort([]string{"A", "B"}, moves, 0.95))(t)
	trace := 4.0 / 3 // (2 - 2/3)/(2-1)
	want := Transition{Levels: []string{"A", "B"}, Counts: [][]int{{2, 1}, {2, 0}}, Shares: [][]float64{{2.0 / 3, 1.0 / 3}, {1, 0}},
		Intervals: m.Intervals, Withdrawn: []int{1, 0}, Entered: []int{0, 1}, Unrated: 1,
		Mobility: Mobility{Up: 2, Same: 2, Down: 1, MeanSteps: 0.6, Trace: m.Mobility.Trace}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	absolute(t, "trace index", *m.Mobility.Trace, trace, 1e-15)
	absolute(t, "low of A to B", m.Intervals[0][1].Low, 0.0614919, 1e-6) // Wilson for 1 of 3, as in the test of equal predictions
	absolute(t, "high of A to B", m.Intervals[0][1].High, 0.7923404, 1e-6)
}

func TestCohortWithoutSuppliers(t *testing.T) {
	m := must(Cohort([]string{"A", "B"}, nil, 0.95))(t)
	if m.Shares[0] != nil || m.Intervals[1] != nil || m.Mobility.Trace != nil || m.Mobility.MeanSteps != 0 {
		t.Errorf("got %+v, want no shares", m)
	}
	if one := must(Cohort([]string{"A"}, []Move{{"A", "A"}}, 0.95))(t); one.Mobility.Trace != nil {
		t.Errorf("one level: got a trace index of %g", *one.Mobility.Trace)
	}
}

func TestCohortProperties(t *testing.T) {
	levels := []string{"A", "B", "C"}
	level := rapid.SampledFrom([]string{"", "A", "B", "C"})
	rapid.Check(t, func(t *rapid.T) {
		var moves, renamed []Move
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			m := Move{level.Draw(t, "from"), level.Draw(t, "to")}
			rename := map[string]string{"": "", "A": "z", "B": "y", "C": "x"}
			moves, renamed = append(moves, m), append(renamed, Move{rename[m.From], rename[m.To]})
		}
		cohort := func(levels []string, moves []Move) Transition {
			m, err := Cohort(levels, moves, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		m := cohort(levels, moves)
		total := m.Unrated + sum(m.Withdrawn) + sum(m.Entered)
		for i, row := range m.Counts {
			total += sum(row)
			shares := 0.0
			for _, share := range m.Shares[i] {
				shares += share
			}
			if m.Shares[i] != nil && math.Abs(shares-1) > 1e-12 {
				t.Fatalf("row %d adds up to %g", i, shares)
			}
		}
		if total != len(moves) {
			t.Fatalf("%d of %d moves are in %+v", total, len(moves), m)
		}
		slices.Reverse(moves)
		if other := cohort(levels, moves); !reflect.DeepEqual(other, m) {
			t.Fatalf("another order: got %+v, want %+v", other, m)
		}
		other := cohort([]string{"z", "y", "x"}, renamed)
		if other.Levels = levels; !reflect.DeepEqual(other, m) {
			t.Fatalf("other names: got %+v, want %+v", other, m)
		}
		double := cohort(levels, twice(moves))
		if !reflect.DeepEqual(double.Shares, m.Shares) || !reflect.DeepEqual(double.Mobility.Trace, m.Mobility.Trace) {
			t.Fatalf("everybody twice: got %+v, want the shares of %+v", double, m)
		}
	})
}

// One is in A for 2, withdrawn for 3, in A again for 1 (said twice), then in B for 4. Withdrawn counts for nothing:
// 3 in A with one transition, 4 in B with none.
func TestEstimateGeneratorByHand(t *testing.T) {
	spells := []Spell{{"s", 6, "B"}, {"s", 0, "A"}, {"s", 2, ""}, {"s", 5, "A"}, {"s", 5.5, "A"}}
	g := must(EstimateGenerator([]string{"A", "B"}, spells, 10))(t)
	want := Generator{[]string{"A", "B"}, [][]int{{0, 1}, {0, 0}}, []float64{3, 4}, [][]float64{{-1.0 / 3, 1.0 / 3}, {0, 0}}}
	if !reflect.DeepEqual(g, want) {
		t.Errorf("got %+v, want %+v", g, want)
	}
}

// A chain that leaves A at rate r and never returns is still in A after t with probability exp(-rt).
func TestTransitionProbabilitiesByHand(t *testing.T) {
	for _, duration := range []float64{0, 0.001, 1, 10, 500} {
		p := must(TransitionProbabilities([][]float64{{-0.7, 0.7}, {0, 0}}, duration))(t)
		sameMatrix(t, p, [][]float64{{math.Exp(-0.7 * duration), 1 - math.Exp(-0.7*duration)}, {0, 1}}, 1e-12)
	}
	if p := must(TransitionProbabilities([][]float64{{0, 0}, {0, 0}}, 5))(t); !reflect.DeepEqual(p, identity(2)) {
		t.Errorf("nothing ever happens: got %v", p)
	}
}

// TestTransitionProbabilitiesProperties compares with gonum's matrix exponential, which scales, squares and inverts.
func TestTransitionProbabilitiesProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 5).Draw(t, "k")
		generator, dense := make([][]float64, k), mat.NewDense(k, k, nil)
		duration := float64(rapid.IntRange(0, 40).Draw(t, "duration")) / 8
		for i := range k {
			generator[i] = make([]float64, k)
			for j := range k {
				if i != j {
					generator[i][j] = float64(rapid.IntRange(0, 20).Draw(t, "rate")) / 10
					generator[i][i] -= generator[i][j]
				}
			}
			for j := range k {
				dense.Set(i, j, duration*generator[i][j])
			}
		}
		exponential := func(duration float64) [][]float64 {
			p, err := TransitionProbabilities(generator, duration)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p, halves := exponential(duration), exponential(duration/2)
		halves = product(halves, halves)
		var want mat.Dense
		want.Exp(dense)
		for i, row := range p {
			total := 0.0
			for j, v := range row {
				total += v
				if v < 0 || math.Abs(v-want.At(i, j)) > 1e-11 || math.Abs(v-halves[i][j]) > 1e-12 {
					t.Fatalf("row %d, column %d: got %g, want %g; in two halves %g", i, j, v, want.At(i, j), halves[i][j])
				}
			}
			if math.Abs(total-1) > 1e-12 {
				t.Fatalf("row %d adds up to %g", i, total)
			}
		}
	})
}

func TestEstimateGeneratorProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spells, slower []Spell
		for s := range rapid.IntRange(1, 6).Draw(t, "subjects") {
			at := 0
			for at < 10 {
				state := rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "state")
				spells = append(spells, Spell{strconv.Itoa(s), float64(at), state})
				slower = append(slower, Spell{strconv.Itoa(s), 2 * float64(at), state})
				at += rapid.IntRange(1, 9).Draw(t, "stay")
			}
		}
		estimate := func(spells []Spell, until float64) Generator {
			g, err := EstimateGenerator([]string{"A", "B"}, spells, until)
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		g := estimate(spells, 10)
		slices.Reverse(spells)
		if other := estimate(spells, 10); !reflect.DeepEqual(other, g) {
			t.Fatalf("another order: got %+v, want %+v", other, g)
		}
		slow := estimate(slower, 20)
		for i, row := range g.Rates {
			for j, rate := range row {
				if math.Abs(slow.Rates[i][j]-rate/2) > 1e-12 {
					t.Fatalf("twice the time: got %v, want half of %v", slow.Rates, g.Rates)
				}
			}
		}
	})
}
