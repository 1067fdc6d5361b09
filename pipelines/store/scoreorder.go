package store

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// scoreOrder puts held scores into the order in which they are stored and runs read them: of contracts, and those of one by
// indicator, party, score and row. Rows are counted into their contracts, and each contract is sorted when it is come to.
type scoreOrder struct {
	held      *heldScores
	contracts []int32 // keys, in order
	starts    []int32 // of the rows of each in places, with the end of the last
	places    []int32

	next          int         // contract
	own           []heldScore // rows of the contract before that, in the order of the file
	sorted, spare []place     // of these, in order
	at            int         // in sorted: the next row
}

// What a row is sorted by within its contract lies in one number, from the first bits on: indicator, party and score.
const (
	scoreBits = 20 // of the ten-thousandths of a hundred points
	partyBits = 2
)

// inOrder orders rows that have keys, by the keys of contracts by the numbers of their names; -1 for one that has none, whose
// rows are left out.
func (h *heldScores) inOrder(contracts []int32) (*scoreOrder, error) {
	o := &scoreOrder{held: h}
	ranks := o.rank(contracts)
	o.starts = make([]int32, len(o.contracts)+1)
	for _, r := range h.all {
		if r.scoreE4 < 0 || r.scoreE4 >= 1<<scoreBits {
			return nil, fmt.Errorf("row %d has a score of %d ten-thousandths of a point", r.rowNo, r.scoreE4)
		}
		if rank := ranks[r.contract]; rank >= 0 {
			o.starts[rank+1]++
		}
	}
	for rank := range o.contracts {
		o.starts[rank+1] += o.starts[rank]
	}
	o.places = make([]int32, o.starts[len(o.contracts)])
	ends := slices.Clone(o.starts)
	for at, r := range h.all {
		if rank := ranks[r.contract]; rank >= 0 {
			o.places[ends[rank]] = at
			ends[rank]++
		}
	}
	return o, nil
}

// rank puts the contracts into the order of their keys and returns which of them each is, by the number of its name; -1
// where it has no key.
func (o *scoreOrder) rank(contracts []int32) (ranks []int32) {
	ranks = make([]int32, len(contracts))
	var keyed []int32
	for number, key := range contracts {
		if ranks[number] = -1; key >= 0 {
			keyed = append(keyed, int32(number))
		}
	}
	slices.SortFunc(keyed, func(a, b int32) int { return cmp.Compare(contracts[a], contracts[b]) })
	for rank, number := range keyed {
		ranks[number] = int32(rank)
		o.contracts = append(o.contracts, contracts[number])
	}
	return ranks
}

// row is the next row, with the key of its contract; there has to be one.
func (o *scoreOrder) row() (contract int32, row *heldScore) {
	for o.at == len(o.sorted) {
		o.sort()
	}
	row = &o.own[o.sorted[o.at].at]
	o.at++
	return o.contracts[o.next-1], row
}

// sort goes on to the next contract. Its rows lie anywhere in the file: each is fetched once.
func (o *scoreOrder) sort() {
	o.own, o.sorted, o.at = o.own[:0], o.sorted[:0], 0
	for nth, place := range o.places[o.starts[o.next]:o.starts[o.next+1]] {
		r := *o.held.row(place)
		o.own = append(o.own, r)
		o.sorted = append(o.sorted, r.placed(int32(nth)))
	}
	o.next++
	o.spare = slices.Grow(o.spare[:0], len(o.sorted))[:len(o.sorted)]
	o.sorted, o.spare = sortPlaces(o.sorted, o.spare)
}

// placed is where a row stands among those of its contract, by what these are sorted by.
func (r *heldScore) placed(at int32) place {
	return place{uint64(r.indicator)<<(scoreBits+partyBits) | uint64(r.party)<<scoreBits | uint64(r.scoreE4), at}
}

// scoreSchema are the columns of the table score.
var scoreSchema = arrow.NewSchema([]arrow.Field{
	{Name: "contract_key", Type: arrow.PrimitiveTypes.Int32}, {Name: "indicator_key", Type: arrow.PrimitiveTypes.Int16},
	{Name: "party", Type: arrow.PrimitiveTypes.Uint8}, {Name: "rater_key", Type: arrow.PrimitiveTypes.Int32},
	{Name: "score_e4", Type: arrow.PrimitiveTypes.Int32}, {Name: "scored_on", Type: arrow.FixedWidthTypes.Date32},
	{Name: "batch_id", Type: arrow.PrimitiveTypes.Int32}, {Name: "row_no", Type: arrow.PrimitiveTypes.Int32},
}, nil)

// rows hands out the rows as they are stored, once.
func (o *scoreOrder) rows(batch int) array.RecordReader {
	return &madeRows{schema: scoreSchema, rows: len(o.places), step: rowsTogether, make: func(from, to int) []arrow.Array {
		b := newKeyColumns(to - from)
		score, day, batches, rowNo := make([]int32, to-from), make([]int32, to-from), make([]int32, to-from), make([]int32, to-from)
		for i := range to - from {
			contract, r := o.row()
			b.set(i, contract, r)
			score[i], day[i], batches[i], rowNo[i] = r.scoreE4, r.day, int32(batch), r.rowNo
		}
		return append(b.columns(), int32s(score), columnOf(arrow.FixedWidthTypes.Date32, day), int32s(batches), int32s(rowNo))
	}}
}

// keyedSchema are the columns of the table score that name one.
var keyedSchema = arrow.NewSchema(scoreSchema.Fields()[:4], nil)

// keyColumns are these columns on their way.
type keyColumns struct {
	contract, rater []int32
	indicator       []int16
	party           []int8
}

func newKeyColumns(rows int) keyColumns {
	return keyColumns{make([]int32, rows), make([]int32, rows), make([]int16, rows), make([]int8, rows)}
}

func (k keyColumns) set(at int, contract int32, r *heldScore) {
	k.contract[at], k.indicator[at], k.party[at], k.rater[at] = contract, r.indicator, r.party, r.rater
}

func (k keyColumns) columns() []arrow.Array {
	return []arrow.Array{int32s(k.contract), columnOf(arrow.PrimitiveTypes.Int16, k.indicator), columnOf(arrow.PrimitiveTypes.Uint8, k.party), int32s(k.rater)}
}

// byRaters are the keys of the rows of raters with a key below next, by the keys of contracts by the numbers of their names.
func (h *heldScores) byRaters(next int32, contracts []int32) array.RecordReader {
	var places []int32
	for at, r := range h.all {
		if r.rater < next {
			places = append(places, at)
		}
	}
	return &madeRows{schema: keyedSchema, rows: len(places), step: blockNames, make: func(from, to int) []arrow.Array {
		b := newKeyColumns(to - from)
		for i, place := range places[from:to] {
			r := h.row(place)
			b.set(i, contracts[r.contract], r)
		}
		return b.columns()
	}}
}
