package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// registerHolidays lists the routes of the calendar by which deadlines are counted.
func (s *Server) registerHolidays() {
	s.still("/holidays", access.ReadProgramme, s.holidays)
	s.form("/holidays", access.KeepCalendar, s.enterHoliday, s.holidays)
}

// holidayFields are the cells of a row of the kind holiday, by which its form names them.
var holidayFields = []string{"from_on", "to_on", "day", "occasion", "notice"}

// holidaysPage shows of which years the holidays are known, with the form that adds a run of days.
type holidaysPage struct {
	*basis
	Lead      string
	Missing   string // what the next year lacks; empty: nothing
	Years     []holidayYear
	Occasions []store.Choice
	Days      []store.Choice
}

// holidayYear is a year with the days that its notices name.
type holidayYear struct {
	Year, State, Notices string
	Lacks                bool
	Days                 table
}

func (s *Server) holidays(r *http.Request, b *base) (string, any, error) {
	b.name("holidays", b.T("nav.holidays"))
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", nil, err
	}
	var calendar *workdays.Calendar
	err := s.config.Store.Read(r.Context(), func(ctx context.Context, reader *store.Reader) (err error) {
		calendar, err = store.Calendar(ctx, reader)
		return err
	})
	if err != nil {
		return "", nil, err
	}
	p := &holidaysPage{basis: b.basis, Occasions: b.idChoices("holiday.occasion", workdays.Occasions()), Days: b.idChoices("holiday.day", []string{"off", "work"})}
	p.years(calendar, store.DayOf(s.config.Now()))
	return "holidays.html", p, nil
}

// years lists the years, the latest in front, and says what the coming one lacks: windows of this year run into it.
func (p *holidaysPage) years(c *workdays.Calendar, today time.Time) {
	all := c.Years()
	slices.Reverse(all)
	last := 0
	lacks := map[int][]string{}
	for _, y := range all {
		lacks[y.Year] = y.Lacks
		if y.Lacks == nil {
			last = max(last, y.Year)
		}
		one := holidayYear{Year: whole(int64(y.Year)), Notices: strings.Join(y.Notices, p.T("list.comma")), State: p.T("holiday.whole"), Lacks: len(y.Lacks) > 0,
			Days: table{Caption: p.T("holiday.year", "Year", whole(int64(y.Year))), Head: p.base.columns("holiday.col.from", "holiday.col.to", "holiday.col.day")}}
		if one.Lacks {
			one.State = p.T("holiday.lacks", "Occasions", p.base.occasions(y.Lacks))
		}
		for _, run := range c.Moved(y.Year) {
			one.Days.Rows = append(one.Days.Rows, []cell{text(day(run.From)), text(day(run.To)), text(p.base.named("holiday.day", map[bool]string{true: "work", false: "off"}[run.Work]))})
		}
		p.Years = append(p.Years, one)
	}
	p.Lead = p.T("holiday.lead", "Year", whole(int64(last)))
	for _, year := range []int{today.Year(), today.Year() + 1} {
		if missing, known := lacks[year]; !known || len(missing) > 0 {
			if !known {
				missing = workdays.Occasions()
			}
			p.Missing = p.T("holiday.missing", "Year", whole(int64(year)), "Occasions", p.base.occasions(missing))
			return
		}
	}
}

func (b *base) occasions(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, b.named("holiday.occasion", id))
	}
	return strings.Join(names, b.T("list.comma"))
}

// enterHoliday enters a run of days that a notice names, as a row of the kind of file.
func (s *Server) enterHoliday(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	cells := map[string]string{}
	for _, name := range holidayFields {
		cells[name] = strings.TrimSpace(r.PostFormValue(name))
	}
	as := intake.As{Uploader: store.Uploader{Account: b.Who.Account, Name: b.Who.Name}, Scope: b.Who.Scope(), Reason: cells["notice"]}
	if err := intake.CheckEntry(r.Context(), s.config.Store, "holiday", cells, as); err != nil {
		return "", err
	}
	if err := s.config.Store.EnterFact(r.Context(), "holiday", cells, cells["notice"]); err != nil {
		return "", err
	}
	return b.done("/holidays", "holiday_entered"), s.bringIn(r.Context())
}
