package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"pingxin/pipelines/store"
)

// Options say how a file is checked.
type Options struct {
	// Indicators says of an indicator which parties may score it; ok is false for one that may not be scored, and hint
	// then names those that may. It is asked for files of scores only, and must be set for them.
	Indicators func(id string) (parties []string, ok bool, hint string)
	// Mapping gives headers that are not ours the name of a column.
	Mapping map[string]string
	// Again is the receipt that the file has already, when the database lost it; nil: it is a new file. See Again.
	Again *store.Receipt
	// Progress, when set, hears how many bytes have been read.
	Progress func(done, total int64)
}

// Result is what became of an accepted file.
type Result struct {
	Receipt    store.Receipt `json:"receipt"`
	Repeated   bool          `json:"repeated"`   // the same bytes were accepted before
	Superseded int64         `json:"superseded"` // earlier rows that these replace
	Notes      []string      `json:"notes,omitempty"`
}

// FaultsError refuses a file and lists what is wrong with it. Nothing of the file was stored.
type FaultsError struct {
	File   string         `json:"file"`
	Total  int            `json:"total"`
	Causes map[string]int `json:"causes"` // faults by cause
	Faults []store.Fault  `json:"faults"` // the first store.MaxFaults
}

// shownFaults is how many faults a message spells out.
const shownFaults = 10

func (e *FaultsError) Error() string {
	var b strings.Builder
	faults := "faults"
	if e.Total == 1 {
		faults = "fault"
	}
	fmt.Fprintf(&b, "%s was refused, nothing of it was stored; %d %s:", e.File, e.Total, faults)
	if len(e.Causes) > 1 || e.Total > shownFaults {
		for _, cause := range slices.SortedFunc(maps.Keys(e.Causes), func(x, y string) int { return cmp.Or(e.Causes[y]-e.Causes[x], cmp.Compare(x, y)) }) {
			fmt.Fprintf(&b, "\n  %d x %s", e.Causes[cause], cause)
		}
	}
	for _, f := range e.Faults[:min(shownFaults, len(e.Faults))] {
		fmt.Fprintf(&b, "\n  row %d, %s: found %q, expected %s; %s", f.Row, f.Column, f.Found, f.Expected, f.Mend)
	}
	if more := e.Total - shownFaults; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more; --json lists the first %d", more, store.MaxFaults)
	}
	return b.String()
}

// Import checks a file of a kind and accepts all of it, or refuses it with a *FaultsError or another error that says
// what is wrong. The same bytes again give the receipt that they have.
func Import(ctx context.Context, st *store.Store, kind Kind, path string, o Options) (Result, error) {
	archived, err := archive(ctx, st, path)
	if err != nil {
		return Result{}, err
	}
	f, err := os.Open(archived.Path)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	name := filepath.Base(path)
	p, err := newParser(ctx, f, kind, o, archived.Bytes)
	if err != nil {
		return Result{}, fmt.Errorf("%s was refused, nothing of it was stored: %w", name, err)
	}
	accepted, err := st.Accept(ctx, store.Acceptance{Kind: kind.Name, FileName: name, File: archived, Scope: store.Everything, Again: o.Again}, p.batches())
	var refused *store.RefusedError
	switch {
	case p.total > 0:
		return Result{}, &FaultsError{File: name, Total: p.total, Causes: p.causes, Faults: p.faults}
	case errors.As(err, &refused):
		return Result{}, &FaultsError{File: name, Total: refused.Total, Causes: refused.Causes, Faults: refused.Faults}
	case p.failed != nil:
		return Result{}, fmt.Errorf("%s was refused, nothing of it was stored: %w", name, p.failed)
	case err != nil:
		return Result{}, fmt.Errorf("%s was not stored: %w", name, err)
	}
	return Result{accepted.Receipt, accepted.Repeated, accepted.Superseded, append(p.src.notes(), p.notes()...)}, nil
}

