package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrReceiptsMissing says that the database lacks batches for which receipts were given.
var ErrReceiptsMissing = errors.New("the database lacks batches that were receipted")

// missingError is ErrReceiptsMissing with the receipts.
type missingError struct {
	receipts []Receipt
	of       int    // receipts that there are
	archive  string // where their files lie
}

func (e *missingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: restore a backup, or let `pingxin replay` import these files again from %s:", ErrReceiptsMissing, e.archive)
	for _, r := range e.receipts {
		b.WriteString("\n" + named([]Receipt{r}))
	}
	return b.String()
}

func (e *missingError) Is(target error) bool { return target == ErrReceiptsMissing }

// lacks says that the database lacks some of its receipted batches.
func (s *Store) lacks(missing []Receipt, of int) error {
	return &missingError{missing, of, filepath.Join(s.dir, archiveDir)}
}

// Receipt is the promise that a batch was stored. Receipts are numbered from 1 and chained: Chain is the SHA-256 of the
// receipt's JSON with Chain empty, and Previous is the Chain of the one before.
type Receipt struct {
	Number      int       `json:"number"`
	Batch       int       `json:"batch"`
	Kind        string    `json:"kind"`
	SHA256      string    `json:"sha256"` // of the file's bytes
	FileName    string    `json:"file_name"`
	Rows        int64     `json:"rows"`
	ContentHash string    `json:"content_hash"` // of the rows as they were stored
	AcceptedAt  time.Time `json:"accepted_at"`
	Reading     string    `json:"reading,omitempty"`  // hash in the archive of how the file was read; empty: whole, by its own headers
	LeftOut     int64     `json:"left_out,omitempty"` // rows of the file that were not accepted
	Previous    string    `json:"previous"`
	Chain       string    `json:"chain"`
}

// chain computes what Chain has to be.
func (r Receipt) chain() string {
	r.Chain = ""
	return hashOfJSON(r)
}

// journalFile is the journal of receipts in a data directory.
const journalFile = "receipts.jsonl"

// errJournal says that the journal itself is damaged: no database can be compared with it.
var errJournal = errors.New("the journal of receipts is damaged")

// journal is the file of receipts, outside the database so that a database that lost something can be told.
type journal struct {
	path string
	mu   sync.Mutex
}

// read returns all receipts after checking their chain. A last line that was torn by a crash is cut off: its batch is
// in the database and gets its receipt again.
func (j *journal) read() ([]Receipt, error) {
	text, err := wholeLines(j.path)
	if err != nil {
		return nil, fmt.Errorf("read the journal of receipts: %w", err)
	}
	var all []Receipt
	previous := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var r Receipt
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%w: %s, line %d: %w; restore the file from a backup", errJournal, j.path, len(all)+1, err)
		}
		if r.Number != len(all)+1 || r.Previous != previous || r.Chain != r.chain() {
			return nil, fmt.Errorf("%w: %s, line %d: the chain is broken, so the file was changed; restore it from a backup", errJournal, j.path, len(all)+1)
		}
		all, previous = append(all, r), r.Chain
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %s, line %d: %w; restore the file from a backup", errJournal, j.path, len(all)+1, err)
	}
	return all, nil
}

// append adds a receipt and returns after it is on the disk.
func (j *journal) append(r Receipt) (Receipt, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all, err := j.read()
	if err != nil {
		return Receipt{}, err
	}
	for _, old := range all {
		if old.Batch == r.Batch {
			return old, nil
		}
	}
	r.Number, r.Previous = len(all)+1, ""
	if len(all) > 0 {
		r.Previous = all[len(all)-1].Chain
	}
	r.AcceptedAt = r.AcceptedAt.UTC().Truncate(time.Microsecond) // as the database keeps it
	r.Chain = r.chain()
	text, err := json.Marshal(r)
	if err != nil {
		return Receipt{}, err
	}
	if err := appendLine(j.path, text); err != nil {
		return Receipt{}, fmt.Errorf("write the journal of receipts: %w; the batch is stored and gets its receipt at the next start", err)
	}
	return r, nil
}

// Receipts returns every receipt after checking the chain.
func (s *Store) Receipts() ([]Receipt, error) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.read()
}

// ErrNotStored says that a batch cannot be read back after its commit.
var ErrNotStored = errors.New("the batch cannot be read back after its commit; nothing was receipted: send the file again")

// AppendReceipt gives a batch its receipt after reading the batch back on another connection than the one that wrote
// it; DuckDB may answer a commit with success and keep nothing. A batch that has a receipt keeps it.
func (s *Store) AppendReceipt(ctx context.Context, r Receipt) (Receipt, error) {
	err := s.Read(ctx, func(ctx context.Context, reader *Reader) error {
		var rows int64
		err := reader.Scan(ctx, []any{&rows}, `SELECT coalesce(max(row_count), -1) FROM batch WHERE batch_id = ? AND kind = ? AND sha256 = ? AND content_hash = ?`,
			int32(r.Batch), r.Kind, r.SHA256, r.ContentHash)
		if err == nil && rows != r.Rows {
			return ErrNotStored
		}
		return err
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("batch %d: %w", r.Batch, err)
	}
	return s.journal.append(r)
}

// Batches reads every accepted batch as the receipt it is due, without number and chain, in the order of acceptance.
func Batches(ctx context.Context, r *Reader) ([]Receipt, error) {
	rows, err := r.Query(ctx, `SELECT batch_id, kind, sha256, file_name, row_count, content_hash, accepted_at, coalesce(reading, ''), coalesce(left_out, 0)
		FROM batch LEFT JOIN batch_upload USING (batch_id) ORDER BY batch_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Receipt
	for rows.Next() {
		var b Receipt
		if err := rows.Scan(&b.Batch, &b.Kind, &b.SHA256, &b.FileName, &b.Rows, &b.ContentHash, &b.AcceptedAt, &b.Reading, &b.LeftOut); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// reconcile compares the journal with the database: a receipt without its batch stops the opening, a batch without a
// receipt (the program ended between commit and journal) gets it now.
func (s *Store) reconcile(ctx context.Context) error {
	receipts, err := s.Receipts()
	if err != nil {
		return err
	}
	var batches []Receipt
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		batches, err = Batches(ctx, r)
		return err
	})
	if err != nil {
		return err
	}
	missing, differing := lacking(receipts, batches)
	if missing = append(missing, differing...); len(missing) > 0 {
		return s.lacks(missing, len(receipts))
	}
	receipted := make(map[int]bool, len(receipts))
	for _, r := range receipts {
		receipted[r.Batch] = true
	}
	for _, b := range batches {
		if !receipted[b.Batch] {
			if _, err := s.AppendReceipt(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}
