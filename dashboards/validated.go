package dashboards

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/credit/validation"
	"pingxin/pipelines/store"
)

// validatedPage lists the suppliers that the figures of a validation count.
type validatedPage struct {
	*basis
	Kept    *store.KeptValidation // nil: none is kept
	Back    string
	Answer  []string
	Bins    *table // of the index of an input; nil: none is chosen
	List    table
	Pages   pages
	Filters filters
}

func (s *Server) validated(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("validation", b.T("validated.question"))
	p := &validatedPage{basis: b.basis, Back: b.To("/validation", "id", b.query.Get("id"))}
	f, err := p.read(ctx, v)
	if err != nil || p.Kept == nil {
		return p, err
	}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f.Limit, f.Offset = pageSize, (page-1)*pageSize
	rows, totals, err := v.Validated(ctx, f)
	if err != nil {
		return nil, err
	}
	if p.Answer, err = p.answer(ctx, v, f, totals); err != nil {
		return nil, err
	}
	p.Bins = p.bins()
	p.Pages = b.paging(page, totals.Suppliers)
	p.List = p.table(rows, f)
	b.sortableBy(&p.List, []string{"supplier", "", "score", "predicted", "", "outcomes", "value"}[:len(p.List.Head)], f.Sort, f.Descending)
	return p, nil
}

// validatedPath is the page that lists the suppliers of a validation.
const validatedPath = "/validation/suppliers"

// read finds the validation and the filters that the address asks for.
func (p *validatedPage) read(ctx context.Context, v *store.View) (f store.ValidatedFilter, err error) {
	b := p.base
	all, err := v.Validations(ctx, 1)
	if err != nil {
		return f, err
	}
	if p.Kept, err = b.validationShown(ctx, v, all); err != nil || p.Kept == nil {
		return f, err
	}
	b.showLevels(p.Kept)
	p.Filters = p.filters()
	f = store.ValidatedFilter{Validation: p.Kept.ID, Earlier: b.query.Get("window") == earlierWindow, Search: b.query.Get("q"), Level: b.query.Get("level"),
		After: b.query.Get("after"), Outcome: b.query.Get("outcome"), Bin: b.query.Get("bin")}
	if f.Group, err = wholeOf(b.query, "group"); err != nil {
		return f, err
	}
	if f.Most, err = b.scoreAtMost(); err != nil {
		return f, err
	}
	if of := b.query.Get("of"); of != "" {
		name := strings.TrimPrefix(of, ofScore)
		f.Of = &name
	}
	f.Sort, f.Descending, err = sortOf(b.query, store.ValidatedSorts)
	return f, err
}

// What an address says of the window that ended by the day of the ratings, and of the index of the score.
const (
	earlierWindow = "earlier"
	ofScore       = "score"
)

// scoreAtMost reads up to which score suppliers are listed; nil: all.
func (b *base) scoreAtMost() (*float64, error) {
	text := b.query.Get("most")
	if text == "" {
		return nil, nil
	}
	most, err := strconv.ParseFloat(text, 64)
	if err != nil || !(most >= 0) || math.IsInf(most, 1) {
		return nil, &badFilter{Name: "most", Found: text, Expected: "score"}
	}
	return &most, nil
}

func (p *validatedPage) filters() filters {
	r := &p.Kept.Report
	levels := []store.Choice{}
	for _, l := range r.Levels {
		levels = append(levels, store.Choice{ID: l.Level, Name: p.base.named("level", l.Level)})
	}
	levels = append(levels, store.Choice{ID: store.Unrated, Name: p.T("level.unrated")})
	fields := []field{{Name: "q"}, {Name: "level", Label: p.T("col.level_before"), Choices: levels}, {Name: "after", Label: p.T("col.level_until"), Choices: levels},
		{Name: "outcome", Choices: p.outcomeChoices(r)}, {Name: "most"}}
	if r.Calibration != nil {
		fields = append(fields, field{Name: "group", Label: p.T("col.predicted"), Choices: groupChoices(r.Calibration)})
	}
	if r.Score != nil {
		fields = append(fields, field{Name: "window", Choices: []store.Choice{{ID: earlierWindow, Name: p.T("validated.window.earlier")}}}, field{Name: "of", Choices: p.inputChoices(r)})
	}
	if s := p.shift(); s != nil {
		bins := field{Name: "bin"}
		for _, bin := range s.Bins {
			bins.Choices = append(bins.Choices, store.Choice{ID: bin.Name, Name: p.base.binName(bin.Name)})
		}
		fields = append(fields, bins)
	}
	return p.base.newFilters(fields...)
}

func (p *validatedPage) outcomeChoices(r *validation.Report) []store.Choice {
	choices := []store.Choice{{ID: store.WithOutcome, Name: p.T("validated.with")}, {ID: store.WithoutOutcome, Name: p.T("validated.without")}}
	for _, k := range r.Kinds {
		choices = append(choices, store.Choice{ID: k.Kind, Name: p.base.named("kind", k.Kind)})
	}
	return choices
}

// groupChoices are the groups of similar predictions by their ends.
func groupChoices(c *validation.Calibration) (choices []store.Choice) {
	for i, g := range c.Groups {
		choices = append(choices, store.Choice{ID: strconv.Itoa(i + 1), Name: percent(g.Low, 2) + " – " + percent(g.High, 2)})
	}
	return choices
}

func (p *validatedPage) inputChoices(r *validation.Report) []store.Choice {
	choices := []store.Choice{{ID: ofScore, Name: p.T("input.score")}}
	for _, s := range r.Inputs {
		choices = append(choices, store.Choice{ID: s.Of, Name: p.base.named("input", s.Of)})
	}
	return choices
}

