package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"pingxin/budget/execution"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

func (s *Server) purchase(ctx context.Context, v *store.View, b *base) (any, error) {
	p, book, w, err := s.ledgerOf(ctx, v, b, "purchase")
	if book == nil || err != nil {
		return p, err
	}
	p.filter(book, w.year)
	chosen := book.chosen(w)
	single := book.rules.SingleSourceIn(execution.Each(chosen))
	splits, kept, unfit := book.rules.Splits(execution.Each(chosen)), book.kept(chosen), book.unfit(w)
	limit := book.rules.LimitOf(w.year)
	p.Answers = []string{b.T("plan.purchase.answer", "Year", w.year, "N", len(chosen), "Shown", b.CountInt(len(chosen)), "Tendered", rate(book.tendered(chosen)), "Single", rate(single.Pct()/wholePercent)),
		b.T("plan.purchase.limits", "Tender", b.Money(limit.TenderYuan*fenPerYuan), "Procedure", b.Money(limit.ProcedureYuan*fenPerYuan), "Unit", b.UnitName()),
		b.T("plan.purchase.found", "Unfit", b.CountInt(len(unfit)), "Splits", b.CountInt(len(splits)), "Kept", b.CountInt(len(kept)))}
	chart, err := b.methodChart(book, w)
	if err != nil {
		return nil, err
	}
	p.Charts = append(p.Charts, chart)
	p.Sections = []ledgerSection{
		{b.T("plan.single"), b.T("plan.single.note", "Least", book.rules.LeastContracts, "Line", brief(book.rules.SingleSourcePct)), b.singleTable(book, chosen)},
		{b.T("plan.splits"), b.T("plan.splits.note"), b.splitTable(book, splits)},
		{b.T("plan.kept"), b.T("plan.kept.note"), b.keptTable(book, kept)}}
	shown, err := cut(p, unfit)
	if err != nil {
		return nil, err
	}
	p.List = table{Caption: b.T("plan.unfit"), Empty: b.T("plan.unfit.none"), Head: b.columns("col.contract", "col.purchaser", "plan.col.method", "$col.amount", "plan.col.findings")}
	p.List.Head[0].Name, p.List.Head[4].Name = true, true
	for _, u := range shown {
		p.List.Rows = append(p.List.Rows, []cell{p.contractCell(u.ExecutionContract), {Text: book.name(u.Purchaser), Sub: book.name(u.Item)}, text(b.PurchaseMethod(u.Method)),
			text(b.Money(u.AmountFen)), {List: b.Notes(u.lacks)}})
	}
	return p, nil
}

// purchaseMethods is the family of keys of the ways of purchase.
const purchaseMethods = "plan" + ".method"

// PurchaseMethod names a way of purchase.
func (b *basis) PurchaseMethod(id string) string { return b.base.named(purchaseMethods, id) }

// chosen are the wanted contracts.
func (k *executionBook) chosen(w wanted) []execution.Contract {
	places := k.wanted(w)
	all := make([]execution.Contract, len(places))
	for n, i := range places {
		all[n] = k.contracts[i].Contract
	}
	return all
}

// tendered is the share of the money that was tendered.
func (k *executionBook) tendered(contracts []execution.Contract) float64 {
	var part, of int64
	for i := range contracts {
		of += contracts[i].AmountFen
		if slices.Contains(k.rules.Tenders, contracts[i].Method) {
			part += contracts[i].AmountFen
		}
	}
	return ratio(part, of)
}

// unfit lists the wanted contracts whose way of purchase does not go with their amount.
func (k *executionBook) unfit(w wanted) []unready {
	var all []unready
	for _, i := range k.wanted(w) {
		c := &k.contracts[i]
		if notes := k.rules.Method(c.Year, c.Method, c.AmountFen, true); len(notes) > 0 {
			all = append(all, unready{c, notes})
		}
	}
	slices.SortStableFunc(all, func(a, b unready) int { return cmp.Compare(b.AmountFen, a.AmountFen) })
	return all
}

// keptFunction is a function for which a department keeps staff and which it also buys.
type keptFunction struct {
	execution.Function
	contracts int
	fen       int64
}

// kept lists them for contracts that are all of one year.
func (k *executionBook) kept(contracts []execution.Contract) []keptFunction {
	var all []keptFunction
	at := map[execution.Function]int{}
	for i := range contracts {
		c := &contracts[i]
		for _, f := range execution.Kept(k.functions, c.Purchaser, c.Item, c.Year) {
			n, known := at[f]
			if !known {
				n = len(all)
				at[f] = n
				all = append(all, keptFunction{Function: f})
			}
			all[n].contracts++
			all[n].fen += c.AmountFen
		}
	}
	return all
}

func (b *base) keptTable(k *executionBook, kept []keptFunction) table {
	t := table{Caption: b.T("plan.kept"), Empty: b.T("plan.kept.none"), Head: b.columns("col.purchaser", "plan.col.function", "col.item", "#plan.col.staff", "$plan.col.staff_cost", "#col.contracts", "$plan.step.contract")}
	for _, f := range kept {
		t.Rows = append(t.Rows, []cell{text(k.name(f.Purchaser)), text(f.Name), link(k.name(f.Item), b.To("/execution", "year", fmt.Sprint(f.Year), "by", byContract, "purchaser", f.Purchaser, "item", f.Item)),
			text(b.CountInt(f.Staff)), text(b.Money(f.CostFen)), text(b.CountInt(f.contracts)), text(b.Money(f.fen))})
	}
	return t
}

