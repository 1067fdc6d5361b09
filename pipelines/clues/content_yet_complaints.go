package clues

import (
	"slices"
	"time"
)

// Complaint is one that was made about a contract.
type Complaint struct {
	ID, Contract string
	MadeOn       time.Time
	AnsweredOn   time.Time // zero: it has no answer
}

// Answers are what the recipients of one contract said.
type Answers struct {
	N    int     // people
	Mean float64 // of their scores, in points
}

// Content looks for contracts on which the recipients' answers are high while complaints stay without an answer.
type Content struct {
	MinN       int     `toml:"min_n"`      // recipients who answered; 0 turns the rule off
	Value      float64 `toml:"value"`      // points: their mean at least
	Complaints int     `toml:"complaints"` // without an answer at least
	Days       int     `toml:"days"`       // after which a complaint should have one
}

// Complained are the contracts with the policy's number of complaints that waited longer than its days, in order: those of
// which Find needs the answers of recipients.
func (r Content) Complained(complaints []Complaint, asOf time.Time) (contracts []string) {
	waiting := map[string]int{}
	for _, c := range complaints {
		if c.waits(asOf, r.Days) {
			waiting[c.Contract]++
			if waiting[c.Contract] == r.Complaints {
				contracts = append(contracts, c.Contract)
			}
		}
	}
	slices.Sort(contracts)
	return contracts
}

// waits says whether a complaint has had no answer for more than so many days.
func (c Complaint) waits(asOf time.Time, days int) bool {
	return c.AnsweredOn.IsZero() && c.MadeOn.AddDate(0, 0, days).Before(asOf)
}

// Find returns one clue for each contract with waiting complaints whose recipients gave the policy's value or more. Seen
// is their mean and Line the value, in points; N is the number of recipients.
func (r Content) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, no := range r.Complained(f.Complaints, f.AsOf) {
		c, said := f.contract(no), f.Answers[no]
		if c == nil || said.N < r.MinN || said.Mean < r.Value {
			continue
		}
		clue := onContract(ContentYetComplaints, c)
		clue.N, clue.Seen, clue.Line = said.N, said.Mean, r.Value
		for _, one := range f.Complaints {
			if one.Contract == no && one.waits(f.AsOf, r.Days) {
				clue.Evidence = append(clue.Evidence, Evidence{Kind: "complaint", ID: one.ID, On: one.MadeOn})
			}
		}
		all = append(all, clue)
	}
	return all
}

func (r Content) check(c *checker) {
	const key = "content_yet_complaints"
	if c.enabled(key, r.MinN, 5) { // recipients of a smaller circle could be told apart
		c.between(key+".value", r.Value, 0, 100)
		c.atLeast(key+".complaints", r.Complaints, 1)
		c.atLeast(key+".days", r.Days, 0)
	}
}
