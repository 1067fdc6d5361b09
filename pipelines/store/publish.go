package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// OpenEnded is the until_run of a result row that still holds.
const OpenEnded = math.MaxInt32

// Table describes one result table to which a run writes rows of type T: its columns after the run numbers, in order.
type Table[T any] struct {
	Name    string
	Columns []Column[T]
}

// Column is one column of a result table: its name and how its value is read from a row.
type Column[T any] struct {
	Name    string
	typ     arrow.DataType
	append  func(b array.Builder, row *T)
	digest  func(d *Digest, row *T)
	outside bool
}

// Outside returns the column left out of the row's hash: run numbers, keys that depend on the order of arrival, and the
// hash itself.
func (c Column[T]) Outside() Column[T] {
	c.outside = true
	return c
}

// Text is a column of text; the empty text is stored as NULL when nullable.
func Text[T any](name string, nullable bool, get func(*T) string) Column[T] {
	return Column[T]{Name: name, typ: arrow.BinaryTypes.String,
		digest: func(d *Digest, row *T) { d.Text(get(row)) },
		append: func(b array.Builder, row *T) {
			if v := get(row); nullable {
				appendText(b, v)
			} else {
				b.(*array.StringBuilder).Append(v)
			}
		}}
}

// appendText appends NULL for the empty text.
func appendText(b array.Builder, v string) {
	if v == "" {
		b.AppendNull()
		return
	}
	b.(*array.StringBuilder).Append(v)
}

// Real is a column of floating numbers; NaN is stored as NULL.
func Real[T any](name string, get func(*T) float64) Column[T] {
	return Column[T]{Name: name, typ: arrow.PrimitiveTypes.Float64,
		digest: func(d *Digest, row *T) { d.Real(get(row)) },
		append: func(b array.Builder, row *T) { appendReal(b, get(row)) }}
}

// appendReal appends NULL for NaN.
func appendReal(b array.Builder, v float64) {
	if math.IsNaN(v) {
		b.AppendNull()
		return
	}
	b.(*array.Float64Builder).Append(v)
}

// List is a column of a list, stored as JSON, [] when empty. The hash covers what digest adds for each element, so that
// the JSON need not be made for a row that is known already.
func List[T, E any](name string, get func(*T) []E, digest func(d *Digest, element *E)) Column[T] {
	return Column[T]{Name: name, typ: arrow.BinaryTypes.String,
		digest: func(d *Digest, row *T) {
			all := get(row)
			d.Whole(int64(len(all)))
			for i := range all {
				digest(d, &all[i])
			}
		},
		append: func(b array.Builder, row *T) { b.(*array.StringBuilder).Append(JSONList(get(row))) }}
}

// JSONList is the JSON of a list, [] when empty.
func JSONList[E any](all []E) string {
	if len(all) == 0 {
		return "[]"
	}
	return JSON(all)
}

// JSON is a value of our own types as it is kept in one column.
func JSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("a result holds what JSON cannot say: %v", err)) // a mistake in the program: only our own types come here
	}
	return string(text)
}

// Bytes is a column of bytes.
func Bytes[T any](name string, get func(*T) []byte) Column[T] {
	return Column[T]{Name: name, typ: arrow.BinaryTypes.Binary,
		digest: func(d *Digest, row *T) { d.binary(get(row)) },
		append: func(b array.Builder, row *T) { b.(*array.BinaryBuilder).Append(get(row)) }}
}

// Whole is a column of integers, stored in 64 bits and narrowed, with a check, by the database.
func Whole[T any](name string, get func(*T) int64) Column[T] {
	return Column[T]{Name: name, typ: arrow.PrimitiveTypes.Int64,
		digest: func(d *Digest, row *T) { d.Whole(get(row)) },
		append: func(b array.Builder, row *T) { b.(*array.Int64Builder).Append(get(row)) }}
}

// Flag is a column of truths.
func Flag[T any](name string, get func(*T) bool) Column[T] {
	return Column[T]{Name: name, typ: arrow.FixedWidthTypes.Boolean,
		digest: func(d *Digest, row *T) {
			v := int64(0)
			if get(row) {
				v = 1
			}
			d.Whole(v)
		},
		append: func(b array.Builder, row *T) { b.(*array.BooleanBuilder).Append(get(row)) }}
}

