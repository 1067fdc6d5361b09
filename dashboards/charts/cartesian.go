package charts

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// finite is the value as JSON can say it: "-" is ECharts' word for a gap.
func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return v
}

func data(points []Point) []Option {
	items := make([]Option, len(points))
	for i, p := range points {
		items[i] = p.datum(finite(p.Value))
	}
	return items
}

// plot is the frame of a chart with axes.
func plot(categories []string, unit string) (x, y Option, grid Option) {
	x = Option{"type": "category", "data": categories, "axisTick": Option{"show": false}}
	y = Option{"type": "value", "name": unit, "nameTextStyle": Option{"align": "left"}, "nameGap": 20, "splitNumber": 4}
	grid = Option{"left": 8, "right": 12, "top": 36, "bottom": 4, "containLabel": true}
	return x, y, grid
}

// Stacked draws a column per category, the series stacked in it up to top; top 0 leaves the end of the axis open.
func Stacked(description string, categories []string, unit string, top float64, series []Series) (Option, error) {
	c := charts.NewBar()
	c.SetXAxis(categories)
	x, y, grid := plot(categories, unit)
	all, names := make([]Option, len(series)), make([]string, len(series))
	for i, s := range series {
		c.AddSeries(s.Name, nil)
		all[i] = Option{"name": s.Name, "stack": "all", "barMaxWidth": 72, "barMinHeight": leastBar, "itemStyle": Option{"color": s.Color, "borderColor": "@surface",
			"borderWidth": 1},
			"data": present(s.Points), "label": Option{"show": false, "color": "@ink"}}
		names[i] = s.Name
	}
	if top > 0 {
		y["max"], y["interval"] = top, top/4
	}
	legend := Option{"show": len(series) > 1, "bottom": 0, "itemWidth": 12, "itemHeight": 12}
	grid["bottom"] = legendHeight(names, halfPage)
	x["axisLabel"] = upright(categories, halfPage, axisName)
	return build(c, description, Option{"series": all, "xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid, "legend": legend, "tooltip": Option{"trigger": "item"},
		"media": onPhone(Option{"grid": Option{"bottom": legendHeight(names, phone)}, "xAxis": []Option{{"axisLabel": upright(categories, phone, axisName)}}})})
}

// leastBar is how many pixels a part has at least that is there at all: thinner ones are lost in their own border.
const leastBar = 3

// present are points as data items, in which nothing is a gap: it gets no bar of the least height.
func present(points []Point) []Option {
	items := data(points)
	for i, p := range points {
		if p.Value == 0 {
			items[i]["value"] = finite(math.NaN())
		}
	}
	return items
}

// Columns draws one column per category with its label above it, up to top; top 0 leaves the end of the axis open. A point
// without a colour is one of the others: grey.
func Columns(description string, categories []string, unit string, top float64, points []Point) (Option, error) {
	c := charts.NewBar()
	c.SetXAxis(categories)
	c.AddSeries("", nil)
	x, y, grid := plot(categories, unit)
	x["axisLabel"] = upright(categories, halfPage, axisName)
	if top > 0 {
		y["max"], y["interval"] = top, top/4
	}
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid, "tooltip": Option{"trigger": "item"},
		"media": onPhone(Option{"xAxis": []Option{{"axisLabel": upright(categories, phone, axisName)}}}), "series": []Option{
			{"data": data(points), "barMaxWidth": 56, "itemStyle": Option{"color": "@muted"}, "label": Option{"show": true, "position": "top", "formatter": labelFormatter, "color": "@ink"}}}})
}

// Step is one step of a waterfall: what a part adds to the value.
type Step struct {
	Point
	Name  string
	Total bool // drawn from zero: the value itself
}

// Waterfall draws how parts add up to a value of the unit: from the top down, so that the names have room.
func Waterfall(description, unit string, steps []Step) (Option, error) {
	c := charts.NewBar()
	names, bases, bars := make([]string, len(steps)), make([]any, len(steps)), make([]Option, len(steps))
	running := 0.0
	for i, s := range steps {
		names[i] = s.Name
		bases[i], bars[i] = running, s.datum(finite(s.Value))
		if s.Total {
			bases[i] = 0
		} else if !math.IsNaN(s.Value) {
			running += s.Value
		}
	}
	c.SetXAxis(names)
	c.AddSeries("", nil).AddSeries("", nil)
	x, y, grid := lying(names, unit)
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid, "media": onPhone(Option{"yAxis": []Option{{"axisLabel": beside(names, phone)}}}),
		"tooltip": Option{"trigger": "item"}, "series": []Option{
			{"stack": "all", "silent": true, "data": bases, "itemStyle": Option{"color": "transparent"}, "tooltip": Option{"show": false}},
			{"stack": "all", "data": bars, "barMaxWidth": 22, "itemStyle": Option{"color": "@accent"},
				"label": Option{"show": true, "position": "right", "formatter": labelFormatter, "color": "@ink"}},
		}})
}

// Band is a value with its interval at one moment.
type Band struct {
	Point
	Low, High float64
}

