package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Again is an archived file that has to be brought in once more, to get the receipt that it has.
type Again struct {
	Receipt Receipt
	Path    string // of its bytes in the archive
	Reading []byte // how its rows were read out of them, as whoever accepted it wrote it down; nil: whole, by its own headers
}

// Replay brings an archived file in again, through Accept with Acceptance.Again set. It is handed in because only the
// checker of files, which stands above the store, can read one.
type Replay func(ctx context.Context, s *Store, f Again) error

// Recovery says what was done to open a data directory whose database was damaged. Nothing was deleted: what was found
// lies in Aside.
type Recovery struct {
	At       time.Time `json:"at"`
	Found    string    `json:"found"`              // what was wrong
	Rung     string    `json:"rung"`               // code of what helped: kept, rescued, mended, cut, backup, unlogged, replayed
	Did      []string  `json:"did,omitempty"`      // what was done to the files
	Tried    []string  `json:"tried,omitempty"`    // what did not help, and why
	Replayed int       `json:"replayed,omitempty"` // archived files that were brought in again
	Missing  string    `json:"missing,omitempty"`  // what could not be brought back; empty: nothing
	Aside    string    `json:"aside"`              // directory that holds the damaged files
}

// recoveryFile keeps every Recovery as a line of JSON.
const recoveryFile = "recoveries.jsonl"

func (r Recovery) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the database was damaged (%s) and was recovered: %s", r.Found, rungSays[r.Rung])
	for _, did := range r.Did {
		fmt.Fprintf(&b, "; %s", did)
	}
	if r.Replayed > 0 {
		fmt.Fprintf(&b, "; %d archived files were brought in again and got the receipts that they had", r.Replayed)
	}
	b.WriteString("; all receipted batches are whole")
	if r.Missing != "" {
		fmt.Fprintf(&b, "; MISSING: %s", r.Missing)
	}
	fmt.Fprintf(&b, "; what was found lies in %s", r.Aside)
	return b.String()
}

var rungSays = map[string]string{
	"kept":     "its file was kept",
	"rescued":  "its log was replayed into a copy",
	"mended":   "a copy was mended",
	"cut":      "the damaged end of its log was cut off a copy",
	"backup":   "the last good backup was taken",
	"unlogged": "its file was kept and its log, which belongs to another version of it, was left out",
	"replayed": "it was made anew",
}

// What the archive of uploads cannot bring back.
const (
	missingEnd  = "runs, calibrations, validations, accounts, announcements, objections, questions, survey links, steps of cases and audit entries that were written after the last batch that the damaged file still held"
	missingAll  = "all runs, calibrations, validations, accounts, announcements, objections, questions, survey links, blacklist cases and the entries of the audit log: run the nights again, and make accounts anew"
	missingFrom = "runs, calibrations, validations, accounts, announcements, objections, questions, survey links, steps of cases and audit entries that were written after the backup of %s"
)

// rung is one way to come to a database, tried in order. place puts the files where the database belongs, from those
// set aside, and says what it did and what of it is missing; errNotMendable means that the rung does not apply.
type rung struct {
	code  string
	place func(s *Store, ctx context.Context, l *ladder) error
}

var rungs = []rung{
	{"kept", (*Store).placeKept},
	{"rescued", (*Store).placeRescued},
	{"mended", (*Store).placeMended},
	{"cut", (*Store).placeCut},
	{"backup", (*Store).placeBackup},
	{"unlogged", (*Store).placeUnlogged},
	{"replayed", (*Store).placeNothing},
}

// ladder is one climb.
type ladder struct {
	o     Options
	first error // with which the database did not open
	Recovery
}

// endings are the names of the files of a database after its path: itself, its log, and the logs that a checkpoint and a
// recovery under way have beside it.
var endings = []string{"", ".wal", ".wal.checkpoint", ".wal.recovery"}

// openDatabase opens the database and, where it is damaged or lacks what was receipted, climbs the ladder.
func (s *Store) openDatabase(ctx context.Context, o Options) error {
	first, err := s.gone()
	if err != nil {
		return err
	}
	if first == nil {
		first = s.stand(ctx, o)
	}
	if first == nil || !damaged(first) {
		return first
	}
	if err := s.disconnect(); err != nil {
		o.Logger.Warn("close the damaged database", "error", err)
	}
	return s.climb(ctx, &ladder{o: o, first: first})
}

