package publish

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// tally sums up contracts of one group. Values that are withheld are in no mean, so that none follows from it.
type tally struct {
	contracts, valued, withheld int
	fen, valuedFen              int64
	weighted                    float64
	grades                      map[string]int // by grade, or by status without one
}

func (t *tally) add(c *store.PublicContract) {
	if t.grades == nil {
		t.grades = map[string]int{}
	}
	t.contracts++
	t.fen += c.AmountFen
	t.grades[orStatus(c.Grade, c.Status)]++
	if c.Withheld == fewAnswersCount {
		t.withheld++
	}
	if !math.IsNaN(c.Value) {
		t.valued++
		t.valuedFen += c.AmountFen
		t.weighted += float64(c.Value * float64(c.AmountFen))
	}
}

// mean is the mean value by amount, NaN without any.
func (t *tally) mean() float64 {
	if t.valuedFen == 0 {
		return math.NaN()
	}
	return t.weighted / float64(t.valuedFen)
}

// graded is how many contracts have one of the policy's grades.
func (t *tally) graded(bands []scoring.Band) (n int) {
	for _, b := range bands {
		n += t.grades[b.ID]
	}
	return n
}

// tallyBy sums contracts up by a key, and lists the keys in order.
func tallyBy(all []store.PublicContract, key func(*store.PublicContract) string) (map[string]*tally, []string) {
	groups := map[string]*tally{}
	var keys []string
	for i := range all {
		k := key(&all[i])
		if groups[k] == nil {
			groups[k] = &tally{}
			keys = append(keys, k)
		}
		groups[k].add(&all[i])
	}
	slices.Sort(keys)
	return groups, keys
}

// index says what there is, in words, and how sure one can be of it.
func (s *site) index() error {
	var all tally
	for i := range s.public {
		all.add(&s.public[i])
	}
	best := 0
	bands := s.policy.Evaluation.Bands
	for _, b := range bands[:min(2, len(bands))] {
		best += all.grades[b.ID]
	}
	p := &page{File: "index.html", Of: "index", Title: s.T("public.index.title", "Day", s.asOf())}
	p.Lead = []string{s.T("public.index.answer", "Contracts", count(all.contracts), "Graded", count(all.graded(bands)), "Best", count(best), "Share", share(best, all.graded(bands)),
		"Money", money(all.fen))}
	c := s.manifest.Withheld
	p.Sections = []section{
		{Title: s.T("public.index.grades"), Grid: s.grades(&all)},
		{Title: s.T("public.index.withheld"), Text: []string{s.T("public.rule", "N", store.MinRecipients),
			s.T("public.index.withheld.count", "Answers", count(c.AnswersWithheld), "Numbers", count(c.NumbersWithheld), "Ratings", count(c.RatingsWithheld))}},
		{Title: s.T("public.index.verify"), Text: []string{s.T("public.index.verify.text")}, Commands: []string{"sha256sum -c SHA256SUMS", "pingxin verify ."}},
		{Title: s.T("public.index.release"), Facts: s.releaseFacts()},
	}
	return s.put(p)
}

func (s *site) releaseFacts() [][2]string {
	m := s.manifest
	return [][2]string{{s.T("public.fact.publisher"), m.Publisher}, {s.T("public.fact.release"), strconv.Itoa(m.Release)}, {s.T("public.fact.previous"), cmp.Or(m.Previous, s.T("public.none"))},
		{s.T("public.fact.run"), strconv.Itoa(m.Run.Number)}, {s.T("public.fact.run_hash"), m.Run.Hash}, {s.T("public.fact.as_of"), m.Run.AsOf},
		{s.T("public.fact.policy"), m.Run.Policy + " " + m.Run.PolicyHash}, {s.T("public.fact.calibration"), cmp.Or(m.Run.CalibrationHash, s.T("public.none"))}, {s.T("public.fact.program"), m.Program}}
}

func share(part, of int) string {
	if of == 0 {
		return "—"
	}
	return number(float64(part)*100/float64(of), 1) + "%"
}

// grades counts contracts by grade, best first, then those without one.
func (s *site) grades(t *tally) *grid {
	g := &grid{Caption: s.T("public.index.grades"), Head: s.columns("col.grade", "#col.contracts", "#public.col.share"), Empty: s.T("public.empty")}
	for _, b := range s.policy.Evaluation.Bands {
		g.Rows = append(g.Rows, s.gradeRow(b.ID, "", t.grades[b.ID], t.contracts))
	}
	for _, status := range []scoring.Status{scoring.Held, scoring.NoEvidence} {
		if n := t.grades[string(status)]; n > 0 {
			g.Rows = append(g.Rows, s.gradeRow("", string(status), n, t.contracts))
		}
	}
	return g
}

