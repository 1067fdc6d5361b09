package drawing

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

func studio(t testing.TB) *Studio {
	t.Helper()
	var texts [2]string
	for i, name := range []string{"../static/echarts/echarts.min.js", "../static/chart.js"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return New(texts[0], texts[1])
}

// bars is a chart of two columns, one with a label of its own and a hostile name.
const bars = `{"animation": false, "xAxis": {"type": "category", "data": ["一月", "</svg><script>alert(1)</script>"]}, "yAxis": {"type": "value"},
	"series": [{"type": "bar", "itemStyle": {"color": "@g0"}, "data": [{"value": 3, "label": {"show": true, "formatter": "@label"}, "text": "三份"}, {"value": 5}]}]}`

var frame = Frame{Width: 600, Height: 300, Tokens: map[string]string{"g0": "#14646e", "ink": "#1b2430", "muted": "#5a6675", "sans": "sans-serif"}}

// wellFormed reads SVG to its end and returns the names of its elements.
func wellFormed(t testing.TB, svg []byte) map[string]int {
	t.Helper()
	names := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if start, ok := token.(xml.StartElement); ok {
			names[start.Name.Local]++
		}
	}
}

func TestDraw(t *testing.T) {
	s := studio(t)
	svg, err := s.Draw(t.Context(), []byte(bars), frame)
	if err != nil {
		t.Fatal(err)
	}
	names := wellFormed(t, svg)
	if names["svg"] != 1 || names["path"] < 2 || names["script"] != 0 {
		t.Errorf("drawn are %v", names)
	}
	for _, want := range []string{"三份", "一月", "#14646e", "&lt;script", `width="600" height="300"`} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%s is missing in %s", want, svg)
		}
	}
	again, err := s.Draw(t.Context(), []byte(bars), frame)
	if err != nil {
		t.Fatal(err)
	}
	if len(again) != len(svg) { // ids are counted on
		t.Errorf("drawn again it has %d bytes, %d before", len(again), len(svg))
	}
}

// What cannot be drawn is an error, and the next chart is drawn all the same.
func TestBadOptions(t *testing.T) {
	s := studio(t)
	for _, bad := range []string{``, `{`, `{"series": [{"type": "none", "data": {"length": -1}}], "xAxis": {"type": "category", "data": 3}}`} {
		if svg, err := s.Draw(t.Context(), []byte(bad), frame); err == nil {
			wellFormed(t, svg)
		}
	}
	if _, err := s.Draw(t.Context(), []byte(bars), frame); err != nil {
		t.Error(err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Draw(ended, []byte(bars), frame); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	if _, err := s.Draw(t.Context(), []byte(bars), frame); err != nil {
		t.Error(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	s := studio(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := s.Draw(t.Context(), []byte(bars), frame); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func BenchmarkDraw(b *testing.B) {
	s := studio(b)
	if _, err := s.Draw(b.Context(), []byte(bars), frame); err != nil { // loads the library
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Draw(b.Context(), []byte(bars), frame); err != nil {
			b.Fatal(err)
		}
	}
}
