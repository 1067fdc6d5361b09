package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"pingxin/credit"
	"pingxin/scoring"
)

// Terms is the shape of the list of terms behind a result: the slip of an evaluation, the terms of a rating. A result
// carries its terms packed in one cell: as rows of a table of their own they cost six times as much to write, which was
// a third of a run. Packing is canonical, so the packed bytes are part of the result's hash; exports show plain rows.
type Terms[P any] struct {
	fields []field[P]
	// added are numbers that terms did not always have. They are packed behind all terms, and only where one of them is
	// known, so that cells from before still read and results without them have the bytes that they always had.
	added []addedField[P]
}

// withAdded is added to the number of terms where the added numbers are packed; no result has so many terms.
const withAdded = 1 << 20

// addedField is a number, NaN where it is not known.
type addedField[P any] struct {
	field[P]
	at func(*P) *float64
}

func addedReal[P any](name string, at func(*P) *float64) addedField[P] {
	return addedField[P]{realField(name, at), at}
}

// all are the columns of an export.
func (t *Terms[P]) all() []field[P] {
	all := slices.Clone(t.fields)
	for _, f := range t.added {
		all = append(all, f.field)
	}
	return all
}

// field is one column of a list of terms: how a value is packed, unpacked, and appended to a column of an export.
type field[P any] struct {
	name   string
	typ    arrow.DataType
	pack   func(*packer, *P)
	unpack func(*unpacker, *P)
	append func(array.Builder, *P)
}

// SlipTerms are the parts of an evaluation.
var SlipTerms = Terms[scoring.Part]{fields: []field[scoring.Part]{
	textField("indicator", func(p *scoring.Part) *string { return &p.Indicator }),
	textField("parent", func(p *scoring.Part) *string { return &p.Parent }),
	{name: "party", typ: arrow.BinaryTypes.String,
		pack:   func(k *packer, p *scoring.Part) { k.bytes = append(k.bytes, byte(p.Party)) },
		unpack: func(u *unpacker, p *scoring.Part) { p.Party = scoring.Party(u.byte()) },
		append: func(b array.Builder, p *scoring.Part) { appendText(b, p.Party.String()) }},
	wholeField("n", func(p *scoring.Part) *int { return &p.N }),
	realField("n_effective", func(p *scoring.Part) *float64 { return &p.NEffective }),
	realField("plain", func(p *scoring.Part) *float64 { return &p.Plain }),
	realField("value", func(p *scoring.Part) *float64 { return &p.Value }),
	realField("se", func(p *scoring.Part) *float64 { return &p.SE }),
	realField("weight_pct", func(p *scoring.Part) *float64 { return &p.Weight }),
	realField("share", func(p *scoring.Part) *float64 { return &p.Share }),
	realField("contribution", func(p *scoring.Part) *float64 { return &p.Contribution }),
	textField("note", func(p *scoring.Part) *string { return &p.Note }),
}, added: []addedField[scoring.Part]{
	addedReal("raw", func(p *scoring.Part) *float64 { return &p.Raw }),
	addedReal("adjusted", func(p *scoring.Part) *float64 { return &p.Adjusted }),
}}

// RatingTerms are the parts of a rating.
var RatingTerms = Terms[credit.Part]{fields: []field[credit.Part]{
	textField("term", func(p *credit.Part) *string { return &p.Term }),
	textField("ref", func(p *credit.Part) *string { return &p.Ref }),
	realField("value", func(p *credit.Part) *float64 { return &p.Value }),
	wholeField("age_days", func(p *credit.Part) *int { return &p.AgeDays }),
	realField("weight", func(p *credit.Part) *float64 { return &p.Weight }),
	realField("share", func(p *credit.Part) *float64 { return &p.Share }),
	realField("contribution", func(p *credit.Part) *float64 { return &p.Contribution }),
	textField("note", func(p *credit.Part) *string { return &p.Note }),
}}

func textField[P any](name string, at func(*P) *string) field[P] {
	return field[P]{name: name, typ: arrow.BinaryTypes.String,
		pack:   func(k *packer, p *P) { k.text(*at(p)) },
		unpack: func(u *unpacker, p *P) { *at(p) = u.text() },
		append: func(b array.Builder, p *P) { appendText(b, *at(p)) }}
}

