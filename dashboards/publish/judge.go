package publish

import (
	"fmt"
	"slices"
	"time"

	"pingxin/credit"
	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

// judge concludes from public evidence by the very rules of a run: publishing asks it what follows, and verifying asks it
// again.
type judge struct {
	scoring *scoring.Judge
	credit  *credit.Policy             // nil: the policy rates nobody
	grades  *credit.AssessmentPolicy   // nil: it assesses nobody
	after   *credit.ReassessmentPolicy // nil: no decision changes a grade
	asOf    time.Time
}

func newJudge(p *policy.Policy, c *scoring.Calibration, asOf time.Time) (*judge, error) {
	compiled, err := scoring.Compile(p.Evaluation, c)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	return &judge{compiled, p.Credit, p.Assessment, p.Reassessment, asOf}, nil
}

// judged is what follows for one contract, and what ratings use of it.
type judged struct {
	supplier string
	status   scoring.Status
	credit.Evaluated
	withheld string   // why numbers are left out, as in the column; empty: none is
	row      []string // nil after it was written, like parts
	parts    [][]string
}

// numbersWithheld says whether the numbers of the evaluation are left out.
func (e *judged) numbersWithheld() bool { return e.withheld == fewAnswersCount }

// evaluate judges a contract; all are the events of its supplier.
func (j *judge) evaluate(c *contract, all []credit.Event) judged {
	c.Evidence.Events = credit.EventsOn(c.ContractNo, all)
	e := j.scoring.Evaluate(c.Evidence, j.asOf)
	word := ""
	if len(c.few) > 0 {
		word = fewAnswers
	}
	out := judged{supplier: c.SupplierID, status: e.Status, withheld: word, Evaluated: credit.Evaluated{Contract: c.ContractNo, Value: e.Value, Grade: e.Grade, On: e.LastOn,
		AmountFen: c.Evidence.AmountFen, Cases: int64(e.Counts[scoring.Purchaser] + e.Counts[scoring.Recipient] + e.Counts[scoring.ThirdParty])}}
	out.row = []string{c.ContractNo, string(e.Status), e.Grade, e.Uncapped, valued(&e, e.Value), valued(&e, e.Low), valued(&e, e.High), valued(&e, e.SE), valued(&e, e.Plain),
		valued(&e, e.Shrunken), valued(&e, e.Reliability), wholeCell(e.Counts[scoring.Purchaser]), wholeCell(e.Counts[scoring.Recipient]), wholeCell(e.Counts[scoring.ThirdParty]),
		listCell(e.Missing), listCell(e.Caps), listCell(e.Warnings), word}
	for i, p := range e.Parts {
		out.parts = append(out.parts, []string{c.ContractNo, wholeCell(i), p.Indicator, p.Parent, p.Party.String(), wholeCell(p.N), realCell(p.NEffective), realCell(p.Plain),
			realCell(p.Value), realCell(p.SE), realCell(p.Weight), realCell(p.Share), realCell(p.Contribution), p.Note})
	}
	return out
}

// valued is the cell of a number that only a rated contract has.
func valued(e *scoring.Evaluation, v float64) string {
	if e.Status != scoring.Rated && e.Status != scoring.Provisional {
		return ""
	}
	return realCell(v)
}

// withhold leaves of an evaluation only what the run published of its status and grades.
func (e *judged) withhold(status scoring.Status, grade, uncapped string) {
	number := e.row[0]
	e.row = make([]string, len(evaluations.columns))
	e.row[0], e.row[1], e.row[2], e.row[3] = number, string(status), grade, uncapped
	e.row[evaluations.at("withheld")] = fewAnswersCount
	e.status, e.parts, e.withheld = status, nil, fewAnswersCount
}

// rated is what follows for one supplier.
type rated struct {
	credit.Rating
	row   []string
	parts [][]string
}

// conduct is what a rating rests on besides evaluations.
type conduct struct {
	events   []credit.Event
	listings []credit.Listing
}

// restsOnWithheld says whether a rating would rest on an evaluation whose numbers are withheld, and so tell them.
func restsOnWithheld(evaluations []judged) bool {
	return slices.ContainsFunc(evaluations, func(e judged) bool { return credit.Counts(e.status) && e.numbersWithheld() })
}

// rate rates a supplier by its public evaluations and events.
func (j *judge) rate(supplier string, evaluations []judged, of conduct) rated {
	ev := credit.Evidence{Supplier: supplier, Events: of.events, Listings: of.listings}
	for i := range evaluations {
		if credit.Counts(evaluations[i].status) {
			ev.Evaluations = append(ev.Evaluations, evaluations[i].Evaluated)
		}
	}
	r := j.credit.Rate(ev, j.asOf)
	out := rated{Rating: r}
	score := realCell(r.Score)
	if r.Status != credit.Rated {
		score = ""
	}
	out.row = []string{supplier, string(r.Status), r.Level, r.Uncapped, positive(r.Stars), score, realCell(r.Performance), realCell(r.Conduct), wholeCell(r.Evaluations), wholeCell(r.Cases),
		listCell(r.Caps), listCell(r.Reasons), listCell(r.Lift), ""}
	for i, p := range r.Parts {
		out.parts = append(out.parts, []string{supplier, wholeCell(i), p.Term, p.Ref, realCell(p.Value), wholeCell(p.AgeDays), realCell(p.Weight), realCell(p.Share),
			realCell(p.Contribution), p.Note})
	}
	return out
}

// assess grades a social organisation: one row, or none of what was never assessed.
func (j *judge) assess(ev credit.AssessmentEvidence) [][]string {
	if j.grades == nil {
		return nil
	}
	a := j.after.Assess(j.grades, ev, j.asOf)
	if a.Status == credit.NotAssessed {
		return nil
	}
	return [][]string{{a.Supplier, string(a.Status), a.Grade, realCell(a.Points), dayCell(a.AssessedOn), dayCell(a.ValidUntil), listCell(a.Reasons)}}
}

// withhold leaves of a rating only its status, level and stars.
func (r *rated) withhold() {
	for i, c := range ratings.columns {
		switch c.name {
		case "supplier_id", "status", "level", "uncapped_level", "stars":
		case "withheld":
			r.row[i] = restsWithheld
		default:
			r.row[i] = ""
		}
	}
	r.parts = nil
}

// bySupplier groups the evaluations of contracts, in their order.
func bySupplier(all []judged) map[string][]judged {
	groups := map[string][]judged{}
	for i := range all {
		groups[all[i].supplier] = append(groups[all[i].supplier], all[i])
	}
	return groups
}
