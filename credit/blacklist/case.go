package blacklist

import (
	"fmt"
	"slices"
	"time"

	"pingxin/credit"
)

// StepKind is what happens in a step of a case.
type StepKind string

// The steps of a case, in the order in which an ordinary case takes them.
const (
	Opened           StepKind = "opened"            // by an officer, for recorded grounds
	PartyAdded       StepKind = "party_added"       // an affiliate, with how it is bound to the supplier
	GroundsAdded     StepKind = "grounds_added"     // more grounds or evidence: everybody is noticed anew
	Noticed          StepKind = "noticed"           // grounds, evidence and rights were served on one party
	Stated           StepKind = "stated"            // a party's view, with its documents
	HearingRequested StepKind = "hearing_requested" // by a party
	HearingSet       StepKind = "hearing_set"       // its day and place were told
	HearingHeld      StepKind = "hearing_held"
	HearingWithdrawn StepKind = "hearing_withdrawn" // the party no longer wants it
	Proposed         StepKind = "proposed"          // the first person's decision
	Returned         StepKind = "returned"          // the second person does not agree
	Confirmed        StepKind = "confirmed"         // the second person agrees: it is decided
	Published        StepKind = "published"         // the decision was served and made public
	RepairRequested  StepKind = "repair_requested"  // by a listed party, with proof
	RepairGranted    StepKind = "repair_granted"    // the listing ends before its term
	RepairRefused    StepKind = "repair_refused"
	Revoked          StepKind = "revoked"      // a court or a superior office set the listing aside: as if it had not been
	Discontinued     StepKind = "discontinued" // without a decision
)

// StepKinds lists all steps.
func StepKinds() []StepKind {
	return []StepKind{Opened, PartyAdded, GroundsAdded, Noticed, Stated, HearingRequested, HearingSet, HearingHeld, HearingWithdrawn, Proposed, Returned, Confirmed,
		Published, RepairRequested, RepairGranted, RepairRefused, Revoked, Discontinued}
}

// Person is who takes a step.
type Person struct {
	Account string `json:"account"` // id, never used for another person
	Name    string `json:"name"`    // as it was then
	Role    string `json:"role"`
	Org     string `json:"org,omitempty"` // that the account acts for; empty: the bureau
}

// Document is a paper that a step rests on.
type Document struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of its bytes in the archive, in hexadecimal digits
	Bytes  int64  `json:"bytes"`
	Type   string `json:"type"` // media type
}

// Decision is what the first person proposes and the second confirms.
type Decision struct {
	List        bool      `json:"list"` // false: nobody is listed, and the case is closed
	Parties     []string  `json:"parties,omitempty"`
	Until       time.Time `json:"until,omitzero"` // first day on which nobody is listed any more
	Standard    string    `json:"standard"`       // one of Standards
	Findings    string    `json:"findings"`       // the facts that were found, with their evidence
	Answer      string    `json:"answer,omitempty"`
	Mitigating  []string  `json:"mitigating,omitempty"`
	Aggravating []string  `json:"aggravating,omitempty"`
	DocumentNo  string    `json:"document_no"`
}

// Step is one entry in the history of a case; none is ever changed or taken away.
type Step struct {
	Number    int        `json:"-"` // 1, 2, 3 ... within the case
	Kind      StepKind   `json:"-"`
	By        Person     `json:"by"`
	At        time.Time  `json:"-"`              // moment of the entry
	Day       time.Time  `json:"day"`            // of the entry, in the district
	On        time.Time  `json:"on"`             // day of what it records: of service, of the hearing; else Day
	Party     string     `json:"party"`          // supplier whom it is about; empty: the whole case
	Reason    string     `json:"reason"`         // in the words of who takes it
	OnPaper   bool       `json:"paper,omitzero"` // an officer enters what a party handed in on paper
	Documents []Document `json:"documents,omitempty"`

	Relation     string    `json:"relation,omitempty"` // of an affiliate to the supplier
	Grounds      []string  `json:"grounds,omitempty"`
	Evidence     []string  `json:"evidence,omitempty"` // ids as in Candidate
	Service      string    `json:"service,omitempty"`  // how the notice was served
	Place        string    `json:"place,omitempty"`    // of the hearing
	DocumentNo   string    `json:"document_no,omitempty"`
	Until        time.Time `json:"until,omitzero"`         // last day of the statement window, or the day of the hearing
	HearingUntil time.Time `json:"hearing_until,omitzero"` // last day on which a hearing can be asked for
	Decision     *Decision `json:"decision,omitempty"`
}

