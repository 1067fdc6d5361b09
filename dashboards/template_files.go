package dashboards

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// form is a file to fill in: the header of a kind in the reader's language, and rows with what is known already.
type form struct {
	*basis
	kind      intake.Kind
	rows      [][]string
	contracts []store.ContractFacts
	asked     []scoring.Indicator // that the reader's party may score
}

// templateFile hands out the form of a kind, filled in with the reader's own contracts.
func (s *Server) templateFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	name, ending, _ := strings.Cut(r.PathValue("file"), ".")
	kind, err := intake.KindOf(name)
	if err != nil || ending != "csv" && ending != "xlsx" {
		return errNoPage
	}
	if !slices.Contains(v.owner.Kinds, name) {
		return desk.ErrKind
	}
	f, err := s.formToFill(r.Context(), v, kind)
	if err != nil {
		return err
	}
	write, mime := f.csv, "text/csv; charset=utf-8"
	if ending == "xlsx" {
		write, mime = f.xlsx, workbookType
	}
	content, err := write()
	if err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	attach(w, mime, v.T("upload.template.file", "Kind", v.base.kind(name))+"."+ending)
	_, _ = w.Write(content) // the reader has gone: nobody is left to tell
	return nil
}

// formToFill reads what is known of the reader's contracts. Who may write of every contract gets the header alone: nobody
// fills in the whole district by hand.
func (s *Server) formToFill(ctx context.Context, v *visit, kind intake.Kind) (*form, error) {
	f := &form{basis: v.basis, kind: kind}
	if s.config.Policy != nil {
		f.asked = askedOf(s.config.Policy.Evaluation.Indicators, v.owner.Party)
	}
	if v.owner.Scope.All {
		return f, nil
	}
	var targets []store.TargetFacts
	err := s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		if f.contracts, err = store.Contracts(ctx, r, v.owner.Scope); err == nil && kind.Name == "progress" {
			targets, err = store.Targets(ctx, r, v.owner.Scope)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	f.fill(v, targets, s.config.Now().In(zone))
	return f, nil
}

// askedOf are the leaves that a party may score, in the order of the policy.
func askedOf(all []scoring.Indicator, party string) []scoring.Indicator {
	var asked []scoring.Indicator
	for _, i := range all {
		if i.Parties[party] > 0 {
			asked = append(asked, i)
		}
	}
	return asked
}

// fill makes the rows: one for each thing that the reader is to report, with everything but the value.
func (f *form) fill(v *visit, targets []store.TargetFacts, today time.Time) {
	switch f.kind.Name {
	case "score":
		for _, c := range f.contracts {
			if c.Closed {
				continue
			}
			for _, i := range f.asked {
				f.add(map[string]string{"contract_no": c.No, "indicator": i.ID, "party": v.owner.Party, "evaluator_id": v.org, "scored_on": day(today)})
			}
		}
	case "progress":
		for _, t := range targets {
			f.add(map[string]string{"contract_no": t.ContractNo, "indicator": t.Indicator, "as_of_on": day(today)})
		}
	case "payment", "target", "contract_plan", "payment_schedule", "contract_content", "target_source":
		for _, c := range f.contracts {
			f.add(map[string]string{"contract_no": c.No})
		}
	case "plan_item": // which is made for the year to come
		f.add(map[string]string{"purchaser_id": v.org, "year": strconv.Itoa(today.Year() + 1), "status": "submitted"})
	case "contract":
		f.add(map[string]string{"purchaser_id": v.org, "budget_year": strconv.Itoa(today.Year())})
	}
}

// add adds a row; what it does not name stays empty.
func (f *form) add(known map[string]string) {
	row := make([]string, len(f.kind.Columns))
	for i, c := range f.kind.Columns {
		row[i] = f.base.word(c, known[c.Name])
	}
	f.rows = append(f.rows, row)
}

func (f *form) header() []string {
	titles := make([]string, len(f.kind.Columns))
	for i, c := range f.kind.Columns {
		titles[i] = f.base.column(c)
	}
	return titles
}

func (f *form) csv() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	err := w.WriteAll(append([][]string{f.header()}, f.rows...))
	return out.Bytes(), err
}

// roomForRows is how far down the lists and checks of a form reach below its rows: what somebody adds by hand.
const roomForRows = 500

// xlsx writes three sheets: the form, how to fill it in, and the names behind its codes.
func (f *form) xlsx() (content []byte, err error) {
	x := excelize.NewFile()
	defer func() {
		if closing := x.Close(); err == nil {
			err = closing
		}
	}()
	names := []string{f.base.kind(f.kind.Name), f.T("upload.template.how"), f.T("upload.template.names")}
	if err := x.SetSheetName("Sheet1", names[0]); err != nil {
		return nil, err
	}
	for _, name := range names[1:] {
		if _, err := x.NewSheet(name); err != nil {
			return nil, err
		}
	}
	for _, write := range []func() error{func() error { return f.addChecks(x, names[0], names[2]) }, func() error { return f.writeForm(x, names[0]) },
		func() error { return f.writeHow(x, names[1]) }, func() error { return f.writeNames(x, names[2]) }} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	out, err := x.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// The look of a form: the colours of the pages.
var (
	headStyle = excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"2B4A7F"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true}}
	textStyle = excelize.Style{NumFmt: 49} // text: leading zeros of codes stay
	wrapStyle = excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}
)

