package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// The errors of a withdrawal.
var (
	ErrNoBatch    = errors.New("no such batch")
	ErrWithdrawn  = errors.New("the batch is withdrawn already")
	ErrOnlyScores = errors.New("only a batch of scores can be withdrawn; other facts are corrected by a new file that replaces them")
)

// withdrawalKind is the kind of the batch that a withdrawal is.
const withdrawalKind = "withdrawal"

// Withdrawal is what is archived of a withdrawal.
type Withdrawal struct {
	Batch   int    `json:"batch"`
	SHA256  string `json:"sha256"` // of the withdrawn batch's file
	Reason  string `json:"reason"`
	Account string `json:"account"`
}

// Withdraw takes a batch of scores back: from the withdrawal on they do not count, and those that they had replaced count
// again. Earlier nights come out as they did, because a withdrawal is a batch with a number and a receipt of its own,
// which scores leave and enter at that number like those of any other batch. by says who; the reason must not be empty.
func (s *Store) Withdraw(ctx context.Context, batch int, by Uploader, reason string) (Receipt, error) {
	if strings.TrimSpace(reason) == "" {
		return Receipt{}, errors.New("found no reason, expected why the batch is withdrawn: write a sentence")
	}
	d := Withdrawal{Batch: batch, Reason: reason, Account: by.Account}
	err := s.Read(ctx, func(ctx context.Context, r *Reader) error {
		var err error
		d.SHA256, err = withdrawable(ctx, r, batch)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return Receipt{}, err
	}
	archived, err := s.Archive(ctx, bytes.NewReader(append(text, '\n')))
	if err != nil {
		return Receipt{}, err
	}
	return s.withdraw(ctx, d, archived.SHA256, by, nil)
}

// withdraw stores an archived withdrawal. With again it must come to that receipt and gets no other.
func (s *Store) withdraw(ctx context.Context, d Withdrawal, sha256 string, by Uploader, again *Receipt) (Receipt, error) {
	receipt := Receipt{Kind: withdrawalKind, SHA256: sha256, FileName: fmt.Sprintf("withdrawal-%d.json", d.Batch)}
	err := s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if _, err := withdrawable(ctx, &w.Reader, d.Batch); err != nil { // another may have been faster
			return err
		}
		if err := w.Scan(ctx, []any{&receipt.Batch}, `SELECT max(batch_id) + 1 FROM batch`); err != nil {
			return err
		}
		var err error
		if receipt.Rows, err = restoreScores(ctx, w, d.Batch, receipt.Batch); err != nil {
			return fmt.Errorf("withdraw batch %d: %w", d.Batch, err)
		}
		if receipt.ContentHash, err = verify(ctx, w, "score", receipt); err != nil {
			return err
		}
		return s.noteBatch(ctx, w, &receipt, again, 0, by, d.Reason)
	})
	if err != nil || again != nil {
		return receipt, err
	}
	return s.AppendReceipt(context.WithoutCancel(ctx), receipt)
}

// withdrawAgain brings an archived withdrawal in again.
func (s *Store) withdrawAgain(ctx context.Context, f Again) error {
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return err
	}
	var d Withdrawal
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	_, err = s.withdraw(ctx, d, f.Receipt.SHA256, Uploader{Account: d.Account}, &f.Receipt)
	return err
}

// withdrawable returns the hash of a batch that can be withdrawn, or why it cannot.
func withdrawable(ctx context.Context, r *Reader, batch int) (sha256 string, err error) {
	var kind string
	var withdrawn bool
	err = r.Scan(ctx, []any{&kind, &sha256, &withdrawn}, `SELECT kind, sha256, batch_id IN (SELECT withdrawn FROM withdrawal) FROM batch WHERE batch_id = ?`, int32(batch))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", fmt.Errorf("batch %d: %w", batch, ErrNoBatch)
	case err != nil:
		return "", fmt.Errorf("batch %d: %w", batch, err)
	case kind != "score":
		return "", fmt.Errorf("batch %d (%s): %w", batch, kind, ErrOnlyScores)
	case withdrawn:
		return "", fmt.Errorf("batch %d: %w", batch, ErrWithdrawn)
	}
	return sha256, nil
}

// IsWithdrawn says whether a batch was withdrawn.
func (s *Store) IsWithdrawn(ctx context.Context, batch int) (withdrawn bool, err error) {
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		return r.Scan(ctx, []any{&withdrawn}, `SELECT ? IN (SELECT withdrawn FROM withdrawal)`, int32(batch))
	})
	return withdrawn, err
}

// restoreScores sets the standing scores of a batch aside as of the withdrawal, puts the latest earlier version that was
// not withdrawn in the place of each that has one, and returns how many.
func restoreScores(ctx context.Context, w *Writer, batch, withdrawal int) (restored int64, err error) {
	const key = "contract_key, indicator_key, party, rater_key"
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO withdrawal VALUES (%d, %d)`, withdrawal, batch),
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE taken AS SELECT * FROM score WHERE batch_id = %d
			UNION ALL SELECT * FROM score SEMI JOIN (SELECT batch_id, %s FROM score_restored WHERE origin_batch = %d) USING (batch_id, %s)`, batch, key, batch, key),
		fmt.Sprintf(`INSERT INTO score_superseded SELECT taken.*, %d FROM taken`, withdrawal),
		`DELETE FROM score USING taken k WHERE k.contract_key = score.contract_key AND k.indicator_key = score.indicator_key
			AND k.party = score.party AND k.rater_key = score.rater_key`,
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE earlier AS SELECT * EXCLUDE (nth) FROM (
			SELECT *, row_number() OVER (PARTITION BY %s ORDER BY batch_id DESC) AS nth FROM score_superseded SEMI JOIN taken USING (%s)
			WHERE batch_id IN (SELECT batch_id FROM batch WHERE kind = 'score') AND batch_id NOT IN (SELECT withdrawn FROM withdrawal)) WHERE nth = 1`, key, key),
		fmt.Sprintf(`INSERT INTO score_restored SELECT %d, %s, batch_id FROM earlier`, withdrawal, key),
		fmt.Sprintf(`INSERT INTO batch_contract SELECT %d, contract_key, max(earlier.scored_on) FROM taken LEFT JOIN earlier USING (%s) GROUP BY contract_key`, withdrawal, key),
	} {
		if _, err := w.Exec(ctx, text); err != nil {
			return 0, err
		}
	}
	return w.Exec(ctx, fmt.Sprintf(`INSERT INTO score SELECT %s, score_e4, scored_on, %d, row_no FROM earlier ORDER BY %s, score_e4`, key, withdrawal, key))
}
