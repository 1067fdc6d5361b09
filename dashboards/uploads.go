package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// Bodies of the requests that bring files, each with its reason.
const (
	// formBody bounds a form without script: some large files at once. With script each file comes by itself, in pieces.
	formBody = 1 << 30
	// pieceBody is some pieces of the script's size: another version of it may send larger ones.
	pieceBody = 8 << 20
)

// registerUploads lists the routes of the upload wizard, of receipts and of templates. Those that read a whole file again
// have the time for it.
func (s *Server) registerUploads() {
	s.handle("GET /uploads", access.ReadUploads, s.wizard(s.uploads))
	s.handle("GET /uploads/new", access.Upload, s.wizard(s.newUpload))
	s.bulky("POST /uploads", access.Upload, formBody, s.wizard(s.receiveForm))
	s.handle("GET /uploads/{id}", access.Upload, s.wizard(s.upload))
	s.bulky("POST /uploads/{id}/choice", access.Upload, smallBody, s.wizard(s.chooseUpload))
	s.bulky("POST /uploads/{id}/commit", access.Upload, smallBody, s.reasoned(s.commitUpload, s.uploadPage))
	s.handle("POST /uploads/{id}/drop", access.Upload, s.wizard(s.dropUpload))
	s.bulky("GET /uploads/{id}/marked", access.Upload, smallBody, s.wizard(s.markedCopy))
	s.bulky("GET /uploads/{id}/refused", access.Upload, smallBody, s.wizard(s.refusedRows))
	s.handle("POST /uploads/begin", access.Upload, s.piece(s.beginUpload))
	s.bulky("PUT /uploads/{id}/bytes", access.Upload, pieceBody, s.piece(s.receivePiece))
	s.handle("GET /uploads/{id}/state", access.Upload, s.piece(s.uploadState))
	s.handle("GET /receipts/{number}", access.ReadUploads, s.wizard(s.receipt))
	s.handle("GET /receipts/{number}/entry.json", access.ReadUploads, s.wizard(s.receiptEntry))
	s.bulky("GET /receipts/{number}/rows/{row}", access.ReadUploads, smallBody, s.wizard(s.original)) // reads the file up to that row
	s.handle("GET /receipts/{number}/withdraw", access.Upload, s.wizard(s.withdrawal))
	s.bulky("POST /receipts/{number}/withdraw", access.Upload, smallBody, s.reasoned(s.withdraw, s.withdrawalPage))
	s.handle("GET /templates/{file}", access.Upload, s.wizard(s.templateFile))
}

// visit is one request of the wizard: the page that answers it and whose uploads it may touch.
type visit struct {
	*basis
	owner desk.Owner
	org   string // organisation that the reader acts for; empty: none
}

