package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Uploader is who brings a file.
type Uploader struct {
	Account string // id; empty: the operator at the console
	Name    string
}

// Acceptance is a checked file on its way in.
type Acceptance struct {
	Kind     string
	FileName string
	File     Archived
	Uploader Uploader
	Scope    Scope  // contracts that the rows may be of; the zero value refuses every row
	Party    string // as which the uploader scores; empty: any
	Reason   string // why earlier versions are replaced; may be empty
	// GivenBefore says that the rows were given while their contracts were open, so that none is refused because its
	// contract was closed since: what recipients answered waits for the night.
	GivenBefore bool

	// Cells is what was found wrong in reading the rows, whole when the rows have ended; nil: nothing. The rows that it
	// names are not among those handed in.
	Cells *RefusedError
	// Partial accepts the rows without a fault and leaves the others out; otherwise one fault refuses the file.
	Partial bool
	// Reading archives how the file was read, with the rows that were left out, and returns the hash under which; empty:
	// there is nothing to say. nil: the same.
	Reading func(leftOut []int64) (sha256 string, err error)

	// Again is the receipt that the file has already and must come to again, when the database lost it; nil: it is a new
	// file. Then neither rules nor Reading are asked,
	// and nothing is receipted.
	Again *Receipt
}

// Accepted is a file that is in.
type Accepted struct {
	Receipt    Receipt
	Repeated   bool          // the same bytes were accepted before
	Superseded int64         // rows of earlier batches that these replace
	LeftOut    *RefusedError // the rows that were left out and why; nil: none
}

// Accept stores the rows of a checked file as one batch, all or nothing, and gives it a receipt after reading the
// batch back. rows carry the kind's columns and row_no. Faults of cells, and those that show only beside what is stored,
// come together as a *RefusedError. The same bytes again give the receipt that they have.
func (s *Store) Accept(ctx context.Context, a Acceptance, rows array.RecordReader) (Accepted, error) {
	kind, known := factKinds[a.Kind]
	if !known {
		return Accepted{}, fmt.Errorf("found kind %q, expected one of the fact tables", a.Kind)
	}
	if a.Again == nil {
		if old, found, err := s.receiptOf(a.Kind, a.File.SHA256); err != nil || found {
			return Accepted{Receipt: old, Repeated: found}, err
		}
	}
	if err := s.Room(4 * a.File.Bytes); err != nil {
		return Accepted{}, err
	}
	in := Accepted{Receipt: Receipt{Kind: a.Kind, SHA256: a.File.SHA256, FileName: a.FileName}}
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		var err error
		if in.Receipt, in.Repeated, err = batchOf(ctx, w, in.Receipt); err != nil || in.Repeated {
			return err
		}
		good, err := takeIn(ctx, w, kind, a, rows)
		if err != nil {
			return err
		}
		return s.storeBatch(ctx, w, kind, a, good, &in)
	})
	if err != nil {
		return Accepted{}, err
	}
	if a.Again != nil {
		return in, nil
	}
	in.Receipt, err = s.AppendReceipt(context.WithoutCancel(ctx), in.Receipt) // what is stored gets its receipt
	return in, err
}

// goodRows are the rows of a file that break no rule, on their way from where they lie into their table.
type goodRows struct {
	count   int64
	leftOut *RefusedError // the others and why; nil: there are none
	scores  *heldScores   // nil: they are staged, as those of every kind but scores are
}

// takeIn takes in the rows of a file and asks the rules of them. What was found good once is not asked again, but compared
// with its receipt.
func takeIn(ctx context.Context, w *Writer, kind factKind, a Acceptance, rows array.RecordReader) (good goodRows, err error) {
	if a.Kind == "score" {
		return takeScores(ctx, w, kind, a, rows)
	}
	if _, err := stage(ctx, w, kind, rows, w.Insert); err != nil {
		return good, err
	}
	if a.Again == nil {
		broken, err := findFaults(ctx, w, kind.rules(a, false))
		if err != nil {
			return good, err
		}
		if good.leftOut, err = leaveOut(ctx, w, a, broken); err != nil {
			return good, err
		}
	}
	err = w.Scan(ctx, []any{&good.count}, `SELECT count(*) FROM staging`)
	return good, err
}

