package blacklist

import "slices"

// Involvement is a part that somebody had in what a case rests on, which bars them from deciding it.
type Involvement struct {
	Account string
	How     string // one of the constants below
	Ref     string // what it was: a batch, an entry of the watch list, a step of the case
}

// The parts that bar from a decision.
const (
	ScoredIt   = "scored"   // brought scores of a contract of the evidence
	UploadedIt = "uploaded" // brought a record of the evidence
	FlaggedIt  = "flagged"  // put a party on the watch list
	VerifiedIt = "verified" // confirmed a clue of the evidence
	OpenedIt   = "opened"   // opened the case, or added grounds or parties to it
)

// Involved are the parts that people had: those given, and those in the case itself.
func (c *Case) Involved(elsewhere []Involvement) []Involvement {
	all := slices.Clone(elsewhere)
	for _, s := range c.Steps {
		if s.Kind == Opened || s.Kind == GroundsAdded || s.Kind == PartyAdded {
			all = append(all, Involvement{Account: s.By.Account, How: OpenedIt, Ref: string(s.Kind)})
		}
	}
	return all
}

// barred returns the refusal of somebody who had a part in the case, nil when they had none.
func (c *Case) barred(who Person, elsewhere []Involvement) error {
	for _, i := range c.Involved(elsewhere) {
		if i.Account == who.Account {
			return &Refusal{Rule: "duty_" + i.How, Found: i.Ref}
		}
	}
	return nil
}

// took says whether the person took a step of one of the kinds.
func (c *Case) took(who Person, kinds ...StepKind) bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.By.Account == who.Account && slices.Contains(kinds, s.Kind) })
}