func (s *site) gradeRow(grade, status string, n, of int) []gridCell {
	return append([]gridCell{s.grade(grade, status)}, cells(count(n), share(n, of))...)
}

// results lists departments, and below each its contracts.
func (s *site) results() error {
	groups, _ := tallyBy(s.public, func(c *store.PublicContract) string { return c.PurchaserID })
	byPurchaser := map[string][]*store.PublicContract{}
	for i := range s.public {
		c := &s.public[i]
		byPurchaser[c.PurchaserID] = append(byPurchaser[c.PurchaserID], c)
	}
	ids := s.purchasers()
	p := &page{File: "results.html", Of: "results", Title: s.T("public.results.title"), Lead: []string{s.T("public.results.answer", "Departments", count(len(ids)), "Contracts", count(len(s.public)))}}
	g := s.tallyGrid("col.purchaser")
	for n, id := range ids {
		row := s.tallyRow(byPurchaser[id][0].Purchaser, groups[id])
		row[0].URL = departmentFile(n) + "-1.html"
		g.Rows = append(g.Rows, row)
		if err := s.department(n, byPurchaser[id], groups[id]); err != nil {
			return err
		}
	}
	years, order := tallyBy(s.public, func(c *store.PublicContract) string { return strconv.Itoa(c.Year) })
	y := s.tallyGrid("col.year")
	for _, year := range slices.Backward(order) {
		y.Rows = append(y.Rows, s.tallyRow(year, years[year]))
	}
	p.Sections = []section{{Title: s.T("public.results.departments"), Grid: g}, {Title: s.T("public.results.years"), Text: []string{s.T("public.results.mean")}, Grid: y}}
	return s.put(p)
}

// purchasers are the ids of those with public results, in order.
func (s *site) purchasers() []string {
	_, ids := tallyBy(s.public, func(c *store.PublicContract) string { return c.PurchaserID })
	return ids
}

func departmentFile(n int) string { return fmt.Sprintf("results-%03d", n+1) }

func (s *site) tallyGrid(first string) *grid {
	g := &grid{Caption: s.T(first), Head: s.columns(first, "#col.contracts"), Empty: s.T("public.empty")}
	for _, b := range s.policy.Evaluation.Bands {
		g.Head = append(g.Head, gridHead{s.inLanguage(b.Name, b.ID), true})
	}
	g.Head = append(g.Head, s.columns("#public.col.ungraded", "#public.col.mean", "#public.col.money", "#public.col.withheld")...)
	return g
}

func (s *site) tallyRow(name string, t *tally) []gridCell {
	row := cells(name, count(t.contracts))
	for _, b := range s.policy.Evaluation.Bands {
		row = append(row, gridCell{Text: count(t.grades[b.ID])})
	}
	return append(row, cells(count(t.contracts-t.graded(s.policy.Evaluation.Bands)), number(t.mean(), 1), money(t.fen), count(t.withheld))...)
}

// department lists the contracts of one department, the latest year first.
func (s *site) department(n int, all []*store.PublicContract, t *tally) error {
	slices.SortStableFunc(all, func(a, b *store.PublicContract) int { return cmp.Compare(b.Year, a.Year) })
	return s.paged(departmentFile(n), len(all), func(from, to int) *page {
		p := &page{Of: "results", Title: s.T("public.department.title", "Name", all[0].Purchaser), Lead: []string{s.T("public.department.answer", "Contracts", count(t.contracts),
			"Graded", count(t.graded(s.policy.Evaluation.Bands)), "Mean", number(t.mean(), 1), "Money", money(t.fen))}}
		g := &grid{Caption: p.Title, Empty: s.T("public.empty"), Head: s.columns("col.contract", "col.supplier", "col.item", "#col.year", "#public.col.money", "col.grade", "#col.value", "public.col.interval", "public.col.note")}
		for _, c := range all[from:to] {
			note := ""
			if c.Withheld != "" {
				note = s.T("public.withheld."+c.Withheld, "N", store.MinRecipients)
			}
			g.Rows = append(g.Rows, []gridCell{{Text: c.Name, Sub: c.ContractNo}, {Text: c.Supplier}, {Text: c.Item}, {Text: strconv.Itoa(c.Year)}, {Text: money(c.AmountFen)},
				s.grade(c.Grade, c.Status), {Text: number(c.Value, 2)}, {Text: interval(c.Low, c.High)}, {Text: note}})
		}
		p.Sections = []section{{Grid: g}}
		return p
	})
}

