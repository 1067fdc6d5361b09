package dashboards

import (
	"context"
	"math"
	"slices"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/tracking"
)

// registerTracking lists the routes by which running services are followed.
func (s *Server) registerTracking() {
	s.kept("GET /tracking", access.ReadResults, "tracking.html", s.tracking)
	s.export("tracking", access.ReadResults, s.exportTracking)
}

// followed is a running service with what the readings of its targets say.
type followed struct {
	store.Tracked
	Findings []tracking.Finding // of Targets, likewise
	Signal   tracking.Signal    // the most urgent
}

// follow looks at the running services that the address's filters find, the most urgent first and of these those that
// end first.
func (b *base) follow(ctx context.Context, v *store.View) ([]followed, error) {
	f := store.TrackingFilter{Search: b.query.Get("q"), Purchaser: b.query.Get("purchaser"), Item: b.query.Get("item"), Supplier: b.query.Get("supplier")}
	services, err := v.Tracked(ctx, f)
	if err != nil || b.tracking == nil {
		return nil, err
	}
	all := make([]followed, len(services))
	for i, c := range services {
		all[i].Tracked = c
		for _, t := range c.Targets {
			all[i].Findings = append(all[i].Findings, b.tracking.Look(t, c.StartOn, c.EndOn, v.Run.AsOf))
		}
		all[i].Signal = tracking.Worst(all[i].Findings)
	}
	urgency := tracking.Signals()
	slices.SortStableFunc(all, func(a, b followed) int { return slices.Index(urgency, a.Signal) - slices.Index(urgency, b.Signal) })
	return all, nil
}

// trackingPage shows how running services keep up with their targets.
type trackingPage struct {
	*basis
	Answer  []string
	Figures []stat
	Filters filters
	List    table
	Pages   pages
}

func (s *Server) tracking(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("tracking", b.T("asks.tracking"))
	p := &trackingPage{basis: b.basis}
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	all, err := b.follow(ctx, v)
	if err != nil {
		return nil, err
	}
	if p.Filters, err = b.trackingFilters(ctx, v); err != nil {
		return nil, err
	}
	p.answer(all)
	chosen := chosenBySignal(all, b.query.Get("signal"))
	p.Pages = b.paging(page, len(chosen))
	p.List = table{Caption: b.T("nav.tracking"), Empty: b.T("tracking.empty"), Head: b.columns("col.contract", "col.supplier", "col.tracking_period", "col.tracking_target", "#col.tracking_attained?tracking",
		"#col.tracking_expected?tracking", "#col.tracking_projected?tracking", "col.tracking_signal?tracking")}
	p.List.Head[periodColumn].Name = true
	from := min((page-1)*pageSize, len(chosen))
	for i := range chosen[from:min(from+pageSize, len(chosen))] {
		p.List.Rows = append(p.List.Rows, b.trackingRows(&chosen[from+i])...)
	}
	return p, nil
}

func chosenBySignal(all []followed, signal string) []followed {
	if signal == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(f followed) bool { return string(f.Signal) != signal })
}

// periodColumn is the place of the days of the service, which must not be broken.
const periodColumn = 2

// answer says in words how many services are behind.
func (p *trackingPage) answer(all []followed) {
	counts := map[tracking.Signal]int{}
	for i := range all {
		counts[all[i].Signal]++
	}
	behind := counts[tracking.Behind] + counts[tracking.FarBehind]
	p.Answer = []string{p.T("tracking.answer", "N", len(all), "Shown", p.CountInt(len(all)), "Behind", p.CountInt(behind), "Far", p.CountInt(counts[tracking.FarBehind])),
		p.T("tracking.answer.silent", "N", counts[tracking.Stale], "Shown", p.CountInt(counts[tracking.Stale]), "None", p.CountInt(counts[tracking.NoTarget]))}
	switch {
	case p.tracking == nil:
		p.Answer = []string{p.T("tracking.no_rule")}
	case len(all) == 0:
		p.Answer = []string{p.T("tracking.answer.none", "Day", day(p.Run.AsOf))}
	}
	for _, s := range []tracking.Signal{tracking.FarBehind, tracking.Behind, tracking.Stale, tracking.NoTarget} {
		p.Figures = append(p.Figures, stat{Value: p.CountInt(counts[s]), Label: p.base.named("tracking.signal", string(s)), URL: p.Toggle("signal", string(s))})
	}
}

