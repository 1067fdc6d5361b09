package weights

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Criterion is a column of a table: what objects are compared by.
type Criterion struct {
	ID   string
	Cost bool // less is better
}

// Object is a row of a table.
type Object struct {
	ID     string
	Values []float64 // one per criterion
}

// Table is a checked decision matrix. Its objects stand in the order of their ids, in which every sum is taken, so that
// the order in which they came cannot change a bit.
type Table struct {
	criteria []Criterion
	ids      []string
	columns  [][]float64
}

// NewTable takes two objects or more with a finite value for every criterion. Errors name the object and the criterion
// and match ErrSize, ErrIdentity or ErrValue.
func NewTable(criteria []Criterion, objects []Object) (*Table, error) {
	if len(criteria) == 0 || len(objects) < 2 {
		return nil, fmt.Errorf("%w: found %d criteria and %d objects, expected at least 1 and 2", ErrSize, len(criteria), len(objects))
	}
	t := &Table{criteria: slices.Clone(criteria), ids: make([]string, len(objects)), columns: make([][]float64, len(criteria))}
	if err := checkIDs("criterion", t.criterionIDs()); err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(slices.Values(objects), func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
	for j := range criteria {
		t.columns[j] = make([]float64, len(sorted))
	}
	for i, o := range sorted {
		t.ids[i] = o.ID
		if len(o.Values) != len(criteria) {
			return nil, fmt.Errorf("%w: object %q has %d values, expected one for each of the %d criteria", ErrSize, o.ID, len(o.Values), len(criteria))
		}
		for j, v := range o.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: object %q, criterion %q: found %g, expected a finite number", ErrValue, o.ID, criteria[j].ID, v)
			}
			t.columns[j][i] = v
		}
	}
	return t, checkIDs("object", t.ids)
}

func (t *Table) criterionIDs() []string {
	ids := make([]string, len(t.criteria))
	for j, c := range t.criteria {
		ids[j] = c.ID
	}
	return ids
}

// constant lists the criteria by which no object differs from another.
func (t *Table) constant() []string {
	var ids []string
	for j, column := range t.columns {
		if slices.Min(column) == slices.Max(column) {
			ids = append(ids, t.criteria[j].ID)
		}
	}
	return ids
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