func archive(ctx context.Context, st *store.Store, path string) (store.Archived, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return store.Archived{}, fmt.Errorf("%s: no such file: check the path", path)
	}
	if err != nil {
		return store.Archived{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return store.Archived{}, err
	}
	if info.IsDir() {
		return store.Archived{}, fmt.Errorf("%s: found a directory, expected a file", path)
	}
	if err := st.Room(info.Size()); err != nil {
		return store.Archived{}, err
	}
	return st.Archive(ctx, f)
}

// parser turns the rows of a file into checked Arrow batches and collects the faults.
type parser struct {
	Options
	kind     Kind
	src      source
	columns  []*Column      // by place in the file
	places   []int          // of each file column in the schema
	inFile   map[string]int // place of a column in the file, by its name
	absent   []int          // columns of the schema that the file does not have
	schema   *arrow.Schema
	plain    []string // the cells of the current row, trimmed and narrowed
	askable  map[string]askable
	position func() int64
	size     int64
	faults   []store.Fault
	causes   map[string]int
	total    int
	narrowed int
	failed   error
}

func newParser(ctx context.Context, f *os.File, kind Kind, o Options, size int64) (*parser, error) {
	src, err := openSource(ctx, f)
	if err != nil {
		return nil, err
	}
	p := &parser{Options: o, kind: kind, src: src, size: size, causes: map[string]int{}, position: func() int64 {
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0
		}
		return at
	}}
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

// matchHeader finds the column of each header, Chinese or English.
func (p *parser) matchHeader() error {
	p.inFile, p.askable = map[string]int{}, map[string]askable{}
	for _, title := range p.src.header() {
		title = strings.TrimSpace(title)
		name := title
		if mapped, ok := p.Mapping[title]; ok {
			name = mapped
		}
		at := slices.IndexFunc(p.kind.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) || c.ZH == name })
		if at < 0 {
			return fmt.Errorf("header: found %q, expected one of %s: correct it, take the column out, or say what it is with --map %q=COLUMN", title, p.titles(), title)
		}
		c := &p.kind.Columns[at]
		if _, twice := p.inFile[c.Name]; twice {
			return fmt.Errorf("header: found %q twice, expected each column once: take one out", title)
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
			return fmt.Errorf("header: found no column %s (%s), which every %s file needs: add it; `pingxin template %s` prints an example", c.Name, c.ZH, p.kind.Name, p.kind.Name)
		}
	}
	p.plain = make([]string, len(p.columns))
	return nil
}

func (p *parser) titles() string {
	var titles []string
	for _, c := range p.kind.Columns {
		titles = append(titles, c.Name+" ("+c.ZH+")")
	}
	return strings.Join(titles, ", ")
}

func (p *parser) notes() []string {
	if p.narrowed == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d cells held full-width characters, which were read as plain ones", p.narrowed)}
}

// batchRows bounds the rows that are held at once.
const batchRows = 64 << 10

// errRefused ends a file that cannot be accepted; the faults say why.
var errRefused = errors.New("the file has faults")

// batches hands the checked rows out as Arrow batches. It reads the whole file, so that every fault is found, and stops
// handing out at the first. It is no iter.Seq: the database pulls from a thread of its own, where coroutines cannot run.
type batches struct {
	*parser
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	rows    int
	done    bool
}

func (p *parser) batches() *batches {
	return &batches{parser: p, builder: array.NewRecordBuilder(memory.DefaultAllocator, p.schema)}
}

// Next reads rows up to the next batch; it is false at the end and where the file is refused.
func (b *batches) Next() bool {
	if b.done {
		return false
	}
	for held := 0; held < batchRows; {
		cells, row, err := b.src.next()
		if err != nil {
			b.finish(err)
			return b.failed == nil && b.take()
		}
		b.add(b.builder, cells, row)
		b.rows++
		held++
		if held == batchRows {
			if b.Progress != nil {
				b.Progress(b.position(), b.size)
			}
			if b.total > 0 { // the rest is only read for its faults
				b.take()
				held = 0
			}
		}
	}
	return b.take()
}

