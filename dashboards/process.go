package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// longestWording is the most characters of a comment, of grounds, reasons, a question or its answer: four pages.
const longestWording = 4000

// registerProcess lists the routes by which an evaluation becomes final and public.
func (s *Server) registerProcess() {
	s.kept("GET /process", access.ReadResults, "process.html", s.process)
	s.export("process", access.ReadResults, s.exportProcess)
	s.page("GET /process/changes", access.ReadResults, "processchanges.html", s.processChanges)
	s.export("process-changes", access.ReadResults, s.exportChangedResults)
	for _, act := range []dueprocess.Act{dueprocess.Announce, dueprocess.Finalise, dueprocess.Publish} {
		again := s.bulkPage(act)
		s.still("/process/"+string(act), access.Announce, again)
		s.form("/process/"+string(act), access.Announce, s.performBulk(act), again)
	}
	s.still("/process/contracts/{contract}", access.ReadResults, s.casePage)
	s.page("GET /process/contracts/{contract}/notice", access.ReadResults, "paper.html", s.processNotice)
	s.form("/process/contracts/{contract}/comment", access.Object, s.comment, s.casePage)
	s.bulky("POST /process/contracts/{contract}/objection", access.Object, dueprocess.MostEvidenceMB<<20+smallBody, s.posted(s.object, s.casePage))
	s.form("/process/contracts/{contract}/decision", access.ReviewObjections, s.decide, s.casePage)
	s.form("/process/contracts/{contract}/withdrawal", access.Object, s.takeBack, s.casePage)
	s.handle("GET /process/objections/{objection}/evidence/{place}", access.ReadResults, s.evidenceFile)
}

// signer is who is asking, as the rules of the process know them.
func (b *base) signer() dueprocess.Person {
	return dueprocess.Person{Account: b.Who.Account, Name: b.Who.Name, Role: string(b.Who.Role)}
}

// refusedInProcess sets what a page says of an act that was refused, and says whether the error is one.
func (b *base) refusedInProcess(err error) bool {
	var refused *dueprocess.RefusedError
	var year *workdays.MissingYearError
	var evidence *evidenceError
	switch {
	case errors.As(err, &refused):
		b.Problem = b.T("process.refused." + refused.Code)
		b.wrong(fieldByCode[refused.Code], "")
	case errors.As(err, &year):
		b.Problem = b.T("process.refused.year_unknown", "Year", strconv.Itoa(year.Year))
	case errors.As(err, &evidence):
		b.Problem = b.T("process.refused."+evidence.code, "Name", evidence.name, "Most", evidence.most)
		b.wrong("evidence", "")
	case errors.Is(err, store.ErrChanged):
		b.Problem = b.T("process.refused.changed")
	case errors.Is(err, store.ErrNoCorrection):
		b.Problem = b.T("process.refused.no_correction")
		b.wrong("batch", "")
	case errors.Is(err, store.ErrNoContract):
		b.Problem = b.T("process.refused.no_contract")
		b.wrong("contract", "")
	default:
		return false
	}
	return true
}

// refuse is a refusal by its code.
func refuse(code string) error { return dueprocess.Refuse("", code) }

// wording is a text that a form must bring: some sentences, no book.
func wording(r *http.Request, name string) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue(name), "\r\n", "\n"))
	switch {
	case text == "":
		return "", inField(name, refuse("text_missing"))
	case utf8.RuneCountInString(text) > longestWording || !utf8.ValidString(text):
		return "", inField(name, refuse("text_long"))
	}
	return text, nil
}

// lastDay is the last day of a window that today sets going, by a policy; nil: the published run has none.
func (s *Server) lastDay(ctx context.Context, p *dueprocess.Policy, of func(*dueprocess.Policy) workdays.Window) (day time.Time, err error) {
	if p == nil {
		return day, refuse("no_policy")
	}
	err = s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		calendar, err := store.Calendar(ctx, r)
		if err == nil {
			day, err = calendar.LastDay(dayOf(s.config.Now()), of(p))
		}
		return err
	})
	return day, err
}

// State names a state of an evaluation on its way to the public.
func (b *basis) State(state dueprocess.State) string { return b.T("process.state." + string(state)) }

// Process is the address of an evaluation's way to the public.
func (b *basis) Process(contractNo string) string {
	return b.To("/process/contracts/" + url.PathEscape(contractNo))
}

// contested is the mark of an evaluation that is in dispute or about to be corrected, wherever its result is shown; empty
// for any other.
func (b *base) contested(state dueprocess.State) string {
	if state == dueprocess.Disputed || state == dueprocess.Correcting {
		return b.State(state)
	}
	return ""
}

// processPage lists evaluations by where they stand.
type processPage struct {
	*basis
	Answer  []string
	States  []tab
	Acts    []bulkLink
	Filters filters
	List    table
	Pages   pages
}

// bulkLink leads to an act with many evaluations.
type bulkLink struct{ Label, URL string }

