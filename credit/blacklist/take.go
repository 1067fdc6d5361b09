package blacklist

import (
	"slices"
	"strings"
	"time"

	"pingxin/scoring/workdays"
)

// SupplierRole is the role of an account that acts for a supplier; every other role that reaches a case is the bureau's.
const SupplierRole = "supplier"

// Rules are what a step is held against.
type Rules struct {
	Policy   *CasePolicy
	Calendar *workdays.Calendar
	Involved []Involvement // in what the case rests on, apart from its own steps
}

// Take is the case after one more step, or why that is refused: a *Refusal, or a *workdays.MissingYearError where a clock
// would run into a year whose holidays are not known. It sets the step's number and the days that a notice tells; c stays
// as it is.
func (r Rules) Take(c Case, s Step) (Case, error) {
	s.Number = len(c.Steps) + 1
	s.Reason = strings.TrimSpace(s.Reason)
	if s.On.IsZero() {
		s.On = s.Day
	}
	if !slices.Contains(partySteps, s.Kind) && s.Kind != Opened && s.Kind != PartyAdded {
		s.Party = ""
	}
	if err := c.common(s); err != nil {
		return c, err
	}
	if err := r.allow(&c, &s); err != nil {
		return c, err
	}
	return c.after(s), nil
}

// supplierSteps are those that a party takes itself, or the bureau enters for it from paper.
var supplierSteps = []StepKind{Stated, HearingRequested, HearingWithdrawn, RepairRequested}

// partySteps are those that are about one party.
var partySteps = append([]StepKind{Noticed, HearingSet, HearingHeld, RepairGranted, RepairRefused, Revoked}, supplierSteps...)

// common are the rules of every step: who may take it, about whom, with a reason, in the order of days.
func (c *Case) common(s Step) error {
	if (s.Kind == Opened) != (len(c.Steps) == 0) || !slices.Contains(StepKinds(), s.Kind) {
		return &Refusal{Rule: "state", Found: string(s.Kind)}
	}
	if slices.Contains(partySteps, s.Kind) && c.Party(s.Party) == nil {
		return &Refusal{Rule: "party_unknown", Found: s.Party}
	}
	if s.By.Role == SupplierRole {
		if !slices.Contains(supplierSteps, s.Kind) {
			return refuse("bureau_only")
		}
		if s.By.Org == "" || s.By.Org != s.Party || s.OnPaper {
			return refuse("not_own")
		}
	} else if slices.Contains(supplierSteps, s.Kind) && !s.OnPaper {
		return refuse("not_own")
	}
	if s.Reason == "" && (s.Kind != Stated || len(s.Documents) == 0) {
		return refuse(map[bool]string{true: "statement_empty", false: "reason"}[s.Kind == Stated])
	}
	if s.On.After(s.Day) || len(c.Steps) > 0 && s.Day.Before(c.Steps[len(c.Steps)-1].Day) || s.On.Before(c.earliest(s)) {
		return &Refusal{Rule: "day_order", Found: dayText(s.On), Expected: dayText(c.earliest(s)) + " - " + dayText(s.Day)}
	}
	return nil
}

func dayText(day time.Time) string { return day.Format(time.DateOnly) }

// earliest is the first day that a step may record: a notice is not served before the grounds that it tells were entered,
// a party's paper not before its notice, and what the bureau does is entered on its day.
func (c *Case) earliest(s Step) time.Time {
	switch {
	case s.Kind == Noticed:
		for _, before := range slices.Backward(c.Steps) {
			if before.Kind == Opened || before.Kind == GroundsAdded || before.Kind == PartyAdded && before.Party == s.Party {
				return before.Day
			}
		}
	case slices.Contains(supplierSteps, s.Kind) && s.OnPaper:
		return c.Party(s.Party).NoticedOn
	case s.Kind == HearingHeld: // held against the day that was told
		return c.OpenedOn
	}
	return s.Day
}

// allow are the rules of single steps.
func (r Rules) allow(c *Case, s *Step) error {
	switch s.Kind {
	case Opened:
		return opening(s)
	case PartyAdded, GroundsAdded:
		return c.adding(s)
	case Noticed:
		return r.noticing(c, s)
	case Stated, HearingRequested:
		return c.stating(s)
	case HearingSet, HearingHeld, HearingWithdrawn:
		return r.hearing(c, s)
	case Proposed, Returned, Confirmed:
		return r.deciding(c, s)
	case Published:
		return c.publishing(s)
	case Discontinued:
		return c.undecided()
	}
	return r.lifting(c, s)
}

// undecided: what leads to a decision is over with it.
func (c *Case) undecided() error {
	if c.Decided != nil || c.Closed != "" {
		return refuse("state")
	}
	return nil
}

