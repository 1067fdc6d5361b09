package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// Bounds of what a form of a case brings: a scanned contract has some megabytes, a statement some pages.
const (
	caseBody        = 24 << 20
	largestPaper    = 8 << 20
	mostPapers      = 5
	longestStanding = 8000 // characters of a statement or of findings
	shortText       = 200
)

// decidingSteps are taken by those alone who may decide; the others by whoever keeps cases.
var decidingSteps = []blacklist.StepKind{blacklist.HearingHeld, blacklist.Proposed, blacklist.Confirmed, blacklist.Returned, blacklist.RepairGranted, blacklist.RepairRefused, blacklist.Revoked}

// onPaper are the steps of a party that the bureau enters for it when they come on paper.
var onPaper = []blacklist.StepKind{blacklist.Stated, blacklist.HearingRequested, blacklist.HearingWithdrawn, blacklist.RepairRequested}

// registerCases lists the routes of the blacklist: the board and the cases of the bureau, and a supplier's own cases.
func (s *Server) registerCases() {
	s.still("/blacklist", access.ReadCases, s.caseBoard)
	s.files("blacklist", access.ReadCases, s.exportCases)
	s.form("/blacklist", access.KeepCases, s.openCase, s.caseBoard)
	s.form("/blacklist/watch", access.KeepCases, s.watchSupplier, s.caseBoard)
	s.still("/blacklist/{case}", access.ReadCases, s.bureauCase)
	s.bulky("POST /blacklist/{case}", access.KeepCases, caseBody, s.posted(s.takeStep, s.bureauCase))
	s.handle("GET /blacklist/{case}/documents/{document}", access.ReadCases, s.caseDocument)
	s.still("/blacklist/{case}/papers/{paper}", access.ReadCases, s.casePaper)
	s.still("/cases", access.AnswerCase, s.ownCases)
	s.still("/cases/{case}", access.AnswerCase, s.ownCase)
	s.bulky("POST /cases/{case}", access.AnswerCase, caseBody, s.posted(s.takeStep, s.ownCase))
	s.handle("GET /cases/{case}/documents/{document}", access.AnswerCase, s.caseDocument)
	s.still("/cases/{case}/papers/{paper}", access.AnswerCase, s.casePaper)
}

// caseProblem is what a page says of a step that was refused; empty for any other error.
func (b *base) caseProblem(err error) string {
	var refused *blacklist.Refusal
	var missing *workdays.MissingYearError
	switch {
	case errors.As(err, &refused):
		found, expected := refused.Found, refused.Expected
		if refused.Rule == "proof_weak" && b.cases != nil {
			names := make([]string, len(b.cases.Sufficient))
			for i, standard := range b.cases.Sufficient {
				names[i] = b.T("case.standard." + standard)
			}
			found, expected = b.T("case.standard."+found), strings.Join(names, b.T("list.comma"))
		}
		return b.T("case.refused."+refused.Rule, "Found", found, "Expected", expected)
	case errors.As(err, &missing):
		return b.missingYear(missing)
	case errors.Is(err, store.ErrCaseOpen):
		return b.T("case.problem.open")
	case errors.Is(err, store.ErrWatched):
		return b.T("case.problem.watched")
	case errors.Is(err, store.ErrNoCases):
		return b.T("case.problem.no_rules")
	}
	return ""
}

func (b *base) missingYear(e *workdays.MissingYearError) string {
	return b.T("case.problem.missing_year", "Year", whole(int64(e.Year)))
}

// casePolicy is by which rules cases are kept: those of the published run, or of the server before there is one; nil: none.
func (s *Server) casePolicy(b *base) *blacklist.CasePolicy {
	if b.cases != nil || s.config.Policy == nil || s.config.Policy.Blacklist == nil {
		return b.cases
	}
	return s.config.Policy.Blacklist.Case
}

// person is who is asking, as a case names them.
func (b *base) person() blacklist.Person {
	p := blacklist.Person{Account: b.Who.Account, Name: b.Who.Name, Role: string(b.Who.Role)}
	if b.Who.Role == access.Supplier {
		p.Org = b.Who.Org
	}
	return p
}

// withRun puts the published run into the page, where there is one.
func (s *Server) withRun(ctx context.Context, b *base, f func(context.Context, *store.View) error) error {
	err := s.view(ctx, b, f)
	if errors.Is(err, store.ErrUnpublished) {
		return nil
	}
	return err
}

func noView(context.Context, *store.View) error { return nil }

