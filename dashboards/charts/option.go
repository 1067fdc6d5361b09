// Package charts turns plain values into ECharts options: data, never code. It decides what a chart looks like apart
// from its colours, which are tokens that the page's style sheet defines ("@g0", "@accent"), and apart from the words
// in it, which come from the caller in the reader's language. It knows no storage, no address and no web.
//
// go-echarts builds the options and is never asked to render them: its templates would run a supplier's name as code.
package charts

import (
	"encoding/json"
	"fmt"
	"math"
)

// Option is an ECharts option as a page carries it: plain JSON values.
type Option map[string]any

// chart is what every chart of go-echarts can do and all that is asked of it.
type chart interface {
	Validate()
	JSON() map[string]any
}

// Formatters of the page's script, by name: a data item's own "tip", its own "text", its value as the axes write it, its name, a
// name with a word in each line.
const (
	tipFormatter     = "@tip"
	labelFormatter   = "@label"
	groupedFormatter = "@grouped"
	nameFormatter    = "@name"
	wordsFormatter   = "@words"
)

// build turns a chart into an option and lays the additions over it; description is for those who cannot see it.
func build(c chart, description string, additions Option) (Option, error) {
	c.Validate()
	text, err := json.Marshal(c.JSON())
	if err != nil {
		return nil, fmt.Errorf("chart %q: %w", description, err)
	}
	option := Option{}
	if err := json.Unmarshal(text, &option); err != nil {
		return nil, fmt.Errorf("chart %q: %w", description, err)
	}
	for _, unused := range []string{"color", "toolbox", "title"} {
		delete(option, unused)
	}
	merge(option, Option{
		"aria":    Option{"enabled": true, "label": Option{"description": description}},
		"tooltip": Option{"show": true, "renderMode": "richText", "confine": true, "formatter": tipFormatter},
		"legend":  Option{"show": false},
	})
	merge(option, additions)
	still(option)
	patterned(option)
	return option, nil
}

// patterns tell the colours of grades apart where colour does not: on paper, and to those who see them alike. The best grade
// is plain, the next ones are hatched, dotted and barred.
var patterns = map[string]Option{
	"@g1": {"symbol": "rect", "dashArrayX": []any{1, 0}, "dashArrayY": []any{2, 6}, "rotation": math.Pi / 4, "color": "@pattern"},
	"@g2": {"symbol": "circle", "symbolSize": 0.5, "dashArrayX": []any{[]any{6, 6}, []any{0, 6, 6, 0}}, "dashArrayY": []any{5, 0}, "color": "@pattern"},
	"@g3": {"symbol": "rect", "dashArrayX": []any{1, 0}, "dashArrayY": []any{2, 5}, "rotation": -math.Pi / 4, "color": "@pattern"},
	"@g4": {"symbol": "rect", "dashArrayX": []any{1, 0}, "dashArrayY": []any{2, 4}, "color": "@pattern"},
	"@gx": {"symbol": "rect", "dashArrayX": []any{1, 0}, "dashArrayY": []any{1, 4}, "rotation": math.Pi / 2, "color": "@pattern"},
}

// patterned lays a grade's pattern over everything that is filled with its colour.
func patterned(option Option) {
	for _, series := range asList(option["series"], 0) {
		s := asMap(series)
		if s["type"] != "bar" { // a line is told by its marks
			continue
		}
		hatch(s)
		for _, item := range asList(s["data"], 0) {
			hatch(asMap(item))
		}
	}
}

// hatch gives what is filled with a grade's colour its pattern.
func hatch(filled map[string]any) {
	style := asMap(filled["itemStyle"])
	color, _ := style["color"].(string)
	if pattern, graded := patterns[color]; graded {
		style["decal"] = pattern
	}
}

// still takes all movement out of a chart: it is calm, and complete at once when it is printed. Some series move by
// themselves unless they are told, too.
func still(option Option) {
	option["animation"] = false
	for _, series := range asList(option["series"], 0) {
		asMap(series)["animation"] = false
	}
}

// merge lays additions over the option: objects key by key, lists of objects item by item, anything else as a whole.
func merge(into, additions map[string]any) {
	for key, added := range additions {
		into[key] = merged(into[key], added)
	}
}

func merged(old, added any) any {
	switch added := added.(type) {
	case Option:
		into := asMap(old)
		merge(into, added)
		return into
	case []Option:
		items := asList(old, len(added))
		for i := range added {
			items[i] = merged(items[i], added[i])
		}
		return items
	default:
		return added
	}
}

func asMap(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

func asList(v any, length int) []any {
	items, _ := v.([]any)
	for len(items) < length {
		items = append(items, nil)
	}
	return items
}

// Point is one value of a series.
type Point struct {
	Value float64 // not finite: a gap
	Tip   string  // shown when the pointer rests on it
	Label string  // drawn beside it; empty: none
	URL   string  // where a click leads; empty: nowhere
	Color string  // a token such as "@g0"; empty: the series' own
}

// Series is a named row of points, one for each category.
type Series struct {
	Name   string
	Color  string
	Points []Point
}

// datum is a point as a data item.
func (p Point) datum(value any) Option {
	d := Option{"value": value, "tip": p.Tip}
	if p.Label != "" {
		d["label"] = Option{"show": true, "formatter": labelFormatter}
		d["text"] = p.Label
	}
	if p.URL != "" {
		d["url"] = p.URL
	}
	if p.Color != "" {
		d["itemStyle"] = Option{"color": p.Color}
	}
	return d
}