// columnWidth is the width of a column of a form, in characters.
const columnWidth = 20

func (f *form) writeForm(x *excelize.File, sheet string) error {
	head, err := x.NewStyle(&headStyle)
	if err != nil {
		return err
	}
	asText, err := x.NewStyle(&textStyle)
	if err != nil {
		return err
	}
	w, err := x.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i, c := range f.kind.Columns {
		if c.Type != intake.Score && c.Type != intake.Number && c.Type != intake.Yuan && c.Type != intake.Integer {
			if err := w.SetColStyle(i+1, i+1, asText); err != nil {
				return err
			}
		}
	}
	if err := w.SetColWidth(1, len(f.kind.Columns), columnWidth); err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return f.streamRows(w, head, append([][]string{f.header()}, f.rows...))
}

// streamRows writes rows of text, the first of them as a head.
func (f *form) streamRows(w *excelize.StreamWriter, head int, rows [][]string) error {
	for n, row := range rows {
		cells := make([]any, len(row))
		for i, value := range row {
			switch {
			case n == 0:
				cells[i] = excelize.Cell{StyleID: head, Value: value}
			case value != "":
				cells[i] = value
			}
		}
		if err := w.SetRow("A"+strconv.Itoa(n+1), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeHow says of each column what it holds.
func (f *form) writeHow(x *excelize.File, sheet string) error {
	rows := [][]string{f.base.titles("upload.col.column", "upload.template.needed", "upload.template.holds", "upload.template.example")}
	for _, c := range f.kind.Columns {
		needed := f.T("upload.template.optional")
		if c.Required {
			needed = f.T("upload.template.required")
		}
		rows = append(rows, []string{f.base.column(c), needed, f.base.holds(c), f.base.word(c, c.Example)})
	}
	rows = append(rows, nil)
	for _, key := range []string{"upload.template.rule.fill", "upload.template.rule.rows", "upload.template.rule.header", "upload.template.rule.send"} {
		rows = append(rows, []string{f.T(key)})
	}
	return f.writeList(x, sheet, []float64{24, 10, 60, 28}, rows)
}

// writeNames lists the reader's contracts and the indicators, so that nobody has to know codes by heart.
func (f *form) writeNames(x *excelize.File, sheet string) error {
	rows := [][]string{f.base.titles("col.contract_no", "col.contract", "col.supplier", "col.year")}
	for _, c := range f.contracts {
		rows = append(rows, []string{c.No, c.Name, c.Supplier, strconv.Itoa(c.Year)})
	}
	if f.kind.Name == "score" {
		rows = append(rows, nil, f.base.titles("filter.indicator", "upload.template.name"))
		for _, i := range f.asked {
			rows = append(rows, []string{i.ID, f.base.inLanguage(i.Name, i.ID)})
		}
	}
	return f.writeList(x, sheet, []float64{26, 44, 36, 10}, rows)
}

func (f *form) writeList(x *excelize.File, sheet string, widths []float64, rows [][]string) error {
	head, err := x.NewStyle(&headStyle)
	if err != nil {
		return err
	}
	wrap, err := x.NewStyle(&wrapStyle)
	if err != nil {
		return err
	}
	w, err := x.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i, width := range widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
		if err := w.SetColStyle(i+1, i+1, wrap); err != nil {
			return err
		}
	}
	return f.streamRows(w, head, rows)
}

// addChecks makes the spreadsheet itself offer and check what a cell may hold. It comes before the rows, which are
// streamed: what is set behind them is lost.
func (f *form) addChecks(x *excelize.File, sheet, names string) error {
	last := len(f.rows) + roomForRows
	for i, c := range f.kind.Columns {
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		check := excelize.NewDataValidation(true)
		check.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, last))
		if err := f.check(check, c, names); err != nil {
			return err
		}
		if check.Type == "" {
			continue
		}
		check.SetError(excelize.DataValidationErrorStyleStop, f.base.column(c), f.base.holds(c))
		if err := x.AddDataValidation(sheet, check); err != nil {
			return err
		}
	}
	return nil
}

// check sets what a cell of the column may hold; it sets nothing for free text.
func (f *form) check(check *excelize.DataValidation, c intake.Column, names string) error {
	switch {
	case c.Type == intake.Enum:
		return check.SetDropList(f.base.wordsOf(c))
	case c.Type == intake.Score:
		return check.SetRange(0, 100, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	case c.Name == "contract_no" && len(f.contracts) > 0 && f.kind.Name != "contract":
		check.SetSqrefDropList(fmt.Sprintf("'%s'!$A$2:$A$%d", names, len(f.contracts)+1))
	case c.Name == "indicator" && f.kind.Name == "score" && len(f.asked) > 0:
		first := len(f.contracts) + 4 // below the contracts, an empty row and a head
		check.SetSqrefDropList(fmt.Sprintf("'%s'!$A$%d:$A$%d", names, first, first+len(f.asked)-1))
	}
	return nil
}
