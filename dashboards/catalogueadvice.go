package dashboards

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"pingxin/budget/catalogue"
	"pingxin/pipelines/store"
)

// adviceData asks what the results say for the next version of the catalogue.
type adviceData struct {
	*basis
	Tabs    []tab
	Answer  []string
	Actions []tab
	List    table
	Rule    []string
	Next    string // file of the next version; empty: there is nothing to begin from
	Drafted string // id that it gives to the next version
}

// adviceView is the advice on one item in words.
type adviceView struct {
	Action, Class string
	Basis         string
	Reasons       []string
}

// adviceActions lists what can be advised, the weightiest first.
var adviceActions = []catalogue.Action{catalogue.Stop, catalogue.Drop, catalogue.Add, catalogue.MoveIn, catalogue.MoveOut, catalogue.Keep}

func (b *base) adviceView(a *catalogue.Advice, name string) *adviceView {
	v := &adviceView{Action: b.T("catalogue.action." + string(a.Action)), Reasons: b.Notes(a.Reasons)}
	if a.Action == catalogue.Stop || a.Action == catalogue.Drop {
		v.Class = "g4"
	}
	v.Basis = b.T("catalogue.basis", "Name", name, "Rated", b.CountInt(a.Rated), "Mean", number(a.Mean, 1), "Low", number(a.Low, 1), "High", number(a.High, 1), "Suppliers", b.CountInt(a.Suppliers))
	return v
}

// advised is the book of the run with the names of its items; ok is false where nothing can be advised.
func (s *Server) advised(ctx context.Context, v *store.View, b *base) (book *marketBook, names map[string]string, ok bool, err error) {
	if book, err = s.marketsOf(ctx, v, b.labels); err != nil || book == nil || b.labels.catalogue == nil || !book.version.Adopted() {
		return book, nil, false, err
	}
	names, err = v.ItemNames(ctx)
	return book, names, true, err
}

func (s *Server) catalogueAdvice(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("catalogue", b.T("catalogue.advice.title"))
	p := &adviceData{basis: b.basis, Tabs: b.catalogueTabs("/catalogue/advice")}
	book, names, ok, err := s.advised(ctx, v, b)
	if err != nil || !ok {
		return p, err
	}
	counts := map[catalogue.Action]int{}
	for i := range book.advice {
		counts[book.advice[i].Action]++
	}
	p.say(book, counts)
	p.Actions = []tab{{Label: b.T("catalogue.listing.all"), URL: b.Here("action", ""), Current: b.query.Get("action") == ""}}
	for _, action := range adviceActions {
		if counts[action] > 0 {
			p.Actions = append(p.Actions, tab{Label: b.T("catalogue.action."+string(action)) + " " + b.CountInt(counts[action]), URL: b.Here("action", string(action)), Current: b.query.Get("action") == string(action)})
		}
	}
	p.List = b.adviceTable(b.wantedAdvice(book), names)
	p.Rule = b.adviceRule(b.labels.catalogue)
	p.Drafted = nextVersion(book)
	p.Next = b.To("/catalogue-next.csv")
	return p, nil
}

// say counts what is advised.
func (p *adviceData) say(book *marketBook, counts map[catalogue.Action]int) {
	var parts []string
	for _, action := range adviceActions {
		if n := counts[action]; n > 0 {
			parts = append(parts, p.T("catalogue.count", "What", p.T("catalogue.action."+string(action)), "N", n))
		}
	}
	first := max(book.first, book.last-p.labels.catalogue.Years+1)
	p.Answer = []string{p.T("catalogue.advice.answer", "First", strconv.Itoa(first), "Last", strconv.Itoa(book.last), "Version", book.version.ID, "List", strings.Join(parts, p.T("list.comma"))),
		p.T("catalogue.advice.force", "Bureau", p.Bureau)}
}

// wantedAdvice is the advice that the address asks for, the weightiest first.
func (b *base) wantedAdvice(book *marketBook) []catalogue.Advice {
	action := catalogue.Action(b.query.Get("action"))
	all := slices.DeleteFunc(slices.Clone(book.advice), func(a catalogue.Advice) bool { return action != "" && a.Action != action })
	slices.SortStableFunc(all, func(x, y catalogue.Advice) int {
		return slices.Index(adviceActions, x.Action) - slices.Index(adviceActions, y.Action)
	})
	return all
}

