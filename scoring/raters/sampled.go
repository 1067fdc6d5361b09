package raters

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

const (
	// lanes is how many systems are solved side by side, so that one pass over the pairs serves all; eight float64 fill
	// one line of a processor's cache.
	lanes = 8
	// rights is how many right sides come in one call; the other lanes carry probes of the traces. A point takes two
	// calls and so has 12 probes, which put a variance off the exact one by less than a tenth of its standard error in
	// designs at random, and by some 0.3 (1/sqrt(12), as the probes add a twelfth to the score's variance) at worst.
	rights = 2
	// drawBlocks blocks of lanes are the draws behind the spread of the raters, 64 in all: its share in a standard
	// error is then off by 9 percent (1/sqrt(2*64)).
	drawBlocks = 8
	// probeSeed fixes the probes; any number would do.
	probeSeed = 20150101
	// Relative residuals, in the norm of the preconditioner, at which a system counts as solved: what is reported as it
	// stands, what is averaged over probes, and what is squared and averaged over draws.
	solved, probed, drawn = 1e-9, 1e-6, 1e-3
	// maxPasses ends a system that does not settle; real designs take 20 to 100 passes.
	maxPasses = 2000
	// sampledTolerance ends a climb far below the sampling error.
	sampledTolerance = 1e-5
)

// lane holds one number of each of the systems solved side by side.
type lane [lanes]float64

// sampled solves by conjugate gradients, preconditioned by the diagonal, and estimates traces from seeded random signs
// (Hutchinson 1990), the determinant by Lanczos quadrature (Ubaru, Chen and Saad 2017) of the same systems.
type sampled struct {
	d        *design
	r        ratios
	weight   []float64 // W, out side
	diagonal []float64 // of S, kept side
	calls    int       // of solve since set
	sums     ratios    // over the probes of these calls
	lanczos  []tridiagonal
}

// tridiagonal is what conjugate gradients leave of a system: the Lanczos matrix of its preconditioned operator.
type tridiagonal struct{ alpha, beta []float64 }

func newSampled(d *design) *sampled { return &sampled{d: d} }

func (s *sampled) tolerance() float64 { return sampledTolerance }
func (s *sampled) smooth() bool       { return false }

func (s *sampled) set(r ratios) {
	d := s.d
	s.r, s.calls, s.sums, s.lanczos = r, 0, ratios{}, nil
	s.weight, s.diagonal = make([]float64, len(d.out.n)), make([]float64, len(d.kept.n))
	for i, n := range d.out.n {
		s.weight[i] = r.out / (1 + float64(r.out*n))
	}
	for i, n := range d.kept.n {
		for c := d.kept.start[i]; c < d.kept.start[i+1]; c++ {
			n -= float64(float64(d.kept.count[c]*d.kept.count[c]) * s.weight[d.kept.other[c]])
		}
		s.diagonal[i] = 1 + float64(r.kept*n)
	}
}

// gather adds up the values of v over the pairs of level i. Nine tenths of a large fit are spent here, so the lanes are
// written out: they stay in registers, which a loop over them does not do.
func (s *side) gather(i int, v []lane) lane {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	counts, others := s.count[s.start[i]:s.start[i+1]], s.other[s.start[i]:s.start[i+1]]
	for c, other := range others {
		n, from := counts[c], &v[other]
		s0 += float64(n * from[0])
		s1 += float64(n * from[1])
		s2 += float64(n * from[2])
		s3 += float64(n * from[3])
		s4 += float64(n * from[4])
		s5 += float64(n * from[5])
		s6 += float64(n * from[6])
		s7 += float64(n * from[7])
	}
	return lane{s0, s1, s2, s3, s4, s5, s6, s7}
}

// inParts runs a task on parts of 0..n at the same time; as each level is computed alone, their number changes no bit.
func inParts(n int, task func(from, to int)) {
	parts := runtime.GOMAXPROCS(0)
	var wait sync.WaitGroup
	for p := range parts {
		wait.Go(func() { task(p*n/parts, (p+1)*n/parts) })
	}
	wait.Wait()
}

// apply sets to = S v; between, of the out side's length, is left at W N v.
func (s *sampled) apply(to, v, between []lane) {
	inParts(len(between), func(from, end int) {
		for i := from; i < end; i++ {
			sum := s.d.out.gather(i, v)
			for k := range sum {
				between[i][k] = float64(s.weight[i] * sum[k])
			}
		}
	})
	inParts(len(to), func(from, end int) {
		for i := from; i < end; i++ {
			sum, n := s.d.kept.gather(i, between), s.d.kept.n[i]
			for k := range sum {
				to[i][k] = v[i][k] + float64(s.r.kept*(float64(n*v[i][k])-sum[k]))
			}
		}
	})
}