func (s *Server) process(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("process", b.T("asks.process"))
	p := &processPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	filter, err := b.processFilter()
	if err != nil {
		return nil, err
	}
	counts, err := v.StateCounts(ctx)
	if err != nil {
		return nil, err
	}
	p.answer(counts)
	if p.Filters, err = b.processFilters(ctx, v); err != nil {
		return nil, err
	}
	totals, err := v.EvaluationTotals(ctx, filter)
	if err != nil {
		return nil, err
	}
	filter.Limit, filter.Offset = pageSize, (page-1)*pageSize
	rows, err := v.Evaluations(ctx, filter)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, totals.Contracts)
	p.List = b.processTable(rows, v.Today)
	return p, nil
}

// processFilter reads the filters of the list from the address.
func (b *base) processFilter() (store.EvaluationFilter, error) {
	f, err := b.evaluationFilter()
	f.Sort = orText(f.Sort, "contract")
	return f, err
}

// processFilters are those of evaluations; where they stand is chosen by tabs.
func (b *base) processFilters(ctx context.Context, v *store.View) (filters, error) {
	fields, err := b.evaluationFields(ctx, v)
	return b.newFilters(fields...), err
}

// answer says in words where the evaluations stand, and offers each state as a filter.
func (p *processPage) answer(counts map[dueprocess.State]int) {
	all := 0
	for _, n := range counts {
		all += n
	}
	p.States = []tab{{Label: p.T("process.all", "N", p.CountInt(all)), URL: p.Here("state", ""), Current: p.query.Get("state") == ""}}
	for _, state := range dueprocess.States {
		p.States = append(p.States, tab{Label: p.State(state) + " " + p.CountInt(counts[state]), URL: p.Here("state", string(state)), Current: p.query.Get("state") == string(state)})
	}
	told := all - counts[dueprocess.Public] - counts[dueprocess.Final] - counts[dueprocess.Draft]
	p.Answer = []string{p.T("process.answer", "N", told, "All", p.CountInt(all), "Public", p.CountInt(counts[dueprocess.Public]), "Final", p.CountInt(counts[dueprocess.Final]), "Draft", p.CountInt(counts[dueprocess.Draft]))}
	if n := counts[dueprocess.Disputed] + counts[dueprocess.Correcting]; n > 0 {
		p.Answer = append(p.Answer, p.T("process.answer.disputed", "N", n, "Shown", p.CountInt(n)))
	}
	if !p.May(access.Announce) {
		return
	}
	for _, act := range []dueprocess.Act{dueprocess.Announce, dueprocess.Finalise, dueprocess.Publish} {
		_, query, _ := strings.Cut(p.Here("state", "", "sort", "", "dir", ""), "?")
		address := "/process/" + string(act)
		if query != "" {
			address += "?" + query
		}
		p.Acts = append(p.Acts, bulkLink{p.T("process.act." + string(act)), address})
	}
}

// processTable lists evaluations with where they stand and until when.
func (b *base) processTable(rows []store.EvaluationRow, today time.Time) table {
	t := table{Caption: b.T("process.title"), Empty: b.T("process.empty"),
		Head: b.columns("col.contract", "col.supplier", "col.purchaser", "#col.value?evaluation", "col.grade?grade_bands", "process.col.state", "process.col.announced_on", "process.col.until")}
	for _, r := range rows {
		name := cell{Text: orText(r.Name, r.ContractNo), Sub: r.ContractNo, URL: b.Process(r.ContractNo), Strong: true}
		state := cell{Text: b.State(r.State), Strong: b.contested(r.State) != ""}
		if r.Superseded && r.State == dueprocess.Draft {
			state.Sub = b.T("process.changed")
		}
		t.Rows = append(t.Rows, []cell{name, link(r.SupplierName, b.Supplier(r.SupplierID)), text(r.PurchaserName), text(number(r.Value, 2)),
			b.grade(gradeOrStatus(r.Grade, r.Status)), state, text(b.momentDay(r.AnnouncedAt)), b.until(r.Until(), today)})
	}
	return t
}

// momentDay is the day of a moment in the district; empty for the zero moment.
func (b *base) momentDay(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return b.Day(dayOf(at))
}

// exportProcess lists where evaluations stand.
func (s *Server) exportProcess(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	filter, err := b.processFilter()
	if err != nil {
		return nil, err
	}
	said, err := b.processFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	filter.Limit = allRows
	rows, err := v.Evaluations(ctx, filter)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("process.title"), About: b.about(b.T("process.title"), said), Head: b.titles("col.contract_no", "col.contract", "col.supplier_id", "col.supplier",
		"col.purchaser", "col.value", "col.grade", "process.col.state", "process.col.announced_on", "process.col.closes_on", "process.col.review_by")}
	for _, r := range rows {
		out.Rows = append(out.Rows, []any{r.ContractNo, r.Name, r.SupplierID, r.SupplierName, r.PurchaserName, r.Value, b.Grade(gradeOrStatus(r.Grade, r.Status)), b.State(r.State),
			b.momentDay(r.AnnouncedAt), day(r.ClosesOn), day(r.ReviewDueOn)})
	}
	return out, nil
}
