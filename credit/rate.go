package credit

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"pingxin/scoring"
)

func compareText(a, b string) int { return strings.Compare(a, b) }

// Severity words of credit events.
const (
	commendation = "commendation"
	general      = "general"
	serious      = "serious"
)

// Evaluated is one final evaluation of a contract of the supplier.
type Evaluated struct {
	Contract  string
	Value     float64 // 0..100
	Grade     string
	On        time.Time // latest day of its evidence
	AmountFen int64
	Cases     int64 // answers behind it
}

// Event is one entry of the supplier's conduct.
type Event struct {
	ID, Kind, Severity    string
	OccurredOn            time.Time
	EndsOn                time.Time // end of the sanction; zero: none known
	RepairedOn            time.Time // zero: not repaired
	Authority, DocumentNo string
	Contract              string // empty: against the supplier in general
}

// Counts says whether an evaluation counts in a rating: a provisional one may still change before the service ends.
func Counts(s scoring.Status) bool { return s == scoring.Rated }

// EventsOn are the events of a supplier that concern one of its contracts: those recorded against it and those against
// none, in their order.
func EventsOn(contract string, all []Event) []scoring.Event {
	var events []scoring.Event
	for _, e := range all {
		if e.Contract != "" && e.Contract != contract {
			continue
		}
		events = append(events, scoring.Event{ID: e.ID, Kind: e.Kind, OccurredOn: e.OccurredOn, EndsOn: e.EndsOn, RepairedOn: e.RepairedOn,
			Contract: e.Contract == contract})
	}
	return events
}

// Evidence is all that a rating rests on; evaluations and events come in any order.
type Evidence struct {
	Supplier    string
	Evaluations []Evaluated
	Events      []Event
	Listed      bool // on the blacklist by a decision
}

// Status says whether a rating may be used.
type Status string

// The states of a rating.
const (
	Rated   Status = "rated"
	Unrated Status = "unrated" // too little evidence: no score, no level, no place in any order
)

// Rating is a supplier's credit on one day. Score and Level are only meaningful when Status is Rated.
type Rating struct {
	Supplier    string
	Status      Status
	Score       float64 // 0..100, rounded to two decimals
	Level       string
	Uncapped    string // level by the score alone
	Stars       int
	Performance float64 // 0..100; NaN without evaluations
	Conduct     float64 // 0..100
	Evaluations int     // that count on the day
	Cases       int64
	Caps        []scoring.Cap
	Reasons     []scoring.Note // the terms that cost most, at most three
	Lift        []scoring.Note // what would raise the level
	Warnings    []scoring.Note
	Parts       []Part
	// GoodUntil is the first later day on which the same evidence may be rated otherwise; zero when no day can change it.
	GoodUntil time.Time
}

// Part is one term of a rating. The contributions of evaluations add up to Performance, those of the others with the
// start value to the conduct before it is held in 0..100.
type Part struct {
	Term         string // "evaluation", "conduct_start", "commendation", "general" or "serious"
	Ref          string // contract or event
	Value        float64
	AgeDays      int
	Weight       float64 // before shares are taken
	Share        float64 // of the performance
	Contribution float64
	Note         string
}

// decimals of scores, and the number of reasons that a person can keep in mind.
const (
	decimals   = 2
	reasonsMax = 3
	dayLength  = 24 * time.Hour
)

// Rate rates one supplier on the day asOf. What lies after that day does not count. A supplier rated alone gets the
// same rating as in a batch, to the last bit.
func (p *Policy) Rate(ev Evidence, asOf time.Time) Rating {
	r := Rating{Supplier: ev.Supplier, Status: Unrated, Performance: math.NaN(), Score: math.NaN(), Parts: make([]Part, 0, len(ev.Evaluations)+1+len(ev.Events))}
	r.GoodUntil = p.goodUntil(ev, asOf)
	p.perform(&r, ev.Evaluations, asOf)
	p.conduct(&r, ev.Events, asOf)
	if r.Evaluations == 0 || r.Evaluations < p.MinEvaluations && r.Cases < p.MinCases {
		r.Warnings = append(r.Warnings, scoring.Note{Code: "too_few_evaluations", Have: float64(r.Evaluations), Need: float64(p.MinEvaluations)})
		return r
	}
	r.Status = Rated
	r.Score = scoring.Round((float64(p.PerformancePct*r.Performance)+float64(p.ConductPct*r.Conduct))/100, decimals)
	r.Uncapped = p.levelOf(r.Score)
	r.Level = r.Uncapped
	r.Stars = p.starsOf(r.Score)
	p.caps(&r, ev, asOf)
	p.explain(&r)
	return r
}

