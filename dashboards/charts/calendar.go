package charts

import (
	"strconv"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// Day is one day of a calendar; its Value, from 0 to 1, decides the shade.
type Day struct {
	Point
	On time.Time
}

// Calendar draws a year as weeks beside each other, a cell per day; days that are not listed stay empty.
func Calendar(description string, year int, days []Day) (Option, error) {
	c := charts.NewHeatMap()
	c.AddSeries("", nil)
	items := make([]Option, len(days))
	for i, d := range days {
		items[i] = d.datum([]any{d.On.Format(time.DateOnly), finite(d.Value)})
	}
	option, err := build(c, description, Option{
		"calendar": Option{"range": strconv.Itoa(year), "left": 40, "right": 8, "top": 26, "bottom": 8, "cellSize": []any{"auto", "auto"},
			"itemStyle": Option{"color": "@surface", "borderColor": "@line-soft", "borderWidth": 1}, "splitLine": Option{"lineStyle": Option{"color": "@line", "width": 1}},
			"dayLabel": Option{"firstDay": 1, "color": "@muted", "fontSize": 11}, "monthLabel": Option{"color": "@muted", "fontSize": 11}, "yearLabel": Option{"show": false}},
		"visualMap": Option{"show": false, "min": 0, "max": 1, "dimension": 1, "inRange": Option{"color": []string{"@shade1", "@accent"}}},
		"tooltip":   Option{"trigger": "item"},
		"series":    []Option{{"coordinateSystem": "calendar", "data": items}}})
	for _, unused := range []string{"xAxis", "yAxis", "grid"} {
		delete(option, unused)
	}
	return option, err
}
