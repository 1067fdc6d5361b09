package weights

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestCrossCheckByHand: equal weights on columns of root 6 and root 14, which TOPSIS divides by. Means of the values: a 1.5,
// b 1.5, c 2: ranks 2.5, 2.5, 1. In units of 1/(2 sqrt 6) and 1/(2 sqrt 14), the ideal is (2, 3) and its opposite (1, 1):
// a (1, 2), b (2, 1), c (1, 3). Squared distances to the best, up to a fourth: a 1/6 + 1/14 = 0.2381, b 4/14 = 0.2857,
// c 1/6 = 0.1667; to the worst: a 1/14 = 0.0714, b 1/6 = 0.1667, c 4/14 = 0.2857. Closeness a 0.354, b 0.433, c 0.567: ranks
// 3, 2, 1. Spearman of (2.5, 2.5, 1) and (3, 2, 1): 1.5/sqrt(1.5*2) = 0.866025.
func TestCrossCheckByHand(t *testing.T) {
	table, err := NewTable([]Criterion{{ID: "x"}, {ID: "y"}}, []Object{{"a", []float64{1, 2}}, {"b", []float64{2, 1}}, {"c", []float64{1, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := table.CrossCheck([]float64{0.5, 0.5})
	if err != nil || c.Objects != 3 || math.Abs(c.RankCorrelation-1.5/math.Sqrt(3)) > 1e-12 {
		t.Errorf("got %+v, %v", c, err)
	}
	if c.Farthest != "a" || c.ByMean != 2.5 || c.ByTOPSIS != 3 {
		t.Errorf("farthest %s from rank %g to %g, want a from 2.5 to 3", c.Farthest, c.ByMean, c.ByTOPSIS)
	}
	same, err := NewTable([]Criterion{{ID: "x"}, {ID: "y"}}, []Object{{"a", []float64{1, 2}}, {"b", []float64{2, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := same.CrossCheck([]float64{0.5, 0.5}); !errors.Is(err, ErrNoDifference) {
		t.Errorf("two objects with one mean: got %v", err)
	}
	if _, err := same.CrossCheck([]float64{0.5}); !errors.Is(err, ErrWeights) {
		t.Errorf("one weight for two criteria: got %v", err)
	}
}

// TestOneCriterionOrdersAlike: with one criterion both ways give one order, whatever the values and their order.
func TestOneCriterionOrdersAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.IntRange(1, 1000), 2, 30, rapid.ID[int]).Draw(t, "values")
		var objects []Object
		for i, v := range values {
			objects = append(objects, Object{string(rune('A' + i)), []float64{float64(v)}})
		}
		table, err := NewTable([]Criterion{{ID: "x", Cost: rapid.Bool().Draw(t, "cost")}}, objects)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := table.CrossCheck([]float64{1}); err != nil || math.Abs(c.RankCorrelation-1) > 1e-12 || c.ByMean != c.ByTOPSIS {
			t.Fatalf("got %+v, %v", c, err)
		}
	})
}
