package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pingxin/credit/validation"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// validationPage says whether the ratings of a past day foretold what came after.
type validationPage struct {
	*basis
	Kept                                        *store.KeptValidation // nil: none is kept
	Answer                                      []string
	Facts                                       [][2]string
	Notes                                       []string
	Figures, Kinds, Others                      table
	Levels, ROC, Calibration, Transition, Shift *figure
}

// listedValidations is how many kept validations the page leads to.
const listedValidations = 20

func (s *Server) validation(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("validation", b.T("nav.validation"))
	p := &validationPage{basis: b.basis}
	all, err := v.Validations(ctx, listedValidations)
	if err != nil {
		return nil, err
	}
	if p.Kept, err = b.validationShown(ctx, v, all); err != nil || p.Kept == nil {
		return p, err
	}
	b.showLevels(p.Kept)
	p.Answer, p.Facts = b.validationAnswer(p.Kept), b.validationFacts(p.Kept)
	p.Notes = ValidationSentences(b.Texts, p.Kept.Report.Warnings)
	p.Figures, p.Kinds, p.Others = b.validationFigures(&p.Kept.Report), p.outcomeKinds(), b.keptValidations(all)
	return p, p.draw()
}

// validationShown is the validation that the address asks for, the latest without one; nil when none is kept.
func (b *base) validationShown(ctx context.Context, v *store.View, all []store.Validation) (*store.KeptValidation, error) {
	id, err := wholeOf(b.query, "id")
	if err != nil || id == 0 && len(all) == 0 {
		return nil, err
	}
	if id == 0 {
		id = all[0].ID
	}
	kept, err := v.Validation(ctx, id)
	return &kept, err
}

// showLevels takes the order of levels from the report: the policy of the published run may have others.
func (b *base) showLevels(v *store.KeptValidation) {
	own := *b.labels
	own.levels = nil
	for _, l := range v.Report.Levels {
		own.levels = append(own.levels, l.Level)
	}
	b.labels = &own
}

// validationAnswer is the outcome in words.
func (b *base) validationAnswer(v *store.KeptValidation) []string {
	r := &v.Report
	answer := []string{b.T("validation.answer.events", "Rated", b.CountInt(r.Rated), "Day", day(r.AsOf), "Events", b.CountInt(r.Events), "Until", day(r.Until)),
		b.discriminationAnswer(r)}
	switch {
	case r.Events == 0:
	case r.Monotone:
		answer = append(answer, b.T("validation.answer.monotone"))
	case slices.ContainsFunc(r.Inversions, func(i validation.Inversion) bool { return i.Clear }):
		answer = append(answer, b.T("validation.answer.inverted"))
	default:
		answer = append(answer, b.T("validation.answer.inverted_by_chance"))
	}
	return answer
}

// discriminationAnswer says what the AUC says, and how sure that is.
func (b *base) discriminationAnswer(r *validation.Report) string {
	d := r.Discrimination
	if d == nil {
		return b.T("validation.answer.none")
	}
	if d.DeLong == nil {
		return b.T("validation.answer.unsure", "Auc", percent(d.AUC, 0))
	}
	key := "validation.answer.yes"
	switch i := d.DeLong.Logit; {
	case i.High < chance:
		key = "validation.answer.wrong"
	case i.Low <= chance:
		key = "validation.answer.chance"
	}
	return b.T(key, "Auc", percent(d.AUC, 0), "Low", percent(d.DeLong.Logit.Low, 0), "High", percent(d.DeLong.Logit.High, 0))
}

// chance is the AUC of a coin.
const chance = 0.5

func (b *base) validationFacts(v *store.KeptValidation) [][2]string {
	calibration := b.T("validation.no_calibration")
	if v.Calibration != 0 {
		calibration = whole(int64(v.Calibration))
	}
	return [][2]string{{b.T("col.as_of"), day(v.AsOf)}, {b.T("validation.horizon"), b.T("validation.days", "N", v.HorizonDays)},
		{b.T("validation.until"), day(v.Report.Until)}, {b.T("col.policy"), v.PolicyID}, {b.T("run.policy_hash"), v.PolicyHash},
		{b.T("validation.watermark"), b.CountInt(v.Watermark)}, {b.T("validation.outcome_watermark"), b.CountInt(v.OutcomeWatermark)},
		{b.T("validation.calibration"), calibration}, {b.T("validation.made"), b.Moment(v.MadeAt)}, {b.T("run.program"), v.Program},
		{b.T("validation.hash"), v.Hash}}
}

