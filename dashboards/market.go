package dashboards

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/budget/market"
	"pingxin/dashboards/access"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// registerMarket lists the routes of departments, items, markets, the catalogue and the register.
func (s *Server) registerMarket() {
	s.kept("GET /departments", access.ReadResults, "departments.html", s.departments)
	s.kept("GET /departments/{id}", access.ReadResults, "department.html", s.department)
	s.kept("GET /items", access.ReadResults, "items.html", s.items)
	s.kept("GET /items/{code}", access.ReadResults, "item.html", s.item)
	s.kept("GET /market", access.ReadProgramme, "market.html", s.market)
	s.kept("GET /register", access.ReadCredit, "register.html", s.supplierRegister)
	s.export("departments", access.ReadResults, s.exportDepartments)
	s.export("items", access.ReadResults, s.exportItems)
	s.export("market", access.ReadProgramme, s.exportMarket)
	s.export("register", access.ReadCredit, s.exportRegister)
	s.registerCatalogue()
}

// marketRow is one market of the list: a department or an item in a year.
type marketRow struct {
	ID, Name string
	*market.Year
	Band    market.Band // empty under a policy that reads no market
	Certain bool
}

// marketPage asks who supplies what, and where few hold most of the money.
type marketPage struct {
	yearly
	By      string
	Tabs    []tab
	Answer  []string
	Figures []stat
	Trend   *figure
	Indices *figure
	List    table
	Pages   pages
	Filters filters
}

// marketsBy are the two ways to divide a district into markets.
var marketsBy = []string{"item", "department"}

func (s *Server) market(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("market", b.T("market.title"))
	p := &marketPage{}
	rows, book, err := s.marketRows(ctx, v, b, p)
	if err != nil {
		return nil, err
	}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	p.say(book, rows)
	if p.Trend, err = p.base.trendOfMarket(book.district); err != nil {
		return nil, err
	}
	p.Filters = b.newFilters(field{Name: "q"}, field{Name: "reading", Choices: b.bandChoices()})
	b.ofAll(p.Filters, p.Trend)
	rows, err = p.wanted(rows)
	if err != nil {
		return nil, err
	}
	if p.Indices, err = p.indices(rows); err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, len(rows))
	from := min((page-1)*pageSize, len(rows))
	p.List, err = p.table(rows[from:min(from+pageSize, len(rows))])
	return p, err
}

