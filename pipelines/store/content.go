package store

import (
	"context"
	"fmt"
	"strings"
)

// hashOfRows combines hashes h of rows into a text that does not depend on their order.
const hashOfRows = `printf('%016x%016x', coalesce(bit_xor(h), 0), coalesce(sum(h % 4294967291), 0)::UBIGINT)`

// rowsOfKind selects every row that batches of a kind brought, in the columns that their content hash was taken of; a
// corrected score counts where it stands now.
func rowsOfKind(kind string) string {
	if kind == "score" {
		return `SELECT * FROM score UNION ALL SELECT * EXCLUDE (by_batch) FROM score_superseded`
	}
	return `SELECT * FROM ` + kind
}

// batchContent is what the rows of a batch come to now.
type batchContent struct {
	rows int64
	hash string
}

// contentOfBatches reads all rows of all batches and returns what they come to, by batch.
func contentOfBatches(ctx context.Context, r *Reader) (map[int]batchContent, error) {
	found := map[int]batchContent{}
	for _, kind := range factTables {
		rows, err := r.Query(ctx, fmt.Sprintf(`SELECT batch_id, count(*), %s FROM (SELECT batch_id, hash(t) AS h FROM (%s) t) GROUP BY batch_id`, hashOfRows, rowsOfKind(kind)))
		if err != nil {
			return nil, fmt.Errorf("read all rows of %s: %w", kind, err)
		}
		for rows.Next() {
			var batch int
			var c batchContent
			if err := rows.Scan(&batch, &c.rows, &c.hash); err != nil {
				rows.Close()
				return nil, err
			}
			found[batch] = c
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read all rows of %s: %w", kind, clean(err))
		}
	}
	return found, nil
}

// compareContent reads every row and returns the receipts whose batch is not there. A batch that is there with other rows
// than it was accepted with is an error.
func compareContent(ctx context.Context, r *Reader, receipts []Receipt) (missing []Receipt, err error) {
	batches, err := Batches(ctx, r)
	if err != nil {
		return nil, err
	}
	missing, differing := lacking(receipts, batches)
	if len(differing) > 0 {
		return nil, fmt.Errorf("batches that differ from their receipts: %s", named(differing))
	}
	findings, err := differingBatches(ctx, r, batches)
	if err == nil && len(findings) > 0 {
		err = fmt.Errorf("rows differ from what was accepted: %s", strings.Join(findings, "; "))
	}
	return missing, err
}

// lacking compares receipts with batches: those whose batch is not there, and those whose batch is another.
func lacking(receipts, batches []Receipt) (missing, differing []Receipt) {
	stored := make(map[int]Receipt, len(batches))
	for _, b := range batches {
		stored[b.Batch] = b
	}
	for _, r := range receipts {
		switch b, ok := stored[r.Batch]; {
		case !ok:
			missing = append(missing, r)
		case b.SHA256 != r.SHA256 || b.Rows != r.Rows || b.ContentHash != r.ContentHash:
			differing = append(differing, r)
		}
	}
	return missing, differing
}

// differingBatches names the batches whose rows are not those that were accepted, one sentence each.
func differingBatches(ctx context.Context, r *Reader, batches []Receipt) (findings []string, err error) {
	found, err := contentOfBatches(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, b := range batches {
		switch c := found[b.Batch]; {
		case c.rows != b.Rows:
			findings = append(findings, fmt.Sprintf("batch %d (%s %s) was accepted with %d rows and has %d", b.Batch, b.Kind, b.FileName, b.Rows, c.rows))
		case b.Rows > 0 && c.hash != b.ContentHash:
			findings = append(findings, fmt.Sprintf("batch %d (%s %s) has other values than it was accepted with", b.Batch, b.Kind, b.FileName))
		}
	}
	return findings, nil
}

// TableHash is what a table holds, whatever the order of its rows.
type TableHash struct {
	Rows int64  `json:"rows"`
	Hash string `json:"hash"`
}

// hashTables reads every table of the database.
func hashTables(ctx context.Context, r *Reader) (map[string]TableHash, error) {
	names, err := tableNames(ctx, r)
	if err != nil {
		return nil, err
	}
	all := map[string]TableHash{}
	for _, name := range names {
		var h TableHash
		if err := r.Scan(ctx, []any{&h.Rows, &h.Hash}, fmt.Sprintf(`SELECT count(*), %s FROM (SELECT hash(t) AS h FROM (SELECT * FROM "%s") t)`, hashOfRows, name)); err != nil {
			return nil, fmt.Errorf("read table %s: %w", name, err)
		}
		all[name] = h
	}
	return all, nil
}

func tableNames(ctx context.Context, r *Reader) (names []string, err error) {
	rows, err := r.Query(ctx, `SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
