package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Fault is one thing that is wrong with an uploaded file.
type Fault struct {
	Row      int64  `json:"row"`    // as a spreadsheet counts: the header is row 1
	Column   string `json:"column"` // empty: the row as a whole
	Cause    string `json:"cause"`  // code by which faults are grouped
	Found    string `json:"found"`
	Expected string `json:"expected"`
	Mend     string `json:"mend"`
}

// MaxFaults is how many faults of a file are listed; all are counted.
const MaxFaults = 1000

// RefusedError says that a file was refused as a whole, and why; nothing of it was stored.
type RefusedError struct {
	Total  int
	Causes map[string]int // faults by cause
	Faults []Fault        // the first MaxFaults
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%d faults that show only beside what is stored", e.Total)
}

// Acceptance is a checked file on its way in.
type Acceptance struct {
	Kind     string
	FileName string
	File     Archived
}

// Accepted is a file that is in.
type Accepted struct {
	Receipt    Receipt
	Repeated   bool  // the same bytes were accepted before
	Superseded int64 // rows of earlier batches that these replace
}

// factKind is what Accept has to know of a kind: its natural key, its references and what its rows touch.
type factKind struct {
	key     []string // columns of the file
	refs    []reference
	touches string // query for the contracts that the staged rows touch: contract_key, last_on; empty: none
	last    string // column with the day of the evidence; empty: none
}

// reference says that a column names something that must exist.
type reference struct{ column, exists, expected string }

var (
	toContract = reference{"contract_no", `SELECT contract_no FROM contract`, "the number of an accepted contract"}
	toSupplier = reference{"supplier_id", `SELECT org_id FROM organisation WHERE kind = 'supplier'`, "the id of an accepted supplier"}
	ofContract = `SELECT DISTINCT c.contract_key, %s AS last_on FROM staging s JOIN contract c USING (contract_no)`
	// an event may have moved from one supplier to another: all that it was ever recorded against are touched
	ofSupplier     = `SELECT DISTINCT c.contract_key, CAST(NULL AS DATE) AS last_on FROM contract c JOIN credit_event USING (supplier_id) JOIN staging s USING (event_id)`
	purchaserExist = reference{"purchaser_id", `SELECT org_id FROM organisation WHERE kind = 'purchaser'`, "the id of an accepted purchaser"}
	itemExists     = reference{"item_code", `SELECT item_code FROM catalog_item`, "the code of an accepted catalogue item"}
)

var factKinds = map[string]factKind{
	"organisation":    {key: []string{"org_id"}},
	"catalog_item":    {key: []string{"item_code"}},
	"contract":        {key: []string{"contract_no"}, refs: []reference{purchaserExist, toSupplier, itemExists}, touches: ofContract},
	"score":           {key: []string{"contract_no", "indicator", "party", "evaluator_id"}, refs: []reference{toContract}, touches: ofContract, last: "scored_on"},
	"target":          {key: []string{"contract_no", "indicator"}, refs: []reference{toContract}, touches: ofContract},
	"progress":        {key: []string{"contract_no", "indicator", "as_of_on"}, refs: []reference{toContract}, touches: ofContract, last: "as_of_on"},
	"payment":         {key: []string{"contract_no", "stage"}, refs: []reference{toContract}, touches: ofContract, last: "paid_on"},
	"credit_event":    {key: []string{"event_id"}, refs: []reference{toSupplier, toContract}, touches: ofSupplier},
	"inspection":      {key: []string{"supplier_id", "year"}, refs: []reference{toSupplier}},
	"assessment_item": {key: []string{"supplier_id", "section", "item", "assessed_on"}, refs: []reference{toSupplier}},
}

