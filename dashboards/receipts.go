package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// receiptFacts are a receipt as it is shown and printed.
type receiptFacts struct {
	Label, Number, Kind, Rows string
	Facts, Hashes             [][2]string
	URL                       string
}

// receiptOf finds a receipt that the owner may see, by its number as it stands in an address. What is not theirs is not
// told apart from what does not exist.
func (s *Server) receiptOf(ctx context.Context, owner desk.Owner, number string) (historyRow, store.Receipt, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return historyRow{}, store.Receipt{}, errNoPage
	}
	receipts, err := s.config.Store.Receipts()
	if err != nil {
		return historyRow{}, store.Receipt{}, err
	}
	if n > len(receipts) {
		return historyRow{}, store.Receipt{}, errNoReceipt
	}
	r := receipts[n-1] // numbered from 1 without a gap, which reading them checks
	batches, err := s.config.Desk.History(ctx, owner, desk.Page{Before: r.Batch + 1, Limit: 1})
	if err != nil {
		return historyRow{}, store.Receipt{}, err
	}
	if len(batches) == 0 || batches[0].Batch != r.Batch {
		return historyRow{}, store.Receipt{}, errNoReceipt
	}
	return historyRow{batches[0], r.Number, numbersOf(receipts)[batches[0].Withdraws]}, r, nil
}

// errNoReceipt says that there is no such receipt for who asks.
var errNoReceipt = errors.New("no such receipt")

func (v *visit) receiptFacts(h historyRow, r store.Receipt) *receiptFacts {
	f := &receiptFacts{Label: v.T("upload.receipt.number"), Number: v.T("upload.receipt.no", "Number", r.Number), Kind: v.base.kind(r.Kind), Rows: v.T("upload.rows", counted(r.Rows)...), URL: v.To(receiptPath(r.Number))}
	f.Facts = [][2]string{{v.T("upload.col.file"), h.what(v.base)}, {v.T("upload.col.uploader"), v.base.uploader(h.Uploader)},
		{v.T("upload.col.accepted"), v.exactMoment(r)}}
	if h.takes != 0 {
		f.Rows, f.Facts = "", append(f.Facts, [2]string{v.T("upload.fact.restored"), v.T("upload.rows", counted(r.Rows)...)})
	} else {
		f.Facts = append(f.Facts, [2]string{v.T("upload.fact.superseded"), v.T("upload.rows", counted(h.Superseded)...)})
	}
	if h.LeftOut > 0 {
		f.Facts = append(f.Facts, [2]string{v.T("upload.fact.left_out"), v.T("upload.rows", counted(h.LeftOut)...)})
	}
	if h.Reason != "" {
		f.Facts = append(f.Facts, [2]string{v.T("upload.fact.reason"), h.Reason})
	}
	f.Hashes = [][2]string{{v.T("upload.fact.sha256"), r.SHA256}, {v.T("upload.fact.content"), r.ContentHash}, {v.T("upload.fact.previous"), orNone(r.Previous)},
		{v.T("upload.fact.chain"), r.Chain}}
	return f
}

// exactMoment is the time of a receipt to the second, in the zone of the district.
func (v *visit) exactMoment(r store.Receipt) string {
	return r.AcceptedAt.In(zone).Format("2006-01-02 15:04:05") + " (UTC+8)"
}

// committed is the receipt of an upload and what it means.
func (s *Server) committed(ctx context.Context, v *visit, u *desk.Upload) (*receiptFacts, string, error) {
	h, r, err := s.receiptOf(ctx, v.owner, strconv.Itoa(u.Receipt.Number))
	if err != nil {
		return nil, "", err
	}
	said := v.T("upload.done.lead")
	if u.Result != nil && u.Result.Repeated {
		said = v.T("upload.done.repeated")
	}
	return v.receiptFacts(h, r), said, nil
}

// receiptPage is one receipt, as it is printed.
type receiptPage struct {
	*basis
	Receipt             *receiptFacts
	Withdrawn           string // sentence; empty: the batch stands
	Entry               string
	Before              *cell // the receipt before, where the reader may see it
	CanChange           bool
	Supersede, Withdraw string // empty: this kind is only corrected
}

