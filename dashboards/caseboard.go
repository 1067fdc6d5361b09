package dashboards

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// The lists of the board. Cases are the work; the other four are kept apart, each with its own authority and effect.
const (
	casesList     = "cases"
	candidateList = "candidate"
	watchList     = "watch"
	listedList    = "listed"
	externalList  = "external"
)

var boardLists = []string{casesList, candidateList, watchList, listedList, externalList}

// boardPage is the board of the blacklist.
type boardPage struct {
	*basis
	Lead       string
	Missing    string // why some clocks cannot be told; empty: all can
	Tabs       []tab
	List       string
	About      [][2]string // authority, effect and end of the list that is shown
	Filters    filters
	Table      table
	Pages      pages
	Candidates []openable
	Watch      []watchRow
	Grounds    []store.Choice
	Longest    string // last day of a watch
	Keeps      bool   // who is asking may act
}

// openable is a supplier with the grounds to open a case against it.
type openable struct {
	candidateView
	Grounds []groundView
	New     bool   // there is evidence that no case has dealt with
	Case    string // address of its case that is not over; empty: there is none
	CaseNo  string
}

// place puts those in front that wait for somebody, and those last with which nothing is to be done.
func (o *openable) place() int {
	switch {
	case o.Case != "":
		return 1
	case o.New:
		return 0
	}
	return 2
}

// groundView is a ground with the case that is over and dealt with it.
type groundView struct {
	candidateView
	Dealt cell // without a text: none has
}

// watchRow is one supplier of the watch list.
type watchRow struct {
	store.WatchEntry
	URL, Until string
}

// board is all that the lists show.
type board struct {
	today      time.Time
	cases      []boardCase
	names      map[string]string
	candidates []store.Candidate
	watched    []store.WatchEntry
	external   []store.External
	missing    *workdays.MissingYearError
}

// boardCase is a case with how it stands today.
type boardCase struct {
	blacklist.Case
	state blacklist.State
	next  *blacklist.Clock // that runs out first for the bureau; nil: none
}

// late says whether the bureau is behind.
func (c *boardCase) late() bool { return c.next != nil && c.next.Over }

