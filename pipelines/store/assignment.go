package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"pingxin/scoring"
)

// What an evaluator declared of an assignment.
const (
	Undeclared = ""
	NoConflict = "none"
	Conflict   = "conflict"
)

// Assignment is a contract given to an evaluator.
type Assignment struct {
	ContractNo, Evaluator string
	DueOn                 time.Time // by which scores are expected; zero: none
	AssignedAt            time.Time
	Declared              string // Undeclared, NoConflict or Conflict
	Reason                string // what the conflict is
	DeclaredAt            time.Time
	EndedAt               time.Time // zero: stands

	// Of the contract and the evaluator, as their latest batches have them.
	Name, EvaluatorName, Purchaser, Supplier string
	EndOn                                    time.Time
	Scored                                   bool // the evaluator scored it
}

// AssignmentFilter says which assignments to list; the zero value lists none: set Limit.
type AssignmentFilter struct {
	Evaluator string // organisation; empty: all
	State     string // a key of assignmentStates; empty: all that stand
	Limit     int
	Offset    int
}

// The states of an assignment by which it can be looked for.
const (
	AwaitsDeclaration = "undeclared"
	AwaitsScores      = "unscored"
	HasScores         = "scored"
	InConflict        = "conflict"
)

var assignmentStates = map[string]string{
	"":                "ended_at IS NULL",
	AwaitsDeclaration: "ended_at IS NULL AND declared = ''",
	AwaitsScores:      "ended_at IS NULL AND declared = 'none' AND NOT scored",
	HasScores:         "ended_at IS NULL AND declared = 'none' AND scored",
	InConflict:        "declared = 'conflict'",
}

// latestContract and latestOrganisation are the facts as their latest batches have them.
const (
	latestContract     = `(SELECT * FROM contract ` + latestOfContract + `)`
	latestOfContract   = `QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY batch_id DESC, row_no DESC) = 1`
	latestOrganisation = `(SELECT org_id, arg_max(name, batch_id) AS name, arg_max(kind, batch_id) AS kind FROM organisation GROUP BY org_id)`
)

// assigned names what an assignment is about, and says whether its evaluator scored it.
var assigned = fmt.Sprintf(`WITH given AS (SELECT DISTINCT contract_key, evaluator_id FROM score JOIN rater USING (rater_key)
		WHERE party = %d AND evaluator_id IN (SELECT evaluator_org FROM assignment)),
	c AS (SELECT * FROM contract WHERE contract_no IN (SELECT contract_no FROM assignment) `+latestOfContract+`),
	o AS (SELECT org_id, arg_max(name, batch_id) AS name FROM organisation
		WHERE org_id IN (SELECT evaluator_org FROM assignment UNION ALL SELECT purchaser_id FROM c UNION ALL SELECT supplier_id FROM c) GROUP BY org_id),
	a AS (SELECT assignment.*, coalesce(c.name, '') AS name, coalesce(e.name, evaluator_org) AS evaluator_name, coalesce(p.name, c.purchaser_id, '') AS purchaser,
		coalesce(s.name, c.supplier_id, '') AS supplier, c.end_on, given.evaluator_id IS NOT NULL AS scored
	FROM assignment LEFT JOIN c USING (contract_no) LEFT JOIN o e ON e.org_id = evaluator_org LEFT JOIN o p ON p.org_id = c.purchaser_id LEFT JOIN o s ON s.org_id = c.supplier_id
	LEFT JOIN given ON given.contract_key = c.contract_key AND given.evaluator_id = evaluator_org)
`, scoring.ThirdParty)