// wizard makes a handler of a page of the wizard, which is there before the first run too.
func (s *Server) wizard(answer func(http.ResponseWriter, *http.Request, *visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := access.From(r.Context())
		v := &visit{s.newBase(r).basis, api.OwnerOf(who), who.Org}
		err := s.view(r.Context(), v.base, func(context.Context, *store.View) error { return nil }) // the names of indicators
		if err == nil || errors.Is(err, store.ErrUnpublished) {
			err = answer(w, r, v)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// reasoned makes a handler of a form of the wizard that asks for a reason: without one, the form comes back.
func (s *Server) reasoned(do func(http.ResponseWriter, *http.Request, *visit) error, again func(*http.Request, *visit) (string, any, error)) http.HandlerFunc {
	return s.wizard(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		err := do(w, r, v)
		if !errors.Is(err, desk.ErrReason) {
			return err
		}
		v.base.Problem = v.T("upload.reason.needed", "Max", reasonMax)
		s.show(w, r, v.base, http.StatusUnprocessableEntity, func(r *http.Request, _ *base) (string, any, error) { return again(r, v) })
		return nil
	})
}

// piece makes a handler of what the script of the wizard asks: it answers with JSON, also of what went wrong.
func (s *Server) piece(answer func(*http.Request, desk.Owner) (desk.Upload, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u, err := answer(r, api.OwnerOf(access.From(r.Context())))
		var offset *desk.OffsetError
		status, said := http.StatusOK, pieceAnswer{ID: u.ID, Received: u.Received}
		switch {
		case errors.As(err, &offset):
			status, said = http.StatusConflict, pieceAnswer{ID: r.PathValue("id"), Received: offset.Received}
		case err != nil:
			var p *problem
			status, p = s.describe(r, s.newBase(r), err)
			said = pieceAnswer{Sentence: p.Sentence}
		default:
			said.checking(s.checks.of(u.ID))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(said) // the reader has gone: nobody is left to tell
	}
}

// pieceAnswer is what the script hears of an upload.
type pieceAnswer struct {
	ID       string `json:"id"`
	Received int64  `json:"received"` // bytes; the next piece begins here
	Checking bool   `json:"checking"`
	Done     int64  `json:"done"` // bytes that the check has read, of Total
	Total    int64  `json:"total"`
	Sentence string `json:"sentence,omitempty"` // what went wrong
}

func (a *pieceAnswer) checking(c *check) {
	if c != nil {
		a.Checking, a.Done, a.Total = true, c.done.Load(), c.total.Load()
	}
}

// checks are the checks and commits under way, by the id of their upload, for whoever watches their progress.
type checks struct{ under sync.Map }

// check is how far one has come, in bytes.
type check struct{ done, total atomic.Int64 }

func (c *check) heard(done, total int64) {
	c.done.Store(done)
	c.total.Store(total)
}

// begin makes a check known under its upload's id until the returned function is called. One that is under way already
// stays the one that is watched.
func (c *checks) begin(id string) (*check, func()) {
	one := &check{}
	if _, known := c.under.LoadOrStore(id, one); known {
		return one, func() {}
	}
	return one, func() { c.under.Delete(id) }
}

// of is the check under way of an upload, or nil.
func (c *checks) of(id string) *check {
	one, _ := c.under.Load(id)
	known, _ := one.(*check)
	return known
}

// see leads the reader to another page after a form.
func (v *visit) see(w http.ResponseWriter, r *http.Request, path string, pairs ...string) error {
	http.Redirect(w, r, v.To(path, pairs...), http.StatusSeeOther)
	return nil
}

// counted are the values of a sentence that counts: N chooses its form, Count is written.
func counted(n int64) []any { return []any{"N", int(n), "Count", locale.Count(n)} }

// uploadPath is the address of an upload, without the reader's language.
func uploadPath(id string, more ...string) string {
	return strings.Join(append([]string{"/uploads", url.PathEscape(id)}, more...), "/")
}

func receiptPath(number int, more ...string) string {
	return strings.Join(append([]string{"/receipts", strconv.Itoa(number)}, more...), "/")
}

// uploadsPage is what is under way and what was accepted.
type uploadsPage struct {
	*basis
	Answer   string
	Open     table
	Calendar *figure // nil: nothing came in yet
	Filters  filters
	History  table
	Pages    pages
}

func (s *Server) uploads(w http.ResponseWriter, r *http.Request, v *visit) error {
	v.base.name("uploads", v.T("asks.uploads"))
	page, err := v.base.pageOf()
	if err != nil {
		return err
	}
	p := &uploadsPage{basis: v.basis}
	under, err := s.config.Desk.List(r.Context(), v.owner)
	if err != nil {
		return err
	}
	p.Open = v.openTable(under)
	batches, err := s.history(r.Context(), v.owner)
	if err != nil {
		return err
	}
	brought := int64(0)
	for _, h := range batches {
		if h.takes == 0 {
			brought++
		}
	}
	p.Answer = v.T("upload.answer.mine", counted(brought)...)
	if v.owner.All {
		p.Answer = v.T("upload.answer.all", counted(brought)...)
	}
	p.Filters = v.historyFilters(batches)
	ofEveryDay := maps.Clone(v.query)
	ofEveryDay.Del("day")
	batches = slices.DeleteFunc(batches, func(h historyRow) bool { return !h.matches(ofEveryDay) })
	if p.Calendar, err = v.calendar(batches); err != nil {
		return err
	}
	shown := slices.DeleteFunc(batches, func(h historyRow) bool { return !h.matches(v.query) })
	p.Pages = v.base.paging(page, len(shown))
	p.History = v.historyTable(shown[min((page-1)*pageSize, len(shown)):min(page*pageSize, len(shown))])
	s.answer(w, r, "uploads.html", p, nil)
	return nil
}

// openTable lists what has no receipt yet, with the next thing to do.
func (v *visit) openTable(all []desk.Upload) table {
	t := table{Caption: v.T("upload.open.title"), Head: v.base.columns("upload.col.file", "upload.col.kind", "upload.col.state", "upload.col.changed")}
	if v.owner.All {
		t.Head = append(t.Head, v.base.columns("upload.col.account")...)
	}
	for _, u := range all {
		if u.State == desk.Committed || len(u.Members) > 0 { // the files of a zip are listed by themselves
			continue
		}
		state := v.T("upload.state." + string(u.State))
		if u.State == desk.Receiving {
			state = v.T("upload.state.percent", "State", state, "Percent", strconv.FormatInt(100*u.Received/max(u.Size, 1), 10))
		}
		row := []cell{link(u.Name, v.To(uploadPath(u.ID))), text(v.base.kind(u.Kind)), text(state), text(v.Moment(u.ChangedAt))}
		if v.owner.All {
			row = append(row, text(u.Account))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// kind names a kind of file; the empty kind is a dash.
func (b *base) kind(name string) string {
	return b.named("upload.kind", name)
}

// historyRow is one accepted batch with its receipt.
type historyRow struct {
	store.BatchRecord
	receipt int // number; 0: it is being written
	takes   int // number of the receipt that it withdraws; 0: it brings rows
}

// what names what a batch brings: its file, or which receipt it withdraws.
func (h historyRow) what(b *base) string {
	if h.takes != 0 {
		return b.T("upload.withdrawal.of", "Number", h.takes)
	}
	return h.FileName
}

// history reads what the owner may see of the accepted batches, the latest first.
func (s *Server) history(ctx context.Context, owner desk.Owner) ([]historyRow, error) {
	receipts, err := s.config.Store.Receipts()
	if err != nil {
		return nil, err
	}
	numbers := numbersOf(receipts)
	batches, err := s.config.Desk.History(ctx, owner, desk.Page{Limit: allRows})
	if err != nil {
		return nil, err
	}
	rows := make([]historyRow, len(batches))
	for i, b := range batches {
		rows[i] = historyRow{b, numbers[b.Batch], numbers[b.Withdraws]}
	}
	return rows, nil
}

// numbersOf are the numbers of receipts by their batches.
func numbersOf(receipts []store.Receipt) map[int]int {
	numbers := make(map[int]int, len(receipts))
	for _, r := range receipts {
		numbers[r.Batch] = r.Number
	}
	return numbers
}

// state is how a batch stands now.
func (h historyRow) state() string {
	switch {
	case h.Withdraws != 0:
		return "withdrawal"
	case h.WithdrawnBy != 0:
		return "withdrawn"
	}
	return "accepted"
}

// withdrawable says whether a batch can be taken back as a whole; other facts are corrected by a file that replaces them.
func (h historyRow) withdrawable() bool { return h.Kind == "score" }

// matches says whether a batch passes the filters of the address.
func (h historyRow) matches(query url.Values) bool {
	q := strings.ToLower(strings.TrimSpace(query.Get("q")))
	found := q == "" || strings.Contains(strings.ToLower(h.FileName), q) || strconv.Itoa(h.receipt) == q || len(q) >= 6 && strings.HasPrefix(h.SHA256, q)
	of := func(key, value string) bool { return query.Get(key) == "" || query.Get(key) == value }
	return found && of("kind", h.Kind) && of("state", h.state()) && of("uploader", orText(h.Uploader, console)) && of("day", day(dayOf(h.AcceptedAt)))
}

// historyFilters are the form above the history; only what occurs in it can be chosen.
func (v *visit) historyFilters(rows []historyRow) filters {
	var kinds, states, uploaders []store.Choice
	for _, h := range rows {
		kinds = addChoice(kinds, h.Kind, v.base.kind(h.Kind), 1)
		states = addChoice(states, h.state(), v.T("upload.batch."+h.state()), 1)
		uploaders = addChoice(uploaders, orText(h.Uploader, console), v.base.uploader(h.Uploader), 1)
	}
	fields := []field{{Name: "q"}, {Name: "kind", Choices: kinds}, {Name: "state", Choices: states}, {Name: "day", Day: true}}
	if v.owner.All {
		fields = append(fields, field{Name: "uploader", Choices: uploaders})
	}
	return v.base.newFilters(fields...)
}

// console stands in an address for the operator at the console, who has no name.
const console = "-"

// uploader names who brought a batch.
func (b *base) uploader(name string) string {
	if name == "" {
		return b.T("upload.console")
	}
	return name
}

func (v *visit) historyTable(rows []historyRow) table {
	t := table{Caption: v.T("upload.history.title"), Empty: v.T("upload.history.none"),
		Head: v.base.columns("upload.col.receipt", "upload.col.file", "upload.col.kind", "#upload.col.rows", "#upload.col.superseded", "upload.col.accepted", "upload.col.state")}
	if v.owner.All {
		t.Head = append(t.Head, v.base.columns("upload.col.uploader")...)
	}
	for _, h := range rows {
		number := link(v.T("upload.receipt.no", "Number", h.receipt), v.To(receiptPath(h.receipt)))
		row := []cell{number, text(h.what(v.base)), text(v.base.kind(h.Kind)), text(v.Count(h.Rows)), text(v.Count(h.Superseded)), text(v.Moment(h.AcceptedAt)),
			{Text: v.T("upload.batch." + h.state()), Sub: h.Reason}}
		if v.owner.All {
			row = append(row, text(v.base.uploader(h.Uploader)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// uploadProblems are the errors of uploads that a reader can do something about, each with its sentence and status.
var uploadProblems = []plainProblem{
	{desk.ErrUnknown, "upload.unknown", http.StatusNotFound}, {errNoReceipt, "upload.receipt", http.StatusNotFound}, {desk.ErrTooLarge, "upload.too_large", http.StatusRequestEntityTooLarge},
	{desk.ErrTooMany, "upload.too_many", http.StatusConflict}, {desk.ErrState, "upload.state", http.StatusConflict}, {desk.ErrBusy, "upload.busy", http.StatusConflict},
	{desk.ErrMismatch, "upload.mismatch", http.StatusConflict}, {desk.ErrKind, "upload.kind", http.StatusForbidden}, {desk.ErrReason, "upload.reason", http.StatusBadRequest},
	{errNoFile, "upload.no_file", http.StatusBadRequest}, {errForm, "upload.broken", http.StatusBadRequest}, {store.ErrNoBatch, "upload.receipt", http.StatusNotFound}, {store.ErrWithdrawn, "upload.state", http.StatusConflict},
	{store.ErrOnlyScores, "upload.only_scores", http.StatusConflict},
}
