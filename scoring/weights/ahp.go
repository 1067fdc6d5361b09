package weights

import (
	"math"
	"slices"
)

// randomIndex is the mean consistency index of random matrices of 1, 2, ... 10 things (Saaty 1980). More than ten are
// not compared: they would ask more than 45 judgements of one person, and Saaty advises about seven.
var randomIndex = [...]float64{0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49}

// MaxConsistencyRatio is the line below which judgements are taken as consistent (Saaty 1980): a tenth of what random
// judgements would show.
const MaxConsistencyRatio = 0.1

// iterations of the power method. Each brings the vector nearer to the eigenvector by the factor tanh(D/4) at least in
// Hilbert's metric (Birkhoff 1957), with D <= 4 ln 9 on Saaty's scale, that is 0.976: 2,000 reach the last bit of any
// matrix that a Matrix can hold.
const iterations = 2000

// Priorities are the weights that a matrix of judgements implies, and how well the judgements fit each other. Slices
// are in the order of the matrix.
type Priorities struct {
	IDs       []string
	Weights   []float64 // principal right eigenvector, adding up to 1 (Saaty 1977)
	RowMeans  []float64 // geometric means of the rows, adding up to 1 (Crawford and Williams 1985): a cross-check, equal up to three things
	LambdaMax float64
	CI        float64 // (LambdaMax-n)/(n-1), never below 0; 0 for one thing
	RI        float64 // random index
	CR        float64 // CI/RI; 0 for one and two things, which cannot contradict
	Worst     Misfit  // the judgement farthest from what all together imply; zero for one thing
}

// Consistent says whether the ratio lies below Saaty's line.
func (p *Priorities) Consistent() bool { return p.CR < MaxConsistencyRatio }

// Misfit is a judgement beside what the weights make of it. It is written in the direction in which Given is too large.
type Misfit struct {
	A, B    string
	Given   float64
	Implied float64 // weight of A over weight of B
}

// Priorities finds the weights by power iteration from the geometric means of the rows. Among judgements that are
// equally far off, Worst is the first of the upper triangle.
func (m *Matrix) Priorities() Priorities {
	n := len(m.ids)
	p := Priorities{IDs: slices.Clone(m.ids), RowMeans: m.rowMeans(), RI: randomIndex[n-1]}
	p.Weights, p.LambdaMax = m.eigenvector(p.RowMeans)
	if n > 1 {
		p.CI = max(0, p.LambdaMax-float64(n)) / float64(n-1)
		p.Worst = m.worst(p.Weights)
	}
	if p.RI > 0 {
		p.CR = p.CI / p.RI
	}
	return p
}

func (m *Matrix) rowMeans() []float64 {
	means := make([]float64, len(m.a))
	for i, row := range m.a {
		var sum float64
		for _, v := range row {
			sum += math.Log(v)
		}
		means[i] = math.Exp(sum / float64(len(row)))
	}
	return normalised(means)
}

// eigenvector returns the principal right eigenvector, adding up to 1, and its eigenvalue.
func (m *Matrix) eigenvector(start []float64) (w []float64, lambda float64) {
	w = start
	for range iterations {
		product := make([]float64, len(w))
		lambda = 0
		for i, row := range m.a {
			for j, v := range row {
				product[i] += float64(v * w[j])
			}
			lambda += product[i] // over the sum of w, which is 1
		}
		next := normalised(product)
		if slices.Equal(next, w) {
			break
		}
		w = next
	}
	return w, lambda
}

// worst finds the judgement with the largest a_ij * w_j / w_i or its reciprocal.
func (m *Matrix) worst(w []float64) Misfit {
	var worst Misfit
	var farthest float64
	for i := range w {
		for j := i + 1; j < len(w); j++ {
			over, under := i, j
			if float64(m.a[i][j]*w[j]) < w[i] {
				over, under = j, i
			}
			if off := float64(m.a[over][under]*w[under]) / w[over]; off > farthest {
				farthest = off
				worst = Misfit{m.ids[over], m.ids[under], m.a[over][under], w[over] / w[under]}
			}
		}
	}
	return worst
}
