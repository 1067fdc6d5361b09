package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// The states of a link. Only an open one can be used; whether it has expired is read off its batch.
const (
	LinkOpen   = "open"
	LinkUsed   = "used"
	LinkVoid   = "void"   // taken back, because it was lost or replaced
	LinkClosed = "closed" // its survey was closed before it was used
)

// SurveyIssue is one batch of links that was made for one contract.
type SurveyIssue struct {
	ID         int
	ContractNo string
	Label      string // of the sampling frame
	Channel    string
	Frame      int // people in the frame; 0: not known
	Links      int
	IssuedOn   time.Time
	ExpiresOn  time.Time // last day on which its links can be used
	IssuedBy   string    // name, as pages show it
	Reminders  int

	// How many of the links are in each state, as read; not written.
	Open, Used, Void, Closed int
}

// SurveyLink is one link with what its holder is asked about.
type SurveyLink struct {
	Issue      int
	ContractNo string
	Nonce      string
	State      string
	ExpiresOn  time.Time
	Closed     bool   // the evaluation of its contract is closed
	Contract   string // name, or its number where it has none
	Supplier   string
	Purchaser  string
}

// SurveyAnswer is what one sheet says of one indicator.
type SurveyAnswer struct {
	ContractNo  string
	EvaluatorID string
	Indicator   string
	ScoreE4     int32
	AnsweredOn  time.Time
}

// LinkSecret is what the store keeps of a new link.
type LinkSecret struct{ TokenHash, Nonce string }