// splitTable lists contracts that together come to more than the limit for tenders.
func (b *base) splitTable(k *executionBook, splits []execution.Split) table {
	t := table{Caption: b.T("plan.splits"), Empty: b.T("plan.splits.none"), Head: b.columns("col.purchaser", "col.item", "#col.contracts", "$plan.col.together", "$plan.col.limit")}
	const most = 20 // the largest; the file has all
	for _, s := range splits[:min(len(splits), most)] {
		t.Rows = append(t.Rows, []cell{text(k.name(s.Purchaser)), link(k.name(s.Item), b.To("/execution", "year", fmt.Sprint(s.Year), "by", byContract, "purchaser", s.Purchaser, "item", s.Item)),
			text(b.CountInt(len(s.Contracts))), text(b.Money(s.SumFen)), text(b.Money(s.LimitFen))})
	}
	return t
}

// singleTable lists the departments with most of their money without competition.
func (b *base) singleTable(k *executionBook, contracts []execution.Contract) table {
	groups := map[string][]execution.Contract{}
	for i := range contracts {
		groups[contracts[i].Purchaser] = append(groups[contracts[i].Purchaser], contracts[i])
	}
	type department struct {
		id string
		execution.Share
	}
	var all []department
	for id, group := range groups {
		if s := k.rules.SingleSourceIn(execution.Each(group)); s.Contracts > 0 {
			all = append(all, department{id, s})
		}
	}
	slices.SortFunc(all, func(x, y department) int { return cmp.Or(cmp.Compare(y.Pct(), x.Pct()), cmp.Compare(x.id, y.id)) })
	t := table{Caption: b.T("plan.single"), Empty: b.T("plan.single.none"), Head: b.columns("col.purchaser", "#plan.col.single", "#col.contracts", "$plan.col.single_money", "#plan.col.single_share", "plan.col.look")}
	for _, d := range all {
		look := ""
		switch {
		case d.Of < k.rules.LeastContracts:
			look = b.T("plan.single.few")
		case k.rules.Conspicuous(d.Share):
			look = b.T("plan.single.above")
		}
		t.Rows = append(t.Rows, []cell{link(k.name(d.id), b.Here("purchaser", d.id)), text(b.CountInt(d.Contracts)), text(b.CountInt(d.Of)), text(b.Money(d.Fen)), text(rate(d.Pct() / wholePercent)), text(look)})
	}
	return t
}

// methodChart stacks the shares of the ways of purchase by year, by money, within the department and item that are wanted.
func (b *base) methodChart(k *executionBook, w wanted) (*figure, error) {
	years := slices.Clone(k.years)
	slices.Reverse(years)
	sums, totals := map[string]map[int]int64{}, map[int]int64{}
	var methods, labels []string
	for _, year := range years {
		labels = append(labels, whole(int64(year)))
		for _, c := range k.chosen(wanted{year: year, purchaser: w.purchaser, item: w.item, search: w.search}) {
			if sums[c.Method] == nil {
				sums[c.Method] = map[int]int64{}
				methods = append(methods, c.Method)
			}
			sums[c.Method][year] += c.AmountFen
			totals[year] += c.AmountFen
		}
	}
	slices.SortFunc(methods, func(x, y string) int { return cmp.Compare(slices.Index(methodOrder, x), slices.Index(methodOrder, y)) })
	data := table{Head: b.columns("plan.col.method")}
	for _, year := range labels {
		data.Head = append(data.Head, head{Label: b.InUnitOf(year), Number: true}, head{Label: b.T("plan.share_in", "Year", year), Number: true})
	}
	var series []charts.Series
	for i, method := range methods {
		row := charts.Series{Name: b.PurchaseMethod(method), Color: methodColors[i%len(methodColors)]}
		cells := []cell{text(b.PurchaseMethod(method))}
		for _, year := range years {
			fen := sums[method][year]
			share := float64(fen) / math.Max(float64(totals[year]), 1)
			row.Points = append(row.Points, charts.Point{Value: math.Round(share*1000) / 10, URL: b.Here("year", strconv.Itoa(year)), Tip: fmt.Sprintf("%d  %s\n%s  %s %s", year, b.PurchaseMethod(method), percent(share, 1), b.Money(fen), b.UnitName())})
			cells = append(cells, text(b.Money(fen)), text(percent(share, 1)))
		}
		series, data.Rows = append(series, row), append(data.Rows, cells)
	}
	summary := b.T("plan.methods.summary", "Years", b.CountInt(len(years)))
	option, err := charts.Stacked(summary, labels, "%", wholePercent, series)
	return b.newFigure("methods", b.T("plan.methods"), summary, "medium", option, err, data)
}

// methodOrder is the ways of purchase from the most open to the least.
var methodOrder = []string{"open_tender", "invited_tender", "competitive_negotiation", "competitive_consultation", "inquiry", "framework", "dispersed", "single_source", "franchise", "entrustment", "subsidy"}

// methodColors tell the ways of purchase apart.
var methodColors = []string{"@g0", "@g1", "@accent", "@shade1", "@g2", "@gx", "@g3", "@g4"}