// The ways of serving a notice.
func Services() []string { return []string{"direct", "post", "electronic", "announcement"} }

// Relations are how an affiliate can be bound to the supplier of a case.
func Relations() []string {
	return []string{"legal_representative", "controlling_shareholder", "same_control", "branch", "joint_bidder"}
}

// Party is the supplier of a case or one of its affiliates, each with a notice, a window and a hearing of its own.
type Party struct {
	Supplier     string
	Relation     string // empty: the supplier of the case
	NoticedOn    time.Time
	Until        time.Time // last day of its window; zero: not noticed
	HearingUntil time.Time
	Statements   int
	Hearing      Hearing
	Listing      Listing
	Repair       int // number of the open request for repair; 0: none
}

// Hearing is how far a hearing has come.
type Hearing struct {
	Requested bool
	On        time.Time // day that was told; zero: none yet
	Closed    bool      // it was held or withdrawn
}

// Open says whether a hearing was asked for and neither held nor withdrawn.
func (h Hearing) Open() bool { return h.Requested && !h.Closed }

// Listing is how long a party is listed by the decision; the zero value: it is not.
type Listing struct {
	credit.Listing
	Cause StepKind // of an end before the term: RepairGranted or Revoked; empty: none
}

// End is when a listing ends, and how: at its term, by a repair, or because it was set aside as if it had never been.
func (l Listing) End() (time.Time, State) {
	switch l.Cause {
	case RepairGranted:
		return l.EndedOn, EndedByRepair
	case Revoked:
		return l.EndedOn, EndedByRevoking
	}
	return l.Until, Ended
}

// Case is a case as its steps have made it.
type Case struct {
	No        string
	Supplier  string
	OpenedOn  time.Time
	Grounds   []string
	Evidence  []string
	Parties   []Party // the supplier first
	Steps     []Step
	Proposal  *Step // standing; nil: none
	Decided   *Step // the confirmation; its Decision is what was proposed
	Published bool
	Closed    StepKind // Discontinued, or Confirmed where nobody is listed; empty: neither
}

// State is how a case stands on a day.
type State string

// The states of a case.
const (
	AwaitsNotice    State = "awaits_notice"    // at least one party has none
	AwaitsStatement State = "awaits_statement" // a window or a hearing is open
	AwaitsDecision  State = "awaits_decision"
	AwaitsSecond    State = "awaits_second" // person
	AwaitsPublic    State = "awaits_publication"
	InTerm          State = "listed"
	Ended           State = "ended" // the term has run out
	EndedByRepair   State = "repaired"
	EndedByRevoking State = "revoked"
	NotListed       State = "not_listed"
	Dropped         State = "discontinued"
)

// States lists all states in the order of an ordinary case.
func States() []State {
	return []State{AwaitsNotice, AwaitsStatement, AwaitsDecision, AwaitsSecond, AwaitsPublic, InTerm, Ended, EndedByRepair, EndedByRevoking, NotListed, Dropped}
}

// Over says whether nothing is left to be done in the state.
func (s State) Over() bool {
	return slices.Contains([]State{Ended, EndedByRepair, EndedByRevoking, NotListed, Dropped}, s)
}

// State is how the case stands on the day; a term ends by itself.
func (c *Case) State(day time.Time) State {
	switch {
	case c.Closed == Discontinued:
		return Dropped
	case c.Closed == Confirmed:
		return NotListed
	case c.Decided != nil:
		return c.afterDecision(day)
	case c.Proposal != nil:
		return AwaitsSecond
	}
	for _, p := range c.Parties {
		if p.Until.IsZero() {
			return AwaitsNotice
		}
	}
	for _, p := range c.Parties {
		if !day.After(p.Until) || p.Hearing.Open() {
			return AwaitsStatement
		}
	}
	return AwaitsDecision
}

func (c *Case) afterDecision(day time.Time) State {
	state := Ended
	for _, p := range c.Parties {
		switch _, end := p.Listing.End(); {
		case p.Listing.Holds(day) && !c.Published:
			return AwaitsPublic
		case p.Listing.Holds(day):
			return InTerm
		case end == EndedByRepair || state == Ended:
			state = end
		}
	}
	return state
}

