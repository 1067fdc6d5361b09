package validation

import (
	"time"

	"pingxin/scoring"
)

// Outcome is something that happened to a supplier after it was rated.
type Outcome struct {
	Kind string // for example "penalty", "termination", "complaint"
	On   time.Time
}

// Supplier is one supplier on the day of a cohort and what came after.
type Supplier struct {
	ID         string
	Rated      bool
	Score      float64            // 0..100, higher is safer; only read when Rated
	Level      string             // empty when not Rated
	Inputs     map[string]float64 // what the score rests on, by name; a name that is not there, or NaN, is missing
	Outcomes   []Outcome          // in any order
	LevelAfter string             // at the end of the window; empty: unrated or gone
}

// Window is a population rated on one day and watched until another.
type Window struct {
	AsOf      time.Time // outcomes after this day count
	Until     time.Time // and up to and with this
	Suppliers []Supplier
}

// Where the probabilities of a Forecast come from.
const (
	FromEarlier = "earlier_cohort" // fitted on an earlier window, all of it known on the day of the ratings: a forecast
	FromSample  = "in_sample"      // fitted on the very outcomes it is compared with: flatters, and is said so
)

// Forecast is the rule that turns a score, which is no probability, into one: a logistic model of the score alone.
type Forecast struct {
	Source string   `json:"source"`
	Model  Logistic `json:"model"` // x is the score; a good score has a slope below 0
}

// Calibration compares the probabilities of a Forecast with the outcomes.
type Calibration struct {
	Brier          BrierScore         `json:"brier"`
	HosmerLemeshow *HosmerLemeshow    `json:"hosmer_lemeshow"` // nil: see the warnings
	Line           *CalibrationLine   `json:"line"`            // nil: see the warnings
	Groups         []CalibrationGroup `json:"groups"`
}

// KindCount is how often one kind of outcome came.
type KindCount struct {
	Kind      string `json:"kind"`
	Outcomes  int    `json:"outcomes"`
	Suppliers int    `json:"suppliers"` // with at least one
	Rated     int    `json:"rated"`     // of these
}

// Report is everything that a page or an export shows of a validation. An event is a supplier with at least one outcome
// in the window. What cannot be computed is nil, and a warning says why; no number in it is NaN or infinite.
type Report struct {
	AsOf       time.Time `json:"as_of"`
	Until      time.Time `json:"until"`
	Confidence float64   `json:"confidence"` // of every interval

	Suppliers int          `json:"suppliers"`
	Rated     int          `json:"rated"`
	Outcomes  int          `json:"outcomes"`
	Events    int          `json:"events"`  // among the rated
	Unrated   LevelOutcome `json:"unrated"` // left out of everything below but the transitions
	Kinds     []KindCount  `json:"kinds"`   // by name

	Levels     []LevelOutcome `json:"levels"` // best first
	Inversions []Inversion    `json:"inversions"`
	Monotone   bool           `json:"monotone"` // no inversions

	Discrimination *Discrimination `json:"discrimination"` // KSAt is a score: the distance is between those at it or above
	ROC            []ROCPoint      `json:"roc"`            // At is a score: those at it or below are called
	Forecast       *Forecast       `json:"forecast"`
	Calibration    *Calibration    `json:"calibration"`
	Score          *Shift          `json:"score"`  // stability of the score against the earlier window
	Inputs         []Shift         `json:"inputs"` // stability of each input, by name
	Transition     *Transition     `json:"transition"`

	Warnings []scoring.Note `json:"warnings"`
}

// The codes of the warnings, with what the other fields of the note hold. "Condition Ref" is the code of a Condition.
const (
	NoteOneClass            = "validation_one_class"                // Have events among the rated: nothing can be foretold
	NoteTooFewEvents        = "validation_too_few_events"           // Have events or others, whichever are fewer, Need MinEvents
	NoteFewEvents           = "validation_few_events"               // Have, Need ComfortableEvents
	NoteOutside             = "validation_outcomes_outside"         // Have outcomes lie outside the window and do not count
	NoteUnrated             = "validation_unrated"                  // Have suppliers are unrated and left out
	NoteSmallLevel          = "validation_small_level"              // level Ref has Have suppliers, Need SmallLevel
	NoteInversion           = "validation_inversion"                // level Ref had a higher rate than the next worse one
	NoteInversionByChance   = "validation_inversion_by_chance"      // the same, with intervals that overlap
	NoteSeparated           = "validation_separated"                // every event below every other, or above: Have is the AUC
	NoteNoInterval          = "validation_no_interval"              // the AUC has no interval
	NoteChance              = "validation_chance"                   // the interval of the AUC holds 0.5
	NoteWorseThanChance     = "validation_worse_than_chance"        // the interval of the AUC lies below 0.5
	NoteNoEarlier           = "validation_no_earlier"               // no earlier window: no stability
	NoteInSample            = "validation_in_sample"                // calibration flatters
	NoteEarlierNoForecast   = "validation_earlier_no_forecast"      // the earlier window gives no model: condition Ref
	NoteEarlierTooFewEvents = "validation_earlier_too_few_events"   // the model rests on Have events or others, Need MinEvents
	NoteEarlierHorizon      = "validation_earlier_horizon"          // the earlier window lasts Have days, this one Need
	NoteEarlierOutside      = "validation_earlier_outcomes_outside" // Have outcomes lie outside the earlier window and do not count
	NoteNoForecast          = "validation_no_forecast"              // no model at all: condition Ref
	NoteReversed            = "validation_reversed"                 // Have is the slope of the model, above 0
	NoteNoGoodnessOfFit     = "validation_no_goodness_of_fit"       // no Hosmer-Lemeshow: condition Ref
	NoteNoCalibrationLine   = "validation_no_calibration_line"      // condition Ref
	NoteNoStability         = "validation_no_stability"             // of Indicator: condition Ref
	NoteEmptyBin            = "validation_empty_bin"                // bin Ref of Indicator, none for the score, holds Have now and Need in the baseline
	NoteShift               = "validation_shift"                    // Indicator has the PSI Have, Need less than StableBelow
	NoteShiftWithinChance   = "validation_shift_within_chance"      // the same, which Need, the 95th percentile without a shift, explains
	NoteNoTransition        = "validation_no_transition"            // nobody has a later level
	NoteLevelWithoutMember  = "validation_level_without_member"     // no supplier of level Ref is rated at both ends
)
