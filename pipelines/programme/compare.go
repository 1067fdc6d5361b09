package programme

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Result is the published result of one contract.
type Result struct {
	Contract string
	Name     string
	Value    float64 // NaN: published as not rated
}

// Results reads what was published, in the order of the table.
func (p *Programme) Results() ([]Result, error) {
	t, err := readTable(p.dir, p.Published.File)
	if err != nil {
		return nil, fmt.Errorf("programme %s: %w", p.ID, err)
	}
	contract, err := textOf(t, p.Published.Contract)
	if err != nil {
		return nil, fmt.Errorf("programme %s: published.contract: %w", p.ID, err)
	}
	name, err := textOf(t, p.Published.Name)
	if err != nil {
		return nil, fmt.Errorf("programme %s: published.name: %w", p.ID, err)
	}
	column, err := t.at(p.Published.Column)
	if err != nil {
		return nil, fmt.Errorf("programme %s: published.column: %w", p.ID, err)
	}
	format := p.Formats[p.Published.Format].reader()
	results := make([]Result, len(t.rows))
	for i, row := range t.rows {
		value, present, err := format.value(row[column])
		if err != nil {
			return nil, fmt.Errorf("programme %s: %s, row %d, column %q: %w", p.ID, t.name, rowNumber(i), p.Published.Column, err)
		}
		results[i] = Result{Contract: contract.fill(row), Name: name.fill(row), Value: math.NaN()}
		if present {
			results[i].Value, _ = value.Float64()
		}
	}
	return results, nil
}

// Comparison says how far computed values agree with the published results.
type Comparison struct {
	Published int          `json:"published"`      // results with a value
	Agreed    int          `json:"agreed"`         // of them, within the tolerance
	Unrated   int          `json:"unrated"`        // published as not rated
	AsUnrated int          `json:"agreed_unrated"` // of them, computed without a value too
	Largest   float64      `json:"largest_difference"`
	Tolerance float64      `json:"tolerance"`
	Differing []Difference `json:"differing"` // in the order of the published table; then what was computed for nobody published
}

// Difference is one contract on which the two do not agree; nil stands for no value.
type Difference struct {
	Contract  string   `json:"contract"`
	Name      string   `json:"name"`
	Published *float64 `json:"published"`
	Computed  *float64 `json:"computed"`
}

// Compare sets computed values beside the published results. A contract that has no value is left out of computed.
// The largest difference is taken over the contracts that have both.
func (p *Programme) Compare(results []Result, computed map[string]float64) Comparison {
	c := Comparison{Tolerance: p.Published.Tolerance, Differing: []Difference{}}
	seen := make(map[string]bool, len(results))
	for _, r := range results {
		seen[r.Contract] = true
		value, has := computed[r.Contract]
		rated := !math.IsNaN(r.Value)
		agree := !rated && !has
		if rated && has {
			difference := math.Abs(value - r.Value)
			c.Largest = max(c.Largest, difference)
			agree = difference <= p.Published.Tolerance
		}
		c.count(rated, agree)
		if !agree {
			c.Differing = append(c.Differing, Difference{r.Contract, r.Name, present(r.Value, rated), present(value, has)})
		}
	}
	var unknown []Difference
	for contract, value := range computed {
		if !seen[contract] {
			unknown = append(unknown, Difference{Contract: contract, Computed: present(value, true)})
		}
	}
	slices.SortFunc(unknown, func(a, b Difference) int { return strings.Compare(a.Contract, b.Contract) })
	c.Differing = append(c.Differing, unknown...)
	return c
}

func (c *Comparison) count(rated, agree bool) {
	switch {
	case rated && agree:
		c.Published++
		c.Agreed++
	case rated:
		c.Published++
	case agree:
		c.Unrated++
		c.AsUnrated++
	default:
		c.Unrated++
	}
}

func present(value float64, has bool) *float64 {
	if !has {
		return nil
	}
	return &value
}
