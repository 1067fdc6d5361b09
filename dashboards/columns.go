package dashboards

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The keys of an address that choose the columns of its list: which, in their order, and the one that a form moves.
const (
	columnsKey = "cols"
	moveKey    = "move"
)

// columnsPlace is where the form of columns stands in its page; leading there keeps it open.
const columnsPlace = "columns"

// listing is the list of a page as the template "list" shows it: its table in the columns that were chosen, the form that
// chooses them, and the way out of a filter that nothing passes.
type listing struct {
	Table   table
	Columns *columnForm // nil: there is nothing to choose
	Filters filters
	Labels  map[string]string
}

// columnForm chooses the columns of a list and their order.
type columnForm struct {
	Action  string
	Hidden  map[string]string
	Said    string         // how many are shown
	First   columnChoice   // names the rows, so that it stays, and stays first
	Choices []columnChoice // of the others, the shown ones in front
	All     string         // shows every column again; empty: every one is shown in its first order
}

// columnChoice is one column of the form. Left and Right are what its buttons ask for, empty at the ends.
type columnChoice struct {
	ID, Label   string
	Shown       bool
	Left, Right string
	ToLeft      string // what the buttons are called
	ToRight     string
}

// Listed is a list in the columns that the address chooses, with the filters that it was found by. It fails on a column
// that the list does not have.
func (b *basis) Listed(t table, f filters) (*listing, error) {
	l := &listing{Table: t, Filters: f, Labels: map[string]string{"clear": b.T("filter.clear"), "nothing": b.T("list.nothing"), "none": b.T("list.none"),
		"choose": b.T("columns.choose"), "apply": b.T("filter.apply"), "all": b.T("columns.all"), "stays": b.T("columns.stays")}}
	if len(t.Head) < 3 || slices.ContainsFunc(t.Head, func(h head) bool { return h.ID == "" }) {
		return l, nil
	}
	chosen, err := b.base.chosenColumns(t.Head)
	if err != nil {
		return nil, err
	}
	l.Table, l.Columns = t.arranged(chosen), b.base.columnForm(t.Head, chosen)
	return l, nil
}

// Unfiltered is the list of a page without filters.
func (b *basis) Unfiltered(t table) (*listing, error) { return b.Listed(t, filters{}) }

// chosenColumns are the places of the chosen columns among all, in the order in which they are to be shown.
func (b *base) chosenColumns(all []head) ([]int, error) {
	chosen := []int{0}
	if b.query.Get(columnsKey) == "" {
		for i := range all[1:] {
			chosen = append(chosen, i+1)
		}
		return chosen, nil
	}
	for id := range strings.SplitSeq(b.query.Get(columnsKey), ",") {
		at := slices.IndexFunc(all, func(h head) bool { return h.ID == id })
		if at < 0 {
			return nil, &badFilter{Name: columnsKey, Found: id, Expected: "columns"}
		}
		if !slices.Contains(chosen, at) {
			chosen = append(chosen, at)
		}
	}
	return chosen, nil
}

// arranged is the table in the chosen columns. A row that ends early stays as it is: its cells stand for no column.
func (t table) arranged(chosen []int) table {
	pick := func(row []cell) []cell {
		if len(row) != len(t.Head) {
			return row
		}
		picked := make([]cell, len(chosen))
		for i, at := range chosen {
			picked[i] = row[at]
		}
		return picked
	}
	out := t
	out.Head = make([]head, len(chosen))
	for i, at := range chosen {
		out.Head[i] = t.Head[at]
	}
	out.Rows = make([][]cell, len(t.Rows))
	for i, row := range t.Rows {
		out.Rows[i] = pick(row)
	}
	out.Foot = pick(t.Foot)
	return out
}

func (b *base) columnForm(all []head, chosen []int) *columnForm {
	f := &columnForm{Action: b.path + "#" + columnsPlace, Hidden: b.Kept(columnsKey), First: columnChoice{ID: all[0].ID, Label: all[0].Label, Shown: true},
		Said: b.T("columns.said", "Shown", b.CountInt(len(chosen)), "All", b.CountInt(len(all)))}
	for i, at := range chosen[1:] {
		c := b.columnChoice(all[at], true)
		if i > 0 {
			c.Left = c.ID + "-"
		}
		if i < len(chosen)-2 {
			c.Right = c.ID + "+"
		}
		f.Choices = append(f.Choices, c)
	}
	for at := range all {
		if !slices.Contains(chosen, at) {
			f.Choices = append(f.Choices, b.columnChoice(all[at], false))
		}
	}
	if b.query.Get(columnsKey) != "" {
		f.All = b.Here(columnsKey, "")
	}
	return f
}

func (b *base) columnChoice(h head, shown bool) columnChoice {
	return columnChoice{ID: h.ID, Label: h.Label, Shown: shown, ToLeft: b.T("columns.left", "Column", h.Label), ToRight: b.T("columns.right", "Column", h.Label)}
}

// columnsSaid says of a file which columns the page showed; a file holds all of its own whatever the page shows.
func (b *base) columnsSaid() string {
	if b.query.Get(columnsKey) == "" {
		return b.T("export.columns.all")
	}
	return b.T("export.columns.chosen", "N", strings.Count(b.query.Get(columnsKey), ",")+1)
}

// arrange turns what the form of columns sends, a value for each ticked column and the one to move, into the one value that
// addresses keep; false: the query is not of that form.
func arrange(query url.Values) (url.Values, bool) {
	ticked, move := query[columnsKey], query.Get(moveKey)
	if len(ticked) < 2 && !query.Has(moveKey) {
		return nil, false
	}
	ids := strings.Split(strings.Join(ticked, ","), ",")
	if id, left := strings.CutSuffix(move, "-"); left {
		swap(ids, slices.Index(ids, id), -1)
	} else if id, right := strings.CutSuffix(move, "+"); right {
		swap(ids, slices.Index(ids, id), +1)
	}
	arranged := maps.Clone(query)
	arranged.Del(moveKey)
	arranged.Set(columnsKey, strings.Join(ids, ","))
	return arranged, true
}

// swap moves an id by one place; the first one stays.
func swap(ids []string, at, by int) {
	if to := at + by; at > 0 && to > 0 && to < len(ids) {
		ids[at], ids[to] = ids[to], ids[at]
	}
}

// arranged leads what the form of columns sends to the address of the page that it asks for.
func arranged(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, asked := arrange(r.URL.Query())
		if !asked || r.Method != http.MethodGet {
			h(w, r)
			return
		}
		http.Redirect(w, r, address(r.URL.EscapedPath(), query)+"#"+columnsPlace, http.StatusSeeOther)
	}
}