// Party is the party of that supplier; nil when it is none.
func (c *Case) Party(supplier string) *Party {
	at := slices.IndexFunc(c.Parties, func(p Party) bool { return p.Supplier == supplier })
	if at < 0 {
		return nil
	}
	return &c.Parties[at]
}

// WindowsEnd is the last day of the window that ends last; zero while a party has no notice.
func (c *Case) WindowsEnd() (last time.Time) {
	for _, p := range c.Parties {
		if p.Until.IsZero() {
			return time.Time{}
		}
		if p.Until.After(last) {
			last = p.Until
		}
	}
	return last
}

// Replay is the case that the steps make, in their order. It asks no rule: the steps were allowed when they were taken.
// The error says that they are not the history of one case.
func Replay(no string, steps []Step) (Case, error) {
	c := Case{No: no}
	for i, s := range steps {
		if s.Number != i+1 || (s.Kind == Opened) != (i == 0) {
			return c, fmt.Errorf("case %s: found step %d (%s) in place %d, expected the steps in order from the opening on", no, s.Number, s.Kind, i+1)
		}
		if s.Party != "" && s.Kind != Opened && s.Kind != PartyAdded && c.Party(s.Party) == nil {
			return c, fmt.Errorf("case %s: step %d is about %q, which is no party", no, s.Number, s.Party)
		}
		c = c.after(s)
	}
	return c, nil
}

// after is the case after one more step; what it shares with c is not changed.
func (c Case) after(s Step) Case {
	c.Parties, c.Steps = slices.Clone(c.Parties), append(slices.Clip(c.Steps), s)
	switch s.Kind {
	case Opened:
		c.Supplier, c.OpenedOn = s.Party, s.Day
		c.Grounds, c.Evidence = s.Grounds, s.Evidence
		c.Parties = []Party{{Supplier: s.Party}}
	case PartyAdded:
		c.Parties = append(c.Parties, Party{Supplier: s.Party, Relation: s.Relation})
	case GroundsAdded:
		c.Grounds, c.Evidence = with(c.Grounds, s.Grounds), with(c.Evidence, s.Evidence)
		for i := range c.Parties { // nobody was told of these
			c.Parties[i].NoticedOn, c.Parties[i].Until, c.Parties[i].HearingUntil = time.Time{}, time.Time{}, time.Time{}
		}
	case Proposed:
		c.Proposal = &s
	case Returned:
		c.Proposal = nil
	case Confirmed:
		c.decide(s)
	case Published:
		c.Published = true
	case Discontinued:
		c.Closed, c.Proposal = Discontinued, nil
	default:
		c.Party(s.Party).after(s)
	}
	return c
}

func with(known, more []string) []string {
	all := slices.Concat(known, more)
	slices.Sort(all)
	return slices.Compact(all)
}

// decide enters what the confirmed proposal says.
func (c *Case) decide(s Step) {
	d := c.Proposal.Decision
	s.Decision = d
	c.Decided, c.Proposal = &s, nil
	if !d.List {
		c.Closed = Confirmed
		return
	}
	for _, supplier := range d.Parties {
		c.Party(supplier).Listing = Listing{Listing: credit.Listing{Case: c.No, From: s.On, Until: d.Until}}
	}
}

// after notes a step that is about one party.
func (p *Party) after(s Step) {
	switch s.Kind {
	case Noticed:
		p.NoticedOn, p.Until, p.HearingUntil = s.On, s.Until, s.HearingUntil
	case Stated:
		p.Statements++
	case HearingRequested:
		p.Hearing = Hearing{Requested: true}
	case HearingSet:
		p.Hearing.On = s.Until
	case HearingHeld, HearingWithdrawn:
		p.Hearing.Closed = true
	case RepairRequested:
		p.Repair = s.Number
	case RepairRefused:
		p.Repair = 0
	case RepairGranted:
		p.Repair = 0
		p.Listing.EndedOn, p.Listing.Cause = s.On, RepairGranted
	case Revoked:
		p.Repair = 0
		p.Listing.EndedOn, p.Listing.Cause = p.Listing.From, Revoked
	}
}
