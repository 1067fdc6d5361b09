package blacklist

import (
	"time"
)

// Clock is a day by which something in a case is due.
type Clock struct {
	What  string    // one of the constants below
	Party string    // whom it is about; empty: the whole case
	On    time.Time // last day
	Over  bool      // it has passed
}

// The clocks of a case.
const (
	StatementClock   = "statement"   // last day for a statement; a right of the party, not a duty
	HearingClock     = "hearing"     // last day to ask for a hearing, likewise
	HearingDayClock  = "hearing_day" // day of the hearing
	DecisionClock    = "decision"
	PublicationClock = "publication"
	EndClock         = "end" // first day on which the party is listed no more
)

// Clocks are the clocks that run in the case on the day, in the order of an ordinary case. The error is a
// *workdays.MissingYearError; the clocks that can be told are returned with it.
func (r Rules) Clocks(c *Case, day time.Time) (running []Clock, err error) {
	add := func(what, party string, on time.Time) {
		running = append(running, Clock{what, party, on, day.After(on)})
	}
	if c.Closed != "" {
		return nil, nil
	}
	if c.Decided == nil {
		for _, p := range c.Parties {
			if p.Hearing.Open() && !p.Hearing.On.IsZero() {
				add(HearingDayClock, p.Supplier, p.Hearing.On)
			}
			if !p.Until.IsZero() {
				add(HearingClock, p.Supplier, p.HearingUntil)
				add(StatementClock, p.Supplier, p.Until)
			}
		}
		end := c.WindowsEnd()
		if end.IsZero() {
			return running, nil
		}
		due, err := r.Calendar.LastDay(end, r.Policy.Decision)
		if err == nil {
			add(DecisionClock, "", due)
		}
		return running, err
	}
	return r.clocksAfter(c, day, running)
}

// clocksAfter are the clocks after the decision.
func (r Rules) clocksAfter(c *Case, day time.Time, running []Clock) ([]Clock, error) {
	if !c.Published {
		due, err := r.Calendar.LastDay(c.Decided.On, r.Policy.Publication)
		if err != nil {
			return running, err
		}
		running = append(running, Clock{PublicationClock, "", due, day.After(due)})
	}
	for _, p := range c.Parties {
		if p.Listing.Holds(day) {
			running = append(running, Clock{EndClock, p.Supplier, p.Listing.Until, false})
		}
	}
	return running, nil
}
