package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// phoneLook asks of an answering page what makes it hard to use: text that is small, what is touched that is small, and what
// is wider than the screen.
const phoneLook = `(() => {
	const size = e => parseFloat(getComputedStyle(e).fontSize);
	return {
		small: [...document.querySelectorAll("p, h1, legend, label span, button, a")].filter(e => size(e) < 18).map(e => e.tagName + " " + size(e)),
		narrow: [...document.querySelectorAll("label span, button, a")].filter(e => e.getBoundingClientRect().height < 48).map(e => e.tagName + " " + e.getBoundingClientRect().height),
		overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
		taps: document.querySelectorAll("fieldset").length + document.querySelectorAll("button").length,
	};
})()`

type phonePage struct {
	Small    []string `json:"small"`
	Narrow   []string `json:"narrow"`
	Overflow int      `json:"overflow"`
	Taps     int      `json:"taps"`
}

// asOld makes the browser one that does not know of required answers, so that the server has to say what is missing.
const asOld = `[...document.querySelectorAll("input")].map(i => i.required = false).length`

// A recipient answers on a phone without scripts: opens the link, forgets a question, answers it, is thanked; a second
// opening says that the answer is there. On two widths and in both languages, light and dark, with a look at each page: large enough,
// and without a barrier that axe finds, at the contrast of level AAA.
func TestAnsweringInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("answers in a browser: left out of the short tests")
	}
	ctx := browser(t)
	s := newSurveyed(t)
	if err := chromedp.Do(ctx); err != nil { // opens the tab
		t.Fatal(err)
	}
	s.scripts(ctx, false)
	tokens := s.tokens(8).Tokens
	for n, width := range []int64{390, 320} {
		for i, lang := range locale.Languages {
			if err := theme(ctx, []string{"light", "dark"}[(n+i)%2]); err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 780)); err != nil {
				t.Fatal(err)
			}
			s.answerOnPhone(ctx, fmt.Sprintf("%d-%s", width, lang), "/s/"+tokens[0]+"?lang="+lang)
			tokens = tokens[1:]
		}
	}
	rows, err := s.desk.Contract(t.Context(), store.Everything, "HT2025-0001")
	if err != nil || rows.Answered != 4 {
		t.Errorf("%d answered, %v; expected 4", rows.Answered, err)
	}
}

// scripts lets the browser run scripts, or keeps it from it.
func (s *surveyed) scripts(ctx context.Context, run bool) {
	s.t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run}); err != nil {
		s.t.Fatal(err)
	}
}

// answerOnPhone walks through a sheet as its holder does.
func (s *surveyed) answerOnPhone(ctx context.Context, name, path string) {
	s.t.Helper()
	see := func(step string) {
		s.t.Helper()
		found, err := chromedp.Run(ctx, chromedp.Evaluate[phonePage](phoneLook))
		if err != nil {
			s.t.Fatalf("%s, %s: %v", name, step, err)
		}
		if len(found.Small) > 0 || len(found.Narrow) > 0 || found.Overflow > 0 {
			s.t.Errorf("%s, %s: small text %v, small to touch %v, %d pixels too wide", name, step, found.Small, found.Narrow, found.Overflow)
		}
		if step == "sheet" && found.Taps != 4 {
			s.t.Errorf("%s: %d taps, expected one for each of three questions and one to hand in", name, found.Taps)
		}
		s.scripts(ctx, true) // axe is one
		reportBarriers(ctx, s.t, name+", "+step, true)
		s.scripts(ctx, false)
		s.picture(ctx, name+"-"+step)
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		s.t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
	}
	choose := func(field, code string) chromedp.Action[chromedp.Void] {
		return chromedp.Click(chromedp.CSS(fmt.Sprintf(`input[name="q-%s"][value="%s"] + span`, field, code)))
	}
	do(chromedp.Navigate(s.web.URL + path))
	see("sheet")
	do(choose("quality_attitude", "very_satisfied"), choose("satisfaction_service", "none"))
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](asOld)); err != nil {
		s.t.Fatal(err)
	}
	do(chromedp.Click(chromedp.CSS(`button[type="submit"]`)), chromedp.WaitVisible(chromedp.CSS(".alert")))
	see("missing")
	do(choose("satisfaction_outcome", "fair"))
	see("chosen")
	do(chromedp.Click(chromedp.CSS(`button[type="submit"]`)), chromedp.WaitVisible(chromedp.CSS(".note.good")))
	see("thanks")
	do(chromedp.Navigate(s.web.URL+path), chromedp.WaitVisible(chromedp.CSS(".note.good")))
	see("used")
}

