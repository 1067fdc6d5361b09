package dashboards

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
	"pingxin/pipelines/store"
)

// result is what a check found and what can be done now.
type result struct {
	Title, Sentence string
	Tiles           []tile
	Notes           []string
	Touched         string
	Contracts       []cell
	MoreContracts   string

	CanCommit bool
	Commit    string // label of the button
	Reason    bool   // earlier rows are replaced: the reader is asked why

	Faults    bool   // the file has some
	Marked    bool   // it can be had back with its bad cells marked, and its bad rows alone
	Again     string // address of the first step, where another reading can be chosen; empty: none would help
	Groups    []faultGroup
	AllCauses string // address of all groups, when one is shown
	Listed    string

	CanPart          bool
	Part, CommitPart string
}

// tile is one count of the preview.
type tile struct {
	Class, Value, Label, Hint string
	None                      bool
}

// faultGroup are the faults of one cause.
type faultGroup struct {
	Cause, Title, Count, Mend string
	Rows                      table
	Where                     string // of what is wrong with the file as a whole
	More                      *cell
	Pages                     *pages
}

// faultsShown is how many faults of a group stand on the page of all groups.
const faultsShown = 5

func (v *visit) result(u *desk.Upload) (*result, error) {
	p := u.Preview
	good := p.Rows - p.Refused
	res := &result{Tiles: v.tiles(p), Faults: p.Total > 0, Commit: v.T("upload.commit.all", counted(p.Rows)...), Reason: asksReason(p)}
	for _, n := range p.Notes {
		res.Notes = append(res.Notes, v.base.faultsOf(u.Kind).Note(n))
	}
	v.touched(res, p)
	switch {
	case p.Repeated != nil:
		res.Title = v.T("upload.result.repeated")
		res.Sentence = v.T("upload.result.repeated.sentence", "Number", p.Repeated.Number)
	case p.Total == 0:
		res.Title = v.T("upload.result.good")
		res.Sentence = v.T("upload.result.good.sentence", counted(p.Rows)...)
	case p.WholeFile:
		res.Title, res.Sentence, res.Tiles = v.T("upload.result.unreadable"), v.T("upload.result.unreadable.sentence"), nil
	default:
		res.Title = v.T("upload.result.bad", counted(int64(p.Total))...)
		res.Sentence = v.T("upload.result.bad.sentence", counted(p.Refused)...)
	}
	res.CanCommit = u.State == desk.Checked && p.Total == 0
	if p.Repeated != nil {
		res.Commit = v.T("upload.commit.repeated")
	}
	if p.Total > 0 && !p.WholeFile && good > 0 {
		res.CanPart = true
		res.Part = v.T("upload.part.lead", append(counted(good), "Refused", v.Count(p.Refused))...)
		res.CommitPart = v.T("upload.part.commit", counted(good)...)
	}
	res.Marked = p.Total > 0 && !p.WholeFile
	if p.WholeFile {
		res.Again = v.To(uploadPath(u.ID), "step", "file")
	}
	return res, v.groups(res, u)
}

// asksReason says whether a commit replaces what was accepted before, which asks for a reason.
func asksReason(p *intake.Preview) bool { return p != nil && p.Superseding > 0 && p.Repeated == nil }

// unreadable is the result of a file that cannot be read at all.
func (v *visit) unreadable(u *desk.Upload) *result {
	f, words := *u.Inspection.Refused, v.base.faultsOf(u.Kind)
	return &result{Title: v.T("upload.result.unreadable"), Sentence: v.T("upload.result.unreadable.sentence"), Faults: true,
		Groups: []faultGroup{{Cause: f.Cause, Title: words.Title(f), Mend: words.Mend(f), Where: words.where(f)}}}
}

func (v *visit) tiles(p *intake.Preview) []tile {
	var all []tile
	for _, one := range []struct {
		name string
		n    int64
	}{{"new", p.New}, {"replaced", p.Superseding}, {"same", p.Same}, {"refused", p.Refused}} {
		t := tile{Class: "tile-" + one.name, Value: v.Count(one.n), Label: v.T("upload.tile." + one.name), Hint: v.T("upload.tile." + one.name + ".hint"), None: one.n == 0}
		if t.None {
			t.Class = ""
		}
		all = append(all, t)
	}
	return all
}

// contractsShown is how many contracts a result names; the rest is counted.
const contractsShown = 12

func (v *visit) touched(res *result, p *intake.Preview) {
	if p.Touched == 0 {
		return
	}
	res.Touched = v.T("upload.touched", counted(p.Touched)...)
	for _, no := range p.Contracts[:min(contractsShown, len(p.Contracts))] {
		c := cell{Text: no}
		if v.Run != nil {
			c.URL = v.Contract(no)
		}
		res.Contracts = append(res.Contracts, c)
	}
	if more := p.Touched - int64(len(res.Contracts)); more > 0 {
		res.MoreContracts = v.T("upload.touched.more", counted(more)...)
	}
}

// groups lists the faults by cause, the most frequent first: a few of each, or all listed ones of the cause in the address.
func (v *visit) groups(res *result, u *desk.Upload) error {
	p := u.Preview
	byCause := map[string][]store.Fault{}
	for _, f := range p.Faults {
		byCause[f.Cause] = append(byCause[f.Cause], f)
	}
	only := v.query.Get("cause")
	if only != "" {
		res.AllCauses = v.Here("cause", "")
	}
	causes := slices.SortedFunc(maps.Keys(p.Causes), func(a, b string) int { return cmp.Or(p.Causes[b]-p.Causes[a], cmp.Compare(a, b)) })
	for _, cause := range causes {
		if only != "" && only != cause {
			continue
		}
		g, err := v.group(u, cause, p.Causes[cause], byCause[cause])
		if err != nil {
			return err
		}
		res.Groups = append(res.Groups, g)
	}
	if listed := len(p.Faults); p.Total > listed {
		res.Listed = v.T("upload.listed", "Total", v.CountInt(p.Total), "Listed", v.CountInt(listed))
	}
	return nil
}

