package store

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A file of scores names the same contracts, indicators and raters in millions of rows. They are numbered on their way in,
// so that the database groups, joins and sorts whole numbers, and looks at each name once: beside staging, which holds
// NAME_ref in the place of NAME, stands a table NAME_names with NAME_ref and NAME.

// refOf and namesOf are the names of the column and the table of a numbered column.
func refOf(column string) string   { return column + "_ref" }
func namesOf(column string) string { return column + "_names" }

// codedRows hands out rows with numbers in the place of the names in some columns.
type codedRows struct {
	array.RecordReader
	schema *arrow.Schema
	names  []*names // by column; nil: handed on as it is
	keys   *rowKeys // nil: not all columns of the key are numbered
	batch  arrow.RecordBatch
}

// coded numbers the names in the columns of rows for which the kind has that.
func coded(rows array.RecordReader, kind factKind) *codedRows {
	c := &codedRows{RecordReader: rows}
	var fields []arrow.Field
	for _, f := range rows.Schema().Fields() {
		var n *names
		if slices.Contains(kind.coded, f.Name) {
			n = newNames(f.Name)
			f = arrow.Field{Name: refOf(f.Name), Type: arrow.PrimitiveTypes.Int32, Nullable: true}
		}
		fields, c.names = append(fields, f), append(c.names, n)
	}
	c.schema = arrow.NewSchema(fields, nil)
	if slices.Equal(kind.key, kind.coded) {
		c.keys = &rowKeys{}
	}
	return c
}

func (c *codedRows) Schema() *arrow.Schema          { return c.schema }
func (c *codedRows) RecordBatch() arrow.RecordBatch { return c.batch }
func (c *codedRows) Record() arrow.RecordBatch      { return c.batch }

func (c *codedRows) Next() bool {
	if !c.RecordReader.Next() {
		return false
	}
	from := c.RecordReader.RecordBatch()
	columns := make([]arrow.Array, len(c.names))
	var key []*array.Int32
	for i, n := range c.names {
		columns[i] = from.Column(i)
		if n != nil {
			numbers := n.numbers(columns[i])
			columns[i], key = numbers, append(key, numbers)
		}
	}
	if c.keys != nil {
		c.keys.add(key)
	}
	c.batch = array.NewRecordBatch(c.schema, columns, from.NumRows())
	return true
}

// distinct says, when the rows have ended, that no two have the same key; false, that it is not known.
func (c *codedRows) distinct() bool { return c.keys != nil && c.keys.distinct() }

// namesIn are the names of a numbered column.
func (c *codedRows) namesIn(column string) *names {
	return c.names[slices.IndexFunc(c.names, func(n *names) bool { return n != nil && n.column == column })]
}

// names numbers the names of a column from 0 in the order of their first occurrence. They lie one behind the other in
// blocks, and the table holds hashes and numbers only: of millions of names none is an object of its own.
type names struct {
	column string
	seed   maphash.Seed
	slots  []uint64 // upper half: of the hash; lower: number + 1; 0: free
	count  int
	blocks []nameBlock // of blockNames each

	hashes [hashedAhead]uint64 // of the next names of a column
	looked uint64              // what was in their slots, kept only for its having been fetched
}

// hashedAhead is how many names of a column are hashed at once.
const hashedAhead = 32

type nameBlock struct {
	offsets []int32 // of the ends of the names in the text, behind a 0
	text    []byte
}

// blockNames is how many names a block holds, a power of two; with texts of at most some KiB its offsets fit 32 bits.
const blockNames = 1 << 14

func newNames(column string) *names {
	return &names{column: column, seed: maphash.MakeSeed(), slots: make([]uint64, 1<<10)}
}

// numbers are the numbers of a column's names, which is one of texts or a dictionary of them.
func (n *names) numbers(column arrow.Array) *array.Int32 {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	b.Reserve(column.Len())
	number, nulls := n.numbering(column), column.NullN() > 0
	for i := range column.Len() {
		if nulls && column.IsNull(i) {
			b.UnsafeAppendBoolToBitmap(false)
			continue
		}
		b.UnsafeAppend(number(i))
	}
	return b.NewInt32Array()
}

// numbering is how the names of a column are numbered, which are asked for in their order: those of a dictionary when they
// first occur.
func (n *names) numbering(column arrow.Array) func(at int) int32 {
	coded, ok := column.(*array.Dictionary)
	if !ok {
		texts, from, to := column.(*array.String), 0, 0 // which of them are hashed
		return func(at int) int32 {
			if at >= to {
				from, to = at, at+hashedAhead
				n.hash(texts, from)
			}
			return n.numberOf(n.hashes[at-from], texts.Value(at))
		}
	}
	texts, places := coded.Dictionary().(*array.String), coded.Indices().(*array.Int32).Int32Values()
	known := make([]int32, texts.Len()) // number + 1
	return func(at int) int32 {
		place := places[at]
		if known[place] == 0 {
			known[place] = n.number(texts.Value(int(place))) + 1
		}
		return known[place] - 1
	}
}

// hash hashes the next names of a column and looks at the slot of each: slots of millions of names lie anywhere in memory,
// from where the processor then fetches them beside each other and not each when it is needed, as nothing stands between
// one look and the next.
func (n *names) hash(texts *array.String, from int) {
	hashes := n.hashes[:min(hashedAhead, texts.Len()-from)]
	for i := range hashes {
		hashes[i] = maphash.String(n.seed, texts.Value(from+i))
	}
	mask := uint64(len(n.slots) - 1)
	for _, hash := range hashes {
		n.looked ^= n.slots[hash>>32&mask]
	}
}