// picture saves a picture of the page where PINGXIN_SCREENSHOTS asks for it.
func (s *surveyed) picture(ctx context.Context, name string) {
	if pictures := os.Getenv("PINGXIN_SCREENSHOTS"); pictures != "" {
		if err := picture(ctx, filepath.Join(pictures, "survey-"+name+".png")); err != nil {
			s.t.Error(err)
		}
	}
}

// The pages of those who send the survey out, on a desk and on a phone; nothing wider than the screen, no complaint.
func TestSurveysInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at pages in a browser: left out of the short tests")
	}
	ctx := browser(t)
	s := newSurveyed(t)
	var heard complaints
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	go heard.listen(chromedp.Console(ctx))
	first := s.tokens(60)
	for _, token := range first.Tokens[:23] {
		if err := s.desk.Answer(t.Context(), token, s.steps("satisfied")); err != nil {
			t.Fatal(err)
		}
	}
	replaced := s.do(http.MethodPost, "/surveys/HT2025-0001/replace", url.Values{"issue": {strconv.Itoa(first.ID)}})
	id := strings.TrimPrefix(replaced.header.Get("Location"), "/surveys/issued/")
	again := s.server.issued.all[id].issued[0]
	heard.tour(ctx, t, s.web.URL, "survey-staff", []string{"/surveys", "/surveys/HT2025-0001", "/surveys/JB%2F2025%2F0002%20%E7%94%B2", "/surveys/issued/" + id})
	for name, token := range map[string]string{"void": first.Tokens[30], "unknown": "x"} {
		for _, lang := range locale.Languages {
			if err := chromedp.Do(ctx, chromedp.Navigate(s.web.URL+"/s/"+token+"?lang="+lang)); err != nil {
				t.Fatal(err)
			}
			s.picture(ctx, "refused-"+name+"-"+lang)
		}
	}
	s.readPaper(ctx, "/surveys/issued/"+id+"/sheet", again.Tokens)
}

// steps chooses one step for every question.
func (s *surveyed) steps(code string) map[string]string {
	chosen := map[string]string{}
	for _, q := range s.desk.Questions() {
		chosen[q.Indicator] = code
	}
	return chosen
}

// readPaper reads the codes off a picture of the paper with another program, where it is installed.
func (s *surveyed) readPaper(ctx context.Context, path string, tokens []string) {
	s.t.Helper()
	seat{794, 1123, locale.Chinese, "light"}.sit(ctx, s.t) // A4 in pixels, and white as paper is, whatever the last reader liked
	if err := chromedp.Do(ctx, chromedp.Navigate(s.web.URL+path)); err != nil {
		s.t.Fatal(err)
	}
	s.picture(ctx, "paper")
	if pictures := os.Getenv("PINGXIN_SCREENSHOTS"); pictures != "" {
		printed, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
		if err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pictures, "survey-paper.pdf"), printed.Data, 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	reader, err := exec.LookPath("zbarimg")
	if err != nil {
		s.t.Log("no zbarimg is installed: `apt-get install zbar-tools` adds it, then this test reads the codes off the paper")
		return
	}
	name := filepath.Join(s.t.TempDir(), "paper.png")
	if err := picture(ctx, name); err != nil {
		s.t.Fatal(err)
	}
	said, err := exec.CommandContext(ctx, reader, "--quiet", "--raw", name).Output()
	if err != nil {
		s.t.Fatalf("read the paper: %v", err)
	}
	found := strings.Fields(string(said))
	for _, token := range tokens {
		if !slices.Contains(found, publicAddress+"/s/"+token) {
			s.t.Errorf("the code of a link cannot be read off the paper; %d of %d were", len(found), len(tokens))
			return
		}
	}
}
