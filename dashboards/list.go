package dashboards

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
)

// pageSize is how many rows a page of a list shows.
const pageSize = 50

// pages says which rows of a list are shown, and leads to the others.
type pages struct {
	First, Last, Total int
	Previous, Next     string // empty: there is none
	Page, Pages        int

	Shown, PreviousLabel, NextLabel string
}

// pageOf reads the number of the page from the address.
func (b *base) pageOf() (int, error) {
	text := b.query.Get("page")
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, &badFilter{Name: "page", Found: text, Expected: "page"}
	}
	return n, nil
}

// paging describes the page of a list with so many rows.
func (b *base) paging(page, total int) pages {
	p := pages{Total: total, Page: page, Pages: max(1, (total+pageSize-1)/pageSize)}
	p.First, p.Last = min((page-1)*pageSize+1, total), min(page*pageSize, total)
	p.PreviousLabel, p.NextLabel = b.T("pager.previous"), b.T("pager.next")
	p.Shown = b.T("pager.shown", "First", b.CountInt(p.First), "Last", b.CountInt(p.Last), "Total", b.CountInt(total))
	if page > 1 {
		p.Previous = b.Here("page", strconv.Itoa(min(page-1, p.Pages)))
	}
	if page < p.Pages {
		p.Next = b.Here("page", strconv.Itoa(page+1))
	}
	return p
}

// cutToPage cuts a list to the page that is asked for. There are no pages where the list is empty, which it says itself.
func cutToPage[T any](b *base, all []T) ([]T, *pages, error) {
	page, err := b.pageOf()
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	shown := b.paging(page, len(all))
	return all[min((page-1)*pageSize, len(all)):min(page*pageSize, len(all))], &shown, nil
}

// cutWhereLong is cutToPage for a list that seldom has more than one page, and then says nothing of pages.
func cutWhereLong[T any](b *base, all []T) ([]T, *pages, error) {
	shown, p, err := cutToPage(b, all)
	if p != nil && p.Pages == 1 && p.Page == 1 {
		p = nil
	}
	return shown, p, err
}

// number reads a whole number from the address, 0 when it is not there.
func wholeOf(query url.Values, key string) (int, error) {
	text := query.Get(key)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 9999 {
		return 0, &badFilter{Name: key, Found: text, Expected: "number"}
	}
	return n, nil
}

// sortOf reads the order of a list; keys are what it can be sorted by.
func sortOf[T any](query url.Values, keys map[string]T) (key string, descending bool, err error) {
	key = query.Get("sort")
	if _, known := keys[key]; key != "" && !known {
		return "", false, &badFilter{Name: "sort", Found: key, Expected: "sort"}
	}
	switch direction := query.Get("dir"); direction {
	case "", "asc":
		return key, false, nil
	case "desc":
		return key, true, nil
	default:
		return "", false, &badFilter{Name: "dir", Found: direction, Expected: "direction"}
	}
}

func direction(descending bool) string {
	if descending {
		return "desc"
	}
	return "asc"
}

// chip is a filter that is set; its address takes it away.
type chip struct{ Label, Value, URL string }

// field is one filter of a form.
type field struct {
	Name    string
	Label   string // empty: that of the filters of its name
	Value   string
	Choices []store.Choice // empty: a text to search for
	Day     bool           // a day instead
}

// Options are the choices as a select has them. There are thousands where departments are chosen from, for which a template takes
// longer than for all the rest of its page.
func (f field) Options() template.HTML {
	var b strings.Builder
	for _, c := range f.Choices {
		b.WriteString(`<option value="` + template.HTMLEscapeString(c.ID) + `"`)
		if c.ID == f.Value {
			b.WriteString(" selected")
		}
		b.WriteString(">" + template.HTMLEscapeString(c.Name))
		if c.Count != 0 {
			b.WriteString(" (" + locale.Count(int64(c.Count)) + ")")
		}
		b.WriteString("</option>")
	}
	return template.HTML(b.String()) // every text in it is escaped
}

// filters are the form and the chips of a list.
type filters struct {
	Action string // path of the page
	Fields []field
	Chips  []chip
	Hidden map[string]string
	Labels map[string]string
	Clear  string
}

// newFilters makes the form of a list; the fields' values come from the address.
func (b *base) newFilters(fields ...field) filters {
	names := []string{}
	f := filters{Action: b.path, Clear: b.unfiltered()}
	for _, field := range fields {
		names = append(names, field.Name)
		field.Value = b.query.Get(field.Name)
		field.Label = orText(field.Label, b.T("filter."+field.Name))
		f.Fields = append(f.Fields, field)
		if field.Value != "" {
			f.Chips = append(f.Chips, chip{Label: field.Label, Value: b.choiceName(field), URL: b.Here(field.Name, "")})
		}
	}
	f.Hidden = b.Kept(names...)
	f.Labels = map[string]string{"all": b.T("filter.all"), "apply": b.T("filter.apply"), "clear": b.T("filter.clear"),
		"remove": b.T("filter.remove")}
	return f
}

// choiceName is the value of a field as it is called; that nobody offers a value is said.
func (b *base) choiceName(f field) string {
	at := slices.IndexFunc(f.Choices, func(c store.Choice) bool { return c.ID == f.Value })
	switch {
	case at >= 0:
		return f.Choices[at].Name
	case len(f.Choices) > 0:
		return b.T("filter.unknown", "Value", f.Value)
	}
	return f.Value
}

// said are the filters in words, for an exported file.
func (f filters) said() string {
	var parts []string
	for _, c := range f.Chips {
		parts = append(parts, c.Label+" "+c.Value)
	}
	return strings.Join(parts, "; ")
}
