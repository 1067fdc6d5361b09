package validation

import "slices"

// LevelOutcome is what came after the ratings of one level.
type LevelOutcome struct {
	Level    string    `json:"level"`
	N        int       `json:"n"`
	Events   int       `json:"events"`
	Rate     *float64  `json:"rate"`     // nil without suppliers
	Interval *Interval `json:"interval"` // Wilson, of the level by itself; nil without suppliers
	Small    bool      `json:"small"`    // fewer than SmallLevel suppliers: the rate says little
}

// SmallLevel is the number of suppliers below which a rate is marked as resting on little: at 30, a rate of 10 percent
// has a 95 percent interval from 3 to 26 percent.
const SmallLevel = 30

// Inversion is a pair of neighbouring levels, levels without suppliers left out, of which the better had the higher rate.
type Inversion struct {
	Better string `json:"better"`
	Worse  string `json:"worse"`
	Clear  bool   `json:"clear"` // the intervals do not overlap; otherwise chance may explain it
}

// OutcomesByLevel counts the events of each level. Levels come best first; level and events have one entry for each
// supplier. Without inversions the rates are monotone. Errors: ErrLevels, ErrLength, ErrUnknownLevel, ErrConfidence.
func OutcomesByLevel(levels, level []string, events []bool, confidence float64) ([]LevelOutcome, []Inversion, error) {
	if err := checkLevels(levels); err != nil {
		return nil, nil, err
	}
	if _, err := normalQuantile(confidence); err != nil {
		return nil, nil, err
	}
	if len(level) != len(events) {
		return nil, nil, at(ErrLength, "%d levels and %d events", len(level), len(events))
	}
	rows := make([]LevelOutcome, len(levels))
	for i, l := range level {
		rank := slices.Index(levels, l)
		if rank < 0 {
			return nil, nil, at(ErrUnknownLevel, "supplier %d has %q", i, l)
		}
		rows[rank].N++
		if events[i] {
			rows[rank].Events++
		}
	}
	for i, l := range levels {
		rows[i] = levelOutcome(l, rows[i].N, rows[i].Events, confidence)
	}
	return rows, inversions(rows), nil
}

func levelOutcome(level string, n, events int, confidence float64) LevelOutcome {
	row := LevelOutcome{Level: level, N: n, Events: events, Small: n < SmallLevel}
	if n > 0 {
		rate, interval := float64(events)/float64(n), wilson(events, n, confidence)
		row.Rate, row.Interval = &rate, &interval
	}
	return row
}

// inversions compares rates as whole numbers.
func inversions(rows []LevelOutcome) []Inversion {
	all := []Inversion{}
	var better *LevelOutcome
	for i := range rows {
		worse := &rows[i]
		if worse.N == 0 {
			continue
		}
		if better != nil && better.Events*worse.N > worse.Events*better.N {
			all = append(all, Inversion{better.Level, worse.Level, better.Interval.Low > worse.Interval.High})
		}
		better = worse
	}
	return all
}

// checkLevels refuses a list that is empty or names a level twice or not at all.
func checkLevels(levels []string) error {
	if len(levels) == 0 {
		return ErrLevels
	}
	for i, l := range levels {
		if l == "" || slices.Index(levels, l) != i {
			return at(ErrLevels, "level %d is %q", i, l)
		}
	}
	return nil
}
