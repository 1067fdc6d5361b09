package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// headersOf names a set of headers whatever their order, by which mappings are remembered.
func headersOf(header []string) string {
	sorted := slices.Clone(header)
	for i := range sorted {
		sorted[i] = strings.TrimSpace(sorted[i])
	}
	slices.Sort(sorted)
	return strings.Join(sorted, "\x1f")
}

// inspect looks at an upload anew and takes over what is certain: the kind that was chosen or fits best, and what its
// owner said of these headers before.
func (d *Desk) inspect(ctx context.Context, u *Upload) error {
	name, look := d.spool.path(u.ID, bytesFile), intake.Look{Choice: u.Choice}
	seen, err := intake.Inspect(ctx, name, look)
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	all, err := d.spool.remembered(u.Account)
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	if before := all[headersOf(seen.Header)]; len(before) > 0 && seen.Refused == nil {
		look.Remembered = before
		if seen, err = intake.Inspect(ctx, name, look); err != nil {
			return fmt.Errorf("upload %s: %w", u.ID, err)
		}
	}
	u.Inspection, u.Preview, u.State, u.Kind = &seen, nil, Received, u.Choice.Kind
	switch {
	case seen.Refused != nil:
		u.State = Refused
	case u.Kind == "" && len(seen.Kinds) > 0:
		u.Kind = seen.Kinds[0].Kind
	}
	return nil
}

// mapping is what is certain of the headers of an upload. A guess by likeness does not count until somebody has said so.
func (u *Upload) mapping() map[string]string {
	all := map[string]string{}
	for _, g := range u.Inspection.Mapping {
		if g.How == "remembered" {
			all[strings.TrimSpace(g.Header)] = g.Column
		}
	}
	maps.Copy(all, u.Choice.Mapping)
	return all
}

// Describe keeps what the owner says of an upload, inspects it again and remembers the mapping for its next file with
// these headers. What an earlier check found is forgotten.
func (d *Desk) Describe(ctx context.Context, owner Owner, id string, c intake.Choice) (Upload, error) {
	u, release, err := d.take(owner, id)
	if err != nil {
		return Upload{}, err
	}
	defer release()
	if u.State == Receiving || u.State == Committed || u.Inspection.Format == intake.FormatZip {
		return u, ErrState
	}
	if c.Kind != "" {
		if _, err := intake.KindOf(c.Kind); err != nil || !owner.mayBring(c.Kind) {
			return u, ErrKind
		}
	}
	u.Choice = c
	if err := d.inspect(ctx, &u); err != nil {
		return u, err
	}
	if len(c.Mapping) > 0 && u.Inspection.Refused == nil {
		if err := d.spool.remember(u.Account, headersOf(u.Inspection.Header), c.Mapping); err != nil {
			return u, fmt.Errorf("remember a mapping: %w", err)
		}
	}
	return u, d.save(&u)
}

func (o Owner) mayBring(kind string) bool { return slices.Contains(o.Kinds, kind) }

// ready is an upload with all that a check and a commit need.
func (d *Desk) ready(owner Owner, u *Upload) (kind intake.Kind, file intake.File, o intake.Options, err error) {
	if u.State == Receiving || u.Inspection == nil || u.Inspection.Refused != nil || u.Inspection.Format == intake.FormatZip {
		return kind, file, o, ErrState
	}
	if kind, err = intake.KindOf(u.Kind); err != nil || !owner.mayBring(u.Kind) {
		return kind, file, o, ErrKind
	}
	file = intake.File{Name: u.Name, Path: d.spool.path(u.ID, bytesFile)}
	if _, err := os.Stat(file.Path); errors.Is(err, fs.ErrNotExist) {
		file.Path = d.st.ArchivePath(u.SHA256) // it was committed
	}
	o = intake.Options{Indicators: d.o.Indicators, Choice: u.Choice}
	o.Mapping = u.mapping()
	return kind, file, o, nil
}

func (o Owner) as() intake.As {
	return intake.As{Uploader: store.Uploader{Account: o.Account, Name: o.Name}, Scope: o.Scope, Party: o.Party}
}

// Check reads the whole upload and says what a commit would do; it writes nothing to the store. progress, when not nil,
// hears how many bytes of how many were read. A check under way of the same upload is ErrBusy.
func (d *Desk) Check(ctx context.Context, owner Owner, id string, progress func(done, total int64)) (intake.Preview, error) {
	u, release, err := d.take(owner, id)
	if err != nil {
		return intake.Preview{}, err
	}
	defer release()
	if u.State == Committed {
		return intake.Preview{}, ErrState
	}
	kind, file, o, err := d.ready(owner, &u)
	if errors.Is(err, ErrKind) {
		p := intake.KindNotYours(u.Kind)
		if u.Kind == "" {
			p = intake.KindUnclear()
		}
		u.Preview, u.State = &p, Refused
		return p, d.save(&u)
	}
	if err != nil {
		return intake.Preview{}, err
	}
	o.Progress = progress
	return d.check(ctx, owner, &u, kind, file, o)
}

// check checks an upload that is the caller's alone, when it is its turn, and keeps what was found.
func (d *Desk) check(ctx context.Context, owner Owner, u *Upload, kind intake.Kind, file intake.File, o intake.Options) (intake.Preview, error) {
	select {
	case d.checking <- struct{}{}:
		defer func() { <-d.checking }()
	case <-ctx.Done():
		return intake.Preview{}, ctx.Err()
	}
	p, err := intake.Check(ctx, d.st, kind, file, o, owner.as(), nil)
	if err != nil {
		return p, fmt.Errorf("check %s: %w", u.ID, err)
	}
	if p.Repeated, err = d.st.ReceiptOf(kind.Name, u.SHA256); err != nil {
		return p, fmt.Errorf("check %s: %w", u.ID, err)
	}
	u.Preview, u.State = &p, Checked
	if p.Total > 0 {
		u.State = Refused
	}
	return p, d.save(u)
}

