package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"pingxin/pipelines/intake"
)

// Begin announces a file of size bytes; sha256 (hex) may be empty. The same owner announcing the same name, size and
// SHA-256 as an upload that is still receiving gets that one.
func (d *Desk) Begin(ctx context.Context, owner Owner, name string, size int64, sha256 string) (Upload, error) {
	if err := d.sweepAtTimes(ctx); err != nil {
		return Upload{}, err
	}
	u := Upload{Name: cleanName(name), Size: size, SHA256: strings.ToLower(sha256)}
	u, err := d.begin(owner, u)
	if err == nil && u.Size == 0 {
		u, err = d.complete(ctx, owner, u)
	}
	return u, err
}

func (d *Desk) sweepAtTimes(ctx context.Context) error {
	d.mu.Lock()
	due := d.o.Now().Sub(d.swept) >= sweepEvery
	d.mu.Unlock()
	if !due {
		return nil
	}
	_, err := d.Sweep(ctx)
	return err
}

// begin finds the upload that is announced again, or makes a new one within the limits.
func (d *Desk) begin(owner Owner, u Upload) (Upload, error) {
	if owner.Account == "" {
		return Upload{}, ErrUnknown
	}
	if u.Size < 0 || u.Size > d.o.MaxBytes {
		return Upload{}, ErrTooLarge
	}
	d.mu.Lock() // two that announce at once count each other
	defer d.mu.Unlock()
	all, err := d.spool.all()
	if err != nil {
		return Upload{}, fmt.Errorf("begin an upload: %w", err)
	}
	var n int
	var bytes int64
	for _, old := range all {
		if old.Account != owner.Account || old.State == Committed {
			continue
		}
		if old.State == Receiving && u.Parent == "" && old.Name == u.Name && old.Size == u.Size && old.SHA256 == u.SHA256 {
			return old, nil
		}
		n++
		bytes += old.Size
	}
	if n >= d.o.MaxOwner || bytes+u.Size > d.o.MaxOwnerBytes {
		return Upload{}, ErrTooMany
	}
	if err := d.st.Room(u.Size); err != nil {
		return Upload{}, err
	}
	u.ID, u.Account, u.State = newID(), owner.Account, Receiving
	u.CreatedAt = d.o.Now().UTC()
	u.ChangedAt = u.CreatedAt
	if err := d.spool.create(u); err != nil {
		return Upload{}, fmt.Errorf("begin an upload: %w", err)
	}
	return u, nil
}

// Append adds bytes, which must begin at offset Received, else it is an *OffsetError. What arrived before body failed
// stays. With the last byte the upload is Received, and inspected; a zip makes an upload of each of its files.
func (d *Desk) Append(ctx context.Context, owner Owner, id string, offset int64, body io.Reader) (Upload, error) {
	u, release, err := d.take(owner, id)
	if err != nil {
		return Upload{}, err
	}
	defer release()
	switch {
	case u.State != Receiving:
		return u, ErrState
	case offset != u.Received:
		return u, &OffsetError{u.Received}
	}
	if err := d.receive(ctx, &u, body); err != nil {
		return u, err
	}
	if u.Received < u.Size {
		return u, nil
	}
	return d.complete(ctx, owner, u)
}

// saveEvery is how many bytes may be lost of an upload whose server was killed: as many as a slow line brings in a minute.
const saveEvery = 8 << 20

// receive writes what arrives behind what is there, and keeps how far it came every few megabytes and at the end.
func (d *Desk) receive(ctx context.Context, u *Upload, body io.Reader) error {
	f, err := os.OpenFile(d.spool.path(u.ID, bytesFile), os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	defer f.Close()
	if _, err := f.Seek(u.Received, io.SeekStart); err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	for {
		n, copying := io.CopyN(f, body, min(saveEvery, u.Size-u.Received))
		u.Received += n
		if err := errors.Join(f.Sync(), d.save(u)); err != nil {
			return fmt.Errorf("upload %s: %w", u.ID, err)
		}
		switch {
		case errors.Is(copying, io.EOF):
			return nil
		case copying != nil:
			return copying
		case u.Received == u.Size:
			return d.mustEnd(u, body)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// mustEnd makes sure that no byte comes behind those that were announced.
func (d *Desk) mustEnd(u *Upload, body io.Reader) error {
	if n, err := io.CopyN(io.Discard, body, 1); n > 0 {
		return d.startAgain(u)
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil // all that was announced is here, whatever became of the line
	}
	return nil
}

// startAgain throws the bytes of an upload away that are not those that were announced.
func (d *Desk) startAgain(u *Upload) error {
	u.Received = 0
	return errors.Join(ErrMismatch, os.Truncate(d.spool.path(u.ID, bytesFile), 0), d.save(u))
}

// complete makes an upload of which all bytes are there a received one.
func (d *Desk) complete(ctx context.Context, owner Owner, u Upload) (Upload, error) {
	sum, err := d.spool.hash(u.ID)
	if err != nil {
		return u, fmt.Errorf("upload %s: %w", u.ID, err)
	}
	if u.SHA256 != "" && u.SHA256 != sum {
		return u, d.startAgain(&u)
	}
	u.SHA256, u.State = sum, Received
	z, err := intake.OpenZip(d.spool.path(u.ID, bytesFile))
	var refused *intake.FileError
	switch {
	case errors.As(err, &refused):
		u.State, u.Inspection = Refused, &intake.Inspection{Format: intake.FormatZip, Refused: &refused.Fault}
		return u, d.save(&u)
	case err != nil:
		return u, fmt.Errorf("upload %s: %w", u.ID, err)
	case z != nil && u.Parent == "":
		defer z.Close()
		return u, d.unpack(ctx, owner, &u, z)
	case z != nil:
		u.State, u.Inspection = Refused, &intake.Inspection{Format: intake.FormatZip, Refused: intake.ZipInZip()}
		return u, errors.Join(z.Close(), d.save(&u))
	}
	if err := d.inspect(ctx, &u); err != nil {
		return u, err
	}
	return u, d.save(&u)
}

// unpack makes an upload of each file of a zip; one that is damaged refuses the zip, and none of them stays.
func (d *Desk) unpack(ctx context.Context, owner Owner, u *Upload, z *intake.Zip) error {
	owner.Account = u.Account // who has All may complete another's upload
	seen := &intake.Inspection{Format: intake.FormatZip}
	for _, m := range z.Members {
		seen.Members = append(seen.Members, m.Name)
		id, err := d.unpackOne(ctx, owner, u.ID, z, m)
		if id != "" {
			u.Members = append(u.Members, id)
		}
		if err == nil {
			continue
		}
		for _, id := range u.Members {
			err = errors.Join(err, d.spool.remove(id))
		}
		u.Members = nil
		var refused *intake.FileError
		if !errors.As(err, &refused) {
			return err
		}
		u.State, seen.Refused = Refused, &refused.Fault
		break
	}
	u.Inspection, u.Skipped = seen, z.Skipped
	return d.save(u)
}

func (d *Desk) unpackOne(ctx context.Context, owner Owner, parent string, z *intake.Zip, m intake.Member) (id string, err error) {
	member, err := d.begin(owner, Upload{Name: cleanName(m.Name), Size: m.Size, Parent: parent})
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(d.spool.path(member.ID, bytesFile), os.O_WRONLY, 0o600)
	if err != nil {
		return member.ID, err
	}
	err = z.Unpack(ctx, m, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return member.ID, err
	}
	member.Received = member.Size
	_, err = d.complete(ctx, owner, member)
	return member.ID, err
}