// AddSurveyIssue stores a batch of links and returns its number.
func (w *Writer) AddSurveyIssue(ctx context.Context, issue SurveyIssue, links []LinkSecret) (id int, err error) {
	if err := w.Scan(ctx, []any{&id}, `SELECT coalesce(max(issue_id), 0) + 1 FROM survey_issue`); err != nil {
		return 0, fmt.Errorf("number a batch of links: %w", err)
	}
	if _, err := w.Exec(ctx, `INSERT INTO survey_issue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, int32(id), issue.ContractNo, issue.Label, issue.Channel,
		int32(issue.Frame), int32(len(links)), issue.IssuedOn, issue.ExpiresOn, issue.IssuedBy); err != nil {
		return 0, fmt.Errorf("store a batch of links: %w", err)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "issue_id", Type: arrow.PrimitiveTypes.Int32}, {Name: "token_hash", Type: arrow.BinaryTypes.String},
		{Name: "nonce", Type: arrow.BinaryTypes.String}, {Name: "state", Type: arrow.BinaryTypes.String}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, link := range links {
		b.Field(0).(*array.Int32Builder).Append(int32(id))
		b.Field(1).(*array.StringBuilder).Append(link.TokenHash)
		b.Field(2).(*array.StringBuilder).Append(link.Nonce)
		b.Field(3).(*array.StringBuilder).Append(LinkOpen)
	}
	return id, w.insertRecord(ctx, "survey_link", schema, b)
}

// insertRecord inserts what a builder holds.
func (w *Writer) insertRecord(ctx context.Context, table string, schema *arrow.Schema, b *array.RecordBuilder) error {
	batch := b.NewRecordBatch()
	defer batch.Release()
	rows, err := array.NewRecordReader(schema, []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer rows.Release()
	_, err = w.Insert(ctx, table, rows)
	return err
}

// SurveyLink reads the link whose token has the hash; found is false when there is none.
func (r *Reader) SurveyLink(ctx context.Context, tokenHash string) (link SurveyLink, found bool, err error) {
	err = r.Scan(ctx, []any{&link.Issue, &link.ContractNo, &link.Nonce, &link.State, &link.ExpiresOn},
		`SELECT issue_id, contract_no, nonce, state, expires_on FROM survey_link JOIN survey_issue USING (issue_id) WHERE token_hash = ?`, tokenHash)
	if errors.Is(err, sql.ErrNoRows) {
		return link, false, nil
	}
	if err != nil {
		return link, false, fmt.Errorf("read a link: %w", err)
	}
	err = r.Scan(ctx, []any{&link.Contract, &link.Supplier, &link.Purchaser, &link.Closed}, `SELECT coalesce(c.name, c.contract_no),
		coalesce((SELECT arg_max(name, batch_id) FROM organisation WHERE org_id = c.supplier_id), c.supplier_id),
		coalesce((SELECT arg_max(name, batch_id) FROM organisation WHERE org_id = c.purchaser_id), c.purchaser_id),
		c.contract_no IN (`+closedContracts+`)
		FROM contract c WHERE c.contract_no = ? ORDER BY c.batch_id DESC, c.row_no DESC LIMIT 1`, link.ContractNo)
	if errors.Is(err, sql.ErrNoRows) {
		return link, false, nil
	}
	if err != nil {
		return link, false, fmt.Errorf("read a link's contract: %w", err)
	}
	return link, true, nil
}

// UseSurveyLink ends an open link, forgets what joined it to its answer, and stores the answer in its place. It returns
// false, and stores nothing, when the link is not open.
func (w *Writer) UseSurveyLink(ctx context.Context, tokenHash string, answers []SurveyAnswer) (used bool, err error) {
	n, err := w.Exec(ctx, `UPDATE survey_link SET state = 'used', nonce = '' WHERE token_hash = ? AND state = 'open'`, tokenHash)
	if err != nil || n != 1 {
		return false, err
	}
	for _, a := range answers {
		if _, err := w.Exec(ctx, `INSERT INTO survey_answer VALUES (?, ?, ?, ?, ?, 0)`, a.ContractNo, a.EvaluatorID, a.Indicator, a.ScoreE4, a.AnsweredOn); err != nil {
			return false, fmt.Errorf("store an answer: %w", err)
		}
	}
	return true, nil
}

// EndSurveyLinks ends the open links of a contract, or of one batch of it where issue is not 0, and returns their number.
func (w *Writer) EndSurveyLinks(ctx context.Context, contractNo string, issue int, state string) (int, error) {
	n, err := w.Exec(ctx, `UPDATE survey_link SET state = ?, nonce = '' WHERE state = 'open'
		AND issue_id IN (SELECT issue_id FROM survey_issue WHERE contract_no = ? AND (? = 0 OR issue_id = ?))`, state, contractNo, int32(issue), int32(issue))
	if err != nil {
		return 0, fmt.Errorf("end links: %w", err)
	}
	return int(n), nil
}

// RemindSurvey counts a reminder that went to the holders of a batch of links; false when the contract has no such batch.
func (w *Writer) RemindSurvey(ctx context.Context, contractNo string, issue int) (bool, error) {
	n, err := w.Exec(ctx, `UPDATE survey_issue SET reminders = reminders + 1 WHERE contract_no = ? AND issue_id = ?`, contractNo, int32(issue))
	if err != nil {
		return false, fmt.Errorf("count a reminder: %w", err)
	}
	return n == 1, nil
}

// FixSurveyCollection gives every answer that is in none a collection of its own, and returns the numbers of all
// collections, in order: those that an earlier attempt left behind before the new one. Answers of contracts that are not
// there wait.
func (w *Writer) FixSurveyCollection(ctx context.Context) ([]int, error) {
	if _, err := w.Exec(ctx, `UPDATE survey_answer SET collection = (SELECT coalesce(max(collection), 0) + 1 FROM survey_answer)
		WHERE collection = 0 AND contract_no IN (SELECT contract_no FROM contract)`); err != nil {
		return nil, fmt.Errorf("fix what is collected: %w", err)
	}
	rows, err := w.Query(ctx, `SELECT DISTINCT collection FROM survey_answer WHERE collection > 0 ORDER BY collection`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}

// SurveyCollection reads the answers of a collection in an order that has nothing to do with that of answering.
func (r *Reader) SurveyCollection(ctx context.Context, collection int) ([]SurveyAnswer, error) {
	rows, err := r.Query(ctx, `SELECT contract_no, evaluator_id, indicator, score_e4, answered_on FROM survey_answer WHERE collection = ?
		ORDER BY contract_no, evaluator_id, indicator`, int32(collection))
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	defer rows.Close()
	var all []SurveyAnswer
	for rows.Next() {
		var a SurveyAnswer
		if err := rows.Scan(&a.ContractNo, &a.EvaluatorID, &a.Indicator, &a.ScoreE4, &a.AnsweredOn); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// DropSurveyCollection removes the answers of a collection, once a batch of scores holds them.
func (w *Writer) DropSurveyCollection(ctx context.Context, collection int) error {
	_, err := w.Exec(ctx, `DELETE FROM survey_answer WHERE collection = ?`, int32(collection))
	return err
}

// SurveyWaiting is the number of sheets that no batch of scores holds yet.
func (r *Reader) SurveyWaiting(ctx context.Context) (n int, err error) {
	err = r.Scan(ctx, []any{&n}, `SELECT count(DISTINCT evaluator_id) FROM survey_answer`)
	return n, err
}