// shift is the stability index of the input that the address chooses; nil where it chooses none that there is.
func (p *validatedPage) shift() *validation.Shift {
	of, r := p.query.Get("of"), &p.Kept.Report
	if of == ofScore {
		return r.Score
	}
	if at := slices.IndexFunc(r.Inputs, func(s validation.Shift) bool { return s.Of == of }); at >= 0 {
		return &r.Inputs[at]
	}
	return nil
}

// binName is the name of a bin; that of the missing values has words.
func (b *base) binName(name string) string { return b.named("bin", name) }

// answer says how many suppliers there are and how many had an outcome, or how a validation gets the rows that it was kept without.
func (p *validatedPage) answer(ctx context.Context, v *store.View, f store.ValidatedFilter, totals store.ValidatedTotals) ([]string, error) {
	k := p.Kept
	if totals.Suppliers == 0 {
		_, all, err := v.Validated(ctx, store.ValidatedFilter{Validation: f.Validation})
		if err != nil || all.Suppliers > 0 {
			return []string{p.T("validated.nobody")}, err
		}
		return []string{p.T("validated.unkept", "Command", fmt.Sprintf("pingxin validate --as-of %s --horizon %d --policy %s --batches %d --save", day(k.AsOf), k.HorizonDays, k.PolicyID, k.Watermark))}, nil
	}
	from, until := k.AsOf, k.Report.Until
	if f.Earlier {
		from, until = from.AddDate(0, 0, -k.HorizonDays), from
	}
	return []string{p.T("validated.answer", "N", p.CountInt(totals.Suppliers), "Day", day(from), "Events", p.CountInt(totals.Events),
		"Share", percent(float64(totals.Events)/float64(totals.Suppliers), 1), "Until", day(until))}, nil
}

// bins sets out the index of the chosen input: how many suppliers of both windows each bin counts, and what it adds.
func (p *validatedPage) bins() *table {
	s := p.shift()
	if s == nil {
		return nil
	}
	t := &table{Caption: p.T("validated.bins", "Input", p.base.named("input", orText(s.Of, ofScore)), "PSI", number(s.PSI, 3)),
		Head: p.base.columns("col.bin?psi", "#col.bin_before", "#col.share", "#col.bin_now", "#col.share", "#col.bin_term")}
	to := func(n int, window, bin string) cell { // without other filters, which the index does not know
		return link(p.CountInt(n), p.To(validatedPath, "id", whole(int64(p.Kept.ID)), "of", p.query.Get("of"), "window", window, "bin", bin))
	}
	for _, bin := range s.Bins {
		t.Rows = append(t.Rows, []cell{text(p.base.binName(bin.Name)), to(bin.Baseline, earlierWindow, bin.Name), text(percent(bin.BaselineShare, 1)), to(bin.Current, "", bin.Name),
			text(percent(bin.CurrentShare, 1)), text(number(bin.Term, 4))})
	}
	return t
}

func (p *validatedPage) table(rows []store.ValidatedRow, f store.ValidatedFilter) table {
	t := table{Caption: p.T("validated.question"), Empty: p.T("validated.nobody"), Head: p.base.columns("col.supplier", "col.level_before", "#col.score", "#col.predicted?hosmer_lemeshow",
		"col.level_until", "col.outcomes_told")}
	if f.Of != nil {
		t.Head = append(t.Head, p.base.columns("#col.input_value")...)
		t.Head[len(t.Head)-1].Label = p.base.named("input", orText(*f.Of, ofScore))
	}
	for _, r := range rows {
		line := []cell{{Text: orText(r.Name, r.ID), Sub: r.ID, URL: p.Supplier(r.ID), Strong: true}, p.base.level(orText(r.Level, store.Unrated)), text(number(r.Score, 2)), text(percent(r.Predicted, 1)),
			p.base.level(orText(r.After, store.Unrated)), {List: p.base.outcomesSaid(r.Outcomes)}}
		if f.Of != nil {
			line = append(line, cell{Text: number(r.Value, 2), Sub: p.base.binName(r.Bin)})
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// outcomesSaid are outcomes in words, each with its day.
func (b *base) outcomesSaid(all []validation.Outcome) (said []string) {
	for _, o := range all {
		said = append(said, b.named("kind", o.Kind)+" "+day(o.On))
	}
	return said
}

// exportValidated lists all that the page lists.
func (s *Server) exportValidated(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	p := &validatedPage{basis: b.basis}
	f, err := p.read(ctx, v)
	if err != nil {
		return nil, err
	}
	if p.Kept == nil {
		return nil, fmt.Errorf("suppliers of a validation: none is kept: %w", store.ErrNotInRun)
	}
	f.Limit = allRows
	rows, _, err := v.Validated(ctx, f)
	out := &sheet{Name: b.T("validated.sheet"), Head: b.titles("col.id", "col.named", "col.level_before", "col.score", "col.predicted", "col.level_until", "col.outcomes_told",
		"col.input", "col.input_value", "col.bin")}
	out.About = append(b.about(out.Name, p.Filters), b.validationFacts(p.Kept)...)
	input := ""
	if f.Of != nil {
		input = b.named("input", orText(*f.Of, ofScore))
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, []any{r.ID, r.Name, b.named("level", orText(r.Level, store.Unrated)), r.Score, r.Predicted, b.named("level", orText(r.After, store.Unrated)),
			strings.Join(b.outcomesSaid(r.Outcomes), b.T("list.comma")), input, r.Value, b.binName(r.Bin)})
	}
	return out, err
}
