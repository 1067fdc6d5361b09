package dashboards

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// The steps of an upload, in their order.
const (
	stepFile = iota
	stepCheck
	stepResult
	stepReceipt
)

// step is one mark of the row of steps.
type step struct {
	Label   string
	State   string // past, or empty
	Current bool
	URL     string // of a step that can be gone back to; empty: none
}

// steps are the four marks above a page that stands at one of them; u is the upload, nil before there is one.
func (v *visit) steps(at int, u *desk.Upload) []step {
	all := make([]step, 4)
	for i, key := range []string{"upload.step.file", "upload.step.check", "upload.step.result", "upload.step.receipt"} {
		all[i] = step{Label: v.T(key), Current: i == at}
		if i < at {
			all[i].State = "past"
		}
	}
	if u != nil && (u.State == desk.Checked || u.State == desk.Refused) && u.Inspection != nil && at == stepResult {
		all[stepFile].URL = v.To(uploadPath(u.ID), "step", "file")
	}
	return all
}

// uploadPage is one upload at one of its steps; of the parts below, those of the step are set.
type uploadPage struct {
	*visit
	upload   desk.Upload
	Steps    []step
	File     string // what was received, in one line
	Received string
	Receiver *receiver // more bytes are needed
	Members  table     // the files of a zip
	Skipped  string    // what of the zip was not taken; empty: nothing
	Choosing *choosing
	Checking *checking
	Result   *result
	Receipt  *receiptFacts
	Done     string // what the receipt means
	CanDrop  bool
}

// At is the address of something to do with the upload.
func (p *uploadPage) At(what string) string { return p.To(uploadPath(p.upload.ID, what)) }

// checking is a check under way.
type checking struct {
	Watch, Say  string
	Done, Total int64
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request, v *visit) error {
	name, p, err := s.uploadPage(r, v)
	if err != nil {
		return err
	}
	return s.render(w, http.StatusOK, name, p)
}

func (s *Server) uploadPage(r *http.Request, v *visit) (string, any, error) {
	u, err := s.config.Desk.Upload(r.Context(), v.owner, r.PathValue("id"))
	if err != nil {
		return "", nil, err
	}
	v.base.name("uploads", u.Name)
	p := &uploadPage{visit: v, upload: u, CanDrop: u.State != desk.Committed, File: v.fileFacts(&u)}
	at, err := s.fillUpload(r.Context(), p)
	p.Steps = v.steps(at, &u)
	return "upload.html", p, err
}

// fillUpload sets the parts of the page that show how far the upload has come, and returns its step.
func (s *Server) fillUpload(ctx context.Context, p *uploadPage) (at int, err error) {
	u := &p.upload
	under := s.checks.of(u.ID)
	switch {
	case under != nil:
		at, p.CanDrop = stepCheck, false
		p.Checking = &checking{Watch: p.At("state"), Say: p.T("upload.say.progress"), Done: under.done.Load(), Total: max(under.total.Load(), 1)}
	case u.State == desk.Receiving:
		p.Receiver = s.receiver(p.visit, u)
		p.Received = p.T("upload.resume.lead", "Received", bytesOf(u.Received), "Size", bytesOf(u.Size))
	case len(u.Members) > 0:
		p.Members, err = s.members(ctx, p.visit, u)
		if len(u.Skipped) > 0 {
			p.Skipped = p.T("upload.members.skipped", "Names", strings.Join(u.Skipped, p.T("list.comma")))
		}
	case u.State == desk.Committed && u.Receipt != nil:
		at = stepReceipt
		p.Receipt, p.Done, err = s.committed(ctx, p.visit, u)
	case u.Inspection != nil && u.Inspection.Refused != nil:
		at, p.Result = stepResult, p.unreadable(u)
	case u.Preview != nil && p.query.Get("step") != "file":
		at = stepResult
		p.Result, err = p.result(u)
	default:
		p.Choosing, p.Problem = p.choosing(u), p.obstacle(u)
	}
	return at, err
}

// fileFacts say in one line what was received.
func (v *visit) fileFacts(u *desk.Upload) string {
	facts := []string{bytesOf(u.Size)}
	if i := u.Inspection; i != nil && i.Format != "" {
		facts = append(facts, v.T("upload.format."+string(i.Format)))
		if i.Delimiter != "" {
			facts = append(facts, v.T("upload.delimiter."+delimiterNames[i.Delimiter]))
		}
	}
	return strings.Join(facts, " · ")
}

