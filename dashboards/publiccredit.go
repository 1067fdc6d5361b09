package dashboards

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/credit/checkcode"
	"pingxin/credit/uscc"
	"pingxin/dashboards/client"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/store"
)

// The limits of the public's look-up, for one address: somebody who compares the bidders of a tender looks up a few dozen
// at a time; who copies the register finds it whole among the open data.
const (
	lookupBurst     = 60
	lookupEvery     = 2 * time.Second
	lookupAddresses = 50_000 // remembered, at a few hundred bytes each
	lookupShown     = 20     // suppliers that one look-up lists
	longestLookup   = 100    // characters of what is looked for
)

func newLookupLimit(now func() time.Time) *limit.Limiter {
	return limit.New(limit.Rate{Burst: lookupBurst, Every: lookupEvery}, lookupAddresses, now)
}

// registerPublicCredit lists the routes by which everybody looks up a credit file and checks a sheet.
func (s *Server) registerPublicCredit() {
	s.looked("/credit", "publiccredit.html", s.lookup)
	s.looked("/credit/{key}", "publicfile.html", s.publicCreditFile)
	s.looked("/credit/{key}/sheet", "creditsheet.html", s.publicSheet)
	s.looked("/check", "publiccheck.html", s.checkSheet)
}

// looked registers a page of the look-up, which nobody may ask for too often.
func (s *Server) looked(path, name string, read func(context.Context, *store.Reader, *publicPage) (any, error)) {
	s.public(path, name, func(ctx context.Context, r *store.Reader, p *publicPage) (any, error) {
		if ok, wait := s.lookups.Allow(limit.Address(client.From(ctx).Address)); !ok {
			return nil, &errTooMany{wait}
		}
		return read(ctx, r, p)
	})
}

// releasedView is the view of what was released, and the names of its policy; ErrUnpublished before the first release.
func (s *Server) releasedView(ctx context.Context, r *store.Reader, p *publicPage, scope store.Scope) (*store.View, error) {
	if p.Release == nil {
		return nil, store.ErrUnpublished
	}
	v, err := store.ViewOf(ctx, r, scope, p.Release.Run)
	if err != nil {
		return nil, err
	}
	p.base.Run, p.base.PublishedAt = &v.Run, p.Release.At
	p.base.labels = s.labelsOf(&v.Run)
	return v, nil
}

// lookupPage is the look-up by name or code.
type lookupPage struct {
	*publicPage
	Query   string
	Asked   bool
	Advice  []string // about a code that is none
	Said    string   // what was found, in words
	Results table
}

func (s *Server) lookup(ctx context.Context, r *store.Reader, public *publicPage) (any, error) {
	public.base.name("public", public.T("creditfile.lookup"))
	p := &lookupPage{publicPage: public, Query: strings.TrimSpace(public.query.Get("q"))}
	p.Results = table{Caption: p.T("creditfile.lookup.results"), Head: p.base.columns("col.supplier", "supplier.uscc", "supplier.type", "col.level", "creditfile.col.note")}
	if p.Asked = p.Query != ""; !p.Asked || public.Release == nil {
		return p, nil
	}
	if len([]rune(p.Query)) > longestLookup {
		return nil, &badFilter{Name: "q", Found: string([]rune(p.Query)[:longestLookup]) + "…", Expected: "lookup"}
	}
	v, err := s.releasedView(ctx, r, public, store.Everything)
	if err != nil {
		return nil, err
	}
	search, meant := p.searchOf(p.Query)
	found, total, err := v.Find(ctx, search)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	keys, err := store.PublicKeys(ctx, r, ids...)
	p.answer(found, keys, total, meant)
	return p, err
}

// searchOf is what a text looks for: a code, its neighbours when it is a mistyped one, or a name. meant says what was taken
// for what.
func (p *lookupPage) searchOf(text string) (search store.Search, meant string) {
	search.Limit = lookupShown
	tidy := uscc.Tidy(text)
	err := uscc.Check(tidy)
	var fault *uscc.FaultError
	switch {
	case err == nil:
		search.Codes = []string{tidy}
		return search, "code"
	case errors.As(err, &fault) && uscc.Like(tidy):
		p.Advice = p.base.codeAdvice(tidy, fault)
		if search.Codes = uscc.Near(tidy); len(search.Codes) > 0 {
			return search, "near"
		}
	}
	search.Name = text
	return search, "name"
}

