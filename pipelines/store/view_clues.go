package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"pingxin/pipelines/clues"
)

// The states of a clue.
const (
	ClueOpen    = "open"    // nobody has looked
	ClueChanged = "changed" // its figures are others than those of the last verdict
	ClueWaiting = "waiting" // for a person: either of the two
)

// waiting is the condition that a clue waits for a person.
const waiting = "(verdict = '' OR judged_hash <> row_hash)"

// ClueFilter says which clues of the run to list; the zero value lists none: set Limit.
type ClueFilter struct {
	Search        string // part of the id or name of what it is about or concerns
	Rule          string // empty: all
	State         string // ClueOpen, ClueChanged, ClueWaiting or the last verdict; empty: all
	Purchaser     string
	Item          string
	Subject       string // what it is about
	Year          int
	Except        string       // id of a clue that is left out
	Without       []clues.Rule // rules that are left out
	Sort          string       // a key of ClueSorts; empty: those without a verdict first, then most money
	Descending    bool
	Limit, Offset int
}

// ClueSorts maps what a list of clues can be sorted by to its columns.
var ClueSorts = map[string]string{"rule": "rule", "subject": "subject", "n": "n", "amount": "amount_fen", "since": "first_run"}

// ClueRow is one clue with the names of whom it concerns, empty where none is on record.
type ClueRow struct {
	clues.Clue
	SubjectName, PurchaserName, SupplierName, ItemName string
	Hash                                               string // of its figures
	FirstRun                                           int    // that found it
	FirstOn                                            time.Time
	Ended                                              int           // first run that no longer found it; 0: the published one does
	Verdict                                            clues.Verdict // the last; empty: nobody has looked
	Changed                                            bool          // the figures are others than those of the last verdict
}

// State is the clue's place on its way.
func (c *ClueRow) State() string {
	switch {
	case c.Verdict == "":
		return ClueOpen
	case c.Changed:
		return ClueChanged
	}
	return string(c.Verdict)
}

func (f ClueFilter) where() (string, []any) {
	text, args := "true", []any{}
	for _, one := range []struct {
		condition, value string
	}{{"rule = ?", f.Rule}, {"purchaser_id = ?", f.Purchaser}, {"item_code = ?", f.Item}, {"subject = ?", f.Subject},
		{"clue_id <> ?", f.Except}} {
		if one.value != "" {
			text, args = text+" AND "+one.condition, append(args, one.value)
		}
	}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		text += ` AND contains(lower(concat_ws(' ', clue_id, subject, subject_name, purchaser_id, purchaser_name, supplier_id, supplier_name, item_code, item_name)), ?)`
		args = append(args, s)
	}
	if f.Year != 0 {
		text, args = text+" AND budget_year = ?", append(args, int32(f.Year))
	}
	switch f.State {
	case "":
	case ClueOpen:
		text += " AND verdict = ''"
	case ClueWaiting:
		text += " AND " + waiting
	case ClueChanged:
		text += " AND verdict <> '' AND judged_hash <> row_hash"
	default:
		text, args = text+" AND verdict = ?", append(args, f.State)
	}
	for _, rule := range f.Without {
		text, args = text+" AND rule <> ?", append(args, string(rule))
	}
	return text, args
}

func (f ClueFilter) order() string {
	column, known := ClueSorts[f.Sort]
	if !known {
		return " ORDER BY verdict <> '', amount_fen DESC, rule, clue_id LIMIT ? OFFSET ?"
	}
	if f.Descending {
		column += " DESC"
	}
	return " ORDER BY " + column + ", amount_fen DESC, rule, clue_id LIMIT ? OFFSET ?"
}

// named are the clues among some rows of the table clue, each with its names, its first run and its last verdict. The
// names of contracts are those of the run. What was found before is read by clue alone, so that a list costs its rows.
func (v *View) namedClues(among string) string {
	return v.with() + `, last AS (SELECT clue_id, arg_max(verdict, verdict_id) AS verdict, arg_max(row_hash, verdict_id) AS judged_hash FROM clue_verdict GROUP BY clue_id),
first AS (SELECT clue_id, min(from_run) AS first_run FROM clue GROUP BY clue_id),
found AS (SELECT clue.*, CASE WHEN clue.until_run <= ` + fmt.Sprint(v.Run.ID) + ` THEN clue.until_run ELSE 0 END AS ended, first_run, as_of AS first_on,
	coalesce(verdict, '') AS verdict, coalesce(judged_hash, '') AS judged_hash,
	coalesce(e.name, about.name, '') AS subject_name, coalesce(buyer.name, '') AS purchaser_name, coalesce(seller.name, '') AS supplier_name, coalesce(item.name, '') AS item_name
	FROM (SELECT *, CASE WHEN about = 'contract' THEN subject END AS contract_no, CASE WHEN about <> 'contract' THEN subject END AS org_id FROM clue WHERE ` + among + `) clue
	LEFT JOIN last USING (clue_id) LEFT JOIN first USING (clue_id) LEFT JOIN run ON run.run_id = first_run
	LEFT JOIN e ON e.contract_no = clue.contract_no LEFT JOIN org about ON about.org_id = clue.org_id LEFT JOIN org buyer ON buyer.org_id = clue.purchaser_id
	LEFT JOIN org seller ON seller.org_id = clue.supplier_id LEFT JOIN item ON item.item_code = clue.item_code)
`
}

