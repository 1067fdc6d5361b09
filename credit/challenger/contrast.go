package challenger

import (
	"fmt"
	"maps"
	"slices"
)

// Contrasts makes columns of records as they are: a number is a column; a category is one for each of its labels but
// the first in byte order, 1 where the record has the label (treatment contrasts, the default of R), named input=label.
// A missing value is an error: there is no number for it.
func Contrasts(design Design, records []Record) ([]Column, error) {
	if err := design.checkRecords(records); err != nil {
		return nil, err
	}
	for _, r := range records {
		for i, v := range r.Values {
			if v.missing(design[i].Kind) {
				return nil, fmt.Errorf("record %q, input %s: %w: found no value, expected one", r.ID, design[i].Name, ErrNotFinite)
			}
		}
	}
	var columns []Column
	for i, input := range design {
		if input.Kind == Number {
			columns = append(columns, Column{input.Name, numbers(records, i)})
			continue
		}
		columns = append(columns, treatment(input.Name, labels(records, i))...)
	}
	return columns, nil
}

func treatment(name string, labels []string) (columns []Column) {
	place := map[string]int{}
	for _, label := range labels {
		place[label] = 0
	}
	for i, label := range slices.Sorted(maps.Keys(place)) {
		place[label] = i
		if i > 0 {
			columns = append(columns, Column{name + "=" + label, make([]float64, len(labels))})
		}
	}
	for row, label := range labels {
		if at := place[label]; at > 0 {
			columns[at-1].Values[row] = 1
		}
	}
	return columns
}

func numbers(records []Record, input int) []float64 {
	values := make([]float64, len(records))
	for i, r := range records {
		values[i] = r.Values[input].Number
	}
	return values
}

func labels(records []Record, input int) []string {
	values := make([]string, len(records))
	for i, r := range records {
		values[i] = r.Values[input].Label
	}
	return values
}
