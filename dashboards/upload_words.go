package dashboards

import (
	"maps"
	"slices"
	"strings"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// faultVoice says in the reader's language what is wrong with a file of a kind.
type faultVoice struct {
	*basis
	kind intake.Kind // the zero kind: none is known yet
}

func (b *base) faultsOf(kind string) faultVoice {
	known, _ := intake.KindOf(kind) // a file that cannot be read has none
	return faultVoice{b.basis, known}
}

// Title says in a few words what is wrong with the cells of one cause.
func (v faultVoice) Title(f store.Fault) string { return v.words("upload.fault.", f, f.Cause) }

// Mend says how to mend them.
func (v faultVoice) Mend(f store.Fault) string { return v.words("upload.mend.", f, f.Mend) }

// Expected says what stands right there: what the cause says of it, or else what the column holds.
func (v faultVoice) Expected(f store.Fault) string {
	at := slices.IndexFunc(v.kind.Columns, func(c intake.Column) bool { return c.Name == f.Column })
	if at >= 0 && !v.Has("upload.expected."+f.Cause) {
		return v.base.holds(v.kind.Columns[at])
	}
	return v.words("upload.expected.", f, f.Expected)
}

// Sentence is all of it in one, for a copy of the file.
func (v faultVoice) Sentence(f store.Fault) string {
	return v.T("upload.faults.sentence", "Title", v.Title(f), "Expected", v.Expected(f), "Mend", v.Mend(f))
}

// Columns names the columns of a fault, which may concern several.
func (v faultVoice) Columns(f store.Fault) string {
	if f.Column == "" {
		return ""
	}
	return v.base.columnNames(v.kind, strings.Split(f.Column, ", "))
}

// words fills a sentence of a fault with what differs from fault to fault. A cause that this version has no sentence for
// is shown in the checker's own words.
func (v faultVoice) words(family string, f store.Fault, own string) string {
	key := family + f.Cause
	if !v.Has(key) {
		return own
	}
	pairs := []any{"Column", v.Columns(f)}
	for _, name := range slices.Sorted(maps.Keys(f.Params)) {
		pairs = append(pairs, capital(name), v.param(name, f.Params[name]))
	}
	return v.T(key, pairs...)
}

// param is a value that a fault carries, in the reader's language where it is one of our own words.
func (v faultVoice) param(name, value string) string {
	switch name {
	case "party":
		return v.base.named("party", value)
	case "parties":
		var all []string
		for _, party := range strings.Split(value, ", ") {
			all = append(all, v.base.named("party", party))
		}
		return strings.Join(all, v.T("list.comma"))
	case "delimiter":
		return v.base.named("upload.delimiter_name", value)
	case "key", "column", "columns":
		return v.base.columnNames(v.kind, strings.Split(value, ", "))
	}
	return value
}

// capital is the name of a parameter as sentences write it.
func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// Note is a note of the checker as a sentence.
func (v faultVoice) Note(n intake.Note) string {
	var pairs []any
	for _, name := range slices.Sorted(maps.Keys(n.Params)) {
		pairs = append(pairs, capital(name), v.param(name, n.Params[name]))
	}
	return v.T("upload.note."+n.Code, pairs...)
}
