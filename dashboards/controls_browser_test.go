package dashboards

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// operated is what became of the controls of a page.
type operated struct {
	Dead     []string       `json:"dead"`     // what nothing came of
	Operated map[string]int `json:"operated"` // by kind of control
}

// operate has each control of the page that is shown used once, and reports those that nothing comes of and what the browser
// complains of meanwhile. It follows all links of a kind, or one.
func (c *complaints) operate(ctx context.Context, t *testing.T, where string, all bool) {
	t.Helper()
	script, err := os.ReadFile("testdata/operate.js")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[operated](fmt.Sprintf("%s(%t)", script, all), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: operate its controls: %v", where, err)
	}
	for _, dead := range found.Dead {
		t.Errorf("%s: nothing comes of the control %s", where, dead)
	}
	for _, said := range c.take() {
		t.Errorf("%s: while its controls were used, the browser says %s", where, said)
	}
	c.spent += time.Since(began)
	if c.operated == nil {
		c.operated = map[string]int{}
	}
	for kind, n := range found.Operated {
		c.operated[kind] += n
	}
}

// mustHaveOperated makes sure that the pages had controls of each kind at all.
func (c *complaints) mustHaveOperated(t *testing.T, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		if c.operated[kind] == 0 {
			t.Errorf("no page had a control of the kind %s", kind)
		}
	}
	t.Logf("controls used in %v: %v", c.spent.Round(time.Second), c.operated)
}

// clickMarks goes to where marks of charts lead, by the mouse and by the keyboard.
func clickMarks(ctx context.Context, t *testing.T, server string) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server+"/departments"), chromedp.WaitVisible(`[data-chart] svg path`),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-chart]").focus()`), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))
	if err != nil {
		t.Fatal(err)
	}
	until(ctx, t, `location.pathname === "/evaluations"`)
	err = chromedp.Do(ctx, chromedp.Navigate(server+"/items"), chromedp.WaitVisible(`[data-chart] svg path`))
	if err != nil {
		t.Fatal(err)
	}
	const tile = `(() => {
		document.querySelector("[data-chart]").scrollIntoView({block: "center"});
		const tiles = [...document.querySelectorAll("[data-chart] svg path")].map(path => path.getBoundingClientRect()).filter(at => at.width > 20 && at.height > 20 && at.width < innerWidth / 2);
		return [tiles[0].left + tiles[0].width / 2, tiles[0].top + tiles[0].height / 2];
	})()`
	at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](tile))
	if err == nil {
		err = chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1]))
	}
	if err != nil {
		t.Fatal(err)
	}
	until(ctx, t, `location.pathname.startsWith("/items/")`)
}