func (b *base) trackingFilters(ctx context.Context, v *store.View) (filters, error) {
	choices, err := v.Choices(ctx)
	if err != nil {
		return filters{}, err
	}
	var signals []string
	for _, s := range tracking.Signals() {
		if s != tracking.Missed { // of services that have ended, which are not listed
			signals = append(signals, string(s))
		}
	}
	return b.newFilters(field{Name: "q"}, field{Name: "purchaser", Choices: choices.Purchasers}, field{Name: "item", Choices: choices.Items},
		field{Name: "signal", Choices: b.namedChoices("tracking.signal", signals)}), nil
}

// trackingRows are the rows of one service, one for each of its targets.
func (b *base) trackingRows(f *followed) [][]cell {
	head := []cell{{Text: orText(f.Name, f.ContractNo), Sub: f.ContractNo + " · " + f.PurchaserName, URL: b.Contract(f.ContractNo), Strong: true}, link(f.SupplierName, b.Supplier(f.SupplierID)),
		{List: []string{day(f.StartOn), day(f.EndOn)}}}
	if len(f.Targets) == 0 {
		return [][]cell{append(head, text(""), text(""), text(""), text(""), b.signal(tracking.NoTarget))}
	}
	var rows [][]cell
	for i, t := range f.Targets {
		found := &f.Findings[i]
		attained := cell{Text: percent(found.AttainedPct/wholePercent, 1), Bar: progressBar(found)}
		warned := b.signal(found.Signal)
		if !t.ReadOn.IsZero() {
			warned.Sub = b.T("tracking.silent", "N", found.SilentDays, "Day", day(t.ReadOn))
		}
		rows = append(rows, append(slices.Clone(head), cell{Text: b.Indicator(t.Indicator), Sub: b.readingOf(t)}, attained, text(percent(found.ExpectedPct/wholePercent, 1)),
			text(percent(found.ProjectedPct/wholePercent, 0)), warned))
	}
	return rows
}

// readingOf is the reading beside its target, as 900 / 1200 人次.
func (b *base) readingOf(t tracking.Target) string {
	actual := none
	if t.Reached {
		actual = brief(t.Actual)
	}
	return strings.TrimSpace(actual + " / " + brief(t.Attainment.Target) + " " + t.Unit)
}

// progressBar draws what is attained, with a mark at what is expected; nil without a reading.
func progressBar(f *tracking.Finding) *span {
	if math.IsNaN(f.AttainedPct) {
		return nil
	}
	place := func(pct float64) int { return int(math.Round(min(max(pct, 0), wholePercent) * 10)) }
	return &span{From: 0, Length: max(place(f.AttainedPct), 1), At: min(place(f.ExpectedPct), 986)}
}

func (b *base) signal(s tracking.Signal) cell {
	return cell{Text: b.named("tracking.signal", string(s)), Class: signalClass(s)}
}

// signalClass is the colour class of a signal.
func signalClass(s tracking.Signal) string {
	switch s {
	case tracking.FarBehind, tracking.Missed:
		return "g4"
	case tracking.Behind:
		return "g3"
	case tracking.Stale, tracking.NoTarget:
		return "g2"
	case tracking.OnTrack, tracking.Attained:
		return "g0"
	}
	return "gx"
}

func (s *Server) exportTracking(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	all, err := b.follow(ctx, v)
	if err != nil {
		return nil, err
	}
	said, err := b.trackingFilters(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &sheet{Name: b.T("nav.tracking"), About: b.about(b.T("nav.tracking"), said), Head: b.titles("col.contract_no", "col.contract", "col.purchaser", "col.supplier", "col.item", "col.from", "col.until",
		"col.tracking_target", "col.tracking_goal", "col.tracking_actual", "col.tracking_unit", "col.tracking_attained", "col.tracking_expected", "col.tracking_projected", "col.tracking_read_on", "col.tracking_signal")}
	for _, f := range chosenBySignal(all, b.query.Get("signal")) {
		head := []any{f.ContractNo, f.Name, f.PurchaserName, f.SupplierName, f.ItemName, day(f.StartOn), day(f.EndOn)}
		if len(f.Targets) == 0 {
			out.Rows = append(out.Rows, append(head, "", math.NaN(), math.NaN(), "", math.NaN(), math.NaN(), math.NaN(), "", b.named("tracking.signal", string(tracking.NoTarget))))
		}
		for i, t := range f.Targets {
			found, actual := &f.Findings[i], math.NaN()
			if t.Reached {
				actual = t.Actual
			}
			out.Rows = append(out.Rows, append(slices.Clone(head), b.Indicator(t.Indicator), t.Attainment.Target, actual, t.Unit, found.AttainedPct, found.ExpectedPct, found.ProjectedPct,
				dayOrEmpty(t.ReadOn), b.named("tracking.signal", string(found.Signal))))
		}
	}
	return out, nil
}
