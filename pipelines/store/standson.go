package store

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// versions are how often tables were written since the store was opened, as one committed version of the database has them. They
// do not change.
type versions struct {
	tables  map[string]uint64
	unknown uint64 // statements that do not say which table they write
	number  int64  // that the commit wrote
	epoch   uint64 // since when the tables' versions are counted
}

// after are the versions after a commit that wrote some tables.
func (v *versions) after(tables map[string]bool) *versions {
	next := &versions{tables: maps.Clone(v.tables), unknown: v.unknown, number: v.number + 1, epoch: v.epoch}
	if next.tables == nil {
		next.tables = map[string]uint64{}
	}
	for table := range tables {
		if table == unknownTable {
			next.unknown++
			continue
		}
		next.tables[table]++
	}
	return next
}

// of writes the versions of some tables as a text.
func (v *versions) of(tables []string) string {
	if slices.Equal(tables, everyTable) {
		return fmt.Sprintf(" epoch %d commit %d", v.epoch, v.number)
	}
	var b strings.Builder
	fmt.Fprintf(&b, " epoch %d unknown %d", v.epoch, v.unknown)
	for _, t := range tables {
		fmt.Fprintf(&b, " %s %d", t, v.tables[t])
	}
	return b.String()
}

// unknownTable stands for whatever a statement wrote, everyTable for whatever was read.
const unknownTable = "*"

var everyTable = []string{unknownTable}

// ofRuns are the tables that only runs write, a run its own rows: a view reads those that hold for its run or came before it, and no later run
// changes them.
var ofRuns = map[string]bool{"run": true, "evaluation": true, "rating": true, "assessment_grade": true, "blacklist_candidate": true, "budget_proposal": true, "settlement_advice": true, "clue": true,
	"movement": true, "prepared_organisation": true, "prepared_supplier": true}

// The statements that write one table, and those that write none that readers see.
var (
	writesOne     = regexp.MustCompile(`(?i)^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+([a-z_]+)(?:[\s(]|$)`)
	writesNothing = regexp.MustCompile(`(?i)^\s*(?:BEGIN|COMMIT|ROLLBACK|SELECT|CREATE\s+(?:OR\s+REPLACE\s+)?TEMP\s+TABLE|DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?temp\.[a-z_]+)\b`)
)

// tableWritten is the table that a statement writes; unknownTable where it does not say, empty for none.
func tableWritten(statement string) string {
	statement = strings.TrimRight(statement, "; \t\n")
	if strings.Contains(statement, ";") { // several statements
		return unknownTable
	}
	if m := writesOne.FindStringSubmatch(statement); m != nil {
		return strings.ToLower(m[1])
	}
	if writesNothing.MatchString(statement) {
		return ""
	}
	return unknownTable
}

// wrote notes what a statement writes.
func (w *Writer) wrote(table string) {
	if table != "" {
		w.written[table] = true
	}
}

// namedIn are the words of a text that may be tables, each once, in order. A column of the name of a table counts as the table unless it
// stands behind that of its own: then an answer holds shorter than it could.
func (r *Reader) namedIn(text string) []string {
	if r.recall == nil {
		return nil
	}
	found := map[string]bool{}
	for rest, qualifier := text, ""; rest != ""; {
		begin := strings.IndexFunc(rest, ofWord)
		if begin < 0 {
			break
		}
		between, word := rest[:begin], rest[begin:]
		if end := strings.IndexFunc(word, func(c rune) bool { return !ofWord(c) }); end >= 0 {
			word = word[:end]
		}
		rest = rest[begin+len(word):]
		column := between == "." && qualifier != "main"
		literal := strings.HasSuffix(between, "'") && strings.HasPrefix(rest, "'")
		if r.recall.tables[word] && !column && !literal {
			found[word] = true
		}
		qualifier = word
	}
	return slices.Sorted(maps.Keys(found))
}

func ofWord(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// stand says for what an answer to a text holds: for the tables that it names; empty where nothing is remembered.
func (r *Reader) stand(text string) (basis string) {
	on := r.namedIn(text)
	r.standOn(on)
	if r.versions == nil {
		return ""
	}
	return r.versions.of(on)
}

// stand says for what an answer to a text holds: for the run and what else it stands on; empty where nothing is remembered.
func (v *View) stand(text string) (basis string) {
	on := v.standsOn(text)
	v.r.standOn(on)
	if v.r.versions == nil {
		return ""
	}
	return v.ofThisRun() + v.r.versions.of(on)
}

// ofThisRun says which run a view shows.
func (v *View) ofThisRun() string {
	return fmt.Sprintf("run %d %s %d", v.Run.ID, v.Run.Hash, v.PublishedAt.UnixMicro())
}

// standsOn are the tables that an answer to a text stands on beside the run. What a scope lets see follows from more than the text
// says.
func (v *View) standsOn(text string) []string {
	switch {
	case !v.scope.All:
		return everyTable
	case v.lasting:
		return nil
	}
	return slices.DeleteFunc(v.r.namedIn(text), func(table string) bool { return ofRuns[table] })
}

// footing takes down the tables that something stands on; everyTable among them is all of them.
type footing map[string]bool

// standOn tells everybody who takes it down that something stands on tables.
func (r *Reader) standOn(tables []string) {
	for _, taking := range r.footings {
		for _, t := range tables {
			taking[t] = true
		}
	}
}

// footed reads, and returns the tables that what was read stands on.
func footed[T any](r *Reader, read func() (T, error)) (T, []string, error) {
	taking := footing{}
	r.footings = append(r.footings, taking)
	defer func() { r.footings = r.footings[:len(r.footings)-1] }()
	value, err := read()
	if taking[unknownTable] {
		return value, everyTable, err
	}
	return value, slices.Sorted(maps.Keys(taking)), err
}

// lastStoodOn are the tables that the last answer to a question was read from.
func (m *recall) lastStoodOn(q question) (on []string, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	on, known = m.standsOn[q]
	return on, known
}

func (m *recall) stoodOn(q question, on []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.standsOn) >= manyAsked {
		clear(m.standsOn)
	}
	m.standsOn[q] = on
}