// gathering: while a proposal stands, nothing is added under its feet.
func (c *Case) gathering() error {
	if c.Proposal != nil {
		return refuse("state")
	}
	return c.undecided()
}

func opening(s *Step) error {
	if s.Party == "" {
		return refuse("party_unknown")
	}
	if len(s.Grounds) == 0 || len(s.Evidence) == 0 {
		return refuse("grounds")
	}
	return nil
}

func (c *Case) adding(s *Step) error {
	if err := c.gathering(); err != nil {
		return err
	}
	switch {
	case s.Kind == GroundsAdded && len(s.Grounds)+len(s.Evidence) == 0:
		return refuse("grounds")
	case s.Kind == GroundsAdded:
		return nil
	case s.Party == "":
		return refuse("party_unknown")
	case c.Party(s.Party) != nil:
		return &Refusal{Rule: "party_known", Found: s.Party}
	case !slices.Contains(Relations(), s.Relation):
		return &Refusal{Rule: "relation", Found: s.Relation}
	}
	return nil
}

// noticing serves the notice on one party and sets its days: what a notice tells stays, whatever a policy or a calendar
// says later.
func (r Rules) noticing(c *Case, s *Step) (err error) {
	if err := c.gathering(); err != nil {
		return err
	}
	switch {
	case !c.Party(s.Party).Until.IsZero():
		return refuse("state") // it was served; more grounds make it due again
	case !slices.Contains(Services(), s.Service):
		return &Refusal{Rule: "service", Found: s.Service}
	case s.DocumentNo == "":
		return refuse("document_no")
	}
	if s.Until, err = r.Calendar.LastDay(s.On, r.Policy.Statement); err != nil {
		return err
	}
	s.HearingUntil, err = r.Calendar.LastDay(s.On, r.Policy.HearingAsked)
	return err
}

// stating: a statement is taken until the decision, a late one too, so that nothing that speaks for a party is unheard; a
// hearing has to be asked for in time.
func (c *Case) stating(s *Step) error {
	if err := c.undecided(); err != nil {
		return err
	}
	p := c.Party(s.Party)
	switch {
	case p.Until.IsZero():
		return refuse("state") // there is no notice to answer
	case s.Kind == Stated:
		return nil
	case p.Hearing.Requested:
		return refuse("hearing_again")
	case s.On.After(p.HearingUntil):
		return &Refusal{Rule: "hearing_late", Found: dayText(s.On), Expected: dayText(p.HearingUntil)}
	}
	return nil
}

func (r Rules) hearing(c *Case, s *Step) error {
	if err := c.undecided(); err != nil {
		return err
	}
	h := c.Party(s.Party).Hearing
	switch {
	case !h.Open():
		return refuse("hearing_none")
	case s.Kind == HearingSet:
		return r.checkHearingDay(c, s)
	case s.Kind == HearingWithdrawn:
		return nil
	case h.On.IsZero():
		return refuse("hearing_unset")
	case s.On.Before(h.On):
		return &Refusal{Rule: "hearing_before", Found: dayText(s.On), Expected: dayText(h.On)}
	case len(s.Documents) == 0:
		return refuse("hearing_record")
	}
	return c.barred(s.By, r.Involved) // nobody presides over what they investigated
}

// checkHearingDay holds the day of a hearing between what has to lie ahead of it and the day by which the case is decided, which
// it must leave possible: counted from the end of the windows, or from today once that is past.
func (r Rules) checkHearingDay(c *Case, s *Step) error {
	if s.Place == "" {
		return refuse("hearing_place")
	}
	first, err := r.Calendar.LastDay(s.Day, r.Policy.HearingAhead)
	if err != nil {
		return err
	}
	if !s.Until.After(first) {
		return &Refusal{Rule: "hearing_soon", Found: dayText(s.Until), Expected: dayText(first)}
	}
	from := c.WindowsEnd()
	if from.Before(s.Day) {
		from = s.Day
	}
	last, err := r.Calendar.LastDay(from, r.Policy.Decision)
	if err == nil && s.Until.After(last) {
		err = &Refusal{Rule: "hearing_far", Found: dayText(s.Until), Expected: dayText(last)}
	}
	return err
}

// deciding takes two persons who had no part in the case: one proposes, another confirms or returns it.
func (r Rules) deciding(c *Case, s *Step) error {
	if err := c.undecided(); err != nil {
		return err
	}
	if err := c.barred(s.By, r.Involved); err != nil {
		return err
	}
	switch {
	case (s.Kind == Proposed) != (c.Proposal == nil):
		return refuse("state")
	case s.Kind == Proposed:
		return r.Policy.holds(c, s, s.Decision)
	case s.By.Account == c.Proposal.By.Account:
		return refuse("second_person")
	case s.Kind == Returned:
		return nil
	}
	for _, later := range c.Steps[c.Proposal.Number:] {
		if later.Kind == Stated || later.Kind == HearingRequested {
			return &Refusal{Rule: "statement_unread", Found: dayText(later.Day)}
		}
	}
	return r.Policy.holds(c, s, c.Proposal.Decision)
}

