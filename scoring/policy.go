package scoring

// Party is one of the three who score a service. The numbers are stored in the score table and never change.
type Party uint8

// The three parties of the comprehensive evaluation (seed 二(五)5), and None for a value that nobody scored (an
// attainment, a money indicator, a dimension).
const (
	None       Party = 0
	Purchaser  Party = 1
	Recipient  Party = 2
	ThirdParty Party = 3
)

// Kind says where the value of a leaf indicator comes from.
type Kind string

// The kinds of leaf indicator. A node with children has no kind of its own.
const (
	KindScore      Kind = "score"      // scores of the parties, on the policy's scale
	KindAttainment Kind = "attainment" // latest progress reading against the target
	KindMoney      Kind = "money"      // money paid against the contract's amount
	KindRate       Kind = "rate"       // share of a party's scores at or above Pass
)

// Policy holds every number by which scores become an evaluation. It is the [evaluation] table of a policy file; each
// key is documented, with its default and reason, in the shipped file jiangbei-2015.toml.
type Policy struct {
	Scale      Scale       `toml:"scale"`
	Decimals   int         `toml:"decimals"`   // decimals of the official value, 0..9; the grade is read off the rounded value
	Confidence float64     `toml:"confidence"` // of the interval, in (0.5, 1)
	Combine    string      `toml:"combine"`    // "arithmetic", "geometric" or "steps"
	Indicators []Indicator `toml:"indicator"`  // a tree: dimensions first, each leaf names its parent
	Location   []Location  `toml:"location"`   // how many raters of one party become one value
	Sample     []Sample    `toml:"sample"`     // smallest numbers of answers
	RaterError RaterError  `toml:"rater_error"`
	Missing    Missing     `toml:"missing_party"`
	Bands      []Band      `toml:"band"` // best first
	Caps       []CapRule   `toml:"cap"`
	Steps      []Step      `toml:"step"`  // only with Combine "steps"
	Limits     []Limit     `toml:"limit"` // only with Combine "steps"
	// What is estimated from everybody; without these tables a policy is hashed as before there were any.
	Shrinkage Shrinkage    `toml:"shrinkage" json:",omitzero"`
	Severity  SeverityRule `toml:"severity" json:",omitzero"`
	Flags     []FlagRule   `toml:"flag_rule" json:",omitempty"`
}

// Scale is the range of every score and of the evaluation.
type Scale struct {
	Low  float64 `toml:"low"`
	High float64 `toml:"high"`
}

// Indicator is a node of the tree: a dimension (no kind, no parties) or a leaf.
type Indicator struct {
	ID     string  `toml:"id"`
	Parent string  `toml:"parent"` // empty for a dimension
	Name   Name    `toml:"name"`
	Weight float64 `toml:"weight_pct"` // among its siblings; siblings add up to 100
	Kind   Kind    `toml:"kind"`       // leaves only
	// Parties who score the leaf, with their weight in percent; they add up to 100. Attainment and money have none.
	Parties map[string]float64 `toml:"parties"`
	// MinPresent is how many children must have a value for the node to have one; 0 means one.
	MinPresent int     `toml:"min_present"`
	Ceiling    float64 `toml:"ceiling_pct"` // attainment: highest attainment counted, percent
	Pass       float64 `toml:"pass"`        // rate: a score at or above it counts as satisfied
	Required   bool    `toml:"required"`    // without a value for it the contract is not rated
}

// Name is a text in both languages of the product.
type Name struct {
	ZH string `toml:"zh" json:"zh"`
	EN string `toml:"en" json:"en"`
}

// Location says how the scores that one party gave on one indicator become one value.
type Location struct {
	Party  string  `toml:"party"`
	Method string  `toml:"method"` // "mean", "trimmed", "winsorised", "median", "hodges_lehmann", "huber"
	Trim   float64 `toml:"trim"`   // share cut at each end, for trimmed and winsorised
	From   int     `toml:"from"`   // number of scores from which Method is used; below it the plain mean
}

// Sample is the smallest number of answers of a party. Answers are counted after the finite-population correction,
// n/(1-n/N), so that a small service whose recipients nearly all answered is not called thin.
type Sample struct {
	Party string `toml:"party"`
	Shown int    `toml:"shown"` // below it the party's value is set aside as missing
	Full  int    `toml:"full"`  // below it the party's weight shrinks in proportion
}

// RaterError is what is assumed of the spread between raters where the raters are too few to show it: a standard
// deviation worth so many degrees of freedom, pooled with the observed one.
type RaterError struct {
	SD float64 `toml:"sd"`
	DF float64 `toml:"df"`
}

// Missing is what happens when one party, or two, gave nothing usable although the tree asks them: no grade ("hold"), at
// most a named grade ("cap"), the lower quartile of what the party gave to the contract's peers ("impute"), or no more than
// that the others share the weight ("renormalise").
type Missing struct {
	One string `toml:"one"` // "hold", "cap", "impute" or "renormalise"
	Two string `toml:"two"` // likewise, for two or more
	Cap string `toml:"cap"` // best grade with "cap"
}

// Band is one grade: [From, From of the next better band), the best one closed at the top of the scale.
type Band struct {
	ID   string  `toml:"id"`
	From float64 `toml:"from"`
	Name Name    `toml:"name"`
}

// CapRule limits the grade while an event of its cause stands (一票否决).
type CapRule struct {
	ID    string `toml:"id"`
	Cause string `toml:"cause"` // kind of the credit event
	Grade string `toml:"grade"` // best grade while the cap stands
	// While is "open" (until the event ends or is repaired) or "always" (this contract's evaluation keeps it).
	While string `toml:"while"`
	Name  Name   `toml:"name"`
}

// IncidentCause is the cause by which caps know an incident of a severity.
func IncidentCause(severity string) string { return "incident_" + severity }

// CapOf is the best grade while an event of a cause stands; empty when no cap has the cause.
func (p *Policy) CapOf(cause string) string {
	for _, c := range p.Caps {
		if c.Cause == cause {
			return c.Grade
		}
	}
	return ""
}

// Step adds to the running value of a "steps" policy. The first step names the indicator that the value starts from.
type Step struct {
	Indicator string   `toml:"indicator"`
	Start     bool     `toml:"start"`
	AtLeast   *float64 `toml:"at_least"`
	AtMost    *float64 `toml:"at_most"`
	// AboveStart asks besides that the indicator lie above the value of the start indicator.
	AboveStart bool    `toml:"above_start"`
	Add        float64 `toml:"add"`
}

// Limit holds the final value of a "steps" policy down while an indicator is low.
type Limit struct {
	Indicator string  `toml:"indicator"`
	AtMost    float64 `toml:"at_most"`
	Value     float64 `toml:"value"`
}
