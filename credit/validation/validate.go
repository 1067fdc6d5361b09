package validation

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"

	"pingxin/scoring"
)

// The numbers that Validate reckons with.
const (
	Confidence        = 0.95 // of intervals, as everywhere in scoring
	tenths            = 10   // groups of a calibration (Hosmer and Lemeshow 1980)
	MinEvents         = 10   // for each coefficient of a model (Peduzzi and others 1996): fewer events or others mislead
	ComfortableEvents = 100  // for a validation to be relied on (Vergouwe and others 2005)
	scoreTop          = 100
	horizonSlack      = 0.01 // share by which two windows may differ in length, for leap days
)

// Validate says whether the ratings of a window foretold its outcomes. Levels come best first. Earlier, nil where there is
// none, is a window that ended by the day of the ratings: it is the baseline of the stability indexes, and its outcomes
// give the Forecast. Without it, or where it gives no model, the model is fitted on the window itself and marked
// FromSample: discrimination does not depend on it, calibration then says only whether a logistic curve fits.
//
// Suppliers come in any order. Too little data is no error but a warning in the Report. Errors, each with the supplier
// that caused it: ErrLevels, ErrWindow, ErrSupplier, ErrStatus, ErrUnknownLevel, ErrScore, ErrNotFinite for an infinite
// input.
func Validate(levels []string, window Window, earlier *Window) (Report, error) {
	if err := checkLevels(levels); err != nil {
		return Report{}, err
	}
	now, err := window.cohort(levels)
	if err != nil {
		return Report{}, err
	}
	var before *cohort
	if earlier != nil {
		if earlier.Until.After(window.AsOf) {
			return Report{}, at(ErrWindow, "the earlier window ends on %s, after %s", earlier.Until.Format(dayFormat), window.AsOf.Format(dayFormat))
		}
		c, err := earlier.cohort(levels)
		if err != nil {
			return Report{}, err
		}
		before = &c
	}
	r := Report{AsOf: window.AsOf, Until: window.Until, Confidence: Confidence, Inputs: []Shift{}, ROC: []ROCPoint{}, Warnings: []scoring.Note{}}
	r.count(now)
	if before != nil && before.outside() > 0 {
		r.note(scoring.Note{Code: NoteEarlierOutside, Have: float64(before.outside())})
	}
	err = cmp.Or(r.byLevel(levels, now), r.discriminate(now), r.calibrate(now, before), r.stability(now, before), r.transition(levels, now))
	if err != nil {
		return Report{}, err
	}
	return r, nil
}

const dayFormat = "2006-01-02"

func (r *Report) byLevel(levels []string, c cohort) (err error) {
	level := make([]string, len(c.rated))
	for i, s := range c.rated {
		level[i] = s.Level
	}
	if r.Levels, r.Inversions, err = OutcomesByLevel(levels, level, c.events, Confidence); err != nil {
		return err
	}
	r.Monotone = len(r.Inversions) == 0
	for _, l := range r.Levels {
		if l.N > 0 && l.Small {
			r.note(scoring.Note{Code: NoteSmallLevel, Ref: l.Level, Have: float64(l.N), Need: SmallLevel})
		}
	}
	for _, i := range r.Inversions {
		code := NoteInversionByChance
		if i.Clear {
			code = NoteInversion
		}
		r.note(scoring.Note{Code: code, Ref: i.Better})
	}
	return nil
}

// discriminate takes minus the score as the risk and turns its thresholds back. One class alone has its warning already.
func (r *Report) discriminate(c cohort) error {
	risk := make([]float64, len(c.scores))
	for i, score := range c.scores {
		risk[i] = 0 - score
	}
	d, err := Discriminate(risk, c.events, Confidence)
	if errors.Is(err, ErrOneClass) || errors.Is(err, ErrEmpty) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.ROC, err = ROC(risk, c.events); err != nil {
		return err
	}
	for i := range r.ROC {
		r.ROC[i].At = 0 - r.ROC[i].At
	}
	d.KSAt = 0 - d.KSAt
	r.Discrimination = &d
	switch {
	case d.AUC == 0 || d.AUC == 1:
		r.note(scoring.Note{Code: NoteSeparated, Have: d.AUC})
	case d.DeLong == nil:
		r.note(scoring.Note{Code: NoteNoInterval})
	case d.DeLong.Logit.High < 0.5:
		r.note(scoring.Note{Code: NoteWorseThanChance, Have: d.AUC})
	case d.DeLong.Logit.Low <= 0.5:
		r.note(scoring.Note{Code: NoteChance, Have: d.AUC})
	}
	return nil
}

// calibrate finds a forecast and compares it with the outcomes.
func (r *Report) calibrate(now cohort, before *cohort) error {
	if err := r.forecast(now, before); err != nil || r.Forecast == nil {
		return err
	}
	p := make([]float64, len(now.scores))
	for i, score := range now.scores {
		p[i] = r.Forecast.Model.Probability(score)
	}
	fitted := 0
	if r.Forecast.Source == FromSample {
		fitted = 2
	}
	return r.compare(p, now.events, fitted)
}

