package cohort

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"pingxin/scoring/raters"
)

// Ratings are values that raters gave objects.
type Ratings struct {
	Objects, Raters []string      // names ascending; a cell's IDs are places in them
	Cells           []raters.Cell // one for an object and rater at most; a missing value has none
}

// RatingColumns names the columns of a table that has one rating a row; other columns are not looked at.
type RatingColumns struct {
	Object, Rater, Value string
}

// rating is one cell by its names; NaN is a missing value.
type rating struct {
	object, rater string
	value         float64
}

// LongRatings reads a table of one rating a row. An empty value is missing; its object and rater count all the same. An
// object that a rater rates twice is an error, as is a value that is no number.
func (t *Table) LongRatings(columns RatingColumns) (*Ratings, error) {
	if err := errors.Join(t.known("the object", columns.Object), t.known("the rater", columns.Rater), t.known("the value", columns.Value)); err != nil {
		return nil, err
	}
	all := make([]rating, len(t.Rows))
	seen := make(map[[2]string]int, len(t.Rows))
	for row := range t.Rows {
		r, err := t.rating(row, columns)
		if err != nil {
			return nil, err
		}
		key := [2]string{r.object, r.rater}
		if earlier, twice := seen[key]; twice {
			return nil, t.fault(row, columns.Rater, fmt.Sprintf("a rater who rates %s once; row %d has both too", r.object, t.FirstRow+earlier))
		}
		seen[key], all[row] = row, r
	}
	return newRatings(all), nil
}

func (t *Table) rating(row int, columns RatingColumns) (r rating, err error) {
	if r.object = t.cell(row, columns.Object); r.object == "" {
		return r, t.fault(row, columns.Object, "the name of an object")
	}
	if r.rater = t.cell(row, columns.Rater); r.rater == "" {
		return r, t.fault(row, columns.Rater, "the name of a rater")
	}
	r.value, err = t.number(row, columns.Value)
	return r, err
}

// WideRatings reads a table of one object a row and one rater a column. An empty cell is missing. The column object names
// the objects; when it is empty, their rows do and every column is a rater.
func (t *Table) WideRatings(object string) (*Ratings, error) {
	if object != "" {
		if err := t.known("the object", object); err != nil {
			return nil, err
		}
	}
	if len(t.Header) == 1 && object != "" {
		return nil, fmt.Errorf("%s: %w: found no column beside the object, expected one for each rater", t.Name, ErrTable)
	}
	var all []rating
	seen := make(map[string]int, len(t.Rows))
	for row := range t.Rows {
		name := strconv.Itoa(t.FirstRow + row)
		if object != "" {
			name = t.cell(row, object)
			if earlier, twice := seen[name]; twice || name == "" {
				return nil, t.fault(row, object, namedOnce(name, t.FirstRow+earlier))
			}
			seen[name] = row
		}
		for _, column := range t.Header {
			if column == object {
				continue
			}
			value, err := t.number(row, column)
			if err != nil {
				return nil, err
			}
			all = append(all, rating{name, column, value})
		}
	}
	return newRatings(all), nil
}

func namedOnce(name string, earlier int) string {
	if name == "" {
		return "the name of an object"
	}
	return fmt.Sprintf("an object of its own; row %d has it too", earlier)
}

// newRatings numbers objects and raters by name, so that neither the order of rows nor that of columns matters.
func newRatings(all []rating) *Ratings {
	r := &Ratings{}
	for _, one := range all {
		r.Objects, r.Raters = append(r.Objects, one.object), append(r.Raters, one.rater)
	}
	r.Objects, r.Raters = distinct(r.Objects), distinct(r.Raters)
	for _, one := range all {
		if math.IsNaN(one.value) {
			continue
		}
		object, _ := slices.BinarySearch(r.Objects, one.object)
		rater, _ := slices.BinarySearch(r.Raters, one.rater)
		r.Cells = append(r.Cells, raters.Cell{Rater: int32(rater), Object: int32(object), Value: one.value})
	}
	return r
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Clone(slices.Compact(names))
}

// Complete returns the values of the objects that all raters rated: a row for each of them, in the order of Objects, a
// column for each rater, in the order of Raters.
func (r *Ratings) Complete() (table [][]float64) {
	rows := map[int32][]raters.Cell{}
	for _, c := range r.Cells {
		rows[c.Object] = append(rows[c.Object], c)
	}
	for object := range int32(len(r.Objects)) {
		if len(rows[object]) != len(r.Raters) {
			continue
		}
		row := make([]float64, len(r.Raters))
		for _, c := range rows[object] {
			row[c.Rater] = c.Value
		}
		table = append(table, row)
	}
	return table
}
