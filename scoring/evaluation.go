package scoring

import "time"

// Cell is what one party said of one indicator of one contract.
type Cell struct {
	Indicator string
	Party     Party
	Values    []int32 // ten-thousandths of a point, in any order; Evaluate sorts them in place
	Raters    []int32 // who gave Values, one for each, and sorted with them; nil when nobody asks
}

// Attainment is a target with its latest reading, both in the target's unit.
type Attainment struct {
	Indicator string
	Target    float64
	Actual    float64
	Reached   bool // whether a reading exists; without one the indicator has no value
	Higher    bool // higher is better
}

// Event is a credit event of the supplier that may cap this contract's grade.
type Event struct {
	ID         string
	Kind       string
	OccurredOn time.Time
	EndsOn     time.Time // zero: no end known
	RepairedOn time.Time // zero: not repaired
	Contract   bool      // recorded against this very contract, not against the supplier in general
}

// Evidence is all that is known of one contract on the day of the run.
type Evidence struct {
	Contract    string
	Peer        string // group of contracts that it is compared with, such as those of one catalogue item and year
	StartOn     time.Time
	EndOn       time.Time // service ends; until then the evaluation is provisional
	Cells       []Cell
	Attainments []Attainment
	AmountFen   int64
	PaidFen     int64 // paid on or before the as-of day
	Payments    int   // rows behind PaidFen; 0 leaves a money indicator without value
	Recipients  int   // number of recipients, 0 when unknown
	Events      []Event
	LastOn      time.Time // latest scored_on among the cells
}

// Status says whether an evaluation may be used.
type Status string

// The states of an evaluation. Only Rated carries a grade that ratings and budgets use.
const (
	Rated       Status = "rated"
	Provisional Status = "provisional" // rated, but the service still runs
	Held        Status = "held"        // a mandatory party or indicator is missing: 未评级
	NoEvidence  Status = "no_evidence"
)

// Evaluation is the judgement of one contract. Value, Low and High are on the policy's scale; Value is rounded to the
// policy's decimals, half up, and the grade is read off the rounded value. What the calibration adds stands beside it
// whether or not the policy uses it, rounded likewise; NaN where the calibration does not reach.
type Evaluation struct {
	Contract string
	Status   Status
	Value    float64
	Low      float64
	High     float64
	SE       float64
	Plain    float64 // the same evaluation with plain means, unrounded weights untouched, for comparison
	Raw      float64 // without adjustment for severity and without shrinkage
	Adjusted float64 // with the severity of raters taken out, without shrinkage
	Shrunken float64 // drawn toward the peer group
	// Reliability is the weight of the contract's own evidence in Shrunken, 0 to 1.
	Reliability float64
	Grade       string  // empty unless rated or provisional
	Uncapped    string  // the grade that the value alone would give
	Counts      [4]int  // number of raters' answers by Party: the largest number on any one of its leaves
	Missing     []Party // parties that the tree asks and that gave nothing usable, imputed or not
	Caps        []Cap
	Warnings    []Note
	Parts       []Part
	LastOn      time.Time
	// GoodUntil is the first later day on which the same evidence would be judged otherwise (a cap starts or ends, the
	// service ends); zero when no such day is known.
	GoodUntil time.Time
}

// Cap is a limit that stood on the as-of day.
type Cap struct {
	Rule  string    `json:"rule"`
	Event string    `json:"event,omitempty"` // empty for the missing-party cap
	Grade string    `json:"grade"`
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"` // zero: no end known
	Bites bool      `json:"bites"`          // whether it lowered the grade
}

// Note is a warning or reason that travels with a result. The sentence belongs to the reader's language: Code is a key
// of the locale files ("note."+Code), the other fields fill it in.
type Note struct {
	Code      string  `json:"code"`
	Indicator string  `json:"indicator,omitempty"`
	Party     Party   `json:"party,omitempty"`
	Ref       string  `json:"ref,omitempty"`  // an id: an event, a grade, a contract
	Have      float64 `json:"have,omitempty"` // what was found
	Need      float64 `json:"need,omitempty"` // what was asked
}

// Part is one term of the calculation slip. The parts come in tree order: each dimension, then its leaves, then each
// leaf's parties. The contributions of the party terms and partyless leaves add up to the unrounded value
// (arithmetic policies).
type Part struct {
	Indicator    string
	Parent       string
	Party        Party // None for a dimension, a leaf's own line, attainment and money
	N            int
	NEffective   float64 // after finite-population correction
	Plain        float64 // plain mean
	Raw          float64 // location of the scores as they were given; NaN where no severity is known
	Adjusted     float64 // the same with the severity of the raters taken out; NaN likewise
	Value        float64 // the one of the two that the policy uses; NaN when there is none
	SE           float64
	Weight       float64 // as written in the policy, percent
	Share        float64 // share of the whole evaluation after missing parts and thin samples, 0..1
	Contribution float64 // Share*Value
	Note         string  // code of the reason when the part does not count in full; empty else
}
