package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"pingxin/pipelines/store"
)

// parser turns the rows of a file into checked Arrow batches and collects the faults of the others.
type parser struct {
	Options
	kind     Kind
	src      source
	seen     Inspection
	columns  []*Column      // by place in the file; nil: left out
	places   []int          // of each file column in the schema
	inFile   map[string]int // place of a column in the file, by its name
	absent   []int          // columns of the schema that the file does not have
	schema   *arrow.Schema
	plain    []string // the cells of the current row, trimmed and narrowed
	values   []value
	askable  map[string]askable
	position func() int64
	size     int64
	found    store.RefusedError
	every    func(store.Fault) // hears every fault; nil: nobody
	passed   []Rows            // rows that are passed over, in order
	narrowed int
	numbers  map[string]int // cells of code columns that were numbers in a workbook, by column
	days     int            // cells of day columns that were bare numbers in a workbook
	failed   error
}

func newParser(ctx context.Context, f *os.File, kind Kind, o Options, size int64) (*parser, error) {
	p := &parser{Options: o, kind: kind, size: size, numbers: map[string]int{}, position: func() int64 {
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0
		}
		return at
	}}
	var err error
	if p.src, err = openSource(ctx, f, o.Choice, &p.seen); err != nil {
		return nil, err
	}
	if err := p.matchHeader(); err != nil {
		return nil, err
	}
	var fields []arrow.Field
	for _, c := range kind.Columns {
		fields = append(fields, arrow.Field{Name: c.Stored(), Type: arrowTypes[c.Type], Nullable: true})
	}
	p.schema = arrow.NewSchema(append(fields, arrow.Field{Name: "row_no", Type: arrow.PrimitiveTypes.Int64}), nil)
	return p, nil
}

// matchHeader finds the column of each header, Chinese or English, or as it is mapped.
func (p *parser) matchHeader() error {
	p.inFile, p.askable = map[string]int{}, map[string]askable{}
	for _, title := range p.src.header() {
		title = strings.TrimSpace(title)
		at := p.kind.columnOf(title, p.Mapping)
		if at == leftOut {
			p.columns, p.places = append(p.columns, nil), append(p.places, 0)
			continue
		}
		if at < 0 {
			return refuse("header_unknown", 1, params{"found": title, "columns": p.titles()},
				"header: found %q, expected one of %s: correct it, take the column out, or say what it is with --map %q=COLUMN (- leaves it out)", title, p.titles(), title)
		}
		c := &p.kind.Columns[at]
		if _, twice := p.inFile[c.Name]; twice {
			return refuse("header_twice", 1, params{"found": title, "column": c.Name}, "header: found %q twice, expected each column once: take one out", title)
		}
		p.inFile[c.Name] = len(p.columns)
		p.columns, p.places = append(p.columns, c), append(p.places, at)
	}
	for at, c := range p.kind.Columns {
		if _, given := p.inFile[c.Name]; given {
			continue
		}
		p.absent = append(p.absent, at)
		if c.Required {
			return refuse("header_missing", 1, params{"column": c.Name, "title": c.ZH, "kind": p.kind.Name},
				"header: found no column %s (%s), which every %s file needs: add it; `pingxin template %s` prints an example", c.Name, c.ZH, p.kind.Name, p.kind.Name)
		}
	}
	p.plain, p.values = make([]string, len(p.columns)), make([]value, len(p.columns))
	return nil
}

// What columnOf answers for a header that is no column of ours.
const (
	unknownColumn = -1
	leftOut       = -2
)

// columnOf finds the column of a header by the mapping, or else by its own name or title.
func (k *Kind) columnOf(title string, mapping map[string]string) int {
	name := title
	if mapped, ok := mapping[title]; ok {
		if mapped == LeftOut {
			return leftOut
		}
		name = mapped
	}
	return slices.IndexFunc(k.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) || c.ZH == name })
}

func (p *parser) titles() string {
	var titles []string
	for _, c := range p.kind.Columns {
		titles = append(titles, c.Name+" ("+c.ZH+")")
	}
	return strings.Join(titles, ", ")
}

// notes says what was read otherwise than it stands in the file; whole at its end.
func (p *parser) notes() []Note {
	all := p.src.notes()
	if p.narrowed > 0 {
		all = append(all, say("full_width", params{"cells": itoa(p.narrowed)}, "%d cells held full-width characters, which were read as plain ones", p.narrowed))
	}
	for _, c := range p.kind.Columns {
		if n := p.numbers[c.Name]; n > 0 {
			all = append(all, say("numbers_in_codes", params{"cells": itoa(n), "column": c.Name}, "%d cells of the column %s are numbers in the workbook: zeros at their beginning are lost, if there were any", n, c.Name))
		}
	}
	if p.days > 0 {
		all = append(all, say("day_numbers", params{"cells": itoa(p.days)}, "%d dates stand as bare numbers in the workbook and were read as the days that it counts so", p.days))
	}
	var out []string
	for i, c := range p.columns {
		title := strings.TrimSpace(p.src.header()[i])
		switch {
		case c == nil:
			out = append(out, title)
		case p.kind.columnOf(title, nil) != p.places[i]:
			all = append(all, say("mapped", params{"header": title, "column": c.Name}, "%q was read as %s", title, c.Name))
		}
	}
	if len(out) > 0 {
		names := strings.Join(out, ", ")
		all = append(all, say("left_out_columns", params{"columns": names}, "left out as you said: the columns %s", names))
	}
	return all
}

