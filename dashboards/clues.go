package dashboards

import (
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring/integrity"
)

// registerClues lists the routes of the clues for review.
func (s *Server) registerClues() {
	one := s.onRun("clue.html", s.clue)
	s.kept("GET /clues", access.ReadClues, "clues.html", s.clues)
	s.form("/clues", access.JudgeClues, s.judgePicked, s.onRun("clues.html", s.clues))
	s.kept("GET /clues/groups", access.ReadClues, "cluegroups.html", s.clueGroups)
	s.page("GET /clues/rules", access.ReadClues, "cluerules.html", s.clueRules)
	s.still("/clues/{id}", access.ReadClues, one)
	s.form("/clues/{id}", access.JudgeClues, s.judgeClue, one)
	s.form("/clues/{id}/case", access.KeepCases, s.groundCase, one)
	s.export("clues", access.ReadClues, s.exportClues)
	s.export("clue-groups", access.ReadClues, s.exportClueGroups)
	s.export("clue-rules", access.ReadClues, s.exportClueRules)
}

// clueRule is how the clues of a rule are shown.
type clueRule struct {
	Method string
	Write  func(float64) string // writes what was seen and the line
}

// clueRules lists the rules that are the clues' own; those taken over are shown as their signs are.
var clueRules = map[clues.Rule]clueRule{
	clues.SplitContracts:        {"split_contracts", inYuan},
	clues.SingleSourceShare:     {"single_source_share", inPercent},
	clues.SupplierConcentration: {"supplier_concentration", inPercent},
	clues.BoughtAndStaffed:      {"bought_and_staffed", inWhole},
	clues.PaidBeforeEvaluation:  {"paid_before_evaluation", inPercent},
	clues.EvaluationMissing:     {"evaluation_missing", inWhole},
	clues.RiseBeforeRenewal:     {"rise_before_renewal", inPoints},
	clues.SharedContact:         {"shared_contact", inWhole},
	clues.ContentYetComplaints:  {"content_yet_complaints", inPoints},
	clues.AlikeNarratives:       {"alike_narratives", inPercent},
}

func inYuan(v float64) string    { return exactYuan(int64(math.Round(v * fenPerYuan))) }
func inPercent(v float64) string { return percent(v, 1) }
func inWhole(v float64) string   { return locale.Count(int64(math.Round(v))) }
func inPoints(v float64) string  { return number(v, 2) }

// shownRule is how the clues of any rule are shown.
func shownRule(rule clues.Rule) clueRule {
	if own, is := clueRules[rule]; is {
		return own
	}
	sign := flagRules[integrity.Rule(rule)]
	return clueRule{sign.Method, sign.written}
}

// written writes a number of a clue, and a dash where it has none.
func (r clueRule) written(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return r.Write(v)
}

// ClueRule is the name of a rule.
func (b *basis) ClueRule(rule clues.Rule) string {
	if _, own := clueRules[rule]; own {
		return b.base.named("clue.rule", string(rule))
	}
	return b.base.named("rule", string(rule))
}

// ClueSaid is a clue as a sentence that says what was seen, and when the same is seen though nothing is amiss.
func (b *basis) ClueSaid(c *store.ClueRow) string {
	rule := shownRule(c.Rule)
	if _, own := clueRules[c.Rule]; !own {
		return b.Flag(integrity.Flag{Rule: integrity.Rule(c.Rule), Statistic: c.Seen, Threshold: c.Line, N: c.N, Ref: c.Evidence[0].Note})
	}
	return b.T("clue.said."+string(c.Rule), "Seen", rule.written(c.Seen), "Line", rule.written(c.Line), "N", c.N, "Count", b.CountInt(c.N), "Year", whole(int64(c.Year)),
		"Item", orText(c.ItemName, c.Item), "Day", day(c.Evidence[0].On), "Kinds", strings.Join(b.base.contactKinds(c), b.T("clue.and")))
}

