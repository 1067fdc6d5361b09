package integrity

import (
	"fmt"
	"math"
	"slices"
)

// AlikeAnswers looks for groups of respondents whose sheets agree in nearly all items.
//
// Sheets are found by locality-sensitive hashing (Indyk and Motwani 1998): a band is a choice of as many items as must
// agree, and those who agree in all items of a band form a bucket. A bucket thus holds near-duplicates only, is counted
// without comparing pairs, and the cost is bands times sheets. When there are no more bands than the policy allows, all
// are used and every such pair is found; otherwise a fixed random sample is, and Detection says how likely a pair is
// found. A missing answer is an answer of its own: who copies a sheet copies its gaps.
//
// Agreement is no sign where it is common. Sheets with few different answers are not compared, and the others near a
// sheet must be more than chance would bring. Under the null hypothesis respondents answer independently of one another.
// Within a stratum, which is how high a respondent answers on the whole (ten levels) and how differently (five), the
// answers of one respondent are a chain: each depends on the one before it. The number of others who agree with a sheet
// on some band is then at most of Binomial(n-1, q), where q adds up, over the bands, the chance of the sheet's answers
// (see chance), times the lift of neighbouring answers (see pairs), times the policy's margin for what the chain leaves
// out. Frequencies include the copies themselves, so that what most people answer is never flagged; nor is it, for the
// same reason, when all sheets are copies of one. The p-value is adjusted by Bonferroni over the sheets.
type AlikeAnswers struct {
	MinN        int     `toml:"min_n"`        // sheets that can be compared; 0 turns the rule off
	MinAnswered int     `toml:"min_answered"` // answered items of a sheet
	MinDistinct int     `toml:"min_distinct"` // different answers in a sheet
	MinGroup    int     `toml:"min_group"`    // respondents of a group, one of whom is like all others
	Share       float64 `toml:"share"`        // of all items that agree at least
	Bands       int     `toml:"bands"`        // most bands that are tried
	Margin      float64 `toml:"margin"`       // factor on the chance of agreeing
	Alpha       float64 `toml:"alpha"`        // highest p-value, after adjustment
}

// Flags finds the groups. All sheets have the same items, at most 64. A sheet that unusually many others are like,
// enough for a group, is joined with those others, and groups that share a respondent are one. Few copies on a coarse
// scale are no more than chance and stay unseen. Subject is the first respondent of a group, Ref what that sheet is
// about, Others the rest. Statistic is the size of the group, Threshold the least size of one, N the number of sheets
// compared, PValue that of the most unusual sheet.
func (r AlikeAnswers) Flags(sheets []Sheet) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	order, err := inOrder("respondent", len(sheets), func(i int) string { return sheets[i].Respondent })
	if err != nil {
		return nil, err
	}
	if err := even(sheets, order); err != nil {
		return nil, err
	}
	rows := r.comparable(sheets, order)
	if len(rows) < max(r.MinN, 2) {
		return nil, nil
	}
	items := len(sheets[order[0]].Answers)
	d := distinctOf(sheets, rows, bandsOf(items, r.agreeing(items), r.Bands))
	return r.report(sheets, rows, d, d.groups(r.unusual(d, chanceOf(sheets, rows)))), nil
}

// unusual returns, for each distinct sheet, the adjusted p-value of the number of others near it when it is low enough to
// be flagged, else 1.
func (r AlikeAnswers) unusual(d *distinct, c *chance) []float64 {
	pairs := pairs{c, d, map[[2]int][]int32{}}
	p := make([]float64, len(d.rows))
	chances := make([]float64, len(d.bands))
	for i, others := range d.others() {
		p[i] = 1
		if others < r.MinGroup-1 {
			continue
		}
		tail := func(q float64) float64 {
			return BinomialTail(others, c.n-1, min(1, q)) * float64(c.n)
		}
		q := 0.0
		for b, band := range d.bands {
			chances[b] = r.Margin * c.of(d.answers(i), band)
			if q += chances[b]; tail(q) > r.Alpha {
				break // most sheets come to this; what follows could only raise it
			}
		}
		if tail(q) > r.Alpha {
			continue
		}
		q = 0
		for b, lift := range pairs.lifts(i, others+1) {
			q += float64(lift * chances[b])
		}
		if adjusted := tail(q); adjusted <= r.Alpha {
			p[i] = adjusted
		}
	}
	return p
}