func (v *visit) group(u *desk.Upload, cause string, count int, faults []store.Fault) (faultGroup, error) {
	words := v.base.faultsOf(u.Kind)
	g := faultGroup{Cause: cause, Title: words.Title(store.Fault{Cause: cause}), Count: v.T("upload.faults.count", counted(int64(count))...)}
	if len(faults) == 0 {
		return g, nil
	}
	g.Title, g.Mend = words.Title(faults[0]), words.Mend(faults[0])
	if u.Preview.WholeFile {
		g.Where = words.where(faults[0])
		return g, nil
	}
	if v.query.Get("cause") == "" {
		g.Rows = words.table(faults[:min(faultsShown, len(faults))])
		if len(faults) > faultsShown {
			g.More = &cell{Text: v.T("upload.faults.more", counted(int64(len(faults)))...), URL: v.Here("cause", cause)}
		}
		return g, nil
	}
	page, err := v.base.pageOf()
	if err != nil {
		return g, err
	}
	shown := v.base.paging(page, len(faults))
	g.Pages = &shown
	g.Rows = words.table(faults[min((page-1)*pageSize, len(faults)):min(page*pageSize, len(faults))])
	return g, nil
}

// table lists faults with their place.
func (v faultVoice) table(faults []store.Fault) table {
	t := table{Caption: v.T("upload.mending.title"), Head: v.base.columns("upload.col.row", "upload.col.column", "upload.col.found", "upload.col.expected")}
	for _, f := range faults {
		t.Rows = append(t.Rows, []cell{text(v.T("upload.row", "Row", v.Count(f.Row))), text(v.Columns(f)), text(orText(f.Found, v.T("upload.empty_cell"))), text(v.Expected(f))})
	}
	return t
}

// where says at which row a file that is wrong as a whole stops to make sense, and what stands there; empty: nowhere.
func (v faultVoice) where(f store.Fault) string {
	var parts []string
	if f.Row > 0 {
		parts = append(parts, v.T("upload.row", "Row", v.Count(f.Row)))
	}
	if f.Found != "" {
		parts = append(parts, v.T("upload.found", "Found", f.Found))
	}
	return strings.Join(parts, v.T("list.comma"))
}

// commitUpload writes a checked file, or of one with faults only the good rows when the reader chose so.
func (s *Server) commitUpload(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	u, err := s.config.Desk.Upload(r.Context(), v.owner, id)
	if err != nil {
		return err
	}
	o := desk.CommitOptions{Partial: r.PostFormValue("part") == "yes", Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	if u.State != desk.Committed && asksReason(u.Preview) && o.Reason == "" || utf8.RuneCountInString(o.Reason) > reasonMax {
		return desk.ErrReason
	}
	_, end := s.checks.begin(id)
	_, err = s.config.Desk.Commit(context.WithoutCancel(r.Context()), v.owner, id, o) // a commit is not half wanted
	end()
	var faults *intake.FaultsError
	var unread *intake.FileError
	if err != nil && !errors.As(err, &faults) && !errors.As(err, &unread) && !errors.Is(err, desk.ErrBusy) { // of which the upload's page tells
		return err
	}
	return v.see(w, r, uploadPath(id))
}

// markedCopy gives the file back with its bad cells marked.
func (s *Server) markedCopy(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.copyOf(w, r, v, "-marked.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(say desk.Say, to io.Writer) error {
		return s.config.Desk.MarkedCopy(r.Context(), v.owner, r.PathValue("id"), say, to)
	})
}

// refusedRows gives the refused rows alone.
func (s *Server) refusedRows(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.copyOf(w, r, v, "-refused.csv", "text/csv; charset=utf-8", func(say desk.Say, to io.Writer) error {
		return s.config.Desk.Refused(r.Context(), v.owner, r.PathValue("id"), say, to)
	})
}

// copyOf sends a copy of an upload under its name with another ending. Its bytes may be many, so they are not held here:
// once the first were sent, a failure can only break the connection, by which a browser knows that the file is not whole.
func (s *Server) copyOf(w http.ResponseWriter, r *http.Request, v *visit, ending, kind string, write func(desk.Say, io.Writer) error) error {
	u, err := s.config.Desk.Upload(r.Context(), v.owner, r.PathValue("id"))
	if err != nil {
		return err
	}
	to := &lateHeader{ResponseWriter: w, kind: kind, name: strings.TrimSuffix(u.Name, path.Ext(u.Name)) + ending}
	err = write(desk.Say{Fault: v.base.faultsOf(u.Kind).Sentence, Title: func(code string) string { return v.T("upload.copy." + code) }}, to)
	if err != nil && to.begun {
		s.config.Logger.ErrorContext(r.Context(), "copy of an upload", "request", requestID(r.Context()), "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// lateHeader sends the headers of a file with its first bytes, so that an error before them can still be a page.
type lateHeader struct {
	http.ResponseWriter
	kind, name string
	begun      bool
}

func (l *lateHeader) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		attach(l.ResponseWriter, l.kind, l.name)
	}
	return l.ResponseWriter.Write(p)
}

// attach sets the headers of a file to save; its name may hold any character.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="file%s"; filename*=UTF-8''%s`, path.Ext(name), url.PathEscape(name)))
}
