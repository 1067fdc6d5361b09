package workdays_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pingxin/scoring/workdays"
)

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

// TestShippedYears: the working days of a year are its weekdays, minus the weekdays that the notice gives off, plus the
// weekend days that it moves work to; the three numbers are counted by hand in the notice and on a wall calendar.
func TestShippedYears(t *testing.T) {
	c := workdays.Shipped()
	for year, want := range map[int]int{2022: 260 - 18 + 7, 2023: 260 - 18 + 7, 2024: 262 - 19 + 8, 2025: 261 - 18 + 5, 2026: 261 - 19 + 6} {
		last := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
		if n, err := c.Between(last.AddDate(-1, 0, 0), last, workdays.WorkingDays); err != nil || n != want {
			t.Errorf("%d has %d working days, %v; want %d", year, n, err, want)
		}
	}
}

func TestLastDay(t *testing.T) {
	c := workdays.Shipped()
	working, calendar := workdays.WorkingDays, workdays.CalendarDays
	for _, test := range []struct {
		from string
		days int
		unit workdays.Unit
		want string
	}{
		{"2026-11-02", 30, calendar, "2026-12-02"},     // a Wednesday
		{"2026-11-05", 30, calendar, "2026-12-07"},     // ends on Saturday, 5 December: the next working day
		{"2026-09-01", 30, calendar, "2026-10-08"},     // ends on 1 October: after the whole holiday
		{"2026-01-15", 30, calendar, "2026-02-14"},     // ends on a Saturday that is worked
		{"2026-09-24", 1, working, "2026-09-28"},       // Mid-Autumn lies between
		{"2026-09-30", 3, working, "2026-10-10"},       // 8, 9 and the worked Saturday, 10 October
		{"2025-01-24", 10, working, "2025-02-13"},      // 26, 27 January, 5 to 8 and 10 to 13 February
		{"2026-09-20", 1, working, "2026-09-21"},       // from a worked Sunday
		{"2026-06-18T23:00", 1, working, "2026-06-22"}, // the time of day does not matter
	} {
		from, err := time.Parse("2006-01-02T15:04", test.from)
		if err != nil {
			from = day(test.from)
		}
		got, err := c.LastDay(from, workdays.Window{Days: test.days, Unit: test.unit})
		if err != nil || got.Format(time.DateOnly) != test.want {
			t.Errorf("%d %s days from %s end on %s, %v; want %s", test.days, test.unit, test.from, got.Format(time.DateOnly), err, test.want)
		}
	}
}

// TestMissingYear: days of a year without a notice are an error, whichever way they are counted.
func TestMissingYear(t *testing.T) {
	c := workdays.Shipped()
	var missing *workdays.MissingYearError
	if _, err := c.LastDay(day("2026-12-20"), workdays.Window{Days: 30, Unit: workdays.WorkingDays}); !errors.As(err, &missing) || missing.Year != 2027 || missing.Last != 2026 {
		t.Errorf("30 working days into 2027: %v", err)
	}
	if _, err := c.LastDay(day("2026-12-20"), workdays.Window{Days: 30, Unit: workdays.CalendarDays}); !errors.As(err, &missing) {
		t.Errorf("30 calendar days into 2027: %v", err)
	}
	if _, err := c.Working(day("2021-12-31")); !errors.As(err, &missing) {
		t.Errorf("a day of 2021: %v", err)
	}
	if n, err := c.Between(day("2026-12-20"), day("2027-01-19"), workdays.CalendarDays); err != nil || n != 30 {
		t.Errorf("calendar days between two days: %d, %v; want 30 of any year", n, err)
	}
}

// notice2027 is a notice of the form that a bureau imports; its days are made up.
const notice2027 = `from_on,to_on,day,occasion,notice
2026-12-31,2026-12-31,off,new_year,T1
2027-01-01,2027-01-02,off,new_year,T1
2027-02-05,2027-02-12,off,spring_festival,T1
2027-04-05,2027-04-05,off,qingming,T1
2027-05-01,2027-05-05,off,labour,T1
2027-06-09,2027-06-09,off,dragon_boat,T1
2027-09-15,2027-09-15,off,mid_autumn,T1
2027-10-01,2027-10-07,off,national,T1
2027-10-09,2027-10-09,work,national,T1
`

