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

// weightedMean is the mean of the values of rows weighted by their money. The zero value is of no rows.
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

// graded counts rows and money by grade, in the order of grades, and all of them; each with its mean.
func (r *roll) graded(places []int32) (grades []Group, all Group) {
	groups, means, mean := make([]Group, len(r.words)), make([]weightedMean, len(r.words)), weightedMean{}
	provisional := r.is(string(scoring.Provisional))
	for _, at := range places {
		e := &r.rows[at]
		g := &groups[r.gradeOf(e)]
		g.Contracts++
		g.AmountFen += e.amountFen
		g.Provisional += count(provisional(e.status))
		means[r.gradeOf(e)].add(e)
		mean.add(e)
	}
	for word := range groups {
		if g := &groups[word]; g.Contracts > 0 {
			g.Grade, g.Mean = r.words[word], means[word].value()
			grades = append(grades, *g)
			all.Contracts, all.AmountFen, all.Provisional = all.Contracts+g.Contracts, all.AmountFen+g.AmountFen, all.Provisional+g.Provisional
		}
	}
	slices.SortFunc(grades, func(a, b Group) int { return strings.Compare(a.Grade, b.Grade) })
	all.Mean = mean.value()
	return grades, all
}

// byYear counts rows and money by budget year and grade, as View.ByYear.
func (r *roll) byYear(places []int32) []Group {
	var all []Group
	years, inYear := r.grouped(places, func(e *enrolled) int { return int(e.year) })
	for _, year := range years {
		grades, of := r.graded(inYear[year])
		of.Key = strconv.Itoa(year)
		all = append(all, parts(of, grades)...)
	}
	return all
}

// parts are the grades of a group, each under its names and with its mean.
func parts(of Group, grades []Group) []Group {
	for i := range grades {
		grades[i].Key, grades[i].Name, grades[i].Mean = of.Key, of.Name, of.Mean
	}
	return grades
}

// byItem counts rows and money by item, as View.ByItem.
func (r *roll) byItem() []Group {
	var all []Group
	for at, places := range r.ofItem {
		if len(places) > 0 {
			_, g := r.graded(places)
			g.Key, g.Name, g.Parent = r.nameOf(ByItemCode, int32(at))
			all = append(all, g)
		}
	}
	slices.SortFunc(all, largerGroup)
	return all
}

// byDepartment counts rows and money by department and grade, as View.ByDepartment.
func (r *roll) byDepartment() []Group {
	var departments, all []Group
	grades := map[string][]Group{}
	for at, places := range r.ofPurchaser {
		if len(places) > 0 {
			own, g := r.graded(places)
			g.Key, g.Name, _ = r.nameOf(ByPurchaser, int32(at))
			departments, grades[g.Key] = append(departments, g), own
		}
	}
	slices.SortFunc(departments, largerGroup)
	for _, d := range departments {
		all = append(all, parts(d, grades[d.Key])...)
	}
	return all
}

// largerGroup compares groups by their money, the largest first, and those of one sum by their keys.
func largerGroup(a, b Group) int {
	return cmp.Or(cmp.Compare(b.AmountFen, a.AmountFen), strings.Compare(a.Key, b.Key))
}

// crossings are what departments bought of groups of items, or of each item of one, as View.Crossings.
func (r *roll) crossings(f PerformanceFilter) []Crossing {
	type crossed struct {
		Crossing
		mean weightedMean
	}
	type place struct {
		purchaser int32
		key       string
	}
	poor, of := r.is(f.Poor), map[place]*crossed{}
	for i := range r.rows {
		e := &r.rows[i]
		item := &r.items[e.item]
		if int(e.year) != f.Year || f.Group != "" && item.parent != f.Group {
			continue
		}
		key := item.group()
		if f.Group != "" {
			key = item.id
		}
		at := place{e.purchaser, key}
		if of[at] == nil {
			of[at] = &crossed{Crossing: Crossing{Purchaser: r.parties[e.purchaser].id, Key: key, Name: r.itemCalled(key)}}
		}
		of[at].Contracts++
		of[at].Poor += count(poor(e.grade))
		of[at].AmountFen += e.amountFen
		of[at].mean.add(e)
	}
	var all []Crossing
	for _, c := range of {
		c.Mean = c.mean.value()
		all = append(all, c.Crossing)
	}
	slices.SortFunc(all, func(a, b Crossing) int {
		return cmp.Or(strings.Compare(a.Purchaser, b.Purchaser), strings.Compare(a.Key, b.Key))
	})
	return all
}

// itemCalled is the name of an item or group by its code; the code of one that is not known.
func (r *roll) itemCalled(code string) string {
	if at, known := r.itemOf[code]; known {
		return r.items[at].called()
	}
	return code
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
		if int(e.year) != f.Year && int(e.year) != f.Year-1 || f.Group != "" && r.items[e.item].parent != f.Group {
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
