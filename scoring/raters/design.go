package raters

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// design is the sparse table of raters and objects, without ratios of variances. The longer of the two sides is
// eliminated from the equations ("out"), since its block is diagonal; the shorter is kept.
type design struct {
	raters, objects                 []int32 // IDs, ascending
	raterComponent, objectComponent []int
	components                      int
	total                           float64 // number of values
	mean                            float64 // of all values; everything below is centred on it
	square                          float64 // sum of squares
	within                          float64 // sum of squares of the values of one rater and object around their mean
	out, kept                       side
	sum                             []float64 // of the values of each pair, in the order of out
	ratersOut                       bool
}

// side is the table read along its raters or along its objects, in compressed rows.
type side struct {
	start []int     // the pairs of level i are start[i]:start[i+1]
	other []int32   // level of the pair on the other side, ascending within a level
	count []float64 // values of the pair
	n     []float64 // values of the level
	y     []float64 // sum of the values of the level
}

// pair is all values of one rater on one object.
type pair struct {
	rater, object int32 // positions
	count, sum    float64
}

func (d *design) raterSide() *side {
	if d.ratersOut {
		return &d.out
	}
	return &d.kept
}

func (d *design) objectSide() *side {
	if d.ratersOut {
		return &d.kept
	}
	return &d.out
}

func (d *design) outComponent() []int {
	if d.ratersOut {
		return d.raterComponent
	}
	return d.objectComponent
}

func (d *design) keptComponent() []int {
	if d.ratersOut {
		return d.objectComponent
	}
	return d.raterComponent
}

// checkFinite returns an error that names the first value that is no number.
func checkFinite(cells []Cell) error {
	for i, c := range cells {
		if math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
			return fmt.Errorf("cell %d (rater %d, object %d): found %g, expected a finite number; leave a missing value out: %w", i, c.Rater, c.Object, c.Value, ErrNotFinite)
		}
	}
	return nil
}

func newDesign(cells []Cell) (*design, error) {
	if err := checkFinite(cells); err != nil {
		return nil, err
	}
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Rater, b.Rater), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Value, b.Value))
	})
	d := &design{total: float64(len(sorted))}
	d.raters = distinct(sorted, func(c Cell) int32 { return c.Rater })
	d.objects = distinct(sorted, func(c Cell) int32 { return c.Object })
	if len(d.raters) < 2 {
		return nil, fmt.Errorf("found %d raters, expected at least 2: %w", len(d.raters), ErrTooFewRaters)
	}
	if len(d.objects) < 2 {
		return nil, fmt.Errorf("found %d objects, expected at least 2: %w", len(d.objects), ErrTooFewObjects)
	}
	if !slices.ContainsFunc(sorted, func(c Cell) bool { return c.Value != sorted[0].Value }) {
		return nil, fmt.Errorf("all %d values are %g: %w", len(sorted), sorted[0].Value, ErrNoVariation)
	}
	pairs := d.merge(sorted)
	if !(d.square > 0) || math.IsInf(d.square, 1) {
		return nil, fmt.Errorf("found a sum of squares of %g, expected one that a float holds; scale the values: %w", d.square, ErrNotFinite)
	}
	d.connect(pairs)
	d.arrange(pairs)
	return d, nil
}

// distinct returns the IDs that occur, ascending.
func distinct(cells []Cell, id func(Cell) int32) []int32 {
	all := make([]int32, len(cells))
	for i, c := range cells {
		all[i] = id(c)
	}
	slices.Sort(all)
	return slices.Clip(slices.Compact(all))
}

// merge centres the values and adds those of one rater on one object, in order of rater, object and value.
func (d *design) merge(sorted []Cell) []pair {
	var sum float64
	for _, c := range sorted {
		sum += c.Value
	}
	d.mean = sum / d.total
	position := make(map[int32]int32, len(d.objects))
	for i, id := range d.objects {
		position[id] = int32(i)
	}
	var pairs []pair
	rater := int32(0)
	for i := 0; i < len(sorted); {
		first := sorted[i]
		for d.raters[rater] != first.Rater {
			rater++
		}
		p := pair{rater: rater, object: position[first.Object]}
		from := i
		for ; i < len(sorted) && sorted[i].Rater == first.Rater && sorted[i].Object == first.Object; i++ {
			v := sorted[i].Value - d.mean
			p.count++
			p.sum += v
			d.square += float64(v * v)
		}
		for _, c := range sorted[from:i] {
			v := c.Value - d.mean - p.sum/p.count
			d.within += float64(v * v)
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// connect finds the components of the graph of raters and objects and numbers them by their first rater.
func (d *design) connect(pairs []pair) {
	nR := int32(len(d.raters))
	parent := make([]int32, len(d.raters)+len(d.objects))
	for i := range parent {
		parent[i] = int32(i)
	}
	root := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, p := range pairs {
		a, b := root(p.rater), root(nR+p.object)
		parent[max(a, b)] = min(a, b)
	}
	number := make([]int, nR) // a root is the smallest rater of its component
	d.raterComponent, d.objectComponent = make([]int, nR), make([]int, len(d.objects))
	for i := range nR {
		if root(i) == i {
			number[i] = d.components
			d.components++
		}
		d.raterComponent[i] = number[root(i)]
	}
	for i := range d.objects {
		d.objectComponent[i] = number[root(nR+int32(i))]
	}
}

// arrange reads the pairs, which come in order of rater and object, along both sides.
func (d *design) arrange(pairs []pair) {
	rater := func(p pair) (int32, int32) { return p.rater, p.object }
	object := func(p pair) (int32, int32) { return p.object, p.rater }
	byRater := newSide(len(d.raters), pairs, rater)
	byObject := newSide(len(d.objects), pairs, object)
	d.ratersOut = len(d.raters) >= len(d.objects)
	d.out, d.kept = byObject, byRater
	if d.ratersOut {
		d.out, d.kept = byRater, byObject
	} else {
		slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.object, b.object) })
	}
	d.sum = make([]float64, len(pairs))
	for i, p := range pairs {
		d.sum[i] = p.sum
	}
}

func newSide(levels int, pairs []pair, ends func(pair) (int32, int32)) side {
	s := side{make([]int, levels+1), make([]int32, len(pairs)), make([]float64, len(pairs)), make([]float64, levels), make([]float64, levels)}
	for _, p := range pairs {
		level, _ := ends(p)
		s.start[level+1]++
	}
	for i := range levels {
		s.start[i+1] += s.start[i]
	}
	next := slices.Clone(s.start)
	for _, p := range pairs {
		level, other := ends(p)
		s.other[next[level]], s.count[next[level]] = other, p.count
		next[level]++
		s.n[level] += p.count
		s.y[level] += p.sum
	}
	return s
}

// times returns the sums of v, one number per level of the other side, over the values of each level.
func (s *side) times(v []float64) []float64 {
	out := make([]float64, len(s.n))
	for i := range out {
		for c := s.start[i]; c < s.start[i+1]; c++ {
			out[i] += float64(s.count[c] * v[s.other[c]])
		}
	}
	return out
}

// dot is the sum of a[i]*b[i].
func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += float64(v * b[i])
	}
	return sum
}
