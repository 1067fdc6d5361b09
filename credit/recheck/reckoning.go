package recheck

import (
	"math"
	"slices"
	"time"

	"pingxin/credit"
	"pingxin/scoring"
	"pingxin/scoring/recheck/exact"
)

const (
	decimals       = 2 // of performance, conduct and score
	weightDecimals = 9 // of the weight of an evaluation
	fenPerYuan     = 100
	hoursPerDay    = 24
)

// reckoning is one rating computed anew.
type reckoning struct {
	policy      *credit.Policy
	ev          *credit.Evidence
	asOf        time.Time
	evaluations int // that count on the day
	cases       int64
	performance exact.Number // nil: no evaluation counts
	newest      int          // age of the newest evaluation in days
}

// age is the number of whole days from a day to the day of the rating, or to the first of its month under a policy by
// which everything grows older then; nothing is younger than 0.
func (r *reckoning) age(day time.Time) int {
	to := r.asOf
	if r.policy.Ageing == credit.ByMonth {
		to = to.AddDate(0, 0, 1-to.Day())
	}
	return int(math.Max(0, math.Floor(to.Sub(day).Hours()/hoursPerDay)))
}

// come says that a day is known and not ahead.
func (r *reckoning) come(day time.Time) bool { return !day.IsZero() && !day.After(r.asOf) }

// perform finds the performance: the mean of the evaluations within the window, weighted by age and amount.
func (r *reckoning) perform() {
	var values, weights []exact.Number
	r.newest = math.MaxInt
	for _, e := range r.ev.Evaluations {
		age := r.age(e.On)
		if e.On.After(r.asOf) || age >= r.policy.WindowDays {
			continue
		}
		r.evaluations++
		r.cases += e.Cases
		r.newest = min(r.newest, age)
		values, weights = append(values, exact.Decimal(e.Value)), append(weights, r.weight(age, e.AmountFen))
	}
	if len(values) == 0 {
		return
	}
	r.performance = exact.Whole(0)
	for i, share := range r.shares(weights) {
		r.performance = exact.Plus(r.performance, exact.Times(share, values[i]))
	}
}

// weight falls in a line with age and grows with ln(1 + amount/unit).
func (r *reckoning) weight(age int, fen int64) exact.Number {
	window := int64(r.policy.WindowDays)
	units := exact.Over(exact.Ratio(fen, fenPerYuan), exact.Decimal(r.policy.AmountUnitYuan))
	amount := exact.Fraction(exact.Logarithm(exact.Plus(exact.Whole(1), units)))
	return exact.Rounded(exact.Times(exact.Ratio(window-int64(age), window), amount), weightDecimals)
}

// shares divides the whole by weight; a contract with more than the largest share keeps that, and the others divide the
// rest. Contracts without any weight share alike.
func (r *reckoning) shares(weights []exact.Number) []exact.Number {
	total, largest := exact.Whole(0), 0
	for i, w := range weights {
		total = exact.Plus(total, w)
		if exact.Below(weights[largest], w) {
			largest = i
		}
	}
	shares := make([]exact.Number, len(weights))
	if total.Sign() == 0 {
		for i := range shares {
			shares[i] = exact.Ratio(1, int64(len(weights)))
		}
		return shares
	}
	for i, w := range weights {
		shares[i] = exact.Over(w, total)
	}
	most := exact.Decimal(r.policy.LargestShare)
	rest := exact.Minus(total, weights[largest])
	if exact.Below(most, shares[largest]) && rest.Sign() > 0 {
		for i, w := range weights {
			shares[i] = exact.Times(exact.Minus(exact.Whole(1), most), exact.Over(w, rest))
		}
		shares[largest] = most
	}
	return shares
}

