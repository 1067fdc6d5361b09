// Package store keeps everything: the DuckDB database, the archive of uploaded files and the journal of receipts, in
// one data directory. It decides how facts and results are written so that nothing accepted is lost and nothing half
// done is seen; what the facts mean is left to the rules. It is the only package that speaks to DuckDB, and it does so
// in the one way that was found to be safe on DuckDB 1.5: every read in its own READ ONLY transaction, one writer,
// statistics propagation off, no secondary indexes, no prepared statements. See the tests named after the traps.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Defaults of Options, each with its reason.
const (
	// defaultReaders serves a bureau's pages at once; more only wait for the same cores.
	defaultReaders = 6
	// readDeadline cancels a read that hangs: the slowest legitimate one is a full run over a hundred million scores.
	readDeadline = 30 * time.Minute
	// databaseFile is never opened by anybody but DuckDB: closing a second handle would drop its lock.
	databaseFile = "pingxin.db"
)

// Options are how a data directory is opened; the zero value is good for a small machine.
type Options struct {
	Threads     int              // of the database; 0: one per processor
	MemoryLimit string           // of the database, for example "3GB"; empty: DuckDB's default of 80 percent
	Readers     int              // reads at once; 0: 6
	Now         func() time.Time // clock of everything that works on it; nil: time.Now

	Backups string       // directory that backups are written to and, when need be, taken from; empty: none
	Replay  Replay       // brings archived files in again when the database lost them; nil: such a database is refused
	Logger  *slog.Logger // hears of recoveries; nil: slog.Default()
	Failed  func(error)  // hears, once more than one failure was survived, that the process should end; nil: nobody does

	// Profiled hears of every statement of a run what it cost, from several goroutines at once; nil: nobody does. While
	// somebody does, the database's settings are not locked.
	Profiled func(Profile)

	fault func() error // of tests: an error in the place of a commit
}

// Store is an open data directory. It is safe for concurrent use.
type Store struct {
	dir       string
	now       func() time.Time
	lock      *os.File
	connector *duckdb.Connector
	db        *sql.DB
	writer    *sql.Conn
	writing   chan struct{} // holds one token: the right to use the writer's connection
	columns   columnsOf     // with that right
	reading   chan struct{} // one token per reader
	recall    *recall
	relay     relay
	journal   *journal
	trail     auditTrail // with the right to write
	recovery  *Recovery  // of the last opening; nil: nothing had to be done
	profiled  func(Profile)
	health    health
	backingUp sync.Mutex    // held while a backup is written
	copying   chan struct{} // one token: the database is copied, or its log is moved into its file; DuckDB refuses both at once
}

// Open opens a data directory, making it when it is new: takes its lock, brings its tables up to date and compares the
// journal of receipts with what the database holds. A damaged database is recovered where it can be, see Recovery.
// Otherwise the error says what is wrong and how to mend it.
func Open(ctx context.Context, dir string, o Options) (_ *Store, err error) {
	if o.Readers <= 0 {
		o.Readers = defaultReaders
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Backups != "" {
		if o.Backups, err = filepath.Abs(o.Backups); err != nil { // as the database will ask for it
			return nil, err
		}
	}
	for _, d := range []string{dir, filepath.Join(dir, archiveDir), filepath.Join(dir, "tmp")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			return nil, fmt.Errorf("data directory %s: %w; choose another with --data", dir, err)
		}
	}
	s := newStore(dir, o)
	if s.lock, err = takeLock(filepath.Join(dir, "lock")); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	if err := s.openDatabase(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("data directory %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// Now is the time by the clock of the store. Who is given no other goes by it.
func (s *Store) Now() time.Time { return s.now() }

// newStore is a store that has nothing open yet.
func newStore(dir string, o Options) *Store {
	s := &Store{dir: dir, now: o.Now, writing: make(chan struct{}, 1), columns: columnsOf{}, reading: make(chan struct{}, o.Readers), recall: newRecall(), copying: make(chan struct{}, 1),
		profiled: o.Profiled, journal: &journal{path: filepath.Join(dir, journalFile)}, trail: auditTrail{path: filepath.Join(dir, auditFile), now: o.Now}}
	s.health.options = o
	return s
}

func (s *Store) connect(ctx context.Context, o Options) error {
	connector, err := duckdb.NewConnector(dsn(s.databasePath(), o), o.profiling())
	if err != nil {
		return clean(err)
	}
	s.connector, s.db = connector, sql.OpenDB(connector)
	s.db.SetMaxOpenConns(o.Readers + 2) // the writer and the read-back of a receipt beside the readers
	s.db.SetMaxIdleConns(o.Readers + 2)
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return errors.Join(clean(err), s.disconnect())
	}
	settings := []string{
		"SET temp_directory = " + quote(filepath.Join(s.dir, "tmp")),
		"SET allowed_directories = [" + quoteDirectory(o.Backups) + "]",
		"SET enable_external_access = false",
	}
	if o.Profiled == nil {
		settings = append(settings, "SET lock_configuration = true") // last: nothing can be set after it
	}
	for _, set := range settings {
		if _, err := s.writer.ExecContext(ctx, set); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", set, clean(err)), s.disconnect())
		}
	}
	return nil
}

// dsn holds only options whose order does not matter: DuckDB applies them in random order.
func dsn(path string, o Options) string {
	q := url.Values{}
	q.Set("storage_compatibility_version", "v1.5.0")
	q.Set("autoinstall_known_extensions", "false")
	q.Set("autoload_known_extensions", "false")
	q.Set("allow_community_extensions", "false")
	q.Set("disabled_optimizers", "statistics_propagation") // a plan built on statistics of its birth answers wrongly later
	q.Set("preserve_insertion_order", "true")
	if o.Threads > 0 {
		q.Set("threads", strconv.Itoa(o.Threads))
	}
	if o.MemoryLimit != "" {
		q.Set("memory_limit", o.MemoryLimit)
	}
	return path + "?" + q.Encode()
}

func (s *Store) databasePath() string { return filepath.Join(s.dir, databaseFile) }

// Dir is the data directory.
func (s *Store) Dir() string { return s.dir }

// Close closes the database and gives the lock back. Transactions under way must have ended.
func (s *Store) Close() error {
	err := s.disconnect()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

func (s *Store) disconnect() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
		s.writer = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	return errors.Join(errs...)
}

// arrowOf runs f with the Arrow interface of a connection.
func arrowOf(conn *sql.Conn, f func(*duckdb.Arrow, driver.Conn) error) error {
	return conn.Raw(func(raw any) error {
		c, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("the database driver hands out a %T", raw)
		}
		a, err := duckdb.NewArrowFromConn(c)
		if err != nil {
			return err
		}
		return f(a, c)
	})
}
