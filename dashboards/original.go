package dashboards

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake"
)

// originalPage is one row of an accepted file as it stands there: where every figure ends.
type originalPage struct {
	*basis
	Receipt cell
	Where   [][2]string // the file and the row
	Cells   table       // a line for each column of the file
}

// original shows a row of the file of a receipt.
func (s *Server) original(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := strconv.ParseInt(r.PathValue("row"), 10, 64)
	if err != nil || number < 1 {
		return errNoPage
	}
	h, receipt, err := s.receiptOf(r.Context(), v.owner, r.PathValue("number"))
	if err != nil {
		return err
	}
	row, err := intake.OriginalOf(r.Context(), s.config.Store, receipt, number)
	if errors.Is(err, fs.ErrNotExist) {
		s.config.Logger.ErrorContext(r.Context(), "the archive lacks a file", "request", requestID(r.Context()), "receipt", receipt.Number)
	}
	if errors.Is(err, intake.ErrNoRow) || errors.Is(err, fs.ErrNotExist) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	title := v.T("original.title", "Row", locale.Count(number))
	v.base.name("uploads", title)
	p := &originalPage{basis: v.basis, Receipt: link(v.T("upload.receipt.one", "Number", receipt.Number), v.To(receiptPath(receipt.Number))),
		Where: [][2]string{{v.T("upload.col.file"), h.what(v.base)}, {v.T("upload.col.kind"), v.base.kind(receipt.Kind)}, {v.T("col.batch"), whole(int64(receipt.Batch))}, {v.T("col.row"), locale.Count(number)}},
		Cells: table{Caption: title, Head: v.base.columns("original.col.name", "original.col.cell")}}
	for i := range max(len(row.Header), len(row.Cells)) {
		p.Cells.Rows = append(p.Cells.Rows, []cell{text(nth(row.Header, i)), text(nth(row.Cells, i))})
	}
	return s.render(w, http.StatusOK, "original.html", p)
}

// nth is an entry of a row of a file, which may be shorter than its header; empty where there is none.
func nth(entries []string, i int) string {
	if i >= len(entries) {
		return ""
	}
	return strings.TrimSpace(entries[i])
}

// fileRow is a cell that leads to a row of the file of a batch, where its receipt is known and may be read.
func (b *base) fileRow(said string, batch, row int, receipts map[int]int) cell {
	c := text(said)
	if number := receipts[batch]; number > 0 {
		c.URL = b.To(receiptPath(number, "rows", strconv.Itoa(row)))
	}
	return c
}