// batchRows is how many rows are handed over at once; up to three batches are held. The database takes them in by 2,048.
const batchRows = 16 << 10

// rowsMax bounds the rows of a file, so that row numbers fit what stores them with room to spare.
const rowsMax = 50_000_000

// batches hands the checked rows out as Arrow batches, and leaves out those with a fault. It reads the whole file, so that
// every fault is found, and one batch ahead of who takes them, in a goroutine of its own: cells are checked while the
// database stores the rows before them. What the parser found may be looked at when the rows have ended or were stopped.
type batches struct {
	*parser
	ctx     context.Context // of the reading
	cancel  context.CancelFunc
	begun   sync.Once
	made    chan arrow.RecordBatch
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	rows    int
	cut     error // why the reading was stopped; nil: it was not
}

func (p *parser) batches(ctx context.Context) *batches {
	b := &batches{parser: p, builder: array.NewRecordBuilder(memory.DefaultAllocator, p.schema), made: make(chan arrow.RecordBatch, 1)}
	b.ctx, b.cancel = context.WithCancel(ctx)
	return b
}

// Next waits for the next batch; it is false at the end and where the file cannot be read on.
func (b *batches) Next() (more bool) {
	b.begun.Do(func() { go b.read() })
	b.batch, more = <-b.made
	return more
}

// stop ends the reading, which whoever makes batches must see to, and returns when it has ended.
func (b *batches) stop() {
	b.cancel()
	b.begun.Do(func() { close(b.made) })
	for range b.made {
	}
}

// read reads the file to its end, or until it is stopped.
func (b *batches) read() {
	defer close(b.made)
	held := 0
	for more := true; more && b.cut == nil; {
		if b.rows%batchRows == 0 {
			b.look()
		}
		var good bool
		if good, more = b.row(); good {
			held++
		}
		if held == batchRows {
			held = 0
			b.hand()
		}
	}
	if b.failed == nil && b.cut == nil {
		b.hand()
	}
}

// look says how far the reading has come, and whether it is to go on.
func (b *batches) look() {
	if b.Progress != nil {
		b.Progress(b.position(), b.size)
	}
	b.cut = b.ctx.Err()
}

// hand hands over what the builder holds.
func (b *batches) hand() {
	select {
	case b.made <- b.builder.NewRecordBatch():
	case <-b.ctx.Done():
		b.cut = b.ctx.Err()
	}
}

// row reads one row into the builder; good says that it has no fault, more that others may follow.
func (b *batches) row() (good, more bool) {
	cells, row, err := b.src.next()
	var bad *rowError
	if err != nil && !errors.As(err, &bad) {
		b.finish(err)
		return false, false
	}
	if b.rows++; b.rows > rowsMax {
		b.failed = refuse("too_many_rows", row, params{"most": itoa(rowsMax)}, "the file has more than %d rows: send it in parts", rowsMax)
		return false, false
	}
	switch {
	case b.passes(row):
		return false, true
	case bad != nil:
		b.fault(row, "", bad.found, &bad.trouble)
		return false, true
	}
	return b.add(b.builder, cells, row), true
}

// passes says whether a row is passed over; rows are asked for in their order.
func (p *parser) passes(row int64) bool {
	for len(p.passed) > 0 && p.passed[0].Last < row {
		p.passed = p.passed[1:]
	}
	return len(p.passed) > 0 && p.passed[0].First <= row
}

// finish notes how the file ended.
func (b *batches) finish(err error) {
	switch {
	case !errors.Is(err, io.EOF):
		b.failed = err
	case b.rows == 0:
		b.failed = refuse("file_no_rows", 0, nil, "the file has a header and no rows")
	}
}

// The rest of array.RecordReader; memory is the collector's, so there is nothing to count.

func (b *batches) Schema() *arrow.Schema          { return b.schema }
func (b *batches) RecordBatch() arrow.RecordBatch { return b.batch }
func (b *batches) Record() arrow.RecordBatch      { return b.batch }
func (b *batches) Err() error                     { return cmp.Or(b.failed, b.cut) }
func (b *batches) Retain()                        {}
func (b *batches) Release()                       {}

