package charts

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const hostile = `</script><script>alert(1)</script>__f__(function(){alert(2)})__f__`

// samples are all charts, each made of a hostile name, a gap and ordinary values.
func samples(t *testing.T) map[string]Option {
	t.Helper()
	point := Point{Value: 3, Tip: hostile, Label: hostile, URL: "/x", Color: "@g0"}
	gap := Point{Value: math.NaN(), Tip: "none"}
	made := map[string]Option{}
	add := func(name string, o Option, err error) {
		if err != nil {
			t.Fatal(err)
		}
		made[name] = o
	}
	o, err := Stacked("sum", []string{hostile, "b"}, "%", 100, []Series{{Name: hostile, Color: "@g0", Points: []Point{point, gap}},
		{Name: "two", Points: []Point{gap, point}}})
	add("stacked", o, err)
	o, err = Waterfall("sum", "points", []Step{{Point: point, Name: hostile}, {Point: gap, Name: "gap"}, {Point: point, Name: "total", Total: true}})
	add("waterfall", o, err)
	o, err = History("sum", []string{"1", "2"}, "points", []Band{{Point: point, Low: 2, High: 5}, {Point: gap, Low: math.NaN(), High: math.NaN()}})
	add("history", o, err)
	o, err = Heat("sum", []string{hostile}, []string{"a", "b"}, [][]Point{{point, gap}})
	add("heat", o, err)
	o, err = Plane("sum", hostile, "y", 1, 0, []Path{{Name: hostile, Color: "@g0", Line: true, Spots: []Spot{{Tip: hostile}, {X: 1, Y: math.NaN()}}}, {Marks: true}})
	add("plane", o, err)
	o, err = Ranges("sum", []string{hostile, "b"}, "%", []Band{{Point: point, Low: 2, High: 5}, {Point: gap, Low: math.NaN(), High: math.NaN()}})
	add("ranges", o, err)
	o, err = Lying("sum", []string{hostile, "b"}, []Point{point, gap}, []float64{0.1})
	add("lying", o, err)
	o, err = Treemap("sum", []Tile{{Point: point, Name: hostile}, {Point: gap, Name: "gap"}}, otherTiles)
	add("treemap", o, err)
	o, err = History("sum", []string{"1"}, "points", []Band{{Point: point, Low: 2, High: 5}})
	add("history of one moment", o, err)
	o, err = Boxes("sum", "points", []Box{{Name: hostile, Low: 1, Lower: 2, Middle: 3, Upper: 4, High: 5, Tip: hostile, URL: "/x"}, {Name: "gap", Others: true, Low: math.NaN(), Lower: math.NaN(),
		Middle: math.NaN(), Upper: math.NaN(), High: math.NaN()}})
	add("boxes", o, err)
	o, err = Calendar("sum", 2026, []Day{{Point: point, On: time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)}})
	add("calendar", o, err)
	o, err = Radar("sum", 0, 100, "own", hostile, hostile, "/x", []Axis{{hostile, 1, 2}, {"b", 2, 3}, {"c", 4, 5}})
	add("radar", o, err)
	o, err = Radar("sum", 0, 100, "own", hostile, hostile, "/x", []Axis{{hostile, 1, math.NaN()}, {"b", 2, math.NaN()}, {"c", 4, math.NaN()}})
	add("radar without peers", o, err)
	o, err = Sankey("sum", []Node{{Name: hostile}, {Name: "to", Depth: 1}}, []Flow{{From: hostile, To: "to", Value: 5}})
	add("sankey", o, err)
	o, err = Severities("sum", []string{hostile, "b"}, "points", 5, []Interval{{2, 4}, {math.NaN(), math.NaN()}}, []Series{{Name: hostile, Points: []Point{point, gap}},
		{Name: "two", Points: []Point{gap, point}}})
	add("severities", o, err)
	return made
}

func TestOptionsAreHarmlessData(t *testing.T) {
	for name, option := range samples(t) {
		text, err := json.Marshal(option)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(string(text), "</script>") {
			t.Errorf("%s: a name ends the data block", name)
		}
		for _, key := range []string{"toolbox", "title"} {
			if _, there := option[key]; there {
				t.Errorf("%s: the option still has %s", name, key)
			}
		}
		aria, _ := option["aria"].(map[string]any)
		label, _ := aria["label"].(map[string]any)
		if label["description"] != "sum" {
			t.Errorf("%s: is not described to those who cannot see it", name)
		}
		tooltip, _ := option["tooltip"].(map[string]any)
		if tooltip["renderMode"] != "richText" {
			t.Errorf("%s: tooltips would be HTML", name)
		}
		checkFormatters(t, name, option)
	}
}

// checkFormatters walks an option: a formatter is one of ours by name, never code.
func checkFormatters(t *testing.T, name string, v any) {
	t.Helper()
	switch v := v.(type) {
	case Option:
		checkFormatters(t, name, map[string]any(v))
	case map[string]any:
		for key, value := range v {
			if said, _ := value.(string); key == "formatter" && !slices.Contains([]string{tipFormatter, labelFormatter, groupedFormatter, nameFormatter, wordsFormatter}, said) {
				t.Errorf("%s: formatter %v", name, value)
			}
			checkFormatters(t, name, value)
		}
	case []any:
		for _, item := range v {
			checkFormatters(t, name, item)
		}
	}
}

