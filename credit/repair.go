package credit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pingxin/scoring"
	"pingxin/scoring/workdays"
)

// RepairPolicy is the [repair] table: when an offence may be applied for to be repaired (信用修复). Whether it was put right
// is a person's judgement of the proof.
type RepairPolicy struct {
	GeneralWaitDays int             `toml:"general_wait_days"` // from the day of a general offence until it may be repaired
	SeriousWaitDays int             `toml:"serious_wait_days"` // likewise of a serious one
	AgainDays       int             `toml:"again_days"`        // from a refusal until the same offence may be applied for again
	Proofs          int             `toml:"proofs"`            // files that an application needs at least
	Barred          []string        `toml:"barred_kinds"`      // offences that are never repaired before their time
	Decide          workdays.Window `toml:"decide"`            // within which an application has to be decided
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *RepairPolicy) Check() []error {
	faults := p.Decide.Check("repair.decide")
	for key, days := range map[string]int{"general_wait_days": p.GeneralWaitDays, "serious_wait_days": p.SeriousWaitDays, "again_days": p.AgainDays, "proofs": p.Proofs} {
		if days < 0 {
			faults = append(faults, fmt.Errorf("repair.%s: found %d, expected a number from 0", key, days))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return compareText(a.Error(), b.Error()) }) // maps have no order
	return faults
}

// Application is an earlier application for the repair of an offence.
type Application struct {
	On        time.Time
	DecidedOn time.Time // zero: it waits
	Accepted  bool
}

// Admit says why an offence may not be applied for on the day asOf; nil: it may. Need of a note is the number of days left,
// where waiting helps.
func (p *RepairPolicy) Admit(e Event, earlier []Application, asOf time.Time) []scoring.Note {
	var no []scoring.Note
	add := func(is bool, note scoring.Note) {
		if is {
			note.Ref = e.ID
			no = append(no, note)
		}
	}
	add(e.Severity == commendation, scoring.Note{Code: "repair_no_offence"})
	add(!e.RepairedOn.IsZero(), scoring.Note{Code: "repair_done"})
	add(slices.Contains(p.Barred, e.Kind), scoring.Note{Code: "repair_barred"})
	left := daysLeft(e.OccurredOn, p.wait(e), asOf)
	add(left > 0, scoring.Note{Code: "repair_too_early", Have: float64(p.wait(e)), Need: float64(left)})
	for _, a := range earlier {
		left := daysLeft(a.DecidedOn, p.AgainDays, asOf)
		switch {
		case a.DecidedOn.IsZero():
			add(true, scoring.Note{Code: "repair_waiting"})
		case !a.Accepted && left > 0:
			add(true, scoring.Note{Code: "repair_refused_lately", Have: float64(p.AgainDays), Need: float64(left)})
		}
	}
	return no
}

// wait is how many days an offence has to stand before it may be repaired.
func (p *RepairPolicy) wait(e Event) int {
	if e.Severity == serious {
		return p.SeriousWaitDays
	}
	return p.GeneralWaitDays
}

// daysLeft is how many days after asOf a wait from a day ends; 0 and less when it is over.
func daysLeft(from time.Time, wait int, asOf time.Time) int {
	return int(from.AddDate(0, 0, wait).Sub(asOf) / dayLength)
}

// Moment is a supplier's conduct on one day of a course.
type Moment struct {
	On      time.Time
	Conduct float64
	Part    float64 // what the event that the course is about takes of it: 0 or less
}

// Course is the conduct of a supplier on each of the days, if nothing more is recorded, with the event of that id as it
// stands and as repaired on the day repaired: the curve that a repair changes. It rests on the events alone, so it says
// nothing of scores, which grow with new evaluations too. Both are nil when there is no such event.
func (p *Policy) Course(events []Event, id string, repaired time.Time, days []time.Time) (standing, mended []Moment) {
	at := slices.IndexFunc(events, func(e Event) bool { return e.ID == id })
	if at < 0 {
		return nil, nil
	}
	as := func(day time.Time) []Moment {
		changed := slices.Clone(events)
		changed[at].RepairedOn = day
		moments := make([]Moment, len(days))
		for i, on := range days {
			r := Rating{}
			p.conduct(&r, changed, on)
			moments[i] = Moment{On: on, Conduct: r.Conduct, Part: p.eventPart(changed[at], on).Contribution}
		}
		return moments
	}
	return as(time.Time{}), as(repaired)
}

