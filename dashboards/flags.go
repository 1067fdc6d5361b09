package dashboards

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring/integrity"
)

// flagRule is how the flags of a rule are shown.
type flagRule struct {
	Method string
	Share  bool // statistic and threshold are shares of one
	Whole  bool // they are whole numbers
}

// flagRules lists every rule that flags.
var flagRules = map[integrity.Rule]flagRule{
	integrity.RuleSameAnswerRun:     {Method: "straight_lining", Share: true},
	integrity.RuleFlatAnswers:       {Method: "response_variability"},
	integrity.RuleTopToAll:          {Method: "response_variability", Share: true},
	integrity.RuleUnusualValue:      {Method: "modified_z"},
	integrity.RuleAlikeAnswers:      {Method: "near_duplicates", Whole: true},
	integrity.RuleLateAnswers:       {Method: "bursts", Share: true},
	integrity.RuleDenseAnswers:      {Method: "bursts", Share: true},
	integrity.RuleMostlyOneSupplier: {Method: "one_supplier", Share: true},
	integrity.RulePartiesApart:      {Method: "tukey_fence"},
}

// written writes a statistic or a threshold in the unit of its rule.
func (r flagRule) written(v float64) string {
	switch {
	case r.Share:
		return percent(v, 1)
	case r.Whole:
		return locale.Count(int64(math.Round(v)))
	default:
		return number(v, 2)
	}
}

// probability writes a p-value; a very small one as less than the least shown.
func probability(p *float64) string {
	const least = 0.0001
	switch {
	case p == nil:
		return none
	case *p < least:
		return "< 0.0001"
	default:
		return number(*p, 4)
	}
}

// flagsPage lists the signs that a person should look at.
type flagsPage struct {
	calibrated
	Answer  string
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) flags(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("evaluators", b.T("flags.tab"))
	p := &flagsPage{}
	var err error
	if p.calibrated, err = b.calibration(ctx, v); err != nil || p.C == nil {
		return p, err
	}
	p.tabs()
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, err := b.flagFilter(p.C.ID)
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, total, err := v.Flags(ctx, f)
	if err != nil {
		return nil, err
	}
	p.answer()
	p.Filters = p.flagFilters()
	p.Pages = b.paging(page, total)
	p.List = b.flagTable(rows)
	for i, key := range []string{"rule", "subject", "", "", "statistic", "", "n", "p"} {
		if key != "" {
			b.sortable(&p.List.Head[i], key, f.Sort, direction(f.Descending), "asc")
		}
	}
	return p, nil
}

// answer counts the signs by what they are about.
func (p *flagsPage) answer() {
	raters, contracts := 0, 0
	for rule, n := range p.C.Said.Flags {
		if integrity.Rule(rule).OfRaters() {
			raters += n
		} else {
			contracts += n
		}
	}
	p.Answer = p.T("flags.answer", "N", raters+contracts, "Shown", p.CountInt(raters+contracts), "Raters", p.CountInt(raters), "Contracts", p.CountInt(contracts))
}

func (b *base) flagFilter(calibration int) (store.FlagFilter, error) {
	f := store.FlagFilter{Calibration: calibration, Search: b.query.Get("q"), Rule: b.query.Get("flag")}
	var err error
	f.Sort, f.Descending, err = sortOf(b.query, store.FlagSorts)
	return f, err
}

func (p *flagsPage) flagFilters() filters {
	return p.base.newFilters(p.calibrationField(field{Name: "q"}, field{Name: "flag", Choices: p.ruleChoices(false)})...)
}

// ruleChoices offers the rules that flagged, those whose subject is a rater only where asked.
func (c *calibrated) ruleChoices(ofRaters bool) []store.Choice {
	var all []store.Choice
	if c.C == nil {
		return nil
	}
	for _, rule := range slices.Sorted(maps.Keys(c.C.Said.Flags)) {
		if ofRaters && !integrity.Rule(rule).OfRaters() {
			continue
		}
		choice := store.Choice{ID: rule, Name: c.base.named("rule", rule)}
		if !ofRaters { // a flag may be about several raters
			choice.Count = c.C.Said.Flags[rule]
		}
		all = append(all, choice)
	}
	return all
}

