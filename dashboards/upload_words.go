package dashboards

import (
	"maps"
	"slices"
	"strings"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// faultTitle says in a few words what is wrong with the cells of one cause.
func (b *base) faultTitle(cause string) string {
	return b.faultWords("upload.fault", store.Fault{Cause: cause})
}

// faultMend says how to mend them.
func (b *base) faultMend(f store.Fault) string { return b.faultWords("upload.mend", f) }

// faultExpected says what the cell should hold.
func (b *base) faultExpected(f store.Fault) string { return b.faultWords("upload.expected", f) }

// faultSentence is all of it in one, for a copy of the file.
func (b *base) faultSentence(f store.Fault) string {
	return b.T("upload.faults.sentence", "Title", b.faultTitle(f.Cause), "Expected", b.faultExpected(f), "Mend", b.faultMend(f))
}

// faultWords fills a sentence of a fault with what differs from fault to fault. A cause that this version has no
// sentence for is shown in the checker's own words.
func (b *base) faultWords(family string, f store.Fault) string {
	key := family + "." + f.Cause
	if !b.Has(key) {
		return map[string]string{"upload.expected": f.Expected, "upload.mend": f.Mend}[family]
	}
	pairs := []any{"Column", f.Column}
	for _, name := range slices.Sorted(maps.Keys(f.Params)) {
		pairs = append(pairs, strings.ToUpper(name[:1])+name[1:], f.Params[name])
	}
	return b.T(key, pairs...)
}

// fileNote is a note of the checker as a sentence.
func (b *base) fileNote(n intake.Note) string {
	var pairs []any
	for _, name := range slices.Sorted(maps.Keys(n.Params)) {
		pairs = append(pairs, strings.ToUpper(name[:1])+name[1:], n.Params[name])
	}
	return b.T("upload.note."+n.Code, pairs...)
}
