package dashboards

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// What a severity is read by.
const (
	severePoints = 5 // points beyond which a rater is called strict or lenient where the policy has no limit; what one rater is taken to be off by (ours)
	errorReach   = 2 // standard errors drawn on both sides: about 95 of 100 such intervals hold the true severity
	drawnRaters  = 120
)

// calibrated is the calibration that a page shows.
type calibrated struct {
	*basis
	C     *store.CalibrationRecord // nil: none was made
	all   []store.CalibrationRecord
	Tabs  []tab
	Basis string // which calibration the published run judged by
}

// calibration finds the calibration that the address asks for, the latest by default.
func (b *base) calibration(ctx context.Context, v *store.View) (calibrated, error) {
	c := calibrated{basis: b.basis}
	id, err := wholeOf(b.query, "calibration")
	if err != nil {
		return c, err
	}
	if c.all, err = v.Calibrations(ctx); err != nil || len(c.all) == 0 {
		return c, err
	}
	at := slices.IndexFunc(c.all, func(r store.CalibrationRecord) bool { return r.ID == id || id == 0 })
	if at < 0 {
		return c, &badFilter{Name: "calibration", Found: strconv.Itoa(id), Expected: "calibration"}
	}
	c.C = &c.all[at]
	switch run := whole(int64(b.Run.ID)); b.Run.Calibration {
	case 0:
		c.Basis = b.T("calibration.basis.none", "Run", run)
	case c.C.ID:
		c.Basis = b.T("calibration.basis.this", "Run", run)
	default:
		c.Basis = b.T("calibration.basis.other", "Run", run, "Number", whole(int64(b.Run.Calibration)))
	}
	return c, nil
}

// tabs leads between the pages of one calibration.
func (c *calibrated) tabs() {
	flags := c.To("/flags", "calibration", c.query.Get("calibration"))
	c.Tabs = []tab{{c.T("evaluators.tab"), c.Evaluators(), c.path == "/evaluators"}, {c.T("flags.tab"), flags, c.path == "/flags"}}
}

// calibrationField offers the calibrations as a filter when there are several.
func (c *calibrated) calibrationField(fields ...field) []field {
	if len(c.all) < 2 {
		return fields
	}
	f := field{Name: "calibration"}
	for _, r := range c.all {
		f.Choices = append(f.Choices, store.Choice{ID: strconv.Itoa(r.ID), Name: strconv.Itoa(r.ID) + " · " + day(r.AsOf)})
	}
	return append(fields, f)
}

// Which names the calibration in one line.
func (c *calibrated) Which() string {
	return strings.Join([]string{c.T("calibration.number", "Number", whole(int64(c.C.ID))), day(c.C.AsOf), c.C.PolicyID, brokenHash(c.C.Hash)}, " · ")
}

// About says which calibration is shown.
func (c *calibrated) About() [][2]string {
	s := c.C.Said.Severities
	return [][2]string{{c.T("calibration"), c.T("calibration.number", "Number", whole(int64(c.C.ID)))}, {c.T("calibration.as_of"), day(c.C.AsOf)},
		{c.T("calibration.made"), c.Moment(c.C.MadeAt)}, {c.T("col.policy"), c.C.PolicyID}, {c.T("run.policy_hash"), c.C.PolicyHash},
		{c.T("calibration.hash"), c.C.Hash}, {c.T("run.watermark"), c.CountInt(c.C.Watermark)}, {c.T("calibration.contracts"), c.CountInt(c.C.Said.Contracts)},
		{c.T("calibration.sd"), c.T("calibration.sds", "Raters", deviation(s.VarRater, s.Estimated), "Contracts", deviation(s.VarContract, s.Estimated),
			"Residual", deviation(s.VarResidual, s.Estimated))},
		{c.T("calibration.cells"), c.CountInt(s.Cells)}, {c.T("calibration.components"), c.CountInt(s.Components)}, {c.T("run.program"), c.C.Program}}
}

// deviation is the root of a variance in points.
func deviation(variance float64, known bool) string {
	if !known {
		return none
	}
	return number(math.Sqrt(variance), 2)
}

// evaluatorsPage shows how severe the raters are and how well third parties agree.
type evaluatorsPage struct {
	calibrated
	Answer     []string
	Warnings   []string
	Chart      *figure
	Severities *figure
	Means      *figure
	Boxes      *figure // of single raters
	Agreement  table
	List       table
	Pages      pages
	Filters    filters
}

