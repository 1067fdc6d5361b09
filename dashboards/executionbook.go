package dashboards

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pingxin/budget/execution"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerExecution lists the routes from plan to payment.
func (s *Server) registerExecution() {
	s.kept("GET /execution", access.ReadExecution, "ledger.html", s.execution)
	s.kept("GET /readiness", access.ReadExecution, "ledger.html", s.readiness)
	s.kept("GET /payments", access.ReadExecution, "ledger.html", s.payments)
	s.kept("GET /purchase", access.ReadExecution, "ledger.html", s.purchase)
	s.kept("GET /rollout", access.ReadProgramme, "ledger.html", s.rollout)
	s.page("GET /plans", access.ReadExecution, "ledger.html", s.plans)
	s.handle("GET /plans/{plan}", access.ReadExecution, func(w http.ResponseWriter, r *http.Request) {
		s.show(w, r, s.newBase(r), http.StatusOK, s.planPage)
	})
	s.form("/plans/{plan}", access.ReviewPlans, s.reviewPlan, s.planPage)
	s.export("execution", access.ReadExecution, s.exportExecution)
	s.export("readiness", access.ReadExecution, s.exportReadiness)
	s.export("payments", access.ReadExecution, s.exportPayments)
	s.export("purchase", access.ReadExecution, s.exportPurchase)
	s.export("rollout", access.ReadProgramme, s.exportRollout)
	s.export("plans", access.ReadExecution, s.exportPlans)
}

// executionBook is everything from plan to evaluation as one run saw it, within one scope. It does not change, as a
// published run does not.
type executionBook struct {
	asOf        time.Time
	rules       *execution.Policy
	contracts   []store.ExecutionContract // in the order of years and arrival
	plans       []store.PlanItem
	budgets     []store.BudgetLine // for purchased services
	departments []store.BudgetLine // whole budgets
	functions   []execution.Function
	purchasing  store.Purchasing
	names       map[string]string // of organisations and items
	years       []int             // of contracts, latest first
}

// bookOf is the book of the view's run; nil under a policy that has no rules for it.
func (s *Server) bookOf(ctx context.Context, v *store.View, l *labels) (*executionBook, error) {
	if l.execution == nil {
		return nil, nil
	}
	return s.books.Of(ctx, v, func() (*executionBook, error) { return readExecution(ctx, v, l) })
}