// marketRows reads the markets of the page's year and division.
func (s *Server) marketRows(ctx context.Context, v *store.View, b *base, p *marketPage) ([]marketRow, *marketBook, error) {
	var err error
	if p.yearly, err = b.yearOf(ctx, v); err != nil {
		return nil, nil, err
	}
	if p.By = orText(b.query.Get("of"), marketsBy[0]); !slices.Contains(marketsBy, p.By) {
		return nil, nil, &badFilter{Name: "of", Found: p.By, Expected: "market"}
	}
	for _, by := range marketsBy {
		p.Tabs = append(p.Tabs, tab{Label: b.T("market.by." + by), URL: b.Here("of", by, "sort", "", "dir", ""), Current: by == p.By})
	}
	book, err := s.marketsOf(ctx, v, b.labels)
	if err != nil {
		return nil, nil, err
	}
	names, err := v.Choices(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, known := book.items, names.Items
	if p.By == "department" {
		all, known = book.departments, names.Purchasers
	}
	var rows []marketRow
	for _, c := range known {
		if y := inYear(all[c.ID], p.Year); y != nil && y.Contracts > 0 {
			row := marketRow{ID: c.ID, Name: c.Name, Year: y}
			if b.labels.market != nil {
				row.Band, row.Certain = b.labels.market.Read(y)
			}
			rows = append(rows, row)
		}
	}
	return rows, book, nil
}

// say answers in words how many suppliers there are, who came and went, and how many markets are highly concentrated.
func (p *marketPage) say(book *marketBook, rows []marketRow) {
	y := inYear(book.district, p.Year)
	if y == nil || y.Contracts == 0 {
		p.Answer = []string{p.T("market.none", "Year", p.Text())}
		return
	}
	p.Answer = []string{p.T("market.answer.suppliers", "Year", p.Text(), "Suppliers", p.CountInt(y.Suppliers), "Contracts", p.CountInt(y.Contracts), "Per", number(y.PerSupplier(), 1),
		"Social", p.CountInt(y.Social), "Share", percent(y.SocialShare(), 1)), p.base.came(y)}
	if p.labels.market == nil {
		p.Answer = append(p.Answer, p.T("market.unread"))
		return
	}
	high, certain, few := 0, 0, 0
	for _, r := range rows {
		switch {
		case r.Band == market.High && r.Certain:
			high, certain = high+1, certain+1
		case r.Band == market.High:
			high++
		case r.Band == market.TooFew:
			few++
		}
	}
	p.Answer = append(p.Answer, p.T("market.answer.high", "By", p.T("market.by."+p.By), "Total", p.CountInt(len(rows)), "High", p.CountInt(high), "Certain", p.CountInt(certain), "Few", p.CountInt(few),
		"Least", p.CountInt(p.labels.market.MinContracts)))
}

// came says how many suppliers are new and how many left, where that can be told.
func (b *base) came(y *market.Year) string {
	switch {
	case y.Entrants == market.Unknown:
		return b.T("market.came.first", "Year", strconv.Itoa(y.Year))
	case y.Exits == market.Unknown:
		return b.T("market.came.running", "New", b.CountInt(y.Entrants), "Year", strconv.Itoa(y.Year))
	}
	return b.T("market.came", "New", b.CountInt(y.Entrants), "Gone", b.CountInt(y.Exits), "Before", strconv.Itoa(y.Year-1))
}

// counted is a count that may be unknown.
func (b *base) counted(n int) string {
	if n == market.Unknown {
		return none
	}
	return b.CountInt(n)
}

// trendOfMarket stacks the suppliers of each year: those known from before and those that are new.
func (b *base) trendOfMarket(years []market.Year) (*figure, error) {
	if len(years) < 2 {
		return nil, nil
	}
	data := table{Head: b.columns("col.year", "#market.col.suppliers", "#market.col.entrants", "#market.col.exits", "#market.col.per_supplier", "#market.col.social_share", "#market.col.index?hhi")}
	names := make([]string, len(years))
	stay, enter := make([]charts.Point, len(years)), make([]charts.Point, len(years))
	for i := range years {
		y := &years[i]
		names[i] = strconv.Itoa(y.Year)
		known := y.Suppliers - max(y.Entrants, 0)
		url := b.Here("year", names[i])
		stay[i] = charts.Point{Value: float64(known), URL: url, Tip: names[i] + "\n" + b.T("market.known") + " " + b.CountInt(known)}
		enter[i] = charts.Point{Value: float64(max(y.Entrants, 0)), URL: url, Tip: names[i] + "\n" + b.T("market.col.entrants") + " " + b.counted(y.Entrants)}
		data.Rows = append(data.Rows, []cell{text(names[i]), text(b.CountInt(y.Suppliers)), text(b.counted(y.Entrants)), text(b.counted(y.Exits)), text(number(y.PerSupplier(), 1)),
			text(percent(y.SocialShare(), 1)), text(number(y.Index, 0))})
	}
	summary := b.T("market.trend.summary", "Years", b.CountInt(len(years)))
	option, err := charts.Stacked(summary, names, b.T("market.unit"), 0, []charts.Series{{Name: b.T("market.known"), Color: "@muted", Points: stay}, {Name: b.T("market.col.entrants"), Color: "@accent", Points: enter}})
	return b.newFigure("suppliers", b.T("market.trend"), summary, "medium", option, err, data)
}

// indexBars is how many markets the chart of indices shows.
const indexBars = 15

// indices draws the most concentrated of the markets that can be read, with the lines of the policy.
func (p *marketPage) indices(rows []marketRow) (*figure, error) {
	if p.labels.market == nil {
		return nil, nil
	}
	read := slices.DeleteFunc(slices.Clone(rows), func(r marketRow) bool { return r.Band == market.TooFew })
	slices.SortStableFunc(read, func(a, b marketRow) int { return nanLast(a.Index, b.Index, true) })
	read = read[:min(len(read), indexBars)]
	data := table{Head: p.base.columns("market.by."+p.By, "#market.col.index?hhi", "#market.col.between", "market.col.reading")}
	names, points := make([]string, len(read)), make([]charts.Point, len(read))
	for i, r := range read {
		names[i] = r.Name
		points[i] = charts.Point{Value: math.Round(r.Index), Label: number(r.Index, 0), URL: p.rowPage(&r), Tip: r.Name + "\n" + number(r.Index, 0) + "  " + p.base.readAs(&r)}
		data.Rows = append(data.Rows, []cell{link(r.Name, p.rowPage(&r)), text(number(r.Index, 0)), text(between(r.Low, r.High)), text(p.base.readAs(&r))})
	}
	summary := p.T("market.indices.summary", "N", len(read), "Moderate", number(p.labels.market.ModerateFrom, 0), "High", number(p.labels.market.HighFrom, 0))
	option, err := charts.Lying(summary, names, points, []float64{p.labels.market.ModerateFrom, p.labels.market.HighFrom})
	f, err := p.base.newFigure("indices", p.T("market.indices"), summary, "tall", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, err
}

// between is an interval of indices.
func between(low, high float64) string {
	if math.IsNaN(low) {
		return ""
	}
	return number(low, 0) + "–" + number(high, 0)
}

// readAs is how the index of a market is read, in words.
func (b *base) readAs(r *marketRow) string {
	if r.Band == "" {
		return ""
	}
	words := b.T("market.reading." + string(r.Band))
	if r.Band != market.TooFew && !r.Certain {
		words += b.T("market.reading.uncertain")
	}
	return words
}

func (b *base) bandChoices() []store.Choice {
	var all []store.Choice
	for _, band := range []market.Band{market.High, market.Moderate, market.Low, market.TooFew} {
		all = append(all, store.Choice{ID: string(band), Name: b.T("market.reading." + string(band))})
	}
	return all
}

// rowPage is the page of a row's department or item.
func (p *marketPage) rowPage(r *marketRow) string {
	if p.By == "department" {
		return p.base.departmentPage(r.ID, "year", p.query.Get("year"))
	}
	return p.base.itemPage(r.ID, "year", p.query.Get("year"))
}

// marketSorts are what the list can be sorted by, each with its value.
var marketSorts = map[string]func(*marketRow) float64{
	"contracts": func(r *marketRow) float64 { return float64(r.Contracts) }, "amount": func(r *marketRow) float64 { return float64(r.AmountFen) },
	"suppliers": func(r *marketRow) float64 { return float64(r.Suppliers) }, "entrants": func(r *marketRow) float64 { return countOrNaN(r.Entrants) },
	"exits": func(r *marketRow) float64 { return countOrNaN(r.Exits) }, "social": func(r *marketRow) float64 { return r.SocialShare() },
	"per": func(r *marketRow) float64 { return r.PerSupplier() }, "index": func(r *marketRow) float64 { return r.Index }, "largest": func(r *marketRow) float64 { return r.LargestShare() },
	"name": nil,
}

func countOrNaN(n int) float64 {
	if n == market.Unknown {
		return math.NaN()
	}
	return float64(n)
}

// wanted are the rows that the address asks for, in its order; without one, the most concentrated first.
func (p *marketPage) wanted(rows []marketRow) ([]marketRow, error) {
	search, reading := strings.ToLower(strings.TrimSpace(p.query.Get("q"))), p.query.Get("reading")
	rows = slices.DeleteFunc(rows, func(r marketRow) bool {
		return !strings.Contains(strings.ToLower(r.Name+"\n"+r.ID), search) || reading != "" && string(r.Band) != reading
	})
	key, descending, err := p.order()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b marketRow) int {
		if value := marketSorts[key]; value != nil {
			return nanLast(value(&a), value(&b), descending)
		}
		return turned(strings.Compare(a.Name, b.Name), descending)
	})
	return rows, nil
}