// openCase opens a case: for the grounds that the published run found against a supplier, or for those that the form names.
func (s *Server) openCase(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	form := texts{Request: r}
	step := blacklist.Step{Kind: blacklist.Opened, By: b.person(), Party: form.of("supplier", shortText), Reason: form.of("reason", longestStanding)}
	if form.long != nil {
		return "", form.long
	}
	if ground := r.PostFormValue("ground"); ground != "" {
		step.Grounds, step.Evidence = []string{ground}, strings.Fields(r.PostFormValue("evidence"))
	}
	err := s.withRun(r.Context(), b, func(ctx context.Context, v *store.View) error {
		if step.Grounds != nil || step.Party == "" {
			return nil
		}
		found, err := v.Candidates(ctx, step.Party)
		for _, c := range found {
			step.Grounds, step.Evidence = append(step.Grounds, c.Ground), append(step.Evidence, c.Evidence...)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	slices.Sort(step.Evidence)
	step.Evidence = slices.Compact(step.Evidence)
	c, err := s.config.Store.OpenCase(r.Context(), s.casePolicy(b), step)
	if err != nil {
		return "", err
	}
	return b.done("/blacklist/"+c.No, "case_opened"), nil
}

// watchSupplier puts a supplier on the watch list, or takes it off.
func (s *Server) watchSupplier(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	form := texts{Request: r}
	e := store.WatchEntry{SupplierID: form.of("supplier", shortText), Watched: r.PostFormValue("watched") == "yes", Reason: form.of("reason", longestReason), Account: b.Who.Account, Name: b.Who.Name}
	if e.Reason == "" {
		return "", &blacklist.Refusal{Rule: "reason"}
	}
	if form.long != nil {
		return "", form.long
	}
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", err
	}
	if e.Watched {
		p := s.casePolicy(b)
		if p == nil {
			return "", store.ErrNoCases
		}
		var err error
		if e.UntilOn, err = dayIn(r, "until"); err != nil {
			return "", err
		}
		if today := store.DayOf(s.config.Now()); !e.UntilOn.After(today) || e.UntilOn.After(today.AddDate(0, p.WatchMaxMonths, 0)) {
			return "", &blacklist.Refusal{Rule: "watch_until", Found: r.PostFormValue("until"), Expected: day(today.AddDate(0, p.WatchMaxMonths, 0))}
		}
	}
	if err := s.config.Store.Watch(r.Context(), e); err != nil {
		return "", err
	}
	next := b.done("/blacklist", "watch_started")
	if !e.Watched {
		next = b.done("/blacklist", "watch_ended")
	}
	return withQuery(next, "list="+watchList), nil
}

// texts reads the texts of a form, and remembers the first that is too long.
type texts struct {
	*http.Request
	long error
}

func (t *texts) of(name string, most int) string {
	text := strings.TrimSpace(t.PostFormValue(name))
	if n := utf8.RuneCountInString(text); n > most && t.long == nil {
		t.long = &blacklist.Refusal{Rule: "text_long", Found: whole(int64(n)), Expected: whole(int64(most))}
	}
	return text
}

// dayIn is a day of a form; zero where none is given.
func dayIn(r *http.Request, name string) (time.Time, error) {
	text := r.PostFormValue(name)
	if text == "" {
		return time.Time{}, nil
	}
	on, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, &badFilter{Name: name, Found: text, Expected: "day"}
	}
	return on, nil
}

// takeStep takes the step that the form of a case asks for. A decision that lists somebody, or ends a listing, is followed
// by a run, so that the rating obeys it within a minute.
func (s *Server) takeStep(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	kind := blacklist.StepKind(r.PostFormValue("step"))
	if !slices.Contains(blacklist.StepKinds(), kind) {
		return "", &badFilter{Name: "step", Found: string(kind), Expected: "form"}
	}
	if slices.Contains(decidingSteps, kind) && !b.May(access.DecideCases) {
		return "", &refusedAction{action: access.DecideCases}
	}
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", err
	}
	step, err := s.stepOf(r, b, kind)
	if err != nil {
		return "", err
	}
	c, err := s.config.Store.TakeStep(r.Context(), s.casePolicy(b), r.PathValue("case"), step)
	if err != nil {
		return "", err
	}
	if c.Decided != nil {
		if err := s.bringIn(r.Context()); err != nil {
			return "", err
		}
	}
	path, _, _ := strings.Cut(b.path, "?")
	return b.done(path, "case_step"), nil
}

// What a decision comes to.
const listIt, dropIt = "list", "drop"

var outcomes = []string{listIt, dropIt}