// validationFigures lists what sums the report up, each with its interval and what it says.
func (b *base) validationFigures(r *validation.Report) table {
	t := table{Caption: b.T("validation.figures"), Empty: b.T("validation.answer.none"),
		Head: b.columns("col.figure", "#col.number", "#col.interval95", "col.reading")}
	add := func(metric, method, value, interval, reading string) {
		t.Rows = append(t.Rows, []cell{{Text: b.T("metric." + metric), How: b.how(method)}, text(value), {Text: interval}, text(reading)})
	}
	if d := r.Discrimination; d != nil {
		auc, gini := "", ""
		if d.DeLong != nil {
			i := d.DeLong.Logit
			auc, gini = interval(i.Low, i.High), interval(2*i.Low-1, 2*i.High-1)
		}
		add("auc", "auc", number(d.AUC, 3), auc, b.T("reading.auc"))
		add("gini", "auc", number(d.Gini, 3), gini, b.T("reading.gini"))
		add("ks", "ks", number(d.KS, 3), "", b.T("reading.ks", "Score", number(d.KSAt, 2)))
	}
	if c := r.Calibration; c != nil {
		add("brier", "brier", number(c.Brier.Score, 4), "", b.T("reading.brier", "Reference", number(c.Brier.Reference, 4)))
		if h := c.HosmerLemeshow; h != nil {
			add("hosmer_lemeshow", "hosmer_lemeshow", number(h.Statistic, 2), "", b.T("reading.hosmer_lemeshow", "P", number(h.P, 3), "DF", whole(int64(h.DF))))
		}
		if l := c.Line; l != nil {
			add("calibration_slope", "hosmer_lemeshow", number(l.Slope, 2), "", b.T("reading.calibration_slope"))
		}
	}
	if s := r.Score; s != nil {
		add("psi", "psi", number(s.PSI, 3), "", b.named("verdict", s.Verdict))
	}
	if m := r.Transition; m != nil {
		add("moves", "transition_matrix", b.CountInt(m.Mobility.Up+m.Mobility.Down), "", b.T("reading.moves", "Up", b.CountInt(m.Mobility.Up),
			"Same", b.CountInt(m.Mobility.Same), "Down", b.CountInt(m.Mobility.Down)))
	}
	return t
}

func interval(low, high float64) string { return number(low, 3) + " – " + number(high, 3) }

func (p *validationPage) outcomeKinds() table {
	t := table{Caption: p.T("validation.kinds"), Empty: p.T("validation.no_outcomes"),
		Head: p.base.columns("col.kind", "#col.outcomes", "#col.suppliers_with", "#col.rated_with")}
	for _, k := range p.Kept.Report.Kinds {
		t.Rows = append(t.Rows, []cell{text(p.base.named("kind", k.Kind)), text(p.CountInt(k.Outcomes)), link(p.CountInt(k.Suppliers), p.suppliers("outcome", k.Kind)), text(p.CountInt(k.Rated))})
	}
	return t
}

// keptValidations lists the validations that are kept, each with the way to it.
func (b *base) keptValidations(all []store.Validation) table {
	t := table{Caption: b.T("validation.others"), Head: b.columns("col.as_of", "#validation.horizon", "col.policy", "validation.made", "validation.hash")}
	for _, v := range all {
		t.Rows = append(t.Rows, []cell{link(day(v.AsOf), b.To("/validation", "id", whole(int64(v.ID)))), text(b.T("validation.days", "N", v.HorizonDays)),
			text(v.PolicyID), text(b.Moment(v.MadeAt)), text(brokenHash(v.Hash))})
	}
	return t
}

// exportValidation lists every number of a validation.
func (s *Server) exportValidation(ctx context.Context, v *store.View, b *base) (*sheet, error) {
	all, err := v.Validations(ctx, 1)
	if err != nil {
		return nil, err
	}
	kept, err := b.validationShown(ctx, v, all)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return nil, fmt.Errorf("validation: none is kept: %w", store.ErrNotInRun)
	}
	title := b.T("nav.validation")
	out := &sheet{Name: title, Head: b.titles("col.figure", "col.of", "col.number", "col.low", "col.high"), About: [][2]string{{b.T("export.title"), title}}}
	out.About = append(out.About, b.validationFacts(kept)...)
	for _, f := range kept.Report.Figures() {
		out.Rows = append(out.Rows, []any{b.named("metric", f.Metric), b.figureOf(f), f.Value, given(f.Low), given(f.High)})
	}
	return out, nil
}

// given is NaN for a number that is not there.
func given(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// figureOf names what a figure is of, where that has a name.
func (b *base) figureOf(f validation.Figure) string {
	if f.Of == "" {
		return ""
	}
	for _, family := range []string{"input", "kind"} {
		if name := b.named(family, f.Of); name != f.Of {
			return name
		}
	}
	return f.Of
}

// ValidationSentences are the warnings of a validation in words. Warnings that differ in the level alone become one
// sentence.
func ValidationSentences(texts *locale.Texts, notes []scoring.Note) []string {
	name := func(family, id string) string {
		if key := family + "." + id; texts.Has(key) {
			return texts.T(key)
		}
		return id
	}
	var sentences []string
	for len(notes) > 0 {
		n, refs := notes[0], []string{name("condition", notes[0].Ref)}
		for notes = notes[1:]; len(notes) > 0 && notes[0].Code == validation.NoteLevelWithoutMember && n.Code == notes[0].Code; notes = notes[1:] {
			refs = append(refs, notes[0].Ref)
		}
		of := name("input", cmp.Or(n.Indicator, "score"))
		sentences = append(sentences, texts.T("note."+n.Code, "Of", of, "Ref", strings.Join(refs, texts.T("list.comma")), "Have", brief(n.Have), "Need", brief(n.Need)))
	}
	return sentences
}

// ExampleDay is a day a year before that of the run, for the command that the empty page shows.
func (p *validationPage) ExampleDay() string {
	return p.Run.AsOf.AddDate(-1, 0, 0).Format(time.DateOnly)
}
