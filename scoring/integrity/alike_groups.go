package integrity

// groups joins distinct sheets that share a flagged bucket (union and find, Tarjan 1975).
type groups struct {
	parent []int32
	p      []float64 // of each sheet: the least p-value among the flagged buckets it opened; 1 for none
}

func newGroups(n int) *groups {
	g := &groups{parent: make([]int32, n), p: make([]float64, n)}
	for i := range n {
		g.parent[i], g.p[i] = int32(i), 1
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

// join makes one group of each bucket whose p-value is below 1.
func (g *groups) join(b *buckets, p []float64) {
	for i, bucket := range b.of {
		if p[bucket] == 1 {
			continue
		}
		first := b.first[bucket]
		g.p[first] = min(g.p[first], p[bucket])
		one, other := g.root(first), g.root(int32(i))
		g.parent[max(one, other)] = min(one, other)
	}
}

// flags returns a flag for each group. Of gives the distinct sheet of each row.
func (g *groups) flags(r AlikeAnswers, sheets []Sheet, rows, of []int32) []Flag {
	least := map[int32]float64{}
	for i, p := range g.p {
		if p < 1 {
			root := g.root(int32(i))
			if before, found := least[root]; !found || p < before {
				least[root] = p
			}
		}
	}
	var flags []Flag
	at := map[int32]int{} // flag by root
	for i, row := range rows {
		root := g.root(of[i])
		p, flagged := least[root]
		if !flagged {
			continue
		}
		n, begun := at[root]
		if !begun {
			at[root] = len(flags)
			flags = append(flags, Flag{Rule: RuleAlikeAnswers, Subject: sheets[row].Respondent, Ref: sheets[row].Ref, Statistic: 1, Threshold: float64(r.MinGroup), N: len(rows), PValue: new(p)})
			continue
		}
		flags[n].Others = append(flags[n].Others, sheets[row].Respondent)
		flags[n].Statistic++
	}
	return flags
}
