// Package workdays says on which day a window of calendar or working days ends in China: which days public bodies work
// follows from the yearly notice of the State Council on holidays, which moves working days onto weekends. It decides
// how days are counted; which windows there are, and what happens at their ends, is for others. A year whose notice is
// not known is an error, never a guess: the holidays of a year are only known when its notice is out.
package workdays

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Unit is what a window counts.
type Unit string

// The units of windows.
const (
	CalendarDays Unit = "calendar"
	WorkingDays  Unit = "working"
)

// Window is a length of time within which something may or has to be done.
type Window struct {
	Days int  `toml:"days"`
	Unit Unit `toml:"unit"`
}

// Check returns everything that is wrong with a window that the policy has under the key name; nil means that it is sound.
func (w Window) Check(name string) []error {
	var faults []error
	if w.Days < 1 || w.Days > longest {
		faults = append(faults, fmt.Errorf("%s.days: found %d, expected 1 to %d", name, w.Days, longest))
	}
	if w.Unit != CalendarDays && w.Unit != WorkingDays {
		faults = append(faults, fmt.Errorf("%s.unit: found %q, expected %s or %s", name, w.Unit, CalendarDays, WorkingDays))
	}
	return faults
}

// longest is the most days of a window: a year; what takes longer is a term and is written in years.
const longest = 366

// Calendar knows of some years which of their days are worked. The zero value knows none.
type Calendar struct {
	moved map[time.Time]bool // days that a notice names -> worked
	years map[int]Year       // whole or not
}

// Year says where the holidays of a year are from.
type Year struct {
	Year    int
	Notices []string // document numbers, in order
	Lacks   []string // occasions of which no notice names a day off; while there is one, no day of the year is known
}

// MissingYearError says that the days of a year cannot be counted, as its notice is not known.
type MissingYearError struct {
	Year        int
	First, Last int      // years that are known; 0: none
	Lacks       []string // occasions that are missing of a notice that came in part; nil: all are
}

func (e *MissingYearError) Error() string {
	text := fmt.Sprintf("the holidays of %d are not known, only those of %d to %d: import the State Council's notice for that year as a file of kind holiday", e.Year, e.First, e.Last)
	if len(e.Lacks) > 0 {
		text += "; what was imported lacks " + strings.Join(e.Lacks, ", ")
	}
	return text
}

// Years lists the years of which a notice is known, whole or in part, in order.
func (c *Calendar) Years() []Year {
	all := make([]Year, 0, len(c.years))
	for _, n := range slices.Sorted(maps.Keys(c.years)) {
		all = append(all, c.years[n])
	}
	return all
}

// Moved lists the days of a year that its notices name, as runs of days that are off or worked, in order.
func (c *Calendar) Moved(year int) (runs []Row) {
	for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
		work, named := c.moved[day]
		last := len(runs) - 1
		switch {
		case !named:
		case last >= 0 && runs[last].Work == work && runs[last].To.Equal(day.AddDate(0, 0, -1)):
			runs[last].To = day
		default:
			runs = append(runs, Row{From: day, To: day, Work: work})
		}
	}
	return runs
}

// Working says whether public bodies work on the day; the error is a *MissingYearError.
func (c *Calendar) Working(day time.Time) (bool, error) {
	day = midnight(day)
	if y, known := c.years[day.Year()]; !known || len(y.Lacks) > 0 {
		return false, c.missing(day.Year())
	}
	if works, moved := c.moved[day]; moved {
		return works, nil
	}
	return weekday(day), nil
}

func (c *Calendar) missing(year int) error {
	e := &MissingYearError{Year: year, Lacks: c.years[year].Lacks}
	for _, y := range c.Years() {
		if len(y.Lacks) > 0 {
			continue
		}
		if e.First == 0 {
			e.First = y.Year
		}
		e.Last = y.Year
	}
	return e
}

func weekday(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// midnight is the day without its time, in UTC as all days are kept.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// LastDay is the last day of a window that something on the day from sets going. That day itself does not count, and a
// window of calendar days whose last day is no working day ends on the next one (Civil Code, articles 201 and 203). The
// error is a *MissingYearError.
func (c *Calendar) LastDay(from time.Time, w Window) (time.Time, error) {
	day := midnight(from)
	if w.Unit == CalendarDays {
		return c.workingFrom(day.AddDate(0, 0, w.Days))
	}
	for range w.Days {
		var err error
		if day, err = c.workingFrom(day.AddDate(0, 0, 1)); err != nil {
			return time.Time{}, err
		}
	}
	return day, nil
}

// workingFrom is the first working day from day on.
func (c *Calendar) workingFrom(day time.Time) (time.Time, error) {
	for {
		works, err := c.Working(day)
		if err != nil || works {
			return day, err
		}
		day = day.AddDate(0, 0, 1)
	}
}

// Between counts the days after from up to and with to, in the unit; negative when to lies before from. The error is a
// *MissingYearError, and only possible for working days.
func (c *Calendar) Between(from, to time.Time, unit Unit) (int, error) {
	from, to = midnight(from), midnight(to)
	if to.Before(from) {
		n, err := c.Between(to, from, unit)
		return -n, err
	}
	if unit == CalendarDays {
		return int(to.Sub(from) / (24 * time.Hour)), nil
	}
	n := 0
	for day := from.AddDate(0, 0, 1); !day.After(to); day = day.AddDate(0, 0, 1) {
		works, err := c.Working(day)
		if err != nil {
			return 0, err
		}
		if works {
			n++
		}
	}
	return n, nil
}
