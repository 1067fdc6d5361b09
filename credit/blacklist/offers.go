package blacklist

import (
	"slices"
	"time"
)

// Offers are the steps that the person may take next in the case on the day, for a page that shows their forms; what a form
// says can still be refused by Take. barred says why the person cannot decide, nil when they can or there is nothing to be
// decided.
func (r Rules) Offers(c *Case, who Person, day time.Time) (steps []StepKind, barred error) {
	state := c.State(day)
	if who.Role == SupplierRole {
		return c.offersParty(who.Org, day), nil
	}
	paper, hearings := []StepKind{Stated}, []StepKind(nil)
	if slices.ContainsFunc(c.Parties, func(p Party) bool { return !p.Hearing.Requested }) {
		paper = append(paper, HearingRequested)
	}
	if slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Hearing.Open() }) {
		paper = append(paper, HearingWithdrawn)
	}
	for _, p := range c.Parties {
		switch {
		case p.Hearing.Open() && !p.Hearing.On.IsZero() && !day.Before(p.Hearing.On):
			hearings = append(hearings, HearingHeld)
		case p.Hearing.Open():
			hearings = append(hearings, HearingSet)
		}
	}
	slices.Sort(hearings)
	steps = slices.Compact(hearings)
	switch state {
	case AwaitsNotice, AwaitsStatement:
		if state == AwaitsNotice {
			steps = append(steps, Noticed)
		}
		return append(append(steps, paper...), PartyAdded, GroundsAdded, Discontinued), nil
	case AwaitsDecision:
		if barred = c.barred(who, r.Involved); barred == nil {
			steps = append(steps, Proposed)
		}
		return append(append(steps, paper...), PartyAdded, GroundsAdded, Discontinued), barred
	case AwaitsSecond:
		if barred = c.barred(who, r.Involved); barred == nil && who.Account == c.Proposal.By.Account {
			barred = refuse("second_person")
		}
		if barred == nil {
			steps = append(steps, Confirmed, Returned)
		}
		return append(append(steps, paper...), Discontinued), barred
	case AwaitsPublic, InTerm:
		return c.offersAfter(), nil
	}
	return nil, nil
}

// offersAfter are the steps after the decision.
func (c *Case) offersAfter() (steps []StepKind) {
	if !c.Published {
		steps = append(steps, Published)
	}
	if slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Repair != 0 }) {
		steps = append(steps, RepairGranted, RepairRefused)
	}
	return append(steps, RepairRequested, Revoked)
}

// offersParty are the steps that a party itself may take.
func (c *Case) offersParty(supplier string, day time.Time) (steps []StepKind) {
	p := c.Party(supplier)
	switch {
	case p == nil:
	case c.undecided() == nil && !p.Until.IsZero():
		steps = append(steps, Stated)
		if !p.Hearing.Requested && !day.After(p.HearingUntil) {
			steps = append(steps, HearingRequested)
		}
		if p.Hearing.Open() {
			steps = append(steps, HearingWithdrawn)
		}
	case p.Listing.Holds(day) && p.Repair == 0:
		steps = append(steps, RepairRequested)
	}
	return steps
}

// SeenBy are the steps of the case that a party may see, nil before it was served its notice: what is held against it, what
// it said itself, and what was decided and done about it. What others said and what was weighed inside stays inside.
func (c *Case) SeenBy(supplier string) (seen []Step) {
	at := slices.IndexFunc(c.Steps, func(s Step) bool { return s.Kind == Noticed && s.Party == supplier })
	if at < 0 {
		return nil
	}
	for _, s := range c.Steps {
		switch s.Kind {
		case Opened, GroundsAdded, Confirmed, Published, Discontinued:
			if s.Kind == Confirmed {
				s = *c.Decided
			}
			if s.Kind == Opened || s.Kind == GroundsAdded {
				s.By = Person{} // who found it is not for those whom it is about
			}
			seen = append(seen, s)
		case PartyAdded, Proposed, Returned:
		default:
			if s.Party == supplier {
				seen = append(seen, s)
			}
		}
	}
	return seen
}
