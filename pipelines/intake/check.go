package intake

import (
	"context"
	"errors"
	"os"

	"pingxin/pipelines/store"
)

// Preview says what a commit would do, without anything of it done.
type Preview struct {
	Rows        int64          `json:"rows"`
	New         int64          `json:"new"`                 // rows that say something of which nothing was known
	Same        int64          `json:"same"`                // rows that say what is stored already
	Superseding int64          `json:"superseding"`         // rows that replace an earlier version
	ReplacesOwn int64          `json:"replaces_own"`        // of these, those whose earlier version the same account uploaded
	Refused     int64          `json:"refused"`             // rows with at least one fault
	Touched     int64          `json:"touched"`             // contracts that the rows say something of
	Contracts   []string       `json:"contracts,omitempty"` // numbers of the first store.MaxTouched of them
	Replaced    int64          `json:"replaced"`            // contracts of which an earlier version is replaced
	Total       int            `json:"total"`               // faults
	Causes      map[string]int `json:"causes,omitempty"`    // faults by cause
	Faults      []store.Fault  `json:"faults,omitempty"`    // the first store.MaxFaults, in the order of rows
	Notes       []Note         `json:"notes,omitempty"`
	WholeFile   bool           `json:"whole_file"`         // a fault is of the file as a whole (Row 0): no row of it can be accepted
	Repeated    *store.Receipt `json:"repeated,omitempty"` // the receipt that the same bytes have already
}

// Check reads a whole file and says what accepting it would do, by the rules of Accept; nothing is written. What is wrong
// with the file is in the preview; the error is for what went wrong in looking. every, when not nil, hears every fault:
// those of cells in the order of rows, and then those that show only beside what is stored.
func Check(ctx context.Context, st *store.Store, kind Kind, file File, o Options, as As, every func(store.Fault)) (Preview, error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return Preview{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Preview{}, err
	}
	p, err := newParser(ctx, f, kind, o, info.Size())
	if err != nil {
		return unreadable(err)
	}
	p.every = every
	b := p.batches(ctx)
	found, err := st.Preview(ctx, p.acceptance(as), b, every)
	b.stop()
	if p.failed != nil {
		return unreadable(p.failed)
	}
	if err != nil {
		return Preview{}, err
	}
	r := found.Refused
	return Preview{Rows: int64(b.rows), New: found.New, Same: found.Same, Superseding: found.Superseding, ReplacesOwn: found.ReplacesOwn, Refused: int64(len(r.Rows)),
		Touched: found.Touched, Contracts: found.Contracts, Replaced: found.Replaced, Total: r.Total, Causes: r.Causes, Faults: r.Faults, Notes: p.notes()}, nil
}

// KindUnclear is the preview of a file of which nobody has said, and nothing in it says, what it holds; KindNotYours of one
// whose kind is not for who brings it.
func KindUnclear() Preview {
	return refusedWhole(refuse("kind_unclear", 0, nil, "nothing in the header says what the file holds: say which kind it is").Fault)
}

// KindNotYours is said there.
func KindNotYours(kind string) Preview {
	return refusedWhole(refuse("kind_not_yours", 0, params{"found": kind}, "the account may not bring files of %s", kind).Fault)
}

func refusedWhole(f store.Fault) Preview {
	return Preview{Total: 1, Causes: map[string]int{f.Cause: 1}, Faults: []store.Fault{f}, WholeFile: true}
}

// unreadable is the preview of a file that cannot be read.
func unreadable(err error) (Preview, error) {
	var refused *FileError
	if !errors.As(err, &refused) {
		return Preview{}, err
	}
	return refusedWhole(refused.Fault), nil
}
