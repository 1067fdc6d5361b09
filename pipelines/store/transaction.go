package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"

	"pingxin/pipelines/backstage"
)

// Reader reads inside one transaction; it is good as long as the function it was handed to runs, and for one goroutine.
type Reader struct {
	conn     *sql.Conn                   // nil before it begins
	begins   func(context.Context) error // begins its transaction; nil where it has begun
	failed   error                       // the first error of a statement
	profiled func(Profile)               // hears what statements cost; nil: nobody does
	recall   *recall                     // of the store; nil: everything is read

	versions *versions // of the tables that it sees; nil: nothing is remembered
	footings []footing // of those who take down what their answers stand on, the innermost last
}

// note keeps the first error of a statement, and cleans it. A query without rows has not failed.
func (r *Reader) note(err error) error {
	err = clean(err)
	if r.failed == nil && !errors.Is(err, sql.ErrNoRows) {
		r.failed = err
	}
	return err
}

// Query runs a query; the caller closes the rows.
func (r *Reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.standOn(r.namedIn(query))
	return r.query(ctx, query, args...)
}

// query runs a query of which it is noted already what its answer stands on.
func (r *Reader) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	rows, err := r.conn.QueryContext(ctx, query, args...)
	r.tell(query)
	return rows, r.note(err)
}

// Scan reads the one row of a query into dest; sql.ErrNoRows when there is none.
func (r *Reader) Scan(ctx context.Context, dest []any, query string, args ...any) error {
	r.standOn(r.namedIn(query))
	return r.scan(ctx, dest, query, args...)
}

// scan reads a row of which it is noted already what it stands on.
func (r *Reader) scan(ctx context.Context, dest []any, query string, args ...any) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	defer r.tell(query)
	return r.note(r.conn.QueryRowContext(ctx, query, args...).Scan(dest...))
}

// Arrow runs a query and hands its rows out as Arrow record batches; the caller releases the reader.
func (r *Reader) Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	r.standOn(r.namedIn(query))
	return r.arrow(ctx, query, args...)
}

// arrow runs a query of which it is noted already what its answer stands on.
func (r *Reader) arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	var rows array.RecordReader
	err := arrowOf(r.conn, func(a *duckdb.Arrow, _ driver.Conn) error {
		var err error
		rows, err = a.QueryContext(ctx, query, args...)
		return err
	})
	r.tell(query)
	return rows, r.note(err)
}

// Read calls f with a reader on one snapshot of what is committed. It waits for a free reader, and is cut off after
// half an hour.
func (s *Store) Read(ctx context.Context, f func(ctx context.Context, r *Reader) error) error {
	return s.ReadMany(ctx, 1, func(ctx context.Context, readers []*Reader) error { return f(ctx, readers[0]) })
}

// ReadMany calls f with up to n readers on connections of their own that all see the same committed version; it hands
// out fewer when the store has fewer. Readers may be used at the same time, each by one goroutine.
func (s *Store) ReadMany(ctx context.Context, n int, f func(ctx context.Context, readers []*Reader) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	readers, end, err := s.open(ctx, n)
	if err != nil {
		return err
	}
	defer func() { err = end(err) }()
	return f(ctx, readers)
}