// codeAdvice explains what is wrong with a text that was meant as a code.
func (b *base) codeAdvice(tidy string, fault *uscc.FaultError) []string {
	said := []string{b.T("creditfile.code."+fault.Kind, "Code", tidy, "At", fault.At, "Found", fault.Found, "Expected", orText(fault.Expected, none))}
	if fault.Kind == uscc.WrongCharacter && fault.Expected != "" && uscc.Check(strings.Replace(tidy, fault.Found, fault.Expected, 1)) == nil {
		said = append(said, b.T("creditfile.code.lookalike", "Found", fault.Found, "Expected", fault.Expected))
	}
	return said
}

// answer puts what was found into words and rows; keys lead to the files of those that have one.
func (p *lookupPage) answer(found []store.Found, keys map[string]string, total int, meant string) {
	p.Said = p.T("creditfile.lookup.found."+meant, "N", total, "Query", p.Query)
	if total == 0 {
		p.Said = p.T("creditfile.lookup.nothing."+meant, "Query", p.Query)
	}
	if total > len(found) {
		p.Said += p.T("creditfile.lookup.more", "Shown", len(found))
	}
	for _, f := range found {
		var notes []string
		if f.Ended {
			notes = append(notes, p.T("creditfile.note.ended"))
		}
		if f.USCC == "" {
			notes = append(notes, p.T("creditfile.note.no_code"))
		}
		if keys[f.ID] == "" {
			notes = append(notes, p.T("creditfile.note.not_released"))
		}
		if f.Clashes > 0 {
			notes = append(notes, p.T("creditfile.note.namesakes", "N", f.Clashes))
		}
		p.Results.Rows = append(p.Results.Rows, []cell{{Text: f.Name, URL: p.base.publicFile(keys[f.ID]), Strong: true}, {Text: orNone(f.USCC), Sub: f.ID}, text(p.base.named("supplier_type", f.Type)),
			p.base.level(f.Level), {List: notes}})
	}
}

// publicFile is the address of what the public sees of the supplier with that key; without one there is no such page.
func (b *base) publicFile(key string) string {
	if key == "" {
		return ""
	}
	return b.To("/public/credit/" + url.PathEscape(key))
}

// publicFilePage is a credit file as everybody may see it.
type publicFilePage struct {
	*publicPage
	S         store.PublicSupplier
	Alerts    []string
	LevelCell cell
	Sentence  string
	Facts     [][2]string
	Record    table
	Effects   table
	Lists     table
	Code      string
	Sheet     string
	CheckAt   string
}

// keyOf is the part of the path that names a supplier.
func (p *publicPage) keyOf() string {
	return strings.TrimSuffix(p.base.pathValue("/public/credit/"), "/sheet")
}

// namedSupplier finds the supplier of the release that the address names: by a code that one supplier has, or an id.
func namedSupplier(ctx context.Context, r *store.Reader, public *publicPage) (string, error) {
	key := public.keyOf()
	tidy := uscc.Tidy(key)
	switch {
	case public.Release == nil:
		return "", store.ErrUnpublished
	case uscc.Check(tidy) != nil:
		return key, nil
	}
	holders, err := store.PublicHolders(ctx, r, tidy)
	switch {
	case err != nil || len(holders) == 0:
		return key, err
	case len(holders) > 1:
		return "", errSharedCode
	}
	return holders[0], nil
}

// errSharedCode says that several suppliers have the code that should name one.
var errSharedCode = errors.New("several suppliers have this code")

func (s *Server) publicCreditFile(ctx context.Context, r *store.Reader, public *publicPage) (any, error) {
	id, err := namedSupplier(ctx, r, public)
	if err != nil {
		return nil, err
	}
	p := &publicFilePage{publicPage: public}
	statement, row, err := public.Release.Statement(ctx, r, id)
	if err != nil {
		return nil, err
	}
	p.S, p.Code = row, statement.Code()
	v, err := s.releasedView(ctx, r, public, store.Scope{Supplier: id})
	if err != nil {
		return nil, err
	}
	public.base.name("public", row.Name)
	full, err := v.Supplier(ctx, id)
	if err != nil {
		return nil, err
	}
	whole, err := s.releasedView(ctx, r, public, store.Everything) // for others of the same name
	if err != nil {
		return nil, err
	}
	if p.Alerts, err = p.base.identityAlerts(ctx, whole, full); err != nil {
		return nil, err
	}
	full.Level, full.Status = row.Level, row.Status // which rests on what is public alone
	listed, over, err := s.publicListings(ctx, r, v, p.base, id)
	if err != nil {
		return nil, err
	}
	p.Alerts = append(p.Alerts, over...)
	if p.Lists = p.base.listTable(listed); len(listed) == 0 {
		p.Lists.Empty = p.T("creditfile.lists.public_none")
	}
	if p.Effects, err = p.base.effectsOn(ctx, v, full, len(listed) > 0); err != nil {
		return nil, err
	}
	recorded, err := v.Conduct(ctx, id)
	if err != nil {
		return nil, err
	}
	p.Record = p.base.recordTable(recorded, v.Run.AsOf)
	p.words(full)
	p.Sheet = p.To("/public/credit/" + url.PathEscape(public.keyOf()) + "/sheet")
	p.CheckAt = p.To("/public/check", "code", p.Code)
	return p, nil
}

