package store

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/credit"
	"pingxin/scoring"
)

// weightedMean is the mean of the values of rows weighted by their money, as meanByAmount is. The zero value is of no rows.
type weightedMean struct {
	valued        int
	valuedFen     int64
	weighted, sum float64
}

func (m *weightedMean) add(e *enrolled) {
	if math.IsNaN(e.value) {
		return
	}
	m.valued++
	m.valuedFen += e.amountFen
	m.weighted += e.value * float64(e.amountFen)
	m.sum += e.value
}

// value is the mean; of values without money it is the plain one, of none NaN.
func (m *weightedMean) value() float64 {
	switch {
	case m.valued == 0:
		return math.NaN()
	case m.valuedFen == 0:
		return m.sum / float64(m.valued)
	}
	return m.weighted / float64(m.valuedFen)
}

// quantileOf is a quantile of sorted values between the two next to it, to the last bit as quantile_cont of the database.
func quantileOf(sorted []float64, share float64) float64 {
	place := share * float64(len(sorted)-1)
	below := math.Floor(place)
	low, high := sorted[int(below)], sorted[int(math.Ceil(place))]
	return float64(low*(1-(place-below))) + float64(high*(place-below))
}

// grouped parts rows by a number, in the order of these.
func (r *roll) grouped(places []int32, number func(*enrolled) int) (numbers []int, groups map[int][]int32) {
	groups = map[int][]int32{}
	for _, at := range places {
		n := number(&r.rows[at])
		groups[n] = append(groups[n], at)
	}
	return slices.Sorted(maps.Keys(groups)), groups
}

// of are the rows of what is named by the column of its key: ByPurchaser, ByItemCode or BySupplier; any other is ByPurchaser.
func (r *roll) of(by, key string) []int32 {
	switch by {
	case ByItemCode:
		return of(r.ofItem, r.itemOf, key)
	case BySupplier:
		return of(r.ofSupplier, r.partyOf, key)
	}
	return of(r.ofPurchaser, r.partyOf, key)
}

// byYear counts rows and money by budget year and grade, as View.ByYear.
func (r *roll) byYear(places []int32) []Group {
	var all []Group
	years, inYear := r.grouped(places, func(e *enrolled) int { return int(e.year) })
	for _, year := range years {
		var mean weightedMean
		grades := map[string]*Group{}
		for _, at := range inYear[year] {
			e := &r.rows[at]
			mean.add(e)
			grade := r.words[r.gradeOf(e)]
			if grades[grade] == nil {
				grades[grade] = &Group{Key: strconv.Itoa(year), Grade: grade}
			}
			grades[grade].Contracts++
			grades[grade].AmountFen += e.amountFen
		}
		for _, grade := range slices.Sorted(maps.Keys(grades)) {
			g := *grades[grade]
			g.Mean = mean.value()
			all = append(all, g)
		}
	}
	return all
}

// meansByYear are the means of rows by budget year, as View.MeansByYear.
func (r *roll) meansByYear(places []int32) []YearMean {
	var all []YearMean
	years, inYear := r.grouped(places, func(e *enrolled) int { return int(e.year) })
	for _, year := range years {
		var mean weightedMean
		var values []float64
		for _, at := range inYear[year] {
			if e := &r.rows[at]; !math.IsNaN(e.value) {
				mean.add(e)
				values = append(values, e.value)
			}
		}
		if len(values) == 0 {
			continue
		}
		slices.Sort(values)
		all = append(all, YearMean{Year: year, Contracts: len(values), Mean: mean.value(), Lower: quantileOf(values, 0.25), Upper: quantileOf(values, 0.75)})
	}
	return all
}

// performance groups rows by department or item, as View.Performance.
func (r *roll) performance(places []int32, by string, f PerformanceFilter) []Performance {
	type sums struct {
		Performance
		now, before weightedMean
	}
	poor := r.is(f.Poor)
	of := map[int32]*sums{}
	for _, at := range places {
		e := &r.rows[at]
		if int(e.year) != f.Year && int(e.year) != f.Year-1 {
			continue
		}
		key := e.purchaser
		if by == ByItemCode {
			key = e.item
		}
		g := of[key]
		if g == nil {
			g = &sums{}
			of[key] = g
		}
		if int(e.year) != f.Year {
			g.before.add(e)
			g.ContractsBefore++
			g.PoorBefore += count(poor(e.grade))
			continue
		}
		g.now.add(e)
		g.Contracts++
		g.AmountFen += e.amountFen
		g.Graded += count(r.words[e.grade] != "")
		if poor(e.grade) {
			g.Poor++
			g.PoorFen += e.amountFen
		}
	}
	var all []Performance
	for key, g := range of {
		p := g.Performance
		p.Key, p.Name, p.Parent = r.nameOf(by, key)
		p.Mean, p.ValuedFen, p.MeanBefore, p.ValuedBeforeFen = g.now.value(), g.now.valuedFen, g.before.value(), g.before.valuedFen
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Performance) int {
		return cmp.Or(cmp.Compare(b.AmountFen, a.AmountFen), strings.Compare(a.Key, b.Key))
	})
	return all
}

// count is 1 for what holds.
func count(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

// nameOf is the id and name of a department or item by its place, and the name of the group of an item; empty where it has none.
func (r *roll) nameOf(by string, at int32) (id, name, parent string) {
	if by != ByItemCode {
		p := &r.parties[at]
		return p.id, p.called(), ""
	}
	i := &r.items[at]
	if group, known := r.itemOf[i.parent]; known {
		parent = r.items[group].name
	}
	return i.id, i.called(), parent
}

// evaluated are the rows that are final, as the rule of credit ratings reads them.
func (r *roll) evaluated(places []int32) []credit.Evaluated {
	rated := r.is(string(scoring.Rated))
	var all []credit.Evaluated
	for _, at := range places {
		if e := &r.rows[at]; rated(e.status) {
			all = append(all, credit.Evaluated{Contract: e.number, Value: e.value, Grade: r.words[e.grade], On: dayAt(e.lastOn), AmountFen: e.amountFen,
				Cases: int64(e.purchasers + e.recipients + e.thirdParties)})
		}
	}
	return all
}
