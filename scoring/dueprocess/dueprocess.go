// Package dueprocess decides how the evaluation of a contract becomes final: it is a draft until the finance bureau
// announces it to the supplier, open for comment for a time, in dispute while an objection waits for its review, then
// final, then public. It decides which act each state allows, and who may review whom; on which day a window ends is for
// package workdays, what is kept of all this for the store.
package dueprocess

import "fmt"

// State is where the evaluation of a contract stands.
type State string

// The states.
const (
	Draft      State = "draft"      // not announced, or changed since
	Open       State = "open"       // announced: the supplier may comment and object
	Due        State = "due"        // the window is over without an open objection: it can be made final
	Disputed   State = "disputed"   // 争议中: an objection waits for its review
	Correcting State = "correcting" // an objection was upheld; no run has shown the correction yet
	Final      State = "final"
	Public     State = "public"
)

// States lists every state in the order in which an evaluation takes them.
var States = []State{Draft, Open, Due, Disputed, Correcting, Final, Public}

// Facts are what the state of an evaluation follows from. All but Disputed are of the version that is shown.
type Facts struct {
	Announced bool // this version was announced
	Disputed  bool // an objection to this version or an earlier one waits for its review
	Upheld    bool // an objection to this version was upheld, at least in part
	Over      bool // the last day of the window has passed
	Final     bool
	Public    bool
}

// State is the state that follows from the facts. An open objection outlives the version that it was raised against: a
// correction that comes before the review does not decide it.
func (f Facts) State() State {
	switch {
	case f.Disputed:
		return Disputed
	case !f.Announced:
		return Draft
	case f.Upheld:
		return Correcting
	case f.Public:
		return Public
	case f.Final:
		return Final
	case f.Over:
		return Due
	}
	return Open
}

// factCount is how many facts there are, each of which holds or not.
const factCount = 6

// Table is the state that follows from every combination of facts, so that a database can look it up: the facts are the
// bits of the place, Announced the lowest, then Disputed, Upheld, Over, Final and Public.
func Table() [1 << factCount]State {
	var table [1 << factCount]State
	for place := range table {
		holds := func(bit int) bool { return place>>bit&1 == 1 }
		table[place] = Facts{holds(0), holds(1), holds(2), holds(3), holds(4), holds(5)}.State()
	}
	return table
}

// Act is something that somebody does with an evaluation.
type Act string

// The acts.
const (
	Announce Act = "announce" // to the supplier; begins the window
	Comment  Act = "comment"
	Object   Act = "object"
	Review   Act = "review" // decide the open objection, or for the supplier to take it back
	Finalise Act = "finalise"
	Publish  Act = "publish"
)

// allowed says in which states an act can be done.
var allowed = map[Act][]State{
	Announce: {Draft, Correcting},
	Comment:  {Open, Disputed},
	Object:   {Open},
	Review:   {Disputed},
	Finalise: {Due},
	Publish:  {Final},
}

// RefusedError says why an act cannot be done: Code names the reason for which a page has the sentence.
type RefusedError struct {
	Code  string
	Act   Act
	State State // in which it was tried; empty: that is not the reason
}

func (e *RefusedError) Error() string {
	if e.State == "" {
		return fmt.Sprintf("%s: refused, %s", e.Act, e.Code)
	}
	return fmt.Sprintf("%s in the state %s: refused, %s", e.Act, e.State, e.Code)
}

// Allows returns nil where the act can be done in the state, and otherwise a *RefusedError.
func (s State) Allows(act Act) error {
	for _, in := range allowed[act] {
		if s == in {
			return nil
		}
	}
	return &RefusedError{Code: s.reason(act), Act: act, State: s}
}

// reason is the code of why an act has to wait, or comes too late.
func (s State) reason(act Act) string {
	switch {
	case s == Disputed && act == Object:
		return "objected_already"
	case s == Disputed:
		return "in_dispute"
	case act == Announce:
		return "announced_already"
	case act == Review:
		return "no_objection"
	case s == Draft:
		return "not_announced"
	case s == Correcting:
		return "correction_awaited"
	case act == Comment || act == Object:
		return "window_over"
	case s == Open:
		return "window_open"
	case act == Finalise:
		return "final_already"
	case s == Public:
		return "public_already"
	}
	return "not_final"
}

// Outcome is how an objection ended.
type Outcome string

// The outcomes. Whoever raised an objection may take it back; the others are a reviewer's.
const (
	Pending   Outcome = "" // not decided
	Upheld    Outcome = "upheld"
	Partly    Outcome = "partly"
	Rejected  Outcome = "rejected"
	Withdrawn Outcome = "withdrawn"
)

// Outcomes are those that a reviewer can give.
var Outcomes = []Outcome{Upheld, Partly, Rejected}

// Corrects says whether scores have to be corrected.
func (o Outcome) Corrects() bool { return o == Upheld || o == Partly }
