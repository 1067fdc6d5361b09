package integrity

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// assign makes n contracts of a supplier for an evaluator; keys carry on from those before.
func assign(before []Assignment, evaluator, supplier, peers string, n int) []Assignment {
	for range n {
		before = append(before, Assignment{fmt.Sprintf("c%04d", len(before)), evaluator, supplier, peers})
	}
	return before
}

// TestMostlyOneSupplier: 8 of the evaluator's 20 contracts, and 10 of all 200, are the supplier's. Fisher's exact test,
// one-sided, gives 9.17461966355364e-08 (R 4.2.2, fisher.test(matrix(c(8, 2, 12, 178), 2), alternative = "greater")).
func TestMostlyOneSupplier(t *testing.T) {
	all := assign(assign(nil, "e1", "s1", "", 8), "e1", "s2", "", 12)
	all = assign(assign(all, "e2", "s1", "", 2), "e2", "s2", "", 178)
	near(t, "p", marginsOf(all).tail(all[:20], "s1", 8), new(9.17461966355364e-08), 1e-10)
}

// TestMostlyOneSupplierAmongPeers: R 4.2.2, mantelhaen.test(array(c(5, 1, 5, 29, 4, 2, 6, 48), c(2, 2, 2)), exact = TRUE,
// alternative = "greater").
func TestMostlyOneSupplierAmongPeers(t *testing.T) {
	own := assign(assign(nil, "e1", "s1", "p1", 5), "e1", "s2", "p1", 5)
	own = assign(assign(own, "e1", "s1", "p2", 4), "e1", "s2", "p2", 6)
	all := assign(assign(own, "e2", "s1", "p1", 1), "e2", "s2", "p1", 29)
	all = assign(assign(all, "e2", "s1", "p2", 2), "e2", "s2", "p2", 48)
	near(t, "p", marginsOf(all).tail(own, "s1", 9), new(2.01119320359174e-05), 1e-10)
}

// district is a district in which each of ten evaluators draws its 30 contracts from ten suppliers.
func district(seed uint64) []Assignment {
	random := rand.New(rand.NewPCG(seed, 0))
	var all []Assignment
	for e := range 10 {
		for range 30 {
			all = assign(all, fmt.Sprintf("e%d", e), fmt.Sprintf("s%d", random.IntN(10)), "", 1)
		}
	}
	return all
}

func TestPlantedEvaluator(t *testing.T) {
	all := assign(assign(district(1), "x", "s3", "", 10), "x", "s4", "", 2)
	flags, err := Default().MostlyOneSupplier.Flags(all)
	wantSubjects(t, flags, err, "x")
	if f := flags[0]; f.Ref != "s3" || f.N != 12 || f.Statistic != 10.0/12 || f.Threshold != 0.5 || *f.PValue > 1e-4 {
		t.Errorf("got %+v with p %g, want s3 with 10 of 12", f, *f.PValue)
	}
	few := assign(district(1), "x", "s3", "", 4)
	flags, err = Default().MostlyOneSupplier.Flags(few)
	wantSubjects(t, flags, err)
	// A supplier who is alone in its trade is no choice of the evaluator's.
	alone := assign(district(1), "x", "s3", "rare", 12)
	flags, err = Default().MostlyOneSupplier.Flags(alone)
	wantSubjects(t, flags, err)
}

// TestEvaluatorsByChance: with contracts drawn at random, at most one district in a hundred has a flag.
func TestEvaluatorsByChance(t *testing.T) {
	r := Default().MostlyOneSupplier
	flagged := 0
	for seed := range uint64(300) {
		flags, err := r.Flags(district(seed))
		if err != nil {
			t.Fatal(err)
		}
		flagged += min(1, len(flags))
	}
	if flagged > 3 {
		t.Errorf("got flags in %d of 300 districts, want at most 3", flagged)
	}
}

// TestAssignmentProperties: the order of rows does not matter, and other names give the same flags under those names.
func TestAssignmentProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := MostlyOneSupplier{MinN: 2, Share: 0.5, Alpha: 0.9, Adjustment: AdjustBenjamini}
		var all []Assignment
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			draw := func(what string, n int) string { return fmt.Sprint(what, rapid.IntRange(1, n).Draw(t, what)) }
			all = assign(all, draw("e", 4), draw("s", 4), draw("p", 2), 1)
		}
		want, err := r.Flags(all)
		if err != nil {
			t.Fatal(err)
		}
		moved := rapid.Permutation(all).Draw(t, "order")
		if got, _ := r.Flags(moved); encoded(t, got) != encoded(t, want) {
			t.Fatalf("another order gave %v, want %v", got, want)
		}
		for i := range moved {
			moved[i].Evaluator = "x" + moved[i].Evaluator
		}
		got, _ := r.Flags(moved)
		for i := range want {
			if got[i].Subject != "x"+want[i].Subject || got[i].Ref != want[i].Ref || *got[i].PValue != *want[i].PValue {
				t.Fatalf("renamed, got %+v, want %+v", got[i], want[i])
			}
		}
	})
}

func TestBadAssignments(t *testing.T) {
	r := Default().MostlyOneSupplier
	for _, a := range []Assignment{{"", "e", "s", ""}, {"c", "", "s", ""}, {"c", "e", "", ""}} {
		if _, err := r.Flags([]Assignment{a}); !errors.Is(err, ErrNoKey) {
			t.Errorf("%+v: got %v", a, err)
		}
	}
	if _, err := r.Flags([]Assignment{{"c", "e", "s", ""}, {"c", "e", "s", ""}}); !errors.Is(err, ErrRepeated) {
		t.Errorf("the same twice: got %v", err)
	}
	if flags, err := r.Flags(nil); flags != nil || err != nil {
		t.Errorf("nothing: got %v, %v", flags, err)
	}
}