func (s *Server) readBoard(ctx context.Context, b *base) (*board, error) {
	d := &board{today: store.DayOf(s.config.Now())}
	err := s.withRun(ctx, b, func(ctx context.Context, v *store.View) (err error) {
		d.candidates, err = v.Candidates(ctx, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		cases, err := store.Cases(ctx, r)
		if err != nil {
			return err
		}
		if err := d.place(ctx, r, cases, s.casePolicy(b)); err != nil {
			return err
		}
		if d.watched, err = store.Watched(ctx, r, d.today); err != nil {
			return err
		}
		d.external, err = store.ExternalListings(ctx, r)
		return err
	})
}

// place finds how every case stands, those that are late in front, then by the next clock.
func (d *board) place(ctx context.Context, r *store.Reader, cases []blacklist.Case, p *blacklist.CasePolicy) error {
	calendar, err := store.Calendar(ctx, r)
	if err != nil {
		return err
	}
	rules := blacklist.Rules{Policy: p, Calendar: calendar}
	var suppliers []string
	for _, c := range cases {
		one := boardCase{Case: c, state: c.State(d.today)}
		for _, party := range c.Parties {
			suppliers = append(suppliers, party.Supplier)
		}
		if p != nil {
			clocks, err := rules.Clocks(&c, d.today)
			if err != nil && !errors.As(err, &d.missing) {
				return err
			}
			one.next = nextClock(clocks, one.state)
		}
		d.cases = append(d.cases, one)
	}
	slices.SortStableFunc(d.cases, func(x, y boardCase) int {
		order := func(c *boardCase) int {
			switch {
			case c.state.Over():
				return 3
			case c.late():
				return 0
			case c.state == blacklist.InTerm:
				return 2
			}
			return 1
		}
		return cmp.Or(cmp.Compare(order(&x), order(&y)), cmp.Compare(clockDay(x.next), clockDay(y.next)))
	})
	d.names, err = store.OrgNames(ctx, r, suppliers)
	return err
}

func clockDay(c *blacklist.Clock) string {
	if c == nil {
		return "9999"
	}
	return c.On.Format(time.DateOnly)
}

// nextClock is the clock that the state waits for: the one that ends last of the windows, else the first.
func nextClock(clocks []blacklist.Clock, state blacklist.State) (next *blacklist.Clock) {
	for i := range clocks {
		c := &clocks[i]
		window := c.What == blacklist.StatementClock || c.What == blacklist.HearingDayClock
		switch {
		case c.What == blacklist.HearingClock, state == blacklist.AwaitsStatement != window:
		case next == nil || window && c.On.After(next.On) || !window && c.On.Before(next.On):
			next = c
		}
	}
	return next
}

func (s *Server) caseBoard(r *http.Request, b *base) (string, any, error) {
	b.name("blacklist", b.T("asks.blacklist"))
	d, err := s.readBoard(r.Context(), b)
	if err != nil {
		return "", nil, err
	}
	list := orText(b.query.Get("list"), casesList)
	if b.query.Get("supplier") != "" && b.query.Get("list") == "" { // a link from a credit file
		list = candidateList
	}
	if !slices.Contains(boardLists, list) {
		return "", nil, &badFilter{Name: "list", Found: list, Expected: "form"}
	}
	p := &boardPage{basis: b.basis, List: list, Lead: b.boardLead(d), Keeps: b.May(access.KeepCases)}
	if d.missing != nil {
		p.Missing = b.missingYear(d.missing)
	}
	p.tabs(d)
	if policy := s.casePolicy(b); policy != nil {
		p.Longest = day(d.today.AddDate(0, policy.WatchMaxMonths, 0))
	}
	for _, part := range []string{"authority", "effect", "end"} {
		p.About = append(p.About, [2]string{b.T("case.about." + part), b.T("case.list." + list + "." + part)})
	}
	p.Grounds = b.idChoices("ground", blacklist.Grounds())
	page, err := b.pageOf()
	if err != nil {
		return "", nil, err
	}
	all := b.boardList(d, list)
	p.Filters = all.filters
	p.Pages = b.paging(page, len(all.rows))
	p.Table = table{Caption: b.T("case.list." + list), Head: all.head, Empty: b.T("case.none." + list)}
	if first := (page - 1) * pageSize; first < len(all.rows) {
		p.Table.Rows = all.rows[first:min(first+pageSize, len(all.rows))]
	}
	switch list {
	case candidateList:
		p.Candidates = b.openables(d)
	case watchList:
		for _, w := range d.watched {
			p.Watch = append(p.Watch, watchRow{WatchEntry: w, URL: b.Supplier(w.SupplierID), Until: b.Day(w.UntilOn)})
		}
	}
	return "blacklist.html", p, nil
}

// boardLead says in words what waits.
func (b *base) boardLead(d *board) string {
	open, late, listed := 0, 0, 0
	for i := range d.cases {
		c := &d.cases[i]
		if !c.state.Over() && c.state != blacklist.InTerm {
			open++
		}
		if c.late() {
			late++
		}
		for _, p := range c.Parties {
			if p.Listing.Holds(d.today) {
				listed++
			}
		}
	}
	return b.T("case.lead", "Open", b.CountInt(open), "Late", b.CountInt(late), "Waiting", b.CountInt(len(waiting(d))), "Listed", b.CountInt(listed))
}

// waiting are the candidates without a case that is not over, with evidence that no case has dealt with.
func waiting(d *board) (suppliers []string) {
	for _, c := range d.candidates {
		if d.caseOf(c.SupplierID) == nil && d.dealtWith(c) == nil && !slices.Contains(suppliers, c.SupplierID) {
			suppliers = append(suppliers, c.SupplierID)
		}
	}
	return suppliers
}

// caseOf is the case against a supplier that is not over; nil: there is none.
func (d *board) caseOf(supplier string) *boardCase {
	at := slices.IndexFunc(d.cases, func(c boardCase) bool { return !c.state.Over() && c.Supplier == supplier })
	if at < 0 {
		return nil
	}
	return &d.cases[at]
}

// dealtWith is the case that is over and dealt with the evidence of a candidate; nil: there is something new.
func (d *board) dealtWith(c store.Candidate) *boardCase {
	at := slices.IndexFunc(d.cases, func(of boardCase) bool {
		return of.state.Over() && of.Supplier == c.SupplierID && of.DealtWith(c.Evidence)
	})
	if at < 0 {
		return nil
	}
	return &d.cases[at]
}

func (p *boardPage) tabs(d *board) {
	listed, standing := 0, 0
	for _, c := range d.cases {
		for _, party := range c.Parties {
			if party.Listing.Holds(d.today) {
				listed++
			}
		}
	}
	for i := range d.external {
		if d.external[i].Holds(d.today) {
			standing++
		}
	}
	candidates := map[string]bool{}
	for _, c := range d.candidates {
		candidates[c.SupplierID] = true
	}
	counts := map[string]int{casesList: len(d.cases), candidateList: len(candidates), watchList: len(d.watched), listedList: listed, externalList: standing}
	for _, list := range boardLists {
		p.Tabs = append(p.Tabs, tab{Label: p.T("case.list."+list) + " " + p.CountInt(counts[list]), URL: p.To("/blacklist", "list", list), Current: list == p.List})
	}
}

// boardRows is one list of the board: its rows for the page and for a file.
type boardRows struct {
	filters filters
	head    []head
	rows    [][]cell
	keys    []string // of the columns
}

// boardList makes the rows of a list that match the filters of the address.
func (b *base) boardList(d *board, list string) boardRows {
	var out boardRows
	search := strings.ToLower(strings.TrimSpace(b.query.Get("q")))
	add := func(found string, row ...cell) {
		if strings.Contains(strings.ToLower(found), search) {
			out.rows = append(out.rows, row)
		}
	}
	fields := []field{{Name: "q"}}
	switch list {
	case casesList:
		fields = append(fields, field{Name: "state", Choices: b.caseStates()})
		out.keys = []string{"col.case", "col.supplier", "col.case_grounds", "col.case_state", "col.next_clock", "col.opened_on"}
		for i := range d.cases {
			if c := &d.cases[i]; b.query.Get("state") == "" || b.query.Get("state") == string(c.state) {
				add(c.No+" "+d.names[c.Supplier]+" "+c.Supplier, b.caseRow(d, c)...)
			}
		}
	case candidateList:
		out.keys = []string{"col.supplier", "col.level", "col.ground", "col.evidence", "col.since"}
		for _, c := range b.candidateViews(d.candidates) {
			if only := b.query.Get("supplier"); only == "" || only == c.ID {
				add(c.Supplier+" "+c.ID, cell{Text: c.Supplier, URL: c.URL}, text(c.Level), text(c.Ground), cell{List: textsOf(c.Evidence)}, text(c.Since))
			}
		}
	case watchList:
		out.keys = []string{"col.supplier", "col.until", "col.reason", "col.watched_by", "col.watched_on"}
		for _, w := range d.watched {
			add(w.Supplier+" "+w.SupplierID, link(w.Supplier, b.Supplier(w.SupplierID)), text(b.Day(w.UntilOn)), text(w.Reason), text(w.Name), text(b.Day(w.OnDay)))
		}
	case listedList:
		out.keys = []string{"col.supplier", "col.case", "col.listed_on", "col.until", "col.document_no", "col.case_grounds"}
		for _, c := range d.cases {
			for _, p := range c.Parties {
				if p.Listing.Holds(d.today) {
					add(d.names[p.Supplier]+" "+p.Supplier+" "+c.No, cell{Text: d.names[p.Supplier], URL: b.Supplier(p.Supplier), Sub: p.Supplier}, link(c.No, b.To("/blacklist/"+c.No)),
						text(b.Day(p.Listing.From)), b.until(p.Listing.Until, d.today), text(c.Decided.Decision.DocumentNo), cell{List: b.groundNames(c.Grounds)})
				}
			}
		}
	case externalList:
		out.keys = []string{"col.name", "col.external_list", "col.authority", "col.listed_on", "col.until", "col.document_no", "col.cause"}
		for i := range d.external {
			if x := &d.external[i]; x.Holds(d.today) {
				name := cell{Text: x.Name, Sub: x.USCC}
				if x.SupplierID != "" {
					name.URL, name.Strong = b.Supplier(x.SupplierID), true
				}
				add(x.Name+" "+x.USCC+" "+x.SupplierID, name, text(b.named("case.external", x.List)), text(x.Authority), text(b.Day(x.ListedOn)), text(b.Day(x.UntilOn)), text(x.DocumentNo), text(x.Cause))
			}
		}
	}
	out.head = b.columns(out.keys...)
	out.filters = b.newFilters(fields...)
	if list == b.query.Get("list") {
		out.filters.Hidden["list"] = list
	}
	out.filters.Clear = b.To("/blacklist", "list", list)
	return out
}

func textsOf(cells []cell) (all []string) {
	for _, c := range cells {
		all = append(all, c.Text)
	}
	return all
}

func (b *base) caseStates() (all []store.Choice) {
	for _, state := range blacklist.States() {
		all = append(all, store.Choice{ID: string(state), Name: b.named("case.state", string(state))})
	}
	return all
}

func (b *base) groundNames(grounds []string) (names []string) {
	for _, ground := range grounds {
		names = append(names, b.named("ground", ground))
	}
	return names
}

// caseRow is a case in the list of cases.
func (b *base) caseRow(d *board, c *boardCase) []cell {
	next := text("")
	if c.next != nil {
		next = b.until(c.next.On, d.today)
		next.Text = b.T("case.clock."+c.next.What) + " " + next.Text
	}
	supplier := link(d.names[c.Supplier], b.Supplier(c.Supplier))
	if len(c.Parties) > 1 {
		supplier.Sub = b.T("case.affiliates", "N", len(c.Parties)-1)
	}
	return []cell{{Text: c.No, URL: b.To("/blacklist/" + c.No), Strong: true}, supplier, {List: b.groundNames(c.Grounds)}, {Text: b.named("case.state", string(c.state)), Strong: c.late()},
		next, text(b.Day(c.OpenedOn))}
}

// openables are the candidates by supplier, those without a case in front.
func (b *base) openables(d *board) []openable {
	var all []openable
	for i, c := range b.candidateViews(d.candidates) {
		if only := b.query.Get("supplier"); only != "" && only != c.ID {
			continue
		}
		at := slices.IndexFunc(all, func(o openable) bool { return o.ID == c.ID })
		if at < 0 {
			o := openable{candidateView: c}
			if open := d.caseOf(c.ID); open != nil {
				o.CaseNo, o.Case = open.No, b.To("/blacklist/"+open.No)
			}
			all = append(all, o)
			at = len(all) - 1
		}
		ground := groundView{candidateView: c}
		if over := d.dealtWith(d.candidates[i]); over != nil {
			ground.Dealt = link(b.T("case.dealt_with", "No", over.No, "State", b.T("case.state."+string(over.state))), b.To("/blacklist/"+over.No))
		}
		all[at].New = all[at].New || ground.Dealt.Text == ""
		all[at].Grounds = append(all[at].Grounds, ground)
	}
	slices.SortStableFunc(all, func(x, y openable) int {
		return cmp.Or(cmp.Compare(x.place(), y.place()), cmp.Compare(x.CaseNo, y.CaseNo))
	})
	return all
}

// exportCases is the list that the address names, as a file.
func (s *Server) exportCases(ctx context.Context, b *base) (*sheet, string, error) {
	d, err := s.readBoard(ctx, b)
	if err != nil {
		return nil, "", err
	}
	list := orText(b.query.Get("list"), casesList)
	if !slices.Contains(boardLists, list) {
		return nil, "", &badFilter{Name: "list", Found: list, Expected: "form"}
	}
	rows := b.boardList(d, list)
	title := b.T("nav.blacklist") + " · " + b.T("case.list."+list)
	out := &sheet{Name: b.T("case.list." + list), Head: b.titles(rows.keys...), About: [][2]string{{b.T("export.title"), title},
		{b.T("export.filters"), orText(rows.filters.said(), b.T("export.unfiltered"))}, {b.T("col.as_of"), day(d.today)}}}
	for _, row := range rows.rows {
		var cells []any
		for _, c := range row {
			cells = append(cells, orText(c.Text, strings.Join(c.List, "; ")))
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, "blacklist-" + list + "-" + day(d.today), nil
}
