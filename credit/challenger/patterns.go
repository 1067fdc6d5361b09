package challenger

import (
	"math"
	"slices"
	"strings"
)

// patterns are the distinct rows of a design, in ascending order, each with how many records have it and how many of
// them are bad. Columns are standardised in place; column 0 is the intercept.
type patterns struct {
	width           int
	names           []string
	x               []float64 // row by row, width numbers each
	records, bad    []float64 // of each row
	mean, deviation []float64 // of each column before it was standardised
}

func (p *patterns) row(i int) []float64 { return p.x[i*p.width : (i+1)*p.width] }

// newPatterns sorts the rows and counts equal ones together.
func newPatterns(columns []Column, bad []bool) *patterns {
	k := len(columns) + 1
	p := &patterns{width: k, names: make([]string, k)}
	raw := make([]float64, k*len(bad))
	p.names[0] = Intercept
	for i := range bad {
		raw[i*k] = 1
	}
	for j, c := range columns {
		p.names[j+1] = c.Name
		for i, v := range c.Values {
			raw[i*k+j+1] = v + 0 // -0 is 0
		}
	}
	order := make([]int, len(bad))
	for i := range order {
		order[i] = i
	}
	at := func(i int) []float64 { return raw[i*k : (i+1)*k] }
	slices.SortFunc(order, func(a, b int) int { return slices.Compare(at(a), at(b)) })
	p.x = make([]float64, 0, len(raw))
	for n, i := range order {
		if n == 0 || !slices.Equal(at(i), at(order[n-1])) {
			p.x = append(p.x, at(i)...)
			p.records, p.bad = append(p.records, 0), append(p.bad, 0)
		}
		last := len(p.records) - 1
		p.records[last]++
		if bad[i] {
			p.bad[last]++
		}
	}
	p.standardise()
	return p
}

// standardise gives every column but the first the mean 0 and the deviation 1 over the records; a column that never
// varies gets the deviation 0 and zeros.
func (p *patterns) standardise() {
	p.moments()
	for i := range p.records {
		row := p.row(i)
		for j := 1; j < p.width; j++ {
			if p.deviation[j] == 0 {
				row[j] = 0
				continue
			}
			row[j] = (row[j] - p.mean[j]) / p.deviation[j]
		}
	}
}

// moments finds the means and deviations.
func (p *patterns) moments() {
	p.mean, p.deviation = make([]float64, p.width), make([]float64, p.width)
	varies := make([]bool, p.width)
	for i, n := range p.records {
		for j, v := range p.row(i) {
			p.mean[j] += float64(n * v)
			varies[j] = varies[j] || v != p.x[j]
		}
	}
	all := total(p.records)
	for j := range p.mean {
		p.mean[j] /= all
	}
	for i, n := range p.records {
		for j, v := range p.row(i) {
			d := v - p.mean[j]
			p.deviation[j] += float64(n * float64(d*d))
		}
	}
	for j := range p.deviation {
		p.deviation[j] = math.Sqrt(p.deviation[j] / all)
		if !varies[j] { // a mean that is off by its rounding must not look like variance
			p.deviation[j] = 0
		}
	}
}

// dependent is the share of a column's variance that the columns before it may leave unexplained for it to be left out.
const dependent = 1e-9

// partOf is the least standardised coefficient by which a column counts as one of those that explain another.
const partOf = 1e-4

// reduce leaves out the columns that never vary or that earlier ones determine, and says so.
func (p *patterns) reduce() (warnings []Warning) {
	k := p.width
	correlation := p.correlations()
	kept := []int{0}
	var factor [][]float64 // of Cholesky, a row for each column kept but the intercept
	for j := 1; j < k; j++ {
		if p.deviation[j] == 0 {
			warnings = append(warnings, Warning{Code: Constant, Input: p.names[j]})
			continue
		}
		row, left := make([]float64, len(factor)+1), 1.0
		for i, other := range factor {
			v := correlation[j*k+kept[i+1]]
			for m := range i {
				v -= float64(row[m] * other[m])
			}
			row[i] = v / other[i]
			left -= float64(row[i] * row[i])
		}
		if left < dependent {
			warnings = append(warnings, Warning{Code: Collinear, Input: p.names[j], Detail: p.explaining(factor, row, kept)})
			continue
		}
		row[len(factor)] = math.Sqrt(left)
		factor, kept = append(factor, row), append(kept, j)
	}
	p.keep(kept)
	return warnings
}

// correlations of all pairs of columns.
func (p *patterns) correlations() []float64 {
	k := p.width
	sums := make([]float64, k*k)
	for i, n := range p.records {
		row := p.row(i)
		for a, v := range row {
			nv := float64(n * v)
			for b := range a {
				sums[a*k+b] += float64(nv * row[b])
			}
		}
	}
	all := total(p.records)
	for i := range sums {
		sums[i] /= all
	}
	return sums
}

// explaining names the columns by which a dependent column is explained: it solves for its coefficients.
func (p *patterns) explaining(factor [][]float64, row []float64, kept []int) string {
	n := len(factor)
	b := slices.Clone(row[:n])
	for i := n - 1; i >= 0; i-- {
		for m := i + 1; m < n; m++ {
			b[i] -= float64(factor[m][i] * b[m])
		}
		b[i] /= factor[i][i]
	}
	var names []string
	for i, v := range b {
		if math.Abs(v) > partOf {
			names = append(names, p.names[kept[i+1]])
		}
	}
	return strings.Join(names, ", ")
}

// keep drops all columns but some.
func (p *patterns) keep(columns []int) {
	if len(columns) == p.width {
		return
	}
	pick := func(all []float64) []float64 {
		some := make([]float64, len(columns))
		for i, j := range columns {
			some[i] = all[j]
		}
		return some
	}
	x := make([]float64, 0, len(columns)*len(p.records))
	for i := range p.records {
		x = append(x, pick(p.row(i))...)
	}
	names := make([]string, len(columns))
	for i, j := range columns {
		names[i] = p.names[j]
	}
	p.x, p.names, p.mean, p.deviation, p.width = x, names, pick(p.mean), pick(p.deviation), len(columns)
}