// Assignments lists assignments, those due first in front, and says how many match.
func Assignments(ctx context.Context, r *Reader, f AssignmentFilter) ([]Assignment, int, error) {
	state, known := assignmentStates[f.State]
	if !known {
		return nil, 0, fmt.Errorf("state of an assignment: found %q", f.State)
	}
	where := ` FROM a WHERE ` + state + ` AND (? = '' OR evaluator_org = ?)`
	var total int
	if err := scanFrom(ctx, r, []any{&total}, assigned+`SELECT count(*)`+where, f.Evaluator, f.Evaluator); err != nil {
		return nil, 0, fmt.Errorf("count assignments: %w", err)
	}
	all, err := listFrom(ctx, r, "assignments", assigned+`SELECT contract_no, evaluator_org, due_on, assigned_at, declared, reason, declared_at, ended_at, name,
		evaluator_name, purchaser, supplier, end_on, scored`+where+` ORDER BY due_on NULLS LAST, contract_no, evaluator_org LIMIT ? OFFSET ?`, scanAssignment,
		f.Evaluator, f.Evaluator, f.Limit, f.Offset)
	return all, total, err
}

func scanAssignment(rows *sql.Rows, a *Assignment) error {
	var due, declared, ended, end sql.NullTime
	err := rows.Scan(&a.ContractNo, &a.Evaluator, &due, &a.AssignedAt, &a.Declared, &a.Reason, &declared, &ended, &a.Name, &a.EvaluatorName, &a.Purchaser,
		&a.Supplier, &end, &a.Scored)
	a.DueOn, a.DeclaredAt, a.EndedAt, a.EndOn = due.Time, declared.Time, ended.Time, end.Time
	return err
}

// ContractFilter says which contracts to list for assigning; the zero value lists none: set Limit.
type ContractFilter struct {
	Search    string // part of the number or name
	Purchaser string
	Item      string
	Year      int
	Free      bool // only those without a standing assignment
	Limit     int
	Offset    int
}

// ContractRow is a contract with whom it is assigned to.
type ContractRow struct {
	ContractNo, Name, Purchaser, Item string
	Year                              int
	EndOn                             time.Time
	Evaluators                        string // names; empty: nobody
	Closed                            bool   // its evaluation
}

func (f ContractFilter) where() (string, []any) {
	text, args := "true", []any{}
	add := func(given bool, condition string, values ...any) {
		if given {
			text, args = text+" AND "+condition, append(args, values...)
		}
	}
	s := strings.ToLower(strings.TrimSpace(f.Search))
	add(s != "", "(contains(lower(c.contract_no), ?) OR contains(lower(coalesce(c.name, '')), ?))", s, s)
	add(f.Purchaser != "", "c.purchaser_id = ?", f.Purchaser)
	add(f.Item != "", "c.item_code = ?", f.Item)
	add(f.Year != 0, "c.budget_year = ?", int32(f.Year))
	add(f.Free, "evaluators IS NULL")
	return text, args
}

const assignable = ` FROM ` + latestContract + ` c LEFT JOIN ` + latestOrganisation + ` p ON p.org_id = purchaser_id
	LEFT JOIN (SELECT item_code, arg_max(name, batch_id) AS name FROM catalog_item GROUP BY item_code) item USING (item_code)
	LEFT JOIN (SELECT contract_no, string_agg(coalesce(o.name, evaluator_org), ', ' ORDER BY evaluator_org) AS evaluators FROM assignment
		LEFT JOIN ` + latestOrganisation + ` o ON o.org_id = evaluator_org WHERE ended_at IS NULL GROUP BY contract_no) g ON g.contract_no = c.contract_no WHERE `

// Assignable lists contracts, the latest ending first, and says how many match.
func Assignable(ctx context.Context, r *Reader, f ContractFilter) ([]ContractRow, int, error) {
	where, args := f.where()
	var total int
	if err := scanFrom(ctx, r, []any{&total}, `SELECT count(*)`+assignable+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count contracts: %w", err)
	}
	all, err := listFrom(ctx, r, "contracts", `SELECT c.contract_no, coalesce(c.name, ''), coalesce(p.name, purchaser_id), coalesce(item.name, item_code), budget_year, end_on,
		coalesce(evaluators, ''), c.contract_no IN (`+closedContracts+`)`+assignable+where+` ORDER BY end_on DESC, c.contract_no LIMIT ? OFFSET ?`, func(rows *sql.Rows, c *ContractRow) error {
		return rows.Scan(&c.ContractNo, &c.Name, &c.Purchaser, &c.Item, &c.Year, &c.EndOn, &c.Evaluators, &c.Closed)
	}, append(args, f.Limit, f.Offset)...)
	return all, total, err
}

