package validation

import "math"

// The precision of TransitionProbabilities. After halving the time until at most one jump is expected, the terms left
// out add up to less than 1/21!, 2e-20. Each doubling back doubles the error of rounding, 1e-16; a million expected
// jumps still leave nine digits. A row may miss zero by generatorSlack of its largest rate, the rounding of its source.
const (
	seriesTerms    = 21
	mostJumps      = 1 << 20
	generatorSlack = 1e-9
)

// TransitionProbabilities is the matrix of probabilities to be in state j after a duration when the state was i before:
// the matrix exponential of duration times the generator. It is computed by uniformisation (Jensen 1953): a Poisson
// mixture of the powers of a matrix without negative entries over a short time, then squared; so nothing cancels, and no
// probability is negative. Errors: ErrNotGenerator, ErrHorizon (also above a million expected jumps).
func TransitionProbabilities(generator [][]float64, duration float64) ([][]float64, error) {
	fastest, err := checkGenerator(generator)
	if err != nil {
		return nil, err
	}
	mean := fastest * duration
	if !(duration >= 0 && mean <= mostJumps) {
		return nil, at(ErrHorizon, "found %g with rates up to %g", duration, fastest)
	}
	if fastest == 0 {
		return identity(len(generator)), nil
	}
	jumps := identity(len(generator)) // of the uniformised chain: I + G/fastest
	for i, row := range generator {
		for j, rate := range row {
			jumps[i][j] = max(0, jumps[i][j]+rate/fastest)
		}
	}
	doublings := 0
	for ; mean > 1; mean /= 2 {
		doublings++
	}
	p := poissonMixture(jumps, mean)
	for range doublings {
		p = product(p, p)
	}
	return p, nil
}

// checkGenerator returns the fastest rate out of a state.
func checkGenerator(generator [][]float64) (fastest float64, err error) {
	for i, row := range generator {
		if len(row) != len(generator) {
			return 0, at(ErrNotGenerator, "row %d has %d of %d columns", i, len(row), len(generator))
		}
		var total, largest float64
		for j, rate := range row {
			if !finite(rate) || i != j && rate < 0 {
				return 0, at(ErrNotGenerator, "row %d, column %d has %g", i, j, rate)
			}
			total += rate
			largest = max(largest, math.Abs(rate))
		}
		if math.Abs(total) > float64(generatorSlack*largest) {
			return 0, at(ErrNotGenerator, "row %d adds up to %g", i, total)
		}
		fastest = max(fastest, largest)
	}
	return fastest, nil
}

// poissonMixture is the sum of jumps^n times the probability of n events when mean are expected, mean at most 1.
func poissonMixture(jumps [][]float64, mean float64) [][]float64 {
	power, weight := identity(len(jumps)), math.Exp(-mean)
	mixture := make([][]float64, len(jumps))
	for i := range mixture {
		mixture[i] = make([]float64, len(jumps))
	}
	for n := range seriesTerms {
		for i := range mixture {
			for j := range mixture[i] {
				mixture[i][j] += float64(weight * power[i][j])
			}
		}
		power, weight = product(power, jumps), weight*mean/float64(n+1)
	}
	return mixture
}

func identity(k int) [][]float64 {
	m := make([][]float64, k)
	for i := range m {
		m[i] = make([]float64, k)
		m[i][i] = 1
	}
	return m
}

func product(a, b [][]float64) [][]float64 {
	m := make([][]float64, len(a))
	for i := range m {
		m[i] = make([]float64, len(b))
		for j := range m[i] {
			for k := range b {
				m[i][j] += float64(a[i][k] * b[k][j])
			}
		}
	}
	return m
}
