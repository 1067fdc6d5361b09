package integrity

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// population describes honest respondents of a synthetic survey. Every answer is the respondent's level, plus a part
// that the items of one dimension share, plus a part of its own, times the respondent's own spread; it is cut at the
// ends of the scale and rounded to whole steps.
type population struct {
	respondents, items, dimensions int
	step                           float64 // points: 1 for whole points, 20 for five faces
	mean, level, dimension, own    float64 // points: mean, and standard deviations
	missing                        float64 // share of items left blank
}

// survey is the population that the tests use unless they say otherwise: contented recipients, twelve items.
var survey = population{respondents: 1000, items: 12, dimensions: 4, step: 5, mean: 80, level: 10, dimension: 4, own: 6, missing: 0.02}

func (p population) sheets(seed uint64) []Sheet {
	random := rand.New(rand.NewPCG(seed, 1))
	backing := make([]int32, p.respondents*p.items)
	sheets := make([]Sheet, p.respondents)
	shared := make([]float64, p.dimensions)
	for i := range sheets {
		answers := backing[i*p.items : (i+1)*p.items : (i+1)*p.items]
		level := p.mean + p.level*random.NormFloat64()
		spread := math.Exp(0.5 * random.NormFloat64())
		for d := range shared {
			shared[d] = p.dimension * random.NormFloat64()
		}
		for item := range answers {
			v := level + spread*(shared[item*p.dimensions/p.items]+p.own*random.NormFloat64())
			answers[item] = int32(math.Round(min(100, max(0, v))/p.step) * p.step * PerPoint)
			if random.Float64() < p.missing {
				answers[item] = Missing
			}
		}
		sheets[i] = Sheet{Respondent: fmt.Sprintf("r%07d", i), Answers: answers}
	}
	return sheets
}
