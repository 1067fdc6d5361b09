package dueprocess

import "slices"

// Rank orders those who have to do with an evaluation: who reviews an objection stands above everybody who scored.
type Rank int

// The ranks.
const (
	Outside    Rank = iota // the supplier, the public, and the administrator, who decides nothing
	Scorer                 // who scores: the purchaser and the third party
	Bureau                 // the finance bureau, which orders the evaluation
	Supervisor             // the supervision office
)

// RankOf is the rank of a role.
func RankOf(role string) Rank {
	switch role {
	case "purchaser", "evaluator":
		return Scorer
	case "finance":
		return Bureau
	case "supervision":
		return Supervisor
	}
	return Outside
}

// Person is one account that has to do with an evaluation.
type Person struct {
	Account string // empty: the operator at the console
	Name    string // as pages show it
	Role    string
}

// MaySpeak returns nil where the person may comment on an evaluation and object to it: only for the supplier that it
// judges. The error is a *RefusedError.
func MaySpeak(act Act, p Person) error {
	if p.Role != "supplier" {
		return &RefusedError{Code: "not_the_supplier", Act: act}
	}
	return nil
}

// Involved are those who cannot judge an objection because they judge their own work.
type Involved struct {
	Scorers   []Person // who brought scores of the contract
	Announcer string   // account that announced the evaluation
	Objector  string   // account that raised the objection
}

// MayReview returns nil where the person may review the objection, and otherwise a *RefusedError: a reviewer stands above
// everybody who scored, and has neither scored, announced nor objected.
func (i Involved) MayReview(p Person) error {
	refuse := func(code string) error { return &RefusedError{Code: code, Act: Review} }
	if i.scored(p.Account) {
		return refuse("reviewer_scored")
	}
	if p.Account == i.Announcer {
		return refuse("reviewer_announced")
	}
	if p.Account == i.Objector {
		return refuse("reviewer_objected")
	}
	if rank := RankOf(p.Role); rank < Bureau || rank <= i.highest() {
		return refuse("reviewer_not_above")
	}
	return nil
}

func (i Involved) scored(account string) bool {
	return slices.ContainsFunc(i.Scorers, func(s Person) bool { return s.Account == account })
}

// highest is the highest rank among those who scored.
func (i Involved) highest() Rank {
	highest := Scorer
	for _, s := range i.Scorers {
		highest = max(highest, RankOf(s.Role))
	}
	return highest
}
