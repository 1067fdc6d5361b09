package dashboards

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"pingxin/budget/execution"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// planBook is every plan item as it is now, with what the bureau looks at before it decides.
type planBook struct {
	*executionBook
	items   []store.PlanItem
	years   []int // of plan items, latest first
	planned map[planCell]int64
	budget  map[planCell]int64
}

// planCell is what a budget line is of.
type planCell struct {
	year            int
	purchaser, item string
}

// plansOf reads them. The book is nil under a policy that has no rules for plans.
func (s *Server) plansOf(ctx context.Context, v *store.View, b *base) (*planBook, error) {
	book, err := s.bookOf(ctx, v, b.labels)
	if book == nil || err != nil {
		return nil, err
	}
	k := &planBook{executionBook: book, planned: map[planCell]int64{}, budget: map[planCell]int64{}}
	if k.items, err = v.PlanItems(ctx); err != nil {
		return nil, err
	}
	for _, l := range book.budgets {
		k.budget[planCell{l.Year, l.Purchaser, l.Item}] += l.Fen
	}
	for i := range k.items {
		item := &k.items[i]
		k.planned[planCell{item.Year, item.Purchaser, item.Item}] += item.PlannedFen()
		if !slices.Contains(k.years, item.Year) {
			k.years = append(k.years, item.Year)
		}
	}
	return k, nil
}

// examine lists what the bureau should look at before it decides on an item.
func (k *planBook) examine(i *store.PlanItem) []scoring.Note {
	at := planCell{i.Year, i.Purchaser, i.Item}
	return k.rules.Examine(&i.PlanItem, k.functions, k.budget[at], k.planned[at])
}

// planFilter is which plan items a page lists.
type planFilter struct {
	wanted
	status, flag string
}

// planOrders are the ways to order plan items.
var planOrders = []struct {
	key   string
	order func(a, b *store.PlanItem) int
}{
	{"project", func(a, b *store.PlanItem) int { return cmp.Compare(a.Project, b.Project) }},
	{"purchaser", func(a, b *store.PlanItem) int { return cmp.Compare(a.PurchaserName, b.PurchaserName) }},
	{"method", func(a, b *store.PlanItem) int { return cmp.Compare(a.Method, b.Method) }},
	{"amount", func(a, b *store.PlanItem) int { return cmp.Compare(a.AmountFen, b.AmountFen) }},
	{"planned", func(a, b *store.PlanItem) int { return cmp.Compare(a.ApprovedFen(), b.ApprovedFen()) }},
	{"contracted", func(a, b *store.PlanItem) int { return cmp.Compare(a.ContractFen, b.ContractFen) }},
	{"status", byStatus},
}

// byStatus puts what waits first.
func byStatus(a, b *store.PlanItem) int {
	return cmp.Compare(slices.Index(execution.Statuses, a.Status()), slices.Index(execution.Statuses, b.Status()))
}

// listed are the plan items that a filter leaves, in the order of the address; without one what waits comes first, and of that what is to be
// looked at.
func (k *planBook) listed(b *base, f planFilter) (all []*store.PlanItem, key string, descending bool, err error) {
	known := map[string]string{}
	for _, o := range planOrders {
		known[o.key] = o.key
	}
	if key, descending, err = sortOf(b.query, known); err != nil {
		return nil, "", false, err
	}
	for i := range k.items {
		item := &k.items[i]
		if f.cell(item.Year, item.Purchaser, item.Item) && (f.status == "" || f.status == string(item.Status())) &&
			(f.search == "" || strings.Contains(strings.ToLower(item.No+"\n"+item.Project), f.search)) && (f.flag == "" || len(k.examine(item)) > 0) {
			all = append(all, item)
		}
	}
	order := func(a, b *store.PlanItem) int {
		return cmp.Or(byStatus(a, b), cmp.Compare(len(k.examine(b)), len(k.examine(a))))
	}
	for _, o := range planOrders {
		if o.key == key {
			order = o.order
		}
	}
	slices.SortStableFunc(all, func(a, b *store.PlanItem) int {
		if descending {
			return order(b, a)
		}
		return order(a, b)
	})
	return all, key, descending, nil
}

// planFilterOf reads the filter from the address.
func (b *base) planFilterOf(k *planBook) (planFilter, error) {
	latest := 0 // what is planned for the year to come is what is worked on
	if len(k.years) > 0 {
		latest = k.years[0]
	}
	w, err := b.wantedOf(latest)
	f := planFilter{w, b.query.Get("status"), b.query.Get("look")}
	if err == nil && f.status != "" && !slices.Contains(execution.Statuses, execution.Status(f.status)) {
		err = &badFilter{Name: "status", Found: f.status, Expected: "tab"}
	}
	return f, err
}

func (s *Server) plans(ctx context.Context, v *store.View, b *base) (any, error) {
	p, err := b.newLedger("plans", "/plans")
	if err != nil {
		return nil, err
	}
	book, err := s.plansOf(ctx, v, b)
	if err != nil || book == nil || len(book.items) == 0 {
		p.Nothing = b.T("plan.plans.nothing")
		return p, err
	}
	f, err := b.planFilterOf(book)
	if err != nil {
		return nil, err
	}
	p.Years = b.yearTabs(book.years, f.year)
	p.filterPlans(book, f)
	p.Answers = b.plansInWords(book, f.year)
	return p, p.listPlans(book, f)
}