// Way is one thing that would change a rating, with what it would come to: on the evidence of the day and with nothing else
// changed, so that each can be checked by itself.
type Way struct {
	Kind  string    // WayRepair, WayAge or WayServe
	Ref   string    // event; empty for WayServe
	From  time.Time // first day on which it has its whole effect; zero: when it happens
	Score float64
	Level string
}

// The ways.
const (
	WayRepair = "repair" // the offence is repaired, and the time of its fading has passed
	WayAge    = "age"    // the offence is so old that it counts no more, or its sanction has ended
	WayServe  = "serve"  // one more contract of the usual amount is evaluated with full marks
)

// Ways lists what would raise the score or the level of a rated supplier on the day asOf, the most helpful first; nil for
// an unrated one. What changes nothing is left out.
func (p *Policy) Ways(ev Evidence, asOf time.Time) []Way {
	now := p.Rate(ev, asOf)
	if now.Status != Rated {
		return nil
	}
	var ways []Way
	try := func(w Way, changed Evidence) {
		r := p.Rate(changed, asOf)
		if w.Score, w.Level = r.Score, r.Level; r.Score > now.Score || p.rank(r.Level) < p.rank(now.Level) {
			ways = append(ways, w)
		}
	}
	for i, e := range ev.Events {
		if e.Severity == commendation || e.OccurredOn.After(asOf) {
			continue
		}
		without := ev
		without.Events = slices.Delete(slices.Clone(ev.Events), i, i+1)
		if e.RepairedOn.IsZero() {
			try(Way{Kind: WayRepair, Ref: e.ID, From: asOf.AddDate(0, 0, p.RepairDays)}, without)
		}
		if ends := p.countsUntil(e); !ends.IsZero() {
			try(Way{Kind: WayAge, Ref: e.ID, From: ends}, without)
		}
	}
	if usual, ok := p.usualAmount(ev, asOf); ok {
		more := ev
		more.Evaluations = append(slices.Clone(ev.Evaluations), Evaluated{Contract: afterAll, Value: fullMarks, On: asOf, AmountFen: usual})
		try(Way{Kind: WayServe}, more)
	}
	slices.SortStableFunc(ways, func(a, b Way) int {
		return cmp.Or(cmp.Compare(p.rank(a.Level), p.rank(b.Level)), cmp.Compare(b.Score, a.Score), a.From.Compare(b.From))
	})
	return ways
}

// afterAll is behind every number of a contract, so that the one more comes last; fullMarks is the best evaluation.
const (
	afterAll  = "\uffff"
	fullMarks = 100
)

// countsUntil is the first day on which an offence counts no more by itself; zero when no day is known.
func (p *Policy) countsUntil(e Event) time.Time {
	switch {
	case !e.RepairedOn.IsZero():
		return e.RepairedOn.AddDate(0, 0, p.RepairDays)
	case e.Severity == serious:
		return e.EndsOn
	}
	return e.OccurredOn.AddDate(0, 0, p.GeneralDays)
}

// usualAmount is the median amount of the evaluations that count on the day; ok is false when none does.
func (p *Policy) usualAmount(ev Evidence, asOf time.Time) (fen int64, ok bool) {
	var amounts []int64
	for _, e := range ev.Evaluations {
		if !e.On.After(asOf) && p.age(asOf, e.On) < p.WindowDays {
			amounts = append(amounts, e.AmountFen)
		}
	}
	if len(amounts) == 0 {
		return 0, false
	}
	slices.Sort(amounts)
	return amounts[len(amounts)/2], true
}