func wholeField[P any](name string, at func(*P) *int) field[P] {
	return field[P]{name: name, typ: arrow.PrimitiveTypes.Int64,
		pack:   func(k *packer, p *P) { k.bytes = binary.AppendVarint(k.bytes, int64(*at(p))) },
		unpack: func(u *unpacker, p *P) { *at(p) = int(u.whole()) },
		append: func(b array.Builder, p *P) { b.(*array.Int64Builder).Append(int64(*at(p))) }}
}

func realField[P any](name string, at func(*P) *float64) field[P] {
	return field[P]{name: name, typ: arrow.PrimitiveTypes.Float64,
		pack:   func(k *packer, p *P) { k.real(*at(p)) },
		unpack: func(u *unpacker, p *P) { *at(p) = u.real() },
		append: func(b array.Builder, p *P) { appendReal(b, *at(p)) }}
}

// Pack returns the terms as one cell's bytes; every value comes back as it was, but there is one NaN and one zero only.
func (t *Terms[P]) Pack(terms []P) []byte {
	return t.Append(make([]byte, 0, 64*len(terms)+8), terms)
}

// Append appends what Pack returns.
func (t *Terms[P]) Append(buf []byte, terms []P) []byte {
	k := packer{bytes: buf, texts: make([]string, 0, len(terms)+8)}
	head, knows := uint64(len(terms)), t.knowsAdded(terms)
	if knows {
		head += withAdded
	}
	k.bytes = binary.AppendUvarint(k.bytes, head)
	for i := range terms {
		for f := range t.fields {
			t.fields[f].pack(&k, &terms[i])
		}
	}
	if knows {
		for i := range terms {
			for f := range t.added {
				t.added[f].pack(&k, &terms[i])
			}
		}
	}
	return k.bytes
}

// knowsAdded says whether any of the added numbers is known.
func (t *Terms[P]) knowsAdded(terms []P) bool {
	for i := range terms {
		for _, f := range t.added {
			if !math.IsNaN(*f.at(&terms[i])) {
				return true
			}
		}
	}
	return false
}

// Unpack reads what Pack wrote.
func (t *Terms[P]) Unpack(packed []byte) ([]P, error) {
	u := unpacker{bytes: packed}
	n, known := u.uvarint(), false
	if n >= withAdded {
		n, known = n-withAdded, true
	}
	if u.damaged || n > uint64(len(packed)) {
		return nil, fmt.Errorf("the packed terms of a result are damaged (%d bytes): run `pingxin doctor`", len(packed))
	}
	terms := make([]P, n)
	for i := range terms {
		for f := range t.fields {
			t.fields[f].unpack(&u, &terms[i])
		}
	}
	for i := range terms {
		for _, f := range t.added {
			if *f.at(&terms[i]) = math.NaN(); known {
				f.unpack(&u, &terms[i])
			}
		}
	}
	if u.damaged || len(u.bytes) > 0 {
		return nil, fmt.Errorf("the packed terms of a result are damaged (%d bytes): run `pingxin doctor`", len(packed))
	}
	return terms, nil
}

// packer writes values one behind the other. A text that occurred before is the number of its first occurrence.
type packer struct {
	bytes []byte
	texts []string
}

func (k *packer) text(v string) {
	at := slices.Index(k.texts, v)
	if at >= 0 {
		k.bytes = binary.AppendUvarint(k.bytes, uint64(at))
		return
	}
	k.bytes = binary.AppendUvarint(k.bytes, uint64(len(k.texts)))
	k.bytes = binary.AppendUvarint(k.bytes, uint64(len(v)))
	k.bytes = append(k.bytes, v...)
	k.texts = append(k.texts, v)
}

// What stands before a packed real number: most are missing, zero or a full one.
const (
	realMissing = iota
	realZero
	realFull
)

func (k *packer) real(v float64) {
	switch {
	case math.IsNaN(v):
		k.bytes = append(k.bytes, realMissing)
	case v == 0:
		k.bytes = append(k.bytes, realZero)
	default:
		k.bytes = append(k.bytes, realFull)
		k.bytes = binary.LittleEndian.AppendUint64(k.bytes, math.Float64bits(v))
	}
}

