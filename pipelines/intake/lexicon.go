package intake

import (
	"hash/maphash"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// verdict is what was found of a cell.
type verdict struct {
	value
	plain    string // trimmed, and narrowed where the column holds no free text
	narrowed bool
	trouble  *trouble // nil: nothing is wrong
}

// look reads a cell.
func (c *Column) look(cell string) verdict {
	if c.Type == Text || c.Type == Prose {
		return c.judge(strings.TrimSpace(cell), false)
	}
	return c.judge(narrow(cell))
}

// judge reads a cell that is trimmed.
func (c *Column) judge(plain string, narrowed bool) verdict {
	v := verdict{plain: plain, narrowed: narrowed}
	switch {
	case plain != "":
		v.value, v.trouble = c.parse(plain)
	case c.Required:
		v.trouble = emptyCell
	}
	return v
}

// untouched says of a cell, without reading it, that it has no fault and is stored as it stands: a text of plain characters. Of
// others only look can tell.
func (c *Column) untouched(cell string) bool {
	if c.Type != Text && c.Type != Code || cell == "" || len(cell) > textMax {
		return false
	}
	for i := range len(cell) {
		if cell[i] <= ' ' || cell[i] > '~' {
			return false
		}
	}
	return true
}

var emptyCell = &trouble{cause: "empty", expected: "a value", mend: "fill the cell in"}

// lexicon numbers the different cells of a column from 0 and keeps what was found of each, so that what stands in a million
// rows is looked at once.
type lexicon struct {
	column   *Column
	seed     maphash.Seed
	slots    []int32  // number + 1 of a cell, at or behind its hash; 0: free
	cells    []string // by number; they are the lexicon's own
	verdicts []verdict
	rows     int // that were looked up

	recent [1 << 10]struct { // numbers of values that are no text, by the value
		value uint64
		known int32 // number + 1; 0: none
	}
	texts arrow.Array // of the verdicts, as far as it goes
}

// lexiconMax bounds the cells of a lexicon. One that has more, or more than one for so many rows, saves nothing.
const (
	lexiconMax  = 1 << 15
	lexiconRows = 4
)

func newLexicon(c *Column) *lexicon {
	return &lexicon{column: c, seed: maphash.MakeSeed(), slots: make([]int32, 1<<8)}
}

// numberable says that the cells of a column may repeat: texts are written for one row each, and are long.
func (c *Column) numberable() bool { return c.Type != Text && c.Type != Prose }

// useless says that the column has too many different cells.
func (l *lexicon) useless() bool {
	return len(l.cells) > lexiconMax || len(l.cells)*lexiconRows > l.rows
}

// number is the number of a cell.
func (l *lexicon) number(cell string) int32 {
	at := l.slot(cell)
	if l.slots[at] == 0 {
		own := strings.Clone(cell) // what comes in is a piece of much more
		l.cells, l.verdicts = append(l.cells, own), append(l.verdicts, l.column.look(own))
		l.slots[at] = int32(len(l.cells))
		if len(l.cells)*2 > len(l.slots) {
			l.grow()
		}
		return int32(len(l.cells)) - 1
	}
	return l.slots[at] - 1
}

// slot is where a cell stands, or the free slot where it would.
func (l *lexicon) slot(cell string) int {
	mask := len(l.slots) - 1
	for at := int(maphash.String(l.seed, cell)) & mask; ; at = (at + 1) & mask {
		if s := l.slots[at]; s == 0 || l.cells[s-1] == cell {
			return at
		}
	}
}

func (l *lexicon) grow() {
	l.slots = make([]int32, 4*len(l.slots))
	for number, cell := range l.cells {
		l.slots[l.slot(cell)] = int32(number) + 1
	}
}

// numberOf is the number of a cell that stands in a column as a value other than a text.
func (l *lexicon) numberOf(value uint64, column arrow.Array, at int) int32 {
	k := &l.recent[(value^value>>43)%uint64(len(l.recent))]
	if k.known == 0 || k.value != value {
		k.value, k.known = value, l.number(column.ValueStr(at))+1
	}
	return k.known - 1
}

// dictionary is the column of cells by their numbers, of a type whose cells are stored as text.
func (l *lexicon) dictionary(numbers []int32) arrow.Array {
	if l.texts == nil || l.texts.Len() < len(l.verdicts) {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for _, v := range l.verdicts {
			b.Append(v.text)
		}
		l.texts = b.NewArray()
	}
	places := array.NewInt32Builder(memory.DefaultAllocator)
	places.Reserve(len(numbers))
	for _, number := range numbers {
		if l.verdicts[number].given {
			places.UnsafeAppend(number)
		} else {
			places.UnsafeAppendBoolToBitmap(false)
		}
	}
	return array.NewDictionaryArray(dictionaryType, places.NewArray(), l.texts)
}

// dictionaryType is the type of a column of texts that rows share.
var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// stored is the column of cells by their numbers, in the type that it is stored in.
func (l *lexicon) stored(numbers []int32) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, arrowTypes[l.column.Type])
	b.Reserve(len(numbers))
	for _, number := range numbers {
		l.verdicts[number].appendTo(b)
	}
	return b.NewArray()
}