// Day is a column of dates; the zero time is stored as NULL.
func Day[T any](name string, get func(*T) time.Time) Column[T] {
	return Column[T]{Name: name, typ: arrow.FixedWidthTypes.Date32,
		digest: func(d *Digest, row *T) { d.Whole(get(row).Unix()) },
		append: func(b array.Builder, row *T) {
			if v := get(row); !v.IsZero() {
				b.(*array.Date32Builder).Append(arrow.Date32FromTime(v))
			} else {
				b.AppendNull()
			}
		}}
}

// Digest is the canonical form of a row: lengths before texts, bits of numbers, so that no two rows share one.
type Digest struct{ bytes []byte }

// Text adds a text.
func (d *Digest) Text(v string) {
	d.bytes = binary.LittleEndian.AppendUint32(d.bytes, uint32(len(v)))
	d.bytes = append(d.bytes, v...)
}

func (d *Digest) binary(v []byte) {
	d.bytes = binary.LittleEndian.AppendUint32(d.bytes, uint32(len(v)))
	d.bytes = append(d.bytes, v...)
}

// Whole adds an integer.
func (d *Digest) Whole(v int64) { d.bytes = binary.LittleEndian.AppendUint64(d.bytes, uint64(v)) }

// Real adds a number; all NaN are one, and so are the two zeros.
func (d *Digest) Real(v float64) {
	switch {
	case math.IsNaN(v):
		d.Whole(math.MinInt64)
	case v == 0:
		d.Whole(0)
	default:
		d.Whole(int64(math.Float64bits(v)))
	}
}

// Digest appends the canonical bytes of a row to buf: every column but those outside the hash.
func (t *Table[T]) Digest(buf []byte, row *T) []byte {
	d := Digest{buf}
	for i := range t.Columns {
		if c := &t.Columns[i]; !c.outside {
			c.digest(&d, row)
		}
	}
	return d.bytes
}

// Hash is the hash of a row, by which a run tells what the published one holds already.
func (t *Table[T]) Hash(row *T) string { return Hash(t.Digest(nil, row)) }

// Hash is the hash of a result as it is stored beside it: the first 128 bits of SHA-256 over the canonical bytes.
func Hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16])
}

// Close ends, as of the run, the rows of a result table that hold and carry one of the given hashes.
func Close(ctx context.Context, w *Writer, table string, run int, hashes []string) error {
	return closeRows(ctx, w, table, run, "row_hash", "VARCHAR", hashes)
}

// CloseEvaluations ends, as of the run, the evaluations that hold of contracts with the given keys. Of each one holds; to find it by
// its key is a quarter of the work that it is to find it by its hash.
func CloseEvaluations(ctx context.Context, w *Writer, run int, keys []int32) error {
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = strconv.Itoa(int(key))
	}
	return closeRows(ctx, w, "evaluation", run, "contract_key", "INTEGER", texts)
}

// closeRows ends the rows that have one of some values in a column of a type; each has to be in one row.
func closeRows(ctx context.Context, w *Writer, table string, run int, column, typ string, values []string) error {
	if len(values) == 0 {
		return nil
	}
	text := fmt.Sprintf("UPDATE %s SET until_run = ? WHERE until_run = %d AND %s IN (SELECT unnest(string_split(?, ','))::%s)", table, OpenEnded, column, typ)
	n, err := w.Exec(ctx, text, int32(run), strings.Join(values, ","))
	if err != nil {
		return fmt.Errorf("close rows of %s: %w", table, err)
	}
	if n != int64(len(values)) {
		return fmt.Errorf("close rows of %s: %d rows have the %d values of %s that end; nothing was published: run `pingxin doctor`", table, n, len(values), column)
	}
	return nil
}