func (b *base) adviceTable(all []catalogue.Advice, names map[string]string) table {
	t := table{Caption: b.Title, Empty: b.T("catalogue.advice.none"), Head: b.columns("col.item", "catalogue.col.advice?catalogue_advice", "catalogue.col.listing", "#catalogue.col.rated", "#col.mean", "#market.col.suppliers",
		"$col.amount", "catalogue.col.because")}
	t.Head[len(t.Head)-1].Name = true
	for i := range all {
		a := &all[i]
		said := b.adviceView(a, "")
		t.Rows = append(t.Rows, []cell{{Text: orText(names[a.Code], a.Code), Sub: a.Code, URL: b.itemPage(a.Code), Strong: true}, {Text: said.Action, Class: said.Class}, b.listing(string(a.Listing)), text(b.CountInt(a.Rated)),
			{Text: number(a.Mean, 1), Bar: b.spanOf(a.Mean, a.Low, a.High)}, text(b.CountInt(a.Suppliers)), text(b.Money(a.AmountFen)), {List: said.Reasons}})
	}
	return t
}

// adviceRule says the rule in words, with the numbers of the policy.
func (b *base) adviceRule(p *catalogue.Policy) []string {
	whole := b.CountInt
	return []string{
		b.T("catalogue.rule.window", "Years", whole(p.Years), "Least", whole(p.MinContracts)),
		b.T("catalogue.rule.add", "From", number(p.AddFrom, 0), "Suppliers", whole(p.AddSuppliers)),
		b.T("catalogue.rule.drop", "Below", number(p.DropBelow, 0), "Years", whole(p.IdleYears)),
		b.T("catalogue.rule.move", "From", number(p.MoveFrom, 0), "Suppliers", whole(p.MoveSuppliers), "Money", b.Money(p.MoveYuan*fenPerYuan), "Leave", b.Money(p.LeaveYuan*fenPerYuan), "Unit", b.UnitName()),
	}
}

// nextVersion is the id of the version that follows the one in force: the year after the data's last.
func nextVersion(book *marketBook) string { return strconv.Itoa(book.last + 1) }

func (s *Server) exportAdvice(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	book, names, ok, err := s.advised(ctx, v, b)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, store.ErrNotInRun
	}
	out := &sheet{Name: b.T("catalogue.tab.advice"), About: append(b.about(b.T("catalogue.advice.title"), filters{}), [2]string{b.T("catalogue.col.version"), book.version.ID}), Head: b.titles("col.item_code", "col.item",
		"catalogue.col.listing", "catalogue.col.advice", "col.contracts", "catalogue.col.rated", "col.mean", "col.low", "col.high", "market.col.suppliers", "col.amount_yuan", "catalogue.col.because")}
	for _, a := range b.wantedAdvice(book) {
		out.Rows = append(out.Rows, []any{a.Code, orText(names[a.Code], a.Code), b.listing(string(a.Listing)).Text, b.T("catalogue.action." + string(a.Action)), int64(a.Contracts), int64(a.Rated), a.Mean, a.Low, a.High,
			int64(a.Suppliers), fen(a.AmountFen), strings.Join(b.Notes(a.Reasons), " ")})
	}
	return out, nil
}

// exportNext is the next version as the advice would have it, a file to be edited and submitted as kind catalog_entry:
// what is advised to be dropped is left out. It has no force before somebody adopts it.
func (s *Server) exportNext(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	book, _, ok, err := s.advised(ctx, v, b)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, store.ErrNotInRun
	}
	entries, err := v.CatalogEntries(ctx, book.version.ID)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("catalogue.next"), About: b.about(b.T("catalogue.next"), filters{}), Plain: true, Head: []string{"version_id", "item_code", "listing", "content", "reason", "authority"}}
	for i := range book.advice {
		a := &book.advice[i]
		var was store.CatalogEntry
		if at := slices.IndexFunc(entries, func(e store.CatalogEntry) bool { return e.ItemCode == a.Code }); at >= 0 {
			was = entries[at]
		}
		if next := a.Next(); next != catalogue.Unlisted {
			out.Rows = append(out.Rows, []any{nextVersion(book), a.Code, string(next), was.Content, was.Reason, was.Authority})
		}
	}
	return out, nil
}
