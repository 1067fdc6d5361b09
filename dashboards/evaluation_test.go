package dashboards

import (
	"encoding/json"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// TestRadarLeavesOutWhatHasNoValue: a dimension without a value of the contract or of its peers is no 0 on its axis; it stays in
// the table, and the words say that it is not drawn.
func TestRadarLeavesOutWhatHasNoValue(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	p := &evaluationPage{basis: s.newBase(httptest.NewRequest("GET", "/evaluations/C?lang=en", nil)).basis}
	p.labels = &labels{}
	parts := []scoring.Part{{Indicator: "a", Value: 80}, {Indicator: "b", Value: 70}, {Indicator: "c", Value: 60}, {Indicator: "d", Value: math.NaN()}, {Indicator: "e", Value: 50}}
	peers := map[string]store.Peer{"a": {Mean: 75}, "b": {Mean: 65}, "c": {Mean: 55}, "d": {Mean: 45}}
	f, err := p.radar(parts, peers, 7)
	if err != nil || f == nil {
		t.Fatalf("got %v, %v", f, err)
	}
	if !strings.Contains(f.Summary, "Not drawn for want of a value: d, e.") || len(f.Data.Rows) != 5 {
		t.Errorf("got %q and %d rows, want d and e named and 5 rows", f.Summary, len(f.Data.Rows))
	}
	if got := axes(f); got != 3 {
		t.Errorf("got %d axes, want 3", got)
	}
	alone, err := p.radar(parts, nil, 0)
	if err != nil || axes(alone) != 4 || !strings.HasSuffix(alone.Summary, "d.") {
		t.Errorf("without peers: got %+v, %v, want four axes and d named", alone, err)
	}
	if few, err := p.radar(parts[2:], peers, 7); few != nil || err != nil {
		t.Errorf("one axis: got %+v, %v, want none", few, err)
	}
}

// axes counts the axes of a radar.
func axes(f *figure) int {
	text, err := json.Marshal(f.Option)
	if err != nil {
		panic(err) // it was made of JSON
	}
	return strings.Count(string(text), `"max":`)
}