// storeBatch makes a batch of what was taken in.
func (s *Store) storeBatch(ctx context.Context, w *Writer, kind factKind, a Acceptance, good goodRows, in *Accepted) error {
	r := &in.Receipt
	r.Rows, in.LeftOut = good.count, good.leftOut
	err := w.Scan(ctx, []any{&r.Batch}, `SELECT coalesce(max(batch_id), 0) + 1 FROM batch`)
	if err != nil {
		return err
	}
	if in.Superseded, err = storeRows(ctx, w, a.Kind, r.Batch, good.scores); err != nil {
		return err
	}
	if kind.touches != "" {
		if _, err := w.Exec(ctx, fmt.Sprintf(`INSERT INTO batch_contract SELECT %d, contract_key, last_on FROM (%s)`, r.Batch, kind.touched())); err != nil {
			return err
		}
	}
	if err := dropStaged(ctx, w, kind); err != nil {
		return err
	}
	if r.ContentHash, err = verify(ctx, w, a.Kind, *r); err != nil {
		return err
	}
	var leftOut []int64
	if in.LeftOut != nil {
		leftOut = in.LeftOut.Rows
	}
	r.LeftOut = int64(len(leftOut))
	if a.Again == nil && a.Reading != nil {
		if r.Reading, err = a.Reading(leftOut); err != nil {
			return err
		}
	}
	return s.noteBatch(ctx, w, r, a.Again, in.Superseded, a.Uploader, a.Reason)
}

