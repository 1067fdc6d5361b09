package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pingxin/credit/challenger"
	"pingxin/credit/validation"
	"pingxin/pipelines/store"
)

// ErrTooFewOutcomes says that a scorecard would be made of chance.
var ErrTooFewOutcomes = errors.New("too few outcomes")

// ScorecardCases are the suppliers rated on a past day as cases for a scorecard.
type ScorecardCases struct {
	Outcome string // what makes a case bad, in words
	Unrated int    // suppliers left out because they had no rating
	Design  challenger.Design
	Records []challenger.Record
}

// Cases are the suppliers that Validate compares, each with its inputs, its rating as the rule score, and whether
// anything came after that counts against it. Those unrated on the day are left out: a scorecard stands beside a rating.
// Fewer suppliers with or without an outcome than the policy's min_events are refused.
func Cases(ctx context.Context, st *store.Store, o ValidateOptions) (c ScorecardCases, err error) {
	v, err := watch(ctx, st, o, false)
	if err != nil {
		return c, fmt.Errorf("cases of %s: %w", o.AsOf.Format(time.DateOnly), err)
	}
	p := v.Policy.Validation
	w := window(v.day, v.end, p)
	c.Outcome = outcomeInWords(p, v.Horizon)
	for _, name := range inputNames {
		c.Design = append(c.Design, challenger.Input{Name: name, Kind: challenger.Number})
	}
	bad := 0
	for _, s := range w.Suppliers {
		if !s.Rated {
			c.Unrated++
			continue
		}
		r := challenger.Record{ID: s.ID, Bad: len(s.Outcomes) > 0, Rule: s.Score}
		for _, name := range inputNames {
			r.Values = append(r.Values, challenger.Value{Number: s.Inputs[name]})
		}
		if r.Bad {
			bad++
		}
		c.Records = append(c.Records, r)
	}
	if good := len(c.Records) - bad; min(good, bad) < p.MinEvents {
		return c, fmt.Errorf("%w: of %d suppliers rated on %s, %d had an outcome until %s and %d had none, expected at least %d of each (validation.min_events); choose a longer --horizon or another --as-of",
			ErrTooFewOutcomes, len(c.Records), w.AsOf.Format(time.DateOnly), bad, w.Until.Format(time.DateOnly), good, p.MinEvents)
	}
	return c, nil
}

// outcomeInWords says what counts against a rating, for the model file.
func outcomeInWords(p *validation.Policy, horizon int) string {
	var parts []string
	if len(p.Severities) > 0 {
		events := strings.Join(p.Severities, " or ") + " offence"
		if len(p.Kinds) > 0 {
			events += " (" + strings.Join(p.Kinds, ", ") + ")"
		}
		parts = append(parts, events)
	}
	if len(p.PoorGrades) > 0 {
		parts = append(parts, "final evaluation graded "+strings.Join(p.PoorGrades, " or "))
	}
	return fmt.Sprintf("%s within %d days", strings.Join(parts, ", or "), horizon)
}

// For brings cases into the order of a model's design; an input that the cases do not have is an error.
func (c ScorecardCases) For(m *challenger.Model) ([]challenger.Record, error) {
	places := map[string]int{}
	for i, input := range c.Design {
		places[input.Name] = i
	}
	records := make([]challenger.Record, len(c.Records))
	for i, r := range c.Records {
		records[i] = challenger.Record{ID: r.ID, Bad: r.Bad, Rule: r.Rule}
		for _, input := range m.Design() {
			at, known := places[input.Name]
			if !known || input.Kind != challenger.Number {
				return nil, fmt.Errorf("the model asks for the input %s, which a supplier does not have, expected some of %s: it was fitted to other cases; fit one with --as-of",
					input.Name, strings.Join(inputNames, ", "))
			}
			records[i].Values = append(records[i].Values, r.Values[at])
		}
	}
	return records, nil
}