// contactKinds names the kinds of contact in the evidence, each once.
func (b *base) contactKinds(c *store.ClueRow) (kinds []string) {
	for _, e := range c.Evidence {
		if e.Kind != "organisation_contact" {
			continue
		}
		if kind := b.named("clue.contact", e.Note); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// cluesPage lists what a person should look at.
type cluesPage struct {
	*basis
	Tabs   []tab
	Answer []string
	leftOut
	List    table
	Pages   pages
	Filters filters
	Pick    string         // address that ticks all that are shown; empty: they are ticked
	Choices []store.Choice // verdicts on those ticked; empty where who is asking may not give one
}

func (b *base) clueTabs() []tab {
	return []tab{{b.T("clue.tab.groups"), b.To("/clues/groups"), b.path == "/clues/groups"}, {b.T("clue.tab.list"), b.To("/clues"), b.path == "/clues"}, {b.T("clue.tab.rules"), b.To("/clues/rules"), b.path == "/clues/rules"}}
}

func (s *Server) clues(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("clues", b.T("nav.clues"))
	p := &cluesPage{basis: b.basis, Tabs: b.clueTabs()}
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return nil, err
	}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, retired, err := b.clueFilter(records)
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	totals, err := v.ClueTotals(ctx, f)
	if err != nil {
		return nil, err
	}
	rows, err := v.Clues(ctx, f)
	if err != nil {
		return nil, err
	}
	if p.Filters, err = b.clueFilters(ctx, v, records); err != nil {
		return nil, err
	}
	p.answer(totals)
	p.leftOut = b.leavesOut(retired)
	p.Pages = b.paging(page, totals.Clues)
	p.List = b.clueTable(rows, totals)
	p.picks(rows)
	for i, key := range []string{"rule", "subject", "", "", "n", "amount", "since"} {
		if key != "" {
			b.sortable(&p.List.Head[i], key, f.Sort, direction(f.Descending), map[bool]string{true: "asc", false: "desc"}[i < 2])
		}
	}
	return p, nil
}

// picks puts a box before each clue for who may give verdicts, so that one reason serves for those that have one cause.
func (p *cluesPage) picks(rows []store.ClueRow) {
	if p.Choices = p.base.verdictChoices(); p.Choices == nil || len(rows) == 0 {
		return
	}
	all := p.query.Get("pick") == "all"
	for i := range rows {
		p.List.Rows[i][0].Pick, p.List.Rows[i][0].Picked = rows[i].ID+" "+rows[i].Hash, all
	}
	if !all {
		p.Pick = p.Here("pick", "all")
	}
}

// verdictChoices are the verdicts; nil where who is asking may not give one.
func (b *base) verdictChoices() (all []store.Choice) {
	if b.May(access.JudgeClues) {
		for _, verdict := range clues.Verdicts {
			all = append(all, store.Choice{ID: string(verdict), Name: b.named("clue.verdict", string(verdict))})
		}
	}
	return all
}

// answer says in words what there is to look at.
func (p *cluesPage) answer(t store.ClueTotals) {
	if t.Clues == 0 {
		p.Answer = []string{p.T("clue.answer.none")}
		return
	}
	p.Answer = []string{p.T("clue.answer", "N", t.Clues, "Count", p.CountInt(t.Clues), "Open", p.CountInt(t.Open), "Amount", p.Money(t.AmountFen), "Unit", p.UnitName())}
}

// clueFilter reads the filter of the list from the address. Clues of retired rules are left out unless they are asked for
// by rule or by name; retired is how many that are.
func (b *base) clueFilter(records map[clues.Rule]store.RuleRecord) (f store.ClueFilter, retired int, err error) {
	f = store.ClueFilter{Search: b.query.Get("q"), Rule: b.query.Get("clue"), State: b.query.Get("state"), Purchaser: b.query.Get("purchaser"), Item: b.query.Get("item")}
	if f.Year, err = wholeOf(b.query, "year"); err != nil {
		return f, 0, err
	}
	if f.State != "" && !slices.Contains(clueStates, f.State) {
		return f, 0, &badFilter{Name: "state", Found: f.State, Expected: "choice"}
	}
	if f.Rule == "" && b.query.Get("retired") == "" {
		for _, rule := range clues.Rules() {
			if r := records[rule]; b.precision(r.Record).Retired {
				f.Without, retired = append(f.Without, rule), retired+r.Found
			}
		}
	}
	f.Sort, f.Descending, err = sortOf(b.query, store.ClueSorts)
	return f, retired, err
}

// leftOut is what a page says of the clues that it leaves out.
type leftOut struct {
	Retired string // that clues of retired rules are left out; empty: none are
	Without string // address that shows them
}

func (b *base) leavesOut(retired int) (l leftOut) {
	if retired > 0 {
		l.Retired, l.Without = b.T("clue.retired.left_out", "N", retired, "Count", b.CountInt(retired)), b.Here("retired", "yes")
	}
	return l
}

// clueStates are the states by which clues can be filtered, in the order in which readers see them.
var clueStates = []string{store.ClueWaiting, store.ClueOpen, store.ClueChanged, string(clues.Confirmed), string(clues.Explained), string(clues.Unclear)}

func (b *base) clueFilters(ctx context.Context, v *store.View, records map[clues.Rule]store.RuleRecord) (filters, error) {
	choices, err := v.ClueChoices(ctx)
	if err != nil {
		return filters{}, err
	}
	var rules, states []store.Choice
	for _, rule := range clues.Rules() {
		if n := records[rule].Found; n > 0 {
			rules = append(rules, store.Choice{ID: string(rule), Name: b.ClueRule(rule), Count: n})
		}
	}
	for _, state := range clueStates {
		states = append(states, store.Choice{ID: state, Name: b.named("clue.state", state)})
	}
	return b.newFilters(field{Name: "q"}, field{Name: "clue", Choices: rules}, field{Name: "state", Choices: states}, field{Name: "purchaser", Choices: choices.Purchasers},
		field{Name: "item", Choices: choices.Items}, field{Name: "year", Choices: choices.Years}), nil
}

// clueTable lists clues, each with what was seen and a sentence that accuses nobody.
func (b *base) clueTable(rows []store.ClueRow, t store.ClueTotals) table {
	list := table{Caption: b.T("nav.clues"), Empty: b.T("clue.empty"),
		Head: b.columns("clue.col.clue", "clue.col.about", "clue.col.concerns", "col.seen", "#clue.col.n", "#$clue.col.amount", "clue.col.state_since")}
	for i := range list.Head {
		list.Head[i].Name = i < 3 || i == len(list.Head)-1
	}
	for i := range rows {
		c := &rows[i]
		list.Rows = append(list.Rows, []cell{{Text: b.ClueRule(c.Rule), URL: b.Clue(c.ID), How: b.how(shownRule(c.Rule).Method)}, b.clueSubject(c), b.clueConcerns(c),
			text(b.ClueSaid(c)), text(b.CountInt(c.N)), text(b.amountOf(c)), b.clueState(c)})
	}
	if len(rows) > 0 {
		list.Foot = []cell{text(b.T("table.total")), {}, {}, {}, {}, text(b.Money(t.AmountFen)), {}}
	}
	return list
}

// Clue is the address of a clue.
func (b *basis) Clue(id string) string { return b.To("/clues/" + id) }

// amountOf is the money in the contracts of a clue; a dash where it rests on none.
func (b *base) amountOf(c *store.ClueRow) string {
	return b.moneyOr(c.AmountFen)
}

// moneyOr is the money of clues; a dash where they rest on no contract.
func (b *base) moneyOr(fen int64) string {
	if fen == 0 {
		return none
	}
	return b.Money(fen)
}

// clueState is how far a clue has come, and since when it is found.
func (b *base) clueState(c *store.ClueRow) cell {
	state := c.State()
	return cell{Text: b.named("clue.state", state), Strong: state == store.ClueOpen || state == store.ClueChanged, Sub: day(c.FirstOn)}
}

// clueSubject leads to what a clue is about.
func (b *base) clueSubject(c *store.ClueRow) cell {
	if c.About == clues.AboutContract {
		return b.contractCell(c.Subject, c.SubjectName)
	}
	return b.organisation(c.About, c.Subject, c.SubjectName)
}

// organisation leads to the page of a purchaser, supplier or rater.
func (b *base) organisation(about, id, name string) cell {
	one := cell{Text: orText(name, id)}
	if name != "" {
		one.Sub = id
	}
	switch about {
	case clues.AboutSupplier:
		one.URL = b.Supplier(id)
	case clues.AboutRater:
		one.URL = b.Evaluator(id)
	case clues.AboutPurchaser:
		one.URL = b.To("/evaluations", "purchaser", id)
	}
	return one
}

// clueConcerns names whom a clue concerns beside its subject.
func (b *base) clueConcerns(c *store.ClueRow) cell {
	var names []string
	if c.Purchaser != "" && c.About != clues.AboutPurchaser {
		names = append(names, orText(c.PurchaserName, c.Purchaser))
	}
	if c.Supplier != "" {
		names = append(names, orText(c.SupplierName, c.Supplier))
	}
	if c.Item != "" && c.About != clues.AboutContract {
		names = append(names, orText(c.ItemName, c.Item))
	}
	if len(names) == 0 {
		return text("")
	}
	return cell{Text: names[0], Sub: strings.Join(names[1:], " · ")}
}

func (s *Server) exportClues(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	records, err := v.RuleRecords(ctx)
	if err != nil {
		return nil, err
	}
	f, _, err := b.clueFilter(records)
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	choices, err := b.clueFilters(ctx, v, records)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.clues"), Head: b.titles("clue.col.id", "clue.col.rule", "clue.col.about", "col.named", "clue.col.purchaser", "clue.col.supplier", "clue.col.item",
		"clue.col.year", "col.seen", "clue.col.seen", "clue.col.line", "clue.col.n", "clue.col.p", "clue.col.amount_yuan", "clue.col.evidence", "clue.col.since", "clue.col.state", "clue.col.address")}
	out.About = b.about(out.Name, choices)
	rows, err := v.Clues(ctx, f)
	for i := range rows {
		c := &rows[i]
		year := ""
		if c.Year > 0 {
			year = strconv.Itoa(c.Year)
		}
		out.Rows = append(out.Rows, []any{c.ID, b.ClueRule(c.Rule), c.Subject, c.SubjectName, orText(c.PurchaserName, c.Purchaser), orText(c.SupplierName, c.Supplier),
			orText(c.ItemName, c.Item), year, b.ClueSaid(c), c.Seen, c.Line, int64(c.N), c.PValue, fen(c.AmountFen), strings.Join(evidenceIDs(c.Evidence), " "), day(c.FirstOn),
			b.named("clue.state", c.State()), "/clues/" + url.PathEscape(c.ID)})
	}
	return out, err
}

// evidenceIDs are pieces of evidence as kind:id, as the grounds of the blacklist have them.
func evidenceIDs(all []clues.Evidence) (ids []string) {
	for _, e := range all {
		ids = append(ids, strings.TrimSuffix(e.Kind+":"+e.ID+":"+e.Note, ":"))
	}
	return ids
}