// find is the number of a name, -1 for one that does not occur.
func (n *names) find(name string) int32 {
	hash := maphash.String(n.seed, name)
	return int32(uint32(n.slots[n.slot(hash, name)])) - 1
}

// span are the first and the last of the names by their bytes; there has to be one.
func (n *names) span() (first, last string) {
	least, most := n.name(0), n.name(0)
	for number := range n.count {
		switch name := n.name(number); {
		case bytes.Compare(name, least) < 0:
			least = name
		case bytes.Compare(name, most) > 0:
			most = name
		}
	}
	return string(least), string(most)
}

func (n *names) number(name string) int32 { return n.numberOf(maphash.String(n.seed, name), name) }

// numberOf is the number of a name with a hash.
func (n *names) numberOf(hash uint64, name string) int32 {
	at := n.slot(hash, name)
	if n.slots[at] == 0 {
		n.add(name)
		n.slots[at] = hash&^math.MaxUint32 | uint64(n.count)
		if n.count > len(n.slots)/4*3 {
			n.grow()
			return int32(n.count) - 1
		}
	}
	return int32(uint32(n.slots[at])) - 1
}

// slot is where a name stands, or the free slot where it would. A slot is looked for from the upper half of the hash, so
// that a larger table can be filled without hashing again.
func (n *names) slot(hash uint64, name string) int {
	mask := len(n.slots) - 1
	for at := int(hash>>32) & mask; ; at = (at + 1) & mask {
		s := n.slots[at]
		if s == 0 || s>>32 == hash>>32 && string(n.name(int(uint32(s))-1)) == name {
			return at
		}
	}
}

func (n *names) add(name string) {
	if n.count%blockNames == 0 {
		n.blocks = append(n.blocks, nameBlock{offsets: make([]int32, 1, blockNames+1)})
	}
	b := &n.blocks[len(n.blocks)-1]
	b.text = append(b.text, name...)
	b.offsets = append(b.offsets, int32(len(b.text)))
	n.count++
}

func (n *names) name(number int) []byte {
	b, i := &n.blocks[number/blockNames], number%blockNames
	return b.text[b.offsets[i]:b.offsets[i+1]]
}

func (n *names) grow() {
	old := n.slots
	n.slots = make([]uint64, 2*len(old))
	mask := len(n.slots) - 1
	for _, s := range old {
		if s == 0 {
			continue
		}
		at := int(s>>32) & mask
		for n.slots[at] != 0 {
			at = (at + 1) & mask
		}
		n.slots[at] = s
	}
}

// reader hands out the names with their numbers, a block at a time and without a copy.
func (n *names) reader() array.RecordReader {
	schema := arrow.NewSchema([]arrow.Field{{Name: refOf(n.column), Type: arrow.PrimitiveTypes.Int32}, {Name: n.column, Type: arrow.BinaryTypes.String}}, nil)
	return &madeRows{schema: schema, rows: n.count, step: blockNames, make: func(from, to int) []arrow.Array {
		b := &n.blocks[from/blockNames]
		return []arrow.Array{numbersFrom(from, to), textColumn(b.offsets, b.text)}
	}}
}

// texts are the names with these numbers. Those of many lie anywhere in memory, from where the processor fetches several
// beside each other, as nothing has to be known of one before the next.
func (n *names) texts(numbers []int32) arrow.Array {
	offsets := make([]int32, len(numbers)+1)
	for i, number := range numbers {
		offsets[i+1] = offsets[i] + int32(len(n.name(int(number))))
	}
	text := make([]byte, offsets[len(numbers)])
	for i, number := range numbers {
		copy(text[offsets[i]:], n.name(int(number)))
	}
	return textColumn(offsets, text)
}

// textColumn is a column of texts that lie one behind the other, with the offsets of their ends behind a 0. It copies neither.
func textColumn(offsets []int32, text []byte) arrow.Array {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(text)}
	return array.NewStringData(array.NewData(arrow.BinaryTypes.String, len(offsets)-1, buffers, nil, 0, 0))
}

// sort puts the numbers of names, which are in order, into the order of the names, byte by byte, as the database orders texts:
// by the first bytes of each behind those that all have, and by all of them where these are the same.
func (n *names) sort(numbers []int32) {
	same := n.common(numbers)
	places := make([]place, len(numbers))
	for i, number := range numbers {
		var head [8]byte
		copy(head[:], n.name(int(number))[same:])
		places[i] = place{binary.BigEndian.Uint64(head[:]), number}
	}
	places, _ = sortPlaces(places, make([]place, len(numbers)))
	for from, to := 0, 0; from < len(places); from = to {
		for to = from + 1; to < len(places) && places[to].by == places[from].by; to++ {
		}
		if to > from+1 {
			slices.SortFunc(places[from:to], func(a, b place) int { return bytes.Compare(n.name(int(a.at)), n.name(int(b.at))) })
		}
	}
	for i, p := range places {
		numbers[i] = p.at
	}
}

// common is how many bytes all names begin with.
func (n *names) common(numbers []int32) int {
	if len(numbers) == 0 {
		return 0
	}
	first := n.name(int(numbers[0]))
	same := len(first)
	for _, number := range numbers {
		name := n.name(int(number))
		same = min(same, len(name))
		for !bytes.Equal(name[:same], first[:same]) {
			same--
		}
	}
	return same
}
