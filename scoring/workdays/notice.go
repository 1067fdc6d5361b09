package workdays

import (
	_ "embed" // of the shipped notices
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// shipped are the notices that were out when this version was made, one row for each run of days as the notice names it.
//
//go:embed holidays.csv
var shipped string

// occasions are the holidays that every year has (Measures on Holidays for National Festivals and Memorial Days, article
// 2): a notice without one of them is not whole.
var occasions = []string{"new_year", "spring_festival", "qingming", "labour", "dragon_boat", "mid_autumn", "national"}

// Occasions are the codes of the holidays that every year has.
func Occasions() []string { return slices.Clone(occasions) }

// longestRun is the most days that one row may name: the longest holiday yet was nine days, in 2026.
const longestRun = 16

// Row is one line of a notice: a run of days that are off, or worked although they lie on a weekend.
type Row struct {
	From, To time.Time
	Work     bool   // worked; false: off
	Occasion string // one of Occasions
	Notice   string // its document number
}

// Shipped is the calendar of the years whose notices this version has. It panics when its own file is broken, which a
// test rules out.
func Shipped() *Calendar {
	rows, err := Read(strings.NewReader(shipped))
	if err != nil {
		panic(err)
	}
	c, err := (&Calendar{}).Extend(rows)
	if err != nil {
		panic(err)
	}
	return c
}

// Read reads rows in the form of the shipped file: a header, then from_on, to_on, day (off or work), occasion and notice;
// lines that begin with # are left out.
func Read(r io.Reader) ([]Row, error) {
	file := csv.NewReader(r)
	file.Comment = '#'
	lines, err := file.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	header := []string{"from_on", "to_on", "day", "occasion", "notice"}
	if len(lines) == 0 || !slices.Equal(lines[0], header) {
		return nil, fmt.Errorf("read holidays: expected the header %s", strings.Join(header, ","))
	}
	rows := make([]Row, 0, len(lines)-1)
	for n, cells := range lines[1:] {
		row, err := rowOf(cells)
		if err != nil {
			return nil, fmt.Errorf("read holidays: row %d: %w", n+1, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func rowOf(cells []string) (Row, error) {
	from, errFrom := time.Parse(time.DateOnly, cells[0])
	to, errTo := time.Parse(time.DateOnly, cells[1])
	if err := errors.Join(errFrom, errTo); err != nil {
		return Row{}, err
	}
	if cells[2] != "off" && cells[2] != "work" {
		return Row{}, fmt.Errorf("day: found %q, expected off or work", cells[2])
	}
	return Row{From: from, To: to, Work: cells[2] == "work", Occasion: cells[3], Notice: cells[4]}, nil
}

// Check returns everything that is wrong with one row; nil means that it is sound.
func (r Row) Check() []error {
	var faults []error
	if r.To.Before(r.From) || r.To.After(r.From.AddDate(0, 0, longestRun-1)) {
		faults = append(faults, fmt.Errorf("%s: found the end %s, expected 1 to %d days", dayText(r.From), dayText(r.To), longestRun))
	}
	if !slices.Contains(occasions, r.Occasion) {
		faults = append(faults, fmt.Errorf("%s: found the occasion %q, expected one of %s", dayText(r.From), r.Occasion, strings.Join(occasions, ", ")))
	}
	if r.Notice == "" {
		faults = append(faults, fmt.Errorf("%s: found no notice, expected its document number", dayText(r.From)))
	}
	return faults
}

func dayText(day time.Time) string { return day.Format(time.DateOnly) }

// Extend is the calendar with what the rows say added, which wins over what c knew of the same days: a notice may move
// days of the year before its own. The error names every row that is not sound or contradicts another one, and every
// year of which an occasion is missing; c itself stays as it is.
func (c *Calendar) Extend(rows []Row) (*Calendar, error) {
	extended := &Calendar{moved: maps.Clone(c.moved), years: maps.Clone(c.years)}
	if extended.moved == nil {
		extended.moved, extended.years = map[time.Time]bool{}, map[int]Year{}
	}
	var faults []error
	named := map[time.Time]bool{} // days of these rows
	for _, r := range rows {
		if wrong := r.Check(); wrong != nil {
			faults = append(faults, wrong...)
			continue
		}
		for day := midnight(r.From); !day.After(midnight(r.To)); day = day.AddDate(0, 0, 1) {
			if named[day] && extended.moved[day] != r.Work {
				faults = append(faults, fmt.Errorf("%s: found both off and worked", dayText(day)))
			}
			named[day], extended.moved[day] = true, r.Work
		}
	}
	if faults = append(faults, extended.addYears(rows)...); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return extended, nil
}

// addYears notes the years of the rows as known, and returns those that are neither known nor whole.
func (c *Calendar) addYears(rows []Row) (faults []error) {
	notices, has := map[int][]string{}, map[int][]string{}
	for _, r := range rows {
		year := r.From.Year()
		notices[year] = append(notices[year], r.Notice)
		if !r.Work {
			has[year] = append(has[year], r.Occasion)
		}
	}
	for year := range notices {
		known, before := c.years[year]
		for _, occasion := range occasions {
			if !before && !slices.Contains(has[year], occasion) {
				faults = append(faults, fmt.Errorf("year %d: found no days off for %s, expected the whole notice", year, occasion))
			}
		}
		all := append(slices.Clone(known.Notices), notices[year]...)
		slices.Sort(all)
		c.years[year] = Year{Year: year, Notices: slices.Compact(all)}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return faults
}
