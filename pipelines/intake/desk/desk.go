// Package desk keeps uploads on their way in: the bytes as they arrive, what their owner says of them, what the check
// found, until they are committed or dropped. It decides who may touch which upload, how an upload goes on after a broken
// connection or a restart, and how many are checked at once. What a file may hold is decided by intake, what is stored
// and receipted by the store.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

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
	Now        func() time.Time // nil: time.Now

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
type Desk struct{}

var errNotYet = errors.New("the desk is not built yet")

// Open opens the desk whose uploads lie in dir, making dir when it is new. The store stays the caller's.
func Open(st *store.Store, dir string, o Options) (*Desk, error) { return &Desk{}, nil }

// Begin announces a file of size bytes; sha256 (hex) may be empty. The same owner announcing the same name, size and
// SHA-256 as an upload that is still receiving gets that one.
func (d *Desk) Begin(ctx context.Context, owner Owner, name string, size int64, sha256 string) (Upload, error) {
	return Upload{}, errNotYet
}

// Append adds bytes, which must begin at offset Received, else it is an *OffsetError. What arrived before body failed
// stays. With the last byte the upload is Received, and inspected; a zip makes an upload of each of its members.
func (d *Desk) Append(ctx context.Context, owner Owner, id string, offset int64, body io.Reader) (Upload, error) {
	return Upload{}, errNotYet
}

// Upload returns one upload, or ErrUnknown.
func (d *Desk) Upload(ctx context.Context, owner Owner, id string) (Upload, error) {
	return Upload{}, errNotYet
}

// List returns the owner's uploads, the latest first.
func (d *Desk) List(ctx context.Context, owner Owner) ([]Upload, error) { return nil, errNotYet }

// Describe keeps what the owner says of an upload, inspects it again and remembers the mapping for its next file with
// these headers. What an earlier check found is forgotten.
func (d *Desk) Describe(ctx context.Context, owner Owner, id string, c intake.Choice) (Upload, error) {
	return Upload{}, errNotYet
}

// Check reads the whole upload and says what a commit would do; it writes nothing to the store. progress, when not nil,
// hears how many bytes of how many were read. A check under way of the same upload is ErrBusy.
func (d *Desk) Check(ctx context.Context, owner Owner, id string, progress func(done, total int64)) (intake.Preview, error) {
	return intake.Preview{}, errNotYet
}

// Commit accepts an upload and gives it its receipt; the same bytes again give the receipt that they have. It is checked
// again in doing so, as others may have written since the preview: faults are an *intake.FaultsError, and the upload is
// Refused.
func (d *Desk) Commit(ctx context.Context, owner Owner, id string, o CommitOptions) (intake.Result, error) {
	return intake.Result{}, errNotYet
}

// Drop throws an upload away; what was committed stays.
func (d *Desk) Drop(ctx context.Context, owner Owner, id string) error { return errNotYet }

// Say is how a copy of a file says what is wrong in the language of its reader: the sentence of a fault, and the
// title of a text of the copy (sheet_faults, column_row, column_column, column_cause, column_found, column_what, column_reasons).
type Say struct {
	Fault func(f store.Fault) string
	Title func(code string) string
}

// MarkedCopy writes the upload as XLSX with its bad cells marked and a sheet of all listed faults.
func (d *Desk) MarkedCopy(ctx context.Context, owner Owner, id string, say Say, w io.Writer) error {
	return errNotYet
}

// Refused writes the refused rows alone as CSV in the columns of the file with one more for the reasons.
func (d *Desk) Refused(ctx context.Context, owner Owner, id string, say Say, w io.Writer) error {
	return errNotYet
}

// Withdraw takes a batch back from the next run on; its own uploader may, and who has All. It returns the receipt of the
// withdrawal.
func (d *Desk) Withdraw(ctx context.Context, owner Owner, batch int, reason string) (store.Receipt, error) {
	return store.Receipt{}, errNotYet
}

// History returns the batches that the owner brought, or everybody's for who has All, the latest first.
func (d *Desk) History(ctx context.Context, owner Owner, p Page) ([]store.BatchRecord, error) {
	return nil, errNotYet
}

// Sweep throws away what nobody has touched for as long as the options say; it returns how many uploads it threw away.
func (d *Desk) Sweep(ctx context.Context) (int, error) { return 0, errNotYet }
