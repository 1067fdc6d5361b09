package dashboards

import (
	"net/url"
	"strings"
	"testing"
)

// sentForm has one of each control, and beside it a form with the same names that was not sent.
const sentForm = `<!doctype html><html><body><details><summary>x</summary><p>shut</p></details>
<form method="get" action="/here"><input name="name" value="sought"></form>
<form method="post" action="/other"><textarea name="reason">as it was</textarea></form>
<script type="application/json">{"tip": "<form method='post' action='/here'><input type='hidden' name='figures' value='old'></form> 1 < 2 && 3"}</script>
<input type="checkbox" name="pick" value="a" form="sent" checked><input type="checkbox" name="pick" value="b" form="sent">
<details class="do"><summary>open it</summary><form id="sent" method="post" action="/here?lang=en"><input type="hidden" name="figures" value="new">
<label><span>Name</span><input name="name" value="before" required maxlength="4"></label>
<fieldset><legend>L</legend><label><input type="radio" name="way" value="one" required checked>1</label><label><input type="radio" name="way" value="two">2</label></fieldset>
<label>Day<input type="date" name="day" value="2026-01-01" max="2026-02-01"></label>
<label>List<select name="list"><option value="">none</option><option value="1" selected>1</option><option value="2">2</option></select></label>
<label>Secret<input type="password" name="secret"></label>
<label>Reason<textarea name="reason" required></textarea></label></form></details></body></html>`

func TestRefusedFormsComeBackAsTheyWereSent(t *testing.T) {
	typed := func(pairs ...string) url.Values {
		v := url.Values{"figures": {"old"}, "name": {"<b>"}, "way": {"two"}, "day": {"2026-01-02"}, "list": {"2"}, "secret": {"s3cret"}, "reason": {"\nwhy </textarea>"}, "pick": {"b"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	said := `<small class="unfit">not so</small>`
	for name, c := range map[string]struct {
		typed      url.Values
		wrong      map[string]string
		has, lacks []string
	}{
		"all is filled": {typed(), nil, []string{`value="&lt;b&gt;"`, `value="two" checked=""`, `value="2026-01-02"`, `value="2" selected=""`, "<textarea name=\"reason\" required=\"\">\n\nwhy &lt;/textarea&gt;</textarea>",
			`value="new"`, `value="sought"`, `name="reason">as it was<`, `value="b" form="sent" checked=""`, `<details class="do" open="">`, "<details><summary>x"},
			[]string{"s3cret", `value="one" required="" checked`, `value="1" selected`, `value="a" form="sent" checked`, said, "autofocus"}},
		"the form tells what is missing":  {typed("reason", " "), nil, []string{" aria-invalid=\"true\" autofocus=\"\">\n </textarea>" + said + "</label>"}, nil},
		"what is too long":                {typed("name", "five5"), nil, []string{`value="five5" aria-invalid="true" autofocus="">` + said}, nil},
		"what is too late":                {typed("day", "2026-02-02"), nil, []string{`value="2026-02-02" aria-invalid="true" autofocus="">` + said}, nil},
		"what is not chosen":              {typed("way", ""), nil, []string{"2</label>" + said + "</fieldset>"}, []string{`value="two" checked`}},
		"the refusal tells what is wrong": {typed(), map[string]string{"list": "", "day": "too early"}, []string{"</select>" + said, `autofocus=""><small class="unfit">too early</small>`, `aria-invalid="true"><option`}, nil},
	} {
		got := string(refill([]byte(sentForm), refusal{"/here", c.typed, c.wrong, "not so"}))
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page lacks %s\n%s", name, want, got)
			}
		}
		for _, not := range c.lacks {
			if strings.Contains(got, not) {
				t.Errorf("%s: the page has %s", name, not)
			}
		}
	}
	if got := refill([]byte(sentForm), refusal{"/elsewhere", typed(), nil, "not so"}); string(got) != sentForm {
		t.Error("a page without the form was changed")
	}
}