func read(t *testing.T, text string) []workdays.Row {
	t.Helper()
	rows, err := workdays.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestExtend(t *testing.T) {
	shipped := workdays.Shipped()
	c, err := shipped.Extend(read(t, notice2027))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"2026-12-31": false, "2027-01-04": true, "2027-10-08": true, "2027-10-09": true, "2027-10-10": false} {
		if works, err := c.Working(day(text)); err != nil || works != want {
			t.Errorf("%s is worked: %v, %v; want %v", text, works, err, want)
		}
	}
	if works, err := shipped.Working(day("2026-12-31")); err != nil || !works {
		t.Errorf("the calendar that was extended changed: 2026-12-31 is worked: %v, %v", works, err)
	}
	want := workdays.Year{Year: 2026, Notices: []string{"T1", "国办发明电〔2025〕7号"}}
	if years := c.Years(); len(years) != 6 || !reflect.DeepEqual(years[4], want) || years[5].Year != 2027 {
		t.Errorf("years are %v", years)
	}
}

func TestExtendRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"part of a year": {strings.Replace(notice2027, "2027-06-09,2027-06-09,off,dragon_boat,T1\n", "", 1), "year 2027: found no days off for dragon_boat"},
		"contradiction":  {notice2027 + "2027-10-07,2027-10-08,work,national,T1\n", "2027-10-07: found both off and worked"},
		"backwards":      {notice2027 + "2027-11-07,2027-11-06,work,national,T1\n", "2027-11-07: found the end 2027-11-06, expected 1 to 16 days"},
		"too long":       {notice2027 + "2027-11-01,2027-11-17,off,national,T1\n", "2027-11-01: found the end 2027-11-17"},
		"occasion":       {notice2027 + "2027-11-07,2027-11-07,off,carnival,T1\n", `found the occasion "carnival"`},
		"no notice":      {notice2027 + "2027-11-07,2027-11-07,off,national,\n", "found no notice"},
	} {
		c, err := workdays.Shipped().Extend(read(t, test.text))
		if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
	for _, text := range []string{"", "a,b\n", "from_on,to_on,day,occasion,notice\n2027-13-01,2027-01-01,off,national,T\n", "from_on,to_on,day,occasion,notice\n2027-01-01,2027-01-01,Off,national,T\n"} {
		if rows, err := workdays.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read as %v", text, rows)
		}
	}
}

// TestWindowsAgree: a window of working days ends as many working days later as it is long, and on a working day; one
// of calendar days never ends before its days are over.
func TestWindowsAgree(t *testing.T) {
	c := workdays.Shipped()
	rapid.Check(t, func(t *rapid.T) {
		from := day("2022-01-01").AddDate(0, 0, rapid.IntRange(0, 1600).Draw(t, "from"))
		days := rapid.IntRange(1, 90).Draw(t, "days")
		last, err := c.LastDay(from, workdays.Window{Days: days, Unit: workdays.WorkingDays})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Between(from, last, workdays.WorkingDays); err != nil || n != days {
			t.Fatalf("%d working days after %s is %s, which is %d, %v", days, from, last, n, err)
		}
		plain, err := c.LastDay(from, workdays.Window{Days: days, Unit: workdays.CalendarDays})
		if err != nil || plain.Before(from.AddDate(0, 0, days)) {
			t.Fatalf("%d calendar days after %s is %s, %v", days, from, plain, err)
		}
		for _, end := range []time.Time{last, plain} {
			if works, err := c.Working(end); err != nil || !works {
				t.Fatalf("a window ends on %s, which is worked: %v, %v", end, works, err)
			}
		}
	})
}

func TestWindowCheck(t *testing.T) {
	for _, test := range []struct {
		w     workdays.Window
		wrong int
	}{{workdays.Window{Days: 30, Unit: "calendar"}, 0}, {workdays.Window{Days: 366, Unit: "working"}, 0}, {workdays.Window{Days: 0, Unit: "working"}, 1},
		{workdays.Window{Days: 367, Unit: "days"}, 2}} {
		if faults := test.w.Check("x"); len(faults) != test.wrong {
			t.Errorf("%+v: %v", test.w, faults)
		}
	}
}
