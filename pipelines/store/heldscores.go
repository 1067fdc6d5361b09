package store

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// heldScores are the rows of a file of scores from their reading to their storing, in the order of the file. They wait here
// and not in a table of the database, which would copy, join and sort them at several times the cost.
type heldScores struct {
	contracts, indicators, parties, raters *names

	blocks [][]heldScore // of heldBlock each but the last
	count  int
}

// heldScore is one row. It holds the numbers of its names until they have keys, and these from then on.
type heldScore struct {
	contract, rater     int32
	scoreE4, day, rowNo int32
	indicator           int16
	party               int8
}

// heldBlock is how many rows lie together, a power of two.
const heldBlock = 1 << 14

func (h *heldScores) row(at int32) *heldScore { return &h.blocks[at/heldBlock][at%heldBlock] }

// all goes through the rows in their order.
func (h *heldScores) all(yield func(at int32, row *heldScore) bool) {
	at := int32(0)
	for _, b := range h.blocks {
		for i := range b {
			if !yield(at, &b[i]) {
				return
			}
			at++
		}
	}
}

// hold reads all rows.
func hold(c *codedRows) (*heldScores, error) {
	h := &heldScores{contracts: c.namesIn("contract_no"), indicators: c.namesIn("indicator"), parties: c.namesIn("party"), raters: c.namesIn(raterColumn)}
	for c.Next() {
		if err := h.take(c.batch); err != nil {
			return nil, fmt.Errorf("take scores in: %w", err)
		}
	}
	return h, c.Err()
}

// take takes a batch in.
func (h *heldScores) take(batch arrow.RecordBatch) error {
	columns, err := heldColumns(batch)
	if err != nil {
		return err
	}
	if h.indicators.count > math.MaxInt16 || h.parties.count > math.MaxInt8 || h.count+int(batch.NumRows()) > math.MaxInt32 {
		return fmt.Errorf("found %d rows with %d indicators and %d parties, which are more than there can be", h.count+int(batch.NumRows()), h.indicators.count, h.parties.count)
	}
	contract, indicator, party, rater, score := columns[0], columns[1], columns[2], columns[3], columns[4]
	day, rowNo := columns[5], columns[6]
	for i := range contract {
		last := len(h.blocks) - 1
		if h.count%heldBlock == 0 {
			h.blocks = append(h.blocks, make([]heldScore, 0, heldBlock))
			last++
		}
		h.blocks[last] = append(h.blocks[last], heldScore{contract[i], rater[i], score[i], day[i], rowNo[i], int16(indicator[i]), int8(party[i])})
		h.count++
	}
	return nil
}

// heldSchema are the columns of held scores as they are staged.
var heldSchema = arrow.NewSchema([]arrow.Field{
	{Name: refOf("contract_no"), Type: arrow.PrimitiveTypes.Int32}, {Name: refOf("indicator"), Type: arrow.PrimitiveTypes.Int32},
	{Name: refOf("party"), Type: arrow.PrimitiveTypes.Int32}, {Name: refOf(raterColumn), Type: arrow.PrimitiveTypes.Int32},
	{Name: "score_e4", Type: arrow.PrimitiveTypes.Int32}, {Name: "scored_on", Type: arrow.FixedWidthTypes.Date32}, {Name: "row_no", Type: arrow.PrimitiveTypes.Int32},
}, nil)

// heldColumns are the values of a batch's columns in the order of heldSchema, all of which have to be there in every row.
func heldColumns(batch arrow.RecordBatch) (columns [7][]int32, err error) {
	for i, f := range heldSchema.Fields() {
		at := batch.Schema().FieldIndices(f.Name)
		if len(at) != 1 {
			return columns, fmt.Errorf("found %d columns %s, expected one", len(at), f.Name)
		}
		column := batch.Column(at[0])
		if column.NullN() > 0 {
			return columns, fmt.Errorf("%d rows have no %s", column.NullN(), f.Name)
		}
		if columns[i], err = int32Values(column); err != nil {
			return columns, fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return columns, nil
}

// int32Values are the values of a column of whole numbers, or of days as the number of each from 1970 on.
func int32Values(column arrow.Array) ([]int32, error) {
	switch c := column.(type) {
	case *array.Int32:
		return c.Int32Values(), nil
	case *array.Date32:
		return arrow.Int32Traits.CastFromBytes(arrow.Date32Traits.CastToBytes(c.Date32Values())), nil
	case *array.Int64:
		all := make([]int32, c.Len())
		for i, v := range c.Int64Values() {
			if all[i] = int32(v); int64(all[i]) != v {
				return nil, fmt.Errorf("found %d, expected a number of at most 32 bits", v)
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("found %s, expected whole numbers or days", column.DataType())
}

// staged hands out these rows, by their places, as they are staged.
func (h *heldScores) staged(places []int32) array.RecordReader {
	return &madeRows{schema: heldSchema, rows: len(places), step: blockNames, make: func(from, to int) []arrow.Array {
		var columns [7][]int32
		for i := range columns {
			columns[i] = make([]int32, to-from)
		}
		for i, place := range places[from:to] {
			r := h.row(place)
			for c, v := range [7]int32{r.contract, int32(r.indicator), int32(r.party), r.rater, r.scoreE4, r.day, r.rowNo} {
				columns[c][i] = v
			}
		}
		arrays := make([]arrow.Array, len(columns))
		for i, f := range heldSchema.Fields() {
			arrays[i] = columnOf(f.Type, columns[i])
		}
		return arrays
	}}
}

// places are those of all rows.
func (h *heldScores) places() []int32 {
	all := make([]int32, h.count)
	for at := range all {
		all[at] = int32(at)
	}
	return all
}

// standIns are the places of rows that stand for all where one name of a row is looked at: of each contract its latest score,
// of each indicator and each party the first, and where raters are looked at, of each of these.
func (h *heldScores) standIns(raters bool) []int32 {
	latest := make([]int32, h.contracts.count)
	for i := range latest {
		latest[i] = -1
	}
	seen := [3][]bool{make([]bool, h.indicators.count), make([]bool, h.parties.count), nil}
	if raters {
		seen[2] = make([]bool, h.raters.count)
	}
	var places []int32
	for at, r := range h.all {
		if was := latest[r.contract]; was < 0 || h.row(was).day < r.day {
			latest[r.contract] = at
		}
		first := false
		for i, number := range [3]int32{int32(r.indicator), int32(r.party), r.rater} {
			if seen[i] != nil && !seen[i][number] {
				seen[i][number], first = true, true
			}
		}
		if first {
			places = append(places, at)
		}
	}
	places = append(places, latest...)
	slices.Sort(places)
	return slices.Compact(places)
}

// leaveOut takes rows out by their numbers, which are in order, and so are the rows'.
func (h *heldScores) leaveOut(rowNos []int64) {
	if len(rowNos) == 0 {
		return
	}
	kept := int32(0)
	for _, r := range h.all {
		for len(rowNos) > 0 && rowNos[0] < int64(r.rowNo) {
			rowNos = rowNos[1:]
		}
		if len(rowNos) == 0 || rowNos[0] != int64(r.rowNo) {
			*h.row(kept) = *r
			kept++
		}
	}
	h.count = int(kept)
	h.blocks = h.blocks[:(h.count+heldBlock-1)/heldBlock]
	if over := h.count % heldBlock; over > 0 {
		h.blocks[len(h.blocks)-1] = h.blocks[len(h.blocks)-1][:over]
	}
}