// Accept stores the rows of a checked file as one batch, all or nothing, and gives it a receipt after reading the
// batch back. rows carry the kind's columns and row_no. Faults that show only beside what is stored come as a
// *RefusedError. The same bytes again give the receipt that they have.
func (s *Store) Accept(ctx context.Context, a Acceptance, rows array.RecordReader) (Accepted, error) {
	kind, known := factKinds[a.Kind]
	if !known {
		return Accepted{}, fmt.Errorf("found kind %q, expected one of the fact tables", a.Kind)
	}
	if old, found, err := s.receiptOf(ctx, a); err != nil || found {
		return Accepted{Receipt: old, Repeated: found}, err
	}
	if err := s.Room(4 * a.File.Bytes); err != nil {
		return Accepted{}, err
	}
	receipt := Receipt{Kind: a.Kind, SHA256: a.File.SHA256, FileName: a.FileName}
	var superseded int64
	repeated := false
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		var err error
		if receipt, repeated, err = batchOf(ctx, w, receipt); err != nil || repeated {
			return err
		}
		if err := stage(ctx, w, rows); err != nil {
			return err
		}
		if err := setFaults(ctx, w, kind); err != nil {
			return err
		}
		if err := w.Scan(ctx, []any{&receipt.Batch, &receipt.Rows}, `SELECT (SELECT coalesce(max(batch_id), 0) + 1 FROM batch), count(*) FROM staging`); err != nil {
			return err
		}
		if superseded, err = storeRows(ctx, w, a.Kind, receipt.Batch); err != nil {
			return err
		}
		if kind.touches != "" {
			last := "CAST(NULL AS DATE)"
			if kind.last != "" {
				last = "max(s." + kind.last + ") OVER (PARTITION BY c.contract_key)"
			}
			text := kind.touches
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, last)
			}
			if _, err := w.Exec(ctx, `INSERT INTO batch_contract SELECT `+fmt.Sprint(receipt.Batch)+`, contract_key, last_on FROM (`+text+`)`); err != nil {
				return err
			}
		}
		if receipt.ContentHash, err = verify(ctx, w, a.Kind, receipt); err != nil {
			return err
		}
		receipt.AcceptedAt = s.now().UTC()
		if _, err := w.Exec(ctx, `INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, int32(receipt.Batch), a.Kind, a.File.SHA256, a.FileName, receipt.Rows,
			receipt.ContentHash, superseded, receipt.AcceptedAt); err != nil {
			return err
		}
		return w.Audit(ctx, receipt.entry(superseded))
	})
	if err != nil {
		return Accepted{}, err
	}
	receipt, err = s.AppendReceipt(context.WithoutCancel(ctx), receipt) // what is stored gets its receipt
	return Accepted{Receipt: receipt, Repeated: repeated, Superseded: superseded}, err
}

// entry is what the audit log says of an accepted batch.
func (r Receipt) entry(superseded int64) AuditEntry {
	return AuditEntry{At: r.AcceptedAt, Action: UploadAccepted, Subject: fmt.Sprintf("batch:%d", r.Batch),
		Detail: fmt.Sprintf("%s, %d rows, %d replaced, sha256 %s, file %s", r.Kind, r.Rows, superseded, r.SHA256, r.FileName)}
}

// batchOf finds the batch of the same bytes that another upload stored since, or one whose receipt could not be
// written; without one it returns the receipt as it is.
func batchOf(ctx context.Context, w *Writer, r Receipt) (_ Receipt, found bool, err error) {
	old := r
	err = w.Scan(ctx, []any{&old.Batch, &old.FileName, &old.Rows, &old.ContentHash, &old.AcceptedAt},
		`SELECT batch_id, file_name, row_count, content_hash, accepted_at FROM batch WHERE kind = ? AND sha256 = ?`, r.Kind, r.SHA256)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return old, err == nil, err
}

// receiptOf finds the receipt of a file that was accepted before.
func (s *Store) receiptOf(ctx context.Context, a Acceptance) (Receipt, bool, error) {
	receipts, err := s.Receipts()
	if err != nil {
		return Receipt{}, false, err
	}
	for _, r := range receipts {
		if r.Kind == a.Kind && r.SHA256 == a.File.SHA256 {
			return r, true, nil
		}
	}
	return Receipt{}, false, nil
}

// sqlTypes are the types of staged columns.
var sqlTypes = map[arrow.Type]string{arrow.STRING: "VARCHAR", arrow.INT32: "INTEGER", arrow.INT64: "BIGINT", arrow.FLOAT64: "DOUBLE", arrow.DATE32: "DATE", arrow.BOOL: "BOOLEAN"}

// stage puts the rows into a table that only this transaction sees.
func stage(ctx context.Context, w *Writer, rows array.RecordReader) error {
	var columns []string
	for _, f := range rows.Schema().Fields() {
		columns = append(columns, f.Name+" "+sqlTypes[f.Type.ID()])
	}
	if _, err := w.Exec(ctx, `CREATE OR REPLACE TEMP TABLE staging (`+strings.Join(columns, ", ")+`)`); err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	_, err := w.Insert(ctx, "staging", rows)
	return err
}

// setFaults finds what is wrong with the staged rows taken together and beside what is stored; it returns nil or a
// *RefusedError, or what went wrong in looking.
func setFaults(ctx context.Context, w *Writer, kind factKind) error {
	refused := &RefusedError{Causes: map[string]int{}}
	key := strings.Join(kind.key, ", ")
	err := refused.find(ctx, w, fmt.Sprintf(`SELECT row_no, concat_ws(' / ', %s) AS found, first AS more
		FROM staging JOIN (SELECT %s, min(row_no) AS first FROM staging GROUP BY ALL HAVING count(*) > 1) USING (%s) WHERE row_no > first`, key, key, key), func(found, first string) Fault {
		return Fault{Column: key, Cause: "duplicate_key", Found: found + ", which row " + first + " has too", Expected: "one row for each " + key, Mend: "keep the right one of the rows"}
	})
	if err != nil {
		return err
	}
	for _, ref := range kind.refs {
		err := refused.find(ctx, w, fmt.Sprintf(`SELECT row_no, %s AS found, '' AS more FROM staging WHERE %s IS NOT NULL AND %s NOT IN (%s)`,
			ref.column, ref.column, ref.column, ref.exists), func(found, _ string) Fault {
			return Fault{Column: ref.column, Cause: "unknown_" + ref.column, Found: found, Expected: ref.expected, Mend: "correct it, or import what it names first"}
		})
		if err != nil {
			return err
		}
	}
	if refused.Total > 0 {
		return refused
	}
	return nil
}

// find adds a fault for each row of a query for row_no, found and more.
func (e *RefusedError) find(ctx context.Context, w *Writer, query string, fault func(found, more string) Fault) error {
	rows, err := w.Query(ctx, fmt.Sprintf(`SELECT row_no, found, more::VARCHAR, count(*) OVER () FROM (%s) ORDER BY row_no LIMIT %d`, query, MaxFaults))
	if err != nil {
		return fmt.Errorf("check rows: %w", err)
	}
	defer rows.Close()
	all := 0
	for rows.Next() {
		var row int64
		var found, more string
		if err := rows.Scan(&row, &found, &more, &all); err != nil {
			return err
		}
		f := fault(found, more)
		f.Row = row
		if len(e.Faults) < MaxFaults {
			e.Faults = append(e.Faults, f)
		}
		if e.Causes[f.Cause] == 0 {
			e.Causes[f.Cause] = all
			e.Total += all
		}
	}
	return rows.Err()
}

// storeRows moves the staged rows into their table and returns how many earlier rows they replace.
func storeRows(ctx context.Context, w *Writer, kind string, batch int) (superseded int64, err error) {
	var statements []string
	switch kind {
	case "score":
		return storeScores(ctx, w, batch)
	case "contract":
		statements = []string{
			// keys of new contracts go on from the highest of their budget year
			`CREATE OR REPLACE TEMP TABLE keyed AS SELECT s.*, coalesce(old.contract_key, (budget_year - 2000) * 4194304
				+ coalesce((SELECT max(contract_key) % 4194304 + 1 FROM contract c WHERE c.contract_key // 4194304 = s.budget_year - 2000), 0)
				+ row_number() OVER (PARTITION BY s.budget_year, old.contract_key IS NULL ORDER BY s.row_no) - 1)::INTEGER AS contract_key
			 FROM staging s LEFT JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) old USING (contract_no)`,
			fmt.Sprintf(`INSERT INTO contract BY NAME SELECT %d AS batch_id, * FROM keyed ORDER BY contract_key`, batch),
		}
	case "target", "progress", "payment":
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
		if column == "contract_no" && kind != "contract" {
			column = "contract_key"
		}
		key = append(key, column)
	}
	columns := strings.Join(key, ", ")
	err = w.Scan(ctx, []any{&n}, fmt.Sprintf(`SELECT count(*) FROM (SELECT %s FROM %s WHERE batch_id = %d) JOIN (SELECT DISTINCT %s FROM %s WHERE batch_id < %d) USING (%s)`,
		columns, kind, batch, columns, kind, batch, columns))
	return n, err
}

// storeScores gives new indicators and raters their keys, sets corrected scores aside and stores the new ones.
func storeScores(ctx context.Context, w *Writer, batch int) (superseded int64, err error) {
	for _, text := range []string{
		`INSERT INTO indicator SELECT (SELECT coalesce(max(indicator_key) + 1, 0) FROM indicator) + row_number() OVER (ORDER BY indicator) - 1, indicator
		 FROM (SELECT DISTINCT indicator FROM staging WHERE indicator NOT IN (SELECT indicator FROM indicator))`,
		`INSERT INTO rater SELECT (SELECT coalesce(max(rater_key) + 1, 0) FROM rater) + row_number() OVER (ORDER BY evaluator_id) - 1, evaluator_id
		 FROM (SELECT DISTINCT evaluator_id FROM staging s WHERE NOT EXISTS (SELECT 1 FROM rater r WHERE r.evaluator_id = s.evaluator_id))`,
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE keyed AS
		 SELECT k.contract_key, i.indicator_key, CASE s.party WHEN 'purchaser' THEN 1 WHEN 'recipient' THEN 2 ELSE 3 END::UTINYINT AS party, r.rater_key,
		        s.score_e4, s.scored_on, %d AS batch_id, s.row_no
		 FROM staging s JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) k USING (contract_no) JOIN indicator i USING (indicator) JOIN rater r USING (evaluator_id)`, batch),
	} {
		if _, err := w.Exec(ctx, text); err != nil {
			return 0, fmt.Errorf("store scores: %w", err)
		}
	}
	// A join by USING hands the range of the new keys down to the scan of the scores, which an EXISTS does not.
	if superseded, err = w.Exec(ctx, fmt.Sprintf(`INSERT INTO score_superseded SELECT score.*, %d FROM score
		SEMI JOIN keyed USING (contract_key, indicator_key, party, rater_key)`, batch)); err != nil {
		return 0, fmt.Errorf("set corrected scores aside: %w", err)
	}
	if superseded > 0 {
		if _, err := w.Exec(ctx, `DELETE FROM score USING keyed k WHERE k.contract_key = score.contract_key AND k.indicator_key = score.indicator_key
			AND k.party = score.party AND k.rater_key = score.rater_key`); err != nil {
			return 0, fmt.Errorf("set corrected scores aside: %w", err)
		}
	}
	_, err = w.Exec(ctx, `INSERT INTO score SELECT * FROM keyed ORDER BY contract_key, indicator_key, party, score_e4, row_no`)
	return superseded, err
}

// verify reads the stored rows back, compares their number with the file's and returns their content hash, which does
// not depend on their order.
func verify(ctx context.Context, w *Writer, kind string, r Receipt) (string, error) {
	var rows int64
	var hash string
	err := w.Scan(ctx, []any{&rows, &hash}, fmt.Sprintf(`SELECT count(*), printf('%%016x%%016x', coalesce(bit_xor(h), 0), coalesce(sum(h %% 4294967291), 0)::UBIGINT)
		FROM (SELECT hash(t) AS h FROM (SELECT * FROM %s WHERE batch_id = %d) t)`, kind, r.Batch))
	if err != nil {
		return "", fmt.Errorf("read the stored rows back: %w", err)
	}
	if rows != r.Rows {
		return "", fmt.Errorf("the file has %d rows and %d were stored; nothing is kept: run `pingxin doctor`", r.Rows, rows)
	}
	return hash, nil
}