func (p *marketPage) order() (key string, descending bool, err error) {
	keys := map[string]string{}
	for key := range marketSorts {
		keys[key] = ""
	}
	if key, descending, err = sortOf(p.query, keys); key == "" {
		return "index", true, err
	}
	return key, descending, err
}

func (p *marketPage) table(rows []marketRow) (table, error) {
	key, descending, err := p.order()
	t := table{Caption: p.T("market.title"), Empty: p.T("market.none", "Year", p.Text()), Head: p.base.columns("market.by."+p.By, "#col.contracts", "$col.amount", "#market.col.suppliers", "#market.col.entrants",
		"#market.col.exits", "#market.col.social_share", "#market.col.per_supplier", "#market.col.largest_share", "#market.col.index?hhi", "market.col.reading")}
	p.base.sortableBy(&t, []string{"name", "contracts", "amount", "suppliers", "entrants", "exits", "social", "per", "largest", "index", ""}, key, descending)
	for i := range rows {
		r := &rows[i]
		t.Rows = append(t.Rows, []cell{{Text: r.Name, URL: p.rowPage(r), Strong: true}, text(p.CountInt(r.Contracts)), text(p.Money(r.AmountFen)), text(p.CountInt(r.Suppliers)), text(p.base.counted(r.Entrants)),
			text(p.base.counted(r.Exits)), text(percent(r.SocialShare(), 1)), text(number(r.PerSupplier(), 1)), link(percent(r.LargestShare(), 1), p.Supplier(r.Largest)),
			{Text: number(r.Index, 0), Sub: between(r.Low, r.High)}, text(p.base.readAs(r))})
	}
	return t, err
}

