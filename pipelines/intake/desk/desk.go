// Package desk keeps uploads on their way in: the bytes as they arrive, what their owner says of them, what the check
// found, until they are committed or dropped. It decides who may touch which upload, how an upload goes on after a broken
// connection or a restart, and how many are checked at once. What a file may hold is decided by intake, what is stored
// and receipted by the store.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// Owner is who brings files. The zero value may bring nothing.
type Owner struct {
	Account string
	Name    string      // as receipts and history show it
	Kinds   []string    // kinds of file that it may commit
	Party   string      // party as which it scores; empty: any
	Scope   store.Scope // contracts that it may write of
	All     bool        // sees and drops everybody's uploads
}

// State is how far an upload has come.
type State string

// The states.
const (
	Receiving State = "receiving" // bytes are missing
	Received  State = "received"  // all bytes are there and are what was announced
	Checked   State = "checked"   // a check found what a commit would do
	Committed State = "committed" // it has a receipt
	Refused   State = "refused"   // it cannot be read, or its check found faults
)

// Upload is one file on its way in.
type Upload struct {
	ID         string             `json:"id"`
	Account    string             `json:"account"`
	Name       string             `json:"name"` // of the file, without folders
	Size       int64              `json:"size"` // bytes announced
	Received   int64              `json:"received"`
	SHA256     string             `json:"sha256"` // announced, or found when all bytes were there
	State      State              `json:"state"`
	Kind       string             `json:"kind"` // chosen, or else guessed
	Choice     intake.Choice      `json:"choice"`
	Inspection *intake.Inspection `json:"inspection,omitempty"` // from Received on
	Skipped    []string           `json:"skipped,omitempty"`    // what a zip holds that is nobody's file
	Preview    *intake.Preview    `json:"preview,omitempty"`    // from Checked on, and of what was refused by its check
	Receipt    *store.Receipt     `json:"receipt,omitempty"`    // once Committed
	Result     *intake.Result     `json:"result,omitempty"`     // once Committed
	Members    []string           `json:"members,omitempty"`    // ids of the uploads that came out of this zip
	Parent     string             `json:"parent,omitempty"`     // id of the zip that this came out of
	CreatedAt  time.Time          `json:"created_at"`
	ChangedAt  time.Time          `json:"changed_at"`
}

// Options are the limits of a desk; zero values are the defaults.
type Options struct {
	// Indicators says which indicators may be scored by whom; see intake.Options.
	Indicators func(id string) (parties []string, ok bool, hint string)
	Now        func() time.Time  // nil: that of the store
	Accepted   func(kind string) // hears of each file that was accepted and is new; nil: nobody does

	MaxBytes      int64         // of one upload
	MaxOwnerBytes int64         // of all uploads under way of one owner
	MaxOwner      int           // uploads under way of one owner
	KeepReceiving time.Duration // after its last byte an unfinished upload is swept
	KeepFinished  time.Duration // after its last change a committed or refused one is swept
	Checks        int           // at once; others wait
}

// CommitOptions say how a checked upload is accepted.
type CommitOptions struct {
	Partial bool   // accept the good rows and leave the others out
	Reason  string // why earlier versions are replaced; kept with the batch
}

// Page says which part of a history to return.
type Page struct {
	Before int // batches with smaller numbers; 0: from the latest
	Limit  int // 0: 50
	Kind   string
}

// Defaults of Options, each with its reason.
const (
	// maxBytes is a CSV file of five million scores.
	maxBytes = 512 << 20
	// maxOwnerBytes lets an account bring a district's year at once and no more.
	maxOwnerBytes = 2 << 30
	// maxOwner is more files than a person brings at once; a zip may hold as many.
	maxOwner = 250
	// keepReceiving lets somebody go on after a weekend.
	keepReceiving = 72 * time.Hour
	// keepFinished lets somebody come back for the marked copy of a file.
	keepFinished = 30 * 24 * time.Hour
	// checks at once leave readers to the pages.
	checks = 2
	// pageSize of a history.
	pageSize = 50
)

func (o Options) withDefaults(st *store.Store) Options {
	o.MaxBytes = cmp.Or(o.MaxBytes, maxBytes)
	o.MaxOwnerBytes = cmp.Or(o.MaxOwnerBytes, maxOwnerBytes)
	o.MaxOwner = cmp.Or(o.MaxOwner, maxOwner)
	o.KeepReceiving = cmp.Or(o.KeepReceiving, keepReceiving)
	o.KeepFinished = cmp.Or(o.KeepFinished, keepFinished)
	o.Checks = cmp.Or(o.Checks, checks)
	if o.Now == nil {
		o.Now = st.Now
	}
	return o
}

