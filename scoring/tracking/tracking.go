// Package tracking says of each target of a running service whether its latest reading keeps up with the time that has
// passed. It decides what is expected by a day and when somebody should look early; what the attainment is worth at the
// end is left to scoring, what is done about it to a person.
package tracking

import (
	"fmt"
	"math"
	"time"

	"pingxin/scoring"
)

// Policy is the [tracking] table of a policy file.
type Policy struct {
	BehindPct    float64 `toml:"behind_pct"`     // of what is expected: a reading below it is behind
	FarBehindPct float64 `toml:"far_behind_pct"` // likewise: far behind
	FromPct      float64 `toml:"from_pct"`       // of the time of a service that passes before anything is said of it
	StaleDays    int     `toml:"stale_days"`     // without a new reading after which one is asked for
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	var faults []error
	if p.BehindPct <= 0 || p.BehindPct > 100 {
		faults = append(faults, fmt.Errorf("tracking.behind_pct: found %g, expected more than 0 and at most 100", p.BehindPct))
	}
	if p.FarBehindPct <= 0 || p.FarBehindPct >= p.BehindPct {
		faults = append(faults, fmt.Errorf("tracking.far_behind_pct: found %g, expected more than 0 and less than behind_pct, %g", p.FarBehindPct, p.BehindPct))
	}
	if p.FromPct < 0 || p.FromPct >= 100 {
		faults = append(faults, fmt.Errorf("tracking.from_pct: found %g, expected 0 to less than 100", p.FromPct))
	}
	if p.StaleDays < 1 {
		faults = append(faults, fmt.Errorf("tracking.stale_days: found %d, expected 1 or more", p.StaleDays))
	}
	return faults
}

// Signal is what the reading of a target says.
type Signal string

// The signals, the most urgent first.
const (
	FarBehind Signal = "far_behind"
	Missed    Signal = "missed"    // the service has ended below its target
	Behind    Signal = "behind"    //
	NoTarget  Signal = "no_target" // there is nothing to hold a service against
	Stale     Signal = "stale"     // nobody has said for long how far it is
	Early     Signal = "early"     // too little time has passed to say anything
	OnTrack   Signal = "on_track"
	Attained  Signal = "attained"
)

// Signals lists all, the most urgent first.
func Signals() []Signal {
	return []Signal{FarBehind, Missed, Behind, NoTarget, Stale, Early, OnTrack, Attained}
}

// Warns says whether a signal asks for somebody to look.
func (s Signal) Warns() bool {
	return s == FarBehind || s == Missed || s == Behind || s == NoTarget || s == Stale
}

// Target is a target of a contract with its latest reading.
type Target struct {
	scoring.Attainment
	Unit   string
	ReadOn time.Time // day of the reading; zero: there is none
}

// Finding is what the latest reading of a target says. Percentages are of the target; NaN where there is none.
type Finding struct {
	Signal       Signal
	AttainedPct  float64 // by the day of the reading
	ExpectedPct  float64 // by the day of the reading, in even steps of the days of the service; without one, by the as-of day
	ProjectedPct float64 // at the end, if it goes on as until the reading; NaN for a target that little should be of
	SilentDays   int     // since the reading, or since the service began
}

const wholePct = 100

// Look holds the latest reading of a target of a service from start to end, both days included, against the time that had
// passed on the day of the reading. A target that little should be of is expected to be met on every day.
func (p *Policy) Look(t Target, start, end, asOf time.Time) Finding {
	day := asOf
	if end.Before(day) {
		day = end
	}
	f := Finding{AttainedPct: t.Share() * wholePct, ProjectedPct: math.NaN()}
	if math.IsInf(f.AttainedPct, 1) { // nothing of what should be little
		f.AttainedPct = wholePct
	}
	read := t.ReadOn
	if read.IsZero() {
		read = day
		f.SilentDays = days(start, day)
	} else {
		f.SilentDays = days(read, day)
	}
	f.ExpectedPct = elapsedPct(start, end, read)
	if t.Higher && f.ExpectedPct > 0 {
		f.ProjectedPct = f.AttainedPct / f.ExpectedPct * wholePct
	}
	if !t.Higher {
		f.ExpectedPct = wholePct
	}
	f.Signal = p.signal(&f, t.Higher, elapsedPct(start, end, asOf), asOf.After(end))
	return f
}

// signal is the most urgent one that a finding gives.
func (p *Policy) signal(f *Finding, higher bool, elapsed float64, ended bool) Signal {
	met := f.AttainedPct >= wholePct // false without a reading
	kept := f.AttainedPct / f.ExpectedPct * wholePct
	switch {
	case ended && !met:
		return Missed
	case met && (higher || ended):
		return Attained
	case elapsed < p.FromPct:
		return Early
	case kept < p.FarBehindPct:
		return FarBehind
	case kept < p.BehindPct:
		return Behind
	case f.SilentDays > p.StaleDays:
		return Stale
	case math.IsNaN(f.AttainedPct):
		return Early
	}
	return OnTrack
}

// Worst is the most urgent of several signals; NoTarget for none.
func Worst(found []Finding) Signal {
	for _, s := range Signals() {
		for i := range found {
			if found[i].Signal == s {
				return s
			}
		}
	}
	return NoTarget
}

// elapsedPct is the share of the days from start to end, both included, that have passed at the end of a day.
func elapsedPct(start, end, day time.Time) float64 {
	all := days(start, end) + 1
	if all < 1 {
		return wholePct
	}
	return wholePct * float64(min(max(days(start, day)+1, 0), all)) / float64(all)
}

// days is how many days lie between two.
func days(from, to time.Time) int { return int(to.Sub(from).Hours() / 24) }