// stand opens the database as it lies there and compares it with what was promised.
func (s *Store) stand(ctx context.Context, o Options) error {
	if err := s.connect(ctx, o); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	return errors.Join(s.reconcile(ctx), s.anchorAudit(ctx))
}

// ErrNothingLeft says that a data directory has an archive of uploads, but no database and no receipts to begin from.
var ErrNothingLeft = errors.New("its archive holds files, but both the database and the journal of receipts are gone")

// gone looks whether there is a database at all where there should be one; opening would make an empty one, and throw
// away the log of the one that is gone. Where the receipts are gone too there is nothing to begin from, which is err.
func (s *Store) gone() (damage, err error) {
	receipts, err := s.Receipts()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.databasePath()); !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if len(receipts) > 0 {
		return s.lacks(receipts, len(receipts)), nil
	}
	archived, err := filepath.Glob(filepath.Join(s.dir, archiveDir, "??", "*"))
	if err == nil && len(archived) > 0 {
		err = fmt.Errorf("%w: restore a backup with `pingxin restore`, or choose another --data", ErrNothingLeft)
	}
	return nil, err
}

// elsewhere are errors at opening that no other copy of the files would mend.
var elsewhere = regexp.MustCompile(`(?i)no space left|permission denied|read-only file system|lock on file|out of memory|too many open files|newer pingxin|newer version of duckdb|with storage version|use the program that made them`)

// damaged says whether the error may come from the files of the database.
func damaged(err error) bool {
	for _, other := range []error{context.Canceled, context.DeadlineExceeded, errJournal, os.ErrPermission} {
		if errors.Is(err, other) {
			return false
		}
	}
	return !elsewhere.MatchString(err.Error())
}