// finish notes how the file ended.
func (b *batches) finish(err error) {
	b.done = true
	switch {
	case !errors.Is(err, io.EOF):
		b.failed = err
	case b.rows == 0:
		b.failed = errors.New("the file has a header and no rows")
	case b.total > 0:
		b.failed = errRefused
	}
}

// take makes a batch of what the builder holds.
func (b *batches) take() bool {
	if b.batch != nil {
		b.batch.Release()
	}
	b.batch = b.builder.NewRecordBatch()
	return true
}

// The rest of array.RecordReader; memory is the collector's, so there is nothing to count.

func (b *batches) Schema() *arrow.Schema          { return b.schema }
func (b *batches) RecordBatch() arrow.RecordBatch { return b.batch }
func (b *batches) Record() arrow.RecordBatch      { return b.batch }
func (b *batches) Err() error                     { return b.failed }
func (b *batches) Retain()                        {}
func (b *batches) Release()                       {}

// add checks one row and appends it; a bad cell becomes a fault and a null.
func (p *parser) add(b *array.RecordBuilder, cells []string, row int64) {
	for i, cell := range cells {
		c := p.columns[i]
		plain, narrowed := narrow(cell)
		if c.Type == Text {
			plain = strings.TrimSpace(cell)
		} else if narrowed {
			p.narrowed++
		}
		p.plain[i] = plain
		builder := b.Field(p.places[i])
		switch {
		case plain != "":
			if t := c.put(builder, plain); t != nil {
				builder.AppendNull()
				p.fault(row, c, plain, t)
			}
		case c.Required:
			builder.AppendNull()
			p.fault(row, c, plain, &trouble{"empty", "a value", "fill the cell in"})
		default:
			builder.AppendNull()
		}
	}
	for _, at := range p.absent {
		b.Field(at).AppendNull()
	}
	b.Field(len(p.kind.Columns)).(*array.Int64Builder).Append(row)
	switch p.kind.Name {
	case "score":
		p.checkScore(row)
	case "contract":
		p.checkContract(row)
	}
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

// checkScore makes sure that the policy asks the indicator of the party.
func (p *parser) checkScore(row int64) {
	id, c := p.get("indicator")
	if id == "" {
		return // a fault already
	}
	said, known := p.askable[id]
	if !known {
		said.parties, said.ok, said.hint = p.Indicators(id)
		p.askable[strings.Clone(id)] = said // the cell is a piece of its whole line
	}
	if !said.ok {
		p.fault(row, c, id, &trouble{"unknown_indicator", said.hint, "name an indicator of the policy"})
		return
	}
	cell, c := p.get("party")
	if party, ok := c.value(cell); ok && !slices.Contains(said.parties, party) {
		p.fault(row, c, cell, &trouble{"party_not_asked", "one of " + strings.Join(said.parties, ", ") + " for the indicator " + id,
			"take the row out, or use a policy that asks this party"})
	}
}

// checkContract makes sure that a contract does not end before it starts.
func (p *parser) checkContract(row int64) {
	from, _ := p.get("start_on")
	to, c := p.get("end_on")
	start, startOK := parseDate(from)
	end, endOK := parseDate(to)
	if startOK && endOK && end.Before(start) {
		p.fault(row, c, to, &trouble{"end_before_start", "a day on or after the start " + from, "correct one of the two dates"})
	}
}

// foundMax is how much of a bad cell a fault shows.
const foundMax = 80

func (p *parser) fault(row int64, c *Column, found string, t *trouble) {
	p.total++
	p.causes[t.cause]++
	if len(p.faults) < store.MaxFaults {
		if runes := []rune(found); len(runes) > foundMax {
			found = string(runes[:foundMax]) + "…"
		}
		p.faults = append(p.faults, store.Fault{Row: row, Column: c.Name, Cause: t.cause, Found: found, Expected: t.expected, Mend: t.mend})
	}
}
