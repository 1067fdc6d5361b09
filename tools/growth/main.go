// Command growth draws what a run costs over sizes, as `pingxin bench --growth` measured it, into an SVG for
// docs/performance.md: one panel for each thing that grows, one line for each step. It decides what the plot looks like;
// it measures nothing. The chart library that the pages load draws it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	"pingxin/dashboards/drawing"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// run reads a file of measurements and writes the plot.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("growth", flag.ContinueOnError)
	in := flags.String("in", "docs/growth.jsonl", "what pingxin bench --growth wrote")
	out := flags.String("out", "docs/growth.svg", "plot to write")
	library := flags.String("library", "dashboards/static/echarts/echarts.min.js", "the chart library")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := os.Open(*in)
	if err != nil {
		return err
	}
	defer f.Close()
	points, err := read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", *in, err)
	}
	echarts, err := os.ReadFile(*library)
	if err != nil {
		return err
	}
	svg, err := draw(ctx, string(echarts), points)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*out, svg, 0o644); err != nil {
		return err
	}
	return list(stdout, points)
}

// point is what one size costs, in seconds of all processors.
type point struct {
	Axis      string  `json:"axis"`
	Scores    float64 `json:"scores"`
	Contracts float64 `json:"contracts"`
	Raters    float64 `json:"raters"`
	Bare      float64 `json:"bare_group_by_s"`
	Calibrate float64 `json:"calibrate_s"`
	Full      float64 `json:"full_run_s"`
	Steps     []struct {
		Step string  `json:"step"`
		MS   float64 `json:"ms"`
	} `json:"full_run_steps"`
	PeakMiB float64 `json:"peak_resident_mib"`
	Bytes   float64 `json:"database_bytes"`
}

func read(r io.Reader) (points []point, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var p point
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(points)+1, err)
		}
		points = append(points, p)
	}
	if len(points) == 0 {
		return nil, errors.Join(errors.New("there is no measurement: make some with pingxin bench --growth"), lines.Err())
	}
	return points, lines.Err()
}

// axes are the panels from left to right: what grows in each, and what stays.
var axes = []struct {
	name, title string
	of          func(*point) float64
}{
	{"scores", "scores, 500 of each contract", func(p *point) float64 { return p.Scores }},
	{"contracts", "contracts, of 1,000,000 scores", func(p *point) float64 { return p.Contracts }},
	{"raters", "raters, of 1,000,000 scores", func(p *point) float64 { return p.Raters }},
}

// of are the measurements of one axis, the smallest first.
func of(points []point, axis string) (some []*point) {
	for i := range points {
		if points[i].Axis == axis {
			some = append(some, &points[i])
		}
	}
	return some
}

// line is one line of every panel.
type line struct {
	name, color string
	seconds     func(*point) float64
}

// step is the line of a step of the full run.
func step(name, color string) line {
	return line{name, color, func(p *point) float64 {
		for _, s := range p.Steps {
			if s.Step == name {
				return s.MS / 1000
			}
		}
		return 0
	}}
}

var lines = []line{
	{"bare GROUP BY", "#8a8f98", func(p *point) float64 { return p.Bare }},
	{"calibration", "#b7791f", func(p *point) float64 { return p.Calibrate }},
	{"full run", "#1a202c", func(p *point) float64 { return p.Full }},
	step("reduce and evaluate", "#2b6cb0"),
	step("write", "#c53030"),
	step("rate suppliers", "#2f855a"),
	step("find clues", "#6b46c1"),
	step("sum up", "#0987a0"),
}

// What the plot is drawn in, in pixels.
const (
	width, height   = 1080, 470
	panelTop, floor = 40, 110 // above and below the panels
	side, gap       = 60, 50  // beside the first panel and between two
	leastSeconds    = 0.001   // what took less has no point: the clock of steps counts milliseconds
)

type object = map[string]any