// By hand: steps of 3 and 4 stand on 0 and 3; the total stands on 0.
func TestWaterfallStandsOnWhatCameBefore(t *testing.T) {
	option, err := Waterfall("sum", "points", []Step{{Point: Point{Value: 3}, Name: "a"}, {Point: Point{Value: 4}, Name: "b"}, {Point: Point{Value: 7},
		Name: "all", Total: true}})
	if err != nil {
		t.Fatal(err)
	}
	series := option["series"].([]any)
	bases := series[0].(map[string]any)["data"].([]any)
	for i, want := range []float64{0, 3, 0} {
		if got := toFloat(bases[i]); got != want {
			t.Errorf("step %d stands on %v, want %v", i, bases[i], want)
		}
	}
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	default:
		return math.NaN()
	}
}

func TestSankeyRefusesUnknownNodes(t *testing.T) {
	if _, err := Sankey("sum", []Node{{Name: "a"}}, []Flow{{From: "a", To: "b", Value: 1}}); err == nil {
		t.Error("a flow to a node that is not listed was taken")
	}
}

// By hand: the error of -3 reaches from -4 to -2, so its bar of 2 stands on -4.
func TestErrorsStandOnTheirLowerEnd(t *testing.T) {
	option, err := Severities("sum", []string{"a"}, "points", 5, []Interval{{-4, -2}}, []Series{{Name: "one", Points: []Point{{Value: -3}}}})
	if err != nil {
		t.Fatal(err)
	}
	series := option["series"].([]any)
	for i, want := range []float64{-4, 2} {
		bar := series[i].(map[string]any)
		if got := toFloat(bar["data"].([]any)[0]); got != want || bar["stackStrategy"] != "all" {
			t.Errorf("bar %d is %v and stacks %v, want %v on all", i, got, bar["stackStrategy"], want)
		}
	}
}

// What is filled with a grade's colour has the grade's pattern, whether the colour is the series' or one item's; the best grade
// and what is no grade are plain.
func TestGradesHavePatterns(t *testing.T) {
	point := func(color string) Point { return Point{Value: 1, Color: color} }
	option, err := Stacked("sum", []string{"a", "b"}, "", 0, []Series{{Name: "one", Color: "@g1", Points: []Point{point(""), point("@g4")}}, {Name: "two", Color: "@g0",
		Points: []Point{point("@accent"), point("")}}})
	if err != nil {
		t.Fatal(err)
	}
	decal := func(filled any) bool {
		style, _ := filled.(map[string]any)["itemStyle"].(map[string]any)
		return style["decal"] != nil
	}
	columns, err := Columns("sum", []string{"a"}, "", 0, []Point{point("@accent")})
	if err != nil || decal(columns["series"].([]any)[0]) { // from which every column would have it, whatever its colour
		t.Errorf("columns without a grade have a pattern, %v", err)
	}
	series := option["series"].([]any)
	for i, want := range []struct{ series, first, second bool }{{true, false, true}, {false, false, false}} {
		data := series[i].(map[string]any)["data"].([]any)
		if got := [3]bool{decal(series[i]), decal(data[0]), decal(data[1])}; got != [3]bool{want.series, want.first, want.second} {
			t.Errorf("series %d: patterns %v, expected %v", i, got, want)
		}
	}
}

// By hand: 89.0 to 89.8 needs no more than 80 to 90, the best score is the end of its axis, small values begin at zero, and 35 to 100
// is 65 long: 5 steps of 15, because steps of 5 would crowd.
func TestReachOfHistories(t *testing.T) {
	at := func(values ...float64) (bands []Band) {
		for _, v := range values {
			bands = append(bands, Band{Point: Point{Value: v}, Low: math.NaN(), High: math.NaN()})
		}
		return bands
	}
	for _, c := range []struct {
		bands           []Band
		low, high, step float64
	}{
		{at(89.3, 89.8, 89), 80, 90, 5}, {at(100, 100), 90, 100, 5}, {at(0, 3), 0, 10, 5}, {at(-6, 2), -10, 5, 5},
		{append(at(50), Band{Point: Point{Value: 70}, Low: 38, High: 96}), 25, 100, 15},
	} {
		low, high, step := reach(c.bands)
		if low != c.low || high != c.high || step != c.step {
			t.Errorf("%v: %v to %v by %v, want %v to %v by %v", c.bands, low, high, step, c.low, c.high, c.step)
		}
	}
}

// otherTiles is a tile of the last n of a treemap in which each has the value 1.
func otherTiles(n int) Tile { return Tile{Name: "其他", Point: Point{Value: float64(n)}} }

// By hand: a phone has 326 x 520 = 169,520 pixels. The eight characters of a name are 10 pixels wide and 12 high each: in a tile of
// 42 x 84 they take 3 lines of 3 characters, which stand with the number in 54 pixels, and lying 1 line of 7 and one more, for
// which 42 pixels are just enough. Of 48 tiles each has 3,532 pixels, which is 42 x 84; of 49 each has 3,460, which is 41 x 82, too few.
func TestTilesHaveRoomForNames(t *testing.T) {
	for n, want := range map[int]int{1: 1, 48: 48, 49: 1} {
		tiles := make([]Tile, n)
		for i := range tiles {
			tiles[i] = Tile{Name: "八个字的服务项目", Point: Point{Value: 1}}
		}
		if got := tilesOnPhone.legible(tiles, otherTiles); len(got) != want {
			t.Errorf("of %d tiles %d are drawn, want %d", n, len(got), want)
		}
	}
	few := []Tile{{Name: "大", Point: Point{Value: 1000}}, {Name: "小", Point: Point{Value: 1}}, {Name: "小", Point: Point{Value: 1}}}
	if got := tilesOnPhone.legible(few, func(n int) Tile { return Tile{Name: "其他", Point: Point{Value: 1000 * float64(n-1) / 2}} }); len(got) != 2 || got[1].Value != 500 {
		t.Errorf("the small tiles are drawn as %+v", got[1:])
	}
}
