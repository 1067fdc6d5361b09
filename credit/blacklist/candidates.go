// Package blacklist finds suppliers against whom a case should be opened, with the evidence for it, and says of a case
// which step may be taken next, by whom and when: notice, statement, hearing, a decision of two persons who had no part in
// what it rests on, publication, a term of one to three years, repair. It decides which recorded facts are a ground and
// what due process asks; it never lists anybody by itself, and what a listing does to a rating is for package credit.
package blacklist

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pingxin/credit"
)

// Policy is the [blacklist] table of a policy file.
type Policy struct {
	Fraud        []string `toml:"fraud_kinds"`      // credit events of fraud or false claims (seed 三(三))
	Article77    []string `toml:"article_77_kinds"` // causes of article 77, Government Procurement Law
	PoorGrade    string   `toml:"poor_grade"`
	PoorYears    int      `toml:"poor_years"`    // budget years in a row with a poor grade
	ConductBelow float64  `toml:"conduct_below"` // conduct under it is a ground

	Case *CasePolicy `toml:"case" json:",omitzero"` // nil: cases are kept elsewhere
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	if p.PoorYears < 1 {
		faults = append(faults, fmt.Errorf("blacklist.poor_years: found %d, expected 1 or more", p.PoorYears))
	}
	if p.ConductBelow < 0 || p.ConductBelow > 100 {
		faults = append(faults, fmt.Errorf("blacklist.conduct_below: found %g, expected 0 to 100", p.ConductBelow))
	}
	if p.Case != nil {
		faults = append(faults, p.Case.Check()...)
	}
	return faults
}

// Evaluated is one final evaluation of the supplier.
type Evaluated struct {
	Contract string
	Year     int // budget year
	Grade    string
}

// Evidence is what candidates are found in.
type Evidence struct {
	Supplier    string
	Events      []credit.Event
	Evaluations []Evaluated
	Rating      credit.Rating
}

// Candidate is one ground to open a case, with the ids of its evidence such as "credit_event:E12".
type Candidate struct {
	Supplier string
	Ground   string
	Evidence []string
}

// Grounds lists the grounds to open a case, in the order in which Candidates finds them.
func Grounds() []string {
	return []string{"fraud", "article_77", "poor_years", "conduct", "serious_unrepaired"}
}

// Candidates returns the grounds against one supplier on the day asOf, in a fixed order; nil when there is none.
func (p *Policy) Candidates(ev Evidence, asOf time.Time) []Candidate {
	var found []Candidate
	add := func(ground string, evidence []string) {
		if len(evidence) > 0 {
			slices.Sort(evidence)
			found = append(found, Candidate{ev.Supplier, ground, evidence})
		}
	}
	kinds := func(kinds []string) (ids []string) {
		for _, e := range ev.Events {
			if slices.Contains(kinds, e.Kind) && !e.OccurredOn.After(asOf) && !reached(e.RepairedOn, asOf) {
				ids = append(ids, "credit_event:"+e.ID)
			}
		}
		return ids
	}
	add("fraud", kinds(p.Fraud))
	add("article_77", kinds(p.Article77))
	add("poor_years", p.poorYears(ev.Evaluations))
	add("conduct", p.lowConduct(ev))
	add("serious_unrepaired", unrepaired(ev.Events, asOf))
	return found
}

func reached(day, asOf time.Time) bool { return !day.IsZero() && !asOf.Before(day) }

// poorYears finds the poor evaluations of the latest PoorYears budget years, when each of them has one.
func (p *Policy) poorYears(evaluations []Evaluated) []string {
	poor := map[int][]string{}
	latest := 0
	for _, e := range evaluations {
		latest = max(latest, e.Year)
		if e.Grade == p.PoorGrade {
			poor[e.Year] = append(poor[e.Year], "evaluation:"+e.Contract)
		}
	}
	var ids []string
	for year := latest; year > latest-p.PoorYears; year-- {
		if len(poor[year]) == 0 {
			return nil
		}
		ids = append(ids, poor[year]...)
	}
	return ids
}

func (p *Policy) lowConduct(ev Evidence) []string {
	if ev.Rating.Conduct >= p.ConductBelow {
		return nil
	}
	ids := []string{ratingEvidence + ev.Supplier + "#conduct=" + strconv.FormatFloat(ev.Rating.Conduct, 'f', -1, 64)}
	for _, part := range ev.Rating.Parts {
		if part.Contribution < 0 {
			ids = append(ids, "credit_event:"+part.Ref)
		}
	}
	return ids
}

// unrepaired finds serious offences whose sanction has run out without repair.
func unrepaired(events []credit.Event, asOf time.Time) (ids []string) {
	for _, e := range slices.SortedFunc(slices.Values(events), func(a, b credit.Event) int { return cmp.Compare(a.ID, b.ID) }) {
		if e.Severity == "serious" && reached(e.EndsOn, asOf) && !reached(e.RepairedOn, asOf) {
			ids = append(ids, "credit_event:"+e.ID)
		}
	}
	return ids
}

// ratingEvidence begins the id of a score of a rating.
const ratingEvidence = "rating:"

// DealtWith says whether the case had all evidence of a candidate already: whoever was judged once is no candidate for the same.
// A score of the rating changes with every day and follows from what stands beside it; alone it is new.
func (c *Case) DealtWith(evidence []string) bool {
	had := false
	for _, id := range evidence {
		switch {
		case slices.Contains(c.Evidence, id):
			had = true
		case !strings.HasPrefix(id, ratingEvidence):
			return false
		}
	}
	return had
}
