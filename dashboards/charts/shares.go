package charts

import (
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Tile is one tile of a treemap; Value is its area, Shade, from 0 to 1, how dark it is.
type Tile struct {
	Point
	Name  string
	Shade float64
}

// lightest is how opaque a tile without a shade is, which can still be told from the paper.
const lightest = 0.15

// Treemap draws tiles in proportion to their values.
func Treemap(description string, tiles []Tile) (Option, error) {
	c := charts.NewTreeMap()
	c.AddSeries("", nil)
	items := make([]Option, len(tiles))
	for i, t := range tiles {
		items[i] = t.datum(finite(t.Value))
		items[i]["name"] = t.Name
		items[i]["itemStyle"] = Option{"color": fmt.Sprintf("@shade1/%.2f", lightest+(1-lightest)*t.Shade)}
	}
	return build(c, description, Option{"series": []Option{{"data": items, "roam": false, "nodeClick": false, "breadcrumb": Option{"show": false},
		"left": 0, "right": 0, "top": 0, "bottom": 0, "itemStyle": Option{"borderColor": "@surface", "borderWidth": 1, "gapWidth": 1},
		"label": Option{"show": true, "formatter": labelFormatter, "color": "@ink", "overflow": "break", "position": "insideTopLeft", "padding": 6, "lineHeight": 16}}},
		"media": onPhone(Option{"series": []Option{{"label": Option{"fontSize": 10, "lineHeight": 12, "padding": 3}}}})})
}

// Axis is one axis of a radar with the values of its two shapes, on the scale of the radar.
type Axis struct {
	Name       string
	Own, Peers float64
}

// Radar compares the values of a contract with the mean of its peers on a scale. Where the peers' values are NaN, and then
// all of them must be, only its own shape is drawn.
func Radar(description string, low, high float64, own, peers, tip, url string, axes []Axis) (Option, error) {
	c := charts.NewRadar()
	c.RadarComponent = opts.RadarComponent{}
	c.AddSeries("", nil)
	indicators := make([]Option, len(axes))
	mine, theirs, compared := make([]any, len(axes)), make([]any, len(axes)), false
	for i, a := range axes {
		indicators[i] = Option{"name": a.Name, "min": low, "max": high}
		mine[i], theirs[i], compared = a.Own, a.Peers, !math.IsNaN(a.Peers)
	}
	shapes := []Option{{"name": own, "value": mine, "tip": tip, "url": url, "areaStyle": Option{"color": "@accent", "opacity": 0.15},
		"lineStyle": Option{"color": "@accent", "width": 2}, "itemStyle": Option{"color": "@accent"}}}
	if compared {
		shapes = append(shapes, Option{"name": peers, "value": theirs, "tip": tip, "url": url, "symbol": "none",
			"lineStyle": Option{"color": "@muted", "type": "dashed", "width": 2}, "itemStyle": Option{"color": "@muted"}})
	}
	return build(c, description, Option{
		"radar": Option{"indicator": indicators, "radius": "62%", "center": []string{"50%", "52%"}, "splitNumber": 4,
			"axisName": Option{"color": "@ink"}},
		"media":  onPhone(Option{"radar": Option{"radius": "50%", "axisName": Option{"color": "@ink", "formatter": wordsFormatter, "lineHeight": 14}}}),
		"legend": Option{"show": compared, "bottom": 0, "data": []string{own, peers}},
		"series": []Option{{"data": shapes}}})
}

// Node is one end of the flows of a sankey; names are unique.
type Node struct {
	Name, Color, URL, Tip string
	Amount                string // drawn below the name, where there is room
	Depth                 int
}

// Flow goes from a node to another.
type Flow struct {
	From, To string
	Value    float64 // above zero
	Tip, URL string
}

// Sankey draws flows between nodes. A flow from or to a node that is not listed is a mistake of the caller.
func Sankey(description string, nodes []Node, flows []Flow) (Option, error) {
	known := map[string]bool{}
	items := make([]Option, len(nodes))
	for i, n := range nodes {
		known[n.Name] = true
		items[i] = Option{"name": n.Name, "text": n.Name + "\n" + n.Amount, "depth": n.Depth, "tip": n.Tip, "url": n.URL, "itemStyle": Option{"color": n.Color}}
	}
	links := make([]Option, len(flows))
	for i, f := range flows {
		if !known[f.From] || !known[f.To] {
			return nil, fmt.Errorf("chart %q: a flow from %q to %q, which are not both nodes", description, f.From, f.To)
		}
		links[i] = Option{"source": f.From, "target": f.To, "value": f.Value, "tip": f.Tip, "url": f.URL}
	}
	c := charts.NewSankey()
	c.AddSeries("", nil, nil)
	return build(c, description, Option{"media": onPhone(Option{"series": []Option{closer(nodes)}}), "series": []Option{{"data": items, "links": links, "left": 4, "right": roomFor(nodes), "top": 8, "bottom": 16,
		"nodeWidth": 14, "nodeGap": 28, "draggable": false, "layoutIterations": 0, "emphasis": Option{"focus": "adjacency"},
		"lineStyle": Option{"color": "source", "opacity": 0.35, "curveness": 0.5}, "label": Option{"color": "@ink", "formatter": labelFormatter, "lineHeight": 14}}}})
}

// closer is a sankey on a phone. Where there are many columns, names are broken before the next one and amounts are left to
// the table.
func closer(nodes []Node) Option {
	const (
		whole = 340
		node  = 14 // with the gap to its name
		last  = 68 // for the names beyond the last of many columns
	)
	columns := 1
	for _, n := range nodes {
		columns = max(columns, n.Depth)
	}
	label := Option{"fontSize": 10, "lineHeight": 12}
	series := Option{"right": min(roomFor(nodes), 120), "bottom": 20, "nodeGap": 28, "nodeWidth": 10, "label": label}
	if columns > 1 {
		series["right"] = last
		label["formatter"], label["overflow"], label["width"] = nameFormatter, "break", (whole-last)/columns-node
	}
	return series
}

// roomFor is the room that the names and amounts of the last nodes need beside them, but not more than a chart can spare.
func roomFor(nodes []Node) int {
	const most, gap = 200, 10
	last, room := 0, 0
	for _, n := range nodes {
		last = max(last, n.Depth)
	}
	for _, n := range nodes {
		if n.Depth == last {
			room = max(room, gap+max(widthOf(n.Name), widthOf(n.Amount)))
		}
	}
	return min(room, most)
}