// catalogue lists the guidance catalogue with what was bought by it.
func (s *site) catalogue() error {
	groups, _ := tallyBy(s.public, func(c *store.PublicContract) string { return c.ItemCode })
	p := &page{File: "catalogue.html", Of: "catalogue", Title: s.T("public.catalogue.title"), Lead: []string{s.T("public.catalogue.answer", "Items", count(len(s.bundle.catalogue)), "Bought", count(len(groups)))}}
	g := &grid{Caption: p.Title, Empty: s.T("public.empty"), Head: s.columns("public.column.item_code", "public.column.name", "public.column.purchasable", "#col.contracts", "#public.col.mean", "#public.col.money")}
	for _, i := range s.bundle.catalogue {
		t := groups[i.Code]
		if t == nil {
			t = &tally{}
		}
		g.Rows = append(g.Rows, cells(i.Code, i.Name, s.T("public.truth."+strconv.FormatBool(i.Purchasable)), count(t.contracts), number(t.mean(), 1), money(t.fen)))
	}
	p.Sections = []section{{Grid: g}}
	return s.put(p)
}

// plans lists the approved plan items.
func (s *site) plans() error {
	all := s.publicPlans()
	var fen int64
	for i := range all {
		fen += all[i].AmountFen
	}
	p := &page{File: "plans.html", Of: "plans", Title: s.T("public.plans.title"), Lead: []string{s.T("public.plans.none")}}
	if len(all) == 0 {
		return s.put(p)
	}
	p.Lead = []string{s.T("public.plans.answer", "Items", count(len(all)), "Money", money(fen))}
	files := &grid{Caption: s.T("public.page.plans"), Head: s.columns("public.col.years", "#public.col.rows")}
	for from := 0; from < len(all); from += pageRows {
		to := min(from+pageRows, len(all))
		years := strconv.Itoa(all[from].Year)
		if last := strconv.Itoa(all[to-1].Year); last != years {
			years = last + "–" + years
		}
		files.Rows = append(files.Rows, []gridCell{{Text: years, URL: fmt.Sprintf("plans-%d.html", from/pageRows+1)}, {Text: count(to - from)}})
	}
	p.Sections = []section{{Grid: files}}
	if err := s.put(p); err != nil {
		return err
	}
	return s.paged("plans", len(all), func(from, to int) *page {
		p := &page{Of: "plans", Title: s.T("public.plans.title")}
		g := &grid{Caption: p.Title, Head: s.columns("public.column.project", "#col.year", "col.purchaser", "col.item", "public.column.method", "#public.col.money")}
		for _, i := range all[from:to] {
			g.Rows = append(g.Rows, []gridCell{{Text: i.Project, Sub: i.No}, {Text: strconv.Itoa(i.Year)}, {Text: i.Purchaser}, {Text: i.Item}, {Text: s.T("plan.method." + i.Method)}, {Text: money(i.AmountFen)}})
		}
		p.Sections = []section{{Grid: g}}
		return p
	})
}

