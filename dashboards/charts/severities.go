package charts

import (
	"github.com/go-echarts/go-echarts/v2/charts"
)

// Interval is the reach of an error on both sides of a value.
type Interval struct{ Low, High float64 }

// symbols tell series apart besides their colours.
var symbols = []string{"circle", "diamond", "triangle"}

// Severities draws how severe each rater is, with the reach of the error. Raters come in the order in which they are
// drawn, each with its point in one of the series and gaps in the others; lines at limit above and below zero set off
// those beyond.
func Severities(description string, raters []string, unit string, limit float64, errors []Interval, series []Series) (Option, error) {
	c := charts.NewBar()
	c.SetXAxis(raters)
	low, width := make([]any, len(errors)), make([]any, len(errors))
	for i, e := range errors {
		low[i], width[i] = finite(e.Low), finite(e.High-e.Low)
	}
	// A bar from zero to the lower end, which is not seen, carries the bar of the error.
	hidden := Option{"stack": "error", "stackStrategy": "all", "silent": true, "data": low, "itemStyle": Option{"color": "transparent"},
		"tooltip": Option{"show": false}}
	reach := Option{"stack": "error", "stackStrategy": "all", "silent": true, "data": width, "barWidth": 2, "itemStyle": Option{"color": "@muted"},
		"tooltip": Option{"show": false}}
	line := func(at float64) Option { return Option{"yAxis": at} }
	hidden["markLine"] = Option{"silent": true, "animation": false, "symbol": "none", "data": []any{line(limit), line(-limit)}, "label": Option{"show": false},
		"lineStyle": Option{"color": "@muted", "type": "dashed"}}
	all := []Option{hidden, reach}
	c.AddSeries("", nil).AddSeries("", nil)
	var names []string
	for i, s := range series {
		c.AddSeries(s.Name, nil)
		names = append(names, s.Name)
		all = append(all, Option{"type": "scatter", "name": s.Name, "data": data(s.Points), "symbol": symbols[i%len(symbols)], "symbolSize": 7, "z": 3,
			"itemStyle": Option{"color": s.Color}})
	}
	x, y, grid := plot(raters, unit)
	x["axisLabel"] = Option{"rotate": 90, "fontSize": 10, "width": 64, "overflow": "truncate"}
	x["axisLine"] = Option{"onZero": false}
	grid["bottom"] = 32
	return build(c, description, Option{"series": all, "xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid,
		"legend": Option{"show": true, "bottom": 0, "data": names, "itemWidth": 12, "itemHeight": 12}})
}
