package catalogue

import (
	"cmp"
	"slices"
)

// Entry is what one version says of a code.
type Entry struct {
	Code, Content, Reason, Authority string
	Listing                          Listing
}

// Change is how a code differs between two versions; the entry of a version that does not know it is empty.
type Change struct {
	Code    string
	Was, Is Entry
	Kind    ChangeKind
}

// ChangeKind is what happened to a code.
type ChangeKind string

// The kinds of change, in the order in which a reader asks for them.
const (
	Forbidden ChangeKind = "forbidden" // onto the negative list
	Allowed   ChangeKind = "allowed"   // off it, still listed
	Added     ChangeKind = "added"
	Dropped   ChangeKind = "dropped"
	Moved     ChangeKind = "moved"    // into or out of the procurement catalogue
	Reworded  ChangeKind = "reworded" // same listing, other words
)

// ChangeKinds lists the kinds in their order.
var ChangeKinds = []ChangeKind{Forbidden, Allowed, Added, Dropped, Moved, Reworded}

// Changes are the codes of which two versions say something else, by kind and code. Entries may be in any order, each
// code once in a version.
func Changes(was, is []Entry) []Change {
	before := map[string]Entry{}
	for _, e := range was {
		before[e.Code] = e
	}
	var all []Change
	for _, e := range is {
		old := before[e.Code]
		delete(before, e.Code)
		if old != e {
			all = append(all, Change{e.Code, old, e, kindOf(old, e)})
		}
	}
	for code, old := range before {
		all = append(all, Change{code, old, Entry{}, Dropped})
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(ChangeKinds, a.Kind), slices.Index(ChangeKinds, b.Kind)), cmp.Compare(a.Code, b.Code))
	})
	return all
}

func kindOf(was, is Entry) ChangeKind {
	switch {
	case is.Listing == Negative && was.Listing != Negative:
		return Forbidden
	case was.Code == "":
		return Added
	case was.Listing == Negative && is.Listing != Negative:
		return Allowed
	case was.Listing != is.Listing:
		return Moved
	}
	return Reworded
}
