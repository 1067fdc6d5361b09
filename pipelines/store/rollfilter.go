package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// rollOrder is what a list of contracts is sorted by.
type rollOrder struct {
	sort       string // a key of rollSorts
	descending bool
}

// rollSorts are the numbers by which rows are sorted, by the keys of lists; NaN comes last in either direction.
var rollSorts = map[string]func(*roll) func(at int32) float64{
	byContract: func(*roll) func(int32) float64 { return func(at int32) float64 { return float64(at) } },
	"supplier": func(r *roll) func(int32) float64 {
		return byRank(r, partyRanks(r), func(e *enrolled) int32 { return e.supplier })
	},
	"purchaser": func(r *roll) func(int32) float64 {
		return byRank(r, partyRanks(r), func(e *enrolled) int32 { return e.purchaser })
	},
	"item": func(r *roll) func(int32) float64 {
		return byRank(r, itemRanks(r), func(e *enrolled) int32 { return e.item })
	},
	"year": func(r *roll) func(int32) float64 { return func(at int32) float64 { return float64(r.rows[at].year) } },
	"amount": func(r *roll) func(int32) float64 {
		return func(at int32) float64 { return float64(r.rows[at].amountFen) }
	},
	"value": func(r *roll) func(int32) float64 { return func(at int32) float64 { return r.rows[at].value } },
	"answers": func(r *roll) func(int32) float64 {
		return func(at int32) float64 { e := &r.rows[at]; return float64(e.purchasers + e.recipients + e.thirdParties) }
	},
}

// byRank sorts by the rank of what a row refers to.
func byRank(r *roll, ranks []float64, place func(*enrolled) int32) func(int32) float64 {
	return func(at int32) float64 { return ranks[place(&r.rows[at])] }
}

func partyRanks(r *roll) []float64 {
	return ranksOf(len(r.parties), func(i int) string { return r.parties[i].called() })
}

func itemRanks(r *roll) []float64 {
	return ranksOf(len(r.items), func(i int) string { return r.items[i].called() })
}

// ranksOf are the ranks of n names in their order; the same name has the same rank.
func ranksOf(n int, name func(int) string) []float64 {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(name(a), name(b)) })
	ranks := make([]float64, n)
	for i, at := range order {
		ranks[at] = float64(i)
		if i > 0 && name(order[i-1]) == name(at) {
			ranks[at] = ranks[order[i-1]]
		}
	}
	return ranks
}

// inOrder sorts places of rows; equal ones stay in the order of contracts.
func (r *roll) inOrder(places []int32, sort string, descending bool) []int32 {
	return inOrder(places, rollSorts[known(sort)](r), descending)
}

// inOrder sorts places by the number at each, missing ones last; equal ones by their places.
func inOrder(places []int32, number func(at int32) float64, descending bool) []int32 {
	type sorted struct {
		number float64
		at     int32
	}
	all := make([]sorted, len(places))
	for i, at := range places {
		all[i] = sorted{number(at), at}
	}
	slices.SortFunc(all, func(a, b sorted) int {
		if byNumber := numberOrder(a.number, b.number, descending); byNumber != 0 {
			return byNumber
		}
		return cmp.Compare(a.at, b.at)
	})
	in := make([]int32, len(all))
	for i := range all {
		in[i] = all[i].at
	}
	return in
}