// publicListings are the decisions by which a supplier was on the blacklist on the day of the release and still is, as far as
// they were made public; over says how others ended since, so that nobody is shown as listed for a day too long. Nothing is
// public of the other lists: a candidate was not decided on, the watch list is the bureau's own, and what other authorities
// list they publish themselves.
func (s *Server) publicListings(ctx context.Context, r *store.Reader, v *store.View, b *base, id string) (listed []store.Listed, over []string, err error) {
	onDay, err := v.Listed(ctx, id)
	if err != nil || len(onDay) == 0 {
		return nil, nil, err
	}
	cases, err := store.CasesOf(ctx, r, id)
	for _, l := range onDay {
		at := slices.IndexFunc(cases, func(c blacklist.Case) bool { return c.No == l.Case && c.Published })
		if at < 0 {
			continue
		}
		listing := cases[at].Party(id).Listing
		if listing.Holds(s.today()) {
			listed = append(listed, l)
			continue
		}
		on, how := listing.End()
		over = append(over, b.T("creditfile.alert.listing."+string(how), "Case", l.Case, "Day", day(on), "AsOf", day(v.Run.AsOf)))
	}
	return listed, over, err
}

// words says what the file comes to.
func (p *publicFilePage) words(full store.SupplierRow) {
	p.LevelCell = p.base.level(orText(p.S.Level, p.S.Status))
	p.Sentence = p.T("creditfile.public.unrated")
	switch {
	case p.S.Level != "" && p.S.Withheld != "":
		p.Sentence = p.T("creditfile.public.withheld", "Level", p.base.named("level", p.S.Level), "Stars", p.S.Stars)
	case p.S.Level != "":
		p.Sentence = p.T("creditfile.public.sentence", "Level", p.base.named("level", p.S.Level), "Score", number(p.S.Score, 1), "Stars", p.S.Stars, "N", p.S.Evaluations)
	}
	p.Facts = [][2]string{{p.T("supplier.uscc"), orNone(p.S.USCC)}, {p.T("supplier.id"), p.S.ID}, {p.T("supplier.type"), p.base.named("supplier_type", p.S.Type)},
		{p.T("supplier.registered"), day(full.RegisteredOn)}, {p.T("col.assessment"), p.base.named("assessment", full.Assessment)},
		{p.T("creditfile.release"), p.T("creditfile.release.of", "No", p.Release.Number, "Run", p.Release.Run, "Day", day(p.Release.AsOf))}}
}

// recordTable is the public record of conduct.
func (b *base) recordTable(recorded []store.Conduct, asOf time.Time) table {
	t := table{Caption: b.T("creditfile.record"), Empty: b.T("supplier.conduct.none"), Head: b.columns("creditfile.col.on", "creditfile.col.what", "creditfile.col.severity", "event.authority",
		"event.document", "event.ends", "event.repaired")}
	for _, c := range recorded {
		if !c.OccurredOn.After(asOf) {
			t.Rows = append(t.Rows, []cell{text(day(c.OccurredOn)), {Text: b.named("kind", c.Kind), Sub: c.ID}, text(b.named("severity", c.Severity)), text(c.Authority), text(c.DocumentNo),
				text(day(c.EndsOn)), text(day(c.RepairedOn))})
		}
	}
	return t
}

// checkPage checks the code of a sheet.
type checkPage struct {
	*publicPage
	Code    string
	Asked   bool
	Genuine bool
	Answer  string
	Facts   [][2]string // what is published, to be compared with the paper
	Record  table       // likewise
	File    string
	Offline string // command
	Hash    string // of the release's list of checksums
}

