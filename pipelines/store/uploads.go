package store

import (
	"context"
	"fmt"
	"time"
)

// BatchRecord is one accepted batch as the history of uploads shows it.
type BatchRecord struct {
	Batch       int       `json:"batch"`
	Kind        string    `json:"kind"`
	FileName    string    `json:"file_name"`
	SHA256      string    `json:"sha256"`
	Rows        int64     `json:"rows"`
	Superseded  int64     `json:"superseded"` // rows of earlier batches that it replaced
	AcceptedAt  time.Time `json:"accepted_at"`
	Account     string    `json:"account"`  // empty: the operator at the console
	Uploader    string    `json:"uploader"` // name of the account then
	Reason      string    `json:"reason"`
	LeftOut     int64     `json:"left_out"`     // rows of the file that were not accepted
	WithdrawnBy int       `json:"withdrawn_by"` // batch of its withdrawal; 0: it stands
	Withdraws   int       `json:"withdraws"`    // batch that this one withdraws; 0: it brings rows
}

// HistoryPage says which part of the history of batches to read.
type HistoryPage struct {
	Account string // of whom; empty: of everybody
	Kind    string // empty: every kind
	Before  int    // batches with smaller numbers; 0: from the latest on
	Limit   int
}

// History reads batches with who brought them, the latest first.
func History(ctx context.Context, r *Reader, p HistoryPage) ([]BatchRecord, error) {
	rows, err := r.Query(ctx, `SELECT b.batch_id, kind, file_name, sha256, row_count, superseded, accepted_at, coalesce(account, ''), coalesce(name, ''), coalesce(reason, ''),
		coalesce(left_out, 0), coalesce(taken.batch_id, 0), coalesce(takes.withdrawn, 0)
		FROM batch b LEFT JOIN batch_upload USING (batch_id) LEFT JOIN withdrawal taken ON taken.withdrawn = b.batch_id LEFT JOIN withdrawal takes ON takes.batch_id = b.batch_id
		WHERE ($1 = '' OR account = $1) AND ($2 = '' OR kind = $2) AND ($3 = 0 OR b.batch_id < $3) ORDER BY b.batch_id DESC LIMIT $4`,
		p.Account, p.Kind, int32(p.Before), int64(p.Limit))
	if err != nil {
		return nil, fmt.Errorf("read the history of batches: %w", err)
	}
	defer rows.Close()
	var all []BatchRecord
	for rows.Next() {
		var b BatchRecord
		if err := rows.Scan(&b.Batch, &b.Kind, &b.FileName, &b.SHA256, &b.Rows, &b.Superseded, &b.AcceptedAt, &b.Account, &b.Uploader, &b.Reason, &b.LeftOut, &b.WithdrawnBy, &b.Withdraws); err != nil {
			return nil, fmt.Errorf("read the history of batches: %w", err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}
