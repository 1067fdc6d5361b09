package integrity

import "slices"

// distinct is the different sheets among those compared, and the bands on which they are.
type distinct struct {
	sheets []Sheet
	rows   []int32 // first sheet of each, in the order of respondents
	weight []int32 // respondents with each
	of     []int32 // distinct sheet of each sheet compared
	bands  [][]int
}

// distinctOf puts identical sheets together, which count as one from there on.
func distinctOf(sheets []Sheet, rows []int32, bands [][]int) *distinct {
	copies := fill(&buckets{}, sheets, rows, nil, allItems(len(sheets[rows[0]].Answers)))
	d := &distinct{sheets: sheets, rows: make([]int32, len(copies.first)), weight: copies.weight, of: copies.of, bands: bands}
	for i, first := range copies.first {
		d.rows[i] = rows[first]
	}
	return d
}

func (d *distinct) answers(i int) []int32 { return d.sheets[d.rows[i]].Answers }

// others counts, for each distinct sheet, the other respondents who agree with it on some band. Those of one bucket are
// different people; those of several buckets may be the same, but nobody whose sheet differs is in more of them than
// there are bands without some one item. So the count is the larger of the two: exact when one item may differ and all
// bands are tried, and never too high.
func (d *distinct) others() []int {
	sum, most := make([]int, len(d.rows)), make([]int, len(d.rows))
	var b buckets
	for _, band := range d.bands {
		fill(&b, d.sheets, d.rows, d.weight, band)
		for i, bucket := range b.of {
			unequal := int(b.weight[bucket] - d.weight[i])
			sum[i] += unequal
			most[i] = max(most[i], unequal)
		}
	}
	repeats := d.without()
	for i := range sum {
		sum[i] = int(d.weight[i]) - 1 + max(most[i], (sum[i]+repeats-1)/repeats)
	}
	return sum
}

// without is the largest number of bands that leave out some one item, at least 1.
func (d *distinct) without() int {
	most := 1
	for item := range len(d.answers(0)) {
		n := 0
		for _, band := range d.bands {
			if !slices.Contains(band, item) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// groups joins distinct sheets (union and find, Tarjan 1975).
type groups struct {
	parent []int32
	p      []float64 // of each sheet; 1 for one that is not flagged
}

// groups joins each sheet whose p-value is below 1 with all that agree with it on some band.
func (d *distinct) groups(p []float64) *groups {
	g := &groups{parent: make([]int32, len(p)), p: p}
	for i := range p {
		g.parent[i] = int32(i)
	}
	flagged := func(p float64) bool { return p < 1 }
	if !slices.ContainsFunc(p, flagged) {
		return g
	}
	var b buckets
	for _, band := range d.bands {
		fill(&b, d.sheets, d.rows, d.weight, band)
		joined := make([]bool, len(b.first))
		for i, bucket := range b.of {
			joined[bucket] = joined[bucket] || flagged(p[i])
		}
		for i, bucket := range b.of {
			if joined[bucket] {
				one, other := g.root(b.first[bucket]), g.root(int32(i))
				g.parent[max(one, other)] = min(one, other)
			}
		}
	}
	return g
}

// root is the first sheet of the group of a sheet.
func (g *groups) root(i int32) int32 {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// least is the lowest p-value of each group that has a flagged sheet, by its root.
func (g *groups) least() map[int32]float64 {
	least := map[int32]float64{}
	for i, p := range g.p {
		if p == 1 {
			continue
		}
		root := g.root(int32(i))
		if before, known := least[root]; !known || p < before {
			least[root] = p
		}
	}
	return least
}
