package intake

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"pingxin/pipelines/store"
)

// markColumn is the column of the file of an entry that makes its bytes its own; it is left out in reading.
const markColumn = "entry"

// CheckEntry says whether a row of a kind of file could be accepted as it was entered on a page, for whoever enters it:
// nil, or a *FaultsError that says of each cell what is wrong with it. Nothing is written.
func CheckEntry(ctx context.Context, st *store.Store, kind string, cells map[string]string, as As) error {
	k, err := KindOf(kind)
	if err != nil {
		return err
	}
	return entryFile(st, store.Entry{Kind: kind, Cells: cells}, func(file File) error {
		p, err := Check(ctx, st, k, file, entryOptions, as, nil)
		if err != nil || p.Total == 0 {
			return err
		}
		return &FaultsError{File: kind, Total: p.Total, Causes: p.Causes, Faults: p.Faults}
	})
}

// Collect makes a batch of every fact that was entered on a page, archived and receipted as a file is, in the order of
// entering. A run begins with it, and an act that should show at once is followed by it. It can be interrupted anywhere:
// the bytes of an entry follow from it, so that the next call finds the receipt that they have. An entry that can be
// accepted no more, because of what came in since it was checked, is set aside with the reason, and the others go on.
func Collect(ctx context.Context, st *store.Store) ([]Result, error) {
	var waiting []store.Entry
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		waiting, err = r.Entries(ctx)
		return err
	})
	var all []Result
	for _, e := range waiting {
		if err != nil {
			break
		}
		err = collect(ctx, st, e, &all)
	}
	if err != nil {
		return all, fmt.Errorf("bring in what was entered on pages: %w", err)
	}
	return all, nil
}

// collect brings one entry in.
func collect(ctx context.Context, st *store.Store, e store.Entry, all *[]Result) error {
	kind, err := KindOf(e.Kind)
	if err != nil {
		return err
	}
	return entryFile(st, e, func(file File) error {
		result, err := Accept(ctx, st, kind, file, entryOptions, As{Uploader: e.By, Scope: store.Everything, Reason: e.Reason, GivenBefore: true})
		var faults *FaultsError
		if errors.As(err, &faults) {
			return st.Write(ctx, func(ctx context.Context, w *store.Writer) error { return w.RefuseEntry(ctx, e.ID, faults.Error()) })
		}
		if err != nil {
			return err
		}
		*all = append(*all, result)
		return st.Write(ctx, func(ctx context.Context, w *store.Writer) error { return w.HoldEntry(ctx, e.ID, result.Receipt.Batch) })
	})
}

// entryOptions read the file of an entry.
var entryOptions = Options{Choice: Choice{Mapping: map[string]string{markColumn: LeftOut}}}

// entryFile hands out the file that an entry makes, which is there as long as f runs.
func entryFile(st *store.Store, e store.Entry, f func(File) error) (err error) {
	dir, err := os.MkdirTemp(filepath.Join(st.Dir(), "tmp"), "entry")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := File{Name: fmt.Sprintf("entry-%d.csv", e.ID), Path: filepath.Join(dir, "entry.csv")}
	if err := os.WriteFile(file.Path, entryBytes(e), 0o600); err != nil {
		return err
	}
	return f(file)
}

// entryBytes writes an entry as a file: the same entry is the same bytes.
func entryBytes(e store.Entry) []byte {
	header := slices.Sorted(maps.Keys(e.Cells))
	row := []string{e.Mark}
	for _, column := range header {
		row = append(row, e.Cells[column])
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll([][]string{append([]string{markColumn}, header...), row}) // a buffer takes everything
	return b.Bytes()
}
