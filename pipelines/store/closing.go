package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Closing says that the evaluation of contracts is closed, or open again, from a day on. Scores for a closed contract are
// refused; what was accepted before stays.
type Closing struct {
	Contracts []string // their numbers
	On        time.Time
	Account   string    // who closes or opens
	Reason    string    // must not be empty
	At        time.Time // when this is noted
}

// closedContracts is the query for the numbers of contracts whose evaluation is closed.
const closedContracts = `SELECT contract_no FROM (SELECT contract_no, arg_max(closed, entry) AS closed FROM contract_closing GROUP BY contract_no) WHERE closed`

// CloseContracts closes the evaluation of contracts and returns how many were open. A number that no contract has is an
// error, and nothing is closed.
func CloseContracts(ctx context.Context, w *Writer, c Closing) (int64, error) {
	return noteClosing(ctx, w, c, true)
}

// ReopenContracts opens the evaluation of contracts again and returns how many were closed.
func ReopenContracts(ctx context.Context, w *Writer, c Closing) (int64, error) {
	return noteClosing(ctx, w, c, false)
}

func noteClosing(ctx context.Context, w *Writer, c Closing, closed bool) (int64, error) {
	if strings.TrimSpace(c.Reason) == "" {
		return 0, errors.New("found no reason, expected why the evaluation is closed or opened: write a sentence")
	}
	quoted := make([]string, len(c.Contracts))
	for i, number := range c.Contracts {
		quoted[i] = "(" + quote(number) + ")"
	}
	if len(quoted) == 0 {
		return 0, nil
	}
	given := `(VALUES ` + strings.Join(quoted, ", ") + `) AS given(contract_no)`
	var unknown int
	if err := w.Scan(ctx, []any{&unknown}, `SELECT count(*) FROM `+given+` WHERE contract_no NOT IN (SELECT contract_no FROM contract)`); err != nil {
		return 0, fmt.Errorf("close or open contracts: %w", err)
	}
	if unknown > 0 {
		return 0, fmt.Errorf("%d of the %d contract numbers are of no accepted contract: correct them", unknown, len(c.Contracts))
	}
	not := ""
	if closed {
		not = "NOT "
	}
	changed, err := w.Exec(ctx, `INSERT INTO contract_closing SELECT (SELECT coalesce(max(entry), 0) FROM contract_closing) + row_number() OVER (ORDER BY contract_no),
		contract_no, ?, ?, ?, ?, ? FROM (SELECT DISTINCT contract_no FROM `+given+`) WHERE contract_no `+not+`IN (`+closedContracts+`)`,
		closed, c.On, c.Account, c.Reason, c.At.UTC())
	if err != nil {
		return 0, fmt.Errorf("close or open contracts: %w", err)
	}
	return changed, nil
}

// ClosedOn is the day on which the evaluation of a contract was closed; the zero time while it is open.
func (v *View) ClosedOn(ctx context.Context, contractNo string) (time.Time, error) {
	there, err := v.among(ctx, contractNo, `SELECT DISTINCT contract_no FROM contract_closing ORDER BY contract_no`)
	if err != nil || !there {
		return time.Time{}, err
	}
	days, err := list(ctx, v, "closing of "+contractNo, `SELECT arg_max(on_day, entry) FROM contract_closing WHERE contract_no = ? GROUP BY contract_no HAVING arg_max(closed, entry)`,
		[]any{contractNo}, func(rows *sql.Rows, day *time.Time) error { return rows.Scan(day) })
	if err != nil || len(days) == 0 {
		return time.Time{}, err
	}
	return days[0], nil
}