// unpacker takes values off the front of its bytes; damaged once they end too early or make no sense.
type unpacker struct {
	bytes   []byte
	texts   []string
	damaged bool
}

func (u *unpacker) take(n int) []byte {
	if n < 0 || n > len(u.bytes) {
		u.damaged, u.bytes = true, nil
		return make([]byte, max(0, min(n, 8)))
	}
	taken := u.bytes[:n]
	u.bytes = u.bytes[n:]
	return taken
}

func (u *unpacker) byte() byte { return u.take(1)[0] }

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.bytes)
	if n <= 0 {
		u.damaged, n = true, 0
	}
	u.take(n)
	return v
}

func (u *unpacker) whole() int64 {
	v, n := binary.Varint(u.bytes)
	if n <= 0 {
		u.damaged, n = true, 0
	}
	u.take(n)
	return v
}

func (u *unpacker) text() string {
	at := u.uvarint()
	switch {
	case at < uint64(len(u.texts)):
		return u.texts[at]
	case at > uint64(len(u.texts)):
		u.damaged = true
		return ""
	}
	length := u.uvarint()
	if length > uint64(len(u.bytes)) {
		u.damaged = true
		return ""
	}
	u.texts = append(u.texts, string(u.take(int(length))))
	return u.texts[at]
}

func (u *unpacker) real() float64 {
	switch u.byte() {
	case realMissing:
		return math.NaN()
	case realZero:
		return 0
	case realFull:
		return math.Float64frombits(binary.LittleEndian.Uint64(u.take(8)))
	}
	u.damaged = true
	return 0
}

// termRows turns rows of an id and packed terms into one row per term: the id, the place, and the fields.
type termRows[P any] struct {
	array.RecordReader
	terms  *Terms[P]
	schema *arrow.Schema
	record arrow.RecordBatch
	err    error
	refs   atomic.Int64
}

func newTermRows[P any](packed array.RecordReader, terms *Terms[P]) array.RecordReader {
	fields := []arrow.Field{packed.Schema().Field(0), {Name: "seq", Type: arrow.PrimitiveTypes.Int64}}
	for _, f := range terms.all() {
		fields = append(fields, arrow.Field{Name: f.name, Type: f.typ, Nullable: true})
	}
	rows := &termRows[P]{RecordReader: packed, terms: terms, schema: arrow.NewSchema(fields, nil)}
	rows.refs.Store(1)
	return rows
}

func (r *termRows[P]) Schema() *arrow.Schema          { return r.schema }
func (r *termRows[P]) RecordBatch() arrow.RecordBatch { return r.record }
func (r *termRows[P]) Record() arrow.RecordBatch      { return r.record }

func (r *termRows[P]) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.RecordReader.Err()
}

func (r *termRows[P]) Retain() { r.refs.Add(1) }

func (r *termRows[P]) Release() {
	if r.refs.Add(-1) == 0 {
		r.drop()
		r.RecordReader.Release()
	}
}

func (r *termRows[P]) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *termRows[P]) Next() bool {
	r.drop()
	if r.err != nil || !r.RecordReader.Next() {
		return false
	}
	from := r.RecordReader.RecordBatch()
	ids, packed := from.Column(0).(*array.String), from.Column(1).(*array.Binary)
	b := array.NewRecordBuilder(memory.DefaultAllocator, r.schema)
	defer b.Release()
	columns := r.terms.all()
	for i := range ids.Len() {
		terms, err := r.terms.Unpack(packed.Value(i))
		if err != nil {
			r.err = fmt.Errorf("%s: %w", ids.Value(i), err)
			return false
		}
		for seq := range terms {
			appendText(b.Field(0), ids.Value(i))
			b.Field(1).(*array.Int64Builder).Append(int64(seq))
			for f := range columns {
				columns[f].append(b.Field(f+2), &terms[seq])
			}
		}
	}
	r.record = b.NewRecordBatch()
	return true
}

// termsOf reads the packed terms of one result, which text selects; none where there is no such result.
func termsOf[P any](ctx context.Context, v *View, t *Terms[P], what, text string, args ...any) ([]P, error) {
	var packed []byte
	err := v.scan(ctx, []any{&packed}, text, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	terms, err := t.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return terms, nil
}
