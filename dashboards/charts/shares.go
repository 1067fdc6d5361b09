package charts

import (
	"fmt"
	"math"
	"slices"

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

// plotOfTiles is what a treemap is drawn in: its size and the type of its names, in pixels.
type plotOfTiles struct{ width, height, font, line, padding int }

var (
	tilesOnDesk  = plotOfTiles{960, 460, font, 16, 6}
	tilesOnPhone = plotOfTiles{phone, 520, smallFont, 12, 3}
)

// Treemap draws tiles, the largest first, in proportion to their values. Those that would have no room for their names are one tile:
// others is that of the last n.
func Treemap(description string, tiles []Tile, others func(n int) Tile) (Option, error) {
	c := charts.NewTreeMap()
	c.AddSeries("", nil)
	label := Option{"show": true, "formatter": labelFormatter, "color": "@ink", "overflow": "break", "position": "insideTopLeft", "padding": tilesOnDesk.padding, "lineHeight": tilesOnDesk.line}
	small := Option{"fontSize": tilesOnPhone.font, "lineHeight": tilesOnPhone.line, "padding": tilesOnPhone.padding}
	return build(c, description, Option{"series": []Option{{"data": tilesOnDesk.data(tiles, others), "roam": false, "nodeClick": false, "breadcrumb": Option{"show": false},
		"left": 0, "right": 0, "top": 0, "bottom": 0, "itemStyle": Option{"borderColor": "@surface", "borderWidth": 1, "gapWidth": 1}, "label": label}},
		"media": onPhone(Option{"series": []Option{{"data": tilesOnPhone.data(tiles, others), "label": small}}})})
}

// data are the tiles that are drawn as data items.
func (p plotOfTiles) data(tiles []Tile, others func(n int) Tile) []Option {
	shown := p.legible(tiles, others)
	items := make([]Option, len(shown))
	for i, t := range shown {
		items[i] = t.datum(finite(t.Value))
		items[i]["name"] = t.Name
		items[i]["itemStyle"] = Option{"color": fmt.Sprintf("@shade1/%.2f", lightest+(1-lightest)*t.Shade)}
	}
	return items
}

// legible are the tiles that have room for their names, and one for all others, for which as many are given up as it needs itself.
func (p plotOfTiles) legible(tiles []Tile, others func(n int) Tile) []Tile {
	total := 0.0
	for _, t := range tiles {
		total += t.Value
	}
	shown := len(tiles)
	for shown > 0 && !p.holds(tiles[shown-1], total) {
		shown--
	}
	if shown == len(tiles) {
		return tiles
	}
	for shown > 0 && !p.holds(others(len(tiles)-shown), total) {
		shown--
	}
	return append(slices.Clone(tiles[:shown]), others(len(tiles)-shown))
}

// holds says whether a tile has room for its name above its number, lying as well as upright; it is drawn at most twice as long as
// wide. One without a value is not drawn and needs none.
func (p plotOfTiles) holds(t Tile, total float64) bool {
	const longest = 2
	area := float64(p.width*p.height) * t.Value / total
	short := int(math.Sqrt(area / longest))
	return !(t.Value > 0) || p.room(t.Name, short, longest*short) && p.room(t.Name, longest*short, short)
}

// room says whether a name, broken into lines, and a number fit into a tile of a width and height.
func (p plotOfTiles) room(name string, width, height int) bool {
	letter := widthOf("字") * p.font / font
	inside := (width - 2*p.padding) / letter * letter
	if inside <= 0 {
		return false
	}
	lines := (widthOf(name)*p.font/font+inside-1)/inside + 1
	return lines*p.line+2*p.padding <= height
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
	items, small := make([]Option, len(nodes)), closerTo(nodes)
	for i, n := range nodes {
		known[n.Name] = true
		items[i] = Option{"name": n.Name, "text": n.Name + "\n" + n.Amount, "depth": n.Depth, "tip": n.Tip, "url": n.URL, "itemStyle": Option{"color": n.Color}, "label": Option{"width": small.width(n)}}
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
	return build(c, description, Option{"media": onPhone(Option{"series": []Option{small.series()}}), "series": []Option{{"data": items, "links": links, "left": 4, "right": roomFor(nodes), "top": 8, "bottom": 16,
		"nodeWidth": 14, "nodeGap": 28, "draggable": false, "layoutIterations": 0, "emphasis": Option{"focus": "adjacency"},
		"lineStyle": Option{"color": "source", "opacity": 0.35, "curveness": 0.5}, "label": Option{"color": "@ink", "formatter": labelFormatter, "lineHeight": 14}}}})
}

// closer is a sankey on a phone. Where there are many columns, names are broken before the next one and amounts are left to
// the table.
type closer struct {
	columns int // between the first and the last
	right   int // the room beyond the last
}

func closerTo(nodes []Node) closer {
	const most, leastNames = 120, 50
	c := closer{columns: 1, right: min(roomFor(nodes), most)}
	word := 0
	for _, n := range nodes {
		c.columns, word = max(c.columns, n.Depth), max(word, widestWord(n.Name))
	}
	if c.columns > 1 {
		c.right = max(leastNames, nameGap+word*smallFont/font)
	}
	return c
}

const (
	closeNode = 10 // the width of a node on a phone
	nameGap   = 6  // around a name
)

// width is the room of a node's name: up to the next column, unless a word of it is longer.
func (c closer) width(n Node) int {
	return max((phone-c.right-closeNode)/c.columns-closeNode-nameGap, widestWord(n.Name)*smallFont/font)
}

func (c closer) series() Option {
	label := Option{"fontSize": smallFont, "lineHeight": 12}
	if c.columns > 1 {
		label["formatter"], label["overflow"] = nameFormatter, "break"
	}
	return Option{"right": c.right, "bottom": 20, "nodeGap": 28, "nodeWidth": closeNode, "label": label}
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
