package charts

import "github.com/go-echarts/go-echarts/v2/charts"

// Box is the spread of values by their order: the ends of the whiskers and the quartiles.
type Box struct {
	Name                            string
	Low, Lower, Middle, Upper, High float64
	Others                          bool // what another box is compared with, drawn more faintly
	Tip, URL                        string
}

// Boxes draws a lying box plot per row, the first on top, over an axis of the unit. A box without finite values is left
// empty.
func Boxes(description, unit string, boxes []Box) (Option, error) {
	c := charts.NewBoxPlot()
	c.AddSeries("", nil)
	names, items := make([]string, len(boxes)), make([]Option, len(boxes))
	for i, b := range boxes {
		names[i] = b.Name
		items[i] = Point{Tip: b.Tip, URL: b.URL}.datum([]any{finite(b.Low), finite(b.Lower), finite(b.Middle), finite(b.Upper), finite(b.High)})
		if b.Others {
			items[i]["itemStyle"] = Option{"color": "@line-soft", "borderColor": "@muted", "borderType": "dashed"}
		}
	}
	small := beside(names, phone)
	small["width"] = phoneName + 26 // the number of values stands behind the name
	y := Option{"type": "category", "data": names, "inverse": true, "axisTick": Option{"show": false}, "axisLabel": beside(names, halfPage)}
	return build(c, description, Option{"xAxis": []Option{{"type": "value", "data": nil, "name": unit, "nameLocation": "end", "scale": true, "splitNumber": 5}}, "yAxis": []Option{y},
		"grid":    Option{"left": 18, "right": 56, "top": 12, "bottom": 4, "containLabel": true},
		"tooltip": Option{"trigger": "item"}, "media": onPhone(Option{"yAxis": []Option{{"axisLabel": small}}}),
		"series": []Option{{"data": items, "boxWidth": []any{8, 22},
			"itemStyle": Option{"color": "@accent-soft", "borderColor": "@accent", "borderWidth": 1.5}}}})
}