func (s *Server) checkSheet(ctx context.Context, r *store.Reader, public *publicPage) (any, error) {
	public.base.name("public", public.T("creditfile.check"))
	p := &checkPage{publicPage: public, Code: strings.TrimSpace(public.query.Get("code"))}
	if p.Asked = p.Code != ""; !p.Asked {
		return p, nil
	}
	if len([]rune(p.Code)) > longestLookup {
		return nil, &badFilter{Name: "code", Found: string([]rune(p.Code)[:longestLookup]) + "…", Expected: "lookup"}
	}
	ref, err := checkcode.Parse(p.Code)
	switch {
	case errors.Is(err, checkcode.ErrMistyped):
		p.Answer = p.T("creditfile.check.mistyped")
		return p, nil
	case err != nil:
		p.Answer = p.T("creditfile.check.form")
		return p, nil
	}
	p.Code, p.Offline = ref.Code, "pingxin verify sheet "+ref.Code+" --bundle DIR"
	release, err := store.ReleaseByNumber(ctx, r, ref.Release)
	if errors.Is(err, store.ErrNotInRun) {
		p.Answer = p.T("creditfile.check.no_release", "No", ref.Release)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	statement, row, err := release.Statement(ctx, r, ref.Supplier)
	if errors.Is(err, store.ErrNotInRun) {
		p.Answer = p.T("creditfile.check.no_supplier", "ID", ref.Supplier, "No", ref.Release)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Genuine = ref.Matches(&statement)
	if _, err := s.releasedView(ctx, r, public, store.Scope{}); err != nil {
		return nil, err
	}
	keys, err := store.PublicKeys(ctx, r, row.ID)
	if err != nil {
		return nil, err
	}
	p.stated(&statement, &release)
	p.File = p.base.publicFile(keys[row.ID])
	v, err := store.ViewOf(ctx, r, store.Scope{Supplier: ref.Supplier}, release.Run)
	if err != nil {
		return nil, err
	}
	recorded, err := v.Conduct(ctx, ref.Supplier)
	p.Record = p.base.recordTable(recorded, release.AsOf)
	return p, err
}

// stated says what is published, and how the code stands to it.
func (p *checkPage) stated(s *checkcode.Statement, release *store.Release) {
	p.Answer = p.T("creditfile.check.forged", "No", s.Release)
	if p.Genuine {
		p.Answer = p.T("creditfile.check.genuine", "No", s.Release, "Day", s.AsOf)
		if p.Release != nil && p.Release.Number != s.Release {
			p.Answer += p.T("creditfile.check.older", "No", p.Release.Number)
		}
	}
	p.Facts, p.Hash = p.base.statementFacts(s), p.T("creditfile.check.bundle", "Hash", release.Hash)
}

// statementFacts are the cells of a statement in words.
func (b *base) statementFacts(s *checkcode.Statement) [][2]string {
	return [][2]string{{b.T("col.supplier"), s.Name}, {b.T("supplier.uscc"), orText(s.USCC, b.T("creditfile.sheet.no_code"))}, {b.T("supplier.id"), s.Supplier},
		{b.T("supplier.type"), b.named("supplier_type", s.Type)}, {b.T("col.level"), b.named("level", orText(s.Level, s.Status))}, {b.T("creditfile.col.stars"), orNone(s.Stars)},
		{b.T("col.score"), orNone(s.Score)}, {b.T("supplier.evaluations"), orNone(s.Evaluations)}, {b.T("col.assessment"), b.gradeUntil(s)}, {b.T("col.as_of"), s.AsOf}}
}

// gradeUntil is the grade of the grade assessment with its end.
func (b *base) gradeUntil(s *checkcode.Statement) string {
	switch {
	case s.Grade == "":
		return none
	case s.GradeUntil == "":
		return b.named("assessment", s.Grade)
	}
	return b.T("creditfile.grade_until", "Grade", b.named("assessment", s.Grade), "Until", s.GradeUntil)
}

// describeCredit is the answer to errors that are only of these pages, and its status; 0: it is none of them.
func describeCredit(p *problem, err error) int {
	var often *errTooMany
	if errors.Is(err, errSharedCode) {
		p.Title, p.Sentence = p.T("creditfile.shared.title"), p.T("creditfile.shared.sentence")
		return http.StatusConflict
	}
	if errors.As(err, &often) {
		p.Title, p.Sentence = p.T("creditfile.often.title"), p.T("creditfile.often.sentence", "N", int(often.wait.Seconds())+1)
		return http.StatusTooManyRequests
	}
	return 0
}