// noteBatch enters a batch and who brought it. With again it must have come to what that receipt says.
func (s *Store) noteBatch(ctx context.Context, w *Writer, r, again *Receipt, superseded int64, by Uploader, reason string) error {
	r.AcceptedAt = s.now().UTC()
	if again != nil {
		if r.Batch != again.Batch || r.Rows != again.Rows || r.ContentHash != again.ContentHash {
			return &otherContentError{*r, *again}
		}
		*r = *again
	}
	if _, err := w.Exec(ctx, `INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, int32(r.Batch), r.Kind, r.SHA256, r.FileName, r.Rows, r.ContentHash, superseded, r.AcceptedAt); err != nil {
		return err
	}
	if _, err := w.Exec(ctx, `INSERT INTO batch_upload VALUES (?, ?, ?, ?, ?, ?)`, int32(r.Batch), by.Account, by.Name, reason, r.Reading, r.LeftOut); err != nil {
		return err
	}
	entry := r.entry(superseded)
	if again != nil {
		entry.At, entry.Action = s.now(), BatchRecovered
	}
	return w.Audit(ctx, entry)
}

// entry is what the audit log says of an accepted batch.
func (r Receipt) entry(superseded int64) AuditEntry {
	return AuditEntry{At: r.AcceptedAt, Action: UploadAccepted, Subject: fmt.Sprintf("batch:%d", r.Batch),
		Detail: fmt.Sprintf("%s, %d rows, %d replaced, sha256 %s, file %s", r.Kind, r.Rows, superseded, r.SHA256, r.FileName)}
}

// ErrOtherContent says that a file that was brought in again did not come to what its receipt says.
var ErrOtherContent = errors.New("brought in again it is not what was receipted")

type otherContentError struct{ got, want Receipt }

func (e *otherContentError) Error() string {
	return fmt.Sprintf("%v: batch %d with %d rows and content %s, where the receipt says batch %d with %d rows and content %s; another version of the program may read or hash otherwise: use the one that accepted it",
		ErrOtherContent, e.got.Batch, e.got.Rows, e.got.ContentHash, e.want.Batch, e.want.Rows, e.want.ContentHash)
}

func (e *otherContentError) Is(target error) bool { return target == ErrOtherContent }

// batchOf finds the batch of the same bytes that another upload stored since, or one whose receipt could not be
// written; without one it returns the receipt as it is.
func batchOf(ctx context.Context, w *Writer, r Receipt) (_ Receipt, found bool, err error) {
	old := r
	err = w.Scan(ctx, []any{&old.Batch, &old.FileName, &old.Rows, &old.ContentHash, &old.AcceptedAt, &old.Reading, &old.LeftOut},
		`SELECT batch_id, file_name, row_count, content_hash, accepted_at, coalesce(reading, ''), coalesce(left_out, 0)
		FROM batch LEFT JOIN batch_upload USING (batch_id) WHERE kind = ? AND sha256 = ?`, r.Kind, r.SHA256)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return old, err == nil, err
}

// receiptOf finds the receipt of bytes that were accepted before as a kind.
func (s *Store) receiptOf(kind, sha256 string) (Receipt, bool, error) {
	receipts, err := s.Receipts()
	if err != nil {
		return Receipt{}, false, err
	}
	for _, r := range receipts {
		if r.Kind == kind && r.SHA256 == sha256 {
			return r, true, nil
		}
	}
	return Receipt{}, false, nil
}

// ReceiptOf is the receipt of bytes (by their SHA-256) that were accepted before as a kind; nil: they were not.
func (s *Store) ReceiptOf(kind, sha256 string) (*Receipt, error) {
	r, found, err := s.receiptOf(kind, sha256)
	if err != nil || !found {
		return nil, err
	}
	return &r, nil
}

// sqlTypes are the types of staged columns.
var sqlTypes = map[arrow.Type]string{arrow.STRING: "VARCHAR", arrow.UINT8: "UTINYINT", arrow.INT16: "SMALLINT", arrow.INT32: "INTEGER", arrow.INT64: "BIGINT", arrow.FLOAT64: "DOUBLE", arrow.DATE32: "DATE", arrow.BOOL: "BOOLEAN"}

// stage puts the rows into a table that only this transaction sees, by put; their names, where the kind has them numbered,
// into tables of their own. It returns what was numbered.
func stage(ctx context.Context, w *Writer, kind factKind, rows array.RecordReader, put func(ctx context.Context, table string, rows array.RecordReader) (int64, error)) (*codedRows, error) {
	c := coded(rows, kind)
	if err := makeStaging(ctx, w, "staging", c.Schema()); err != nil {
		return nil, err
	}
	count, err := put(ctx, "staging", c)
	if err != nil {
		return nil, err
	}
	for _, n := range c.names {
		if n == nil {
			continue
		}
		names := n.reader()
		if err := makeStaging(ctx, w, namesOf(n.column), names.Schema()); err != nil {
			return nil, err
		}
		if _, err := put(ctx, namesOf(n.column), names); err != nil {
			return nil, err
		}
	}
	release(int(count))
	return c, nil
}

// release gives back at once what was held of many rows, or as many names, and is not any more: the database takes its memory
// where the collector does not see it, and nothing else would make it collect.
func release(rows int) {
	const many = 100_000
	if rows > many {
		debug.FreeOSMemory()
	}
}

func makeStaging(ctx context.Context, w *Writer, table string, schema *arrow.Schema) error {
	var columns []string
	for _, f := range schema.Fields() {
		columns = append(columns, f.Name+" "+sqlTypes[f.Type.ID()])
	}
	if _, err := w.Exec(ctx, `CREATE OR REPLACE TEMP TABLE `+table+` (`+strings.Join(columns, ", ")+`)`); err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	return nil
}

// unstage takes the rows that break a rule out of what is staged.
func unstage(ctx context.Context, w *Writer) error {
	if _, err := w.Exec(ctx, `DELETE FROM staging WHERE row_no IN (SELECT row_no FROM broken)`); err != nil {
		return fmt.Errorf("leave rows out: %w", err)
	}
	return nil
}

// dropStaged gives back what staged rows hold, which temporary tables would until the next import.
func dropStaged(ctx context.Context, w *Writer, kind factKind) error {
	tables := []string{"staging", "keyed"}
	for _, c := range kind.coded {
		tables = append(tables, namesOf(c))
	}
	for _, t := range tables {
		if _, err := w.Exec(ctx, `DROP TABLE IF EXISTS temp.`+t); err != nil {
			return fmt.Errorf("drop staged rows: %w", err)
		}
	}
	return nil
}

// keyedKinds are the kinds whose rows are stored under the key of their contract, as the heavy queries read them.
var keyedKinds = []string{"score", "target", "progress", "payment", "incident"}

// storeRows moves the rows, which are staged or are these scores, into their table and returns how many earlier rows they
// replace.
func storeRows(ctx context.Context, w *Writer, kind string, batch int, scores *heldScores) (superseded int64, err error) {
	var statements []string
	switch kind {
	case "score":
		return storeScores(ctx, w, batch, scores)
	case "contract":
		statements = []string{
			// keys of new contracts go on from the highest of their budget year
			`CREATE OR REPLACE TEMP TABLE keyed AS SELECT s.*, coalesce(old.contract_key, (budget_year - 2000) * 4194304
				+ coalesce((SELECT max(contract_key) % 4194304 + 1 FROM contract c WHERE c.contract_key // 4194304 = s.budget_year - 2000), 0)
				+ row_number() OVER (PARTITION BY s.budget_year, old.contract_key IS NULL ORDER BY s.row_no) - 1)::INTEGER AS contract_key
			 FROM staging s LEFT JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) old USING (contract_no)`,
			fmt.Sprintf(`INSERT INTO contract BY NAME SELECT %d AS batch_id, * FROM keyed ORDER BY contract_key`, batch),
		}
	case "target", "progress", "payment", "incident":
		statements = []string{fmt.Sprintf(`INSERT INTO %s BY NAME SELECT %d AS batch_id, k.contract_key, s.* EXCLUDE (contract_no)
			FROM staging s JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) k USING (contract_no) ORDER BY contract_key`, kind, batch)}
	default:
		statements = []string{fmt.Sprintf(`INSERT INTO %s BY NAME SELECT %d AS batch_id, * FROM staging ORDER BY row_no`, kind, batch)}
	}
	for _, text := range statements {
		if _, err := w.Exec(ctx, text); err != nil {
			return 0, fmt.Errorf("store rows: %w", err)
		}
	}
	return countReplaced(ctx, w, kind, batch)
}

// countReplaced counts the rows of a small kind that say something of what an earlier batch described.
func countReplaced(ctx context.Context, w *Writer, kind string, batch int) (n int64, err error) {
	key := make([]string, 0, 4)
	for _, column := range factKinds[kind].key {
		if column == "contract_no" && slices.Contains(keyedKinds, kind) {
			column = "contract_key"
		}
		key = append(key, column)
	}
	columns := strings.Join(key, ", ")
	err = w.Scan(ctx, []any{&n}, fmt.Sprintf(`SELECT count(*) FROM (SELECT %s FROM %s WHERE batch_id = %d) JOIN (SELECT DISTINCT %s FROM %s WHERE batch_id < %d) USING (%s)`,
		columns, kind, batch, columns, kind, batch, columns))
	return n, err
}

// verify reads the stored rows back, compares their number with the file's and returns their content hash, which does
// not depend on their order.
func verify(ctx context.Context, w *Writer, kind string, r Receipt) (string, error) {
	var rows int64
	var hash string
	err := w.Scan(ctx, []any{&rows, &hash}, fmt.Sprintf(`SELECT count(*), %s FROM (SELECT hash(t) AS h FROM (SELECT * FROM %s WHERE batch_id = %d) t)`, hashOfRows, kind, r.Batch))
	if err != nil {
		return "", fmt.Errorf("read the stored rows back: %w", err)
	}
	if rows != r.Rows {
		return "", fmt.Errorf("the file has %d rows and %d were stored; nothing is kept: run `pingxin doctor`", r.Rows, rows)
	}
	return hash, nil
}
