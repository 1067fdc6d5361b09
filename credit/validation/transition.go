package validation

import (
	"cmp"
	"slices"
)

// Move is the level of one supplier at the beginning and at the end of a window; an empty level is unrated, withdrawn or
// gone.
type Move struct{ From, To string }

// Transition is a cohort transition matrix. Rows are levels at the beginning, columns levels at the end, both in the
// order given.
type Transition struct {
	Levels    []string     `json:"levels"`
	Counts    [][]int      `json:"counts"`
	Shares    [][]float64  `json:"shares"`    // of the row without those withdrawn; a row without suppliers is nil
	Intervals [][]Interval `json:"intervals"` // of the shares; a row without suppliers is nil
	Withdrawn []int        `json:"withdrawn"` // rated at the beginning and no longer at the end, by level
	Entered   []int        `json:"entered"`   // not rated at the beginning, by level at the end
	Unrated   int          `json:"unrated"`   // at both ends
	Mobility  Mobility     `json:"mobility"`
}

// Mobility sums up how much suppliers rated at both ends moved.
type Mobility struct {
	Up        int      `json:"up"`
	Same      int      `json:"same"`
	Down      int      `json:"down"`
	MeanSteps float64  `json:"mean_steps"` // levels moved, whichever way; 0 without suppliers
	Trace     *float64 `json:"trace"`      // (k - trace)/(k-1) of Shorrocks (1978); nil where a level has no suppliers or k is 1
}

// Cohort counts moves between levels, best first. Those withdrawn at the end are shown and left out of the shares, as
// their later level is not known. Intervals are Wilson's for each cell by itself, not for a row at once.
// Errors: ErrLevels, ErrUnknownLevel, ErrConfidence.
func Cohort(levels []string, moves []Move, confidence float64) (Transition, error) {
	if err := checkLevels(levels); err != nil {
		return Transition{}, err
	}
	if _, err := normalQuantile(confidence); err != nil {
		return Transition{}, err
	}
	t := Transition{Levels: slices.Clone(levels), Counts: square(len(levels)), Withdrawn: make([]int, len(levels)), Entered: make([]int, len(levels))}
	for i, m := range moves {
		from, to := slices.Index(levels, m.From), slices.Index(levels, m.To)
		switch {
		case from < 0 && m.From != "" || to < 0 && m.To != "":
			return Transition{}, at(ErrUnknownLevel, "move %d is from %q to %q", i, m.From, m.To)
		case from < 0 && to < 0:
			t.Unrated++
		case from < 0:
			t.Entered[to]++
		case to < 0:
			t.Withdrawn[from]++
		default:
			t.Counts[from][to]++
		}
	}
	t.share(confidence)
	t.Mobility = mobility(t.Counts, t.Shares)
	return t, nil
}

func square(k int) [][]int {
	rows := make([][]int, k)
	for i := range rows {
		rows[i] = make([]int, k)
	}
	return rows
}

func sum(counts []int) (total int) {
	for _, c := range counts {
		total += c
	}
	return total
}

// share fills the shares and their intervals.
func (t *Transition) share(confidence float64) {
	t.Shares, t.Intervals = make([][]float64, len(t.Counts)), make([][]Interval, len(t.Counts))
	for i, row := range t.Counts {
		n := sum(row)
		if n == 0 {
			continue
		}
		for _, count := range row {
			t.Shares[i] = append(t.Shares[i], float64(count)/float64(n))
			t.Intervals[i] = append(t.Intervals[i], wilson(count, n, confidence))
		}
	}
}

func mobility(counts [][]int, shares [][]float64) Mobility {
	var m Mobility
	steps, complete, trace := 0, len(counts) > 1, 0.0
	for i, row := range counts {
		m.Up += sum(row[:i])
		m.Same += row[i]
		m.Down += sum(row[i+1:])
		for j, count := range row {
			steps += count * max(i-j, j-i)
		}
		if shares[i] == nil {
			complete = false
		} else {
			trace += shares[i][i]
		}
	}
	if n := m.Up + m.Same + m.Down; n > 0 {
		m.MeanSteps = float64(steps) / float64(n)
	}
	if complete {
		index := (float64(len(counts)) - trace) / float64(len(counts)-1)
		m.Trace = &index
	}
	return m
}

// Spell is the state of a subject from a time on, until its next spell or the end; an empty state is withdrawn.
type Spell struct {
	Subject string
	At      float64 // in the unit of the rates, counted from the beginning
	State   string
}

// Generator is the rates of transition per unit of time of a chain in continuous time.
type Generator struct {
	States      []string    `json:"states"`
	Transitions [][]int     `json:"transitions"`
	Exposure    []float64   `json:"exposure"` // time spent in each state
	Rates       [][]float64 `json:"rates"`    // off the diagonal transitions/exposure, on it minus the rest of the row; zeros without exposure
}

// EstimateGenerator is the maximum likelihood estimate from complete histories of a homogeneous chain (Albert 1962;
// Lando and Skødeberg 2002). It uses moves inside the window that a cohort matrix does not see. Time
// withdrawn is no exposure, and going into it or coming back no transition; a spell that repeats the state goes on with
// it. Spells come in any order and end at until. Errors: ErrLevels, ErrUnknownLevel, ErrSpell.
func EstimateGenerator(states []string, spells []Spell, until float64) (Generator, error) {
	if err := checkLevels(states); err != nil {
		return Generator{}, err
	}
	spells = slices.SortedFunc(slices.Values(spells), func(a, b Spell) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.At, b.At), cmp.Compare(a.State, b.State))
	})
	g := Generator{States: slices.Clone(states), Transitions: square(len(states)), Exposure: make([]float64, len(states))}
	for i, s := range spells {
		state, end, next := slices.Index(states, s.State), until, -1
		if i+1 < len(spells) && spells[i+1].Subject == s.Subject {
			end, next = spells[i+1].At, slices.Index(states, spells[i+1].State)
		}
		if state < 0 && s.State != "" {
			return Generator{}, at(ErrUnknownLevel, "%q is in %q", s.Subject, s.State)
		}
		if !(s.At >= 0 && end > s.At && end <= until) || !finite(until) {
			return Generator{}, at(ErrSpell, "%q is in %q from %g to %g, the end is %g", s.Subject, s.State, s.At, end, until)
		}
		if state < 0 {
			continue
		}
		g.Exposure[state] += end - s.At
		if next >= 0 && next != state {
			g.Transitions[state][next]++
		}
	}
	g.Rates = rates(g.Transitions, g.Exposure)
	return g, nil
}

func rates(transitions [][]int, exposure []float64) [][]float64 {
	all := make([][]float64, len(transitions))
	for i, row := range transitions {
		all[i] = make([]float64, len(row))
		if exposure[i] == 0 {
			continue
		}
		for j, count := range row {
			all[i][j] = float64(count) / exposure[i]
		}
		all[i][i] = -float64(sum(row)) / exposure[i]
	}
	return all
}