// stepOf reads a step from its form.
func (s *Server) stepOf(r *http.Request, b *base, kind blacklist.StepKind) (step blacklist.Step, err error) {
	form := texts{Request: r}
	step = blacklist.Step{Kind: kind, By: b.person(), Party: form.of("party", shortText), Reason: form.of("reason", longestStanding),
		OnPaper: b.Who.Role != access.Supplier && slices.Contains(onPaper, kind), Relation: r.PostFormValue("relation"), Service: r.PostFormValue("service"), Place: form.of("place", shortText),
		DocumentNo: form.of("document_no", shortText)}
	if b.Who.Role == access.Supplier {
		step.Party = b.Who.Org
	}
	if step.On, err = dayIn(r, "on"); err != nil {
		return step, err
	}
	if step.Until, err = dayIn(r, "until"); err != nil {
		return step, err
	}
	switch kind {
	case blacklist.GroundsAdded:
		step.Evidence = strings.Fields(r.PostFormValue("evidence"))
		if ground := r.PostFormValue("ground"); ground != "" {
			step.Grounds = []string{ground}
		}
	case blacklist.Proposed:
		outcome := r.PostFormValue("outcome")
		if !slices.Contains(outcomes, outcome) {
			return step, &blacklist.Refusal{Rule: "decision_missing"}
		}
		step.Decision = &blacklist.Decision{List: outcome == listIt, Parties: r.PostForm["parties"], Until: step.Until, Standard: r.PostFormValue("standard"),
			Findings: form.of("findings", longestStanding), Answer: form.of("answer", longestStanding), Mitigating: r.PostForm["mitigating"], Aggravating: r.PostForm["aggravating"],
			DocumentNo: step.DocumentNo}
		if !step.Decision.List {
			step.Decision.Until = time.Time{}
		}
		step.Until = time.Time{}
	}
	if form.long != nil {
		return step, form.long
	}
	step.Documents, err = s.papersOf(r)
	return step, err
}

// papersOf archives the documents that came with a form.
func (s *Server) papersOf(r *http.Request) (all []blacklist.Document, err error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	files := r.MultipartForm.File["documents"]
	if len(files) > mostPapers {
		return nil, &blacklist.Refusal{Rule: "papers_many", Found: whole(int64(len(files))), Expected: whole(mostPapers)}
	}
	for _, file := range files {
		if file.Size == 0 {
			continue
		}
		if file.Size > largestPaper {
			return nil, &blacklist.Refusal{Rule: "paper_large", Found: whole(file.Size >> 20), Expected: whole(largestPaper >> 20)}
		}
		kept, err := s.archivePaper(r.Context(), file)
		if errors.Is(err, errPaperType) {
			return nil, &blacklist.Refusal{Rule: "paper_type", Found: kept.kind}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, blacklist.Document{Name: kept.name, SHA256: kept.SHA256, Bytes: kept.Bytes, Type: kept.kind})
	}
	return all, nil
}

// caseDocument hands out a document of a case, to a supplier only those of the steps that it may see.
func (s *Server) caseDocument(w http.ResponseWriter, r *http.Request) {
	c, err := s.readCase(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	steps := c.Steps
	if who := access.From(r.Context()); who.Role == access.Supplier {
		steps = c.SeenBy(who.Org)
	}
	for _, step := range steps {
		for _, d := range step.Documents {
			if d.SHA256 == r.PathValue("document") {
				s.sendDocument(w, r, d)
				return
			}
		}
	}
	s.fail(w, r, errNoPage)
}

func (s *Server) sendDocument(w http.ResponseWriter, r *http.Request, d blacklist.Document) {
	content, err := os.ReadFile(s.config.Store.ArchivePath(d.SHA256))
	if err != nil {
		s.fail(w, r, fmt.Errorf("document of a case: %w", err))
		return
	}
	name := d.Name
	if !strings.HasSuffix(strings.ToLower(name), paperTypes[d.Type]) {
		name += paperTypes[d.Type]
	}
	attach(w, d.Type, name)
	_, _ = w.Write(content) // the reader has gone: nobody is left to tell
}

// readCase reads the case that the path names; to a supplier there is none before it was served its notice.
func (s *Server) readCase(r *http.Request) (c blacklist.Case, err error) {
	err = s.config.Store.Read(r.Context(), func(ctx context.Context, reader *store.Reader) error {
		c, err = store.CaseOf(ctx, reader, r.PathValue("case"))
		return err
	})
	if errors.Is(err, store.ErrNotInRun) {
		return c, errNoPage
	}
	if who := access.From(r.Context()); err == nil && who.Role == access.Supplier && c.SeenBy(who.Org) == nil {
		return blacklist.Case{}, errNoPage
	}
	return c, err
}