// open begins up to n readers on one committed version. end ends them, and adds what went wrong with that to an error.
func (s *Store) open(ctx context.Context, n int) (readers []*Reader, end func(error) error, err error) {
	if err := s.heal(ctx); err != nil {
		return nil, nil, err
	}
	release, n, err := s.takeReaders(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	end = func(err error) error {
		defer release()
		for _, r := range readers {
			if !s.relay.keep(r) {
				err = errors.Join(err, s.endReading(ctx, r))
			}
		}
		s.look(err)
		return err
	}
	if n == 1 {
		if r := s.handedOn(ctx); r != nil {
			return []*Reader{r}, end, nil
		}
	} else { // no commit may come between the beginnings of the transactions
		if err := acquire(ctx, s.writing); err != nil {
			return nil, nil, end(err)
		}
		defer func() { <-s.writing }()
	}
	if readers, err = s.begin(ctx, n); err != nil {
		return nil, nil, end(err)
	}
	return readers, end, nil
}

// takeReaders waits for one reader's token and takes up to n-1 more that are free.
func (s *Store) takeReaders(ctx context.Context, n int) (release func(), got int, err error) {
	if err := acquire(ctx, s.reading); err != nil {
		return nil, 0, err
	}
	got = 1
	for got < n && got < cap(s.reading)-1 { // one stays free for the pages
		select {
		case s.reading <- struct{}{}:
			got++
			continue
		default:
		}
		break
	}
	return func() {
		for range got {
			<-s.reading
		}
	}, got, nil
}

// begin begins read-only transactions.
func (s *Store) begin(ctx context.Context, n int) (readers []*Reader, err error) {
	for range n {
		r, err := s.beginReading(ctx)
		if err != nil {
			return readers, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

// beginReading opens a read-only transaction and reads in it the number of the last commit, which is when DuckDB fixes what it sees.
func (s *Store) beginReading(ctx context.Context) (_ *Reader, err error) {
	if s.db == nil {
		return nil, ErrFell
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, clean(err)
	}
	// A cancel must not fall into it: the connection would go back to the pool with a transaction begun.
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "BEGIN TRANSACTION READ ONLY"); err != nil {
		return nil, errors.Join(clean(err), conn.Close())
	}
	r := s.newReader(conn)
	var number int64
	if err := r.Scan(ctx, []any{&number}, "SELECT number FROM "+commitNumber); err != nil {
		return nil, errors.Join(err, s.endReading(ctx, r))
	}
	r.versions = s.recall.current.numbered(number)
	return r, nil
}

func (s *Store) newReader(conn *sql.Conn) *Reader {
	return &Reader{conn: conn, profiled: s.profiled, recall: s.recall}
}

// endReading ends the transaction of a reader. A read has nothing to keep: rolling back and losing the connection are the same to it.
func (s *Store) endReading(ctx context.Context, r *Reader) error {
	_, err := r.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	s.look(r.failed)
	return errors.Join(clean(err), r.conn.Close())
}

func acquire(ctx context.Context, tokens chan struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the store: %w", ctx.Err())
	}
}

// Writer writes inside the one write transaction; its reads see what it wrote.
type Writer struct {
	Reader
	columns columnsOf       // of the store
	trail   *auditTrail     // of the store
	audited *anchor         // of the last entry that this transaction adds to the audit log; nil: none
	written map[string]bool // tables
	rows    int64           // inserted, and changed by statements
}

// columnsOf remembers the columns of tables with their types, which are asked for at every insert. It is used by one
// writer at a time.
type columnsOf map[string]map[string]string

// changesTables are the statements after which nothing that is remembered of tables holds.
var changesTables = regexp.MustCompile(`(?i)^\s*(CREATE|ALTER|DROP|ROLLBACK)\b`)

// Exec runs a statement and returns the number of rows that it changed.
func (w *Writer) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	if changesTables.MatchString(statement) {
		clear(w.columns)
	}
	w.wrote(tableWritten(statement))
	result, err := w.conn.ExecContext(ctx, statement, args...)
	w.tell(statement)
	if err != nil {
		return 0, w.note(err)
	}
	changed, err := result.RowsAffected()
	w.rows += changed
	return changed, err
}

// Insert appends the rows to a table, matching columns by name, and returns their number. A value that the column's
// type cannot hold is an error, never another value.
func (w *Writer) Insert(ctx context.Context, table string, rows array.RecordReader) (int64, error) {
	const view = "incoming_rows"
	w.wrote(table)
	if err := w.exactTypes(ctx, table, rows.Schema()); err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table, w.note(err))
	}
	counted, statement := &countingReader{RecordReader: rows}, "INSERT INTO "+table+" BY NAME SELECT * FROM "+view
	err := arrowOf(w.conn, func(a *duckdb.Arrow, c driver.Conn) error {
		release, err := a.RegisterView(counted, view)
		if err != nil {
			return err
		}
		defer release()
		execer, ok := c.(driver.ExecerContext)
		if !ok {
			return fmt.Errorf("the database driver's %T cannot execute", c)
		}
		result, err := execer.ExecContext(ctx, statement, nil)
		if err != nil {
			return err
		}
		stored, err := result.RowsAffected()
		if err == nil && stored != counted.rows {
			err = fmt.Errorf("%d rows were handed in and %d stored", counted.rows, stored)
		}
		return err
	})
	w.tell(statement)
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table, w.note(err))
	}
	w.rows += counted.rows
	return counted.rows, nil
}

// exactTypes makes sure that every value either fits its column or is an error: the database would round a real number
// on its way into a whole one, and read a text as whatever the column is. Whole numbers it narrows with a check.
func (w *Writer) exactTypes(ctx context.Context, table string, schema *arrow.Schema) error {
	types, err := w.typesOf(ctx, table)
	if err != nil {
		return err
	}
	for _, f := range schema.Fields() {
		if typ, known := types[f.Name]; known && !slices.Contains(columnTypes[f.Type.ID()], typ) {
			return fmt.Errorf("column %s holds %s and was handed %s", f.Name, typ, f.Type)
		}
	}
	return nil
}

// typesOf are the types of a table's columns by name.
func (w *Writer) typesOf(ctx context.Context, table string) (map[string]string, error) {
	if types, known := w.columns[table]; known {
		return types, nil
	}
	rows, err := w.Query(ctx, `SELECT name, type FROM pragma_table_info(?)`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, err
		}
		types[name] = typ
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	w.columns[table] = types
	return types, nil
}

// wholeTypes are the columns that whole numbers may go into.
var wholeTypes = []string{"UTINYINT", "SMALLINT", "INTEGER", "BIGINT"}

// columnTypes are the types of columns that values of an Arrow type may go into.
var columnTypes = map[arrow.Type][]string{arrow.STRING: {"VARCHAR"}, arrow.BINARY: {"BLOB"}, arrow.UINT8: {"UTINYINT"}, arrow.INT16: {"SMALLINT"}, arrow.INT32: wholeTypes, arrow.INT64: wholeTypes,
	arrow.FLOAT64: {"DOUBLE"}, arrow.DATE32: {"DATE"}, arrow.BOOL: {"BOOLEAN"}}