func (s *Server) evaluators(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("evaluators", b.T("nav.evaluators"))
	p := &evaluatorsPage{}
	var err error
	if p.calibrated, err = b.calibration(ctx, v); err != nil || p.C == nil {
		return p, err
	}
	p.tabs()
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	f, err := b.raterFilter(p.C.ID)
	if err != nil {
		return nil, err
	}
	comparable, _, err := v.Raters(ctx, store.RaterFilter{Calibration: p.C.ID, Comparable: true, Limit: allRows})
	if err != nil {
		return nil, err
	}
	p.answer(comparable)
	p.Agreement = p.agreementTable()
	if err := p.draw(ctx, v, f); err != nil {
		return nil, err
	}
	f.Offset = (page - 1) * pageSize
	if p.Boxes, err = b.raterBoxes(ctx, v, p.T("evaluators.boxes"), p.T("spread.note.single", "Most", whole(boxedRaters)), f); err != nil {
		return nil, err
	}
	p.Filters = p.raterFilters()
	f.Limit = pageSize
	rows, total, err := v.Raters(ctx, f)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, total)
	p.List = b.raterTable(rows, scaleOf(comparable))
	for i, key := range []string{"rater", "", "scores", "contracts", "mean", "severity", "", "last", ""} {
		if key != "" {
			first := "asc"
			if key == "scores" || key == "contracts" || key == "last" {
				first = "desc"
			}
			b.sortable(&p.List.Head[i], key, f.Sort, direction(f.Descending), first)
		}
	}
	return p, nil
}

// draw fills the figures of those raters of the list that can be compared.
func (p *evaluatorsPage) draw(ctx context.Context, v *store.View, f store.RaterFilter) error {
	f.Comparable, f.Sort, f.Descending, f.Limit = true, "", false, allRows
	raters, _, err := v.Raters(ctx, f)
	if err != nil {
		return err
	}
	if p.Chart, err = p.severityChart(raters); err != nil {
		return err
	}
	return p.raterSpreads(raters)
}

func (b *base) raterFilter(calibration int) (store.RaterFilter, error) {
	f := store.RaterFilter{Calibration: calibration, Search: b.query.Get("q"), Flag: b.query.Get("flag")}
	var err error
	if f.Party, err = partyOf(b.query, "party"); err != nil {
		return f, err
	}
	f.Sort, f.Descending, err = sortOf(b.query, store.RaterSorts)
	return f, err
}

func (p *evaluatorsPage) raterFilters() filters {
	return p.base.newFilters(p.calibrationField(field{Name: "q"}, field{Name: "party", Choices: p.base.partyChoices()}, field{Name: "flag", Choices: p.ruleChoices(true)})...)
}

// severeAt is from how many points on a rater is called strict or lenient.
func (l *labels) severeAt() float64 {
	if l.severity.Limit > 0 {
		return l.severity.Limit
	}
	return severePoints
}

// answer says in words what the calibration found. The raters can be compared, the strictest first.
func (p *evaluatorsPage) answer(raters []store.RaterRow) {
	said, limit := p.C.Said, p.severeAt()
	strict, lenient := 0, 0
	for _, r := range raters {
		switch {
		case r.Severity < -limit:
			strict++
		case r.Severity > limit:
			lenient++
		}
	}
	if said.Severities.Estimated {
		p.Answer = append(p.Answer, p.T("evaluators.answer", "N", said.Raters, "Shown", p.CountInt(said.Raters), "Strict", p.CountInt(strict), "Lenient",
			p.CountInt(lenient), "Limit", brief(limit)))
	} else {
		p.Answer = append(p.Answer, p.T("evaluators.unestimated", "N", said.Raters, "Shown", p.CountInt(said.Raters), "Reason",
			p.base.named("unestimated", said.Severities.Reason)))
	}
	p.Answer = append(p.Answer, p.agreementInWords()...)
	for _, w := range said.Severities.Warnings {
		p.Warnings = append(p.Warnings, p.base.named("warning", w))
	}
}

// severityChart draws the severities with their errors; of very many raters those in the middle are left out.
func (p *evaluatorsPage) severityChart(raters []store.RaterRow) (*figure, error) {
	drawn := raters
	if len(drawn) > drawnRaters {
		drawn = slices.Concat(raters[:drawnRaters/2], raters[len(raters)-drawnRaters/2:])
	}
	data := table{Head: p.base.columns("col.evaluator", "col.party", "#col.severity?rater_severity", "#col.se?standard_error")}
	var names []string
	var errors []charts.Interval
	parties := []scoring.Party{scoring.Purchaser, scoring.ThirdParty}
	series := []charts.Series{{Name: p.Party(parties[0]), Color: "@accent"}, {Name: p.Party(parties[1]), Color: "@g3"}}
	for _, r := range drawn {
		data.Rows = append(data.Rows, []cell{link(orText(r.Name, r.ID), p.Evaluator(r.ID)), text(p.Party(r.Party)), text(signed(r.Severity, 2)), text(number(r.SE, 2))})
		names = append(names, r.ID)
		errors = append(errors, charts.Interval{Low: r.Severity - errorReach*r.SE, High: r.Severity + errorReach*r.SE})
		for i := range series {
			point := charts.Point{Value: math.NaN()}
			if r.Party == parties[i] {
				point = charts.Point{Value: r.Severity, URL: p.Evaluator(r.ID),
					Tip: orText(r.Name, r.ID) + "\n" + signed(r.Severity, 2) + " ± " + number(errorReach*r.SE, 2) + "\n" + p.T("tip.contracts", "N", r.Contracts)}
			}
			series[i].Points = append(series[i].Points, point)
		}
	}
	summary := p.T("evaluators.chart.summary", "Shown", p.CountInt(len(drawn)), "Total", p.CountInt(len(raters)), "Limit", brief(p.severeAt()))
	option, err := charts.Severities(summary, names, p.T("unit.points"), p.severeAt(), errors, series)
	f, err := p.base.newFigure("severities", p.T("evaluators.chart"), summary, "medium", option, err, data)
	if f != nil {
		f.Note = summary
	}
	return f, err
}