// The errors of a desk.
var (
	ErrUnknown  = errors.New("no such upload")                      // or somebody else's: the two are not told apart
	ErrTooLarge = errors.New("the file is larger than is accepted") // see Options.MaxBytes
	ErrTooMany  = errors.New("too much is under way already: commit or drop some of it first")
	ErrState    = errors.New("the upload is in another state")
	ErrBusy     = errors.New("the upload is being checked or written already")
	ErrMismatch = errors.New("the bytes are not those that were announced") // by their SHA-256; they are thrown away
	ErrKind     = errors.New("the account may not bring this kind of file")
	ErrReason   = errors.New("a reason is needed")
)

// OffsetError says where the next bytes of an upload have to begin.
type OffsetError struct{ Received int64 }

func (e *OffsetError) Error() string {
	return fmt.Sprintf("the next bytes have to begin at %d", e.Received)
}

// Desk keeps the uploads of one data directory. It is safe for concurrent use.
type Desk struct {
	o        Options
	st       *store.Store
	spool    spool
	mu       sync.Mutex
	busy     map[string]bool // uploads that somebody is working on
	checking chan struct{}   // one token per check
	swept    time.Time       // when Sweep was called last
}

// Open opens the desk whose uploads lie in dir, making dir when it is new. The store stays the caller's.
func Open(st *store.Store, dir string, o Options) (*Desk, error) {
	if err := os.MkdirAll(filepath.Join(dir, rememberDir), 0o700); err != nil {
		return nil, fmt.Errorf("directory of uploads: %w", err)
	}
	o = o.withDefaults(st)
	d := &Desk{o: o, st: st, spool: spool{dir}, busy: map[string]bool{}, checking: make(chan struct{}, o.Checks)}
	if _, err := d.Sweep(context.Background()); err != nil {
		return nil, fmt.Errorf("directory of uploads: %w", err)
	}
	return d, nil
}

// take makes an upload of the owner's the caller's alone until release.
func (d *Desk) take(owner Owner, id string) (u Upload, release func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u, err = d.find(owner, id); err != nil {
		return u, nil, err
	}
	if d.busy[id] {
		return u, nil, ErrBusy
	}
	d.busy[id] = true
	return u, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, id)
	}, nil
}

func (d *Desk) find(owner Owner, id string) (Upload, error) {
	u, err := d.spool.load(id)
	if err != nil {
		return Upload{}, err
	}
	if !owner.All && (owner.Account == "" || owner.Account != u.Account) {
		return Upload{}, ErrUnknown
	}
	return u, nil
}

// save keeps an upload with the time of the change.
func (d *Desk) save(u *Upload) error {
	u.ChangedAt = d.o.Now().UTC()
	return d.spool.save(*u)
}

// Upload returns one upload, or ErrUnknown.
func (d *Desk) Upload(ctx context.Context, owner Owner, id string) (Upload, error) {
	return d.find(owner, id)
}

// List returns the owner's uploads, or everybody's for who has All, the latest first.
func (d *Desk) List(ctx context.Context, owner Owner) ([]Upload, error) {
	all, err := d.spool.all()
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return slices.DeleteFunc(all, func(u Upload) bool { return !owner.All && (owner.Account == "" || u.Account != owner.Account) }), nil
}

// Drop throws an upload away, and those that came out of it; what was committed stays.
func (d *Desk) Drop(ctx context.Context, owner Owner, id string) error {
	u, release, err := d.take(owner, id)
	if err != nil {
		return err
	}
	defer release()
	for _, member := range u.Members {
		if err := d.Drop(ctx, owner, member); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
	}
	return d.spool.remove(id)
}

// sweepEvery is how often somebody who brings a file sets off a sweep.
const sweepEvery = time.Hour

// Sweep throws away what nobody has touched for as long as the options say; it returns how many uploads it threw away.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	now, n := d.o.Now(), 0
	d.mu.Lock()
	d.swept = now
	d.mu.Unlock()
	all, err := d.spool.all()
	if err != nil {
		return 0, err
	}
	for _, u := range all {
		keep := d.o.KeepFinished
		if u.State == Receiving {
			keep = d.o.KeepReceiving
		}
		if now.Sub(u.ChangedAt) < keep {
			continue
		}
		_, release, err := d.take(Owner{All: true}, u.ID)
		if err != nil {
			continue // somebody works on it, or it is gone
		}
		err = d.spool.remove(u.ID)
		release()
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// cleanName is the name of a file without its folders and what no name should hold; browsers on Windows send folders.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > nameMax {
		name = string(runes[:nameMax])
	}
	if name == "" || name == "." || name == "/" {
		return "upload"
	}
	return name
}

// nameMax bounds the characters of a file's name as it is kept.
const nameMax = 200