func (s *Server) exportMarket(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	p := &marketPage{}
	rows, _, err := s.marketRows(ctx, v, b, p)
	if err != nil {
		return nil, err
	}
	said := b.newFilters(field{Name: "q"}, field{Name: "reading", Choices: b.bandChoices()})
	if rows, err = p.wanted(rows); err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.market"), About: append(b.about(b.T("nav.market"), said), [2]string{b.T("filter.year"), p.Text()}), Head: b.titles("market.col.id", "market.by."+p.By, "col.contracts", "col.amount_yuan",
		"market.col.suppliers", "market.col.entrants", "market.col.exits", "market.col.social", "market.col.social_share", "market.col.per_supplier", "market.col.largest", "market.col.largest_share", "market.col.index",
		"market.col.low", "market.col.high", "market.col.floor", "market.col.reading")}
	for i := range rows {
		r := &rows[i]
		out.Rows = append(out.Rows, []any{r.ID, r.Name, int64(r.Contracts), fen(r.AmountFen), int64(r.Suppliers), countOrNaN(r.Entrants), countOrNaN(r.Exits), int64(r.Social), r.SocialShare(), r.PerSupplier(), r.Largest,
			r.LargestShare(), rounded(r.Index), rounded(r.Low), rounded(r.High), rounded(r.Least), b.readAs(r)})
	}
	return out, nil
}

// marketOf says in words how concentrated the market of a department or an item is in the page's year, and where to see
// all; nothing for whoever may not see the whole market.
func (s *Server) marketOf(ctx context.Context, v *store.View, y *yearly, by, id string) (said []string, at string, err error) {
	if !y.May(access.ReadProgramme) || y.labels.market == nil {
		return nil, "", nil
	}
	book, err := s.marketsOf(ctx, v, y.labels)
	if err != nil || book == nil {
		return nil, "", err
	}
	years := book.items[id]
	if by == "department" {
		years = book.departments[id]
	}
	m := inYear(years, y.Year)
	if m == nil || m.Contracts == 0 {
		return nil, "", nil
	}
	row := marketRow{ID: id, Year: m}
	row.Band, row.Certain = y.labels.market.Read(m)
	said = []string{y.T("market.answer.suppliers", "Year", y.Text(), "Suppliers", y.CountInt(m.Suppliers), "Contracts", y.CountInt(m.Contracts), "Per", number(m.PerSupplier(), 1), "Social", y.CountInt(m.Social),
		"Share", percent(m.SocialShare(), 1)), y.base.came(m)}
	if row.Band == market.TooFew {
		said = append(said, y.T("market.few", "N", y.CountInt(m.Contracts), "Least", y.CountInt(y.labels.market.MinContracts)))
	} else {
		said = append(said, y.T("market.read", "Index", number(m.Index, 0), "Between", between(m.Low, m.High), "Effective", number(m.Effective(), 1), "Reading", y.base.readAs(&row)))
	}
	return said, y.To("/market", "of", by, "year", y.query.Get("year")), nil
}
