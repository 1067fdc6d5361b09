package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerSelection lists the routes of the reference for choosing suppliers. It shows the same to every department that
// buys: levels are public, and who chooses has to see whom others bought from. Contracts of others are counted, not named.
func (s *Server) registerSelection() {
	s.handle("GET /selection", access.ReadSelection, func(w http.ResponseWriter, r *http.Request) {
		s.district(w, r, "selection.html", s.selectionItems)
	})
	s.handle("GET /selection/{item}", access.ReadSelection, func(w http.ResponseWriter, r *http.Request) {
		s.district(w, r, "selectionitem.html", s.selectionOf)
	})
	s.files("selection", access.ReadSelection, func(ctx context.Context, b *base) (list *sheet, stem string, err error) {
		err = s.viewWithin(ctx, b, store.Everything, func(ctx context.Context, v *store.View) error {
			list, err = s.exportSelection(ctx, v, b)
			return err
		})
		return list, "selection-" + b.query.Get("item"), err
	})
}

// district answers with a page that is the same for all who may open it.
func (s *Server) district(w http.ResponseWriter, r *http.Request, name string, read func(context.Context, *store.View, *base) (any, error)) {
	s.answerKept(w, r, store.Everything, name, read)
}

// selectionItemsPage lists the items that suppliers can be chosen for.
type selectionItemsPage struct {
	*basis
	Answer  string
	Filters filters
	List    table
}

func (s *Server) selectionItems(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("selection", b.T("asks.selection"))
	p := &selectionItemsPage{basis: b.basis, Filters: b.newFilters(field{Name: "q"})}
	items, err := v.SelectionItems(ctx)
	if err != nil {
		return nil, err
	}
	p.List = table{Caption: b.T("nav.selection"), Empty: b.T("selection.none"), Head: b.columns("col.item", "col.item_group", "#col.selection_suppliers", "#col.selection_rated?credit_rating", "#col.contracts", "$col.amount")}
	search := strings.ToLower(strings.TrimSpace(b.query.Get("q")))
	few := 0
	for _, i := range items {
		if i.Suppliers < enoughSuppliers {
			few++
		}
		if !strings.Contains(strings.ToLower(i.Code+" "+i.Name), search) {
			continue
		}
		suppliers := cell{Text: b.CountInt(i.Suppliers)}
		if i.Listed > 0 {
			suppliers.Sub = b.T("selection.listed", "N", i.Listed)
		}
		p.List.Rows = append(p.List.Rows, []cell{{Text: i.Name, Sub: i.Code, URL: b.To("/selection/" + url.PathEscape(i.Code)), Strong: true}, text(i.Group), suppliers, text(b.CountInt(i.Rated)),
			text(b.CountInt(i.Contracts)), text(b.Money(i.AmountFen))})
	}
	p.Answer = b.T("selection.answer", "N", len(items), "Shown", b.CountInt(len(items)), "Few", b.CountInt(few), "Enough", enoughSuppliers)
	return p, nil
}

// enoughSuppliers is how many a negotiation or an inquiry asks for at least (Government Procurement Law, articles 38 and 40).
const enoughSuppliers = 3

// selectionItemPage shows who has performed an item.
type selectionItemPage struct {
	*basis
	Answer   []string
	List     table
	Pages    *pages // of the list
	Excluded table
}

// bidder is a supplier with what whoever compares bids is advised.
type bidder struct {
	store.SelectionRow
	credit.Choice
}

// bidders are those who have performed an item, best rated first.
func (b *base) bidders(ctx context.Context, v *store.View, item string) ([]bidder, error) {
	rows, err := v.Selection(ctx, item, b.worst())
	if err != nil {
		return nil, err
	}
	all := make([]bidder, len(rows))
	for i, r := range rows {
		all[i] = bidder{r, b.credit.Choose(r.Bidder)}
	}
	return all, nil
}

// itemNamed finds an item among those with contracts, or ErrNotInRun.
func itemNamed(ctx context.Context, v *store.View, code string) (store.SelectionItem, error) {
	items, err := v.SelectionItems(ctx)
	for _, i := range items {
		if i.Code == code {
			return i, err
		}
	}
	if err == nil {
		err = store.ErrNotInRun
	}
	return store.SelectionItem{}, err
}

