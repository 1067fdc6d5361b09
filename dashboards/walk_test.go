package dashboards

import (
	"bytes"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pingxin/dashboards/access"
	"pingxin/dashboards/api"
	"pingxin/dashboards/hostile"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// walker goes through the pages of a server as somebody of a role: to every route without a parameter, and to the others by
// the links that lead there.
type walker struct {
	*testing.T
	*attacker
	who     access.Identity
	scripts string // all scripts of the server
	reached map[string]int
	marked  map[string]int             // by the kind of the answer: how many held a hostile text
	look    func(address, body string) // what else is looked at on each page; nil: nothing
}

// visitsOf is how many addresses of a route one role visits; those of a list are alike.
func visitsOf() int {
	if os.Getenv("PINGXIN_LONG") != "" {
		return 4
	}
	return 1
}

// TestEveryPageOfEveryRole walks through the hostile district as every role. No link leads to what the role may not open or
// what is not there, no control is dead, and what people wrote into any cell is shown and exported as a text and stays out
// of the log. Routes, pages, links and texts are found: nothing has to be added here for a new one.
func TestEveryPageOfEveryRole(t *testing.T) {
	a := &attacker{T: t, log: &bytes.Buffer{}}
	a.serve(hostileDistrict(t))
	w := &walker{T: t, attacker: a, scripts: scriptsOf(t), reached: map[string]int{}, marked: map[string]int{}}
	finance := financeOf(t, a.server.config.Access)
	for _, role := range access.Roles {
		w.who = finance
		w.who.Role, w.who.Org = role, map[access.Role]string{access.Supplier: "S05", access.Purchaser: "P01", access.Evaluator: "E001"}[role]
		if role == access.Public {
			w.who = access.Anyone
		}
		a.as(w.who)
		w.walk()
		w.programs()
	}
	for _, kind := range []string{"text/html", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "program application/json", "program text/csv"} {
		if w.marked[kind] < 5 {
			t.Errorf("only %d answers of kind %s held a hostile text: %v", w.marked[kind], kind, w.marked)
		}
	}
	if strings.Contains(a.log.String(), hostile.Mark) {
		t.Errorf("the log holds cells:\n%.2000s", a.log)
	}
	var never []string
	for _, r := range a.server.routes {
		if strings.HasPrefix(r.pattern, "GET ") && w.reached[r.pattern] == 0 {
			never = append(never, r.pattern)
		}
	}
	t.Logf("%d routes reached, answers with hostile texts: %v; no link leads to %v", len(w.reached), w.marked, never)
}

// mayBeMissing are the routes that links of the district lead to in vain, and why.
var mayBeMissing = map[string]string{
	"GET /public/files/{file...}":       "no folder of open data was written",
	"GET /receipts/{number}":            "the batches came without files",
	"GET /receipts/{number}/rows/{row}": "the batches came without files",
}

// scriptsOf is the text of every script and style sheet that pages load.
func scriptsOf(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(embedded, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "echarts") {
			return err
		}
		text, err := fs.ReadFile(embedded, path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

var (
	links       = regexp.MustCompile(`<a [^>]*href="([^"]*)"`)
	forms       = regexp.MustCompile(`<form[^>]*>`)
	hooks       = regexp.MustCompile(`\sdata-([a-z-]+)(?:[\s=>])`)
	openingTags = regexp.MustCompile(`(?s)<[a-zA-Z][^>]*>`)
	buttons     = regexp.MustCompile(`<button[^>]*>`)
)

func (w *walker) walk() {
	w.T.Helper()
	type step struct{ address, from string }
	var todo []step
	for _, r := range w.server.routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		if method == http.MethodGet && !strings.Contains(strings.ReplaceAll(path, "{$}", ""), "{") && path != "/" && w.who.May(r.action) && !strings.HasPrefix(path, "/sign-in/sso") && path != "/readyz" {
			todo = append(todo, step{strings.ReplaceAll(path, "{$}", ""), ""})
		}
	}
	visits, seen := map[string]int{}, map[string]bool{}
	for len(todo) > 0 {
		address, from := todo[0].address, todo[0].from
		todo = todo[1:]
		pattern := w.patternOf(http.MethodGet, address)
		if seen[address] || visits[pattern] >= visitsOf() || strings.HasPrefix(pattern, "GET /static/") {
			continue
		}
		seen[address] = true
		visits[pattern]++
		w.reached[pattern]++
		lang := locale.Languages[len(seen)%2]
		answer := w.ask(http.MethodGet, inLanguage(address, lang), nil, nil)
		if answer.status != http.StatusOK && answer.status != http.StatusSeeOther || pattern == "GET /" {
			asksForMore := from == "" && answer.status < http.StatusInternalServerError // than the path of the route
			if !asksForMore && (answer.status != http.StatusNotFound || mayBeMissing[pattern] == "") {
				w.T.Errorf("%s: a link of %s leads to %s (%s), which answers %d", w.who.Role, from, address, pattern, answer.status)
			}
			continue
		}
		kind, _, _ := strings.Cut(answer.header.Get("Content-Type"), ";")
		if strings.Contains(answer.body, hostile.Mark) || strings.Contains(kind, "spreadsheetml") {
			w.marked[kind]++
		}
		if said := obeyed(kind, answer.body); said != "" {
			w.T.Errorf("%s: %s in %s %.300s", w.who.Role, address, lang, said)
		}
		if kind != "text/html" {
			continue
		}
		w.controls(address, answer.body)
		if w.look != nil {
			w.look(address, answer.body)
		}
		for _, m := range links.FindAllStringSubmatch(answer.body, -1) {
			if to := html.UnescapeString(m[1]); strings.HasPrefix(to, "/") {
				to, _, _ = strings.Cut(to, "#")
				todo = append(todo, step{strings.TrimSuffix(strings.TrimSuffix(to, "?lang="+lang), "&lang="+lang), address})
			}
		}
	}
}

// programs asks every operation of the interface for programs that reads: each answers with what was written as a text, in JSON and
// in files.
func (w *walker) programs() {
	w.T.Helper()
	examples := strings.NewReplacer("{run}", "3", "{contract}", url.PathEscape(plainContract), "{supplier}", "S05", "{kind}", "score", "{number}", "1", "{id}", "nothing")
	for _, r := range w.server.api.Routes() {
		if r.Method != http.MethodGet || !w.who.May(r.Action) {
			continue
		}
		addresses := []string{api.Prefix + examples.Replace(r.Path)}
		if strings.Contains(r.Path, "{file}") {
			addresses = nil
			for _, name := range store.Exports() {
				addresses = append(addresses, api.Prefix+strings.ReplaceAll(r.Path, "{file}", name+".csv"))
			}
		}
		for _, address := range addresses {
			answer := w.ask(http.MethodGet, address, nil, nil)
			kind, _, _ := strings.Cut(answer.header.Get("Content-Type"), ";")
			if answer.status != http.StatusOK && answer.status != http.StatusNotFound {
				w.T.Errorf("%s: %s answers %d", w.who.Role, address, answer.status)
				continue
			}
			if strings.Contains(answer.body, hostile.Mark) {
				w.marked["program "+kind]++
			}
			if said := obeyed(kind, answer.body); said != "" {
				w.T.Errorf("%s: %s %.300s", w.who.Role, address, said)
			}
		}
	}
}

// patternOf is the route that an address leads to.
func (w *walker) patternOf(method, address string) string {
	w.T.Helper()
	request, err := http.NewRequest(method, address, nil)
	if err != nil {
		w.T.Errorf("%s: %v", address, err)
		return ""
	}
	_, pattern := w.server.mux.Handler(request)
	return pattern
}

// controls looks for what does nothing on a page: a form that leads nowhere or to what the role may not do, a button without
// a form or a script, a hook that no script knows, a link to a place that the page does not have.
func (w *walker) controls(address, body string) {
	w.T.Helper()
	if tags := tagsOf([]byte(body)); strings.Contains(body, "<form") && (len(tags) == 0 || tags[len(tags)-1].name != "html") {
		w.T.Errorf("%s: %s: a refused form could not be filled again, the page is not read to its end", w.who.Role, address)
	}
	for _, form := range forms.FindAllString(body, -1) {
		method, action := strings.ToUpper(valueIn(form, "method")), html.UnescapeString(valueIn(form, "action"))
		if method == "" {
			method = http.MethodGet
		}
		if action == "" {
			action = address
		}
		here, err := url.Parse(address)
		if err != nil {
			w.T.Fatal(err)
		}
		there, err := here.Parse(action)
		if err != nil {
			w.T.Errorf("%s: %s: a form leads to %q", w.who.Role, address, action)
			continue
		}
		pattern := w.patternOf(method, there.RequestURI())
		at := slices.IndexFunc(w.server.routes, func(r route) bool { return r.pattern == pattern })
		if at < 0 || pattern == "GET /" {
			w.T.Errorf("%s: %s: a form leads to %s %s, which is no route", w.who.Role, address, method, action)
		} else if !w.who.May(w.server.routes[at].action) {
			w.T.Errorf("%s: %s: a form leads to %s, which the role may not", w.who.Role, address, pattern)
		}
	}
	outside := regexp.MustCompile(`(?s)<form.*?</form>`).ReplaceAllString(body, "")
	for _, button := range buttons.FindAllString(outside, -1) {
		if address == "/design" { // which shows how buttons look
			break
		}
		if valueIn(button, "form") == "" && !hooks.MatchString(button) && !strings.Contains(button, "popovertarget") {
			w.T.Errorf("%s: %s: nothing listens to %s", w.who.Role, address, button)
		}
	}
	for _, tag := range openingTags.FindAllString(body, -1) {
		for _, m := range hooks.FindAllStringSubmatch(tag, -1) {
			group, _, _ := strings.Cut(m[1], "-")
			if !strings.Contains(w.scripts, "data-"+m[1]) && !strings.Contains(w.scripts, camel(m[1])) && !strings.Contains(w.scripts, `dataset["`+group+`" +`) {
				w.T.Errorf("%s: %s: no script knows data-%s", w.who.Role, address, m[1])
			}
		}
	}
	for _, m := range links.FindAllStringSubmatch(body, -1) {
		if place, within := strings.CutPrefix(m[1], "#"); within && place != "" && !strings.Contains(body, `id="`+place+`"`) {
			w.T.Errorf("%s: %s: a link leads to #%s, which is not there", w.who.Role, address, place)
		}
	}
}

// valueIn is an attribute of a tag; empty where it has none.
func valueIn(tag, name string) string {
	m := regexp.MustCompile(`\s` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1]
}

// camel is the name of a hook as scripts write it.
func camel(hook string) string {
	first, rest, more := strings.Cut(hook, "-")
	for more {
		var word string
		word, rest, more = strings.Cut(rest, "-")
		first += strings.ToUpper(word[:1]) + word[1:]
	}
	return "dataset." + first
}
