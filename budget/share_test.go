package budget_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"pingxin/budget"
)

// TestShareAgainstPublished compares with testdata/cases/allocation, whose README names the source, in units of 10^12 fen,
// so that a fen is below the case's tolerance.
func TestShareAgainstPublished(t *testing.T) {
	const unit, tolerance = 1_000_000_000_000, 1e-9
	dir := filepath.Join("testdata", "cases", "allocation")
	f, err := os.Open(filepath.Join(dir, "input.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := make([][]int64, 3)
	for _, row := range rows[1:] {
		for c, text := range row {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[c] = append(columns[c], n*unit)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Total, Level float64
		Allocation   []float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	amounts, level, err := budget.Share(int64(want.Total)*unit, columns[0], columns[1], columns[2])
	if err != nil || len(amounts) != len(want.Allocation) || math.Abs(level-want.Level) > tolerance {
		t.Fatalf("got %v at level %.15g and %v, want %v at %.15g", amounts, level, err, want.Allocation, want.Level)
	}
	for i, amount := range amounts {
		if math.Abs(float64(amount)/unit-want.Allocation[i]) > tolerance {
			t.Errorf("row %d: got %d, want %g units", i+1, amount, want.Allocation[i])
		}
	}
}

func TestShareByHand(t *testing.T) {
	none, plenty := []int64{0, 0, 0}, []int64{1000, 1000, 1000}
	for _, c := range []struct {
		name                     string
		total                    int64
		claims, floors, ceilings []int64
		want                     []int64
	}{
		{"in proportion", 100, []int64{10, 20, 20}, none, plenty, []int64{20, 40, 40}},
		// 100/3 = 33.33 each: the fen that is left goes to the first of the alike
		{"ties to the earlier", 100, []int64{1, 1, 1}, none, plenty, []int64{34, 33, 33}},
		// 10*7/16 = 4.375, 10*6/16 = 3.75, 10*3/16 = 1.875: two fen are left and go to the last and the middle
		{"largest remainders", 10, []int64{7, 6, 3}, none, plenty, []int64{4, 4, 2}},
		// without limits 50 and 50: the first is held at 20, the others share 80
		{"a ceiling", 100, []int64{50, 25, 25}, none, []int64{20, 1000, 1000}, []int64{20, 40, 40}},
		// without limits 80, 10, 10: the last keeps 40, and 60 are shared 8 to 1
		{"a floor", 100, []int64{80, 10, 10}, []int64{0, 0, 40}, plenty, []int64{53, 7, 40}},
		{"nobody moves", 60, []int64{1, 2, 3}, []int64{10, 20, 30}, []int64{10, 20, 30}, []int64{10, 20, 30}},
		{"just the floors", 30, []int64{5, 5, 5}, []int64{10, 10, 10}, plenty, []int64{10, 10, 10}},
		{"just the ceilings", 33, []int64{5, 6, 7}, none, []int64{11, 11, 11}, []int64{11, 11, 11}},
		{"who claims nothing keeps the floor", 50, []int64{0, 5, 0}, []int64{3, 0, 0}, plenty, []int64{3, 47, 0}},
		// one is full before the other begins: levels 10/10 = 1 and 90/30 = 3
		{"a gap between the limits", 100, []int64{10, 30}, []int64{0, 90}, []int64{10, 200}, []int64{10, 90}},
		{"nothing to share", 0, []int64{1, 2}, []int64{0, 0}, []int64{9, 9}, []int64{0, 0}},
		{"nobody", 0, nil, nil, nil, nil},
		// 9223372036854775807/2 = 4611686018427387903.5
		{"as much as a number holds", math.MaxInt64, []int64{1 << 62, 1 << 62}, []int64{0, 0}, []int64{math.MaxInt64 / 2, math.MaxInt64/2 + 1},
			[]int64{math.MaxInt64 / 2, math.MaxInt64/2 + 1}},
	} {
		got, _, err := budget.Share(c.total, c.claims, c.floors, c.ceilings)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v and %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestShareInfeasible(t *testing.T) {
	claims, floors, ceilings := []int64{5, 0, 5}, []int64{10, 10, 10}, []int64{20, 20, 20}
	for total, code := range map[int64]string{29: budget.BelowFloors, 51: budget.AboveCeilings} {
		got, _, err := budget.Share(total, claims, floors, ceilings)
		var infeasible *budget.InfeasibleError
		want := budget.InfeasibleError{Clash: code, TotalFen: total, LeastFen: 30, MostFen: 50} // who claims nothing stays at 10
		if got != nil || !errors.As(err, &infeasible) || *infeasible != want {
			t.Errorf("%d: got %v and %+v, want %+v", total, got, infeasible, want)
		}
	}
}

// TestShareHoldsTogether: the sum is exact, the limits hold, and every amount is within a fen of what the level that
// fractions find by halving gives. Of two alike but for the claim the larger never gets less.
func TestShareHoldsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "claims")
		claims, floors, ceilings := make([]int64, n), make([]int64, n), make([]int64, n)
		var least, most int64
		for i := range n {
			large := rapid.SampledFrom([]int64{20, 1_000_000_000_000}).Draw(t, "up to")
			claims[i] = rapid.Int64Range(0, large).Draw(t, "claim")
			floors[i] = rapid.Int64Range(0, large).Draw(t, "floor")
			ceilings[i] = floors[i] + rapid.Int64Range(0, large).Draw(t, "room")
			if i > 0 && rapid.Bool().Draw(t, "same limits") {
				floors[i], ceilings[i] = floors[i-1], ceilings[i-1]
			}
			least += floors[i]
			if claims[i] > 0 {
				most += ceilings[i]
			} else {
				most += floors[i]
			}
		}
		total := rapid.Int64Range(least, most).Draw(t, "total")
		amounts, _, err := budget.Share(total, claims, floors, ceilings)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		exact := filled(total, claims, floors, ceilings)
		for i, amount := range amounts {
			sum += amount
			if amount < floors[i] || amount > ceilings[i] {
				t.Fatalf("%d: %d is not between %d and %d", i, amount, floors[i], ceilings[i])
			}
			if away, _ := new(big.Rat).Sub(new(big.Rat).SetInt64(amount), exact[i]).Float64(); math.Abs(away) > 1+1e-6 {
				t.Fatalf("%d: %d is %g fen from the exact share; %v of claims %v between %v and %v", i, amount, away, amounts, claims, floors, ceilings)
			}
			for k := range i {
				if floors[i] == floors[k] && ceilings[i] == ceilings[k] && claims[i] > claims[k] && amount < amounts[k] {
					t.Fatalf("the claim %d gets %d and %d gets %d", claims[i], amount, claims[k], amounts[k])
				}
			}
		}
		if sum != total {
			t.Fatalf("the amounts add up to %d, not to %d", sum, total)
		}
	})
}

// filled finds the level by halving, as the definition has it: min(ceiling, max(floor, level*claim)).
func filled(total int64, claims, floors, ceilings []int64) []*big.Rat {
	at := func(level *big.Rat) ([]*big.Rat, *big.Rat) {
		sum, amounts := new(big.Rat), make([]*big.Rat, len(claims))
		for i := range claims {
			amount := new(big.Rat).Mul(level, new(big.Rat).SetInt64(claims[i]))
			if low := new(big.Rat).SetInt64(floors[i]); amount.Cmp(low) < 0 {
				amount = low
			}
			if high := new(big.Rat).SetInt64(ceilings[i]); amount.Cmp(high) > 0 {
				amount = high
			}
			amounts[i] = amount
			sum.Add(sum, amount)
		}
		return amounts, sum
	}
	low, high := new(big.Rat), big.NewRat(4_000_000_000_000, 1)
	const halvings = 110 // of 2^42 to far below a fen of the largest claim
	for range halvings {
		level := new(big.Rat).Add(low, high)
		level.Quo(level, big.NewRat(2, 1))
		if _, sum := at(level); sum.Cmp(new(big.Rat).SetInt64(total)) < 0 {
			low = level
		} else {
			high = level
		}
	}
	amounts, _ := at(high)
	return amounts
}
