package dashboards

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// viewRoutes are the routes of saved views, which the tests of this file ask.
var viewRoutes = []string{"GET /views", "POST /views", "POST /views/{view}/rename", "POST /views/{view}/default", "POST /views/{view}/drop"}

// clerk is a browser without a script that asks one server as one person.
type clerk struct {
	t   *testing.T
	web string
}

// ask returns the status, where it leads and what it shows.
func (d clerk) ask(method, path string, pairs ...string) (int, string, string) {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequest(method, d.web+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), string(body)
}

func (d clerk) leadsTo(method, path, want string, pairs ...string) {
	d.t.Helper()
	if _, to, _ := d.ask(method, path, pairs...); to != want {
		d.t.Errorf("%s %s leads to %q, want %q", method, path, to, want)
	}
}

// TestSavedViewsByPages: a view is saved, opened, made the default, renamed, shared and deleted by forms alone.
func TestSavedViewsByPages(t *testing.T) {
	st := freshDistrict(t)
	s, web := newServer(t, st, io.Discard)
	d := clerk{t, web.URL}
	d.leadsTo("POST", "/views", "/evaluations?view=1&grade=fair&year=2024", "page", "/evaluations", "state", "year=2024&grade=fair&lang=en&page=3&view=9", "name", "2024 中等")
	_, _, page := d.ask("GET", "/evaluations?view=1&grade=fair&year=2024")
	if !strings.Contains(page, `aria-current="true">2024 中等`) {
		t.Error("the page does not say that it shows the view")
	}
	if _, _, home := d.ask("GET", "/"); !strings.Contains(home, "2024 中等") {
		t.Error("the home page does not list the view")
	}
	_, _, list := d.ask("GET", "/views")
	if !strings.Contains(list, `value="`+web.URL+`/evaluations?grade=fair&amp;year=2024"`) {
		t.Errorf("no link to share:\n%s", list)
	}
	d.ask("POST", "/views", "page", "/budget", "state", "pool=neutral&floor=80&by=grade", "name", "预算")
	_, _, list = d.ask("GET", "/views?lang=en")
	for _, said := range []string{"Total for next year As this year, all given out", "Every contract keeps at least 80 %", "Shown Grade"} { // as the budget page itself calls them
		if !strings.Contains(list, said) {
			t.Errorf("the state of the budget page is not said in words: no %q", said)
		}
	}
	d.leadsTo("POST", "/views/2/drop", "/views?done=view_dropped")
	d.leadsTo("POST", "/views/1/default", "/views?done=view_default", "on", "yes")
	d.leadsTo("GET", "/evaluations", "/evaluations?view=1&grade=fair&year=2024")
	d.leadsTo("GET", "/evaluations?lang=en", "/evaluations?lang=en&view=1&grade=fair&year=2024")
	if _, _, page := d.ask("GET", "/evaluations?grade=fair"); !strings.Contains(page, `class="chip" href="/evaluations?view=none"`) {
		t.Error("taking away the last filter leads back to the default view")
	}
	if status, _, _ := d.ask("GET", "/evaluations?view=none"); status != http.StatusOK {
		t.Errorf("the page without its default view: status %d", status)
	}
	d.leadsTo("POST", "/views/1/rename", "/views?done=view_renamed", "name", "中等合同")
	d.leadsTo("POST", "/views/1/default", "/views?done=view_not_default")
	if status, to, _ := d.ask("GET", "/evaluations"); status != http.StatusOK {
		t.Errorf("without a default: status %d to %q", status, to)
	}
	other := access.Identity{Account: "other", Login: "other", Name: "other", Role: access.Purchaser, Org: "P01"}
	s.recognise = as(other)
	web.Config.Handler = s.Handler()
	if _, _, list := d.ask("GET", "/views"); strings.Contains(list, "中等合同") {
		t.Error("somebody else sees the view")
	}
	if status, _, _ := d.ask("POST", "/views/1/drop"); status != http.StatusNotFound {
		t.Errorf("somebody else drops the view: status %d, want 404", status)
	}
	keeper := s.config.Access
	s.recognise = as(financeOf(t, keeper))
	web.Config.Handler = s.Handler()
	d.leadsTo("POST", "/views/1/drop", "/views?done=view_dropped")
	if _, _, list := d.ask("GET", "/views"); strings.Contains(list, "中等合同") {
		t.Error("the dropped view is still listed")
	}
	audited(t, st, store.ViewSaved, store.ViewRenamed, store.ViewMadeDefault, store.ViewNotDefault, store.ViewDropped)
}

// TestViewsAreRefused: a view needs a name, a page of this server and a state of a bearable length, and there are at most a
// hundred of an account.
func TestViewsAreRefused(t *testing.T) {
	s, web := newServer(t, emptyStore(t), io.Discard)
	d := clerk{t, web.URL}
	for name, c := range map[string]struct {
		page, state, name string
		status            int
	}{
		"no name":        {"/evaluations", "year=2024", "  ", 422},
		"long name":      {"/evaluations", "year=2024", strings.Repeat("名", longestName+1), 422},
		"long state":     {"/evaluations", "q=" + strings.Repeat("x", longestState), "a", 422},
		"other site":     {"//elsewhere.example/", "", "a", 422},
		"absolute":       {"https://elsewhere.example/", "", "a", 422},
		"no page":        {"/nowhere", "", "a", 422},
		"with a query":   {"/evaluations?year=2024", "", "a", 422},
		"state no query": {"/evaluations", "%zz", "a", 422},
		"longest name":   {"/evaluations", "year=2024", strings.Repeat("名", longestName), 303},
	} {
		if status, _, _ := d.ask("POST", "/views", "page", c.page, "state", c.state, "name", c.name); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
	}
	if status, _, _ := d.ask("POST", "/views/x/drop"); status != http.StatusNotFound {
		t.Errorf("a view without a number: status %d", status)
	}
	who := financeOf(t, s.config.Access)
	s.views.kept = map[string][]store.SavedView{who.Account: make([]store.SavedView, mostViews)}
	if status, _, body := d.ask("POST", "/views", "page", "/evaluations", "name", "a"); status != 422 || !strings.Contains(body, fmt.Sprint(mostViews)) {
		t.Errorf("view %d: status %d", mostViews+1, status)
	}
}