// AssignChoices are the values by which contracts can be filtered, and the evaluators to whom they can be given.
func AssignChoices(ctx context.Context, r *Reader) (c Choices, evaluators []Choice, err error) {
	read := func(text string) []Choice {
		if err != nil {
			return nil
		}
		var all []Choice
		all, err = listFrom(ctx, r, "filters", text, func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
		return all
	}
	c.Years = read(`SELECT budget_year::VARCHAR, budget_year::VARCHAR, count(*) FROM ` + latestContract + ` GROUP BY budget_year ORDER BY budget_year DESC`)
	c.Purchasers = read(`SELECT purchaser_id, coalesce(any_value(o.name), purchaser_id) AS n, count(*) FROM ` + latestContract + ` c LEFT JOIN ` + latestOrganisation + ` o
		ON org_id = purchaser_id GROUP BY purchaser_id ORDER BY n`)
	c.Items = read(`SELECT c.item_code, coalesce(any_value(i.name), c.item_code) AS n, count(*) FROM ` + latestContract + ` c LEFT JOIN catalog_item i USING (item_code)
		GROUP BY c.item_code ORDER BY n`)
	evaluators = read(`SELECT org_id, any_value(name), count(contract_no) FROM ` + latestOrganisation + ` LEFT JOIN (SELECT * FROM assignment WHERE ended_at IS NULL)
		ON evaluator_org = org_id WHERE kind = 'evaluator' GROUP BY org_id ORDER BY 2, 1`)
	return c, evaluators, err
}

// separator stands between the numbers of a list on its way into a query; no number holds it.
const separator = "\n"

// numbersGiven is a list of contract numbers handed to a query as one text with the separator.
const numbersGiven = `(SELECT DISTINCT trim(unnest(string_split(?, chr(10)))) AS contract_no)`

// UnknownContract returns one of the numbers that no accepted contract has; empty when all are known.
func UnknownContract(ctx context.Context, r *Reader, numbers []string) (string, error) {
	var unknown sql.NullString
	err := r.Scan(ctx, []any{&unknown}, `SELECT min(contract_no) FROM `+numbersGiven+` WHERE contract_no NOT IN (SELECT contract_no FROM contract)`,
		strings.Join(numbers, separator))
	if err != nil {
		return "", fmt.Errorf("look for contracts: %w", err)
	}
	return unknown.String, nil
}

// Assign gives contracts to an evaluator and returns how many it did not have already. A contract on which it declared a
// conflict is left out, for ever; the numbers must be known.
func Assign(ctx context.Context, w *Writer, evaluator string, numbers []string, due time.Time, by string, at time.Time) (int64, error) {
	n, err := w.Exec(ctx, `INSERT INTO assignment SELECT contract_no, ?, ?, ?, ?, '', '', NULL, '', NULL FROM `+numbersGiven+`
		WHERE contract_no NOT IN (SELECT contract_no FROM assignment WHERE evaluator_org = ? AND (ended_at IS NULL OR declared = 'conflict'))`,
		evaluator, orNull(due), at, by, strings.Join(numbers, separator), evaluator)
	if err != nil {
		return 0, fmt.Errorf("assign contracts: %w", err)
	}
	return n, nil
}

// Unassign takes contracts away from an evaluator and returns how many it had.
func Unassign(ctx context.Context, w *Writer, evaluator string, numbers []string, at time.Time) (int64, error) {
	n, err := w.Exec(ctx, `UPDATE assignment SET ended_at = ? WHERE evaluator_org = ? AND ended_at IS NULL AND contract_no IN (SELECT contract_no FROM `+
		numbersGiven+`)`, at, evaluator, strings.Join(numbers, separator))
	if err != nil {
		return 0, fmt.Errorf("take contracts away: %w", err)
	}
	return n, nil
}

// Declare writes down what an evaluator declares of contracts that it was given and has not declared otherwise, and
// returns how many that were. A conflict ends the assignment.
func Declare(ctx context.Context, w *Writer, evaluator string, numbers []string, declared, reason, by string, at time.Time) (int64, error) {
	ended := sql.NullTime{Time: at, Valid: declared == Conflict}
	n, err := w.Exec(ctx, `UPDATE assignment SET declared = ?, reason = ?, declared_at = ?, declared_by = ?, ended_at = ? WHERE evaluator_org = ? AND ended_at IS NULL
		AND declared <> ? AND contract_no IN (SELECT contract_no FROM `+numbersGiven+`)`, declared, reason, at, by, ended, evaluator, declared,
		strings.Join(numbers, separator))
	if err != nil {
		return 0, fmt.Errorf("declare: %w", err)
	}
	return n, nil
}

// Unscored lists contracts of the scope that are under way or over and that nobody of a party has scored, the earliest
// ending first, and says how many there are.
func Unscored(ctx context.Context, r *Reader, scope Scope, party scoring.Party, today time.Time, limit int) ([]ContractRow, int, error) {
	from := ` FROM ` + latestContract + ` c JOIN (` + scope.Contracts() + `) USING (contract_key) WHERE start_on <= ?
		AND NOT EXISTS (SELECT 1 FROM score s WHERE s.contract_key = c.contract_key AND s.party = ?)`
	var total int
	if err := scanFrom(ctx, r, []any{&total}, `SELECT count(*)`+from, today, int32(party)); err != nil {
		return nil, 0, fmt.Errorf("count contracts without scores: %w", err)
	}
	all, err := listFrom(ctx, r, "contracts without scores", `SELECT c.contract_no, coalesce(c.name, ''), budget_year, end_on`+from+` ORDER BY end_on, c.contract_no LIMIT ?`,
		func(rows *sql.Rows, c *ContractRow) error {
			return rows.Scan(&c.ContractNo, &c.Name, &c.Year, &c.EndOn)
		}, today, int32(party), limit)
	return all, total, err
}

// AssignmentCounts are what waits for whoever assigns.
type AssignmentCounts struct {
	Free       int // contracts of the latest budget year that nobody is to score
	Undeclared int
	Conflicts  int // declared, on contracts that nobody else was given
	Overdue    int // not declared or not scored on the day by which scores were due
}

// CountAssignments counts what waits for whoever assigns.
func CountAssignments(ctx context.Context, r *Reader, today time.Time) (n AssignmentCounts, _ error) {
	free := scanFrom(ctx, r, []any{&n.Free}, `SELECT count(*) FROM `+latestContract+` c WHERE budget_year = (SELECT max(budget_year) FROM contract)
		AND contract_no NOT IN (SELECT contract_no FROM assignment WHERE ended_at IS NULL)`) // asked apart: it holds while scores arrive
	given := scanFrom(ctx, r, []any{&n.Undeclared, &n.Conflicts, &n.Overdue}, assigned+`SELECT count(*) FILTER (ended_at IS NULL AND declared = ''),
		count(DISTINCT contract_no) FILTER (declared = 'conflict' AND contract_no NOT IN (SELECT contract_no FROM assignment WHERE ended_at IS NULL)),
		count(*) FILTER (ended_at IS NULL AND NOT scored AND due_on < ?) FROM a`, today)
	if err := errors.Join(free, given); err != nil {
		return n, fmt.Errorf("count assignments: %w", err)
	}
	return n, nil
}
