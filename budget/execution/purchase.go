package execution

import (
	"cmp"
	"iter"
	"slices"

	"pingxin/scoring"
)

// fenPerYuan turns the policy's yuan into what contracts are kept in.
const fenPerYuan = 100

// LimitOf is the amounts that hold in a year; those of the first year hold before it, too.
func (p *Policy) LimitOf(year int) Limit {
	held := p.Limits[0]
	for _, l := range p.Limits {
		if l.FromYear <= year {
			held = l
		}
	}
	return held
}

// Method lists what speaks against buying so much in this way in a year; nil: nothing does. reasoned says that there is a
// reason in writing. Open tender is the rule (江北府办〔2015〕109号, 二(五)3); other ways are for what lies below the limit or
// is special.
func (p *Policy) Method(year int, method string, fen int64, reasoned bool) []scoring.Note {
	l := p.LimitOf(year)
	special := slices.Contains(p.Reasoned, method)
	var all []scoring.Note
	if special && !reasoned {
		all = append(all, scoring.Note{Code: "method_without_reason"})
	}
	switch {
	case fen >= l.TenderYuan*fenPerYuan && !special && !slices.Contains(p.Tenders, method):
		all = append(all, scoring.Note{Code: "tender_limit", Have: yuan(fen), Need: float64(l.TenderYuan)})
	case fen >= l.ProcedureYuan*fenPerYuan && method == p.Dispersed:
		all = append(all, scoring.Note{Code: "procedure_limit", Have: yuan(fen), Need: float64(l.ProcedureYuan)})
	}
	return all
}

func yuan(fen int64) float64 { return float64(fen) / fenPerYuan }

// Split is several contracts of one purchaser for one item in one year, none of them tendered, that together come to more
// than the limit from which a purchase is tendered. Implementing Regulations of the Government Procurement Law, article 28,
// call that evading the tender, unless the budget was changed or another way was approved.
type Split struct {
	Purchaser, Item string
	Year            int
	Contracts       []string // numbers
	SumFen          int64
	LimitFen        int64
}

// Each hands out the contracts of a list one after the other.
func Each(contracts []Contract) iter.Seq[*Contract] {
	return func(yield func(*Contract) bool) {
		for i := range contracts {
			if !yield(&contracts[i]) {
				return
			}
		}
	}
}

// Splits finds them, the largest sum first. One contract alone is no split, and neither is one way of purchase that needs a
// reason: whoever bought so has asked.
func (p *Policy) Splits(contracts iter.Seq[*Contract]) []Split {
	type cell struct {
		purchaser, item string
		year            int
	}
	groups := map[cell]*Split{}
	for c := range contracts {
		limit := p.LimitOf(c.Year).TenderYuan * fenPerYuan
		if c.AmountFen >= limit || slices.Contains(p.Tenders, c.Method) || slices.Contains(p.Reasoned, c.Method) {
			continue
		}
		at := cell{c.Purchaser, c.Item, c.Year}
		g := groups[at]
		if g == nil {
			g = &Split{Purchaser: c.Purchaser, Item: c.Item, Year: c.Year, LimitFen: limit}
			groups[at] = g
		}
		g.Contracts = append(g.Contracts, c.No)
		g.SumFen += c.AmountFen
	}
	var all []Split
	for _, g := range groups {
		if len(g.Contracts) > 1 && g.SumFen > g.LimitFen {
			slices.Sort(g.Contracts)
			all = append(all, *g)
		}
	}
	slices.SortFunc(all, func(a, b Split) int {
		return cmp.Or(cmp.Compare(b.SumFen, a.SumFen), cmp.Compare(a.Contracts[0], b.Contracts[0]))
	})
	return all
}

// Share is the part of a group's money that was bought in one way.
type Share struct {
	Contracts, Of int
	Fen, OfFen    int64
}

// Pct is the share of the money in percent; 0 of nothing.
func (s *Share) Pct() float64 {
	if s.OfFen == 0 {
		return 0
	}
	return float64(s.Fen) / float64(s.OfFen) * 100
}

// SingleSourceIn is the share of a group's contracts that had a single source.
func (p *Policy) SingleSourceIn(group iter.Seq[*Contract]) Share {
	var s Share
	for c := range group {
		s.Of++
		s.OfFen += c.AmountFen
		if c.Method == p.SingleSource {
			s.Contracts++
			s.Fen += c.AmountFen
		}
	}
	return s
}

// Conspicuous says whether a share is worth a look: the group is large enough to have one, and it lies above the line.
func (p *Policy) Conspicuous(s Share) bool {
	return s.Of >= p.LeastContracts && s.Pct() > p.SingleSourcePct
}
