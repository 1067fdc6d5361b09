package dashboards

import (
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// evaluationPage is the slip of one contract: how its value came about, down to the row of the file.
type evaluationPage struct {
	*basis
	E         store.Evaluation
	ClosedOn  time.Time // day on which its evaluation was closed; zero: it is open
	Facts     [][2]string
	Scale     []bandMark
	Interval  *span
	Ticks     []tick
	Sentence  string
	GradeCell cell
	ValueText string
	Caps      table
	Warnings  []string
	Moved     string   // what the published run changed, in words; empty: nothing
	Estimates []string // what the calibration makes of the value, in words
	Judged    *cell    // leads to the calibration of the run; nil: none
	Flags     table
	Slip      table
	Waterfall *figure
	Radar     *figure
	Trace     *figure
	History   table
	FactRows  *table // rows of files that hold no scores; nil: not asked for
	Sources   table
	Pages     pages
	Filters   filters
}

// bandMark is one grade's part of the scale, in thousandths of its length.
type bandMark struct {
	From, Length int
	Class, Name  string
}

// Middle is where the name of the grade stands.
func (m bandMark) Middle() int { return m.From + m.Length/2 }

// tick is a number below the scale.
type tick struct {
	At   int
	Text string
}

// Anchor keeps the first and the last number inside the drawing.
func (t tick) Anchor() string {
	switch {
	case t.At <= 0:
		return "at-start"
	case t.At >= 1000:
		return "at-end"
	default:
		return "at-middle"
	}
}

func (s *Server) evaluation(ctx context.Context, v *store.View, b *base) (any, error) {
	p := &evaluationPage{basis: b.basis}
	var err error
	if p.E, err = v.Evaluation(ctx, b.pathValue("/evaluations/")); err != nil {
		return nil, err
	}
	b.name("evaluations", orText(p.E.Name, p.E.ContractNo))
	parts, err := v.Parts(ctx, &p.E)
	if err != nil {
		return nil, err
	}
	if p.ClosedOn, err = v.ClosedOn(ctx, p.E.ContractNo); err != nil {
		return nil, err
	}
	p.head()
	p.Slip = b.slipTable(parts)
	if p.Moved, err = b.moved(ctx, v, "contract", p.E.ContractNo, b.grade); err != nil {
		return nil, err
	}
	if err := p.calibrate(ctx, v); err != nil {
		return nil, err
	}
	if err := p.compare(ctx, v, parts); err != nil {
		return nil, err
	}
	if err := p.trace(ctx, v); err != nil {
		return nil, err
	}
	if b.query.Has(factsKey) {
		if err := s.listFacts(ctx, v, p); err != nil {
			return nil, err
		}
	}
	return p, s.listSources(ctx, v, p, parts)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// head fills in what stands above the slip.
func (p *evaluationPage) head() {
	e := &p.E
	p.Scale, p.Ticks = p.base.scaleMarks()
	p.Interval = p.spanOf(e.Value, e.Low, e.High)
	p.Warnings = p.Notes(e.Warnings)
	p.Caps = p.base.capTable(e.Caps, p.Grade)
	p.Sentence = p.verdict()
	p.GradeCell, p.ValueText = p.base.gradeWithStatus(e.EvaluationRow), number(e.Value, 2)
	p.Facts = [][2]string{
		{p.T("col.contract_no"), e.ContractNo}, {p.T("col.year"), whole(int64(e.Year))}, {p.InUnitOf(p.T("col.amount")), p.Money(e.AmountFen)},
		{p.T("evaluation.period"), day(e.StartOn) + " – " + day(e.EndOn)}, {p.T("evaluation.recipients"), p.recipients()},
		{p.T("evaluation.answers"), p.answersInWords()}, {p.T("evaluation.last_on"), day(e.LastOn)}, {p.T("evaluation.good_until"),
			day(e.GoodUntil)},
		{p.T("evaluation.se"), number(e.SE, 3)}, {p.T("evaluation.plain"), number(e.Plain, 2)}, {p.T("evaluation.run"),
			whole(int64(e.FromRun))}, {p.T("evaluation.row_hash"), brokenHash(e.RowHash)},
	}
	if !p.ClosedOn.IsZero() {
		p.Facts = append(p.Facts, [2]string{p.T("evaluation.closed_on"), day(p.ClosedOn)})
	}
}

// verdict says in one sentence what the slip found.
func (p *evaluationPage) verdict() string {
	e := &p.E
	switch {
	case e.Status == scoring.NoEvidence:
		return p.T("evaluation.verdict.none")
	case e.Grade == "":
		return p.T("evaluation.verdict.held", "Parties", p.base.partyList(e.Missing))
	case e.Uncapped != "" && e.Uncapped != e.Grade:
		return p.T("evaluation.verdict.capped", "Value", number(e.Value, 2), "Uncapped", p.Grade(e.Uncapped), "Grade", p.Grade(e.Grade))
	default:
		return p.T("evaluation.verdict.graded", "Value", number(e.Value, 2), "Low", number(e.Low, 2), "High", number(e.High, 2), "Grade",
			p.Grade(e.Grade))
	}
}

func (b *base) partyList(parties []scoring.Party) string {
	names := ""
	for i, party := range parties {
		if i > 0 {
			names += b.T("list.comma")
		}
		names += b.Party(party)
	}
	return orNone(names)
}

func (p *evaluationPage) recipients() string {
	if p.E.Served == 0 {
		return p.T("evaluation.unknown")
	}
	return p.CountInt(p.E.Served)
}

func (p *evaluationPage) answersInWords() string {
	return p.T("evaluation.answers_by", "Purchaser", p.CountInt(p.E.Purchasers), "Recipient", p.CountInt(p.E.Recipients), "ThirdParty",
		p.CountInt(p.E.ThirdParties))
}

// scaleMarks are the grades along the scale and the numbers between them.
func (b *base) scaleMarks() ([]bandMark, []tick) {
	low, high := b.span()
	place := func(v float64) int { return int(math.Round((v - low) / (high - low) * 1000)) }
	var marks []bandMark
	ticks := []tick{{At: 1000, Text: brief(high)}}
	end := high
	for _, band := range b.bands {
		from := math.Max(band.From, low)
		marks = append(marks, bandMark{From: place(from), Length: place(end) - place(from), Class: b.GradeClass(band.ID), Name: b.Grade(band.ID)})
		ticks = append(ticks, tick{At: place(from), Text: brief(from)})
		end = from
	}
	return marks, ticks
}

func (b *base) capTable(caps []scoring.Cap, name func(string) string) table {
	t := table{Caption: b.T("evaluation.caps"), Head: b.columns("col.cap", "col.at_most", "col.from", "col.until", "col.event", "col.effect")}
	for _, c := range caps {
		until, effect := day(c.Until), b.T("cap.spared")
		if c.Until.IsZero() {
			until = b.T("cap.open")
		}
		if c.Bites {
			effect = b.T("cap.bites")
		}
		t.Rows = append(t.Rows, []cell{text(b.CapRule(c.Rule)), text(name(c.Grade)), text(day(c.From)), text(until), text(c.Event),
			{Text: effect, Strong: c.Bites}})
	}
	return t
}

// slipTable is the tree of the slip: dimensions, their leaves, the leaves' parties. What the calibration makes of the
// scores has columns of its own where it is known.
func (b *base) slipTable(parts []scoring.Part) table {
	t := table{Caption: b.T("evaluation.slip"), Empty: b.T("evaluation.no_parts"), Head: b.columns("col.indicator", "#col.weight", "#col.n?sample_size", "#col.plain?mean")}
	recalibrated := slices.ContainsFunc(parts, func(p scoring.Part) bool { return !math.IsNaN(p.Raw) || !math.IsNaN(p.Adjusted) })
	if recalibrated {
		t.Head = append(t.Head, b.columns("#col.raw", "#col.adjusted?rater_severity")...)
	}
	t.Head = append(t.Head, b.columns("#col.value", "#col.se?standard_error", "#col.share_of_all?weighted_mean", "#col.contribution", "col.note")...)
	for _, part := range parts {
		name, depth := b.partName(part)
		n := none
		if part.Party != scoring.None {
			n = b.CountInt(part.N)
		}
		row := []cell{{Text: name, Indent: depth, Strong: depth == 0, URL: b.sourceURL(part)}, text(brief(part.Weight) + "%"), text(n), text(number(part.Plain, 2))}
		if recalibrated {
			row = append(row, text(number(part.Raw, 2)), text(number(part.Adjusted, 2)))
		}
		value := cell{Text: number(part.Value, 2), Strong: depth == 0}
		if !math.IsNaN(part.Value) {
			value.How = b.how(b.methodOf(part))
		}
		t.Rows = append(t.Rows, append(row, value, text(number(part.SE, 3)), text(percent(part.Share, 2)), text(number(part.Contribution, 3)), b.partNote(part)))
	}
	return t
}

// partName names a line of the slip, and says how deep in the tree it stands.
func (b *base) partName(part scoring.Part) (name string, depth int) {
	switch {
	case part.Party != scoring.None:
		return b.Party(part.Party), 2
	case part.Parent == "":
		return b.Indicator(part.Indicator), 0
	default:
		return b.Indicator(part.Indicator), 1
	}
}

// partNote says why a line does not count in full.
func (b *base) partNote(part scoring.Part) cell {
	if part.Note == "" {
		return cell{}
	}
	note := cell{Text: b.named("part", part.Note)}
	if id, explained := noteMethods[part.Note]; explained {
		note.How = b.how(id)
	}
	return note
}

// sourceURL leads from a party's line to its scores.
func (b *base) sourceURL(part scoring.Part) string {
	if part.Party == scoring.None || part.N == 0 {
		return ""
	}
	return b.Here("indicator", part.Indicator, "party", strconv.Itoa(int(part.Party))) + "#sources"
}

// compare draws how the value adds up and how it stands among its peers.
func (p *evaluationPage) compare(ctx context.Context, v *store.View, parts []scoring.Part) error {
	peers, err := v.Peers(ctx, &p.E)
	if err != nil {
		return err
	}
	means, contracts := map[string]store.Peer{}, 0
	for _, peer := range peers {
		means[peer.Indicator] = peer
		contracts = max(contracts, peer.Contracts)
	}
	if p.Waterfall, err = p.waterfall(parts); err != nil {
		return err
	}
	p.Radar, err = p.radar(parts, means, contracts)
	return err
}

// mediumRows make a chart as high as the radar beside it.
const mediumRows = 7

func (p *evaluationPage) waterfall(parts []scoring.Part) (*figure, error) {
	data := table{Head: p.base.columns("col.indicator", "#col.value", "#col.share_of_all", "#col.contribution?evaluation")}
	var steps []charts.Step
	scored := p.base.scoredLeaves(parts)
	for _, part := range parts {
		if part.Party != scoring.None || part.Parent == "" || math.IsNaN(part.Contribution) {
			continue
		}
		name := p.Indicator(part.Indicator)
		data.Rows = append(data.Rows, []cell{text(name), text(number(part.Value, 2)), text(percent(part.Share, 2)),
			text(number(part.Contribution, 3))})
		url := p.tree()
		if slices.ContainsFunc(scored, func(c store.Choice) bool { return c.ID == part.Indicator }) {
			url = p.Here("indicator", part.Indicator) + "#sources"
		}
		steps = append(steps, charts.Step{Name: name, Point: charts.Point{Value: part.Contribution, URL: url, Label: number(part.Contribution, 1),
			Tip: name + "\n" + number(part.Value, 2) + " × " + percent(part.Share, 2) + " = " + number(part.Contribution, 3)}})
	}
	if !math.IsNaN(p.E.Value) && len(steps) > 0 {
		steps = append(steps, charts.Step{Name: p.T("col.value"), Total: true, Point: charts.Point{Value: p.E.Value, Label: number(p.E.Value, 2),
			Tip: p.T("col.value") + " " + number(p.E.Value, 2), URL: p.tree(), Color: "@" + p.GradeClass(p.E.Uncapped)}})
	}
	summary := p.T("evaluation.waterfall.summary", "Value", number(p.E.Value, 2))
	option, err := charts.Waterfall(summary, p.T("unit.points"), steps)
	return p.base.newFigure("waterfall", p.T("evaluation.waterfall"), summary, heightOf(max(len(steps), mediumRows)), option, err, data)
}

// tree leads to the tree of the slip, where every line has its rows.
func (p *evaluationPage) tree() string { return p.Here() + "#slip" }

// leastAxes is the smallest number of dimensions that a radar can show.
const leastAxes = 3

func (p *evaluationPage) radar(parts []scoring.Part, means map[string]store.Peer, contracts int) (*figure, error) {
	data := table{Head: p.base.columns("col.dimension", "#col.value?weighted_mean", "#col.peers?mean", "#col.difference")}
	var axes []charts.Axis
	var absent []string // dimensions that lack a value, which no place on an axis can show
	tip := ""
	for _, part := range parts {
		if part.Parent != "" || part.Party != scoring.None {
			continue
		}
		axis := charts.Axis{Name: p.Indicator(part.Indicator), Own: part.Value, Peers: math.NaN()}
		if peer, there := means[part.Indicator]; there {
			axis.Peers = peer.Mean
		}
		if math.IsNaN(axis.Own) || math.IsNaN(axis.Peers) && contracts > 0 {
			absent = append(absent, axis.Name)
		} else {
			axes = append(axes, axis)
		}
		tip += axis.Name + "  " + number(axis.Own, 2) + " / " + number(axis.Peers, 2) + "\n"
		data.Rows = append(data.Rows, []cell{text(axis.Name), text(number(axis.Own, 2)), text(number(axis.Peers, 2)),
			text(signed(axis.Own-axis.Peers, 2))})
	}
	if len(axes) < leastAxes {
		return nil, nil
	}
	summary := p.T("evaluation.radar.summary", "Item", p.E.ItemName, "N", contracts)
	if len(absent) > 0 {
		summary += p.T("evaluation.radar.absent", "Dimensions", strings.Join(absent, p.T("list.comma")))
	}
	low, high := p.span()
	option, err := charts.Radar(summary, low, high, p.T("evaluation.radar.own"), p.T("evaluation.radar.peers", "N", contracts), tip, p.tree(), axes)
	return p.base.newFigure("radar", p.T("evaluation.radar"), summary, "medium", option, err, data)
}

// trace shows how the evaluation changed over the runs.
func (p *evaluationPage) trace(ctx context.Context, v *store.View) error {
	judged, err := v.History(ctx, p.E.ContractNo)
	if err != nil {
		return err
	}
	data := table{Caption: p.T("evaluation.history"), Head: p.base.columns("#col.run", "col.as_of", "#col.value?evaluation", "#col.interval?interval", "col.grade?grade_bands")}
	var moments []string
	var bands []charts.Band
	for _, j := range judged {
		data.Rows = append(data.Rows, []cell{link(whole(int64(j.FromRun)), p.RunPage(j.FromRun)), text(day(j.AsOf)), text(number(j.Value, 2)),
			text(number(j.Low, 2) + " – " + number(j.High, 2)), p.base.grade(gradeOrStatus(j.Grade, j.Status))})
		moments = append(moments, day(j.AsOf)+" #"+whole(int64(j.FromRun)))
		bands = append(bands, charts.Band{Low: j.Low, High: j.High, Point: charts.Point{Value: j.Value, Label: number(j.Value, 2),
			URL: p.RunPage(j.FromRun),
			Tip: day(j.AsOf) + "\n" + number(j.Value, 2) + "  [" + number(j.Low, 2) + ", " + number(j.High,
				2) + "]\n" + p.Grade(gradeOrStatus(j.Grade, j.Status))}})
	}
	p.History = data
	if len(bands) < 2 {
		return nil
	}
	summary := p.T("evaluation.history.summary", "N", len(bands))
	option, err := charts.History(summary, moments, p.T("unit.points"), bands)
	p.Trace, err = p.base.newFigure("trace", p.T("evaluation.history"), summary, "small", option, err, data)
	return err
}

// listSources lists the scores behind the slip.
func (s *Server) listSources(ctx context.Context, v *store.View, p *evaluationPage, parts []scoring.Part) error {
	page, err := p.base.pageOf()
	if err != nil {
		return err
	}
	f := store.SourceFilter{Indicator: p.query.Get("indicator"), Limit: pageSize, Offset: (page - 1) * pageSize}
	if f.Party, err = partyOf(p.query, "party"); err != nil {
		return err
	}
	sources, total, err := v.Sources(ctx, &p.E, f)
	if err != nil {
		return err
	}
	var receipts map[int]int // read only for whoever goes down to the rows
	if f.Indicator != "" || f.Party != scoring.None {
		if receipts, err = s.receiptsByBatch(p.base); err != nil {
			return err
		}
	}
	p.Pages = p.base.paging(page, total)
	p.Filters = p.base.newFilters(field{Name: "indicator", Choices: p.base.scoredLeaves(parts)}, field{Name: "party", Choices: p.base.partyChoices()})
	p.Sources = table{Caption: p.T("evaluation.sources"), Empty: p.T("evaluation.no_sources"),
		Head: p.base.columns("col.indicator", "col.party", "col.evaluator", "#col.score", "col.scored_on", "#col.batch", "col.file", "#col.row")}
	for _, one := range sources {
		p.Sources.Rows = append(p.Sources.Rows, []cell{text(p.Indicator(one.Indicator)), text(p.Party(one.Party)), p.base.evaluatorCell(one.Evaluator),
			text(brief(float64(one.ScoreE4) / scorePoint)),
			text(day(one.ScoredOn)), p.receiptOf(one.Batch, receipts), {Text: one.File, Sub: brokenHash(one.SHA256)}, p.base.fileRow(p.CountInt(one.Row), one.Batch, one.Row, receipts)})
	}
	return nil
}

// scorePoint is how many ten-thousandths make a point.
const scorePoint = 10_000

// partyOf reads a party by its number from the address, scoring.None when it is not there.
func partyOf(query url.Values, key string) (scoring.Party, error) {
	party, err := wholeOf(query, key)
	if err == nil && party > int(scoring.ThirdParty) {
		err = &badFilter{Name: key, Found: strconv.Itoa(party), Expected: "party"}
	}
	if err != nil {
		return scoring.None, err
	}
	return scoring.Party(party), nil
}

func (b *base) scoredLeaves(parts []scoring.Part) []store.Choice {
	var all []store.Choice
	for _, part := range parts {
		if part.Party != scoring.None {
			all = addChoice(all, part.Indicator, b.Indicator(part.Indicator), part.N)
		}
	}
	return all
}

func (b *base) partyChoices() []store.Choice {
	var all []store.Choice
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.Recipient, scoring.ThirdParty} {
		all = append(all, store.Choice{ID: strconv.Itoa(int(party)), Name: b.Party(party)})
	}
	return all
}
