package intake

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"pingxin/pipelines/store"
)

// filling is a column of a file on its way into batches. Its cells are numbered by a lexicon as long as that saves work.
type filling struct {
	*Column
	place    int      // in the schema
	lexicon  *lexicon // nil: the column has too many different cells
	numbers  []int32  // of the cells of the batch, with a lexicon
	builder  array.Builder
	numbered bool // the store takes it as a dictionary

	said   *verdict // of the cell of the current row
	number int32    // of that cell, with a lexicon
	own    verdict
}

func newFilling(kind string, c *Column, place int) *filling {
	f := &filling{Column: c, place: place, numbered: store.Numbered(kind, c.Name), builder: array.NewBuilder(memory.DefaultAllocator, arrowTypes[c.Type])}
	if c.numberable() {
		f.lexicon = newLexicon(c)
	}
	return f
}

// read reads the cell of the current row.
func (f *filling) read(cell string) {
	if f.lexicon == nil {
		f.own = f.look(cell)
		f.said = &f.own
		return
	}
	f.number = f.lexicon.number(cell)
	f.said = &f.lexicon.verdicts[f.number]
}

// keep takes the cell of the current row into the batch.
func (f *filling) keep() {
	if f.lexicon == nil {
		f.said.appendTo(f.builder)
		return
	}
	f.numbers = append(f.numbers, f.number)
}

// array hands out what was kept, and decides whether the lexicon stays.
func (f *filling) array() arrow.Array {
	if f.lexicon == nil {
		return f.builder.NewArray()
	}
	all := f.of(f.numbers)
	f.numbers = f.numbers[:0]
	return all
}

// of are cells by their numbers, of which the lexicon learns how many it saved.
func (f *filling) of(numbers []int32) (all arrow.Array) {
	if f.numbered {
		all = f.lexicon.dictionary(numbers)
	} else {
		all = f.lexicon.stored(numbers)
	}
	if f.lexicon.rows += len(numbers); f.lexicon.useless() {
		f.lexicon = nil
	}
	return all
}
