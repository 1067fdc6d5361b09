package intake

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// textPages reads a column of texts of a Parquet file, a page at a time. What the file keeps once for many rows is handed out
// once, too, as a dictionary: its texts are then looked at once, and copied once.
type textPages struct {
	file   *file.Reader
	column int // of the file
	groups int // of rows, that were begun
	chunk  *file.ByteArrayColumnChunkReader
	values []parquet.ByteArray
	levels []int16 // of the rows: 0 is a null, unless there can be none
	texts  pageTexts
}

// textPagesOf reads a column; nil where it is not one of texts that stand in the rows themselves.
func textPagesOf(p *file.Reader, f pqarrow.SchemaField) *textPages {
	if !f.IsLeaf() || !isText(f.Field.Type) {
		return nil
	}
	if c := p.MetaData().Schema.Column(f.ColIndex); c.PhysicalType() != parquet.Types.ByteArray || c.MaxRepetitionLevel() > 0 || c.MaxDefinitionLevel() > 1 {
		return nil
	}
	return &textPages{file: p, column: f.ColIndex, values: make([]parquet.ByteArray, batchRows), levels: make([]int16, batchRows)}
}

// isText says that values of a type are texts, whether each row has its own or rows share them.
func isText(t arrow.DataType) bool {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	return t.ID() == arrow.STRING
}

// next reads the column in the rows that come next, at most batchRows.
func (p *textPages) next(rows int) (arrow.Array, error) {
	t := &p.texts
	t.empty(rows)
	for len(t.places) < rows {
		if more, err := p.more(); err != nil || !more {
			return nil, cmp.Or(err, errors.New("a column has fewer rows than the file"))
		}
		n, given, err := p.chunk.ReadBatchInPage(int64(rows-len(t.places)), p.values, p.levels, nil)
		if err != nil || n == 0 {
			return nil, cmp.Or(err, errors.New("a page has no rows"))
		}
		if t.add(p.values[:given], p.levels[:n]); len(t.text) > math.MaxInt32 {
			return nil, fmt.Errorf("texts of %d rows are longer than %d bytes", len(t.places), math.MaxInt32)
		}
	}
	return t.column(), nil
}

// more goes on to the page of the row that comes next, if there is one.
func (p *textPages) more() (bool, error) {
	for p.chunk == nil || !p.chunk.HasNext() {
		if p.chunk != nil {
			if err := errors.Join(p.chunk.Err(), p.chunk.Close()); err != nil {
				return false, err
			}
			p.chunk = nil
		}
		if p.groups == p.file.NumRowGroups() {
			return false, nil
		}
		chunk, err := p.file.RowGroup(p.groups).Column(p.column)
		if err != nil {
			return false, err
		}
		p.chunk, p.groups = chunk.(*file.ByteArrayColumnChunkReader), p.groups+1
	}
	return true, nil
}

// pageTexts are the texts of rows, of which several may have one.
type pageTexts struct {
	places  []int32 // of each row: which of the texts; -1 is a null
	offsets []int32 // of the ends of the texts, behind a 0
	text    []byte

	known [1 << 10]knownText // of the page: those that were met last, by their ends
}

// knownText is where a text lies in memory, and which of the texts it is. Rows for which a page has one text have the same piece of memory.
type knownText struct {
	at    *byte
	size  int
	place int32
}

// empty forgets what was handed out, and makes room for as many rows and as much text as there was.
func (t *pageTexts) empty(rows int) {
	t.places, t.offsets, t.text = t.places[:0], make([]int32, 1, rows+1), make([]byte, 0, len(t.text)+len(t.text)/16)
}

// add takes rows of a page in, which have these values where they have any; levels say which have.
func (t *pageTexts) add(values []parquet.ByteArray, levels []int16) {
	clear(t.known[:]) // the memory of the page before may be this one's
	every := len(values) == len(levels)
	for _, level := range levels {
		if !every && level == 0 {
			t.places = append(t.places, -1)
			continue
		}
		t.places = append(t.places, t.place(values[0]))
		values = values[1:]
	}
}

// place is which of the texts a value is.
func (t *pageTexts) place(value []byte) int32 {
	if len(value) == 0 {
		return t.keep(value)
	}
	k := &t.known[endOf(value)%uint32(len(t.known))]
	if k.at != &value[0] || k.size != len(value) {
		*k = knownText{&value[0], len(value), t.keep(value)}
	}
	return k.place
}

// endOf is a number of the last bytes of a text, by which those of a column differ most.
func endOf(value []byte) (n uint32) {
	for _, b := range value[max(0, len(value)-3):] {
		n = n*37 + uint32(b)
	}
	return n
}

func (t *pageTexts) keep(value []byte) int32 {
	t.text = append(t.text, value...)
	t.offsets = append(t.offsets, int32(len(t.text)))
	return int32(len(t.offsets)) - 2
}

// column hands the rows out: as a dictionary where so many share their texts that a lexicon stays.
func (t *pageTexts) column() arrow.Array {
	switch texts := len(t.offsets) - 1; {
	case texts*lexiconRows <= len(t.places):
		return t.dictionary()
	case texts == len(t.places):
		return t.texts()
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.Reserve(len(t.places))
	for _, place := range t.places {
		if place < 0 {
			b.AppendNull()
			continue
		}
		b.BinaryBuilder.Append(t.text[t.offsets[place]:t.offsets[place+1]])
	}
	return b.NewArray()
}

// texts are the texts, each once.
func (t *pageTexts) texts() arrow.Array {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(t.offsets)), memory.NewBufferBytes(t.text)}
	return array.NewStringData(array.NewData(arrow.BinaryTypes.String, len(t.offsets)-1, buffers, nil, 0, 0))
}

// dictionary is the column as places in the texts.
func (t *pageTexts) dictionary() arrow.Array {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	b.Reserve(len(t.places))
	for _, place := range t.places {
		if place < 0 {
			b.UnsafeAppendBoolToBitmap(false)
			continue
		}
		b.UnsafeAppend(place)
	}
	return array.NewDictionaryArray(dictionaryType, b.NewArray(), t.texts())
}
