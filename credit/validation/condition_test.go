package validation

import (
	"errors"
	"math"
	"testing"
)

// isCondition says whether an error names a condition in both ways.
func isCondition(err error, want *Condition) bool {
	var c *Condition
	return errors.Is(err, want) && errors.As(err, &c) && c.Code == want.Code && err.Error() != ""
}

// TestConditions: every way in which a number cannot be computed has its name.
func TestConditions(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	both := []bool{true, false}
	discriminate := func(x []float64, events []bool) error { _, err := Discriminate(x, events, 0.95); return err }
	fit := func(x []float64, events []bool) error { _, err := FitLogistic(x, events); return err }
	line := func(p []float64, events []bool) error { _, err := FitCalibration(p, events); return err }
	hl := func(p []float64, events []bool, groups int) error {
		_, err := GoodnessOfFit(p, events, groups, 2)
		return err
	}
	stability := func(a, b, edges []float64) error { _, err := Stability(a, b, edges); return err }
	cohort := func(levels []string, moves ...Move) error { _, err := Cohort(levels, moves, 0.95); return err }
	estimate := func(until float64, spells ...Spell) error {
		_, err := EstimateGenerator([]string{"A", "B"}, spells, until)
		return err
	}
	exponential := func(time float64, g ...[]float64) error { _, err := TransitionProbabilities(g, time); return err }
	one := func(_ any, err error) error { return err }
	three := func(_, _ any, err error) error { return err }
	for name, c := range map[string]struct {
		err  error
		want *Condition
	}{
		"lists of different length":     {discriminate([]float64{1}, both), ErrLength},
		"nothing":                       {discriminate(nil, nil), ErrEmpty},
		"NaN":                           {discriminate([]float64{nan, 1}, both), ErrNotFinite},
		"infinity":                      {discriminate([]float64{1, inf}, both), ErrNotFinite},
		"only events":                   {discriminate([]float64{1, 2}, []bool{true, true}), ErrOneClass},
		"one observation":               {discriminate([]float64{1}, []bool{false}), ErrOneClass},
		"no confidence":                 {one(Discriminate([]float64{1, 2}, both, 1)), ErrConfidence},
		"NaN as confidence":             {one(Discriminate([]float64{1, 2}, both, nan)), ErrConfidence},
		"curve of one class":            {one(ROC([]float64{1, 2}, []bool{false, false})), ErrOneClass},
		"curve of nothing":              {one(ROC(nil, nil)), ErrEmpty},
		"probability above 1":           {one(Brier([]float64{0.5, 1.1}, both, 10)), ErrNotProbability},
		"probability below 0":           {hl([]float64{-0.1, 0.5}, both, 10), ErrNotProbability},
		"NaN as probability":            {line([]float64{nan, 0.5}, both), ErrNotFinite},
		"no groups":                     {one(Brier([]float64{0.5, 0.6}, both, 0)), ErrGroups},
		"table without groups":          {one(CalibrationGroups([]float64{0.5, 0.6}, both, 0, 0.95)), ErrGroups},
		"table without observations":    {one(CalibrationGroups(nil, nil, 10, 0.95)), ErrEmpty},
		"table without confidence":      {one(CalibrationGroups([]float64{0.5, 0.6}, both, 10, 0)), ErrConfidence},
		"test without groups":           {hl([]float64{0.5, 0.6}, both, 0), ErrGroups},
		"two predictions":               {hl([]float64{0.5, 0.6}, both, 10), ErrTooFewGroups},
		"the impossible happened":       {hl([]float64{0, 0.5, 0.6}, []bool{true, false, true}, 10), ErrCertain},
		"fit of one class":              {fit([]float64{1, 2}, []bool{false, false}), ErrOneClass},
		"fit of equal values":           {fit([]float64{1, 1}, both), ErrConstant},
		"fit of nothing":                {fit(nil, nil), ErrEmpty},
		"fit with classes apart":        {fit([]float64{1, 2}, both), ErrSeparation},
		"fit with classes that touch":   {fit([]float64{1, 2, 2, 3}, []bool{true, true, false, false}), ErrSeparation},
		"fit the other way":             {fit([]float64{1, 2}, []bool{false, true}), ErrSeparation},
		"fit that does not settle":      {fit([]float64{0, 1, 2, 3, 4, 1e6}, []bool{true, false, true, false, false, false}), ErrNoConvergence},
		"fit whose model cancels":       {fit([]float64{0, 1, 2, 3, 4, 1e9}, []bool{false, true, false, false, false, false}), ErrNoConvergence},
		"line through certainties":      {line([]float64{0, 1}, both), ErrOneClass},
		"line with classes apart":       {line([]float64{0.1, 0.2}, both), ErrSeparation},
		"unknown level":                 {three(OutcomesByLevel([]string{"A"}, []string{"B"}, []bool{true}, 0.95)), ErrUnknownLevel},
		"no levels":                     {three(OutcomesByLevel(nil, nil, nil, 0.95)), ErrLevels},
		"levels without confidence":     {three(OutcomesByLevel([]string{"A"}, nil, nil, 2)), ErrConfidence},
		"levels of different length":    {three(OutcomesByLevel([]string{"A"}, []string{"A"}, nil, 0.95)), ErrLength},
		"count below zero":              {one(PSI([]BinCount{{"a", -1, 1}})), ErrCount},
		"nobody now":                    {one(PSI([]BinCount{{"a", 1, 0}})), ErrEmpty},
		"no bins":                       {one(PSI(nil)), ErrEmpty},
		"constant baseline":             {stability([]float64{1, 1}, []float64{1, 2}, nil), ErrConstantBaseline},
		"baseline of nothing":           {stability(nil, []float64{1, 2}, nil), ErrConstantBaseline},
		"baseline of nothing and edges": {stability(nil, []float64{1, 2}, []float64{1}), ErrEmpty},
		"no edges":                      {stability([]float64{1}, []float64{1}, []float64{}), ErrEdges},
		"edges that fall":               {stability([]float64{1}, []float64{1}, []float64{2, 1}), ErrEdges},
		"NaN as edge":                   {stability([]float64{1}, []float64{1}, []float64{nan}), ErrEdges},
		"infinity before":               {stability([]float64{inf}, []float64{1}, []float64{1}), ErrNotFinite},
		"infinity now":                  {stability([]float64{1}, []float64{-inf}, []float64{1}), ErrNotFinite},
		"matrix without levels":         {cohort(nil), ErrLevels},
		"level named twice":             {cohort([]string{"A", "A"}), ErrLevels},
		"level without a name":          {cohort([]string{"A", ""}), ErrLevels},
		"move from an unknown level":    {cohort([]string{"A"}, Move{"X", "A"}), ErrUnknownLevel},
		"move to an unknown level":      {cohort([]string{"A"}, Move{"A", "X"}), ErrUnknownLevel},
		"matrix without confidence":     {one(Cohort([]string{"A"}, nil, 0)), ErrConfidence},
		"generator without states":      {one(EstimateGenerator(nil, nil, 1)), ErrLevels},
		"spell in an unknown state":     {estimate(1, Spell{"s", 0, "X"}), ErrUnknownLevel},
		"spell before the beginning":    {estimate(1, Spell{"s", -1, "A"}), ErrSpell},
		"spell at NaN":                  {estimate(1, Spell{"s", nan, "A"}), ErrSpell},
		"spell after the end":           {estimate(1, Spell{"s", 2, "A"}), ErrSpell},
		"next spell after the end":      {estimate(1, Spell{"s", 0, "A"}, Spell{"s", 2, "B"}), ErrSpell},
		"two states at once":            {estimate(1, Spell{"s", 0, "A"}, Spell{"s", 0, "B"}), ErrSpell},
		"no end":                        {estimate(inf, Spell{"s", 0, "A"}), ErrSpell},
		"rate below zero":               {exponential(1, []float64{1, -1}, []float64{0, 0}), ErrNotGenerator},
		"row that does not add up":      {exponential(1, []float64{-1, 2}, []float64{0, 0}), ErrNotGenerator},
		"row that is too short":         {exponential(1, []float64{-1, 1}, []float64{0}), ErrNotGenerator},
		"rate that is infinite":         {exponential(1, []float64{-inf, inf}, []float64{0, 0}), ErrNotGenerator},
		"time below zero":               {exponential(-1, []float64{0}), ErrHorizon},
		"time that is NaN":              {exponential(nan, []float64{0}), ErrHorizon},
		"time without end":              {exponential(1e12, []float64{-1, 1}, []float64{0, 0}), ErrHorizon},
	} {
		if !isCondition(c.err, c.want) {
			t.Errorf("%s: got %v, want %v", name, c.err, c.want)
		}
	}
}
