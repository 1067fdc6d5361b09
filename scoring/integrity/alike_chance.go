package integrity

import (
	"math"
	"slices"
)

const (
	// The most strata: tenths of the respondents by their mean answer, and fifths of each by their variability. Finer
	// ones would fit the groups that are looked for (ours).
	mostLevels, mostSpreads = 10, 5
	// smallestStratum is how many respondents a stratum has at least, where values are not tied (ours).
	smallestStratum = 50
	// priorAnswers is what the frequencies among all respondents count for within a stratum, in respondents (ours).
	priorAnswers = 10
)

// chance says how likely a respondent is to give certain answers, as a mixture over strata.
type chance struct {
	n        int             // respondents
	sizes    []float64       // of the strata
	code     []map[int32]int // by item and answer: where its counts begin
	count    [][]float64     // by item: of each answer, in each stratum
	products []float64       // of the strata, used again and again
}

// chanceOf counts the answers of the sheets at rows.
func chanceOf(sheets []Sheet, rows []int32) *chance {
	strata, of := strataOf(sheets, rows)
	items := len(sheets[rows[0]].Answers)
	c := &chance{
		n: len(rows), sizes: make([]float64, strata), products: make([]float64, strata),
		code: make([]map[int32]int, items), count: make([][]float64, items),
	}
	for item := range items {
		c.code[item] = map[int32]int{}
	}
	for i, row := range rows {
		c.sizes[of[i]]++
		for item, v := range sheets[row].Answers {
			at, known := c.code[item][v]
			if !known {
				at = len(c.count[item])
				c.code[item][v] = at
				c.count[item] = append(c.count[item], make([]float64, strata)...)
			}
			c.count[item][at+of[i]]++
		}
	}
	return c
}

// of is the probability that a respondent gives the answers of a band that this sheet gives: the sum over strata of
// share times the product of frequencies, each taken towards the frequency among all as by priorAnswers more answers.
func (c *chance) of(answers []int32, band []int) float64 {
	products := c.products
	for s, size := range c.sizes {
		products[s] = size / float64(c.n)
	}
	for _, item := range band {
		at := c.code[item][answers[item]]
		counts := c.count[item][at : at+len(c.sizes)]
		all := 0.0
		for _, count := range counts {
			all += count
		}
		prior := priorAnswers * all / float64(c.n)
		for s, count := range counts {
			products[s] *= (count + prior) / (c.sizes[s] + priorAnswers)
		}
	}
	sum := 0.0
	for _, p := range products {
		sum += p
	}
	return sum
}

// pairs says how often two answers of one sheet go together, beyond what its stratum explains.
type pairs struct {
	chance   *chance
	distinct *distinct
	count    map[[2]int][]int32 // by two items: respondents who give the two answers that a distinct sheet gives
}

// lifts returns, for each band, the factor by which the neighbouring answers of a distinct sheet go together more often
// than the strata explain, apart from the respondents near it: the product, over the items of the band and the next one,
// of the pair's frequency over its chance, each at least 1. It makes of independence within a stratum a chain in which
// each answer depends on the one before.
func (p *pairs) lifts(i, near int) []float64 {
	answers := p.distinct.answers(i)
	known := map[[2]int]float64{}
	lifts := make([]float64, len(p.distinct.bands))
	for b, band := range p.distinct.bands {
		lifts[b] = 1
		for at := range len(band) - 1 {
			key := [2]int{band[at], band[at+1]}
			factor, found := known[key]
			if !found {
				expected := float64(p.chance.n) * p.chance.of(answers, key[:])
				factor = max(1, float64(int(p.counted(key)[i])-near)/expected)
				known[key] = factor
			}
			lifts[b] = min(lifts[b]*factor, math.MaxFloat64) // an infinite lift of a chance of 0 would be no number
		}
	}
	return lifts
}

// counted returns, and keeps, the count of each distinct sheet's answers on two items.
func (p *pairs) counted(key [2]int) []int32 {
	if p.count[key] == nil {
		b := fill(&buckets{}, p.distinct.sheets, p.distinct.rows, p.distinct.weight, key[:])
		counts := make([]int32, len(b.of))
		for i, bucket := range b.of {
			counts[i] = b.weight[bucket]
		}
		p.count[key] = counts
	}
	return p.count[key]
}

// strataOf sorts respondents into strata by the level and then by the spread of their answers, and returns the number
// of strata and that of each respondent.
func strataOf(sheets []Sheet, rows []int32) (strata int, of []int) {
	levels, spreads := make([]float64, len(rows)), make([]float64, len(rows))
	for i, row := range rows {
		levels[i] = meanOf(sheets[row].Answers)
		if sd := Variability(sheets[row].Answers); !math.IsNaN(sd) { // NaN: a single answer has no spread
			spreads[i] = sd
		}
	}
	cuts := cutsOf(slices.Clone(levels), mostLevels)
	within := make([][]float64, len(cuts)+1)
	of = make([]int, len(rows))
	for i, level := range levels {
		of[i] = place(cuts, level)
		within[of[i]] = append(within[of[i]], spreads[i])
	}
	spreadCuts, start := make([][]float64, len(within)), make([]int, len(within))
	for l, values := range within {
		spreadCuts[l], start[l] = cutsOf(values, mostSpreads), strata
		strata += len(spreadCuts[l]) + 1
	}
	for i, l := range of {
		of[i] = start[l] + place(spreadCuts[l], spreads[i])
	}
	return strata, of
}

// meanOf is the mean of the answered items, of which there is at least one.
func meanOf(answers []int32) float64 {
	n, sum := 0, 0.0
	for _, v := range answers {
		if v != Missing {
			n++
			sum += float64(v)
		}
	}
	return sum / float64(n)
}

// cutsOf returns the values, each once, that cut some values into parts of equal size: as many as wanted, fewer where a
// part would be too small. It sorts the values.
func cutsOf(values []float64, parts int) []float64 {
	slices.Sort(values)
	parts = min(parts, len(values)/smallestStratum)
	var cuts []float64
	for i := 1; i < parts; i++ {
		cuts = append(cuts, values[i*len(values)/parts])
	}
	return slices.Compact(cuts)
}

// place is the number of cuts at or below a value: equal values stay together.
func place(cuts []float64, v float64) int {
	n := 0
	for n < len(cuts) && cuts[n] <= v {
		n++
	}
	return n
}