// conjugate solves S x = right in every lane to its relative residual and returns x and the Lanczos matrices; right is
// overwritten.
func (s *sampled) conjugate(right []lane, limits lane) (x []lane, left []tridiagonal, err error) {
	x = make([]lane, len(right))
	image, between := make([]lane, len(right)), make([]lane, len(s.weight))
	direction := make([]lane, len(right))
	left = make([]tridiagonal, lanes)
	size := s.precondition(direction, right, lane{})
	first := size
	for range maxPasses {
		running := false
		var step lane
		s.apply(image, direction, between)
		curve := products(direction, image)
		for k := range step {
			if size[k] > limits[k]*limits[k]*first[k] {
				running, step[k] = true, size[k]/curve[k]
				left[k].alpha = append(left[k].alpha, step[k])
			}
		}
		if !running {
			return x, left, nil
		}
		size = s.advance(x, right, direction, image, step, size, left)
	}
	return nil, nil, fmt.Errorf("after %d passes of conjugate gradients: %w", maxPasses, ErrNotConverged)
}

// advance moves the solutions one step and turns the directions; it returns the new squared sizes of the residuals.
func (s *sampled) advance(x, residual, direction, image []lane, step, size lane, left []tridiagonal) lane {
	for i := range x {
		for k, a := range step {
			x[i][k] += float64(a * direction[i][k])
			residual[i][k] -= float64(a * image[i][k])
		}
	}
	var turned, turn lane
	for i, d := range s.diagonal {
		for k, v := range residual[i] {
			turned[k] += float64(v*v) / d
		}
	}
	for k := range turn {
		if step[k] > 0 {
			turn[k] = turned[k] / size[k]
			left[k].beta = append(left[k].beta, turn[k])
		}
	}
	return s.precondition(direction, residual, turn)
}

// precondition sets direction = residual/diagonal + turn*direction and returns the squared sizes of the residuals.
func (s *sampled) precondition(direction, residual []lane, turn lane) (size lane) {
	for i, d := range s.diagonal {
		for k, v := range residual[i] {
			z := v / d
			size[k] += float64(v * z)
			direction[i][k] = z + float64(turn[k]*direction[i][k])
		}
	}
	return size
}

func products(a, b []lane) (sum lane) {
	for i := range a {
		for k, v := range a[i] {
			sum[k] += float64(v * b[i][k])
		}
	}
	return sum
}

func (s *sampled) solve(right ...[]float64) error {
	limits := lane{solved, solved, probed, probed, probed, probed, probed, probed}
	packed := make([]lane, len(s.diagonal))
	draw := newSigns(s.calls)
	for i, d := range s.diagonal {
		packed[i] = draw.next(math.Sqrt(d))
		for k, r := range right {
			packed[i][k] = r[i]
		}
	}
	x, left, err := s.conjugate(slices.Clone(packed), limits)
	if err != nil {
		return err
	}
	for k, r := range right {
		for i := range x {
			r[i] = x[i][k]
		}
	}
	s.calls++
	s.lanczos = append(s.lanczos, left[rights:]...)
	s.quadratic(packed, x)
	return nil
}

// signs draws the signs of the lanes of one block, from a stream that belongs to it.
type signs struct{ source *rand.PCG }

func newSigns(block int) signs { return signs{rand.NewPCG(probeSeed, uint64(block))} }

// next returns scale with a random sign in every lane.
func (s signs) next(scale float64) (out lane) {
	bits := s.source.Uint64()
	for k := range out {
		out[k] = math.Float64frombits(math.Float64bits(scale) ^ bits>>k&1<<63)
	}
	return out
}

// traces averages over the probes of the calls of solve since set.
func (s *sampled) traces() ratios {
	probes := float64(len(s.lanczos))
	trace := ratios{-float64(s.r.kept*s.sums.out) / probes, s.sums.kept / probes}
	for _, n := range s.d.out.n {
		trace.out += n / (1 + float64(s.r.out*n))
	}
	return trace
}

// quadratic adds up, over the lanes of probes, what estimates tr(S^-1 G), as in the exact solver, and tr(S^-1 L):
// probe'D^(-1/2) G z and probe'D^(-1/2) L z with z = S^-1 right and right = D^(1/2) probe.
func (s *sampled) quadratic(right, z []lane) {
	byLevel, bySquare := make([]lane, len(s.weight)), make([]lane, len(s.weight))
	for i, w := range s.weight {
		whole := 1 + float64(s.r.out*s.d.out.n[i])
		for k, v := range s.d.out.gather(i, z) {
			byLevel[i][k], bySquare[i][k] = float64(w*v), v/float64(whole*whole)
		}
	}
	for i, d := range s.diagonal {
		l, g, n := s.d.kept.gather(i, byLevel), s.d.kept.gather(i, bySquare), s.d.kept.n[i]
		for k := rights; k < lanes; k++ {
			v := right[i][k] / d
			s.sums.out += float64(v * g[k])
			s.sums.kept += float64(v * (float64(n*z[i][k]) - l[k]))
		}
	}
}