// Run is one finished run as it stands in the table of runs.
type Run struct {
	ID         int       `json:"run"`
	AsOf       time.Time `json:"as_of"`
	PolicyID   string    `json:"policy"`
	PolicyHash string    `json:"policy_hash"`
	PolicyText string    `json:"-"`
	Watermark  int       `json:"watermark"` // number of the last batch that it saw
	// The calibration that it judged by; 0 and empty for none.
	Calibration     int    `json:"calibration"`
	CalibrationHash string `json:"calibration_hash"`

	Full       bool      `json:"full"`
	Contracts  int64     `json:"contracts"`
	Touched    int64     `json:"touched"` // contracts that were reduced and judged again
	Hash       string    `json:"hash"`
	Program    string    `json:"program"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	Steps      string    `json:"-"` // JSON list of steps with their times
	Notes      string    `json:"-"` // JSON list of notes
	RowSet     []byte    `json:"-"` // hash of the set of its rows, from which the next ordinary night goes on; nil: none was kept
}

// runFields are the columns of a run in the order of scanRun.
const runFields = `run.run_id, as_of, policy_id, policy_hash, policy_text, watermark, is_full, contracts, touched, hash, program, started_at, finished_at, steps, notes, calibration_id, calibration_hash, row_set`

// scanRun reads one run, and whatever else the query selects behind it.
func scanRun(rows *sql.Rows, run *Run, more ...any) error {
	return rows.Scan(append([]any{&run.ID, &run.AsOf, &run.PolicyID, &run.PolicyHash, &run.PolicyText, &run.Watermark, &run.Full, &run.Contracts, &run.Touched,
		&run.Hash, &run.Program, &run.StartedAt, &run.FinishedAt, &run.Steps, &run.Notes, &run.Calibration, &run.CalibrationHash, &run.RowSet}, more...)...)
}

// ErrNoSuchRun says that no run has the number asked for.
var ErrNoSuchRun = errors.New("no run has that number; `pingxin serve` lists them under 运行 (runs)")

// LatestPublished returns the published run; ok is false when none was published yet.
func LatestPublished(ctx context.Context, r *Reader) (run Run, ok bool, err error) {
	return oneRun(ctx, r, `SELECT `+runFields+` FROM run JOIN published USING (run_id)`)
}

// RunByID returns the run of that number, or ErrNoSuchRun.
func RunByID(ctx context.Context, r *Reader, id int) (Run, error) {
	run, ok, err := oneRun(ctx, r, `SELECT `+runFields+` FROM run WHERE run_id = ?`, int32(id))
	if err == nil && !ok {
		err = ErrNoSuchRun
	}
	return run, err
}

func oneRun(ctx context.Context, r *Reader, text string, args ...any) (Run, bool, error) {
	runs, err := listFrom(ctx, r, "a run", text, func(rows *sql.Rows, run *Run) error { return scanRun(rows, run) }, args...)
	if err != nil || len(runs) == 0 {
		return Run{}, false, err
	}
	return runs[0], true, nil
}

// Publish prepares what pages look up, writes the run's own row, moves the pointer to it and tells the audit log. It belongs at the
// end of the transaction that wrote the run's results.
func Publish(ctx context.Context, w *Writer, run Run) error {
	last, had, err := LatestPublished(ctx, &w.Reader)
	if err != nil {
		return err
	}
	if err := prepare(ctx, w, last, run); err != nil {
		return err
	}
	_, err = w.Exec(ctx, `INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(run.ID), run.AsOf, run.PolicyID, run.PolicyHash,
		run.PolicyText, int32(run.Watermark), run.Full, run.Contracts, run.Touched, run.Hash, run.Program, run.StartedAt, run.FinishedAt, run.Steps, run.Notes,
		int32(run.Calibration), run.CalibrationHash, run.RowSet)
	if err != nil {
		return fmt.Errorf("write run %d: %w", run.ID, err)
	}
	moved, err := w.Exec(ctx, `UPDATE published SET run_id = ?, published_at = ?`, int32(run.ID), run.FinishedAt)
	if err == nil && moved == 0 {
		_, err = w.Exec(ctx, `INSERT INTO published VALUES (1, ?, ?)`, int32(run.ID), run.FinishedAt)
	}
	if err != nil {
		return fmt.Errorf("move the pointer to run %d: %w", run.ID, err)
	}
	if had && last.PolicyHash != run.PolicyHash {
		if err := w.Audit(ctx, AuditEntry{At: run.FinishedAt, Action: PolicyChanged, Subject: "policy:" + run.PolicyID,
			Detail: fmt.Sprintf("hash %s, before %s %s, with run %d", run.PolicyHash, last.PolicyID, last.PolicyHash, run.ID)}); err != nil {
			return err
		}
	}
	return w.Audit(ctx, AuditEntry{At: run.FinishedAt, Action: RunPublished, Subject: fmt.Sprintf("run:%d", run.ID),
		Detail: fmt.Sprintf("for %s, batches up to %d, policy %s %s, hash %s", run.AsOf.Format(time.DateOnly), run.Watermark, run.PolicyID, run.PolicyHash, run.Hash)})
}
