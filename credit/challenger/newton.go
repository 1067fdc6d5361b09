package challenger

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// How Newton's method goes on and ends.
const (
	stepTolerance = 1e-11 // standard errors of a step; convergence is quadratic: the error after such a step is far below it
	stepsMax      = 100   // a maximum that exists is found in about ten, and in a few dozen where values are extreme
	worse         = 1e-10 // relative rise of the penalised deviance that is more than rounding, and halves the step
	blockRows     = 4096  // patterns summed together; the sums of blocks are added in their order by one goroutine
)

// solution is where Newton's method ended.
type solution struct {
	beta       []float64
	covariance []float64 // inverse information at beta, row by row
	deviance   float64
	steps      int
}

// sums are what a step needs of all records.
type sums struct {
	deviance    float64
	gradient    []float64
	information []float64 // upper triangle, row by row
}

// newton maximises the likelihood, penalised where ridge is above 0. apart is not nil when the classes separate, and
// there is no maximum.
func (p *patterns) newton(ridge float64) (fit solution, apart *separation, err error) {
	beta := make([]float64, p.width)
	beta[0] = math.Log(total(p.bad) / (total(p.records) - total(p.bad)))
	from, last := beta, math.Inf(1)
	var step []float64
	for n := range stepsMax {
		s := p.sum(beta)
		s.penalise(beta, ridge)
		if s.deviance > last+worse*math.Abs(last) {
			beta = between(from, beta)
			continue
		}
		inverse := invert(s.information, p.width)
		if inverse == nil {
			return solution{}, p.separates(step), fmt.Errorf("%w: the information is not positive definite at step %d", ErrNoConvergence, n+1)
		}
		from, last = beta, s.deviance
		step = multiply(inverse, s.gradient)
		beta = plus(beta, step)
		if dot(step, s.gradient) <= stepTolerance*stepTolerance { // the square of the step in standard errors
			return solution{beta, inverse, p.sum(beta).deviance, n + 1}, nil, nil
		}
		if n >= firstLook && ridge == 0 {
			if apart := p.separates(step); apart != nil {
				return solution{}, apart, nil
			}
		}
	}
	return solution{}, nil, fmt.Errorf("%w: still moving after %d steps; look for a column with a few extreme values", ErrNoConvergence, stepsMax)
}

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func between(a, b []float64) []float64 {
	middle := make([]float64, len(a))
	for i := range a {
		middle[i] = (a[i] + b[i]) / 2
	}
	return middle
}

func plus(a, b []float64) []float64 {
	sum := slices.Clone(a)
	for i, v := range b {
		sum[i] += v
	}
	return sum
}

func largest(step []float64) (size float64) {
	for _, v := range step {
		size = max(size, math.Abs(v))
	}
	return size
}

// sum adds up the blocks, on as many goroutines as there are processors.
func (p *patterns) sum(beta []float64) sums {
	blocks := make([]sums, (len(p.records)+blockRows-1)/blockRows)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(blocks)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(blocks); i = int(next.Add(1)) - 1 {
				blocks[i] = p.block(i, beta)
			}
		})
	}
	workers.Wait()
	all := blocks[0]
	for _, b := range blocks[1:] {
		all.deviance += b.deviance
		for i, v := range b.gradient {
			all.gradient[i] += v
		}
		for i, v := range b.information {
			all.information[i] += v
		}
	}
	return all
}

// block sums over the patterns of one block.
func (p *patterns) block(n int, beta []float64) sums {
	k := p.width
	s := sums{gradient: make([]float64, k), information: make([]float64, k*k)}
	for i := n * blockRows; i < min((n+1)*blockRows, len(p.records)); i++ {
		row := p.row(i)
		bad, good := p.bad[i], p.records[i]-p.bad[i]
		odds := dot(row, beta)
		e := math.Exp(-math.Abs(odds))
		rare, often, log := e/(1+e), 1/(1+e), math.Log1p(e)
		chance, spared := rare, often // of being bad and good
		if odds >= 0 {
			chance, spared = often, rare
		}
		s.deviance += 2 * (float64(bad*(log+max(-odds, 0))) + float64(good*(log+max(odds, 0))))
		residual := float64(bad*spared) - float64(good*chance)
		weight := float64(p.records[i] * float64(rare*often))
		for a, v := range row {
			s.gradient[a] += float64(residual * v)
			scaled := float64(weight * v)
			below := s.information[a*k : a*k+k]
			for b := a; b < len(row); b++ {
				below[b] += float64(scaled * row[b])
			}
		}
	}
	return s
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += float64(v * b[i])
	}
	return sum
}

// penalise adds the ridge to all but the intercept.
func (s *sums) penalise(beta []float64, ridge float64) {
	k := len(beta)
	for j := 1; j < k; j++ {
		s.deviance += float64(ridge * float64(beta[j]*beta[j]))
		s.gradient[j] -= float64(ridge * beta[j])
		s.information[j*k+j] += ridge
	}
}

// invert inverts a symmetric matrix given by its upper triangle, by Cholesky's decomposition; nil when it is not
// positive definite.
func invert(upper []float64, k int) []float64 {
	lower := make([]float64, k*k)
	for i := range k {
		for j := range i + 1 {
			v := upper[j*k+i]
			for m := range j {
				v -= float64(lower[i*k+m] * lower[j*k+m])
			}
			if i != j {
				lower[i*k+j] = v / lower[j*k+j]
				continue
			}
			if !(v > 0) {
				return nil
			}
			lower[i*k+i] = math.Sqrt(v)
		}
	}
	inverse := make([]float64, k*k)
	for c := range k { // solve for each column of the unit matrix
		column := make([]float64, k)
		column[c] = 1
		for i := range k {
			for m := range i {
				column[i] -= float64(lower[i*k+m] * column[m])
			}
			column[i] /= lower[i*k+i]
		}
		for i := k - 1; i >= 0; i-- {
			for m := i + 1; m < k; m++ {
				column[i] -= float64(lower[m*k+i] * column[m])
			}
			column[i] /= lower[i*k+i]
			inverse[i*k+c] = column[i]
		}
	}
	return inverse
}

func multiply(matrix, vector []float64) []float64 {
	k := len(vector)
	product := make([]float64, k)
	for i := range product {
		product[i] = dot(matrix[i*k:(i+1)*k], vector)
	}
	return product
}