// forecast fits the model on the earlier cohort, or failing that on the window itself.
func (r *Report) forecast(now cohort, before *cohort) error {
	if r.Rated == 0 {
		return nil // one class has said so
	}
	if before != nil {
		model, err := FitLogistic(before.scores, before.events)
		if err == nil {
			r.fromEarlier(now, *before, model)
			return nil
		}
		if err := r.missing(scoring.Note{Code: NoteEarlierNoForecast}, err); err != nil {
			return err
		}
	}
	model, err := FitLogistic(now.scores, now.events)
	if err != nil {
		return r.missing(scoring.Note{Code: NoteNoForecast}, err)
	}
	r.note(scoring.Note{Code: NoteInSample})
	r.setForecast(FromSample, model)
	return nil
}

// fromEarlier takes the model of the earlier cohort, with what makes it less than a forecast.
func (r *Report) fromEarlier(now, before cohort, model Logistic) {
	if fewer := min(model.Events, model.N-model.Events); fewer < MinEvents {
		r.note(scoring.Note{Code: NoteEarlierTooFewEvents, Have: float64(fewer), Need: MinEvents})
	}
	if have, need := before.days(), now.days(); math.Abs(have-need) > float64(horizonSlack*need) {
		r.note(scoring.Note{Code: NoteEarlierHorizon, Have: have, Need: need})
	}
	r.setForecast(FromEarlier, model)
}

func (r *Report) setForecast(source string, model Logistic) {
	r.Forecast = &Forecast{source, model}
	if model.Slope > 0 {
		r.note(scoring.Note{Code: NoteReversed, Have: model.Slope})
	}
}

// compare fills the calibration.
func (r *Report) compare(p []float64, events []bool, fitted int) (err error) {
	var c Calibration
	if c.Groups, err = CalibrationGroups(p, events, tenths, Confidence); err != nil {
		return err
	}
	if c.Brier, err = Brier(p, events, tenths); err != nil {
		return err
	}
	r.Calibration = &c
	h, err := GoodnessOfFit(p, events, tenths, fitted)
	if err == nil {
		c.HosmerLemeshow = &h
	} else if err := r.missing(scoring.Note{Code: NoteNoGoodnessOfFit}, err); err != nil {
		return err
	}
	line, err := FitCalibration(p, events)
	if err == nil {
		c.Line = &line
		return nil
	}
	return r.missing(scoring.Note{Code: NoteNoCalibrationLine}, err)
}

// stability compares the score and each input with the earlier cohort. In notes no Indicator is the score.
func (r *Report) stability(now cohort, before *cohort) (err error) {
	if before == nil {
		r.note(scoring.Note{Code: NoteNoEarlier})
		return nil
	}
	if r.Score, err = r.shift("", before.scores, now.scores); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, s := range slices.Concat(before.rated, now.rated) {
		for name := range s.Inputs {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		s, err := r.shift(name, before.input(name), now.input(name))
		if err != nil {
			return err
		}
		if s != nil {
			r.Inputs = append(r.Inputs, *s)
		}
	}
	return nil
}

// shift is nil, with a warning, where there is nothing to compare.
func (r *Report) shift(name string, baseline, current []float64) (*Shift, error) {
	s, err := Stability(baseline, current, nil)
	if err != nil {
		return nil, r.missing(scoring.Note{Code: NoteNoStability, Indicator: name}, err)
	}
	s.Of = name
	for _, b := range s.Bins {
		if b.Floored {
			r.note(scoring.Note{Code: NoteEmptyBin, Indicator: name, Ref: b.Name, Have: float64(b.Current), Need: float64(b.Baseline)})
		}
	}
	switch {
	case s.Verdict == Stable:
	case s.PSI <= s.Chance:
		r.note(scoring.Note{Code: NoteShiftWithinChance, Indicator: name, Have: s.PSI, Need: s.Chance})
	default:
		r.note(scoring.Note{Code: NoteShift, Indicator: name, Have: s.PSI, Need: StableBelow})
	}
	return &s, nil
}

func (r *Report) transition(levels []string, c cohort) error {
	moves := make([]Move, len(c.all))
	known := false
	for i, s := range c.all {
		moves[i] = Move{s.Level, s.LevelAfter}
		known = known || s.LevelAfter != ""
	}
	if !known {
		r.note(scoring.Note{Code: NoteNoTransition})
		return nil
	}
	t, err := Cohort(levels, moves, Confidence)
	if err != nil {
		return err
	}
	r.Transition = &t
	for i, row := range t.Shares {
		if row == nil {
			r.note(scoring.Note{Code: NoteLevelWithoutMember, Ref: levels[i]})
		}
	}
	return nil
}
