package challenger

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// missingName is how the bin of missing values is shown.
const missingName = "(missing)"

// Bin is one range of a number, one label of a category, or the missing values, with what became of its records.
type Bin struct {
	Name     string  `json:"name"`
	Missing  bool    `json:"missing,omitempty"`
	Good     int     `json:"good"`
	Bad      int     `json:"bad"`
	WOE      float64 `json:"woe"` // ln(share of the good / share of the bad): positive is safer than all together
	IV       float64 `json:"iv"`
	Adjusted bool    `json:"adjusted,omitempty"` // one class was empty
	Exact    float64 `json:"exact"`              // points before rounding; of a bin in a model
	Points   float64 `json:"points"`
}

// Binning is an input cut into bins.
type Binning struct {
	Input
	Cuts []float64 `json:"cuts,omitempty"` // of a number, ascending: bin i holds cut i-1 <= value < cut i
	Bins []Bin     `json:"bins"`           // numbers from small to large, labels in byte order; missing values last
	IV   float64   `json:"iv"`
}

// find is the bin of a value; false when no record of the fit had such a value.
func (b *Binning) find(v Value) (at int, seen bool) {
	if v.missing(b.Kind) {
		at = len(b.Bins) - 1
		return at, b.Bins[at].Missing
	}
	if b.Kind == Number {
		at, exact := slices.BinarySearch(b.Cuts, v.Number)
		if exact {
			at++
		}
		return at, !b.Bins[at].Missing
	}
	at = slices.IndexFunc(b.Bins, func(bin Bin) bool { return !bin.Missing && bin.Name == v.Label })
	return at, at >= 0
}

// tally is the records of one value, or of neighbouring ones from the value on.
type tally struct {
	from      float64
	good, bad int
}

func (t tally) records() int { return t.good + t.bad }

func (t *tally) count(bad bool) {
	if bad {
		t.bad++
	} else {
		t.good++
	}
}

func (t tally) bin(name string) Bin { return Bin{Name: name, Good: t.good, Bad: t.bad} }

// Categories makes each label a bin; the empty label is missing. The two lists have one entry for each record. It
// fails on lists of different lengths, without records and without records of both outcomes.
func Categories(name string, labels []string, bad []bool) (Binning, []Warning, error) {
	if err := checkLists(name, len(labels), bad); err != nil {
		return Binning{}, nil, err
	}
	tallies := map[string]*tally{}
	for i, label := range labels {
		if tallies[label] == nil {
			tallies[label] = &tally{}
		}
		tallies[label].count(bad[i])
	}
	b := Binning{Input: Input{name, Category}}
	for _, label := range slices.Sorted(maps.Keys(tallies)) {
		if label != "" {
			b.Bins = append(b.Bins, tallies[label].bin(label))
		}
	}
	if missing := tallies[""]; missing != nil {
		b.addMissing(*missing)
	}
	return b, b.weigh(), nil
}

func checkLists(name string, values int, bad []bool) error {
	if values != len(bad) {
		return fmt.Errorf("input %s: %w: found %d values for %d outcomes", name, ErrShape, values, len(bad))
	}
	if err := checkClasses(bad); err != nil {
		return fmt.Errorf("input %s: %w", name, err)
	}
	return nil
}

func (b *Binning) addMissing(t tally) {
	bin := t.bin(missingName)
	bin.Missing = true
	b.Bins = append(b.Bins, bin)
}

// Monotone cuts a number into bins whose share of bad records only rises or only falls; NaN is missing and has a bin of
// its own. Fine bins by quantiles (equal values stay together) are pooled to a monotone row by pool-adjacent-violators
// (Ayer et al. 1955), in the direction that keeps more information value; then the pair of neighbours that is most alike
// by chi-square becomes one (ChiMerge, Kerber 1992) while it is below the policy's threshold or there are too many bins.
// Limits: a hump or a trough is flattened to one side of it, and the thresholds are choices, not tests, since the same
// records choose the cuts. A number that tells nothing ends as one bin.
//
// The two lists have one entry for each record. It fails on lists of different lengths, on an infinite value, without
// records and without records of both outcomes.
func (p Policy) Monotone(name string, values []float64, bad []bool) (Binning, []Warning, error) {
	if err := checkLists(name, len(values), bad); err != nil {
		return Binning{}, nil, err
	}
	for i, v := range values {
		if math.IsInf(v, 0) {
			return Binning{}, nil, fmt.Errorf("input %s, record %d: %w: found %g, expected a number, or NaN where it is missing", name, i+1, ErrNotFinite, v)
		}
	}
	distinct, missing := tallyNumbers(values, bad)
	tallies := p.fine(distinct)
	if len(tallies) > 0 {
		tallies = p.merge(monotone(tallies))
	}
	b := Binning{Input: Input{name, Number}}
	for i, t := range tallies {
		if i > 0 {
			b.Cuts = append(b.Cuts, t.from)
		}
	}
	for i, t := range tallies {
		b.Bins = append(b.Bins, t.bin(rangeName(b.Cuts, i)))
	}
	if missing.records() > 0 {
		b.addMissing(missing)
	}
	return b, b.weigh(), nil
}

