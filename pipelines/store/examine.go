package store

import (
	"context"
	"fmt"
)

// Examine compares the receipts with the batches, and the batches with their rows, and returns what does not fit, one
// sentence each; nil means sound. It reads every table once.
func Examine(ctx context.Context, r *Reader, receipts []Receipt) ([]string, error) {
	var findings []string
	for _, receipt := range receipts {
		var rows int64
		if err := r.Scan(ctx, []any{&rows}, `SELECT coalesce(max(row_count), -1) FROM batch WHERE batch_id = ? AND sha256 = ?`, int32(receipt.Batch), receipt.SHA256); err != nil {
			return nil, err
		}
		if rows != receipt.Rows {
			findings = append(findings, fmt.Sprintf("receipt %d (%s) says %d rows, its batch says %d (-1: no such batch)", receipt.Number, receipt.FileName, receipt.Rows, rows))
		}
	}
	for _, table := range factTables {
		more, err := shortBatches(ctx, r, table)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	for _, orphan := range []struct{ what, query string }{
		{"score rows without a contract", `SELECT count(*) FROM score WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"target rows without a contract", `SELECT count(*) FROM target WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"progress rows without a contract", `SELECT count(*) FROM progress WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"payment rows without a contract", `SELECT count(*) FROM payment WHERE contract_key NOT IN (SELECT contract_key FROM contract)`},
		{"score rows without an indicator", `SELECT count(*) FROM score WHERE indicator_key NOT IN (SELECT indicator_key FROM indicator)`},
	} {
		var n int64
		if err := r.Scan(ctx, []any{&n}, orphan.query); err != nil {
			return nil, err
		}
		if n > 0 {
			findings = append(findings, fmt.Sprintf("%d %s", n, orphan.what))
		}
	}
	return findings, nil
}

// factTables hold the rows of batches; a corrected score counts where it stands now.
var factTables = []string{"organisation", "catalog_item", "contract", "target", "progress", "payment", "credit_event", "inspection", "assessment_item", "score"}

// shortBatches names the batches of one kind that have another number of rows than they were accepted with.
func shortBatches(ctx context.Context, r *Reader, table string) ([]string, error) {
	source, kinds := table, quote(table)
	if table == "score" { // a withdrawal holds the scores that count again since
		source, kinds = "(SELECT batch_id FROM score UNION ALL SELECT batch_id FROM score_superseded)", kinds+", "+quote(withdrawalKind)
	}
	rows, err := r.Query(ctx, fmt.Sprintf(`SELECT b.batch_id, b.file_name, b.row_count, count(f.batch_id)
		FROM batch b LEFT JOIN %s f USING (batch_id) WHERE b.kind IN (%s) GROUP BY ALL HAVING count(f.batch_id) <> b.row_count ORDER BY 1`, source, kinds))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var findings []string
	for rows.Next() {
		var batch int
		var name string
		var want, have int64
		if err := rows.Scan(&batch, &name, &want, &have); err != nil {
			return nil, err
		}
		findings = append(findings, fmt.Sprintf("batch %d (%s %s) was accepted with %d rows and has %d", batch, table, name, want, have))
	}
	return findings, rows.Err()
}