// countingReader counts the rows that pass through it.
type countingReader struct {
	array.RecordReader
	rows int64
}

func (c *countingReader) Next() bool {
	if !c.RecordReader.Next() {
		return false
	}
	c.rows += c.RecordReader.RecordBatch().NumRows()
	return true
}

// Write calls f inside the write transaction, one at a time, and commits when f returns nil; otherwise nothing of it
// is kept. It returns nil only when the commit was made of a transaction in which no statement had failed.
func (s *Store) Write(ctx context.Context, f func(ctx context.Context, w *Writer) error) (err error) {
	if err := s.heal(ctx); err != nil {
		return err
	}
	if err := acquire(ctx, s.writing); err != nil {
		return err
	}
	defer func() { <-s.writing }()
	if s.writer == nil {
		return ErrFell
	}
	defer func() { s.look(err) }()
	w := &Writer{Reader: Reader{conn: s.writer, profiled: s.profiled}, columns: s.columns, trail: &s.trail, written: map[string]bool{}}
	whole := context.WithoutCancel(ctx) // a cancel in BEGIN or COMMIT would leave it unknown whether they happened
	if _, err := w.Exec(whole, "BEGIN TRANSACTION"); err != nil {
		return fmt.Errorf("begin to write: %w", err)
	}
	ended := false
	defer func() { // also when f panics
		if !ended {
			_, rollback := w.Exec(whole, "ROLLBACK")
			err = errors.Join(err, rollback)
		}
	}()
	if err := f(ctx, w); err != nil {
		return err
	}
	// DuckDB answers COMMIT of an aborted transaction with success and keeps nothing: any statement tells first.
	last := "SELECT 1"
	if len(w.written) > 0 && s.recall.tables[commitNumber] { // not while the tables are made
		last = "UPDATE " + commitNumber + " SET number = number + 1"
	}
	if _, err := w.Exec(ctx, last); err != nil {
		return err
	}
	if w.failed != nil { // after some errors DuckDB would keep the other statements
		return fmt.Errorf("a statement failed, so nothing is kept: %w", w.failed)
	}
	ended = true // also by a commit that fails, as on a full disk
	if err := backstage.Front(ctx, func() error { return s.relayed(whole, w, func() error { return s.commit(whole, w) }) }); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if w.audited != nil {
		_ = s.trail.append(*w.audited) // what is committed stays so; the next anchor, or that of the next start, stands for this one
	}
	return nil
}

func (s *Store) commit(ctx context.Context, w *Writer) (err error) {
	if fault := s.health.options.fault; fault != nil {
		if err := fault(); err != nil {
			return w.note(err)
		}
	}
	if w.written[commitNumber] {
		s.recall.current.begins(w.written)
		defer func() { s.recall.current.ends(err) }()
	}
	_, err = w.Exec(ctx, "COMMIT")
	return err
}

// Checkpoint moves the log into the database file. It waits for a copy of the database that is being made.
func (s *Store) Checkpoint(ctx context.Context) error {
	if err := s.heal(ctx); err != nil {
		return err
	}
	if err := acquire(ctx, s.copying); err != nil {
		return err
	}
	defer func() { <-s.copying }()
	if err := acquire(ctx, s.writing); err != nil {
		return err
	}
	defer func() { <-s.writing }()
	if s.writer == nil {
		return ErrFell
	}
	err := s.checkpoint(ctx)
	s.look(err)
	return err
}

// What the database refuses while a transaction holds what it needs, which reads under way do for moments, is tried again.
const (
	heldPause   = 20 * time.Millisecond
	heldTimeout = 10 * time.Second
	// checkpointRefused is said of a checkpoint.
	checkpointRefused = "Cannot CHECKPOINT: there are other write transactions active"
	// openRefused is said of a file that was let go of: who lists all tables meanwhile holds those of each database.
	openRefused = "Unique file handle conflict"
)

// errBusy says that a checkpoint was refused for as long as is waited for one. The log only stays longer than it had to.
var errBusy = errors.New("the log could not be moved into the database file: others held it for too long")

func (s *Store) checkpoint(ctx context.Context) error {
	return checkpointOn(ctx, s.writer, "CHECKPOINT")
}

// checkpointOn runs a statement that is a checkpoint.
func checkpointOn(ctx context.Context, conn *sql.Conn, statement string) error {
	held, err := whileRefused(ctx, checkpointRefused, func(ctx context.Context) error {
		_, err := conn.ExecContext(ctx, statement)
		return err
	})
	if held {
		return errBusy
	}
	return clean(err)
}

// whileRefused does something again while the database refuses it with these words, and says whether it still did at the end.
func whileRefused(ctx context.Context, words string, do func(context.Context) error) (refused bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, heldTimeout)
	defer cancel()
	for {
		if err = do(ctx); err == nil || !strings.Contains(err.Error(), words) {
			return false, err
		}
		select {
		case <-ctx.Done():
			return true, err
		case <-time.After(heldPause):
		}
	}
}
