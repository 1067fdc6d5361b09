package dashboards

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// unsaid are what a page shows where a number, a name or a sentence is not there and nobody thought of it.
var unsaid = regexp.MustCompile(`>[^<]*(?:NaN|[-+−]?Inf\b|&lt;no value&gt;|%!|<nil>|map\[|0001-01-01)[^<]*<`)

// aRun is a published run that found nothing.
func (d *district) aRun() {
	at := on("2026-03-01")
	d.insert("run", 1, at, "test", "policyhash", districtPolicy+executionPolicy, 1, true, 0, 0, strings.Repeat("0", 64), "pingxin test", at, at.Add(time.Second), "[]", "[]", 0, "")
	d.insert("published", 1, 1, at)
}

// aContract is one contract of one department with one supplier, by which nothing has been judged.
func (d *district) aContract() {
	d.insert("batch", 1, "contract", "sha-of-contracts-0123456789abc", "合同.csv", 1, "c1", 0, on("2026-02-01"))
	d.insert("organisation", 1, 1, "P00", longName, "purchaser", nil, nil, "500105", nil)
	d.insert("organisation", 1, 2, "S00", longEnglishName, "supplier", "52500105000000000X", "social_organisation", "500105", on("2012-05-01"))
	d.insert("catalog_item", 1, 1, "B00", longName, nil, "service", false)
	d.insert("catalog_item", 1, 2, "B01", longEnglishName, "B00", "service", true)
	d.insert("contract", 1, 1, 1, "JB-2026-0001", longName, "P00", "S00", "B01", "open_tender", 100_000_00, on("2026-01-05"), on("2026-01-10"), on("2026-12-20"), 2026, 40)
}

// Names as long as they come: 60 Chinese characters, 120 English ones.
var (
	longName        = strings.Repeat("重庆市江北区社区居家养老", 5)
	longEnglishName = strings.Repeat("Community Rehabilitation Nursing and Family ", 3)[:120]
)

// TestStatesOfADistrict walks through districts that have next to nothing: none of their pages fails, says what is no number,
// or shows a control that is dead.
func TestStatesOfADistrict(t *testing.T) {
	for name, fill := range map[string]func(d *district){
		"nothing was ever run":     nil,
		"a run that found nothing": func(d *district) { d.aRun() },
		"one contract, unjudged": func(d *district) {
			d.aContract()
			d.aRun()
			d.insert("evaluation", 1, int32(store.OpenEnded), 1, "JB-2026-0001", longName, "P00", "S00", "B01", 2026, 100_000_00, on("2026-01-10"), on("2026-12-20"), 40, "no_evidence",
				nil, nil, nil, nil, nil, nil, nil, 0, 0, 0, "[]", "[]", "[]", nil, nil, slip(false, 0), "hash-1")
			d.insert("rating", 1, int32(store.OpenEnded), "S00", "unrated", nil, nil, nil, nil, nil, 100.0, 0, 0, "[]", "[]", "[]", "[]", store.RatingTerms.Pack(nil), "r-1")
			d.insert("settlement_advice", 1, int32(store.OpenEnded), 1, "JB-2026-0001", "P00", "S00", "B01", 100_000_00, 0, 0.0, 0, 0, nil, "hold", false, "[]", "s-1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := emptyStore(t)
			if fill != nil {
				insertInto(t, st, fill)
			}
			walkStates(t, st, fill == nil)
		})
	}
}

// walkStates walks through a store, before its first run or after.
func walkStates(t *testing.T, st *store.Store, unrun bool) {
	t.Helper()
	a := &attacker{T: t, log: &bytes.Buffer{}}
	a.serve(st)
	w := &walker{T: t, attacker: a, scripts: scriptsOf(t), reached: map[string]int{}, marked: map[string]int{}}
	w.look = func(address, body string) {
		if said := unsaid.FindString(body); said != "" && !strings.HasPrefix(address, "/methods") {
			t.Errorf("%s: %s shows %q", w.who.Role, address, said)
		}
	}
	finance := financeOf(t, a.server.config.Access)
	for _, role := range []access.Role{access.Finance, access.Supervision, access.Supplier, access.Public} {
		w.who = finance
		w.who.Role, w.who.Org = role, map[access.Role]string{access.Supplier: "S00"}[role]
		if role == access.Public {
			w.who = access.Anyone
		}
		a.as(w.who)
		w.walk()
	}
	if strings.Contains(a.log.String(), "page failed") {
		t.Errorf("logged:\n%.2000s", a.log)
	}
	a.as(finance)
	for lang, want := range map[string]string{locale.Chinese: "还没有可以查看的结果", locale.English: "There is nothing to show yet"} {
		if got := strings.Contains(a.ask(http.MethodGet, inLanguage("/overview", lang), nil, nil).body, want); got != unrun {
			t.Errorf("the overview in %s says that there is nothing: %v, want %v", lang, got, unrun)
		}
	}
}

// Both sides of what the walk looks for.
func TestWhatIsUnsaidIsSeen(t *testing.T) {
	for body, want := range map[string]bool{
		`<td>—</td>`: false, `<p title="NaN">0.0%</p>`: false, `<b>Infrastructure</b>`: false,
		`<td>NaN</td>`: true, `<td>+Inf</td>`: true, `<p>%!d(string=x)</p>`: true, `<small>0001-01-01</small>`: true, `<p>&lt;no value&gt;</p>`: true,
	} {
		if unsaid.MatchString(body) != want {
			t.Errorf("%s: seen %v, want %v", body, !want, want)
		}
	}
}
