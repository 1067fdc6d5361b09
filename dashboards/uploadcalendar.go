package dashboards

import (
	"math"
	"slices"
	"strconv"
	"time"

	"pingxin/dashboards/charts"
)

// arrivals are what came in on one day.
type arrivals struct {
	day     time.Time
	batches int
	rows    int64
}

// arrivalsOf sums up batches by the day of the district on which they were accepted, the earliest first. Withdrawals bring
// nothing.
func arrivalsOf(history []historyRow) (all []arrivals) {
	for _, h := range slices.Backward(history) { // it has the latest first
		if h.takes != 0 {
			continue
		}
		on := dayOf(h.AcceptedAt)
		at := slices.IndexFunc(all, func(a arrivals) bool { return a.day.Equal(on) })
		if at < 0 {
			all, at = append(all, arrivals{day: on}), len(all)
		}
		all[at].batches++
		all[at].rows += h.Rows
	}
	slices.SortFunc(all, func(a, b arrivals) int { return a.day.Compare(b.day) })
	return all
}

// calendar draws what came in on each day of the year of the latest upload, or of the day that the list is filtered by.
func (v *visit) calendar(history []historyRow) (*figure, error) {
	all := arrivalsOf(history)
	if len(all) == 0 {
		return nil, nil
	}
	year := all[len(all)-1].day.Year()
	if chosen, err := time.Parse(time.DateOnly, v.query.Get("day")); err == nil {
		year = chosen.Year()
	}
	all = slices.DeleteFunc(all, func(a arrivals) bool { return a.day.Year() != year })
	most := 0.0
	for _, a := range all {
		most = math.Max(most, rank(a.rows))
	}
	data := table{Head: v.base.columns("col.day", "#col.batches", "#upload.col.rows")}
	days := make([]charts.Day, len(all))
	for i, a := range all {
		on := day(a.day)
		url := v.Toggle("day", on)
		days[i] = charts.Day{On: a.day, Point: charts.Point{Value: rank(a.rows) / math.Max(most, 1), URL: url,
			Tip: on + "\n" + v.T("tip.batches", "N", a.batches, "Rows", v.Count(a.rows))}}
		data.Rows = append(data.Rows, []cell{link(on, url), text(v.CountInt(a.batches)), text(v.Count(a.rows))})
	}
	slices.Reverse(data.Rows)
	summary := v.T("upload.calendar.summary", "N", len(all), "Year", strconv.Itoa(year))
	option, err := charts.Calendar(summary, year, days)
	f, err := v.base.newFigure("calendar", v.T("upload.calendar", "Year", strconv.Itoa(year)), summary, "year", option, err, data)
	if f != nil {
		f.Note = v.T("upload.calendar.note")
	}
	return f, err
}

// rank makes days with few rows visible beside a day with very many.
func rank(rows int64) float64 { return math.Log1p(float64(rows)) }
