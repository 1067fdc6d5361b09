package dashboards

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe looks for what keeps people with disabilities from using a page: axe-core, as its makers publish it.
//
//go:embed testdata/axe/axe.min.js
var axe string

// askAxe runs the rules of WCAG 2.2 to level AA and those of good practice over the page. A chart is left out: it is drawn by
// a library into a box that has a label and its data as a table beside it.
const askAxe = `axe.run({exclude: [["[data-chart] svg"]]}, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"],
	rules: {"color-contrast-enhanced": {enabled: %t}}
}).then(found => found.violations.map(v => ({
	rule: v.id, help: v.help, nodes: v.nodes.length, first: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " | " + [...n.any, ...n.all, ...n.none].map(c => c.message).join("; ").slice(0, 200))})))`

// finding is one rule that a page breaks.
type finding struct {
	Rule  string   `json:"rule"`
	Help  string   `json:"help"`
	Nodes int      `json:"nodes"`
	First []string `json:"first"`
}

// accessible reports what axe finds on the page that is shown, in the theme that it is shown in; of the other theme, what cannot
// be read in it.
func accessible(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	reportBarriers(ctx, t, address, false)
	const turned = `(async () => {
		const root = document.documentElement, before = root.dataset.theme;
		root.dataset.theme = (before || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark" ? "light" : "dark";
		const found = await axe.run({exclude: [["[data-chart] svg"]]}, {runOnly: {type: "rule", values: ["color-contrast"]}, resultTypes: ["violations"]});
		if (before) root.dataset.theme = before; else delete root.dataset.theme;
		return found.violations.flatMap(v => v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " | " + n.any.map(c => c.message).join("; ").slice(0, 200)));
	})()`
	dim, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](turned, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: axe in the other theme: %v", address, err)
	}
	for _, d := range dim {
		t.Errorf("%s: in the other theme: %s", address, d)
	}
}

// reportBarriers reports what axe finds; strict asks for the contrast of level AAA, too.
func reportBarriers(ctx context.Context, t *testing.T, address string, strict bool) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EvaluateAsDevTools[chromedp.Void](axe)); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]finding](fmt.Sprintf(askAxe, strict), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: axe: %v", address, err)
	}
	for _, f := range found {
		t.Errorf("%s: axe %s (%s), %d times:\n  %s", address, f.Rule, f.Help, f.Nodes, strings.Join(f.First, "\n  "))
	}
}

// theme shows pages as to a reader who prefers light or dark.
func theme(ctx context.Context, name string) error {
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		return fmt.Errorf("theme %s: %w", name, err)
	}
	return nil
}
