package dashboards

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"pingxin/budget/catalogue"
	"pingxin/budget/market"
	"pingxin/credit/register"
	"pingxin/pipelines/store"
)

// marketBook is every market of a published run, year by year, and the advice on the catalogue. It does not change, as a
// published run does not.
type marketBook struct {
	first, last int // years of the data
	district    []market.Year
	departments map[string][]market.Year // by their ids
	items       map[string][]market.Year // by their codes
	version     store.CatalogVersion     // in force on the day of the run; the zero value: none is
	advice      []catalogue.Advice       // in the order of codes; nil under a policy that advises nothing, and without a version
}

// marketsOf is the book of the view's run. Within a scope that is not everything it would be of a part of each market: nil.
func (s *Server) marketsOf(ctx context.Context, v *store.View, l *labels) (*marketBook, error) {
	if !v.Scope().All {
		return nil, nil
	}
	return s.markets.Of(ctx, v, func() (*marketBook, error) { return readMarkets(ctx, v, l) })
}

// readMarkets reads every contract of the run once, in their order.
func readMarkets(ctx context.Context, v *store.View, l *labels) (*marketBook, error) {
	book := &marketBook{departments: map[string][]market.Year{}, items: map[string][]market.Year{}}
	var all []market.Deal
	byDepartment, byItem, values := map[string][]market.Deal{}, map[string][]market.Deal{}, map[string]map[int][]float64{}
	err := v.EachDeal(ctx, func(d store.Deal) {
		deal := market.Deal{Supplier: d.Supplier, Social: register.Social(d.SupplierType), Year: d.Year, AmountFen: d.AmountFen}
		all = append(all, deal)
		byDepartment[d.Purchaser], byItem[d.Item] = append(byDepartment[d.Purchaser], deal), append(byItem[d.Item], deal)
		if book.first == 0 || d.Year < book.first {
			book.first = d.Year
		}
		book.last = max(book.last, d.Year)
		if values[d.Item] == nil {
			values[d.Item] = map[int][]float64{}
		}
		if !math.IsNaN(d.Value) {
			values[d.Item][d.Year] = append(values[d.Item][d.Year], d.Value)
		}
	})
	if err != nil {
		return nil, err
	}
	years := func(deals []market.Deal) []market.Year { return market.Years(deals, book.first, book.last, v.Run.AsOf) }
	book.district = years(all)
	for id, deals := range byDepartment {
		book.departments[id] = years(deals)
	}
	for code, deals := range byItem {
		book.items[code] = years(deals)
	}
	return book, book.advise(ctx, v, l.catalogue, values)
}

// advise advises on every item that the version in force lists or that somebody bought.
func (m *marketBook) advise(ctx context.Context, v *store.View, rules *catalogue.Policy, values map[string]map[int][]float64) error {
	version, known, err := v.CatalogAt(ctx, v.Run.AsOf)
	if err != nil || !known {
		return err
	}
	m.version = version
	entries, err := v.CatalogEntries(ctx, version.ID)
	if err != nil {
		return err
	}
	breaches, err := v.Breaches(ctx)
	if err != nil || rules == nil {
		return err
	}
	items := map[string]*catalogue.Item{}
	for code := range m.items {
		items[code] = &catalogue.Item{Code: code, Years: m.itemYears(code, values[code])}
	}
	for _, e := range entries {
		if items[e.ItemCode] == nil {
			items[e.ItemCode] = &catalogue.Item{Code: e.ItemCode}
		}
		items[e.ItemCode].Listing = catalogue.Listing(e.Listing)
	}
	for _, b := range breaches {
		if i := items[b.ItemCode]; i != nil && b.Listing == store.Negative {
			i.Forbidden += b.Contracts
		}
	}
	for _, code := range slices.Sorted(maps.Keys(items)) {
		m.advice = append(m.advice, rules.Advise(*items[code], m.first, m.last))
	}
	return nil
}

// itemYears are the years of an item as the advice reads them.
func (m *marketBook) itemYears(code string, values map[int][]float64) (years []catalogue.Year) {
	for _, y := range m.items[code] {
		years = append(years, catalogue.Year{Year: y.Year, Contracts: y.Contracts, Suppliers: y.Suppliers, AmountFen: y.AmountFen, Values: values[y.Year]})
	}
	return years
}

// adviceOn is the advice on an item; nil: none is given.
func (m *marketBook) adviceOn(code string) *catalogue.Advice {
	at, found := slices.BinarySearchFunc(m.advice, code, func(a catalogue.Advice, code string) int { return strings.Compare(a.Code, code) })
	if !found {
		return nil
	}
	return &m.advice[at]
}

// inYear is the market of a year; nil when there is none.
func inYear(years []market.Year, year int) *market.Year {
	at := slices.IndexFunc(years, func(y market.Year) bool { return y.Year == year })
	if at < 0 {
		return nil
	}
	return &years[at]
}

// How lists are put in order where they were not read in it.

func turned(order int, descending bool) int {
	if descending {
		return -order
	}
	return order
}

// nanLast compares numbers so that those that are missing come last either way.
func nanLast(a, b float64, descending bool) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return turned(cmp.Compare(a, b), descending)
}