// orNone are the numbers of a clue, NaN where it has none.
const orNone = `coalesce(seen, 'NaN'::DOUBLE), coalesce(line, 'NaN'::DOUBLE), coalesce(p_value, 'NaN'::DOUBLE)`

const clueColumns = `SELECT clue_id, rule, about, subject, coalesce(purchaser_id, ''), coalesce(supplier_id, ''), coalesce(item_code, ''), budget_year, n, ` + orNone + `,
	amount_fen, evidence, subject_name, purchaser_name, supplier_name, item_name, row_hash, first_run, first_on, ended, verdict, judged_hash <> row_hash FROM found WHERE `

func scanClue(rows *sql.Rows, c *ClueRow) error {
	var evidence string
	err := rows.Scan(&c.ID, &c.Rule, &c.About, &c.Subject, &c.Purchaser, &c.Supplier, &c.Item, &c.Year, &c.N, &c.Seen, &c.Line, &c.PValue, &c.AmountFen, &evidence,
		&c.SubjectName, &c.PurchaserName, &c.SupplierName, &c.ItemName, &c.Hash, &c.FirstRun, &c.FirstOn, &c.Ended, &c.Verdict, &c.Changed)
	if err != nil {
		return err
	}
	c.Changed = c.Changed && c.Verdict != ""
	c.Evidence, err = fromJSON[clues.Evidence]("evidence of a clue", evidence)
	return err
}

// ClueTotals are what a list of clues comes to.
type ClueTotals struct {
	Clues, Open int
	AmountFen   int64 // of their contracts, each clue for itself: two may be about one contract
}

// ClueTotals sums up the clues that match, whatever the page.
func (v *View) ClueTotals(ctx context.Context, f ClueFilter) (t ClueTotals, err error) {
	where, args := f.where()
	err = v.scan(ctx, []any{&t.Clues, &t.Open, &t.AmountFen}, v.namedClues(holds(v.Run.ID))+`SELECT count(*), count(*) FILTER (verdict = ''),
		coalesce(sum(amount_fen), 0)::BIGINT FROM found WHERE `+where, args...)
	if err != nil {
		return t, fmt.Errorf("count clues: %w", err)
	}
	return t, nil
}

// Clues lists clues of the run.
func (v *View) Clues(ctx context.Context, f ClueFilter) ([]ClueRow, error) {
	where, args := f.where()
	return list(ctx, v, "clues", v.namedClues(holds(v.Run.ID))+clueColumns+where+f.order(), append(args, f.Limit, f.Offset), scanClue)
}

// Clue reads one clue as the last run that found it has it.
func (v *View) Clue(ctx context.Context, id string) (ClueRow, error) {
	rows, err := list(ctx, v, "clue", v.namedClues(`clue_id = ? AND from_run <= `+fmt.Sprint(v.Run.ID))+clueColumns+`true ORDER BY from_run DESC LIMIT 1`, []any{id}, scanClue)
	return one(rows, err, "clue", id)
}

// CluesOf reads the clues of these ids, each as the last run that found it has it; none before the first run.
func CluesOf(ctx context.Context, r *Reader, ids []string) ([]ClueRow, error) {
	v, err := NewView(ctx, r, Everything)
	if len(ids) == 0 || errors.Is(err, ErrUnpublished) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return list(ctx, v, "clues of a case", v.namedClues(fmt.Sprintf(`clue_id IN %s AND from_run <= %d QUALIFY row_number() OVER (PARTITION BY clue_id ORDER BY from_run DESC) = 1`, among(ids), v.Run.ID))+
		clueColumns+`true ORDER BY clue_id`, nil, scanClue)
}