// report returns a flag for each group, in the order of their first respondents.
func (r AlikeAnswers) report(sheets []Sheet, rows []int32, d *distinct, g *groups) []Flag {
	least := g.least()
	var flags []Flag
	at := map[int32]int{} // flag by root
	for i, row := range rows {
		root := g.root(d.of[i])
		p, flagged := least[root]
		if !flagged {
			continue
		}
		n, begun := at[root]
		if !begun {
			at[root] = len(flags)
			flags = append(flags, Flag{Rule: RuleAlikeAnswers, Subject: sheets[row].Respondent, Ref: sheets[row].Ref,
				Statistic: 1, Threshold: float64(r.MinGroup), N: len(rows), PValue: new(p)})
			continue
		}
		flags[n].Others = append(flags[n].Others, sheets[row].Respondent)
		flags[n].Statistic++
	}
	return flags
}

// Detection is the probability that two sheets which agree in some of the items come into one bucket, over the places
// where they agree: 1 - C(T-H, L)/C(T, L) with T = C(items, m) bands in all, H = C(agree, m) in which they agree, L tried,
// and m the number of items that must agree. It is 0 below m, and 1 from m on where all bands are tried. The policy is
// sound.
func (r AlikeAnswers) Detection(items, agree int) float64 {
	m := r.agreeing(items)
	all, hits := choose(items, m), choose(agree, m)
	missed := 1.0
	for i := range min(r.Bands, int(min(all, math.MaxInt32))) {
		missed *= max(0, all-hits-float64(i)) / (all - float64(i))
	}
	return 1 - missed
}

// agreeing is how many items must agree.
func (r AlikeAnswers) agreeing(items int) int {
	return int(math.Ceil(float64(r.Share*float64(items)) - roundingError))
}

// roundingError is by how much a share times a number of items may exceed a whole number in floating point.
const roundingError = 1e-9

// even is an error when the sheets are not all of one length, or too long.
func even(sheets []Sheet, order []int32) error {
	for _, at := range order {
		s, first := sheets[at], sheets[order[0]]
		if len(s.Answers) != len(first.Answers) {
			return fmt.Errorf("respondent %q: found %d items, expected %d as for respondent %q: %w", s.Respondent, len(s.Answers), len(first.Answers), first.Respondent, ErrUneven)
		}
		if len(s.Answers) > mostItems {
			return fmt.Errorf("respondent %q: found %d items, expected at most %d: %w", s.Respondent, len(s.Answers), mostItems, ErrTooManyItems)
		}
	}
	return nil
}

// comparable returns the sheets with enough answers, and enough different ones.
func (r AlikeAnswers) comparable(sheets []Sheet, order []int32) []int32 {
	rows := make([]int32, 0, len(order))
	var different []int32
	for _, at := range order {
		answered := 0
		different = different[:0]
		for _, v := range sheets[at].Answers {
			if v == Missing {
				continue
			}
			answered++
			if !slices.Contains(different, v) {
				different = append(different, v)
			}
		}
		if answered >= r.MinAnswered && len(different) >= r.MinDistinct {
			rows = append(rows, at)
		}
	}
	return rows
}

func (r AlikeAnswers) check(c *checker) {
	const key = "integrity.alike_answers"
	if !c.enabled(key, r.MinN, 2) {
		return
	}
	c.between(key+".min_answered", float64(r.MinAnswered), 1, mostItems)
	c.between(key+".min_distinct", float64(r.MinDistinct), 1, mostItems)
	c.between(key+".min_group", float64(r.MinGroup), 2, math.MaxInt32)
	c.between(key+".share", r.Share, 0.5, 1) // half the items alike is no likeness
	c.between(key+".bands", float64(r.Bands), 1, 10_000)
	c.between(key+".margin", r.Margin, 1, math.MaxFloat64)
	c.chance(key+".alpha", r.Alpha)
}
