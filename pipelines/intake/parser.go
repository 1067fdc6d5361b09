package intake

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"pingxin/pipelines/store"
)

// parser turns the rows of a file into checked Arrow batches and collects the faults of the others.
type parser struct {
	Options
	kind     Kind
	src      source
	seen     Inspection
	columns  []*filling     // by place in the file; nil: left out
	inFile   map[string]int // place of a column in the file, by its name
	schema   *arrow.Schema
	askable  map[string]askable
	fine     []uint64 // by number of an indicator: the numbers of parties, below 64, whom the policy asks
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
			p.columns = append(p.columns, nil)
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
		p.columns = append(p.columns, newFilling(p.kind.Name, c, at))
	}
	for _, c := range p.kind.Columns {
		if _, given := p.inFile[c.Name]; !given && c.Required {
			return refuse("header_missing", 1, params{"column": c.Name, "title": c.ZH, "kind": p.kind.Name},
				"header: found no column %s (%s), which every %s file needs: add it; `pingxin template %s` prints an example", c.Name, c.ZH, p.kind.Name, p.kind.Name)
		}
	}
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
		case p.kind.columnOf(title, nil) != c.place:
			all = append(all, say("mapped", params{"header": title, "column": c.Name}, "%q was read as %s", title, c.Name))
		}
	}
	if len(out) > 0 {
		names := strings.Join(out, ", ")
		all = append(all, say("left_out_columns", params{"columns": names}, "left out as you said: the columns %s", names))
	}
	return all
}

// check reads the cells of a row and says whether it has no fault.
func (p *parser) check(cells []string, row int64) bool {
	before := p.found.Total
	for i, cell := range cells {
		if p.columns[i] != nil {
			p.cell(i, cell, row)
		}
	}
	switch p.kind.Name {
	case "score":
		p.checkScore(row)
	case "contract":
		p.checkContract(row)
	}
	return p.found.Total == before
}

// cell reads one cell and notes what is wrong with it.
func (p *parser) cell(i int, cell string, row int64) {
	f := p.columns[i]
	if s, ok := p.src.(*sheetSource); ok && s.isNumber(i) {
		cell = p.sheetNumber(s, f.Column, cell)
	}
	f.read(cell)
	if f.said.narrowed {
		p.narrowed++
	}
	if f.said.trouble != nil {
		p.fault(row, f.Name, f.said.plain, f.said.trouble)
	}
}

// sheetNumber looks at a number of a workbook in a column that holds something else.
func (p *parser) sheetNumber(s *sheetSource, c *Column, cell string) string {
	plain, _ := narrow(cell)
	if plain == "" {
		return cell
	}
	switch c.Type {
	case Code, USCC:
		p.numbers[c.Name]++
	case Date:
		if day, ok := s.asDay(plain); ok {
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
	return p.columns[at].said.plain, p.columns[at].Column
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
	of, as := p.columns[p.inFile["indicator"]], p.columns[p.inFile["party"]]
	known := of.lexicon != nil && as.lexicon != nil
	if known && p.asked(of.number, as.number) {
		return
	}
	t := p.notAsked(of.said.plain, as.Column, as.said.plain)
	switch {
	case t != nil && t.cause == "party_not_asked":
		p.fault(row, as.Name, as.said.plain, t)
	case t != nil:
		p.fault(row, of.Name, of.said.plain, t)
	case known:
		p.noteAsked(of.number, as.number)
	}
}

// asked says that an indicator and a party, by the numbers that lexicons give them, were found to go together.
func (p *parser) asked(indicator, party int32) bool {
	return int(indicator) < len(p.fine) && p.fine[indicator]>>party&1 == 1
}

// noteAsked notes that they do, of the first parties and indicators.
func (p *parser) noteAsked(indicator, party int32) {
	if indicator >= askablesMax || party >= 64 {
		return
	}
	for int(indicator) >= len(p.fine) {
		p.fine = append(p.fine, 0)
	}
	p.fine[indicator] |= 1 << party
}

// notAsked is what is wrong with a party's score of an indicator; nil: nothing, or nothing more than one of the two cells.
func (p *parser) notAsked(id string, as *Column, cell string) *trouble {
	if id == "" {
		return nil
	}
	said, known := p.askable[id]
	if !known {
		said.parties, said.ok, said.hint = p.Indicators(id)
		if len(p.askable) < askablesMax {
			p.askable[strings.Clone(id)] = said // the cell is a piece of its whole line
		}
	}
	if !said.ok {
		return &trouble{cause: "unknown_indicator", expected: said.hint, mend: "name an indicator of the policy", params: params{"hint": said.hint}}
	}
	party, ok := as.value(cell)
	if !ok || slices.Contains(said.parties, party) {
		return nil
	}
	asked := strings.Join(said.parties, ", ")
	return &trouble{cause: "party_not_asked", expected: fmt.Sprintf("one of %s for the indicator %s", asked, id),
		mend: "take the row out, or use a policy that asks this party", params: params{"parties": asked, "indicator": strings.Clone(id)}}
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
