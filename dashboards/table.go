package dashboards

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"pingxin/scoring"
)

// table is one table as the template "table" shows it; on a phone each row becomes a card with the titles beside the
// values.
type table struct {
	Caption string // for readers who cannot see the page
	Head    []head
	Rows    [][]cell
	Foot    []cell // totals; empty: none
	Empty   string // sentence when there is no row
}

// head is the title of a column.
type head struct {
	ID     string // by which the address chooses the column; empty: it cannot be left out
	Label  string
	Number bool   // aligned right, in tabular figures
	Name   bool   // of names, which long sentences beside them must not squeeze
	URL    string // sorts by the column; empty: not sortable
	Sorted string // "ascending" or "descending" when the list is sorted by it
	How    *methodLink
}

// cell is one value.
type cell struct {
	Text   string
	URL    string
	Sub    string // a second, smaller line
	Class  string // colour class of a grade: the text gets its mark
	Tag    string // a state in a word, such as in dispute
	Strong bool
	Code   bool  // of a hash or the like, which may break anywhere
	Indent int   // depth in a tree
	Bar    *span // an interval drawn beside the text
	List   []string
	Pick   string      // what a box before the text stands for; empty: there is none
	Picked bool        // the box is ticked
	How    *methodLink // explains the value; nil where the column does, or nothing has to be explained
}

// Short says whether the text is a day, a state or the like, which no long name beside it may break in two.
func (c cell) Short() bool {
	const width = 10 // of a day, in digits; a Chinese character takes two
	taken := 0
	for _, r := range c.Text {
		taken++
		if unicode.Is(unicode.Han, r) {
			taken++
		}
	}
	return taken <= width
}

// span is an interval on a scale in thousandths of its length.
type span struct{ From, Length, At int }

// spanOf places an interval on the scale; nil when it has no numbers.
func (l *labels) spanOf(value, low, high float64) *span {
	if math.IsNaN(value) || math.IsNaN(low) || math.IsNaN(high) {
		return nil
	}
	from, to := l.span()
	place := func(v float64) int { return int(math.Round((v - from) / (to - from) * 1000)) }
	return &span{From: place(low), Length: max(place(high)-place(low), 1), At: place(value)}
}

// text is a plain cell.
func text(s string) cell { return cell{Text: orNone(s)} }

// link is a cell that leads somewhere.
func link(s, url string) cell { return cell{Text: orNone(s), URL: url} }

// grade is a cell with the mark of a grade.
func (b *base) grade(id string) cell {
	if id == "" {
		return text("")
	}
	return cell{Text: b.Grade(id), Class: b.GradeClass(id)}
}

// level is a cell with the mark of a credit level.
func (b *base) level(id string) cell {
	if id == "" {
		return text("")
	}
	return cell{Text: b.named("level", id), Class: b.LevelClass(id)}
}

// gradeOrStatus is what a contract is listed under.
func gradeOrStatus(grade string, status scoring.Status) string {
	if grade != "" {
		return grade
	}
	return string(status)
}

// Explained are the methods of the columns, each once.
func (t table) Explained() []*methodLink {
	var all []*methodLink
	for _, h := range t.Head {
		if h.How != nil && !slices.ContainsFunc(all, func(known *methodLink) bool { return known.URL == h.How.URL }) {
			all = append(all, h.How)
		}
	}
	return all
}

// columns makes titles of locale keys; one that begins with # is a column of numbers, with #$ or $ of money, and one
// that ends with ? and the id of a method leads to its page.
func (b *base) columns(keys ...string) []head {
	heads := make([]head, len(keys))
	for i, key := range keys {
		name, isNumber := strings.CutPrefix(key, "#")
		name, isMoney := strings.CutPrefix(name, "$")
		name, method, explained := strings.Cut(name, "?")
		label := b.T(name)
		if isMoney {
			label = b.InUnitOf(label)
		}
		heads[i] = head{ID: strings.TrimPrefix(name, "col."), Label: label, Number: isNumber || isMoney}
		if explained {
			heads[i].How = b.how(method)
		}
	}
	return heads
}

// sortable makes a column sort the list; first is the direction of the first click.
func (b *base) sortable(h *head, key string, sort, direction, first string) {
	next := first
	if sort == key {
		h.Sorted = map[string]string{"asc": "ascending", "desc": "descending"}[direction]
		next = map[string]string{"asc": "desc", "desc": "asc"}[direction]
	}
	h.URL = b.Here("sort", key, "dir", next)
}
