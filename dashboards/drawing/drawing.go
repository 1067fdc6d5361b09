// Package drawing draws the charts of the pages as SVG without a browser: the chart library that the pages load runs in a
// JavaScript engine in Go, on the option that the page carries, so that a drawing shows what the page shows. It decides how
// many drawings are made at once and how long one may take; what a chart looks like is decided by its option, the style
// sheet's tokens and static/chart.js.
package drawing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dop251/goja"
)

const (
	atOnce  = 2                // engines: each holds the library, some 30 MB
	longest = 10 * time.Second // that a drawing may take; one of a thousand marks takes a fifth of a second
)

// Frame is what a chart is drawn in.
type Frame struct {
	Width, Height int               // pixels
	English       bool              // the library's own words are English, else Chinese
	Tokens        map[string]string // values of the style sheet's tokens, by their names without "--"
}

// Studio draws charts. It is safe for concurrent use.
type Studio struct {
	programs func() ([]*goja.Program, error)
	engines  chan *engine // each one is made when it is first taken
}

// engine is a JavaScript engine that has the library, or nil where it was not made yet.
type engine struct {
	vm   *goja.Runtime
	draw goja.Callable
}

// New returns a studio that draws by these scripts: the chart library and what lays it out for our options. They are
// compiled when the first chart is drawn, which takes about a second.
func New(library, layout string) *Studio {
	s := &Studio{engines: make(chan *engine, atOnce)}
	for range atOnce {
		s.engines <- nil
	}
	s.programs = sync.OnceValues(func() ([]*goja.Program, error) { return compile(library, layout) })
	return s
}

func compile(library, layout string) ([]*goja.Program, error) {
	var programs []*goja.Program
	for _, script := range []struct{ name, text string }{{"library", library}, {"layout", layout}, {"entrance", entrance}} {
		p, err := goja.Compile(script.name, script.text, false)
		if err != nil {
			return nil, fmt.Errorf("compile charts: %w", err)
		}
		programs = append(programs, p)
	}
	return programs, nil
}

// entrance is what is called. The library asks for timers, which nothing of a chart without movement waits for.
const entrance = `globalThis.setTimeout = globalThis.setInterval = function () { return 0; };
globalThis.clearTimeout = globalThis.clearInterval = function () {};
(function (option, width, height, english, tokens) {
  var chart = pingxinChart(null, JSON.parse(option), function (name) { return tokens[name.slice(1)] || ""; }, english, { ssr: true, width: width, height: height });
  try { return chart.renderToSVGString(); } finally { chart.dispose(); }
})`

// ErrTooLong says that a drawing took longer than it may.
var ErrTooLong = errors.New("drawing a chart took too long")

// Draw draws an option, JSON as a page carries it, and returns SVG. It waits for a free engine until the context ends.
func (s *Studio) Draw(ctx context.Context, option []byte, f Frame) ([]byte, error) {
	if !json.Valid(option) {
		return nil, errors.New("draw a chart: its option is no JSON")
	}
	var e *engine
	select {
	case e = <-s.engines:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { s.engines <- e }()
	if e == nil {
		made, err := s.engine()
		if err != nil {
			return nil, err
		}
		e = made
	}
	svg, err := e.run(ctx, option, f)
	if err != nil {
		e = nil // whatever state it is in
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return svg, nil
}

// engine makes an engine.
func (s *Studio) engine() (*engine, error) {
	programs, err := s.programs()
	if err != nil {
		return nil, err
	}
	e := &engine{vm: goja.New()}
	var last goja.Value
	for _, p := range programs {
		if last, err = e.vm.RunProgram(p); err != nil {
			return nil, fmt.Errorf("load charts: %w", err)
		}
	}
	var callable bool
	if e.draw, callable = goja.AssertFunction(last); !callable {
		return nil, errors.New("load charts: the entrance is no function")
	}
	return e, nil
}

// run draws on an engine that nobody else uses.
func (e *engine) run(ctx context.Context, option []byte, f Frame) ([]byte, error) {
	timer := time.AfterFunc(longest, func() { e.vm.Interrupt(ErrTooLong) })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { e.vm.Interrupt(ctx.Err()) })
	defer stop()
	v, err := e.draw(goja.Undefined(), e.vm.ToValue(string(option)), e.vm.ToValue(f.Width), e.vm.ToValue(f.Height), e.vm.ToValue(f.English), e.vm.ToValue(f.Tokens))
	var interrupted *goja.InterruptedError
	if errors.As(err, &interrupted) {
		if cause, ok := interrupted.Value().(error); ok {
			return nil, cause
		}
	}
	if err != nil {
		return nil, err
	}
	return []byte(v.String()), nil
}