// numberOrder compares numbers, those that are missing last.
func numberOrder(a, b float64, descending bool) int {
	switch aMissing, bMissing := math.IsNaN(a), math.IsNaN(b); {
	case aMissing && bMissing:
		return 0
	case aMissing:
		return 1
	case bMissing:
		return -1
	case descending:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// sieve is whether a row meets a filter, but for its state.
func (r *roll) sieve(f EvaluationFilter) func(*enrolled) bool {
	var conditions []func(*enrolled) bool
	add := func(given bool, condition func(*enrolled) bool) {
		if given {
			conditions = append(conditions, condition)
		}
	}
	add(f.Contract != "", func(e *enrolled) bool { return e.number == f.Contract })
	add(f.Year != 0, func(e *enrolled) bool { return int(e.year) == f.Year })
	add(f.Purchaser != "", func(e *enrolled) bool { return r.parties[e.purchaser].id == f.Purchaser })
	add(f.Supplier != "", func(e *enrolled) bool { return r.parties[e.supplier].id == f.Supplier })
	add(f.SupplierType != "", func(e *enrolled) bool { return r.parties[e.supplier].kind == f.SupplierType })
	add(f.Item != "", func(e *enrolled) bool { return r.items[e.item].id == f.Item })
	add(f.Group != "", func(e *enrolled) bool { return r.items[e.item].group() == f.Group })
	graded, inStatus := r.is(f.Grade), r.is(f.Status)
	add(f.Grade != "", func(e *enrolled) bool { return graded(r.gradeOf(e)) })
	add(f.Status != "", func(e *enrolled) bool { return inStatus(e.status) })
	missing := strconv.Quote(f.Missing.String()) // as it stands in the JSON of the list
	add(f.Missing != 0, func(e *enrolled) bool { return strings.Contains(r.words[e.missing], missing) })
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		conditions = append(conditions, r.searched(s))
	}
	return func(e *enrolled) bool {
		for _, meets := range conditions {
			if !meets(e) {
				return false
			}
		}
		return true
	}
}

// searched is whether a row, or one of its parties, has a number or name with a text in small letters in it.
func (r *roll) searched(s string) func(*enrolled) bool {
	named := make([]bool, len(r.parties))
	for i := range r.parties {
		named[i] = strings.Contains(r.parties[i].sought, s)
	}
	return func(e *enrolled) bool {
		return named[e.supplier] || named[e.purchaser] || strings.Contains(e.sought, s)
	}
}

// narrowed are the rows among which those that meet a filter are, where it names a party or an item; narrow is false where it
// names none.
func (r *roll) narrowed(f EvaluationFilter) (places []int32, narrow bool) {
	switch {
	case f.Contract != "":
		if at, there := r.find(f.Contract); there {
			return []int32{int32(at)}, true
		}
		return nil, true
	case f.Supplier != "":
		return of(r.ofSupplier, r.partyOf, f.Supplier), true
	case f.Purchaser != "":
		return of(r.ofPurchaser, r.partyOf, f.Purchaser), true
	case f.Item != "":
		return of(r.ofItem, r.itemOf, f.Item), true
	}
	return nil, false
}

// candidates are the rows among which those that meet a filter are, in its order.
func (r *roll) candidates(f EvaluationFilter) []int32 {
	if places, narrow := r.narrowed(f); narrow {
		return r.inOrder(places, f.Sort, f.Descending)
	}
	return r.orders[rollOrder{known(f.Sort), f.Descending}]()
}

// known is a key of rollSorts: that of contracts for one that is none.
func known(sort string) string {
	if _, known := rollSorts[sort]; known {
		return sort
	}
	return byContract
}

// byContract is the key of rollSorts that lists are sorted by unless somebody chooses.
const byContract = "contract"

// found are the places of the rows that meet a filter, in its order and whatever its limit. They are not to be changed.
func (v *View) found(ctx context.Context, f EvaluationFilter) (*roll, []int32, error) {
	f.Limit, f.Offset = 0, 0
	r, err := v.roll(ctx)
	if err != nil {
		return nil, nil, err
	}
	if f.State != "" {
		in, err := v.inState(ctx, f.State)
		meets := r.sieve(f)
		return r, r.sifted(f, func(e *enrolled) bool { return in(e.key) && meets(e) }), err
	}
	found, err := ofRoll(ctx, v, "evaluations found", f, func(r *roll) []int32 { return r.sifted(f, r.sieve(f)) })
	return r, found, err
}

// ofRoll is what is made of the roll and a filter, remembered as long as the run is. It is shared: the caller must not change it.
func ofRoll[T any](ctx context.Context, v *View, what string, filter any, made func(*roll) T) (T, error) {
	r, err := v.roll(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return remembered(ctx, v.r, v.ofRun().stand(""), what, []any{v.scope, fmt.Sprintf("%#v", filter)}, func() (T, error) { return made(r), nil })
}

// sifted are the rows that meet a condition, in the order of a filter.
func (r *roll) sifted(f EvaluationFilter, meets func(*enrolled) bool) []int32 {
	candidates := r.candidates(f)
	if f == (EvaluationFilter{Sort: f.Sort, Descending: f.Descending}) {
		return candidates
	}
	var found []int32
	for _, at := range candidates {
		if meets(&r.rows[at]) {
			found = append(found, at)
		}
	}
	return found
}

// totals sums up rows.
func (r *roll) totals(places []int32) EvaluationTotals {
	var t EvaluationTotals
	var mean weightedMean
	for _, at := range places {
		e := &r.rows[at]
		t.AmountFen += e.amountFen
		mean.add(e)
	}
	t.Contracts, t.Rated, t.Mean = len(places), mean.valued, mean.value()
	return t
}

// meeting is the condition that a row of a table with the keys of contracts is of one that meets a filter, for a query of what a
// roll does not hold.
func (v *View) meeting(ctx context.Context, table string, f EvaluationFilter) (string, error) {
	f.Sort, f.Descending, f.Limit, f.Offset = "", false, 0, 0
	if f == (EvaluationFilter{}) {
		return "true", nil
	}
	r, found, err := v.found(ctx, f)
	if err != nil {
		return "", err
	}
	return keyed(table+".contract_key", r.keys(found)), nil
}