// credit lists every supplier by name, for who looks one up.
func (s *site) credit() error {
	all := slices.Clone(s.publicSuppliers())
	slices.SortFunc(all, func(a, b store.PublicSupplier) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	levels := map[string]int{}
	for i := range all {
		levels[orStatus(all[i].Level, all[i].Status)]++
	}
	p := &page{File: "credit.html", Of: "credit", Title: s.T("public.credit.title"), Lead: []string{s.T("public.credit.answer", "Suppliers", count(len(all)), "Rated", count(len(all)-levels["unrated"]))}}
	g := &grid{Caption: s.T("public.credit.levels"), Head: s.columns("col.level", "#public.col.suppliers"), Empty: s.T("public.empty")}
	if s.policy.Credit != nil {
		for _, l := range s.policy.Credit.Levels {
			g.Rows = append(g.Rows, []gridCell{s.level(l.ID, ""), {Text: count(levels[l.ID])}})
		}
		g.Rows = append(g.Rows, []gridCell{s.level("", "unrated"), {Text: count(levels["unrated"])}})
	}
	files := &grid{Caption: s.T("public.credit.pages"), Head: s.columns("public.col.names", "#public.col.suppliers"), Empty: s.T("public.empty")}
	for from := 0; from < len(all); from += pageRows {
		to := min(from+pageRows, len(all))
		files.Rows = append(files.Rows, []gridCell{{Text: all[from].Name + " – " + all[to-1].Name, URL: fmt.Sprintf("credit-%d.html", from/pageRows+1)}, {Text: count(to - from)}})
	}
	p.Sections = []section{{Title: s.T("public.credit.pages"), Text: []string{s.T("public.credit.find")}, Grid: files}, {Title: s.T("public.credit.levels"), Grid: g}}
	if err := s.put(p); err != nil {
		return err
	}
	return s.paged("credit", len(all), func(from, to int) *page { return s.creditPage(all[from:to]) })
}

func (s *site) creditPage(all []store.PublicSupplier) *page {
	p := &page{Of: "credit", Title: s.T("public.credit.title")}
	g := &grid{Caption: p.Title, Empty: s.T("public.empty"), Head: s.columns("col.supplier", "public.column.uscc", "public.column.supplier_type", "col.level", "#public.column.stars", "#col.score", "#public.column.evaluations", "col.assessment", "public.col.note")}
	for _, r := range all {
		note := ""
		if r.Withheld != "" {
			note = s.T("public.withheld." + r.Withheld)
		}
		g.Rows = append(g.Rows, []gridCell{{Text: r.Name, Sub: r.ID}, {Text: r.USCC}, {Text: s.named("supplier_type", r.Type)}, s.level(r.Level, r.Status), {Text: positive(r.Stars)},
			{Text: number(r.Score, 2)}, {Text: count(r.Evaluations)}, {Text: s.assessment(r.ID)}, {Text: note}})
	}
	p.Sections = []section{{Grid: g}}
	return p
}

// assessment is the grade of a supplier's grade assessment with its end; empty where it was never assessed.
func (s *site) assessment(supplier string) string {
	a, assessed := s.assessed[supplier]
	if !assessed {
		return ""
	}
	return s.T("creditfile.grade_until", "Grade", s.named("assessment", cmp.Or(a.Grade, a.Status)), "Until", dayCell(a.ValidUntil))
}

// changeLog lists the releases and what this one says otherwise than the last.
func (s *site) changeLog() error {
	p := &page{File: "changes.html", Of: "changes", Title: s.T("public.changes.title"), Lead: []string{s.T("public.changes.answer", "N", len(s.bundle.changes), "Release", s.manifest.Release)}}
	chain := &grid{Caption: s.T("public.changes.chain"), Head: s.columns("#public.column.release", "public.column.as_of", "#public.column.run", "public.column.hash"), Empty: s.T("public.changes.first")}
	for _, r := range s.before {
		chain.Rows = append(chain.Rows, cells(strconv.Itoa(r.Number), dayCell(r.AsOf), strconv.Itoa(r.Run), r.Hash))
	}
	p.Sections = []section{{Title: s.T("public.changes.chain"), Text: []string{s.T("public.changes.chain.text")}, Grid: chain}}
	if len(s.bundle.changes) > 0 {
		p.Sections = append(p.Sections, section{Title: s.T("public.changes.list"), Grid: s.changeGrid(s.bundle.changes[:min(pageRows, len(s.bundle.changes))])})
	}
	if len(s.bundle.changes) > pageRows {
		p.Sections[1].Text = []string{s.T("public.changes.more", "N", count(pageRows))}
	}
	return s.put(p)
}

func (s *site) changeGrid(all []store.PublicChange) *grid {
	g := &grid{Caption: s.T("public.changes.list"), Head: s.columns("public.column.subject", "public.column.id", "public.column.change", "public.col.before", "public.col.after", "public.column.cause")}
	for _, c := range all {
		var causes []string
		for _, cause := range strings.Split(c.Cause, ",") {
			if cause != "" {
				causes = append(causes, s.named("cause", cause))
			}
		}
		g.Rows = append(g.Rows, cells(s.T("public.subject."+c.Subject), c.ID, s.T("public.change."+c.Change), s.standing(c.Subject, c.GradeBefore, c.Before), s.standing(c.Subject, c.GradeAfter, c.After), strings.Join(causes, s.T("public.and"))))
	}
	return g
}

// standing writes a grade with its number.
func (s *site) standing(subject, grade string, v float64) string {
	cell := s.level(grade, grade)
	if subject == "contract" {
		cell = s.grade(grade, grade)
	}
	return strings.TrimSpace(cell.Text + " " + number(v, 2))
}

// data lists the files, and says what every column of every table means.
func (s *site) data() error {
	p := &page{File: "data.html", Of: "data", Title: s.T("public.data.title"), Lead: []string{s.T("public.data.answer", "Tables", len(tables))}}
	files := &grid{Caption: s.T("public.data.files"), Head: s.columns("public.col.table", "#public.col.rows", "public.col.csv", "public.col.parquet", "public.col.json", "public.col.meaning")}
	for _, t := range tables {
		row := []gridCell{{Text: t.name, URL: "#" + t.name}, {Text: count(s.counts[t.name])}}
		for _, form := range []string{".csv", ".parquet", ".json"} {
			row = append(row, gridCell{Text: t.name + form, URL: "../data/" + t.name + form})
		}
		files.Rows = append(files.Rows, append(row, gridCell{Text: s.T("public.table." + t.name)}))
	}
	others := &grid{Caption: s.T("public.data.others"), Head: s.columns("public.col.file", "public.col.meaning")}
	for _, name := range []string{ocdsName, policyName, manifestName, sumsName} {
		others.Rows = append(others.Rows, []gridCell{{Text: name, URL: "../" + name}, {Text: s.T("public.file." + name)}})
	}
	p.Sections = []section{{Title: s.T("public.data.files"), Text: []string{s.T("public.data.forms")}, Grid: files}, {Title: s.T("public.data.others"), Grid: others}}
	for _, t := range tables {
		g := &grid{Caption: t.name, Head: s.columns("public.col.column", "public.col.kind", "public.col.meaning")}
		for i, c := range t.columns {
			name := c.name
			if i < t.keys {
				name += " *"
			}
			g.Rows = append(g.Rows, cells(name, s.T("public.kind."+string(c.kind)), s.T("public.column."+c.name)))
		}
		p.Sections = append(p.Sections, section{ID: t.name, Title: t.name, Text: []string{s.T("public.table." + t.name)}, Grid: g})
	}
	return s.put(p)
}

// methods says how results come about, what they cannot say, and how they are computed again.
func (s *site) methods() error {
	p := &page{File: "methods.html", Of: "methods", Title: s.T("public.methods.title"), Lead: []string{s.T("public.methods.answer")}}
	tree := &grid{Caption: s.T("public.methods.tree"), Head: s.columns("public.column.indicator", "#public.column.weight_pct", "public.methods.parties")}
	for _, i := range s.policy.Evaluation.Indicators {
		var parties []string
		for _, party := range scoring.Parties() {
			if w := i.Parties[party.String()]; w > 0 {
				parties = append(parties, s.T("party."+party.String())+" "+strconv.FormatFloat(w, 'g', -1, 64)+"%")
			}
		}
		name := s.inLanguage(i.Name, i.ID)
		if i.Parent != "" {
			name = "— " + name
		}
		tree.Rows = append(tree.Rows, []gridCell{{Text: name, Sub: i.ID}, {Text: strconv.FormatFloat(i.Weight, 'g', -1, 64)}, {Text: strings.Join(parties, s.T("public.and"))}})
	}
	bands := &grid{Caption: s.T("public.methods.bands"), Head: s.columns("col.grade", "#public.methods.from")}
	for _, b := range s.policy.Evaluation.Bands {
		bands.Rows = append(bands.Rows, []gridCell{s.grade(b.ID, ""), {Text: strconv.FormatFloat(b.From, 'g', -1, 64)}})
	}
	p.Sections = []section{
		{Title: s.T("public.methods.how"), Items: s.sentences("public.methods.how.", 5)},
		{Title: s.T("public.methods.tree"), Grid: tree}, {Title: s.T("public.methods.bands"), Grid: bands},
		{Title: s.T("public.methods.withheld"), Items: s.sentences("public.methods.withheld.", 6)},
		{Title: s.T("public.methods.verify"), Items: s.sentences("public.methods.verify.", 4), Commands: []string{"sha256sum -c SHA256SUMS", "pingxin verify .", "pingxin verify . --previous ../DIR"}},
		{Title: s.T("public.methods.limits"), Items: s.sentences("public.methods.limits.", 5)},
	}
	return s.put(p)
}

// sentences are those whose keys end in 1 and on.
func (s *site) sentences(key string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s.T(key+strconv.Itoa(i+1), "N", store.MinRecipients)
	}
	return all
}