// scaleOf is how far the bars of severities reach, so that the widest fits.
func scaleOf(raters []store.RaterRow) (reach float64) {
	for _, r := range raters {
		reach = max(reach, math.Abs(r.Severity)+errorReach*r.SE)
	}
	return reach
}

// severityBar draws a severity with its error between -reach and reach.
func severityBar(r store.RaterRow, reach float64) *span {
	if math.IsNaN(r.Severity) || reach == 0 || math.Abs(r.Severity)+errorReach*r.SE > reach {
		return nil
	}
	place := func(v float64) int { return int(math.Round((v + reach) / (2 * reach) * 1000)) }
	from := place(r.Severity - errorReach*r.SE)
	return &span{From: from, Length: max(place(r.Severity+errorReach*r.SE)-from, 1), At: min(place(r.Severity), 986)}
}

// raterTable lists raters; reach is how far their bars reach, 0 for none.
func (b *base) raterTable(rows []store.RaterRow, reach float64) table {
	t := table{Caption: b.T("nav.evaluators"), Empty: b.T("evaluators.empty"),
		Head: b.columns("col.evaluator", "col.party", "#col.scores", "#col.contracts", "#col.mean_score?mean", "#col.severity?rater_severity",
			"#col.se?standard_error", "col.latest", "col.flags")}
	for _, r := range rows {
		name := cell{Text: r.Name, Sub: r.ID, URL: b.Evaluator(r.ID), Strong: true}
		if r.Name == "" {
			name.Text, name.Sub = r.ID, ""
		}
		severity := cell{Text: signed(r.Severity, 2), Bar: severityBar(r, reach)}
		if !math.IsNaN(r.Severity) && !r.Comparable {
			severity = cell{Text: severity.Text, Sub: b.T("evaluators.incomparable")}
		}
		t.Rows = append(t.Rows, []cell{name, text(b.Party(r.Party)), text(b.CountInt(r.N)), text(b.CountInt(r.Contracts)), text(number(r.Mean, 2)), severity,
			text(number(r.SE, 2)), text(day(r.LastOn)), {List: b.ruleNames(r.Flags)}})
	}
	return t
}

func (s *Server) exportEvaluators(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	p := &evaluatorsPage{}
	var err error
	if p.calibrated, err = b.calibration(ctx, v); err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.evaluators"), Head: b.titles("col.id", "col.named", "col.party", "col.scores", "col.contracts", "col.mean_score",
		"col.sd", "col.severity", "col.se", "col.comparable", "col.latest", "col.flags")}
	out.About = p.about(out.Name, p.raterFilters())
	if p.C == nil {
		return out, nil
	}
	f, err := b.raterFilter(p.C.ID)
	if err != nil {
		return nil, err
	}
	f.Limit = allRows
	rows, _, err := v.Raters(ctx, f)
	for _, r := range rows {
		comparable := b.T("no")
		if r.Comparable {
			comparable = b.T("yes")
		}
		out.Rows = append(out.Rows, []any{r.ID, r.Name, b.Party(r.Party), int64(r.N), int64(r.Contracts), r.Mean, r.SD, r.Severity, r.SE, comparable,
			dayOrEmpty(r.LastOn), strings.Join(b.ruleNames(r.Flags), b.T("list.comma"))})
	}
	return out, err
}

// about says which calibration a file is from, beside the run.
func (c *calibrated) about(title string, f filters) [][2]string {
	lines := c.base.about(title, f)
	if c.C == nil {
		return append(lines, [2]string{c.T("calibration"), none})
	}
	return append(lines, [2]string{c.T("calibration"), whole(int64(c.C.ID)) + " " + day(c.C.AsOf) + " " + c.C.PolicyID + " " + c.C.Hash})
}
