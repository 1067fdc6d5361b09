package clues

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Narrative is what a party wrote of the performance on a contract.
type Narrative struct {
	Contract, Author string
	Party            string // purchaser, supplier or third_party
	WrittenOn        time.Time
	Text             string
}

// Alike looks for narratives that say nearly the same in nearly the same words, whoever wrote them and on whichever contracts.
type Alike struct {
	MinN       int     `toml:"min_n"`          // narratives in a group; 0 turns the rule off
	Characters int     `toml:"min_characters"` // of a narrative without what many write: with fewer two texts agree by chance
	Line       float64 `toml:"line"`           // share of their pieces that two narratives have in common at least
	Most       int     `toml:"most_authors"`   // who may write one sentence before it counts as that of a form
}

// Likeness are narratives that are each alike to another of them, in the order in which they were written.
type Likeness struct {
	Narratives []Narrative
	Share      float64 // of its pieces that the first has in common with the one nearest to it
}

// Groups finds what is alike among all narratives of a district, given in the order of contracts and authors. It is the
// longest of all rules and follows from the narratives alone: where these are as they were, so are the groups.
func (r Alike) Groups(all []Narrative) (groups []Likeness) {
	if r.MinN == 0 {
		return nil
	}
	texts := r.texts(all)
	for _, g := range texts.groups(r.Line) {
		if len(g) < r.MinN {
			continue
		}
		slices.SortFunc(g, func(i, j int) int { return all[i].compare(&all[j]) })
		alike := Likeness{Share: texts.nearest(g[0], g)}
		for _, i := range g {
			alike.Narratives = append(alike.Narratives, all[i])
		}
		groups = append(groups, alike)
	}
	return groups
}

// Find returns one clue for each group of narratives that are alike. Seen is the share that the first one written has in
// common with the one nearest to it and Line the policy's; N is the number of narratives. It is about the author where one
// wrote them all, and else about the contract of the first.
func (r Alike) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, alike := range f.Alike {
		if c, known := r.clue(f, alike.Narratives); known {
			c.Seen = alike.Share
			all = append(all, c)
		}
	}
	return all
}

// compare puts narratives into the order in which they were written; those of one day into that of contracts and authors.
func (n *Narrative) compare(other *Narrative) int {
	return cmp.Or(n.WrittenOn.Compare(other.WrittenOn), strings.Compare(n.Contract, other.Contract), strings.Compare(n.Author, other.Author))
}

// clue is the clue of a group, the earliest first, and whether the facts know its contracts.
func (r Alike) clue(f *Facts, g []Narrative) (Clue, bool) {
	var contracts []*Contract
	var evidence []Evidence
	first := &g[0]
	author := first.Author
	for i := range g {
		n := &g[i]
		c := f.contract(n.Contract)
		if c == nil {
			return Clue{}, false
		}
		if !slices.Contains(contracts, c) {
			contracts = append(contracts, c)
		}
		if n.Author != author {
			author = ""
		}
		evidence = append(evidence, Evidence{Kind: "narrative", ID: n.Contract, Note: n.Author, On: n.WrittenOn})
	}
	about, subject := AboutContract, first.Contract
	switch {
	case author == "":
	case first.Party == "purchaser": // whoever wrote for it
		about, subject = AboutPurchaser, contracts[0].Purchaser
	case first.Party == "supplier":
		about, subject = AboutSupplier, author
	default:
		about, subject = AboutRater, author
	}
	c := resting(AlikeNarratives, about, subject, contracts)
	c.ID, c.N, c.Line, c.Evidence = idOf(AlikeNarratives, first.Contract, first.Author), len(g), r.Line, append(c.Evidence, evidence...)
	c.inCommon(contracts)
	return c, true
}

// inCommon fills in what all contracts of a clue have in common.
func (c *Clue) inCommon(contracts []*Contract) {
	first := contracts[0]
	same := func(of func(*Contract) string) string {
		if slices.ContainsFunc(contracts, func(other *Contract) bool { return of(other) != of(first) }) {
			return ""
		}
		return of(first)
	}
	c.Purchaser, c.Supplier, c.Item = same(func(c *Contract) string { return c.Purchaser }), same(func(c *Contract) string { return c.Supplier }), same(func(c *Contract) string { return c.Item })
	if !slices.ContainsFunc(contracts, func(other *Contract) bool { return other.Year != first.Year }) {
		c.Year = first.Year
	}
}

func (r Alike) check(c *checker) {
	const key = "alike_narratives"
	if c.enabled(key, r.MinN, 2) {
		c.atLeast(key+".min_characters", r.Characters, shingle)
		c.between(key+".line", r.Line, leastLine, 1)
		c.atLeast(key+".most_authors", r.Most, 1)
	}
}