// conduct is what is left of the start after offences and commendations, between 0 and 100.
func (r *reckoning) conduct() exact.Number {
	praise, blame := exact.Whole(0), exact.Whole(0)
	for _, e := range r.ev.Events {
		switch {
		case e.OccurredOn.After(r.asOf):
		case e.Severity == "commendation":
			praise = exact.Plus(praise, exact.Decimal(r.policy.Commendation))
		default:
			blame = exact.Plus(blame, r.offence(e))
		}
	}
	praise = exact.Smaller(praise, exact.Decimal(r.policy.CommendationMax))
	sum := exact.Minus(exact.Plus(exact.Decimal(r.policy.ConductStart), praise), blame)
	return exact.Larger(exact.Whole(0), exact.Smaller(exact.Whole(100), sum))
}

// offence is the points that an offence costs on the day: in full until its sanction ends (serious) or its time is over
// (any other), and from its repair on less and less.
func (r *reckoning) offence(e credit.Event) exact.Number {
	points, over := r.policy.General, r.age(e.OccurredOn) >= r.policy.GeneralDays
	if e.Severity == "serious" {
		points, over = r.policy.Serious, r.come(e.EndsOn)
	}
	switch {
	case over:
		return exact.Whole(0)
	case !r.come(e.RepairedOn):
		return exact.Decimal(points)
	}
	left := max(0, r.policy.RepairDays-r.age(e.RepairedOn))
	return exact.Times(exact.Decimal(points), exact.Ratio(int64(left), int64(r.policy.RepairDays)))
}

// enough says whether there is enough to rate.
func (r *reckoning) enough() bool {
	return r.evaluations > 0 && (r.evaluations >= r.policy.MinEvaluations || r.cases >= r.policy.MinCases)
}

func (r *reckoning) score(performance, conduct exact.Number) exact.Number {
	sum := exact.Plus(exact.Times(exact.Decimal(r.policy.PerformancePct), performance), exact.Times(exact.Decimal(r.policy.ConductPct), conduct))
	return exact.Over(sum, exact.Whole(100))
}

func (r *reckoning) levelOf(score exact.Number) string {
	for _, l := range r.policy.Levels {
		if !exact.Below(score, exact.Decimal(l.From)) {
			return l.ID
		}
	}
	return r.policy.Levels[len(r.policy.Levels)-1].ID
}

func (r *reckoning) starsOf(score exact.Number) int {
	for _, s := range r.policy.Stars {
		if !exact.Below(score, exact.Decimal(s.From)) {
			return s.Stars
		}
	}
	return r.policy.Stars[len(r.policy.Stars)-1].Stars
}

func (r *reckoning) rank(level string) int {
	return slices.IndexFunc(r.policy.Levels, func(l credit.Level) bool { return l.ID == level })
}

// caps lists the caps of the day and the level that they leave.
func (r *reckoning) caps(byScore string) ([]scoring.Cap, string) {
	var standing []scoring.Cap
	for _, e := range r.ev.Events {
		if e.Severity == "serious" && !e.OccurredOn.After(r.asOf) && !r.come(e.EndsOn) && !r.come(e.RepairedOn) {
			standing = append(standing, scoring.Cap{Rule: "serious_offence_open", Event: e.ID, Grade: r.policy.SeriousCap, From: e.OccurredOn, Until: e.EndsOn})
		}
	}
	for _, l := range r.ev.Listings {
		if r.come(l.From) && !r.come(l.Until) && !r.come(l.EndedOn) {
			standing = append(standing, scoring.Cap{Rule: "listed", Event: l.Case, Grade: r.policy.ListedCap, From: l.From, Until: l.Until})
		}
	}
	if r.newest > r.policy.StaleDays {
		standing = append(standing, scoring.Cap{Rule: "stale_evidence", Grade: r.policy.StaleCap})
	}
	level := byScore
	for i, c := range standing {
		standing[i].Bites = r.rank(c.Grade) > r.rank(byScore)
		if r.rank(c.Grade) > r.rank(level) {
			level = c.Grade
		}
	}
	return standing, level
}