// delimiterNames are the delimiters of CSV by their name in the locale keys.
var delimiterNames = map[string]string{",": "comma", ";": "semicolon", "\t": "tab"}

// members lists the files that came out of a zip, each of which is an upload of its own.
func (s *Server) members(ctx context.Context, v *visit, u *desk.Upload) (table, error) {
	t := table{Caption: v.T("upload.members.title"), Head: v.base.columns("upload.col.file", "upload.col.kind", "upload.col.state")}
	for _, id := range u.Members {
		m, err := s.config.Desk.Upload(ctx, v.owner, id)
		if errors.Is(err, desk.ErrUnknown) { // dropped since
			continue
		}
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, []cell{link(m.Name, v.To(uploadPath(m.ID))), text(v.base.kind(m.Kind)), text(v.T("upload.state." + string(m.State)))})
	}
	return t, nil
}

// choosing is what the reader says of a file before it is checked.
type choosing struct {
	Asks    []field
	Mapping []mappingRow
	Missing string
}

// mappingRow is one header of the file with the column that it is taken for.
type mappingRow struct {
	Header, Samples string
	Name            string // of the form's field
	Choices         []option
	Note            string // why this column was guessed
	Unknown         bool
}

// option is one choice of a select.
type option struct {
	ID, Name string
	Selected bool
}

// samplesShown is how many values of a column the mapping shows: enough to recognise it.
const samplesShown = 2

func (v *visit) choosing(u *desk.Upload) *choosing {
	c := &choosing{}
	i := u.Inspection
	if i == nil {
		return c
	}
	kinds := []store.Choice{}
	for _, name := range v.owner.Kinds {
		kinds = append(kinds, store.Choice{ID: name, Name: v.base.kind(name)})
	}
	c.ask(v, "upload.ask.kind", "kind", u.Kind, kinds)
	if len(i.Sheets) > 1 {
		var sheets []store.Choice
		for _, name := range i.Sheets {
			sheets = append(sheets, store.Choice{ID: name, Name: name})
		}
		c.ask(v, "upload.ask.sheet", "sheet", i.Sheet, sheets)
	}
	if i.Encoding != "" {
		c.ask(v, "upload.ask.encoding", "encoding", string(i.Encoding), []store.Choice{{ID: string(intake.UTF8), Name: v.T("upload.encoding.utf8")},
			{ID: string(intake.GB18030), Name: v.T("upload.encoding.gb18030")}})
	}
	kind, err := intake.KindOf(u.Kind)
	if err != nil {
		return c
	}
	for n := range i.Mapping {
		c.Mapping = append(c.Mapping, v.mappingRow(i, n, kind))
	}
	if len(i.Missing) > 0 {
		c.Missing = v.T("upload.mapping.missing", "Columns", v.base.columnNames(kind, i.Missing))
	}
	return c
}

func (c *choosing) ask(v *visit, key, name, value string, choices []store.Choice) {
	if !slices.ContainsFunc(choices, func(one store.Choice) bool { return one.ID == value }) {
		choices = append([]store.Choice{{Name: v.T("upload.ask.choose")}}, choices...)
	}
	c.Asks = append(c.Asks, field{Name: name, Label: v.T(key), Value: value, Choices: choices})
}

// mappingRow shows the n-th header of the file.
func (v *visit) mappingRow(i *intake.Inspection, n int, kind intake.Kind) mappingRow {
	guess := i.Mapping[n]
	row := mappingRow{Header: guess.Header, Name: "column." + strconv.Itoa(n), Unknown: guess.Column == ""}
	var samples []string
	for _, cells := range i.Sample {
		if n < len(cells) && strings.TrimSpace(cells[n]) != "" && len(samples) < samplesShown {
			samples = append(samples, cells[n])
		}
	}
	row.Samples = strings.Join(samples, v.T("list.comma"))
	if row.Unknown {
		row.Choices = append(row.Choices, option{Name: v.T("upload.mapping.choose"), Selected: true})
	}
	for _, c := range kind.Columns {
		row.Choices = append(row.Choices, option{c.Name, v.base.column(c), c.Name == guess.Column})
	}
	row.Choices = append(row.Choices, option{intake.LeftOut, v.T("upload.mapping.left_out"), guess.Column == intake.LeftOut})
	if key := "upload.mapping.how." + guess.How; v.Has(key) { // what fits exactly needs no word
		row.Note = v.T(key)
	}
	return row
}