// goodUntil is the next day on which evidence grows older, or something of a known day begins or ends.
func (p *Policy) goodUntil(ev Evidence, asOf time.Time) time.Time {
	if len(ev.Evaluations)+len(ev.Events) == 0 {
		return time.Time{}
	}
	next := p.agesNext(asOf)
	for _, e := range ev.Evaluations {
		next = Sooner(next, e.On, asOf)
	}
	for _, e := range ev.Events {
		next = Sooner(next, e.OccurredOn, asOf)
		next = Sooner(next, e.EndsOn, asOf)
		next = Sooner(next, e.RepairedOn, asOf)
	}
	return next
}

// Sooner is the earlier of two days, of which only those after asOf matter; the zero time is never.
func Sooner(next, day, asOf time.Time) time.Time {
	if day.After(asOf) && (next.IsZero() || day.Before(next)) {
		return day
	}
	return next
}

// inOrder returns the elements in the order of their keys: the slice itself when it is, else a copy.
func inOrder[E any](all []E, key func(*E) string) []E {
	byKey := func(a, b E) int { return cmp.Compare(key(&a), key(&b)) }
	if slices.IsSortedFunc(all, byKey) {
		return all
	}
	return slices.SortedStableFunc(slices.Values(all), byKey)
}

// perform weights the evaluations by age and amount. An idle year brings no evidence and so neither rewards nor
// punishes.
func (p *Policy) perform(r *Rating, evaluations []Evaluated, asOf time.Time) {
	for _, e := range inOrder(evaluations, func(e *Evaluated) string { return e.Contract }) {
		days := p.age(asOf, e.On)
		if e.On.After(asOf) || days >= p.WindowDays {
			continue
		}
		aged := float64(p.WindowDays-days) / float64(p.WindowDays)
		amount := math.Log1p(float64(e.AmountFen) / 100 / p.AmountUnitYuan)
		r.Parts = append(r.Parts, Part{Term: "evaluation", Ref: e.Contract, Value: e.Value, AgeDays: days, Weight: scoring.Round(float64(aged*amount), 9)})
		r.Evaluations++
		r.Cases += e.Cases
	}
	p.share(r.Parts)
	var sum float64
	for i := range r.Parts {
		part := &r.Parts[i]
		part.Contribution = float64(part.Share * part.Value)
		sum += part.Contribution
	}
	if len(r.Parts) > 0 {
		r.Performance = scoring.Round(sum, decimals)
	}
}

// share turns weights into shares, the largest held at LargestShare where others can take the rest.
func (p *Policy) share(parts []Part) {
	var total float64
	largest := 0
	for i := range parts {
		total += parts[i].Weight
		if parts[i].Weight > parts[largest].Weight {
			largest = i
		}
	}
	var others float64 // added up for itself: a difference of total and largest would cancel
	for i := range parts {
		if i != largest {
			others += parts[i].Weight
		}
	}
	held := others > 0 && parts[largest].Weight > float64(p.LargestShare*total)
	for i := range parts {
		switch {
		case total == 0: // contracts without an amount weigh the same
			parts[i].Share = 1 / float64(len(parts))
		case !held:
			parts[i].Share = parts[i].Weight / total
		case i == largest:
			parts[i].Share, parts[i].Note = p.LargestShare, "held_at_largest_share"
		default:
			parts[i].Share = (1 - p.LargestShare) * parts[i].Weight / others
		}
	}
}

// conduct starts full and loses by offences; commendations give back up to a maximum.
func (p *Policy) conduct(r *Rating, events []Event, asOf time.Time) {
	sum, praised := p.ConductStart, 0.0
	r.Parts = append(r.Parts, Part{Term: "conduct_start", Value: p.ConductStart, Contribution: p.ConductStart})
	for _, e := range inOrder(events, func(e *Event) string { return e.ID }) {
		if e.OccurredOn.After(asOf) {
			continue
		}
		part := p.eventPart(e, asOf)
		if e.Severity == commendation {
			part.Contribution = min(part.Contribution, p.CommendationMax-praised)
			praised += part.Contribution
		}
		sum += part.Contribution
		r.Parts = append(r.Parts, part)
	}
	if sum < 0 {
		r.Warnings = append(r.Warnings, scoring.Note{Code: "conduct_below_zero", Have: scoring.Round(sum, decimals)})
	}
	r.Conduct = scoring.Round(min(max(sum, 0), 100), decimals)
}

