package dashboards

import (
	"math"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// paged is the base of a page in a language, for somebody who is signed in.
func paged(t *testing.T, language string) *base {
	t.Helper()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return baseOf(basis{Texts: texts[language], labels: &labels{}, Unit: wan, methods: &methodBook{}, Who: access.Identity{Account: "a", Role: access.Finance}})
}

// By hand: of 1 to 8 and 20 the quartiles of type 7 are 3, 5 and 7, and the upper fence is 13; three values are too few for a box, and stay in the table; a
// chart of nothing but those is none.
func TestSpreads(t *testing.T) {
	b := paged(t, locale.English)
	nine, three := spreadOf("nine", "", []float64{20, 1, 8, 2, 7, 3, 6, 4, 5, math.NaN()}), spreadOf("three", "", []float64{1, 2, 3})
	f, err := b.spreadFigure("boxes", "title", "note", "small", []spread{nine, three})
	if err != nil || f == nil {
		t.Fatalf("no figure: %v", err)
	}
	var got []string
	for _, c := range f.Data.Rows[0] {
		got = append(got, c.Text)
	}
	if want := "nine 9 1.00 1.00 3.00 5.00 7.00 8.00 20.00 1"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
	if len(f.Data.Rows) != 2 {
		t.Errorf("%d rows in the table, want both", len(f.Data.Rows))
	}
	series := f.Option["series"].([]any)[0].(map[string]any)
	if boxes := series["data"].([]any); len(boxes) != 1 {
		t.Errorf("%d boxes, want that of the nine", len(boxes))
	}
	if f, err := b.spreadFigure("boxes", "title", "note", "small", []spread{three}); f != nil || err != nil {
		t.Errorf("three values made a figure (%v)", err)
	}
}

// A day ends at midnight of the district, eight hours before that of the clock; a withdrawal brings nothing.
func TestArrivalsByDay(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 2, 27, hour, 0, 0, 0, time.UTC) }
	row := func(hour int, rows int64, takes int) historyRow {
		return historyRow{BatchRecord: store.BatchRecord{AcceptedAt: at(hour), Rows: rows}, takes: takes}
	}
	all := arrivalsOf([]historyRow{row(17, 5, 0), row(16, 7, 0), row(16, 9, 1), row(15, 100, 0)})
	if len(all) != 2 || day(all[0].day) != "2026-02-27" || all[0].batches != 1 || all[0].rows != 100 || day(all[1].day) != "2026-02-28" || all[1].batches != 2 || all[1].rows != 12 {
		t.Errorf("got %+v", all)
	}
}

// The lowest mean is darkest; a single mean, equal ones and none are not shaded.
func TestShades(t *testing.T) {
	shade := shades([]float64{80, 90, math.NaN(), 85})
	for mean, want := range map[float64]float64{80: 1, 85: 0.5, 90: 0} {
		if got := shade(mean); got != want {
			t.Errorf("%v is shaded %v, want %v", mean, got, want)
		}
	}
	if got := shade(math.NaN()); got != 0 {
		t.Errorf("no mean is shaded %v", got)
	}
	if got := shades([]float64{80, 80})(80); got != 0 {
		t.Errorf("equal means are shaded %v", got)
	}
}

// By hand: two rose from B to A, one fell from A to C; who has no level at either end did neither.
func TestClimbs(t *testing.T) {
	l := &labels{levels: []string{"A", "B", "C"}}
	up, down := l.climbs([]store.Transition{{Before: "B", After: "A", Count: 2}, {Before: "A", After: "C", Count: 1}, {Before: "A", After: "A", Count: 9}, {Before: "", After: "C", Count: 4},
		{Before: "A", After: "unrated", Count: 3}})
	if up != 2 || down != 1 {
		t.Errorf("%d rose and %d fell, want 2 and 1", up, down)
	}
}

// A matrix has its rows and columns in the order of what can be, and shades the share of a row.
func TestTransitionFigure(t *testing.T) {
	b := paged(t, locale.English)
	all := []store.Transition{{Before: "B", After: "A", Count: 1}, {Before: "B", After: "B", Count: 3}, {Before: "A", After: "A", Count: 2}, {Before: "", After: "B", Count: 5}}
	f, err := b.transitionFigure("t", "title", "words", all, []string{"A", "B"}, b.orNew(func(id string) cell { return text(id) }), func(before, after string) string { return "/x?" + before + after })
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range f.Data.Rows {
		line := ""
		for _, c := range row {
			line += c.Text + " "
		}
		rows = append(rows, strings.TrimSpace(line))
	}
	if got, want := strings.Join(rows, "; "), "A 2 0; B 1 3; New 0 5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if url := f.Data.Rows[1][1].URL; url != "/x?BA" {
		t.Errorf("one that rose from B to A leads to %q", url)
	}
}

// The pages say that a night failed or did not come, and nothing while it is well, under way, or read by the public.
func TestNightSaid(t *testing.T) {
	published := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	next := published.Add(72 * time.Hour)
	run := &store.Run{ID: 7, AsOf: published}
	for name, c := range map[string]struct {
		status *RunStatus
		run    *store.Run
		hours  int // since the publication
		public bool
		want   string // begins so; empty: nothing is said
	}{
		"well":                    {&RunStatus{NextAt: next}, run, 24, false, ""},
		"two days":                {&RunStatus{NextAt: next}, run, 48, false, ""},
		"more than two days":      {&RunStatus{NextAt: next}, run, 49, false, "No run was published for 2 days. These pages show run 7"},
		"failed":                  {&RunStatus{LastAt: published, LastError: "x", NextAt: next}, run, 24, false, "The run that ended 2026-03-01 10:00 failed. These pages show run 7 as of 2026-03-01"},
		"failed and tried again":  {&RunStatus{LastError: "x", Running: true}, run, 24, false, ""},
		"the first one failed":    {&RunStatus{LastAt: published, LastError: "x"}, nil, 24, false, "The run that ended 2026-03-01 10:00 failed. No further run is planned"},
		"before the first":        {&RunStatus{NextAt: next}, nil, 24, false, ""},
		"no nightly loop":         {nil, run, 99, false, ""},
		"read by the public":      {&RunStatus{LastError: "x"}, run, 24, true, ""},
		"failed with no run next": {&RunStatus{LastError: "x"}, run, 24, false, "The run that ended — failed."},
	} {
		b := paged(t, locale.English)
		b.Status, b.Run, b.PublishedAt, b.now = c.status, c.run, published, published.Add(time.Duration(c.hours)*time.Hour)
		if c.public {
			b.Who = access.Identity{}
		}
		got := b.NightSaid()
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want it to begin with %q", name, got, c.want)
		}
		if c.want != "" && strings.Contains(got, "tried again at") == c.status.NextAt.IsZero() {
			t.Errorf("%s: %q does not say what comes next", name, got)
		}
	}
}