// column names a column in the reader's language.
func (b *base) column(c intake.Column) string {
	if b.Language == locale.Chinese {
		return c.ZH
	}
	return c.Name
}

// word is a value of an enum in the reader's language; any other value as it is.
func (b *base) word(c intake.Column, value string) string {
	for _, w := range c.Words {
		if w.Value == value && b.Language == locale.Chinese {
			return w.ZH
		}
	}
	return value
}

// wordsOf are the values of an enum in the reader's language.
func (b *base) wordsOf(c intake.Column) []string {
	words := make([]string, len(c.Words))
	for i, w := range c.Words {
		words[i] = b.word(c, w.Value)
	}
	return words
}

// holds says what the cells of a column hold.
func (b *base) holds(c intake.Column) string {
	return b.T("upload.holds."+string(c.Type), "Words", strings.Join(b.wordsOf(c), b.T("list.comma")))
}

// columnNames names several columns of a kind.
func (b *base) columnNames(kind intake.Kind, names []string) string {
	var all []string
	for _, name := range names {
		at := slices.IndexFunc(kind.Columns, func(c intake.Column) bool { return c.Name == name })
		if at >= 0 {
			name = b.column(kind.Columns[at])
		}
		all = append(all, name)
	}
	return strings.Join(all, b.T("list.comma"))
}

// obstacle is what the reader has to settle before the file can be checked, once they have tried; empty: nothing.
func (v *visit) obstacle(u *desk.Upload) string {
	if v.query.Get("tried") == "" || u.Inspection == nil {
		return ""
	}
	switch {
	case !slices.Contains(v.owner.Kinds, u.Kind):
		return v.T("upload.obstacle.kind")
	case len(u.Inspection.Missing) > 0 || unknownHeaders(u.Inspection) > 0:
		return v.T("upload.obstacle.mapping")
	}
	return ""
}

func unknownHeaders(i *intake.Inspection) int {
	n := 0
	for _, m := range i.Mapping {
		if m.Column == "" {
			n++
		}
	}
	return n
}

// chooseUpload keeps what the reader says of a file and checks it, unless only another look was asked for or something
// is left to settle.
func (s *Server) chooseUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	u, err := s.config.Desk.Upload(r.Context(), v.owner, id)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errors.Join(errForm, err)
	}
	if u, err = s.config.Desk.Describe(r.Context(), v.owner, id, readingOf(r, &u)); err != nil {
		return err
	}
	if r.PostForm.Get("then") == "look" {
		return v.see(w, r, uploadPath(id), "step", "file")
	}
	v.query.Set("tried", "yes")
	if v.obstacle(&u) != "" {
		return v.see(w, r, uploadPath(id), "step", "file", "tried", "yes")
	}
	under, end := s.checks.begin(id)
	_, err = s.config.Desk.Check(context.WithoutCancel(r.Context()), v.owner, id, under.heard) // who leaves the page finds the result later
	end()
	if err != nil && !errors.Is(err, desk.ErrBusy) {
		return err
	}
	return v.see(w, r, uploadPath(id))
}

// readingOf reads the form. A mapping holds only for the kind, the sheet and the encoding beside which it was shown, and
// only what differs from the guess is a choice of the reader.
func readingOf(r *http.Request, u *desk.Upload) intake.Choice {
	c := intake.Choice{Kind: r.PostForm.Get("kind"), Sheet: r.PostForm.Get("sheet"), Encoding: intake.Encoding(r.PostForm.Get("encoding"))}
	i := u.Inspection
	if i == nil || c.Kind != u.Kind || c.Sheet != "" && c.Sheet != i.Sheet || c.Encoding != "" && c.Encoding != i.Encoding {
		return c
	}
	c.Mapping = map[string]string{}
	for n, guess := range i.Mapping {
		chosen := r.PostForm.Get("column." + strconv.Itoa(n))
		_, before := u.Choice.Mapping[guess.Header]
		if chosen != "" && (before || chosen != guess.Column) {
			c.Mapping[guess.Header] = chosen
		}
	}
	return c
}

// dropUpload throws an upload away.
func (s *Server) dropUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := s.config.Desk.Drop(r.Context(), v.owner, r.PathValue("id")); err != nil {
		return err
	}
	return v.see(w, r, "/uploads")
}