// The axis of a history begins and ends at multiples of a tick and is not shorter than least, so that a hundredth of a point
// is not drawn as a fall.
const (
	tick      = 5.0
	least     = 10.0
	mostTicks = 5
)

// reach is where the axis of a history begins and ends, and the step of its numbers: it holds all values and intervals, and grows downwards, because the
// best value of a scale may be among them.
func reach(bands []Band) (low, high, step float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, b := range bands {
		for _, v := range []float64{b.Value, b.Low, b.High} {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	high = math.Ceil(high/tick) * tick
	span := max(least, high-math.Floor(low/tick)*tick)
	step = tick * math.Ceil(span/(mostTicks*tick))
	span = step * math.Ceil(span/step)
	if low >= 0 && high < span { // values from zero on have an axis from zero on
		return 0, span, step
	}
	return high - span, high, step
}

// within has an axis begin and end by its bands; one of gaps alone is left as it is.
func within(axis map[string]any, bands []Band) {
	if low, high, step := reach(bands); low < high {
		axis["min"], axis["max"], axis["interval"] = low, high, step
	}
}

// History draws values of a unit in the order of time with their interval as a band. One moment has no course: its interval is
// a bar.
func History(description string, moments []string, unit string, bands []Band) (Option, error) {
	if len(bands) == 1 {
		option, err := Ranges(description, moments, unit, bands)
		within(asMap(asList(option["yAxis"], 1)[0]), bands)
		return option, err
	}
	c := charts.NewLine()
	c.SetXAxis(moments)
	c.AddSeries("", nil).AddSeries("", nil).AddSeries("", nil)
	low, width, values := make([]any, len(bands)), make([]any, len(bands)), make([]Option, len(bands))
	for i, b := range bands {
		low[i], width[i] = finite(b.Low), finite(b.High-b.Low)
		values[i] = b.datum(finite(b.Value))
	}
	edge := Option{"stack": "band", "data": low, "silent": true, "symbol": "none", "lineStyle": Option{"opacity": 0},
		"tooltip": Option{"show": false}}
	area := Option{"stack": "band", "data": width, "silent": true, "symbol": "none", "lineStyle": Option{"opacity": 0},
		"tooltip":   Option{"show": false},
		"areaStyle": Option{"color": "@accent", "opacity": 0.14}}
	line := Option{"data": values, "symbol": "circle", "symbolSize": 8, "lineStyle": Option{"width": 2}, "itemStyle": Option{"color": "@accent"},
		"label": Option{"show": true, "position": "top", "formatter": labelFormatter, "color": "@ink"}}
	x, y, grid := plot(moments, unit)
	within(y, bands)
	return build(c, description, Option{"series": []Option{edge, area, line}, "xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid})
}

// Heat draws a table of shares as shades: one row per name, one column per category. cells[i][j] belongs to row i,
// column j; its Value is the share, from 0 to 1, that decides the shade.
func Heat(description string, rows, columns []string, cells [][]Point) (Option, error) {
	c := charts.NewHeatMap()
	c.SetXAxis(columns)
	c.AddSeries("", nil)
	x := Option{"type": "category", "data": columns, "position": "top", "axisLabel": Option{"interval": 0, "width": 76, "overflow": "break"},
		"axisTick": Option{"show": false}, "axisLine": Option{"show": false}}
	y := Option{"type": "category", "data": rows, "inverse": true, "axisTick": Option{"show": false}, "axisLine": Option{"show": false},
		"axisLabel": beside(rows, halfPage)}
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "media": onPhone(heatOnPhone(rows, columns, cells)),
		"grid":      Option{"left": 4, "right": 4, "top": 28, "bottom": 4, "containLabel": true},
		"visualMap": Option{"show": false, "min": 0, "max": 1, "dimension": 2, "inRange": Option{"color": []string{"@shade0", "@shade1"}}},
		"series": []Option{{"data": heatCells(cells, true), "itemStyle": Option{"borderColor": "@surface", "borderWidth": 2},
			"label": Option{"show": true, "formatter": labelFormatter, "color": "@ink"}}}})
}

// heatCells are the cells as data items, with what is drawn in them or without it.
func heatCells(cells [][]Point, labelled bool) (items []Option) {
	for i := range cells {
		for j, p := range cells[i] {
			if !labelled {
				p.Label = ""
			}
			items = append(items, p.datum([]any{j, i, finite(p.Value)}))
		}
	}
	return items
}

// heatOnPhone draws all columns beside the names of the rows. Where they are too narrow for numbers their names stand upright, and
// the numbers are left to who taps on a cell, and to the table.
func heatOnPhone(rows, columns []string, cells [][]Point) Option {
	const number = 24 // the width of a mean with one decimal in the small font
	label := upright(columns, phone, besidePhone(rows))
	series := Option{"label": Option{"fontSize": smallFont}}
	if columnWidth(len(columns), phone, besidePhone(rows)) < number {
		label = Option{"interval": 0, "rotate": 90, "fontSize": smallFont}
		series = Option{"data": heatCells(cells, false)}
	}
	return Option{"xAxis": []Option{{"axisLabel": label}}, "yAxis": []Option{{"axisLabel": beside(rows, phone)}}, "series": []Option{series}}
}