// holds says what keeps a decision from being taken in a step; the day of that step is the first of the listing.
func (p *CasePolicy) holds(c *Case, s *Step, d *Decision) error {
	if d == nil {
		return refuse("decision_missing")
	}
	if err := d.complete(c); err != nil {
		return err
	}
	for i := range c.Parties {
		party := &c.Parties[i]
		if err := party.heard(s.Day); err != nil && (slices.Contains(d.Parties, party.Supplier) || !party.Until.IsZero()) { // who has no notice is not decided on
			return err
		}
	}
	if !d.List {
		return nil
	}
	if !slices.Contains(p.Sufficient, d.Standard) {
		return &Refusal{Rule: "proof_weak", Found: d.Standard}
	}
	first, last := s.On.AddDate(p.TermMinYears, 0, 0), s.On.AddDate(p.TermMaxYears, 0, 0)
	if d.Until.Before(first) || d.Until.After(last) {
		return &Refusal{Rule: "term", Found: dayText(d.Until), Expected: dayText(first) + " - " + dayText(last)}
	}
	return nil
}

// heard says what a party still lacks before its case can be decided on the day.
func (p *Party) heard(day time.Time) error {
	switch {
	case p.Until.IsZero():
		return &Refusal{Rule: "notice_missing", Found: p.Supplier}
	case !day.After(p.Until):
		return &Refusal{Rule: "window_open", Found: p.Supplier, Expected: dayText(p.Until)}
	case p.Hearing.Open():
		return &Refusal{Rule: "hearing_open", Found: p.Supplier}
	}
	return nil
}

// complete says what a decision lacks in itself.
func (d *Decision) complete(c *Case) error {
	switch {
	case !slices.Contains(Standards(), d.Standard):
		return &Refusal{Rule: "standard", Found: d.Standard}
	case strings.TrimSpace(d.Findings) == "":
		return refuse("findings")
	case d.DocumentNo == "":
		return refuse("document_no")
	case d.List != (len(d.Parties) > 0):
		return refuse("decision_parties")
	case c.stated() && strings.TrimSpace(d.Answer) == "":
		return refuse("answer")
	}
	for _, supplier := range d.Parties {
		if c.Party(supplier) == nil {
			return &Refusal{Rule: "party_unknown", Found: supplier}
		}
	}
	for _, factor := range slices.Concat(d.Mitigating, d.Aggravating) {
		if !slices.Contains(Mitigating(), factor) && !slices.Contains(Aggravating(), factor) {
			return &Refusal{Rule: "factor", Found: factor}
		}
	}
	return nil
}

// stated says whether a party said anything.
func (c *Case) stated() bool {
	return slices.ContainsFunc(c.Parties, func(p Party) bool { return p.Statements > 0 || p.Hearing.Requested })
}

// publishing serves the decision and makes it public. What was revoked before is not published any more.
func (c *Case) publishing(s *Step) error {
	switch {
	case c.Decided == nil || c.Closed != "" || c.Published:
		return refuse("state")
	case s.DocumentNo == "":
		return refuse("document_no")
	}
	return nil
}

// lifting ends a listing before its term: by a repair with its proof, or because somebody above set it aside.
func (r Rules) lifting(c *Case, s *Step) error {
	p := c.Party(s.Party)
	switch {
	case !p.Listing.Holds(s.Day):
		return &Refusal{Rule: "not_listed", Found: s.Party}
	case s.Kind == Revoked:
		return c.revoking(s)
	case s.Kind == RepairRequested:
		return requestingRepair(p, s)
	case p.Repair == 0:
		return refuse("repair_none")
	case c.Steps[p.Repair-1].By.Account == s.By.Account:
		return refuse("repair_recorder")
	case s.Kind == RepairRefused:
		return nil
	}
	if first := p.Listing.From.AddDate(0, r.Policy.RepairAfterMonths, 0); s.Day.Before(first) {
		return &Refusal{Rule: "repair_early", Found: dayText(s.Day), Expected: dayText(first)}
	}
	return nil
}

func (c *Case) revoking(s *Step) error {
	switch {
	case s.DocumentNo == "" || len(s.Documents) == 0:
		return refuse("document_no")
	case c.took(s.By, Proposed, Confirmed):
		return refuse("same_decider")
	}
	return nil
}

func requestingRepair(p *Party, s *Step) error {
	switch {
	case p.Repair != 0:
		return refuse("repair_again")
	case len(s.Documents) == 0:
		return refuse("repair_proof")
	}
	return nil
}
