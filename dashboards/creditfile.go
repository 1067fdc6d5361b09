package dashboards

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// registerCreditFile lists the routes of what follows from a credit file: repair, reward, effects, grade assessment, and the
// public's look-up with its sheet.
func (s *Server) registerCreditFile() {
	s.registerRepairs()
	s.registerRewards()
	s.registerAssessments()
	s.registerPublicCredit()
	s.page("GET /suppliers/{supplier}/sheet", access.ReadCredit, "creditsheet.html", s.ownSheet)
}

// deeper is what a credit file shows beside the rating: who the supplier is among others, what happened when, what would
// lift it and what follows.
type deeper struct {
	Alerts     []string // what is doubtful about who this is
	Timeline   *figure
	Ways       table
	Peers      *figure
	PeersSaid  string
	Effects    table
	Lists      table // that hold the supplier, each by itself
	Repairs    table
	Sheet      string // address of the sheet to print
	Public     string // address of what the public sees; empty: the last release does not state the supplier
	AssessedAt string // address of the assessment
}

// deepen reads what a credit file shows beside the rating.
func (p *supplierPage) deepen(ctx context.Context, v *store.View) error {
	key, err := v.PublicKey(ctx, p.S.ID)
	if err != nil {
		return err
	}
	p.Sheet, p.Public = p.To("/suppliers/"+url.PathEscape(p.S.ID)+"/sheet"), p.base.publicFile(key)
	if p.Assessment != nil {
		p.AssessedAt = p.base.assessmentPage(p.S.ID)
	}
	for _, read := range []func(context.Context, *store.View) error{p.alerts, p.timeline, p.peers, p.lifted, p.effects, p.repairs, p.lists} {
		if err := read(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// alerts says what is doubtful about who a supplier is: no code, others of the same name, an end of its existence.
func (p *supplierPage) alerts(ctx context.Context, v *store.View) (err error) {
	p.Alerts, err = p.base.identityAlerts(ctx, v, p.S)
	return err
}

func (b *base) identityAlerts(ctx context.Context, v *store.View, s store.SupplierRow) ([]string, error) {
	var alerts []string
	state, err := v.RegisterState(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if state.Ended() {
		alerts = append(alerts, b.T("creditfile.alert.ended", "Status", b.named("creditfile.status", state.Status), "Day", day(state.EndedOn), "Registrar", state.Registrar))
	}
	if s.USCC == "" {
		alerts = append(alerts, b.T("creditfile.alert.no_code"))
	}
	namesakes, err := v.Namesakes(ctx, s.ID, s.Name)
	for _, n := range namesakes {
		alerts = append(alerts, b.T("creditfile.alert.namesake", "Code", orText(n.USCC, b.T("creditfile.alert.namesake.none")), "ID", n.ID))
	}
	return alerts, err
}

// timelineLanes are the lanes of the timeline, by severity; the last is of evaluations.
var timelineLanes = []string{"commendation", "general", "serious", "evaluation"}

// timelineYears is how far back the timeline goes at most: longer than anything counts.
const timelineYears = 5

// timeline draws the conduct and the evaluations over time.
func (p *supplierPage) timeline(ctx context.Context, v *store.View) error {
	recorded, err := v.Conduct(ctx, p.S.ID)
	if err != nil {
		return err
	}
	ev, err := v.CreditEvidence(ctx, p.S.ID)
	if err != nil {
		return err
	}
	p.Timeline, err = p.timelineOf(recorded, ev.Evaluations)
	return err
}

// peers compares the supplier with those that deliver the same item, where the asker may see them.
func (p *supplierPage) peers(ctx context.Context, v *store.View) error {
	peers, ok, err := v.SupplierPeers(ctx, p.S.ID)
	if err != nil || !ok || len(peers.Scores) < 2 {
		return err
	}
	p.PeersSaid = p.T("creditfile.peers.unrated", "N", p.CountInt(len(peers.Scores)), "Item", peers.Item)
	if peers.Place > 0 {
		p.PeersSaid = p.T("creditfile.peers.said", "Place", peers.Place, "N", p.CountInt(len(peers.Scores)), "Item", peers.Item, "Score", number(p.S.Score, 1),
			"Median", number(medianOf(peers.Scores), 1))
	}
	p.Peers, err = p.peersFigure(peers)
	return err
}

// medianOf is the median of sorted numbers.
func medianOf(sorted []float64) float64 {
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// lifted lists what would raise the rating, each with what it would come to.
func (p *supplierPage) lifted(ctx context.Context, v *store.View) error {
	if p.rules.Credit == nil {
		return nil
	}
	ev, err := v.CreditEvidence(ctx, p.S.ID)
	if err != nil {
		return err
	}
	p.Ways = table{Caption: p.T("creditfile.ways"), Empty: p.T("creditfile.ways.none"), Head: p.base.columns("creditfile.col.way", "creditfile.col.from", "#col.score?credit_rating", "col.level")}
	for _, w := range p.rules.Credit.Ways(ev, v.Run.AsOf) {
		from := p.T("creditfile.way.when")
		if !w.From.IsZero() {
			from = day(w.From)
		}
		score := text(number(w.Score, 1))
		score.Sub = signed(w.Score-p.S.Score, 1)
		p.Ways.Rows = append(p.Ways.Rows, []cell{{Text: p.T("creditfile.way."+w.Kind, "Ref", w.Ref), URL: p.repairURL(ev.Events, w)}, text(from), score, p.base.level(w.Level)})
	}
	return nil
}

// repairURL leads to the application for a repair where the asker may apply.
func (p *supplierPage) repairURL(events []credit.Event, w credit.Way) string {
	if w.Kind != credit.WayRepair || p.rules.Repair == nil || !p.May(access.ApplyRepair) {
		return ""
	}
	at := slices.IndexFunc(events, func(e credit.Event) bool { return e.ID == w.Ref })
	if at < 0 || len(p.rules.Repair.Admit(events[at], nil, p.Run.AsOf)) > 0 {
		return ""
	}
	return p.To("/repairs/new", "event", w.Ref)
}

// effects lists what follows from the rating, the assessment and the conduct.
func (p *supplierPage) effects(ctx context.Context, v *store.View) error {
	listed, err := v.Listed(ctx, p.S.ID)
	if err == nil {
		p.Effects, err = p.base.effectsOn(ctx, v, p.S, len(listed) > 0)
	}
	return err
}

// effectsOn are the effects that hold for a supplier, listed or not, as a table; without rows when the policy has none.
func (b *base) effectsOn(ctx context.Context, v *store.View, s store.SupplierRow, listed bool) (table, error) {
	t := table{Caption: b.T("creditfile.effects.now"), Empty: b.T("creditfile.effects.none"), Head: b.columns("creditfile.col.area", "creditfile.col.effect", "creditfile.col.clause")}
	if b.rules.Effects == nil {
		return t, nil
	}
	notes, err := v.RatingNotes(ctx, s.ID)
	if err != nil {
		return t, err
	}
	terms, err := v.RatingTerms(ctx, s.ID)
	if err != nil {
		return t, err
	}
	for _, e := range b.rules.Effects.Of(credit.Standing(s.Level, s.Assessment, listed, notes.Caps, terms)) {
		t.Rows = append(t.Rows, b.effectCells(e))
	}
	return t, nil
}

func (b *base) effectCells(e credit.Effect) []cell {
	kind := b.T("creditfile.restriction")
	if e.Reward {
		kind = b.T("creditfile.reward")
	}
	return []cell{{Text: b.named("creditfile.area", e.Area), Sub: kind}, {Text: b.inLanguage(e.Text, e.ID)}, {Text: b.inLanguage(e.Clause, e.ID)}}
}

// lists shows which lists hold the supplier. Whether it is watched is for the bureau alone.
func (p *supplierPage) lists(ctx context.Context, v *store.View) error {
	listed, err := v.Listed(ctx, p.S.ID)
	if err != nil {
		return err
	}
	p.Lists = p.base.listTable(listed)
	others, err := v.OtherLists(ctx, p.S.ID, v.Today)
	for _, x := range others.External {
		row := p.base.listRow(externalList, x.Authority, x.ListedOn, x.UntilOn, x.DocumentNo)
		row[0].Sub = p.base.named("case.external", x.List)
		p.Lists.Rows = append(p.Lists.Rows, row)
	}
	if !p.May(access.ReadCases) {
		return err
	}
	for _, w := range others.Watched {
		row := p.base.listRow(watchList, w.Name, w.OnDay, w.UntilOn, "")
		row[0].Sub = w.Reason
		p.Lists.Rows = append(p.Lists.Rows, row)
	}
	return err
}

// listTable shows decisions by which a supplier is on the blacklist.
func (b *base) listTable(listed []store.Listed) table {
	t := table{Caption: b.T("creditfile.lists"), Empty: b.T("creditfile.lists.none"), Head: b.columns("creditfile.col.list", "event.authority", "col.from", "col.until", "event.document", "case.about.effect")}
	for _, l := range listed {
		authority := ""
		if b.cases != nil {
			authority = b.cases.Authority
		}
		row := b.listRow(listedList, authority, l.From, l.Until, l.DocumentNo)
		row[0].Sub = l.Case
		t.Rows = append(t.Rows, row)
	}
	return t
}

// listRow is an entry of a list: by whom, from and until when, and with which effect.
func (b *base) listRow(list, authority string, from, until time.Time, documentNo string) []cell {
	return []cell{{Text: b.T("case.list." + list), Strong: list == listedList}, {Text: orNone(authority)}, text(day(from)), text(day(until)), text(orNone(documentNo)), {Text: b.T("case.list." + list + ".effect")}}
}

// repairs lists the applications of the supplier, the refused ones too.
func (p *supplierPage) repairs(ctx context.Context, v *store.View) error {
	all, _, err := v.Repairs(ctx, store.RepairFilter{Supplier: p.S.ID, Limit: fileRows})
	p.Repairs = p.base.repairTable(all)
	return err
}

// assessmentPage is the address of a supplier's grade assessment.
func (b *base) assessmentPage(id string) string {
	return b.open(access.ReadCredit, b.To("/assessments/"+url.PathEscape(id)))
}

// repairPage is the address of an application for repair.
func (b *base) repairPage(id int) string { return b.To("/repairs/" + strconv.Itoa(id)) }

// daysBetween is how many days lie between two days.
func daysBetween(from, to time.Time) int { return int(to.Sub(from).Hours() / 24) }