// eventPart is what one event is worth on the day.
func (p *Policy) eventPart(e Event, asOf time.Time) Part {
	part := Part{Term: e.Severity, Ref: e.ID, AgeDays: p.age(asOf, e.OccurredOn)}
	switch e.Severity {
	case commendation:
		part.Value = p.Commendation
	case serious:
		part.Value = -p.Serious
		if ended(e.EndsOn, asOf) {
			part.Value, part.Note = 0, "sanction_ended"
		}
	default:
		part.Value = -p.General
		if part.AgeDays >= p.GeneralDays {
			part.Value, part.Note = 0, "no_longer_counts"
		}
	}
	part.Contribution = part.Value
	if e.Severity != commendation && ended(e.RepairedOn, asOf) && part.Value != 0 {
		part.Contribution, part.Note = 0, "repaired"
		if left := p.RepairDays - p.age(asOf, e.RepairedOn); left > 0 { // at the end nothing, which is not minus nothing
			part.Contribution = float64(part.Value*float64(left)) / float64(p.RepairDays)
		}
	}
	return part
}

// ended says whether a known day has come.
func ended(day, asOf time.Time) bool { return !day.IsZero() && !asOf.Before(day) }

// caps lowers the level as far as the caps of the day say.
func (p *Policy) caps(r *Rating, ev Evidence, asOf time.Time) {
	limit := func(c scoring.Cap) {
		c.Bites = p.rank(c.Grade) > p.rank(r.Uncapped)
		if p.rank(c.Grade) > p.rank(r.Level) {
			r.Level = c.Grade
		}
		r.Caps = append(r.Caps, c)
	}
	for _, e := range inOrder(ev.Events, func(e *Event) string { return e.ID }) {
		if e.Severity == serious && !e.OccurredOn.After(asOf) && !ended(e.EndsOn, asOf) && !ended(e.RepairedOn, asOf) {
			limit(scoring.Cap{Rule: "serious_offence_open", Event: e.ID, Grade: p.SeriousCap, From: e.OccurredOn, Until: e.EndsOn})
		}
	}
	if ev.Listed {
		limit(scoring.Cap{Rule: "listed", Grade: p.ListedCap})
	}
	newest := math.MaxInt
	for _, part := range r.Parts {
		if part.Term == "evaluation" {
			newest = min(newest, part.AgeDays)
		}
	}
	if newest > p.StaleDays {
		limit(scoring.Cap{Rule: "stale_evidence", Grade: p.StaleCap})
	}
}

// explain finds the terms that cost most against a perfect score, and what would raise the level.
func (p *Policy) explain(r *Rating) {
	type cost struct {
		part   *Part
		points float64
	}
	costs := make([]cost, 0, len(r.Parts))
	for i := range r.Parts {
		part := &r.Parts[i]
		points := -part.Contribution * p.ConductPct / 100
		if part.Term == "evaluation" {
			points = part.Share * (100 - part.Value) * p.PerformancePct / 100
		}
		if part.Term != "conduct_start" && points > 0 {
			costs = append(costs, cost{part, scoring.Round(points, decimals)})
		}
	}
	slices.SortStableFunc(costs, func(a, b cost) int { return cmp.Compare(b.points, a.points) })
	for _, c := range costs[:min(reasonsMax, len(costs))] {
		note := scoring.Note{Code: "cost_offence", Ref: c.part.Ref, Have: c.points}
		if c.part.Term == "evaluation" {
			note.Code = "cost_evaluation"
		}
		r.Reasons = append(r.Reasons, note)
	}
	for _, c := range r.Caps {
		if c.Bites {
			r.Lift = append(r.Lift, scoring.Note{Code: "lift_cap", Ref: c.Rule})
		}
	}
	if at := p.rank(r.Uncapped); at > 0 {
		r.Lift = append(r.Lift, scoring.Note{Code: "lift_score", Ref: p.Levels[at-1].ID, Have: r.Score, Need: p.Levels[at-1].From})
	}
}