// add checks one row and appends it when it has no fault.
func (p *parser) add(b *array.RecordBuilder, cells []string, row int64) bool {
	before := p.found.Total
	for i, cell := range cells {
		if p.columns[i] != nil {
			p.values[i] = p.cell(i, cell, row)
		}
	}
	switch p.kind.Name {
	case "score":
		p.checkScore(row)
	case "contract":
		p.checkContract(row)
	}
	if p.found.Total > before {
		return false
	}
	for i := range p.values {
		if p.columns[i] != nil {
			p.values[i].appendTo(b.Field(p.places[i]))
		}
	}
	for _, at := range p.absent {
		b.Field(at).AppendNull()
	}
	b.Field(len(p.kind.Columns)).(*array.Int64Builder).Append(row)
	return true
}

// cell reads one cell and notes what is wrong with it.
func (p *parser) cell(i int, cell string, row int64) value {
	c := p.columns[i]
	plain, narrowed := narrow(cell)
	if c.Type == Text || c.Type == Prose {
		plain = strings.TrimSpace(cell)
	} else if narrowed {
		p.narrowed++
	}
	if s, ok := p.src.(*sheetSource); ok && plain != "" && s.isNumber(i) {
		plain = p.sheetNumber(s, c, plain)
	}
	p.plain[i] = plain
	if plain == "" {
		if c.Required {
			p.fault(row, c.Name, plain, &trouble{cause: "empty", expected: "a value", mend: "fill the cell in"})
		}
		return value{}
	}
	v, t := c.parse(plain)
	if t != nil {
		p.fault(row, c.Name, plain, t)
	}
	return v
}

// sheetNumber looks at a number of a workbook in a column that holds something else.
func (p *parser) sheetNumber(s *sheetSource, c *Column, cell string) string {
	switch c.Type {
	case Code, USCC:
		p.numbers[c.Name]++
	case Date:
		if day, ok := s.asDay(cell); ok {
			p.days++
			return day
		}
	}
	return cell
}

// get returns a cell of the current row with its column; empty where the file does not have the column.
func (p *parser) get(name string) (string, *Column) {
	at, given := p.inFile[name]
	if !given {
		return "", nil
	}
	return p.plain[at], p.columns[at]
}

// askable is what the policy says of an indicator that a score names.
type askable struct {
	parties []string
	ok      bool
	hint    string
}

// askablesMax bounds what is remembered of indicators: a file may name as many unknown ones as it has rows.
const askablesMax = 10_000

// checkScore makes sure that the policy asks the indicator of the party.
func (p *parser) checkScore(row int64) {
	id, c := p.get("indicator")
	if id == "" {
		return // a fault already
	}
	said, known := p.askable[id]
	if !known {
		said.parties, said.ok, said.hint = p.Indicators(id)
		if len(p.askable) < askablesMax {
			p.askable[strings.Clone(id)] = said // the cell is a piece of its whole line
		}
	}
	if !said.ok {
		p.fault(row, c.Name, id, &trouble{cause: "unknown_indicator", expected: said.hint, mend: "name an indicator of the policy", params: params{"hint": said.hint}})
		return
	}
	cell, c := p.get("party")
	if party, ok := c.value(cell); ok && !slices.Contains(said.parties, party) {
		asked := strings.Join(said.parties, ", ")
		p.fault(row, c.Name, cell, &trouble{cause: "party_not_asked", expected: fmt.Sprintf("one of %s for the indicator %s", asked, id),
			mend: "take the row out, or use a policy that asks this party", params: params{"parties": asked, "indicator": strings.Clone(id)}})
	}
}

// checkContract makes sure that a contract does not end before it starts, and is not signed after it ends.
func (p *parser) checkContract(row int64) {
	from, _ := p.get("start_on")
	to, c := p.get("end_on")
	start, startOK := parseDate(from)
	end, endOK := parseDate(to)
	if startOK && endOK && end < start {
		p.fault(row, c.Name, to, &trouble{cause: "end_before_start", expected: "a day on or after the start " + from, mend: "correct one of the two dates", params: params{"start": strings.Clone(from)}})
	}
	on, c := p.get("signed_on")
	if signed, ok := parseDate(on); ok && endOK && signed > end {
		p.fault(row, c.Name, on, &trouble{cause: "signed_after_end", expected: "a day on or before the end " + to, mend: "correct one of the two dates", params: params{"end": strings.Clone(to)}})
	}
}

// foundMax is how much of a bad cell a fault shows.
const foundMax = 80

func (p *parser) fault(row int64, column, found string, t *trouble) {
	if runes := []rune(found); len(found) > foundMax && len(runes) > foundMax {
		found = string(runes[:foundMax]) + "…"
	}
	f := store.Fault{Row: row, Column: column, Cause: t.cause, Found: strings.Clone(found), Expected: t.expected, Mend: t.mend, Params: t.params}
	p.found.Add(f)
	if p.every != nil {
		p.every(f)
	}
}
