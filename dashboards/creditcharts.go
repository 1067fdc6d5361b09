package dashboards

import (
	"slices"
	"strings"
	"time"

	"pingxin/credit"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// severityColors are the colours of the marks on the timeline.
var severityColors = map[string]string{"commendation": "@g0", "general": "@g3", "serious": "@g4", "evaluation": "@gx"}

// timelineOf draws what was recorded and evaluated; nil without an entry.
func (p *supplierPage) timelineOf(recorded []store.Conduct, evaluated []credit.Evaluated) (*figure, error) {
	from := p.Run.AsOf.AddDate(-timelineYears, 0, 0)
	var all []charts.Happening
	data := table{Head: p.base.columns("creditfile.col.on", "creditfile.col.what", "creditfile.col.severity", "creditfile.col.details")}
	first := p.Run.AsOf
	add := func(on time.Time, lane, label, tip, url string) {
		if on.Before(from) {
			return
		}
		if on.Before(first) {
			first = on
		}
		all = append(all, charts.Happening{On: on, Lane: slices.Index(timelineLanes, lane), Point: charts.Point{Tip: tip, Label: label, URL: url, Color: severityColors[lane]}})
	}
	for _, c := range recorded {
		kind := p.base.named("kind", c.Kind)
		add(c.OccurredOn, severityClass(c.Severity), "", strings.Join(append([]string{day(c.OccurredOn), kind}, p.base.conductDetails(c)...), "\n"), p.contractOf(c.ContractNo))
		data.Rows = append(data.Rows, []cell{text(day(c.OccurredOn)), {Text: kind, Sub: c.ID}, text(p.base.named("severity", c.Severity)), {List: p.base.conductDetails(c)}})
	}
	for _, e := range evaluated {
		add(e.On, "evaluation", "", day(e.On)+"\n"+e.Contract+"\n"+number(e.Value, 1)+"  "+p.Grade(e.Grade), p.Contract(e.Contract))
		data.Rows = append(data.Rows, []cell{text(day(e.On)), link(e.Contract, p.Contract(e.Contract)), text(p.T("creditfile.lane.evaluation")), {Text: number(e.Value, 1) + " " + p.Grade(e.Grade)}})
	}
	if len(all) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(data.Rows, func(a, b []cell) int { return strings.Compare(b[0].Text, a[0].Text) })
	summary := p.T("creditfile.timeline.summary", "Recorded", p.CountInt(len(recorded)), "Evaluated", p.CountInt(len(evaluated)), "From", day(first), "To", day(p.Run.AsOf))
	lanes := make([]string, len(timelineLanes))
	for i, lane := range timelineLanes {
		lanes[i] = p.T("creditfile.lane." + lane)
	}
	option, err := charts.Timeline(summary, lanes, first.AddDate(0, -1, 0), p.Run.AsOf.AddDate(0, 1, 0), all)
	return p.base.newFigure("timeline", p.T("creditfile.timeline"), summary, "small", option, err, data)
}

// peersFigure draws the peers by level, the supplier's own level in another colour.
func (p *supplierPage) peersFigure(peers store.SupplierPeers) (*figure, error) {
	levels := p.base.namedLevels(peers.Levels)
	data := table{Head: p.base.columns("col.level", "#creditfile.col.peers")}
	names, points := make([]string, len(levels)), make([]charts.Point, len(levels))
	own := orText(p.S.Level, p.S.Status)
	for i, l := range levels {
		names[i] = l.Name
		points[i] = charts.Point{Value: float64(l.Count), Tip: l.Name + "  " + p.CountInt(l.Count), Label: p.CountInt(l.Count), URL: p.To("/suppliers", "level", l.ID)}
		row := []cell{p.base.level(l.ID), text(p.CountInt(l.Count))}
		if l.ID == own {
			points[i].Color = "@accent"
			points[i].Label += " " + p.T("creditfile.peers.here")
			row[0].Sub = p.T("creditfile.peers.here")
		}
		data.Rows = append(data.Rows, row)
	}
	option, err := charts.Columns(p.PeersSaid, names, p.T("creditfile.col.peers"), 0, points)
	return p.base.newFigure("peers", p.T("creditfile.peers"), p.PeersSaid, "small", option, err, data)
}

// courseFigure draws the conduct with and without a repair.
func (b *base) courseFigure(repaired time.Time, standing, mended []credit.Moment) (*figure, error) {
	data := table{Head: b.columns("creditfile.col.on", "#creditfile.course.standing", "#creditfile.course.repaired", "#creditfile.course.part")}
	days := make([]string, len(standing))
	before, after := make([]charts.Point, len(standing)), make([]charts.Point, len(standing))
	point := func(m credit.Moment) charts.Point {
		return charts.Point{Value: m.Conduct, Tip: day(m.On) + "\n" + number(m.Conduct, 2)}
	}
	for i := range standing {
		days[i], before[i], after[i] = day(standing[i].On), point(standing[i]), point(mended[i])
		data.Rows = append(data.Rows, []cell{text(days[i]), text(number(standing[i].Conduct, 2)), text(number(mended[i].Conduct, 2)), text(number(mended[i].Part, 2))})
	}
	last := len(standing) - 1
	if last < 0 {
		return nil, nil
	}
	summary := b.T("creditfile.course.summary", "From", day(repaired), "Before", number(standing[last].Conduct, 1), "After", number(mended[last].Conduct, 1), "Day", days[last])
	option, err := charts.Course(summary, days, b.T("col.conduct"), b.T("creditfile.course.standing"), b.T("creditfile.course.repaired"), before, after)
	return b.newFigure("course", b.T("creditfile.course"), summary, "small", option, err, data)
}

// fullShare is the whole in percent.
const fullShare = 100

// sections draws the share of its full marks that each section reached.
func (p *assessmentPage) sections(ev credit.AssessmentEvidence, asOf time.Time) error {
	if p.rules.Assessment == nil {
		return nil
	}
	all := p.rules.Assessment.Sections(ev.Items, asOf)
	data := table{Head: p.base.columns("creditfile.col.section", "#assessment.points", "#creditfile.col.most", "#col.share")}
	names, points := make([]string, len(all)), make([]charts.Point, len(all))
	for i, section := range all {
		names[i] = p.base.named("creditfile.section", section.Section)
		share := section.Points / section.MaxPoints
		points[i] = charts.Point{Value: share * fullShare, Tip: names[i] + "\n" + brief(section.Points) + " / " + brief(section.MaxPoints), Label: percent(share, 0), Color: "@accent"}
		data.Rows = append(data.Rows, []cell{text(names[i]), text(brief(section.Points)), text(brief(section.MaxPoints)), text(percent(share, 1))})
	}
	summary := p.T("creditfile.sections.summary", "N", len(all))
	option, err := charts.Columns(summary, names, "%", fullShare, points)
	p.Sections, err = p.base.newFigure("sections", p.T("creditfile.sections"), summary, "small", option, err, data)
	return err
}

// contractOf is the address of a contract; where none is named, of what was recorded.
func (p *supplierPage) contractOf(no string) string {
	if no == "" {
		return p.Here() + "#conduct"
	}
	return p.Contract(no)
}
