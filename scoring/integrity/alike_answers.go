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
// Agreement is no sign where it is common. Sheets with few different answers are not compared, and the others of a
// bucket must be more than chance would bring. Under the null hypothesis respondents answer independently of one
// another. Within a stratum, which is how high a respondent answers on the whole (ten levels) and how differently (five),
// the answers of one respondent are a chain: each depends on the one before it. The number of others who agree on a band
// is then of Binomial(n-1, q), where q is the sum over strata of their share times the product of the frequencies of the
// answers in the stratum, times the lift of neighbouring answers (see lift), times the policy's margin for what the chain
// leaves out. Frequencies include the bucket itself, so that what most people answer is never flagged; nor is it, for
// the same reason, when all sheets are copies of one. The p-value is adjusted by Bonferroni over all sheets and bands.
type AlikeAnswers struct {
	MinN        int     `toml:"min_n"`        // sheets that can be compared; 0 turns the rule off
	MinAnswered int     `toml:"min_answered"` // answered items of a sheet
	MinDistinct int     `toml:"min_distinct"` // different answers in a sheet
	MinGroup    int     `toml:"min_group"`    // respondents who agree on one band
	Share       float64 `toml:"share"`        // of all items that agree at least
	Bands       int     `toml:"bands"`        // most bands that are tried
	Margin      float64 `toml:"margin"`       // factor on the chance of agreeing
	Alpha       float64 `toml:"alpha"`        // highest p-value, after adjustment
}

// Flags finds the groups. All sheets have the same items, at most 64. The buckets that are flagged are joined into one
// group where they share a respondent. Subject is the first respondent of a group, Ref what that sheet is about, Others
// the rest. Statistic is the size of the group, Threshold the least size of a bucket, N the number of sheets compared,
// PValue that of the most unusual bucket.
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
	copies := fill(&buckets{}, sheets, rows, nil, allItems(items)) // identical sheets count as one from here on
	distinct := make([]int32, len(copies.first))
	for i, at := range copies.first {
		distinct[i] = rows[at]
	}
	bands := bandsOf(items, r.agreeing(items), r.Bands)
	chance := chanceOf(sheets, rows)
	together := &pairs{chance, sheets, distinct, copies.weight, map[[2]int][]int32{}}
	groups := newGroups(len(distinct))
	var b buckets
	for _, band := range bands {
		fill(&b, sheets, distinct, copies.weight, band)
		p := r.unusual(&b, together, band, len(bands))
		groups.join(&b, p)
	}
	return groups.flags(r, sheets, rows, copies.of), nil
}

// unusual returns, for each bucket, the adjusted p-value when it is large and unusual enough to be flagged, else 1.
func (r AlikeAnswers) unusual(b *buckets, together *pairs, band []int, bands int) []float64 {
	p := make([]float64, len(b.first))
	n := together.chance.n
	for i, weight := range b.weight {
		p[i] = 1
		if int(weight) < r.MinGroup {
			continue
		}
		tail := func(q float64) float64 {
			return BinomialTail(int(weight)-1, n-1, min(1, r.Margin*q)) * float64(n) * float64(bands)
		}
		first := b.first[i]
		q := together.chance.of(together.sheets[together.distinct[first]].Answers, band)
		if tail(q) > r.Alpha {
			continue // most are not; the lift could only raise it
		}
		if adjusted := tail(q * together.lift(first, weight, band)); adjusted <= r.Alpha {
			p[i] = adjusted
		}
	}
	return p
}

// Detection is the probability that two sheets which agree in some of the items come into one bucket, over the places
// where they agree: 1 - C(T-H, L)/C(T, L) with T = C(items, m) bands in all, H = C(agree, m) in which they agree, L tried,
// and m the number of items that must agree. It is 0 below m, and 1 from m on where all bands are tried.
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
