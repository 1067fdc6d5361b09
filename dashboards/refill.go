package dashboards

import (
	"bytes"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	syntax "golang.org/x/net/html"
)

// unfit says which field of a form an error is about. Where none is said, the form tells by its own limits: see refill.field.
type unfit struct {
	field string
	err   error
}

func (e *unfit) Error() string { return e.err.Error() }
func (e *unfit) Unwrap() error { return e.err }

// inField says that an error is about a field of the form; nil stays nil.
func inField(name string, err error) error {
	if err == nil {
		return nil
	}
	return &unfit{name, err}
}

// fieldByCode is the field of a form that a refusal is about, by the code of the refusal or the column of a fact, where they differ. Those that are about no field, or about
// what the form itself limits, are not among them.
var fieldByCode = map[string]string{
	"login_form": "login", "login_taken": "login", "name_missing": "name", "role_unknown": "role", "org_missing": "org", "org_unknown": "org", "email_form": "email", "email_taken": "email",
	"password_short": "next", "password_long": "next", "password_own": "next", "password_common": "next", "password_same": "next", "password_wrong": "present", "code_wrong": "code",
	"label_missing": "label", "actions_missing": "action", "action_unknown": "action", "expiry_range": "days", "view_name": "name",
	"plan_reason": "reason", "plan_decision": "decision", "plan_barred": "decision", "closing_reason": "reason", "reason_missing": "reason", "release_reason": "reason",
	"assign_unknown": "numbers", "due_past": "due", "force_past": "in_force_on", "incident_measures": "measures",
	"review_way": "way", "review_due": "due", "no_purchaser": "purchaser", "no_outcome": "outcome", "no_kind": "kind", "no_subject": "subject", "no_channel": "channel", "unknown_code": "code",
	"reason": "reason", "day_order": "on", "grounds": "ground", "relation": "relation", "service": "service", "document_no": "document_no", "statement_empty": "reason", "hearing_soon": "until",
	"hearing_far": "until", "hearing_place": "place", "hearing_record": "documents", "decision_missing": "outcome", "decision_parties": "parties", "notice_missing": "parties", "standard": "standard",
	"proof_weak": "standard", "findings": "findings", "answer": "answer", "term": "until", "repair_proof": "documents", "paper_type": "documents", "paper_large": "documents", "papers_many": "documents",
	"watch_until": "until", "supplier_id": "supplier", "approved_yuan": "approved",
}

// refusal is a form that is shown again: what it said, and why it was not taken.
type refusal struct {
	path     string            // to which it was sent
	typed    url.Values        // what its fields held
	wrong    map[string]string // what is wrong with which of them, empty: the sentence; none: the first that breaks its own limits
	sentence string
}

// refill gives the form of a page back as it was sent: its fields hold what was typed, those that kept the form from being
// taken say why and the first has the focus, and what is folded around the form is open. Hidden fields are those of the page, which may
// have changed meanwhile; passwords and files are entered again. A page that does not have the form any more stays as it is.
func refill(page []byte, refused refusal) []byte {
	f := &refilled{refusal: refused, tags: tagsOf(page)}
	if !f.find() {
		return page
	}
	if len(f.wrong) == 0 {
		f.wrong = map[string]string{f.broken(): ""}
	}
	f.said = map[string]bool{}
	return f.write(page)
}

// markup is a start or an end of an element, with the bytes where it stands.
type markup struct {
	from, to int
	name     string
	attrs    []syntax.Attribute
	end      bool
}

// tagsOf reads the tags of a page as a browser does: what a script or a text area holds are none.
func tagsOf(page []byte) (tags []markup) {
	z := syntax.NewTokenizer(bytes.NewReader(page))
	for from, kind := 0, z.Next(); kind != syntax.ErrorToken; kind = z.Next() {
		to := from + len(z.Raw())
		if t := z.Token(); kind == syntax.StartTagToken || kind == syntax.SelfClosingTagToken || kind == syntax.EndTagToken {
			tags = append(tags, markup{from: from, to: to, name: t.Data, attrs: t.Attr, end: kind == syntax.EndTagToken})
		}
		from = to
	}
	return tags
}