func readExecution(ctx context.Context, v *store.View, l *labels) (_ *executionBook, err error) {
	k := &executionBook{asOf: v.Run.AsOf, rules: l.execution}
	for _, read := range []func() error{
		func() error { k.contracts, err = v.ExecutionContracts(ctx); return err },
		func() error { k.plans, err = v.PlanItemsSeen(ctx); return err },
		func() error { k.budgets, err = v.BudgetLines(ctx); return err },
		func() error { k.departments, err = v.DepartmentBudgets(ctx); return err },
		func() error { k.functions, err = v.StaffedFunctions(ctx); return err },
		func() error { k.purchasing, err = v.Purchasing(ctx); return err },
		func() error { k.names, err = v.Names(ctx); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	for i := range k.contracts {
		if !slices.Contains(k.years, k.contracts[i].Year) {
			k.years = append(k.years, k.contracts[i].Year)
		}
	}
	slices.SortFunc(k.years, func(a, b int) int { return cmp.Compare(b, a) })
	return k, nil
}

// name is the name of an organisation or item, or its id.
func (k *executionBook) name(id string) string { return orText(k.names[id], id) }

// wanted is which part of the book a page shows.
type wanted struct {
	year                    int
	purchaser, item, search string
	money                   string // one of moneyStates; empty: every contract
}

// ofContracts says whether contracts are picked by what no plan and no budget has.
func (w wanted) ofContracts() bool { return w.search != "" || w.money != "" }

// The contracts whose money did not arrive where it should.
const (
	unevaluated = "unevaluated" // paid, at least in part, and not evaluated
	unpaid      = "unpaid"      // not paid in full
)

var moneyStates = []string{unevaluated, unpaid}

// holds says whether a contract is in the state of its money that is wanted.
func (w wanted) holds(c *execution.Contract, asOf time.Time) bool {
	switch paid := c.PaidFen(asOf); w.money {
	case unevaluated:
		return paid > 0 && !c.Evaluated
	case unpaid:
		return paid < c.AmountFen
	}
	return true
}

// moneyState is the wanted state of money in the address.
func (b *base) moneyState() (string, error) {
	state := b.query.Get("money")
	if state != "" && !slices.Contains(moneyStates, state) {
		return "", &badFilter{Name: "money", Found: state, Expected: "form"}
	}
	return state, nil
}

// moneyField filters by the state of money.
func (b *base) moneyField() field {
	return field{Name: "money", Choices: b.namedChoices("plan.money", moneyStates)}
}

// begun is the latest of some years, which fall, that has begun on a day; the first to come where none has, and 0 of none. A
// contract signed in December for the year to come does not make that the year in which a page opens.
func begun(years []int, day time.Time) int {
	for _, year := range years {
		if year <= day.Year() {
			return year
		}
	}
	if len(years) == 0 {
		return 0
	}
	return years[len(years)-1]
}

// wantedOf reads it from the address; without a year the given one is wanted.
func (b *base) wantedOf(year int) (wanted, error) {
	given, err := wholeOf(b.query, "year")
	if given != 0 {
		year = given
	}
	return wanted{year: year, purchaser: b.query.Get("purchaser"), item: b.query.Get("item"), search: strings.ToLower(strings.TrimSpace(b.query.Get("q")))}, err
}

// cell says whether what belongs to a department, an item and a year is wanted.
func (w wanted) cell(year int, purchaser, item string) bool {
	return year == w.year && (w.purchaser == "" || w.purchaser == purchaser) && (w.item == "" || w.item == item)
}

// contracts are the places of the wanted ones.
func (k *executionBook) wanted(w wanted) []int {
	var places []int
	for i := range k.contracts {
		c := &k.contracts[i]
		if w.cell(c.Year, c.Purchaser, c.Item) && w.holds(&c.Contract, k.asOf) && (w.search == "" || strings.Contains(strings.ToLower(c.No+"\n"+c.Name+"\n"+k.name(c.Supplier)), w.search)) {
			places = append(places, i)
		}
	}
	return places
}

// choices are the departments and items of a year, by name.
func (k *executionBook) choices(year int) (purchasers, items []store.Choice) {
	counts := map[string]int{}
	add := func(all *[]store.Choice, id string) {
		if counts[id]++; counts[id] == 1 {
			*all = append(*all, store.Choice{ID: id, Name: k.name(id)})
		}
	}
	for i := range k.contracts {
		if c := &k.contracts[i]; c.Year == year {
			add(&purchasers, c.Purchaser)
			add(&items, c.Item)
		}
	}
	for _, all := range [][]store.Choice{purchasers, items} {
		for i := range all {
			all[i].Count = counts[all[i].ID]
		}
		slices.SortFunc(all, func(a, b store.Choice) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	}
	return purchasers, items
}

// ledgerPage is a page of the way from plan to payment: an answer in words, figures, charts and lists.
type ledgerPage struct {
	*basis
	stem     string // path of the list as a file, without its ending
	Answers  []string
	Years    []tab
	Figures  []stat
	Charts   []*figure
	Sections []ledgerSection
	Filters  *filters // nil: none
	Tabs     []tab
	List     table
	Pages    *pages // nil: the whole list is shown
	Explain  []*methodLink
	Nothing  string // said instead of all of it; empty: there is something
}

// ledgerSection is one table of a page beside its list.
type ledgerSection struct {
	Title, Note string
	Table       table
}

// File is the address of the list as a file with that ending.
func (p *ledgerPage) File(ending string) string { return p.Export(p.stem + ending) }

// newLedger begins a page.
func (b *base) newLedger(nav, stem string) (*ledgerPage, error) {
	b.name(nav, b.T("asks."+nav))
	explain, err := b.Methods("execution")
	return &ledgerPage{basis: b.basis, stem: stem, Explain: explain}, err
}

// ledgerOf begins a page on the book of the run, and says which part of it is wanted. The book is nil where there is nothing to
// show; the page then says so.
func (s *Server) ledgerOf(ctx context.Context, v *store.View, b *base, nav string) (*ledgerPage, *executionBook, wanted, error) {
	p, err := b.newLedger(nav, "/"+nav)
	if err != nil {
		return nil, nil, wanted{}, err
	}
	book, err := s.bookOf(ctx, v, b.labels)
	if err != nil {
		return nil, nil, wanted{}, err
	}
	if book == nil || len(book.contracts) == 0 {
		p.Nothing = b.T("plan.nothing")
		return p, nil, wanted{}, nil
	}
	w, err := b.wantedOf(begun(book.years, book.asOf))
	p.Years = b.yearTabs(book.years, w.year)
	return p, book, w, err
}

// yearTabs lead to the same page of other years.
func (b *base) yearTabs(years []int, current int) []tab {
	var tabs []tab
	for _, year := range years {
		tabs = append(tabs, tab{Label: b.T("plan.year", "Year", year), URL: b.Here("year", strconv.Itoa(year)), Current: year == current})
	}
	return tabs
}

// filter gives the page its form: by department and item, and what else it is filtered by.
func (p *ledgerPage) filter(k *executionBook, year int, more ...field) {
	purchasers, items := k.choices(year)
	f := p.base.newFilters(append([]field{{Name: "q"}, {Name: "purchaser", Choices: purchasers}, {Name: "item", Choices: items}}, more...)...)
	f.Clear = p.To(p.path, "year", p.query.Get("year"), "by", p.query.Get("by"))
	p.Filters = &f
}

// cut cuts a list to the page that is asked for.
func cut[T any](p *ledgerPage, all []T) (shown []T, err error) {
	shown, p.Pages, err = cutToPage(p.base, all)
	return shown, err
}

// contractCell names a contract and leads to its slip.
func (p *ledgerPage) contractCell(c *store.ExecutionContract) cell {
	return cell{Text: orText(c.Name, c.No), Sub: c.No, URL: p.Contract(c.No)}
}

// rate is a share of one in percent, without decimals.
func rate(v float64) string { return percent(v, 1) }