// Commit accepts an upload and gives it its receipt; the same bytes again give the receipt that they have. It is checked
// again in doing so, as others may have written since the preview: faults are an *intake.FaultsError, and the upload is
// Refused.
func (d *Desk) Commit(ctx context.Context, owner Owner, id string, c CommitOptions) (intake.Result, error) {
	u, release, err := d.take(owner, id)
	if err != nil {
		return intake.Result{}, err
	}
	defer release()
	if u.State == Committed {
		return *u.Result, nil
	}
	kind, file, o, err := d.ready(owner, &u)
	if err != nil {
		return intake.Result{}, err
	}
	if u.State != Checked && !c.Partial { // a file with faults is to keep neither the writer nor a place in the archive
		p, err := d.check(ctx, owner, &u, kind, file, o)
		switch {
		case err != nil:
			return intake.Result{}, err
		case p.Repeated != nil: // whatever is said of the rows by now, they have their receipt
		case p.WholeFile:
			return intake.Result{}, &intake.FileError{Fault: p.Faults[0]}
		case p.Total > 0:
			return intake.Result{}, &intake.FaultsError{File: u.Name, Total: p.Total, Causes: p.Causes, Faults: p.Faults}
		}
	}
	as := owner.as()
	as.Partial, as.Reason = c.Partial, c.Reason
	result, err := intake.Accept(ctx, d.st, kind, file, o, as)
	if err != nil {
		return result, errors.Join(err, d.refuse(&u, err))
	}
	u.State, u.Result, u.Receipt = Committed, &result, &result.Receipt
	if err := d.save(&u); err != nil {
		return result, err
	}
	if d.o.Accepted != nil && !result.Repeated {
		d.o.Accepted(kind.Name)
	}
	// The bytes lie in the archive.
	if err := os.Remove(d.spool.path(u.ID, bytesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return result, err
	}
	return result, nil
}

// refuse keeps what a commit found wrong with an upload; another error leaves it as it was.
func (d *Desk) refuse(u *Upload, err error) error {
	var faults *intake.FaultsError
	var unreadable *intake.FileError
	p := intake.Preview{}
	if u.Preview != nil {
		p = *u.Preview
	}
	switch {
	case errors.As(err, &faults):
		p.Total, p.Causes, p.Faults, p.WholeFile = faults.Total, faults.Causes, faults.Faults, false
	case errors.As(err, &unreadable):
		f := unreadable.Fault
		p.Total, p.Causes, p.Faults, p.WholeFile = 1, map[string]int{f.Cause: 1}, []store.Fault{f}, true
	default:
		return nil
	}
	u.State, u.Preview = Refused, &p
	return d.save(u)
}

// Say is how a copy of a file says what is wrong in the language of its reader.
type Say = intake.Say

// MarkedCopy writes the upload as XLSX with its bad cells marked and a sheet of all listed faults.
func (d *Desk) MarkedCopy(ctx context.Context, owner Owner, id string, say Say, w io.Writer) error {
	u, err := d.find(owner, id)
	if err != nil {
		return err
	}
	if u.Preview == nil || u.Preview.WholeFile {
		return ErrState
	}
	kind, file, o, err := d.ready(owner, &u)
	if err != nil {
		return err
	}
	return intake.MarkedCopy(ctx, kind, file, o, *u.Preview, say, w)
}

// Refused writes the refused rows alone as CSV in the columns of the file with one more for the reasons.
func (d *Desk) Refused(ctx context.Context, owner Owner, id string, say Say, w io.Writer) error {
	u, err := d.find(owner, id)
	if err != nil {
		return err
	}
	kind, file, o, err := d.ready(owner, &u)
	if err != nil {
		return err
	}
	return intake.RefusedRows(ctx, d.st, kind, file, o, owner.as(), say, w)
}

// Withdraw takes a batch back from the next run on; its own uploader may, and who has All. It returns the receipt of the
// withdrawal.
func (d *Desk) Withdraw(ctx context.Context, owner Owner, batch int, reason string) (store.Receipt, error) {
	if strings.TrimSpace(reason) == "" {
		return store.Receipt{}, ErrReason
	}
	if !owner.All {
		all, err := d.history(ctx, store.HistoryPage{Account: owner.Account, Before: batch + 1, Limit: 1})
		if err != nil {
			return store.Receipt{}, err
		}
		if owner.Account == "" || len(all) == 0 || all[0].Batch != batch {
			return store.Receipt{}, ErrUnknown
		}
	}
	return d.st.Withdraw(ctx, batch, store.Uploader{Account: owner.Account, Name: owner.Name}, reason)
}

// History returns the batches that the owner brought, or everybody's for who has All, the latest first.
func (d *Desk) History(ctx context.Context, owner Owner, p Page) ([]store.BatchRecord, error) {
	q := store.HistoryPage{Account: owner.Account, Kind: p.Kind, Before: p.Before, Limit: p.Limit}
	if owner.All {
		q.Account = ""
	} else if owner.Account == "" {
		return nil, nil
	}
	if q.Limit <= 0 {
		q.Limit = pageSize
	}
	return d.history(ctx, q)
}

func (d *Desk) history(ctx context.Context, p store.HistoryPage) (all []store.BatchRecord, err error) {
	err = d.st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		all, err = store.History(ctx, r, p)
		return err
	})
	return all, err
}
