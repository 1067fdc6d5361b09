package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pingxin/pipelines/store"
)

// Options say how a file is checked.
type Options struct {
	// Indicators says of an indicator which parties may score it; ok is false for one that may not be scored, and hint
	// then names those that may. It is asked for files of scores only, and must be set for them.
	Indicators func(id string) (parties []string, ok bool, hint string)
	// Choice says how the file is read where it does not say so itself. Its Kind is not looked at.
	Choice
	// Progress, when set, hears how many bytes have been read.
	Progress func(done, total int64)
}

// Result is what became of an accepted file.
type Result struct {
	Receipt    store.Receipt `json:"receipt"`
	Repeated   bool          `json:"repeated"`   // the same bytes were accepted before
	Superseded int64         `json:"superseded"` // earlier rows that these replace
	Notes      []Note        `json:"notes,omitempty"`
	// LeftOut are the rows that were not accepted and why; nil: every row was.
	LeftOut *store.RefusedError `json:"left_out,omitempty"`
}

// FaultsError refuses a file and lists what is wrong with it. Nothing of the file was stored.
type FaultsError struct {
	File   string         `json:"file"`
	Total  int            `json:"total"`
	Causes map[string]int `json:"causes"` // faults by cause
	Faults []store.Fault  `json:"faults"` // the first store.MaxFaults
}

// shownFaults is how many faults a message spells out.
const shownFaults = 10

func (e *FaultsError) Error() string {
	var b strings.Builder
	faults := "faults"
	if e.Total == 1 {
		faults = "fault"
	}
	fmt.Fprintf(&b, "%s was refused, nothing of it was stored; %d %s:", e.File, e.Total, faults)
	if len(e.Causes) > 1 || e.Total > shownFaults {
		for _, cause := range slices.SortedFunc(maps.Keys(e.Causes), func(x, y string) int { return cmp.Or(e.Causes[y]-e.Causes[x], cmp.Compare(x, y)) }) {
			fmt.Fprintf(&b, "\n  %d x %s", e.Causes[cause], cause)
		}
	}
	for _, f := range e.Faults[:min(shownFaults, len(e.Faults))] {
		if f.Column == "" {
			fmt.Fprintf(&b, "\n  row %d: found %s, expected %s; %s", f.Row, f.Found, f.Expected, f.Mend)
			continue
		}
		fmt.Fprintf(&b, "\n  row %d, %s: found %q, expected %s; %s", f.Row, f.Column, f.Found, f.Expected, f.Mend)
	}
	if more := e.Total - shownFaults; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more; --json lists the first %d", more, store.MaxFaults)
	}
	return b.String()
}

// As says who brings a file and what for.
type As struct {
	Uploader store.Uploader
	Scope    store.Scope // contracts that the rows may be of; the zero value refuses every row
	Party    string      // as which the uploader scores; empty: any
	Reason   string      // why earlier versions are replaced; may be empty
	Partial  bool        // accept the rows without a fault and leave the others out
	// GivenBefore as in store.Acceptance: contracts that were closed since are no fault.
	GivenBefore bool
}

// Operator is whoever works at the console of the machine: nothing is outside of its scope.
var Operator = As{Scope: store.Everything}

// Import checks a file of a kind and accepts all of it for the operator, or refuses it with a *FaultsError or another error
// that says what is wrong. The same bytes again give the receipt that they have.
func Import(ctx context.Context, st *store.Store, kind Kind, path string, o Options) (Result, error) {
	return Accept(ctx, st, kind, File{Name: filepath.Base(path), Path: path}, o, Operator)
}

// File is a file on its way in.
type File struct {
	Name string // as it is shown
	Path string
}

// Accept checks a file of a kind and accepts it for whoever brings it, all or, where that is said, its good rows; or
// refuses it with a *FaultsError, or a *FileError where it cannot be read.
func Accept(ctx context.Context, st *store.Store, kind Kind, file File, o Options, as As) (Result, error) {
	archived, err := archive(ctx, st, file.Path)
	if err != nil {
		return Result{}, err
	}
	f, err := os.Open(archived.Path)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", file.Path, err)
	}
	defer f.Close()
	p, err := newParser(ctx, f, kind, o, archived.Bytes)
	if err != nil {
		return Result{}, fmt.Errorf("%s was refused, nothing of it was stored: %w", file.Name, err)
	}
	a := p.acceptance(as)
	a.FileName, a.File = file.Name, archived
	a.Reading = func(leftOut []int64) (string, error) { return p.reading(leftOut).archive(ctx, st) }
	rows := p.batches(ctx)
	accepted, err := st.Accept(ctx, a, rows)
	rows.stop()
	var refused *store.RefusedError
	switch {
	case errors.As(err, &refused):
		return Result{}, &FaultsError{File: file.Name, Total: refused.Total, Causes: refused.Causes, Faults: refused.Faults}
	case p.failed != nil:
		return Result{}, fmt.Errorf("%s was refused, nothing of it was stored: %w", file.Name, p.failed)
	case err != nil:
		return Result{}, fmt.Errorf("%s was not stored: %w", file.Name, err)
	}
	if accepted.Repeated {
		if err := p.sameReading(ctx, st, accepted.Receipt); err != nil {
			return Result{}, fmt.Errorf("%s was not stored: %w", file.Name, err)
		}
	}
	return Result{Receipt: accepted.Receipt, Repeated: accepted.Repeated, Superseded: accepted.Superseded, LeftOut: accepted.LeftOut, Notes: p.notes()}, nil
}

// acceptance is what the store has to know of who brings the file.
func (p *parser) acceptance(as As) store.Acceptance {
	return store.Acceptance{Kind: p.kind.Name, Uploader: as.Uploader, Scope: as.Scope, Party: as.Party, Reason: as.Reason, Partial: as.Partial, GivenBefore: as.GivenBefore, Cells: &p.found}
}

func archive(ctx context.Context, st *store.Store, path string) (store.Archived, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return store.Archived{}, fmt.Errorf("%s: no such file: check the path", path)
	}
	if err != nil {
		return store.Archived{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return store.Archived{}, err
	}
	if info.IsDir() {
		return store.Archived{}, fmt.Errorf("%s: found a directory, expected a file", path)
	}
	if err := st.Room(info.Size()); err != nil {
		return store.Archived{}, err
	}
	return st.Archive(ctx, f)
}