// ClueFigures are the figures of a clue in some runs.
type ClueFigures struct {
	FromRun, UntilRun int // UntilRun is 0 while they hold
	On                time.Time
	N                 int
	Seen, Line        float64
	Hash              string
}

// ClueHistory lists the figures that a clue has had, the latest first.
func (v *View) ClueHistory(ctx context.Context, id string) ([]ClueFigures, error) {
	text := fmt.Sprintf(`SELECT from_run, CASE WHEN until_run > %d THEN 0 ELSE until_run END, as_of, n, coalesce(seen, 'NaN'::DOUBLE), coalesce(line, 'NaN'::DOUBLE), row_hash FROM clue JOIN run ON run_id = from_run
		WHERE clue_id = ? AND from_run <= %d ORDER BY from_run DESC`, v.Run.ID, v.Run.ID)
	return list(ctx, v, "history of a clue", text, []any{id}, func(rows *sql.Rows, f *ClueFigures) error {
		return rows.Scan(&f.FromRun, &f.UntilRun, &f.On, &f.N, &f.Seen, &f.Line, &f.Hash)
	})
}

// ClueChoices are the values by which clues of the run can be filtered, with their numbers of clues.
func (v *View) ClueChoices(ctx context.Context) (Choices, error) {
	read := func(text string) ([]Choice, error) {
		return list(ctx, v, "filters of clues", v.namedClues(holds(v.Run.ID))+text, nil, func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
	}
	var c Choices
	var err error
	if c.Years, err = read(`SELECT budget_year::VARCHAR, budget_year::VARCHAR, count(*) FROM found WHERE budget_year > 0 GROUP BY budget_year ORDER BY budget_year DESC`); err != nil {
		return c, err
	}
	if c.Purchasers, err = read(`SELECT purchaser_id, coalesce(nullif(any_value(purchaser_name), ''), purchaser_id) AS name, count(*) FROM found WHERE purchaser_id IS NOT NULL
		GROUP BY purchaser_id ORDER BY name, purchaser_id`); err != nil {
		return c, err
	}
	c.Items, err = read(`SELECT item_code, coalesce(nullif(any_value(item_name), ''), item_code) AS name, count(*) FROM found WHERE item_code IS NOT NULL
		GROUP BY item_code ORDER BY name, item_code`)
	return c, err
}

// EvidenceRow is the row of a file that a piece of evidence comes from.
type EvidenceRow struct {
	Batch, Row int
	Text       string // what the row says that a list of evidence shows: a name, a value
}

// evidenceQueries find the rows of a kind of evidence: ? are its id and its note. Rows of the latest batch count.
var evidenceQueries = map[string]string{
	clues.AboutContract: `SELECT batch_id, row_no, coalesce(name, '') FROM contract WHERE contract_no = $1 AND $2 IS NOT NULL ORDER BY batch_id DESC LIMIT 1`,
	"payment": `SELECT p.batch_id, p.row_no, '' FROM payment p JOIN (SELECT DISTINCT contract_key FROM contract WHERE contract_no = $1) USING (contract_key)
		WHERE stage = $2 ORDER BY p.batch_id DESC LIMIT 1`,
	"complaint":        `SELECT batch_id, row_no, '' FROM complaint WHERE complaint_no = $1 AND $2 IS NOT NULL ORDER BY batch_id DESC LIMIT 1`,
	"narrative":        `SELECT batch_id, row_no, narrative FROM narrative WHERE contract_no = $1 AND author_id = $2 ORDER BY batch_id DESC LIMIT 1`,
	"staffed_function": `SELECT batch_id, row_no, function FROM staffed_function WHERE function = $1 AND concat(purchaser_id, '/', year) = $2 ORDER BY batch_id DESC LIMIT 1`,
	"organisation_contact": `SELECT batch_id, row_no, value FROM (SELECT *, row_number() OVER (PARTITION BY value ORDER BY batch_id DESC) AS age FROM organisation_contact
		WHERE org_id = $1 AND contact = $2) WHERE age = 1 ORDER BY value`,
}

// EvidenceRows finds the rows of files behind a piece of evidence; none for one that is no row, such as a rater.
func (v *View) EvidenceRows(ctx context.Context, e clues.Evidence) ([]EvidenceRow, error) {
	query, known := evidenceQueries[e.Kind]
	if !known {
		return nil, nil
	}
	return list(ctx, v, "rows of evidence", query, []any{e.ID, e.Note}, func(rows *sql.Rows, r *EvidenceRow) error { return rows.Scan(&r.Batch, &r.Row, &r.Text) })
}
