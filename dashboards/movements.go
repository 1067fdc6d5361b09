package dashboards

import (
	"context"
	"math"
	"slices"
	"strings"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

func (p *runPage) listMovements(ctx context.Context, v *store.View, id int) error {
	page, err := p.base.pageOf()
	if err != nil {
		return err
	}
	parts, err := v.MovementParts(ctx, id)
	if err != nil {
		return err
	}
	if err := p.causes(ctx, v, id, parts); err != nil {
		return err
	}
	rows, total, err := v.Movements(ctx, p.base.movementFilter(id, pageSize, (page-1)*pageSize))
	if err != nil {
		return err
	}
	p.Pages = p.base.paging(page, total)
	p.Movements = p.base.movementTable(rows, parts)
	if p.Parts, err = p.partChart(parts); err != nil {
		return err
	}
	return p.gradeChanges(ctx, v, id)
}

func (b *base) movementFilter(run, limit, offset int) store.MovementFilter {
	return store.MovementFilter{Run: run, Subject: b.query.Get("subject"), Cause: b.query.Get("cause"), Before: b.query.Get("before"), After: b.query.Get("after"), Limit: limit, Offset: offset}
}

// causes counts what moved by its main cause beside what each cause added to all, and offers both as filters. A cause may
// have a part in many results and be the main one of none.
func (p *runPage) causes(ctx context.Context, v *store.View, id int, parts []store.MovementPart) error {
	counts, err := v.MovementCounts(ctx, id)
	if err != nil {
		return err
	}
	p.Filters = p.base.movementFilters(counts)
	for _, part := range parts {
		if !slices.ContainsFunc(counts, func(c store.MovementCount) bool { return part.Of(c) }) {
			counts = append(counts, store.MovementCount{Subject: part.Subject, Cause: part.Cause})
		}
	}
	slices.SortStableFunc(counts, func(a, b store.MovementCount) int { return strings.Compare(a.Subject, b.Subject) })
	p.Counts = table{Caption: p.T("run.causes"), Head: p.base.columns("col.subject", "col.cause", "#col.moved", "#col.grade_changed", "#col.with_part?movement",
		"#col.raised_by", "#col.lowered_by"), Empty: p.T("run.unmoved")}
	for _, c := range counts {
		part := store.MovementPart{Up: math.NaN(), Down: math.NaN()}
		if at := slices.IndexFunc(parts, func(part store.MovementPart) bool { return part.Of(c) }); at >= 0 {
			part = parts[at]
		}
		p.Counts.Rows = append(p.Counts.Rows, []cell{text(p.base.named("subject", c.Subject)), link(p.base.named("cause", c.Cause), p.Here("subject", c.Subject, "cause", c.Cause)),
			text(p.CountInt(c.Count)), text(p.CountInt(c.Changed)), text(p.CountInt(part.Count)), text(signed(part.Up, 2)), text(signed(part.Down, 2))})
	}
	return nil
}

func (b *base) movementFilters(counts []store.MovementCount) filters {
	var subjects, causes []store.Choice
	for _, c := range counts {
		subjects = addChoice(subjects, c.Subject, b.named("subject", c.Subject), c.Count)
		causes = addChoice(causes, c.Cause, b.named("cause", c.Cause), c.Count)
	}
	fields := []field{{Name: "subject", Choices: subjects}, {Name: "cause", Choices: causes}}
	name := b.Grade
	if b.query.Get("subject") == "supplier" {
		name = func(id string) string { return b.named("level", id) }
	}
	for _, key := range []string{"before", "after"} { // set by the matrices of grades and levels
		if id := b.query.Get(key); id != "" {
			fields = append(fields, field{Name: key, Choices: []store.Choice{{ID: id, Name: name(id)}}})
		}
	}
	return b.newFilters(fields...)
}

// leastCauses is how many causes a chart compares.
const leastCauses = 2

// partChart shows by how much each cause raised and lowered the evaluations of contracts; nil where there is nothing to
// compare.
func (p *runPage) partChart(parts []store.MovementPart) (*figure, error) {
	data := table{Head: p.base.columns("col.cause", "#col.with_part?movement", "#col.raised_by", "#col.lowered_by")}
	var names []string
	up, down := charts.Series{Name: p.T("col.raised_by"), Color: "@g0"}, charts.Series{Name: p.T("col.lowered_by"), Color: "@g3"}
	for _, part := range parts {
		if part.Subject != "contract" {
			continue
		}
		name := p.base.named("cause", part.Cause)
		names = append(names, name)
		tip := name + "\n" + signed(part.Up, 2) + " / " + signed(part.Down, 2) + "\n" + p.T("tip.contracts", "N", part.Count)
		url := p.Here("subject", "contract", "cause", part.Cause)
		up.Points = append(up.Points, charts.Point{Value: part.Up, Tip: tip, URL: url})
		down.Points = append(down.Points, charts.Point{Value: part.Down, Tip: tip, URL: url})
		data.Rows = append(data.Rows, []cell{link(name, url), text(p.CountInt(part.Count)), text(signed(part.Up, 2)), text(signed(part.Down, 2))})
	}
	if len(names) < leastCauses {
		return nil, nil
	}
	summary := p.T("run.parts.summary")
	option, err := charts.Stacked(summary, names, p.T("unit.points"), 0, []charts.Series{up, down})
	f, err := p.base.newFigure("parts", p.T("run.parts"), summary, "small", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, err
}

// movementTable lists movements, with a column for each cause that has a part in the run.
func (b *base) movementTable(rows []store.Movement, parts []store.MovementPart) table {
	t := table{Caption: b.T("run.movements"), Empty: b.T("run.unmoved"),
		Head: b.columns("col.moved_what", "#col.before", "#col.after", "#col.difference")}
	var shown []int
	for i, cause := range store.MovementCauses {
		if slices.ContainsFunc(parts, func(p store.MovementPart) bool { return p.Cause == cause }) {
			shown = append(shown, i)
			t.Head = append(t.Head, head{Label: b.T("run.part_of", "Cause", b.named("cause", cause)), Number: true})
		}
	}
	t.Head = append(t.Head, b.columns("col.grade_before", "col.grade_after", "col.cause")...)
	for _, m := range rows {
		name := cell{Text: orNone(m.Name), Sub: m.ID, URL: b.Contract(m.ID)}
		before, after := b.grade(m.GradeBefore), b.grade(m.GradeAfter)
		if m.Subject == "supplier" {
			name.URL, before, after = b.Supplier(m.ID), b.level(m.GradeBefore), b.level(m.GradeAfter)
		}
		if m.Name == "" {
			name.Text, name.Sub = m.ID, ""
		}
		row := []cell{name, text(number(m.Before, 2)), text(number(m.After, 2)), text(signed(m.Difference(), 2))}
		for _, i := range shown {
			row = append(row, text(signed(m.Parts[i], 2)))
		}
		t.Rows = append(t.Rows, append(row, before, after, b.causeCell(m)))
	}
	return t
}

// causeCell names the main cause of a movement, and the objection that it came of.
func (b *base) causeCell(m store.Movement) cell {
	c := text(b.named("cause", m.Cause))
	if m.Objection != "" {
		c.Sub, c.URL = b.T("process.corrected", "No", m.Objection), b.Process(m.ID)
	}
	return c
}

// moved says in words what the published run changed for one contract or supplier; empty when nothing.
func (b *base) moved(ctx context.Context, v *store.View, subject, id string, name func(string) cell) (string, error) {
	m, ok, err := v.MovementOf(ctx, subject, id)
	if err != nil || !ok {
		return "", err
	}
	var sentences []string
	difference := m.Difference()
	switch {
	case m.GradeBefore == "":
		return b.T("moved.new", "Cause", b.named("cause", m.Cause)), nil
	case math.IsNaN(difference):
		sentences = append(sentences, b.T("moved.no_value", "Before", number(m.Before, 2), "After", number(m.After, 2), "Cause", b.named("cause", m.Cause)))
	case difference == 0:
		sentences = append(sentences, b.T("moved.same_value", "Value", number(m.After, 2), "Cause", b.named("cause", m.Cause)))
	default:
		sentences = append(sentences, b.T("moved.value", "Before", number(m.Before, 2), "After", number(m.After, 2), "Change", signed(difference, 2),
			"Parts", b.partsInWords(m)))
	}
	if m.Objection != "" {
		sentences = append(sentences, b.T("process.corrected", "No", m.Objection))
	}
	if m.GradeBefore != m.GradeAfter {
		sentences = append(sentences, b.T("moved.grade", "Before", name(m.GradeBefore).Text, "After", name(m.GradeAfter).Text))
	}
	return strings.Join(sentences, " "), nil
}

func (b *base) partsInWords(m store.Movement) string {
	var parts []string
	for i, cause := range store.MovementCauses {
		if m.Parts[i] != 0 && !math.IsNaN(m.Parts[i]) {
			parts = append(parts, b.named("cause", cause)+" "+signed(m.Parts[i], 2))
		}
	}
	if len(parts) == 0 { // of a run that kept no parts
		return b.named("cause", m.Cause)
	}
	return strings.Join(parts, b.T("list.comma"))
}

// exportMovements lists the movements of a run, by default the published one.
func (s *Server) exportMovements(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	id, err := wholeOf(b.query, "run")
	if err != nil {
		return nil, err
	}
	if id == 0 {
		id = v.Run.ID
	}
	shown, err := v.RunByID(ctx, id)
	if err != nil {
		return nil, err
	}
	b.Run, b.PublishedAt, b.labels = &shown.Run, shown.FinishedAt, s.labelsOf(&shown.Run)
	counts, err := v.MovementCounts(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, _, err := v.Movements(ctx, b.movementFilter(id, allRows, 0))
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("run.movements"), About: b.about(b.T("run.movements"), b.movementFilters(counts)),
		Head: b.titles("col.subject", "col.id", "col.named", "col.before", "col.after", "col.difference")}
	for _, cause := range store.MovementCauses {
		out.Head = append(out.Head, b.T("run.part_of", "Cause", b.named("cause", cause)))
	}
	out.Head = append(out.Head, b.titles("col.grade_before", "col.grade_after", "col.cause", "process.col.objection")...)
	for _, m := range rows {
		grade := b.grade
		if m.Subject == "supplier" {
			grade = b.level
		}
		row := []any{b.named("subject", m.Subject), m.ID, m.Name, m.Before, m.After, m.Difference()}
		for _, part := range m.Parts {
			row = append(row, part)
		}
		out.Rows = append(out.Rows, append(row, grade(m.GradeBefore).Text, grade(m.GradeAfter).Text, b.named("cause", m.Cause), m.Objection))
	}
	return out, nil
}
