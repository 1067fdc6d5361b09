package validation

import (
	"errors"
	"maps"
	"slices"

	"pingxin/scoring"
)

// The numbers that Validate reckons with.
const (
	Confidence        = 0.95 // of intervals, as everywhere in scoring
	CalibrationTenths = 10   // groups of Hosmer and Lemeshow (1980)
	MinEvents         = 10   // for each coefficient of a model (Peduzzi and others 1996): fewer events or others mislead
	ComfortableEvents = 100  // for a validation to be relied on (Vergouwe and others 2005)
	scoreTop          = 100
)

// scoreName stands for the score among the inputs in Report.Stability and in notes.
const scoreName = "score"

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
	r := Report{AsOf: window.AsOf, Until: window.Until, Confidence: Confidence}
	r.count(now)
	steps := []func() error{
		func() error { return r.byLevel(levels, now) },
		func() error { return r.discriminate(now) },
		func() error { return r.calibrate(now, before) },
		func() error { return r.stability(now, before) },
		func() error { return r.transition(levels, now) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	return r, nil
}

const dayFormat = "2006-01-02"

// note adds a warning.
func (r *Report) note(n scoring.Note) { r.Warnings = append(r.Warnings, n) }

// missing turns the condition of an error into a warning; other errors are handed back.
func (r *Report) missing(n scoring.Note, err error) error {
	var c *Condition
	if !errors.As(err, &c) {
		return err
	}
	n.Ref = c.Code
	r.note(n)
	return nil
}

func (r *Report) count(c cohort) {
	r.Suppliers, r.Rated = len(c.all), len(c.rated)
	unratedEvents := 0
	counts := map[string]KindCount{}
	outside := 0
	for _, s := range c.all {
		seen := map[string]bool{}
		for _, o := range s.Outcomes {
			if !c.counts(o) {
				outside++
				continue
			}
			r.Outcomes++
			k := counts[o.Kind]
			k.Kind = o.Kind
			k.Outcomes++
			if !seen[o.Kind] {
				seen[o.Kind] = true
				k.Suppliers++
				if s.Rated {
					k.Rated++
				}
			}
			counts[o.Kind] = k
		}
		switch {
		case len(seen) == 0:
		case s.Rated:
			r.Events++
		default:
			unratedEvents++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		r.Kinds = append(r.Kinds, counts[kind])
	}
	r.Unrated = levelOutcome("", r.Suppliers-r.Rated, unratedEvents, Confidence)
	if outside > 0 {
		r.note(scoring.Note{Code: NoteOutside, Have: float64(outside)})
	}
	if r.Unrated.N > 0 {
		r.note(scoring.Note{Code: NoteUnrated, Have: float64(r.Unrated.N)})
	}
	switch fewer := min(r.Events, r.Rated-r.Events); {
	case fewer == 0:
		r.note(scoring.Note{Code: NoteOneClass, Have: float64(r.Events)})
	case fewer < MinEvents:
		r.note(scoring.Note{Code: NoteTooFewEvents, Have: float64(fewer), Need: MinEvents})
	case fewer < ComfortableEvents:
		r.note(scoring.Note{Code: NoteFewEvents, Have: float64(fewer), Need: ComfortableEvents})
	}
}

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
			r.setForecast(FromEarlier, model)
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

func (r *Report) setForecast(source string, model Logistic) {
	r.Forecast = &Forecast{source, model}
	if model.Slope > 0 {
		r.note(scoring.Note{Code: NoteReversed, Have: model.Slope})
	}
}

// compare fills the calibration.
func (r *Report) compare(p []float64, events []bool, fitted int) (err error) {
	var c Calibration
	if c.Groups, err = CalibrationGroups(p, events, CalibrationTenths, Confidence); err != nil {
		return err
	}
	if c.Brier, err = Brier(p, events, CalibrationTenths); err != nil {
		return err
	}
	r.Calibration = &c
	h, err := TestCalibration(p, events, CalibrationTenths, fitted)
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

// stability compares the score and each input with the earlier cohort.
func (r *Report) stability(now cohort, before *cohort) error {
	if before == nil {
		r.note(scoring.Note{Code: NoteNoEarlier})
		return nil
	}
	if err := r.shift(scoreName, before.scores, now.scores); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, s := range slices.Concat(before.rated, now.rated) {
		for name := range s.Inputs {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := r.shift(name, before.input(name), now.input(name)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) shift(name string, baseline, current []float64) error {
	s, err := Stability(baseline, current, nil)
	if err != nil {
		return r.missing(scoring.Note{Code: NoteNoStability, Indicator: name}, err)
	}
	s.Of = name
	r.Stability = append(r.Stability, s)
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
	return nil
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
