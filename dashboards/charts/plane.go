package charts

import "github.com/go-echarts/go-echarts/v2/charts"

// Spot is one point of a plane.
type Spot struct {
	X, Y float64 // not finite: a gap
	Tip  string
	URL  string // where a click leads; empty: nowhere
}

// Path is a row of points in a plane, joined by a line or standing alone.
type Path struct {
	Name  string
	Color string // a token
	Spots []Spot
	Line  bool // joins the points
	Faint bool // a guide or an interval: thin and, for a line, dashed
	Marks bool // shows the points
}

// Plane draws paths between two axes of numbers that begin at 0 and end at the given values; an end of 0 leaves the axis
// open.
func Plane(description, xName, yName string, xEnd, yEnd float64, paths []Path) (Option, error) {
	c := charts.NewLine()
	series := make([]Option, len(paths))
	for i, p := range paths {
		c.AddSeries(p.Name, nil)
		series[i] = p.series()
	}
	x, y := numbers(xName, xEnd), numbers(yName, yEnd)
	x["nameLocation"], x["nameGap"] = "middle", 26
	y["nameTextStyle"] = Option{"align": "left"}
	return build(c, description, Option{"series": series, "xAxis": []Option{x}, "yAxis": []Option{y},
		"grid":    Option{"left": 8, "right": 20, "top": 36, "bottom": 24, "containLabel": true},
		"tooltip": Option{"trigger": "item"}})
}

// numbers is an axis of numbers from 0.
func numbers(name string, end float64) Option {
	axis := Option{"type": "value", "name": name, "min": 0, "splitNumber": 4}
	if end > 0 {
		axis["max"], axis["interval"] = end, end/4
	}
	return axis
}

// series is a path as ECharts draws it.
func (p Path) series() Option {
	items := make([]Option, len(p.Spots))
	for i, s := range p.Spots {
		items[i] = Point{Tip: s.Tip, URL: s.URL}.datum([]any{finite(s.X), finite(s.Y)})
	}
	line := Option{"color": p.Color, "width": 2}
	if p.Faint {
		line["width"], line["opacity"] = 1.5, 0.6
	}
	if p.Faint && !p.Marks && len(p.Spots) > 1 && p.Spots[0].X != p.Spots[1].X { // an upright one is an interval
		line["type"] = "dashed"
	}
	if !p.Line {
		line["opacity"] = 0
	}
	s := Option{"name": p.Name, "data": items, "lineStyle": line, "itemStyle": Option{"color": p.Color}, "symbol": "none", "silent": p.Faint}
	if p.Marks {
		s["symbol"], s["symbolSize"], s["showAllSymbol"] = "circle", 8, true
	}
	if p.Marks && len(p.Spots) > largeSpots {
		s["symbolSize"] = 4
	}
	return s
}

// largeSpots is up to how many points of a path are large enough to stand out from its line.
const largeSpots = 60

// Ranges draws a value per category with its interval as a bar behind it.
func Ranges(description string, categories []string, unit string, bands []Band) (Option, error) {
	c := charts.NewBar()
	c.SetXAxis(categories)
	c.AddSeries("", nil).AddSeries("", nil).AddSeries("", nil)
	low, width, values := make([]any, len(bands)), make([]Option, len(bands)), make([]Option, len(bands))
	for i, b := range bands {
		low[i], width[i] = finite(b.Low), Point{Tip: b.Tip, Color: b.Color, URL: b.URL}.datum(finite(b.High-b.Low))
		values[i] = Point{Tip: b.Tip, Label: b.Label, URL: b.URL}.datum(finite(b.Value))
	}
	x, y, grid := plot(categories, unit)
	x["axisLabel"] = upright(categories, halfPage, axisName)
	above := Option{"label": Option{"position": "top", "distance": 4}} // beside a value is the next column
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid,
		"media": onPhone(Option{"xAxis": []Option{{"axisLabel": upright(categories, phone, axisName)}}, "series": []Option{{}, {}, above}}), "series": []Option{
			{"stack": "range", "silent": true, "data": low, "itemStyle": Option{"color": "transparent"}, "tooltip": Option{"show": false}},
			{"stack": "range", "data": width, "barMaxWidth": 20, "itemStyle": Option{"color": "@accent", "opacity": 0.45}},
			{"type": "line", "data": values, "symbol": "diamond", "symbolSize": 10, "showAllSymbol": true, "lineStyle": Option{"opacity": 0},
				"itemStyle": Option{"color": "@ink"}, "label": Option{"show": true, "position": "right", "distance": 10, "formatter": labelFormatter, "color": "@ink"}},
		}})
}

// lying is the frame of a chart whose rows lie below each other over an axis of a unit.
func lying(rows []string, unit string) (x, y, grid Option) {
	x = Option{"type": "value", "data": nil, "min": 0, "splitNumber": 4, "name": unit, "axisLabel": Option{"hideOverlap": true}}
	y = Option{"type": "category", "data": rows, "inverse": true, "axisTick": Option{"show": false}, "axisLabel": beside(rows, halfPage)}
	const (
		value = 44 // beside the longest bar
		gap   = 18 // from the end of the axis to its unit
		edge  = 18 // long names are drawn wider than they are measured
	)
	return x, y, Option{"left": edge, "right": max(value, gap+widthOf(unit)), "top": 24, "bottom": 4, "containLabel": true}
}

// Lying draws a bar per category from the left, with upright lines at the limits.
func Lying(description string, categories []string, points []Point, limits []float64) (Option, error) {
	c := charts.NewBar()
	c.SetXAxis(categories)
	c.AddSeries("", nil)
	marks := make([]Option, len(limits))
	for i, at := range limits {
		marks[i] = Option{"xAxis": at}
	}
	if len(marks) > 1 { // the outer numbers stand outside, so that those of close limits do not touch on a phone
		marks[0]["label"], marks[len(marks)-1]["label"] = Option{"align": "right"}, Option{"align": "left"}
	}
	x, y, grid := lying(categories, "")
	return build(c, description, Option{"xAxis": []Option{x}, "yAxis": []Option{y}, "grid": grid,
		"media":   onPhone(Option{"xAxis": []Option{{"splitNumber": 3}}, "yAxis": []Option{{"axisLabel": beside(categories, phone)}}}),
		"tooltip": Option{"trigger": "item"},
		"series": []Option{{"data": data(points), "barMaxWidth": 22, "itemStyle": Option{"color": "@accent"},
			"label":    Option{"show": true, "position": "right", "distance": 3, "padding": []int{1, 2}, "formatter": labelFormatter, "color": "@ink", "backgroundColor": "@surface"}, // a limit does not cross a number
			"markLine": Option{"silent": true, "z": 1, "symbol": "none", "data": marks, "lineStyle": Option{"color": "@muted", "type": "dashed"}, "label": Option{"color": "@muted", "position": "start", "formatter": groupedFormatter}}}}})
}