func (b *base) ruleNames(rules []string) []string {
	names := make([]string, len(rules))
	for i, rule := range rules {
		names[i] = b.named("rule", rule)
	}
	return names
}

// flagTable lists signs, each with what was seen and a sentence that accuses nobody.
func (b *base) flagTable(rows []store.FlagRow) table {
	t := table{Caption: b.T("flags.tab"), Empty: b.T("flags.empty"),
		Head: b.columns("col.rule", "col.about", "col.concerns", "col.seen", "#col.statistic", "#col.line", "#col.n", "#col.p")}
	for i := range 3 {
		t.Head[i].Name = true
	}
	for _, f := range rows {
		rule := flagRules[f.Rule]
		t.Rows = append(t.Rows, []cell{{Text: b.named("rule", string(f.Rule)), Strong: true, How: b.how(rule.Method)}, b.flagSubject(f), b.flagRef(f),
			text(b.Flag(f.Flag)), text(rule.written(f.Statistic)), text(rule.written(f.Threshold)), text(b.CountInt(f.N)), text(probability(f.PValue))})
	}
	return t
}

// flagSubject leads to the rater or the contract that a flag is about, and names the others.
func (b *base) flagSubject(f store.FlagRow) cell {
	if !f.Rule.OfRaters() {
		return b.contractCell(f.Subject, f.SubjectName)
	}
	c := cell{Text: orText(f.SubjectName, f.Subject), URL: b.Evaluator(f.Subject), List: f.Others}
	if f.SubjectName != "" {
		c.Sub = f.Subject
	}
	return c
}

// flagRef leads to what a flag concerns beside its subject.
func (b *base) flagRef(f store.FlagRow) cell {
	switch f.Rule {
	case integrity.RuleSameAnswerRun, integrity.RuleFlatAnswers, integrity.RuleAlikeAnswers:
		return b.contractCell(f.Ref, f.RefName)
	case integrity.RuleMostlyOneSupplier:
		return link(orText(f.RefName, f.Ref), b.Supplier(f.Ref))
	case integrity.RuleUnusualValue:
		return text(b.named("party", f.Ref))
	default:
		return text("")
	}
}

// Flag is a flag as a sentence.
func (b *basis) Flag(f integrity.Flag) string {
	rule, day := flagRules[f.Rule], f.Ref
	if first, err := strconv.Atoi(f.Ref); err == nil && !f.Rule.OfRaters() {
		day = locale.Count(int64(first) + 1) // people count days from 1
	}
	return b.T("flag."+string(f.Rule), "Statistic", rule.written(f.Statistic), "Threshold", rule.written(f.Threshold), "Count", b.CountInt(f.N), "Day", day)
}

func (s *Server) exportFlags(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	p := &flagsPage{}
	var err error
	if p.calibrated, err = b.calibration(ctx, v); err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("flags.tab"), Head: b.titles("col.rule", "col.about", "col.named", "col.concerns", "col.others", "col.seen", "col.statistic", "col.line",
		"col.n", "col.p")}
	out.About = p.about(out.Name, p.flagFilters())
	if p.C == nil {
		return out, nil
	}
	f, err := b.flagFilter(p.C.ID)
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	rows, _, err := v.Flags(ctx, f)
	for _, r := range rows {
		pValue := math.NaN()
		if r.PValue != nil {
			pValue = *r.PValue
		}
		out.Rows = append(out.Rows, []any{b.named("rule", string(r.Rule)), r.Subject, r.SubjectName, r.Ref, strings.Join(r.Others, " "), b.Flag(r.Flag), r.Statistic,
			r.Threshold, int64(r.N), pValue})
	}
	return out, err
}
