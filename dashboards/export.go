package dashboards

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// sheet is a list as a file: plain values, money in yuan, and the lines that say what it is.
type sheet struct {
	Name  string
	About [][2]string // title and value
	Plain bool        // to be read back by a program: a CSV has no lines about it
	Head  []string
	Rows  [][]any // string, int64, float64 (NaN: empty) or fen
}

// fen is an amount that a file shows in yuan, to the fen.
type fen int64

func (f fen) String() string {
	sign, n := "", int64(f)
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/fenPerYuan, n%fenPerYuan)
}

// allRows is the limit of an exported list: everything.
const allRows = math.MaxInt32

// workbookType is the content type of XLSX.
const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// byteOrderMark makes Excel read a CSV file as UTF-8.
const byteOrderMark = "\ufeff"

// files registers a list as CSV and as XLSX; read returns it with the name of the file before its dot.
func (s *Server) files(name string, action access.Action, read func(context.Context, *base) (*sheet, string, error)) {
	for suffix, write := range map[string]func(*sheet) ([]byte, error){".csv": (*sheet).csv, ".xlsx": (*sheet).xlsx} {
		s.bulky("GET /"+name+suffix, action, smallBody, func(w http.ResponseWriter, r *http.Request) {
			list, stem, err := read(r.Context(), s.newBase(r))
			var file []byte
			if err == nil {
				file, err = write(list)
			}
			if err != nil {
				s.fail(w, r, err)
				return
			}
			kind := "text/csv; charset=utf-8"
			if suffix == ".xlsx" {
				kind = workbookType
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s%s"`, stem, suffix))
			_, _ = w.Write(file) // the reader has gone: nobody is left to tell
		})
	}
}

// export registers a list of the published run as CSV and as XLSX.
func (s *Server) export(name string, action access.Action, read func(context.Context, *store.View, *base) (*sheet, error)) {
	s.files(name, action, func(ctx context.Context, b *base) (list *sheet, stem string, err error) {
		err = s.view(ctx, b, func(ctx context.Context, v *store.View) error {
			list, err = read(ctx, v, b)
			stem = fmt.Sprintf("%s-run%d", name, b.Run.ID)
			return err
		})
		return list, stem, err
	})
}

// about says what a file holds: which run, which policy, which filters.
func (b *base) about(title string, f filters) [][2]string {
	return [][2]string{{b.T("export.title"), title}, {b.T("export.filters"), orText(f.said(), b.T("export.unfiltered"))},
		{b.T("export.columns"), b.columnsSaid()}, {b.T("export.run"), whole(int64(b.Run.ID))},
		{b.T("col.as_of"), day(b.Run.AsOf)}, {b.T("col.policy"), b.Run.PolicyID + " " + b.Run.PolicyHash}, {b.T("export.hash"),
			b.Run.Hash}, {b.T("export.published"), b.PublishedAt.UTC().Format(time.RFC3339)}}
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return store.Harmless(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case fen:
		return v.String()
	default:
		return store.Harmless(fmt.Sprint(v))
	}
}

// csv writes the list; the lines about it come first and begin with #.
func (s *sheet) csv() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(byteOrderMark)
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, line := range s.About {
		if s.Plain {
			break
		}
		_ = w.Write([]string{"# " + line[0], store.Harmless(line[1])}) // Error below says whether any line failed
	}
	_ = w.Write(s.Head)
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = asText(v)
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// xlsx writes the list to one sheet and the lines about it to a second.
func (s *sheet) xlsx() ([]byte, error) { return writeBook(s.About, s) }

// writeBook writes lists to a workbook, each to a sheet of its own, and the lines about them to the last.
func writeBook(about [][2]string, sheets ...*sheet) (content []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, s := range sheets {
		rows := [][]any{{}}
		for _, title := range s.Head {
			rows[0] = append(rows[0], title)
		}
		if err := addSheet(f, s.Name, append(rows, s.Rows...)); err != nil {
			return nil, err
		}
	}
	lines := [][]any{}
	for _, line := range about {
		lines = append(lines, []any{line[0], line[1]})
	}
	if err := addSheet(f, about[0][0], lines); err != nil {
		return nil, err
	}
	if err := f.DeleteSheet("Sheet1"); err != nil { // with which every workbook begins
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	f.SetActiveSheet(0)
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	return out.Bytes(), nil
}

func addSheet(f *excelize.File, name string, rows [][]any) error {
	if _, err := f.NewSheet(name); err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	return writeSheet(f, name, rows)
}

func writeSheet(f *excelize.File, name string, rows [][]any) error {
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, v := range row {
			cells[j] = typed(v)
		}
		if err := w.SetRow("A"+strconv.Itoa(i+1), cells); err != nil {
			return fmt.Errorf("sheet %s, row %d: %w", name, i+1, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	return nil
}

// typed is a value as a cell of a spreadsheet: numbers as numbers, texts never as formulas.
func typed(v any) any {
	switch v := v.(type) {
	case fen:
		return float64(v) / fenPerYuan
	case float64:
		if math.IsNaN(v) {
			return nil
		}
		return v
	case string:
		return store.Harmless(v)
	default:
		return v
	}
}

func (s *Server) exportEvaluations(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	filter, err := b.evaluationFilter()
	if err != nil {
		return nil, err
	}
	said, err := b.evaluationFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	rows, err := v.Evaluations(ctx, filter)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.evaluations"), About: b.about(b.T("nav.evaluations"), said), Head: b.titles("col.contract_no", "col.contract",
		"col.purchaser", "col.supplier_id", "col.supplier",
		"col.item_code", "col.item", "col.year", "col.amount_yuan", "col.status", "col.value", "col.low", "col.high",
		"col.grade", "process.col.state", "col.uncapped", "col.n_purchaser", "col.n_recipient", "col.n_third_party")}
	for _, r := range rows {
		grade, uncapped := "", ""
		if r.Grade != "" {
			grade, uncapped = b.Grade(r.Grade), b.Grade(r.Uncapped)
		}
		out.Rows = append(out.Rows, []any{r.ContractNo, r.Name, r.PurchaserName, r.SupplierID, r.SupplierName, r.ItemCode, r.ItemName,
			int64(r.Year), fen(r.AmountFen), b.named("status", string(r.Status)),
			r.Value, r.Low, r.High, grade, b.State(r.State), uncapped, int64(r.Purchasers), int64(r.Recipients), int64(r.ThirdParties)})
	}
	return out, nil
}

func (b *base) titles(keys ...string) []string {
	titles := make([]string, len(keys))
	for i, key := range keys {
		titles[i] = b.T(key)
	}
	return titles
}

func (s *Server) exportSuppliers(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	filter, err := b.supplierFilter()
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	rows, _, err := v.Suppliers(ctx, filter)
	if err != nil {
		return nil, err
	}
	said, _, err := b.supplierFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.suppliers"), About: b.about(b.T("nav.suppliers"), said), Head: b.titles("col.supplier_id", "col.supplier",
		"supplier.uscc", "supplier.type", "col.status", "col.score",
		"col.level", "col.performance", "col.conduct", "supplier.evaluations", "supplier.cases", "col.assessment", "col.contracts", "col.amount_yuan", "col.grounds")}
	for _, r := range rows {
		out.Rows = append(out.Rows, []any{r.ID, r.Name, r.USCC, b.named("supplier_type", r.Type), b.named("status", r.Status), r.Score, r.Level,
			r.Performance, r.Conduct, int64(r.Evaluations), r.Cases,
			b.named("assessment", r.Assessment), int64(r.Contracts), fen(r.AmountFen), int64(r.Grounds)})
	}
	return out, nil
}