// filterPlans gives the page its form.
func (p *ledgerPage) filterPlans(k *planBook, f planFilter) {
	counts := map[execution.Status]int{}
	for i := range k.items {
		if k.items[i].Year == f.year {
			counts[k.items[i].Status()]++
		}
	}
	var statuses []store.Choice
	for _, s := range execution.Statuses {
		if counts[s] > 0 {
			statuses = append(statuses, store.Choice{ID: string(s), Name: p.T("plan.status." + string(s)), Count: counts[s]})
		}
	}
	purchasers := map[string]string{}
	items := map[string]string{}
	for i := range k.items {
		if item := &k.items[i]; item.Year == f.year {
			purchasers[item.Purchaser], items[item.Item] = item.PurchaserName, item.ItemName
		}
	}
	form := p.base.newFilters(field{Name: "q"}, field{Name: "purchaser", Choices: byName(purchasers)}, field{Name: "item", Choices: byName(items)}, field{Name: "status", Choices: statuses},
		field{Name: "look", Choices: []store.Choice{{ID: "yes", Name: p.T("filter.look.yes")}}})
	form.Clear = p.To(p.path, "year", p.query.Get("year"))
	p.Filters = &form
}

// byName are ids with their names as choices.
func byName(names map[string]string) []store.Choice {
	var all []store.Choice
	for id, name := range names {
		all = append(all, store.Choice{ID: id, Name: name})
	}
	slices.SortFunc(all, func(a, b store.Choice) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all
}

// plansInWords says where the plan of a year stands.
func (b *base) plansInWords(k *planBook, year int) []string {
	counts, waiting, asked := map[execution.Status]int{}, int64(0), int64(0)
	look, total := 0, 0
	for i := range k.items {
		item := &k.items[i]
		if item.Year != year {
			continue
		}
		total++
		counts[item.Status()]++
		asked += item.AmountFen
		if item.Status() == execution.Submitted {
			waiting += item.AmountFen
			if len(k.examine(item)) > 0 {
				look++
			}
		}
	}
	said := []string{b.T("plan.plans.answer", "Year", year, "N", total, "Shown", b.CountInt(total), "Money", b.Money(asked), "Unit", b.UnitName(), "Approved", b.CountInt(counts[execution.Approved]),
		"Waiting", b.CountInt(counts[execution.Submitted]), "WaitingMoney", b.Money(waiting))}
	if look > 0 {
		said = append(said, b.T("plan.plans.look", "N", look, "Shown", b.CountInt(look)))
	}
	return said
}

// listPlans lists plan items with what became of them.
func (p *ledgerPage) listPlans(k *planBook, f planFilter) error {
	all, key, descending, err := k.listed(p.base, f)
	if err != nil {
		return err
	}
	shown, err := cut(p, all)
	if err != nil {
		return err
	}
	p.List = table{Caption: p.Title, Empty: p.T("plan.empty"), Head: p.base.columns("plan.col.project", "col.purchaser", "plan.col.method", "$plan.col.asked", "$plan.col.planned", "$plan.step.contract",
		"plan.col.status", "plan.col.look")}
	p.List.Head[0].Name, p.List.Head[7].Name = true, true
	for i, o := range planOrders {
		p.base.sortable(&p.List.Head[i], o.key, key, direction(descending), map[bool]string{true: "desc", false: "asc"}[p.List.Head[i].Number])
	}
	var asked, approved, contracted int64
	for _, item := range all {
		asked, approved, contracted = asked+item.AmountFen, approved+item.ApprovedFen(), contracted+item.ContractFen
	}
	for _, item := range shown {
		p.List.Rows = append(p.List.Rows, []cell{{Text: item.Project, Sub: item.No, URL: p.base.planURL(item.No)}, {Text: item.PurchaserName, Sub: item.ItemName}, text(p.PurchaseMethod(item.Method)),
			text(p.Money(item.AmountFen)), text(p.base.moneyOrNone(item.ApprovedFen())), {Text: p.base.moneyOrNone(item.ContractFen), Sub: p.base.carriedOut(item)}, p.base.statusCell(item), {List: p.Notes(k.examine(item))}})
	}
	p.List.Foot = []cell{text(p.T("plan.total_items", "Count", p.CountInt(len(all)))), {}, {}, text(p.Money(asked)), text(p.Money(approved)), text(p.Money(contracted)), {}, {}}
	return nil
}

// moneyOrNone is an amount, or nothing instead of zero.
func (b *base) moneyOrNone(fen int64) string {
	if fen == 0 {
		return ""
	}
	return b.Money(fen)
}

// carriedOut counts the contracts that carry a plan item out; nothing where there is none.
func (b *base) carriedOut(i *store.PlanItem) string {
	if i.Contracts == 0 {
		return ""
	}
	return b.T("tip.contracts", "N", i.Contracts)
}

// statusCell says where an item stands; what waits stands out.
func (b *base) statusCell(i *store.PlanItem) cell {
	s := i.Status()
	c := cell{Text: b.T("plan.status." + string(s)), Strong: s == execution.Submitted}
	if i.Changed && s == execution.Submitted {
		c.Sub = b.T("plan.changed")
	}
	return c
}
