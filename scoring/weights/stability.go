package weights

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// The defaults of a perturbation.
const (
	// DefaultSpread moves each weight by up to a fifth of itself, 30 percent to between 24 and 36: about what two
	// reasonable people differ by (ours).
	DefaultSpread = 0.2
	// DefaultDraws gives shares with a standard error of at most 1.6 points.
	DefaultDraws = 1000
)

// intervalTail is the share of draws outside a rank interval at each end, so that nine in ten lie within.
const intervalTail = 0.05

// fewOutcomes is up to how many outcomes all pairs are listed (190), beyond it those of neighbours.
const fewOutcomes = 20

// Perturbation says how weights are drawn: each is multiplied by its own uniform number from 1-Spread to 1+Spread, and
// all are brought back to a sum of 1. It is the plainest model to explain, it needs no function but the four rules of
// arithmetic, whose results are the same bits on every machine, and no weight changes its sign or vanishes; a Dirichlet
// distribution would need gamma variates for much the same answer.
type Perturbation struct {
	Seed   uint64  // of PCG; draw number i has the stream i
	Draws  int     // 1 to 1,000,000
	Spread float64 // above 0, below 1
}

const mostDraws = 1_000_000

// Pair is two outcomes of unequal base value.
type Pair struct {
	Better, Worse string  // at the base
	Gap           float64 // between their base values
	Kept          float64 // share of draws in which the better one is not the worse one
}

// Standing is how one outcome stands.
type Standing struct {
	ID        string
	Value     float64 // base, rounded
	Grade     string  // by the base value alone
	Rank      int     // at the base, from 1, ties sharing the best
	Best      int     // rank that only a twentieth of the draws goes above
	Worst     int     // rank that only a twentieth of the draws goes below
	GradeKept float64 // share of draws with the base grade
}

// Stability is what a perturbation did.
type Stability struct {
	Perturbation
	Outcomes   []Standing // from the best
	Pairs      []Pair     // all when there are at most 20 outcomes, else neighbours; from the best
	OrderKept  float64    // mean share of pairs of unequal base value whose order is not turned round; NaN without such pairs
	OrderWorst float64    // the same in the draw that turns the most
	GradesKept float64    // mean share of outcomes that keep their grade
}

// tally counts over draws. Only whole numbers are added up, so that it makes no difference who counted what.
type tally struct {
	kept   []int64 // by pair
	graded []int64 // by outcome
	turned []int64 // by draw
	ranks  []int32 // by outcome, then draw
}

// Perturb draws weights around the base. It takes about four bytes for every outcome and draw, and uses all processors;
// the result is the same for any number of them. ErrSetting for an unusable perturbation.
func (s *Study) Perturb(p Perturbation) (Stability, error) {
	if p.Draws < 1 || p.Draws > mostDraws {
		return Stability{}, fmt.Errorf("%w: found %d draws, expected 1 to %d", ErrSetting, p.Draws, mostDraws)
	}
	if !(p.Spread > 0 && p.Spread < 1) {
		return Stability{}, fmt.Errorf("%w: found a spread of %g, expected more than 0 and less than 1, such as %g", ErrSetting, p.Spread, DefaultSpread)
	}
	pairs := s.listedPairs()
	workers := min(runtime.GOMAXPROCS(0), p.Draws)
	total := tally{make([]int64, len(pairs)), make([]int64, len(s.outcomes)), make([]int64, p.Draws), make([]int32, len(s.outcomes)*p.Draws)}
	parts := make([]tally, workers)
	var done sync.WaitGroup
	for w := range workers {
		parts[w] = tally{make([]int64, len(pairs)), make([]int64, len(s.outcomes)), total.turned, total.ranks} // each draw has its own cells
		done.Go(func() {
			d := newDrawing(s)
			for draw := w; draw < p.Draws; draw += workers {
				parts[w].count(d, pairs, p, draw)
			}
		})
	}
	done.Wait()
	for _, part := range parts {
		add(total.kept, part.kept)
		add(total.graded, part.graded)
	}
	return s.stability(p, pairs, &total), nil
}

func add(to, from []int64) {
	for i, n := range from {
		to[i] += n
	}
}

// listedPairs are the pairs to report, by their places.
func (s *Study) listedPairs() [][2]int {
	reach := 1
	if len(s.outcomes) <= fewOutcomes {
		reach = len(s.outcomes)
	}
	var pairs [][2]int
	for i := range s.outcomes {
		for j := i + 1; j < min(i+1+reach, len(s.outcomes)); j++ {
			if s.base[i] != s.base[j] {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

// count makes one draw.
func (t *tally) count(d *drawing, pairs [][2]int, p Perturbation, draw int) {
	s := d.study
	s.values(s.draw(p, draw), d.values)
	for k, pair := range pairs {
		if d.values[pair[0]] >= d.values[pair[1]] {
			t.kept[k]++
		}
	}
	for i, v := range d.values {
		if s.band(v) == s.band(s.base[i]) {
			t.graded[i]++
		}
	}
	t.turned[draw] = d.reversed()
	d.ranks(func(at, rank int32) { t.ranks[int(at)*p.Draws+draw] = rank })
}

// draw returns the weights of one draw.
func (s *Study) draw(p Perturbation, number int) []float64 {
	random := rand.New(rand.NewPCG(p.Seed, uint64(number)))
	weights := make([]float64, len(s.weights))
	for j, w := range s.weights {
		weights[j] = w * (1 + float64(p.Spread*(2*random.Float64()-1)))
	}
	return normalised(weights)
}

func (s *Study) stability(p Perturbation, pairs [][2]int, t *tally) Stability {
	draws := float64(p.Draws)
	out := Stability{Perturbation: p, OrderKept: math.NaN(), OrderWorst: math.NaN()}
	for k, pair := range pairs {
		i, j := pair[0], pair[1]
		out.Pairs = append(out.Pairs, Pair{s.outcomes[i].ID, s.outcomes[j].ID, float64(s.base[i]-s.base[j]) / nanos, float64(t.kept[k]) / draws})
	}
	var turned, graded int64
	for i := range t.turned {
		turned += t.turned[i]
	}
	rank := 0
	for i := range s.outcomes {
		if i == 0 || s.base[i] != s.base[i-1] {
			rank = i + 1
		}
		ranks := t.ranks[i*p.Draws : (i+1)*p.Draws]
		slices.Sort(ranks)
		tail := int(intervalTail * draws)
		graded += t.graded[i]
		out.Outcomes = append(out.Outcomes, Standing{s.outcomes[i].ID, s.rounded(s.base[i]), s.bands[s.band(s.base[i])].ID, rank,
			int(ranks[tail]), int(ranks[p.Draws-1-tail]), float64(t.graded[i]) / draws})
	}
	if s.pairs > 0 {
		out.OrderKept = 1 - float64(turned)/(draws*float64(s.pairs))
		out.OrderWorst = 1 - float64(slices.Max(t.turned))/float64(s.pairs)
	}
	out.GradesKept = float64(graded) / (draws * float64(len(s.outcomes)))
	return out
}
