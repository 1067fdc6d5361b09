package intake

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// columnSource is a source whose rows come in columns.
type columnSource interface {
	source
	// columns are those of the rows that come next, and the number of the first of them; nil where some of these were
	// handed out by next already, or none follow or can be read, as next then says.
	columns() (all []arrow.Array, row int64)
	// skip passes over these rows.
	skip()
}

// whole reads the rows that come next by their columns, if the file has columns and none of the rows has a fault: each
// different value is looked at once. It is false where they have to be read one by one, which finds where the faults are.
func (b *batches) whole() (done bool) {
	src, ok := b.src.(columnSource)
	if !ok || len(b.passed) > 0 || b.kind.Name == "contract" { // whose dates are compared row by row
		return false
	}
	given, row := src.columns()
	if given == nil || b.rows+given[0].Len() > rowsMax {
		return false
	}
	if len(b.kept) > 0 {
		b.hand()
	}
	defer func() { // of a damaged file, as next says
		if recover() != nil {
			done = false
		}
	}()
	columns, narrowed, ok := b.good(given)
	if !ok {
		return false
	}
	rows := make([]int64, given[0].Len())
	for i := range rows {
		rows[i] = row + int64(i)
	}
	src.skip()
	b.rows += len(rows)
	b.narrowed += narrowed
	b.send(columns, rows)
	return true
}

// good are columns of a file as they are stored, by their places in the schema, and how many cells were narrowed; ok is false
// where a row has a fault.
func (b *batches) good(given []arrow.Array) (stored []arrow.Array, narrowed int, ok bool) {
	stored = make([]arrow.Array, len(b.schema.Fields()))
	numbers := make([][]int32, len(given)) // of the cells of a column with a lexicon
	for i, f := range b.columns {
		if f == nil {
			continue
		}
		var n int
		if f.lexicon != nil {
			numbers[i] = f.numbersOf(given[i])
			n, ok = f.lexicon.found(numbers[i])
		} else {
			stored[f.place], n, ok = f.lookAt(given[i])
		}
		if narrowed += n; !ok {
			return nil, 0, false
		}
	}
	if b.kind.Name == "score" && !b.allAsked(numbers[b.inFile["indicator"]], numbers[b.inFile["party"]]) {
		return nil, 0, false
	}
	for i, f := range b.columns {
		if f != nil && numbers[i] != nil {
			stored[f.place] = f.of(numbers[i])
		}
	}
	return stored, narrowed, true
}

// allAsked says that the policy asks the indicators of the parties, by the numbers of both; false, that rows have to be
// looked at one by one.
func (p *parser) allAsked(indicators, parties []int32) bool {
	if indicators == nil || parties == nil {
		return false
	}
	of, as := p.columns[p.inFile["indicator"]], p.columns[p.inFile["party"]]
	for i, indicator := range indicators {
		if p.asked(indicator, parties[i]) {
			continue
		}
		if p.notAsked(of.lexicon.verdicts[indicator].plain, as.Column, as.lexicon.verdicts[parties[i]].plain) != nil {
			return false
		}
		p.noteAsked(indicator, parties[i])
	}
	return true
}

// found says whether cells have no fault, and how many of them were narrowed.
func (l *lexicon) found(numbers []int32) (narrowed int, ok bool) {
	plain := true
	for i := range l.verdicts {
		plain = plain && l.verdicts[i].trouble == nil && !l.verdicts[i].narrowed
	}
	if plain {
		return 0, true
	}
	for _, number := range numbers {
		if l.verdicts[number].trouble != nil {
			return 0, false
		}
		if l.verdicts[number].narrowed {
			narrowed++
		}
	}
	return narrowed, true
}

// numbersOf are the numbers of the cells of a column.
func (f *filling) numbersOf(column arrow.Array) []int32 {
	numbers := make([]int32, column.Len())
	number, nulls := numbering(f.lexicon, column), column.NullN() > 0
	for i := range numbers {
		if nulls && column.IsNull(i) {
			numbers[i] = f.lexicon.number("")
		} else {
			numbers[i] = number(i)
		}
	}
	return numbers
}

// numbering is how a lexicon numbers the cells of a column, each value as the text that it would have in a CSV file.
func numbering(l *lexicon, column arrow.Array) func(at int) int32 {
	value := func(v uint64, at int) int32 { return l.numberOf(v, column, at) }
	switch c := column.(type) {
	case *array.String:
		return func(at int) int32 { return l.number(c.Value(at)) }
	case *array.Dictionary:
		texts, places := c.Dictionary().(*array.String), c.Indices().(*array.Int32).Int32Values()
		known := make([]int32, texts.Len())
		for place := range known {
			known[place] = l.number(texts.Value(place))
		}
		return func(at int) int32 { return known[places[at]] }
	case *array.Int32:
		return func(at int) int32 { return value(uint64(c.Value(at)), at) }
	case *array.Int64:
		return func(at int) int32 { return value(uint64(c.Value(at)), at) }
	case *array.Float64:
		return func(at int) int32 { return value(math.Float64bits(c.Value(at)), at) }
	case *array.Date32:
		return func(at int) int32 { return value(uint64(c.Value(at)), at) }
	}
	return func(at int) int32 { return l.number(column.ValueStr(at)) }
}

// lookAt reads a column without a lexicon. One of texts that are stored as they stand is handed on as it is, one of texts that
// rows share where the store takes such.
func (f *filling) lookAt(column arrow.Array) (stored arrow.Array, narrowed int, ok bool) {
	switch c := column.(type) {
	case *array.String:
		if arrowTypes[f.Type] == arrow.BinaryTypes.String && f.asItIs(c) {
			return c, 0, true
		}
	case *array.Dictionary:
		if f.numbered && (!f.Required || c.NullN() == 0) && f.asItIs(c.Dictionary().(*array.String)) {
			return c, 0, true
		}
	}
	text := textsOf(column)
	defer func() {
		if !ok {
			f.builder.NewArray() // begins anew
		}
	}()
	for i := range column.Len() {
		cell := ""
		if !column.IsNull(i) {
			cell = text(i)
		}
		if f.read(cell); f.said.trouble != nil {
			return nil, 0, false
		}
		if f.said.narrowed {
			narrowed++
		}
		f.keep()
	}
	return f.array(), narrowed, true
}

// asItIs says that no cell of a column of texts has a fault or is stored otherwise than it stands.
func (f *filling) asItIs(texts *array.String) bool {
	for i := range texts.Len() {
		if texts.IsNull(i) && !f.Required || f.untouched(texts.Value(i)) {
			continue
		}
		if f.read(texts.Value(i)); !f.said.given || f.said.trouble != nil || f.said.narrowed || f.said.text != texts.Value(i) {
			return false
		}
	}
	return true
}
