package charts

import (
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// Happening is something on one day of a timeline.
type Happening struct {
	Point // its Value is not used
	On    time.Time
	Lane  int // of the lanes, from 0
}

// Timeline draws what happened as marks on lanes over days, from the first day to the last.
func Timeline(description string, lanes []string, from, to time.Time, all []Happening) (Option, error) {
	c := charts.NewScatter()
	c.AddSeries("", nil)
	items := make([]Option, len(all))
	for i, h := range all {
		items[i] = h.datum([]any{h.On.Format(time.DateOnly), h.Lane})
	}
	x := Option{"type": "time", "min": from.Format(time.DateOnly), "max": to.Format(time.DateOnly), "splitNumber": 6, "axisLabel": Option{"hideOverlap": true},
		"splitLine": Option{"show": true}}
	y := Option{"type": "category", "data": lanes, "inverse": true, "axisTick": Option{"show": false}, "axisLine": Option{"show": false},
		"splitLine": Option{"show": false}, "axisLabel": Option{"interval": 0, "width": 96, "overflow": "break"}}
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": Option{"left": 8, "right": 24, "top": 12, "bottom": 4, "containLabel": true},
		"tooltip": Option{"trigger": "item"},
		"series": []Option{{"data": items, "symbol": "circle", "symbolSize": 13, "itemStyle": Option{"color": "@accent", "borderColor": "@surface", "borderWidth": 2},
			"label": Option{"show": false, "color": "@ink"}}}})
}

// Course draws two courses of one number over days: as it stands, dashed, and changed.
func Course(description string, days []string, unit, standingName, changedName string, standing, changed []Point) (Option, error) {
	c := charts.NewLine()
	c.SetXAxis(days)
	c.AddSeries(standingName, nil).AddSeries(changedName, nil)
	x, y, grid := plot(days, unit)
	y["scale"] = true
	grid["bottom"], grid["right"] = 32, 24
	line := func(name, color, kind string, points []Point) Option {
		return Option{"name": name, "data": data(points), "symbol": "circle", "symbolSize": 6, "itemStyle": Option{"color": color},
			"lineStyle": Option{"width": 2, "type": kind, "color": color}}
	}
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid, "legend": Option{"show": true, "bottom": 0, "itemWidth": 22},
		"tooltip": Option{"trigger": "item"}, "series": []Option{line(standingName, "@muted", "dashed", standing), line(changedName, "@accent", "solid", changed)}})
}