// draw draws every axis beside the others, both scales logarithmic: cost that grows as the size does rises by one square
// in one square.
func draw(ctx context.Context, library string, points []point) ([]byte, error) {
	var grids, xs, ys, series, titles []object
	panel := (width - side - gap*len(axes)) / len(axes)
	for at, axis := range axes {
		left := side + at*(panel+gap)
		some := of(points, axis.name)
		if len(some) == 0 {
			continue
		}
		grids = append(grids, object{"left": left, "top": panelTop, "width": panel, "height": height - panelTop - floor})
		xs = append(xs, object{"type": "log", "gridIndex": len(xs), "min": axis.of(some[0]), "max": axis.of(some[len(some)-1]),
			"splitLine": object{"lineStyle": object{"color": "#e2e8f0"}}, "axisLabel": object{"color": "#4a5568"}})
		ys = append(ys, object{"type": "log", "gridIndex": len(ys), "min": leastSeconds, "max": highest(points),
			"splitLine": object{"lineStyle": object{"color": "#e2e8f0"}}, "axisLabel": object{"color": "#4a5568"}})
		titles = append(titles, object{"text": axis.title, "left": left, "top": 8, "textStyle": object{"fontSize": 13, "fontWeight": "normal", "color": "#1a202c"}})
		for _, l := range lines {
			var data [][2]float64
			for _, p := range some {
				if seconds := l.seconds(p); seconds >= leastSeconds {
					data = append(data, [2]float64{axis.of(p), seconds})
				}
			}
			series = append(series, object{"type": "line", "name": l.name, "xAxisIndex": len(xs) - 1, "yAxisIndex": len(ys) - 1, "data": data, "symbolSize": 5,
				"lineStyle": object{"color": l.color, "width": 2}, "itemStyle": object{"color": l.color}})
		}
	}
	option, err := json.Marshal(object{"animation": false, "backgroundColor": "#ffffff", "grid": grids, "xAxis": xs, "yAxis": ys, "series": series, "title": titles,
		"legend": object{"bottom": 8, "textStyle": object{"color": "#1a202c"}}})
	if err != nil {
		return nil, err
	}
	return drawing.New(library, layout).Draw(ctx, option, drawing.Frame{Width: width, Height: height, English: true})
}

// highest is the next power of ten above every figure.
func highest(points []point) float64 {
	var most float64
	for i := range points {
		for _, l := range lines {
			most = max(most, l.seconds(&points[i]))
		}
	}
	return math.Pow10(int(math.Ceil(math.Log10(most))))
}

// layout is what stands in the place of the pages' own script: the option is complete as it is.
const layout = `globalThis.pingxinChart = function (element, option, token, english, frame) {
  var numbers = { 1000: "1k", 10000: "10k", 100000: "100k", 1000000: "1M", 10000000: "10M", 100000000: "100M" };
  option.xAxis.forEach(function (x) { x.axisLabel.formatter = function (v) { return numbers[v] || String(v); }; });
  option.yAxis.forEach(function (y) { y.axisLabel.formatter = function (v) { return v < 1 ? v * 1000 + " ms" : v + " s"; }; });
  var chart = echarts.init(null, null, Object.assign({ renderer: "svg" }, frame));
  chart.setOption(option);
  return chart;
};`

// list prints the figures behind the plot, for the text beside it.
func list(w io.Writer, points []point) error {
	for _, axis := range axes {
		some := of(points, axis.name)
		if len(some) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\n", axis.title)
		for _, l := range lines {
			fmt.Fprintf(w, "  %-20s", l.name)
			for _, p := range some {
				fmt.Fprintf(w, " %9.3f s", l.seconds(p))
			}
			fmt.Fprintln(w)
		}
		for _, p := range some {
			fmt.Fprintf(w, "  %10.0f: peak %5.0f MiB, %.1f bytes of the database for each score\n", axis.of(p), p.PeakMiB, p.Bytes/p.Scores)
		}
	}
	return nil
}