// attr is the value of an attribute, and whether there is one.
func (t *markup) attr(name string) (string, bool) {
	i := slices.IndexFunc(t.attrs, func(a syntax.Attribute) bool { return a.Key == name })
	if i < 0 {
		return "", false
	}
	return t.attrs[i].Val, true
}

// set sets an attribute, or takes it away.
func (t *markup) set(name, value string, on bool) {
	t.attrs = slices.DeleteFunc(t.attrs, func(a syntax.Attribute) bool { return a.Key == name })
	if on {
		t.attrs = append(t.attrs, syntax.Attribute{Key: name, Val: value})
	}
}

func (t *markup) writeTo(out *bytes.Buffer) {
	out.WriteString("<" + t.name)
	for _, a := range t.attrs {
		out.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	out.WriteString(">")
}

// kind is the kind of control that a tag is; empty: none that can be filled.
func (t *markup) kind() string {
	if t.end {
		return ""
	}
	switch t.name {
	case "textarea", "select":
		return t.name
	case "input":
		switch kind, _ := t.attr("type"); kind {
		case "hidden", "submit", "button":
			return ""
		case "radio", "checkbox", "password", "file":
			return kind
		}
		return "input"
	}
	return ""
}

// refilled is the work of refill on one page.
type refilled struct {
	refusal
	tags     []markup
	from, to int             // tags of the form
	id       string          // of the form; empty: it has none
	focused  bool            // a field has the focus
	said     map[string]bool // of which fields it is said what is wrong
}

// find looks for the form that was sent: of those with its address, the one with the most hidden fields of what was sent.
func (f *refilled) find() bool {
	best := -1
	for i := range f.tags {
		t := &f.tags[i]
		if method, _ := t.attr("method"); t.end || t.name != "form" || method != "post" {
			continue
		}
		length := slices.IndexFunc(f.tags[i:], func(t markup) bool { return t.end && t.name == "form" })
		if length < 0 {
			break
		}
		if n := f.likeness(f.tags[i : i+length]); n > best {
			best, f.from, f.to = n, i, i+length
			f.id, _ = t.attr("id")
		}
	}
	return best >= 0
}

// likeness counts the hidden fields of a form that were sent as they stand; it is negative for a form with another address.
func (f *refilled) likeness(form []markup) int {
	n, sent := 0, false
	for i := range form {
		t := &form[i]
		for _, name := range []string{"action", "formaction"} {
			if address, has := t.attr(name); has {
				u, err := url.Parse(address)
				sent = sent || err == nil && u.EscapedPath() == f.path
			}
		}
		if kind, _ := t.attr("type"); kind == "hidden" {
			name, _ := t.attr("name")
			if value, _ := t.attr("value"); f.typed.Get(name) == value {
				n++
			}
		}
	}
	if !sent {
		return -1
	}
	return n
}

// owns says whether a tag is of the form: within it, or bound to it by its id.
func (f *refilled) owns(i int) bool {
	if i > f.from && i < f.to {
		return true
	}
	bound, has := f.tags[i].attr("form")
	return has && bound == f.id && f.id != ""
}

// broken is the first field that breaks the limits which the form itself gives; empty: none does.
func (f *refilled) broken() string {
	for i := range f.tags {
		t := &f.tags[i]
		if name, _ := t.attr("name"); t.kind() != "" && f.owns(i) && t.breaks(f.typed[name]) {
			return name
		}
	}
	return ""
}

// breaks says whether a control does not take the values that were sent for it.
func (t *markup) breaks(values []string) bool {
	typed := ""
	if t.kind() == "file" { // none is kept with what was typed
		return false
	}
	if len(values) > 0 {
		typed = strings.TrimSpace(values[0])
	}
	if typed == "" {
		_, required := t.attr("required")
		return required
	}
	if most, has := t.attr("maxlength"); has {
		n, err := strconv.Atoi(most)
		return err == nil && utf8.RuneCountInString(typed) > n
	}
	least, bounded := t.attr("min")
	most, capped := t.attr("max")
	switch kind, _ := t.attr("type"); kind {
	case "date": // days in this form are in the order of their letters
		_, err := time.Parse(time.DateOnly, typed)
		return err != nil || bounded && typed < least || capped && typed > most
	case "number":
		n, err := strconv.ParseFloat(typed, 64)
		low, noLow := strconv.ParseFloat(least, 64)
		high, noHigh := strconv.ParseFloat(most, 64)
		return err != nil || noLow == nil && n < low || noHigh == nil && n > high
	}
	return false
}

// write writes the page with the form filled.
func (f *refilled) write(page []byte) []byte {
	var out bytes.Buffer
	seen := map[string]int{} // how many controls of a name were filled
	chosen, at := "", 0      // name of the list whose options come; bytes of the page that are written
	for i := range f.tags {
		t := &f.tags[i]
		owned := f.owns(i)
		name, _ := t.attr("name")
		switch {
		case !t.end && t.name == "details" && f.holds(i):
			t.set("open", "", true)
		case owned && t.end && (t.name == "label" || t.name == "fieldset"):
			out.Write(page[at:t.from])
			at = t.from
			f.say(&out, i)
			continue
		case owned && t.name == "option" && !t.end && chosen != "":
			value, _ := t.attr("value")
			t.set("selected", "", slices.Contains(f.typed[chosen], value))
		case !owned || t.kind() == "":
			continue
		default:
			chosen = f.fill(t, seen[name])
			seen[name]++
		}
		out.Write(page[at:t.from])
		t.writeTo(&out)
		at = t.to
		if t.name == "textarea" && f.typed.Has(name) && i+1 < len(f.tags) {
			out.WriteString("\n" + html.EscapeString(f.typed.Get(name))) // the first line break of a text area is none of its text
			at = f.tags[i+1].from
		}
	}
	out.Write(page[at:])
	return out.Bytes()
}

// holds says whether the element that begins at a tag is around the form.
func (f *refilled) holds(i int) bool {
	depth := 0
	for j := i; j < f.from; j++ {
		if t := &f.tags[j]; t.name == f.tags[i].name {
			if depth++; t.end {
				depth -= 2
			}
			if depth == 0 {
				return false
			}
		}
	}
	return i < f.from
}

// fill puts into a control what was sent for it, the nth of its name; it returns the name of a list, whose options follow.
func (f *refilled) fill(t *markup, nth int) (list string) {
	name, _ := t.attr("name")
	values := f.typed[name]
	switch t.kind() {
	case "radio", "checkbox":
		value, _ := t.attr("value")
		t.set("checked", "", slices.Contains(values, value))
	case "input":
		if nth < len(values) {
			t.set("value", values[nth], true)
		}
	case "select":
		if len(values) > 0 {
			list = name
		}
	}
	if _, wrong := f.wrong[name]; wrong && nth == 0 {
		t.set("aria-invalid", "true", true)
		t.set("autofocus", "", !f.focused)
		f.focused = true
	}
	return list
}

// say writes the reason at the end of the label, or of the group of choices, of the field that it is about.
func (f *refilled) say(out *bytes.Buffer, end int) {
	for i := end - 1; i >= 0 && (f.tags[i].end || f.tags[i].name != f.tags[end].name); i-- {
		name, _ := f.tags[i].attr("name")
		grouped := f.tags[i].kind() == "radio" || f.tags[i].kind() == "checkbox"
		said, wrong := f.wrong[name]
		if wrong && !f.said[name] && f.tags[i].kind() != "" && grouped == (f.tags[end].name == "fieldset") {
			f.said[name] = true
			out.WriteString(`<small class="unfit">` + html.EscapeString(orText(said, f.sentence)) + `</small>`)
			return
		}
	}
}