// logDet is sum log D plus the mean over the probes of probe'log(D^(-1/2) S D^(-1/2)) probe.
func (s *sampled) logDet() float64 {
	var sum, quadrature float64
	for _, d := range s.diagonal {
		sum += math.Log(d)
	}
	for _, t := range s.lanczos {
		quadrature += t.logarithm()
	}
	return sum + float64(len(s.diagonal))*quadrature/float64(len(s.lanczos))
}

// logarithm is the first diagonal element of log T, T being the Lanczos matrix (Saad 2003, section 6.7.3).
func (t tridiagonal) logarithm() (sum float64) {
	n := len(t.alpha)
	m := mat.NewSymDense(n, nil)
	for i, a := range t.alpha {
		v := 1 / a
		if i > 0 {
			v += t.beta[i-1] / t.alpha[i-1]
			m.SetSym(i-1, i, math.Sqrt(t.beta[i-1])/t.alpha[i-1])
		}
		m.SetSym(i, i, v)
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		return math.NaN()
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for i, v := range eigen.Values(nil) {
		first := vectors.At(0, i)
		sum += float64(first*first) * math.Log(v)
	}
	return sum
}

// spread estimates the diagonals from draws x with covariance S^-1, sampling only what is not known. Of the kept side
// that is what the other levels add: x is its mean given the others plus an independent part of variance 1/D. And of
// both sides it is not the common level of a component, whose 1'Sx has the variance 1'S1 and the covariance 1 with
// each x; where the residual is small, an error consists of little else.
func (s *sampled) spread(out bool) ([]float64, error) {
	limits := lane{drawn, drawn, drawn, drawn, drawn, drawn, drawn, drawn}
	component, common, whole := s.common(out)
	spread := make([]float64, len(common))
	for block := range drawBlocks {
		draw := s.draw(block)
		level := s.levels(draw)
		x, _, err := s.conjugate(slices.Clone(draw), limits)
		if err != nil {
			return nil, err
		}
		for i, c := range component {
			var of lane
			if out {
				of = s.d.out.gather(i, x)
			} else {
				for k, v := range x[i] {
					of[k] = v - draw[i][k]/s.diagonal[i]
				}
			}
			for k, v := range level[c] {
				of[k] -= float64(common[i]*v) / whole[c]
			}
			spread[i] += dot(of[:], of[:]) / (drawBlocks * lanes)
		}
	}
	for i, c := range component {
		spread[i] += float64(common[i]*common[i]) / whole[c]
		if !out {
			spread[i] += 1 / s.diagonal[i]
		}
	}
	return spread, nil
}

// common returns the component of each level of the side asked, the covariance of what is sampled of it with its
// component's 1'Sx, and the variance 1'S1 of each component.
func (s *sampled) common(out bool) (component []int, covariance, whole []float64) {
	whole = make([]float64, s.d.components)
	covariance = eliminated(s.d, s.r, s.d.out.n, s.d.kept.n) // L 1
	for i, c := range s.d.keptComponent() {
		one := 1 + float64(s.r.kept*covariance[i]) // of S 1
		whole[c] += one
		covariance[i] = 1 - one/s.diagonal[i]
	}
	if out {
		return s.d.outComponent(), s.d.out.n, whole
	}
	return s.d.keptComponent(), covariance, whole
}

// levels sums draws over each component: 1'Sx, since Sx is the draw.
func (s *sampled) levels(draw []lane) []lane {
	sums := make([]lane, s.d.components)
	for i, c := range s.d.keptComponent() {
		for k, v := range draw[i] {
			sums[c][k] += v
		}
	}
	return sums
}

// draw returns vectors with covariance S: signs plus sqrt(kept)*Z'H0^(-1/2) signs, where the root of H0^-1 takes
// (1-1/sqrt(1+out*n)) of the level's mean from each value of an out level.
func (s *sampled) draw(block int) []lane {
	draw := newSigns(-1 - block) // not the streams of the probes
	right := make([]lane, len(s.diagonal))
	for i := range right {
		right[i] = draw.next(1)
	}
	root := math.Sqrt(s.r.kept)
	var values []lane
	for i, n := range s.d.out.n {
		from, to := s.d.out.start[i], s.d.out.start[i+1]
		values = values[:0]
		var sum lane
		for c := from; c < to; c++ {
			v := draw.next(math.Sqrt(s.d.out.count[c]))
			for k := range sum {
				sum[k] += v[k]
			}
			values = append(values, v)
		}
		share := (1 - 1/math.Sqrt(1+float64(s.r.out*n))) / n
		for c := from; c < to; c++ {
			target := &right[s.d.out.other[c]]
			for k := range sum {
				target[k] += float64(root * (values[c-from][k] - float64(share*s.d.out.count[c])*sum[k]))
			}
		}
	}
	return right
}