func (s *Server) receipt(w http.ResponseWriter, r *http.Request, v *visit) error {
	h, receipt, err := s.receiptOf(r.Context(), v.owner, r.PathValue("number"))
	if err != nil {
		return err
	}
	v.base.name("uploads", v.T("upload.receipt.one", "Number", receipt.Number))
	p := &receiptPage{basis: v.basis, Receipt: v.receiptFacts(h, receipt), Entry: v.To(receiptPath(receipt.Number, "entry.json")),
		CanChange: h.state() == "accepted" && v.May(access.Upload), Supersede: v.To("/uploads/new", "corrects", strconv.Itoa(receipt.Number))}
	if h.withdrawable() {
		p.Withdraw = v.To(receiptPath(receipt.Number, "withdraw"))
	}
	switch h.state() {
	case "withdrawn":
		p.Withdrawn = v.T("upload.receipt.withdrawn")
	case "withdrawal":
		p.Withdrawn = v.T("upload.receipt.withdrawal")
	}
	switch _, before, err := s.receiptOf(r.Context(), v.owner, strconv.Itoa(receipt.Number-1)); {
	case err == nil:
		p.Before = &cell{Text: v.T("upload.receipt.no", "Number", before.Number), URL: v.To(receiptPath(before.Number))}
	case !errors.Is(err, errNoReceipt) && !errors.Is(err, errNoPage): // somebody else's, or this is the first
		return err
	}
	return s.render(w, http.StatusOK, "receipt.html", p)
}

// receiptEntry is the line of the journal, byte by byte as it was chained.
func (s *Server) receiptEntry(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, receipt, err := s.receiptOf(r.Context(), v.owner, r.PathValue("number"))
	if err != nil {
		return err
	}
	line, err := json.Marshal(receipt)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(line) // the reader has gone: nobody is left to tell
	return nil
}

// withdrawPage says what a withdrawal will change, and asks why.
type withdrawPage struct {
	*visit
	Back    cell
	Changes []string
	Action  string
}

// reasonMax is how long a reason may be, in characters: a sentence or two.
const reasonMax = 400

// ReasonMax is reasonMax, for the field of a form.
func (v *visit) ReasonMax() int { return reasonMax }

func (s *Server) withdrawal(w http.ResponseWriter, r *http.Request, v *visit) error {
	name, p, err := s.withdrawalPage(r, v)
	if err != nil {
		return err
	}
	return s.render(w, http.StatusOK, name, p)
}

func (s *Server) withdrawalPage(r *http.Request, v *visit) (string, any, error) {
	h, receipt, err := s.receiptOf(r.Context(), v.owner, r.PathValue("number"))
	switch {
	case err != nil:
		return "", nil, err
	case h.state() != "accepted":
		return "", nil, desk.ErrState
	case !h.withdrawable():
		return "", nil, store.ErrOnlyScores
	}
	v.base.name("uploads", v.T("upload.withdraw.title", "Number", receipt.Number))
	p := &withdrawPage{visit: v, Back: link(v.T("upload.receipt.one", "Number", receipt.Number), v.To(receiptPath(receipt.Number))),
		Action: v.To(receiptPath(receipt.Number, "withdraw"))}
	p.Changes = []string{v.T("upload.withdraw.rows", append(counted(h.Rows), "File", h.FileName)...), v.T("upload.withdraw.before", counted(h.Superseded)...), v.T("upload.withdraw.run"),
		v.T("upload.withdraw.kept")}
	return "withdraw.html", p, nil
}

// withdraw takes a batch back for a reason, and shows the receipt of doing so.
func (s *Server) withdraw(w http.ResponseWriter, r *http.Request, v *visit) error {
	h, _, err := s.receiptOf(r.Context(), v.owner, r.PathValue("number"))
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" || utf8.RuneCountInString(reason) > reasonMax {
		return desk.ErrReason
	}
	receipt, err := s.config.Desk.Withdraw(context.WithoutCancel(r.Context()), v.owner, h.Batch, reason)
	if err != nil {
		return err
	}
	return v.see(w, r, receiptPath(receipt.Number))
}