// rangeName shows the range of bin i.
func rangeName(cuts []float64, i int) string {
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case len(cuts) == 0:
		return "any"
	case i == 0:
		return "< " + text(cuts[0])
	case i == len(cuts):
		return ">= " + text(cuts[i-1])
	}
	return "[" + text(cuts[i-1]) + ", " + text(cuts[i]) + ")"
}

// tallyNumbers counts the outcomes of each distinct number, in ascending order, and of the missing ones.
func tallyNumbers(values []float64, bad []bool) (distinct []tally, missing tally) {
	type outcome struct {
		value float64
		bad   bool
	}
	sorted := make([]outcome, 0, len(values))
	for i, v := range values {
		if math.IsNaN(v) {
			missing.count(bad[i])
			continue
		}
		sorted = append(sorted, outcome{v + 0, bad[i]}) // -0 is 0
	}
	slices.SortFunc(sorted, func(a, b outcome) int { return cmp.Compare(a.value, b.value) })
	for i, o := range sorted {
		if i == 0 || o.value != sorted[i-1].value {
			distinct = append(distinct, tally{from: o.value})
		}
		distinct[len(distinct)-1].count(o.bad)
	}
	return distinct, missing
}

// fine joins neighbouring values until each bin holds its share of the records; what is left at the end joins the last.
func (p Policy) fine(distinct []tally) (bins []tally) {
	total := 0
	for _, t := range distinct {
		total += t.records()
	}
	least := max(1/float64(p.FineBins), p.MinShare) * float64(total)
	open := false
	for _, t := range distinct {
		if !open {
			bins = append(bins, tally{from: t.from})
		}
		last := &bins[len(bins)-1]
		last.good, last.bad = last.good+t.good, last.bad+t.bad
		open = float64(last.records()) < least
	}
	if open && len(bins) > 1 {
		return join(bins, len(bins)-2)
	}
	return bins
}

// join makes one bin of bin i and the next.
func join(bins []tally, i int) []tally {
	bins[i].good += bins[i+1].good
	bins[i].bad += bins[i+1].bad
	return slices.Delete(bins, i+1, i+2)
}

// monotone pools neighbours in the direction that keeps more information value; rising where both keep the same.
func monotone(bins []tally) []tally {
	rising := pool(bins, func(a, b tally) bool { return ratio(a, b) >= 0 })
	falling := pool(bins, func(a, b tally) bool { return ratio(a, b) <= 0 })
	if informationValue(falling) > informationValue(rising) {
		return falling
	}
	return rising
}

// ratio compares the shares of bad records without dividing, so that equal shares are equal.
func ratio(a, b tally) int { return cmp.Compare(a.bad*b.records(), b.bad*a.records()) }

// pool joins neighbours while the earlier and the later violate the order.
func pool(bins []tally, violate func(a, b tally) bool) (pooled []tally) {
	for _, t := range bins {
		pooled = append(pooled, t)
		for n := len(pooled); n > 1 && violate(pooled[n-2], pooled[n-1]); n = len(pooled) {
			pooled = join(pooled, n-2)
		}
	}
	return pooled
}

func informationValue(tallies []tally) float64 {
	b := Binning{}
	for _, t := range tallies {
		b.Bins = append(b.Bins, t.bin(""))
	}
	b.weigh()
	return b.IV
}

// merge joins the most alike neighbours, the first of equally alike ones.
func (p Policy) merge(bins []tally) []tally {
	for len(bins) > 1 {
		least, at := math.Inf(1), 0
		for i := range len(bins) - 1 {
			if x := chiSquare(bins[i], bins[i+1]); x < least {
				least, at = x, i
			}
		}
		if least >= p.MergeBelow && len(bins) <= p.MaxBins {
			break
		}
		bins = join(bins, at)
	}
	return bins
}

// chiSquare is Pearson's statistic of the two-by-two table of two bins; 0 where a class is empty in both.
func chiSquare(a, b tally) float64 {
	good, bad := float64(a.good+b.good), float64(a.bad+b.bad)
	if good == 0 || bad == 0 {
		return 0
	}
	cross := float64(a.good*b.bad - a.bad*b.good)
	return cross * cross / (good * bad) * (good + bad) / (float64(a.records()) * float64(b.records()))
}