func (s *Server) selectionOf(ctx context.Context, v *store.View, b *base) (any, error) {
	item, err := itemNamed(ctx, v, b.pathValue("/selection/"))
	if err != nil {
		return nil, err
	}
	b.name("selection", b.T("selection.title", "Item", item.Name))
	b.query.Set("item", item.Code) // for the links to the files
	all, err := b.bidders(ctx, v, item.Code)
	if err != nil {
		return nil, err
	}
	p := &selectionItemPage{basis: b.basis}
	p.List = table{Caption: b.Title, Empty: b.T("selection.none"), Head: b.columns("col.supplier", "col.level?credit_rating", "#col.score", "#col.selection_points?credit_rating", "#col.selection_item_contracts",
		"#col.selection_item_mean?weighted_mean", "col.assessment", "$col.selection_largest", "$col.selection_running", "#col.selection_last_year")}
	p.Excluded = table{Caption: b.T("selection.excluded"), Head: b.columns("col.supplier", "col.reasons")}
	rated, choices := 0, make([]*bidder, 0, len(all))
	for i := range all {
		c := &all[i]
		if len(c.Excluded) > 0 {
			p.Excluded.Rows = append(p.Excluded.Rows, []cell{{Text: c.Name, Sub: c.ID, URL: b.Supplier(c.ID)}, {List: b.Notes(c.Excluded)}})
			continue
		}
		if c.Rated {
			rated++
		}
		choices = append(choices, c)
	}
	shown, pages, err := cutToPage(b, choices)
	if err != nil {
		return nil, err
	}
	p.Pages = pages
	for _, c := range shown {
		p.List.Rows = append(p.List.Rows, b.choiceCells(c))
	}
	p.Answer = []string{b.T("selection.item.answer", "N", len(choices), "Shown", b.CountInt(len(choices)), "Rated", b.CountInt(rated), "Excluded", b.CountInt(len(p.Excluded.Rows))),
		b.T("selection.item.open")}
	return p, nil
}

func (b *base) choiceCells(c *bidder) []cell {
	level := b.level(orText(c.Level, string(c.Status)))
	if c.Rated {
		level.Sub = b.T("selection.stars", "N", c.Stars)
	}
	mean := cell{Text: number(c.ItemMean, 2)}
	if c.Poor > 0 {
		mean.Sub = b.T("selection.poor", "N", c.Poor)
	}
	running := cell{Text: b.Money(c.RunningFen), Sub: b.T("tip.contracts", "N", c.Running)}
	return []cell{{Text: c.Name, Sub: b.named("supplier_type", c.Type), URL: b.Supplier(c.ID), Strong: true}, level, {Text: number(c.Score, 2), Sub: b.T("selection.evidence", "N", c.Evaluations)},
		{Text: b.bidPoints(c)}, {Text: b.CountInt(c.ItemContracts), Sub: b.Money(c.ItemFen) + " " + b.UnitName()}, mean,
		text(b.named("assessment", c.Assessment)), text(b.Money(c.LargestFen)), running, text(whole(int64(c.LastYear)))}
}

// bidPoints are the points that a bid loses by the level of its supplier, as the policy advises.
func (b *base) bidPoints(c *bidder) string {
	if !c.Rated {
		return b.T("selection.no_points")
	}
	return signed(c.BidPoints, 0)
}

// exportSelection is one item's suppliers as a file.
func (s *Server) exportSelection(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	item, err := itemNamed(ctx, v, b.query.Get("item"))
	if err != nil {
		return nil, err
	}
	all, err := b.bidders(ctx, v, item.Code)
	if err != nil {
		return nil, err
	}
	title := b.T("selection.title", "Item", item.Name)
	out := &sheet{Name: b.T("nav.selection"), About: b.about(title, b.newFilters(field{Name: "item", Choices: []store.Choice{{ID: item.Code, Name: item.Name}}})),
		Head: b.titles("col.supplier_id", "col.supplier", "supplier.type", "col.level", "col.selection_stars", "col.score", "supplier.evaluations", "col.selection_points", "col.selection_excluded",
			"col.selection_item_contracts", "col.amount_yuan", "col.selection_item_mean", "col.selection_poor", "col.assessment", "col.selection_largest_yuan", "col.selection_running_contracts",
			"col.selection_running_yuan", "col.selection_last_year")}
	for i := range all {
		c := &all[i]
		out.Rows = append(out.Rows, []any{c.ID, c.Name, b.named("supplier_type", c.Type), b.named("level", orText(c.Level, string(c.Status))), int64(c.Stars), c.Score, int64(c.Evaluations), b.bidPoints(c),
			strings.Join(b.Notes(c.Excluded), " "), int64(c.ItemContracts), fen(c.ItemFen), c.ItemMean, int64(c.Poor), b.named("assessment", c.Assessment), fen(c.LargestFen), int64(c.Running),
			fen(c.RunningFen), int64(c.LastYear)})
	}
	return out, nil
}
