package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// KeepBackups is how many backups stay when nothing else is said: with one a night two weeks, longer than the longest
	// holidays during which nobody looks.
	KeepBackups = 14

	manifestFile  = "manifest.json"
	backupPrefix  = "pingxin-"
	partialEnding = ".partial"
	backupTime    = "20060102T150405.000Z"
	// lastBackupFile stands in the data directory and names the last backup that was verified.
	lastBackupFile = "backup.json"
	// receiptWait is how long a backup waits for the receipts of batches that were committed a moment ago.
	receiptWait = 5 * time.Second
)

// notKept are the names in a data directory that no backup holds: the database and the archive have ways of their own,
// the journal and the anchors are taken together with the database, the rest is of the moment.
var notKept = map[string]bool{archiveDir: true, "tmp": true, "damaged": true, "lock": true, "uploads": true, "sample": true, "public": true,
	databaseFile: true, databaseFile + ".wal": true, databaseFile + ".wal.checkpoint": true, databaseFile + ".wal.recovery": true,
	journalFile: true, auditFile: true, lastBackupFile: true}

// Part is one file of a backup.
type Part struct {
	Name   string `json:"name"` // below the backup's directory, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backup is one copy of a data directory, as its manifest describes it. It is whole in itself.
type Backup struct {
	Path     string               `json:"-"` // its directory
	At       time.Time            `json:"at"`
	Receipts int                  `json:"receipts"` // batches that it holds, each with its receipt
	Run      int                  `json:"run"`      // the published run; 0: none
	RunHash  string               `json:"run_hash"`
	Tables   map[string]TableHash `json:"tables"`
	Parts    []Part               `json:"parts"`
	Seal     string               `json:"seal"` // SHA-256 of the manifest's JSON with Seal empty
}

// ErrNoBackups says that the store was opened without a directory for backups.
var ErrNoBackups = errors.New("no directory for backups was named")

// Backup writes a backup into the directory that Options.Backups named, verifies it by opening the copy and comparing
// every table, and then removes the oldest beyond keep (0: KeepBackups). Reading and writing go on meanwhile. A backup that
// failed leaves nothing behind and removes none.
func (s *Store) Backup(ctx context.Context, keep int) (_ Backup, err error) {
	dir := s.health.options.Backups
	if dir == "" {
		return Backup{}, ErrNoBackups
	}
	if keep <= 0 {
		keep = KeepBackups
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("backup into %s: %w", dir, err)
		}
	}()
	if !s.backingUp.TryLock() {
		return Backup{}, errors.New("another one is under way")
	}
	defer s.backingUp.Unlock()
	if err := s.makeRoom(dir); err != nil {
		return Backup{}, err
	}
	b := Backup{At: s.now().UTC().Truncate(time.Millisecond)}
	b.Path = filepath.Join(dir, backupPrefix+b.At.Format(backupTime))
	partial := b.Path + partialEnding
	if err := os.Mkdir(partial, 0o750); err != nil {
		return Backup{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	if err := s.fill(ctx, &b, partial); err != nil {
		return Backup{}, err
	}
	if err := os.Rename(partial, b.Path); err != nil {
		return Backup{}, err
	}
	if err := syncDir(dir); err != nil {
		return Backup{}, err
	}
	return b, errors.Join(s.remember(b), thin(dir, keep),
		s.Audit(ctx, AuditEntry{Action: BackupMade, Subject: "backup:" + filepath.Base(b.Path), Detail: fmt.Sprintf("%d receipts, run %d", b.Receipts, b.Run)}))
}

// makeRoom makes the directory, removes what a backup left that a crash ended, and refuses where the disk is too small.
func (s *Store) makeRoom(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(dir, backupPrefix+"*"+partialEnding))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(s.databasePath())
	if err != nil {
		return err
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return fmt.Errorf("ask for free disk space: %w", err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < info.Size()+spareBytes {
		return fmt.Errorf("its disk has %d MiB free and a copy of the database needs about %d MiB: free some space or keep fewer", free>>20, (info.Size()+spareBytes)>>20)
	}
	return nil
}

// fill writes all parts of the backup and its manifest into a directory.
func (s *Store) fill(ctx context.Context, b *Backup, dir string) error {
	if err := s.copyDatabase(ctx, b, dir); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := checkTables(ctx, filepath.Join(dir, databaseFile), b.Tables, s.health.options); err != nil {
		return err
	}
	for _, name := range []string{databaseFile, journalFile, auditFile} {
		if err := b.add(dir, name); err != nil {
			return err
		}
	}
	if err := s.copyOthers(b, dir); err != nil {
		return err
	}
	if err := s.copyArchive(ctx, b, dir); err != nil {
		return err
	}
	b.Seal = ""
	b.Seal = hashOfJSON(b)
	text, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(writeFile(filepath.Join(dir, manifestFile), append(text, '\n')), syncDir(dir))
}

// add takes a file that lies in the backup into its manifest; one that does not lie there is left out.
func (b *Backup) add(dir, name string) error {
	info, err := os.Stat(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	sum, err := hashFile(filepath.Join(dir, name))
	b.Parts = append(b.Parts, Part{filepath.ToSlash(name), info.Size(), sum})
	return err
}

// copyDatabase copies one committed version of the database, with the receipts and the anchors of that moment.
func (s *Store) copyDatabase(ctx context.Context, b *Backup, dir string) (err error) {
	if err := s.heal(ctx); err != nil {
		return err
	}
	if err := acquire(ctx, s.copying); err != nil {
		return err
	}
	defer func() { <-s.copying }()
	release, _, err := s.takeReaders(ctx, 1)
	if err != nil {
		return err
	}
	defer release()
	if s.db == nil {
		return ErrFell
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return clean(err)
	}
	r := &Reader{conn: conn}
	whole := context.WithoutCancel(ctx)
	defer func() {
		s.look(err)
		err = errors.Join(err, conn.Close())
	}()
	run := func(ctx context.Context, statement string) error {
		_, err := conn.ExecContext(ctx, statement)
		return r.note(err)
	}
	if err := run(ctx, `ATTACH `+quote(filepath.Join(dir, databaseFile))+` AS backup (STORAGE_VERSION 'v1.5.0')`); err != nil {
		return err
	}
	err = s.snapshot(ctx, r, b, dir, run)
	if err != nil {
		_ = run(whole, `ROLLBACK`) // there may be no transaction any more
	} else {
		err = checkpointOn(whole, conn, `CHECKPOINT backup`)
	}
	return errors.Join(err, run(whole, `DETACH backup`))
}

// snapshot begins a transaction at a moment at which nobody writes, takes the files that belong to that moment, and then
// copies at leisure what the transaction sees.
func (s *Store) snapshot(ctx context.Context, r *Reader, b *Backup, dir string, run func(context.Context, string) error) error {
	if err := s.still(ctx, r, b, dir, run); err != nil {
		return err
	}
	err := r.Scan(ctx, []any{&b.Run, &b.RunHash}, `SELECT coalesce(max(run_id), 0), coalesce(max(hash), '') FROM run WHERE run_id IN (SELECT run_id FROM published)`)
	if err != nil {
		return err
	}
	names, err := tableNames(ctx, r)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := copyTable(ctx, r, name, run); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
	}
	if b.Tables, err = hashTables(ctx, r); err != nil {
		return err
	}
	return run(context.WithoutCancel(ctx), `COMMIT`)
}

// copyTable copies a table, made by its own text so that it keeps its constraints. COPY FROM DATABASE would do all of
// them, but changes a setting on the way, which the locked configuration refuses.
func copyTable(ctx context.Context, r *Reader, name string, run func(context.Context, string) error) error {
	var text string
	err := r.Scan(ctx, []any{&text}, `SELECT sql FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?`, name)
	if err != nil {
		return err
	}
	quoted := `"` + name + `"`
	made, found := strings.CutPrefix(strings.Replace(text, "CREATE TABLE "+name+"(", "CREATE TABLE "+quoted+"(", 1), "CREATE TABLE "+quoted)
	if !found {
		return fmt.Errorf("its text begins otherwise than expected: %.40s", text)
	}
	if made, err = packed(name, made); err != nil {
		return err
	}
	if err := run(ctx, `CREATE TABLE backup.`+quoted+made); err != nil {
		return err
	}
	return run(ctx, `INSERT INTO backup.`+quoted+` SELECT * FROM `+quoted)
}

// packedColumns are the columns that migrations pack by zstd, as the text of their table has them: without saying how they are packed.
var packedColumns = map[string]string{"evaluation": "parts BLOB NOT NULL", "rater": "evaluator_id VARCHAR NOT NULL"}

// packed is the text of a table with the word for how its column is packed, where it has one.
func packed(table, text string) (string, error) {
	column, has := packedColumns[table]
	if !has {
		return text, nil
	}
	if strings.Count(text, column) != 1 {
		return "", fmt.Errorf("its text names no column %s", column)
	}
	return strings.Replace(text, column, column+" USING COMPRESSION zstd", 1), nil
}

// still holds the right to write for the moment in which the transaction begins.
func (s *Store) still(ctx context.Context, r *Reader, b *Backup, dir string, run func(context.Context, string) error) error {
	until := s.now().Add(receiptWait)
	for {
		if err := acquire(ctx, s.writing); err != nil {
			return err
		}
		ready, err := s.beginStill(ctx, r, b, dir, run)
		<-s.writing
		if err != nil || ready {
			return err
		}
		if s.now().After(until) {
			return errors.New("batches stay without their receipts; run `pingxin doctor`")
		}
		time.Sleep(20 * time.Millisecond) // the receipt is on its way to the disk
	}
}

// beginStill begins the transaction and copies the journal and the anchors, unless a batch waits for its receipt.
func (s *Store) beginStill(ctx context.Context, r *Reader, b *Backup, dir string, run func(context.Context, string) error) (ready bool, err error) {
	receipts, err := s.Receipts()
	if err != nil {
		return false, err
	}
	if err := run(context.WithoutCancel(ctx), `BEGIN TRANSACTION`); err != nil {
		return false, err
	}
	var batches int
	if err := r.Scan(ctx, []any{&batches}, `SELECT count(*) FROM batch`); err != nil {
		return false, err
	}
	if batches != len(receipts) {
		return false, run(context.WithoutCancel(ctx), `ROLLBACK`)
	}
	b.Receipts = batches
	for _, name := range []string{journalFile, auditFile} {
		if err := copyFile(filepath.Join(s.dir, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}

// remember writes down in the data directory that a backup was made.
func (s *Store) remember(b Backup) error {
	path, err := filepath.Abs(b.Path)
	if err != nil {
		return err
	}
	text, err := json.Marshal(lastBackup{path, b.At})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(s.dir, lastBackupFile), append(text, '\n'))
}

type lastBackup struct {
	Path string    `json:"path"`
	At   time.Time `json:"at"`
}

// LastBackup says when the last good backup of the data directory was made, and where it lies; ok is false when none was.
func (s *Store) LastBackup() (path string, at time.Time, ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, lastBackupFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", time.Time{}, false, nil
	}
	var last lastBackup
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	return last.Path, last.At, err == nil, err
}

// Backups reads the manifests of the backups in a directory, the latest first. What is no whole backup is not among them.
func Backups(dir string) ([]Backup, error) {
	paths, err := filepath.Glob(filepath.Join(dir, backupPrefix+"*"))
	if err != nil {
		return nil, err
	}
	var all []Backup
	for _, path := range paths {
		if b, err := OpenBackup(path); err == nil {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Backup) int { return b.At.Compare(a.At) })
	return all, nil
}

// OpenBackup reads the manifest of the backup at path, or of the latest one in the directory path.
func OpenBackup(path string) (Backup, error) {
	text, err := os.ReadFile(filepath.Join(path, manifestFile))
	if errors.Is(err, os.ErrNotExist) && !strings.HasPrefix(filepath.Base(path), backupPrefix) {
		all, err := Backups(path)
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("%s: found no backup in it; expected a directory that `pingxin backup --to` wrote", path)
		}
		if err != nil {
			return Backup{}, err
		}
		return all[0], nil
	}
	b := Backup{}
	if err == nil {
		strictly := json.NewDecoder(bytes.NewReader(text))
		strictly.DisallowUnknownFields() // a damaged name would leave what it names at zero, which may be what it was
		err = strictly.Decode(&b)
	}
	if err != nil {
		return Backup{}, fmt.Errorf("backup %s: its manifest cannot be read: %w; take another backup", path, err)
	}
	seal := b.Seal
	if b.Seal = ""; hashOfJSON(b) != seal {
		return Backup{}, fmt.Errorf("backup %s: its manifest was changed after it was written; take another backup", path)
	}
	b.Path, b.Seal = path, seal
	return b, nil
}

// thin removes the oldest backups beyond the number to keep.
func thin(dir string, keep int) error {
	all, err := Backups(dir)
	if err != nil || len(all) <= keep {
		return err
	}
	for _, b := range all[keep:] {
		err = errors.Join(err, os.RemoveAll(b.Path))
	}
	return err
}