// climb tries the rungs until one gives a database that matches every receipt. Where none does, the files are put back as
// they were found, and the error says what was tried.
func (s *Store) climb(ctx context.Context, l *ladder) error {
	l.At, l.Found = s.now().UTC().Truncate(time.Second), found(l.first)
	if err := s.setAside(l); err != nil {
		return fmt.Errorf("set the damaged database aside: %w", err)
	}
	for _, r := range rungs {
		l.Rung, l.Did, l.Missing, l.Replayed = r.code, nil, "", 0
		err := r.place(s, ctx, l)
		if err == nil {
			err = s.complete(ctx, l)
		}
		if err == nil {
			return s.keepRecovery(ctx, l)
		}
		if !errors.Is(err, errNotMendable) {
			l.Tried = append(l.Tried, r.code+": "+oneLine(err))
		}
		if err := errors.Join(s.disconnect(), s.removeDatabase()); err != nil {
			return fmt.Errorf("%w; then: %w", l.first, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	err := fmt.Errorf("%w\nwhat was tried to recover it:\n%s", l.first, strings.Join(l.Tried, "\n"))
	if !errors.Is(l.first, ErrReceiptsMissing) {
		err = fmt.Errorf("the database %s does not open: %w\nrestore a backup with `pingxin restore`, or import the archived files anew with `pingxin replay`", s.databasePath(), err)
	}
	return errors.Join(err, s.putBack(l))
}

// found says what was wrong, without the list of all that is missing.
func found(err error) string {
	var lost *missingError
	if errors.As(err, &lost) {
		return fmt.Sprintf("it lacked %d of %d receipted batches", len(lost.receipts), lost.of)
	}
	return oneLine(err)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// setAside moves the files of the database into a directory of their own.
func (s *Store) setAside(l *ladder) error {
	base := filepath.Join(s.dir, "damaged", l.At.Format("20060102T150405Z"))
	l.Aside = base
	for n := 2; ; n++ {
		if _, err := os.Stat(l.Aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		l.Aside = base + "-" + strconv.Itoa(n)
	}
	if err := os.MkdirAll(l.Aside, 0o750); err != nil {
		return err
	}
	return s.move(s.dir, l.Aside)
}

// putBack undoes setAside.
func (s *Store) putBack(l *ladder) error {
	return errors.Join(s.move(l.Aside, s.dir), os.Remove(l.Aside))
}

func (s *Store) move(from, to string) error {
	for _, end := range endings {
		err := os.Rename(filepath.Join(from, databaseFile+end), filepath.Join(to, databaseFile+end))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return errors.Join(syncDir(from), syncDir(to))
}

// removeDatabase removes what a rung placed, never what was found.
func (s *Store) removeDatabase() error {
	for _, end := range endings {
		if err := os.Remove(s.databasePath() + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyBack copies the files that were set aside to where the database belongs.
func (s *Store) copyBack(l *ladder) error {
	if _, err := os.Stat(filepath.Join(l.Aside, databaseFile)); errors.Is(err, os.ErrNotExist) {
		return errNotMendable
	}
	for _, end := range endings {
		err := copyFile(filepath.Join(l.Aside, databaseFile+end), s.databasePath()+end)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// complete opens what a rung placed, compares every row with the receipts and brings in again what is missing.
func (s *Store) complete(ctx context.Context, l *ladder) error {
	if err := s.connect(ctx, l.o); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	receipts, err := s.Receipts()
	if err != nil {
		return err
	}
	var missing []Receipt
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		missing, err = compareContent(ctx, r, receipts)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.replay(ctx, l, missing); err != nil {
		return err
	}
	return errors.Join(s.reconcile(ctx), s.anchorAudit(ctx), s.Checkpoint(ctx))
}

// replay brings the missing files in again, in the order of their batches.
func (s *Store) replay(ctx context.Context, l *ladder, missing []Receipt) error {
	if len(missing) == 0 {
		return nil
	}
	slices.SortFunc(missing, func(a, b Receipt) int { return a.Batch - b.Batch })
	for _, r := range missing {
		f, err := s.archived(r)
		switch {
		case err != nil:
		case r.Kind == withdrawalKind:
			err = s.withdrawAgain(ctx, f)
		case l.o.Replay == nil:
			err = ErrReceiptsMissing // nobody who could read it
		default:
			err = l.o.Replay(ctx, s, f)
		}
		if err != nil {
			return fmt.Errorf("bring in again receipt %d, %s file %s: %w", r.Number, r.Kind, r.FileName, err)
		}
		l.Replayed++
	}
	return nil
}

// archived is the file of a receipt, with how it was read.
func (s *Store) archived(r Receipt) (Again, error) {
	f := Again{Receipt: r, Path: s.ArchivePath(r.SHA256)}
	if err := s.checkArchived(r.SHA256); err != nil || r.Reading == "" {
		return f, err
	}
	if err := s.checkArchived(r.Reading); err != nil {
		return f, err
	}
	var err error
	f.Reading, err = os.ReadFile(s.ArchivePath(r.Reading))
	return f, err
}

// checkArchived makes sure that a file of the archive is there and is what its name says.
func (s *Store) checkArchived(sha256 string) error {
	path := s.ArchivePath(sha256)
	sum, err := hashFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the archive lacks its bytes, %s", path)
	}
	if err == nil && sum != sha256 {
		err = fmt.Errorf("the archive holds other bytes than were receipted, %s", path)
	}
	return err
}

// keepRecovery writes down and logs what was done.
func (s *Store) keepRecovery(ctx context.Context, l *ladder) error {
	s.recovery = &l.Recovery
	l.o.Logger.Warn(l.Recovery.String(), slog.Any("tried", l.Tried))
	text, err := json.Marshal(l.Recovery)
	if err != nil {
		return err
	}
	if err := appendLine(filepath.Join(s.dir, recoveryFile), text); err != nil {
		return err
	}
	return s.Audit(ctx, AuditEntry{Action: DatabaseRecovered, Subject: "database:" + l.Rung, Detail: fmt.Sprintf("%s; %d files brought in again; missing: %s", l.Found, l.Replayed, l.Missing)})
}

// Recovery says what was done to open the data directory; nil: nothing had to be.
func (s *Store) Recovery() *Recovery { return s.recovery }
