package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// ErrUnpublished says that there is nothing to show yet: no run was published.
var ErrUnpublished = errors.New("no run has been published yet")

// ErrNotInRun says that the published run holds nothing under the id asked for.
var ErrNotInRun = errors.New("not in the published run")

// View reads the published run for the pages. It stands on one snapshot, shows facts only up to the run's watermark,
// and is good as long as its Reader. Everything it reads is within its scope: there is no way past query, scan, arrow and list,
// which put each query under it. Numbers that a result does not have are NaN, texts empty, days zero.
type View struct {
	r           *Reader
	scope       Scope
	lasting     bool // what it is asked follows from the run alone
	Run         Run
	PublishedAt time.Time
	Today       time.Time // by which windows are over; the day of publication, unless whoever made the view has a clock

	preparedFrom int // the first run of which rows are prepared
}

// NewView returns the view of the published run as somebody with that scope sees it, or ErrUnpublished.
func NewView(ctx context.Context, r *Reader, scope Scope) (*View, error) {
	run, ok, err := LatestPublished(ctx, r)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnpublished
	}
	if !scope.All {
		run.Notes, run.Steps = "[]", "[]" // as wholeRuns
	}
	v := &View{r: r, scope: scope, Run: run}
	if err := scanFrom(ctx, r, []any{&v.PublishedAt}, `SELECT published_at FROM published`); err != nil {
		return nil, fmt.Errorf("read the time of publication: %w", err)
	}
	v.Today = DayOf(v.PublishedAt)
	v.preparedFrom, err = preparedFrom(ctx, r)
	return v, err
}

// Scope is what the view is limited to.
func (v *View) Scope() Scope { return v.scope }

// ofRun is the view for what follows from the run alone, whatever else is committed: results, and facts up to its
// watermark. Its answers are remembered until another run is published.
func (v *View) ofRun() *View {
	lasting := *v
	lasting.lasting = true
	return &lasting
}

// query runs a query within the scope; the caller closes the rows.
func (v *View) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	v.r.standOn(v.standsOn(text))
	return v.r.query(ctx, v.scope.within(text), args...)
}

// arrow runs a query within the scope and hands its rows out as Arrow record batches; the caller releases the reader.
func (v *View) arrow(ctx context.Context, text string) (array.RecordReader, error) {
	v.r.standOn(v.standsOn(text))
	return v.r.arrow(ctx, v.scope.within(text))
}

// scan reads the one row of a query within the scope into dest, or remembers it; sql.ErrNoRows when there is none.
func (v *View) scan(ctx context.Context, dest []any, text string, args ...any) error {
	return scanOn(ctx, v.r, v.stand(text), dest, v.scope.within(text), args)
}

// scanFrom reads the one row of a query that belongs to no view, or remembers it, as View.scan does.
func scanFrom(ctx context.Context, r *Reader, dest []any, text string, args ...any) error {
	return scanOn(ctx, r, r.stand(text), dest, text, args)
}

func scanOn(ctx context.Context, r *Reader, basis string, dest []any, text string, args []any) error {
	row, err := remembered(ctx, r, basis, text, args, func() ([]any, error) {
		if err := r.scan(ctx, dest, text, args...); err != nil {
			return nil, err
		}
		row := make([]any, len(dest))
		for i := range dest {
			row[i] = reflect.ValueOf(dest[i]).Elem().Interface()
		}
		return row, nil
	})
	for i := range row {
		reflect.ValueOf(dest[i]).Elem().Set(reflect.ValueOf(row[i]))
	}
	return err
}

// holds is the condition that a result row holds for the run.
func holds(run int) string { return fmt.Sprintf("from_run <= %d AND until_run > %d", run, run) }

// with returns the named queries that most views start from: e (evaluations of the run), org and item (latest names). One that is
// not read costs nothing.
func (v *View) with() string {
	org := "MATERIALIZED (" + v.organisations("true") + ")"
	if _, ok := v.kept("prepared_organisation"); ok {
		org = "NOT " + org
	}
	return fmt.Sprintf(`WITH e AS NOT MATERIALIZED (SELECT * FROM evaluation WHERE %s),
org AS %s,
item AS (SELECT item_code, arg_max(name, batch_id) AS name, coalesce(arg_max(parent_code, batch_id), '') AS parent_code
	FROM catalog_item WHERE batch_id <= %d GROUP BY item_code)
`, holds(v.Run.ID), org, v.Run.Watermark)
}

// organisations is the query for the organisations that meet a condition on their ids, as the run saw them.
func (v *View) organisations(condition string) string {
	if kept, ok := v.kept("prepared_organisation"); ok {
		return kept + ` AND (` + condition + `)`
	}
	return fmt.Sprintf(`SELECT org_id, arg_max(name, batch_id) AS name, arg_max(kind, batch_id) AS kind, coalesce(arg_max(supplier_type, batch_id), '') AS supplier_type,
	coalesce(arg_max(uscc, batch_id), '') AS uscc, arg_max(registered_on, batch_id) AS registered_on
	FROM organisation WHERE batch_id <= %d AND (%s) GROUP BY org_id`, v.Run.Watermark, condition)
}

// keyed is the condition that the contract in a column is one of some. It is a function of the key, which the database asks before it
// reads the other columns of a row; IN with more than one constant it makes a join of, after which everything of all rows is read.
// Of many that is cheaper.
func keyed(column string, keys []int32) string {
	if len(keys) == 0 {
		return "false"
	}
	if len(keys) == 1 {
		return fmt.Sprintf("%s = %d", column, keys[0])
	}
	all := strings.Join(strings.Fields(fmt.Sprint(keys)), ", ") // with its brackets
	if len(keys) > fewContracts {
		return fmt.Sprintf("%s IN (SELECT unnest(%s::INTEGER[]))", column, all)
	}
	return fmt.Sprintf("%s BETWEEN %d AND %d AND list_contains(%s::INTEGER[], %[1]s)", column, slices.Min(keys), slices.Max(keys), all)
}

// keys reads the numbers of contracts that a query selects.
func (v *View) keys(ctx context.Context, text string, args ...any) ([]int32, error) {
	return list(ctx, v, "contracts", text, args, func(rows *sql.Rows, key *int32) error { return rows.Scan(key) })
}

// keyOf reads the key of the contract with a number; none where the run has no such contract.
func (v *View) keyOf(ctx context.Context, contractNo string) ([]int32, error) {
	r, err := v.roll(ctx)
	if err != nil {
		return nil, err
	}
	if at, there := r.find(contractNo); there {
		return []int32{r.rows[at].key}, nil
	}
	return nil, nil
}

// list collects the rows of a query within the scope, or remembers them; what names them in an error. The function scan
// does nothing but fill the row: it is not called where the rows are remembered. What a row refers to is not to be changed.
func list[T any](ctx context.Context, v *View, what, text string, args []any, scan func(rows *sql.Rows, row *T) error) ([]T, error) {
	return listOn(ctx, v.r, v.stand(text), what, v.scope.within(text), args, scan)
}

// among says whether an id is one of those that a query selects in order: of a register in which few stand, as that of offences,
// nothing has to be asked about the others. All ids are read at once and remembered. Within a scope it says yes: of a part of the
// district little is remembered for long.
func (v *View) among(ctx context.Context, id, text string, args ...any) (bool, error) {
	if !v.scope.All {
		return true, nil
	}
	ids, err := list(ctx, v, "ids", text, args, func(rows *sql.Rows, id *string) error { return rows.Scan(id) })
	_, there := slices.BinarySearch(ids, id)
	return there, err
}

// suppliersIn selects the suppliers that have a row in a table.
func suppliersIn(table string) string {
	return `SELECT DISTINCT supplier_id FROM ` + table + ` ORDER BY supplier_id`
}

// listFrom collects the rows of a query that belongs to no view, or remembers them, as list does.
func listFrom[T any](ctx context.Context, r *Reader, what, text string, scan func(rows *sql.Rows, row *T) error, args ...any) ([]T, error) {
	return listOn(ctx, r, r.stand(text), what, text, args, scan)
}

// listOn returns a copy of the rows, which the caller may sort and cut.
func listOn[T any](ctx context.Context, r *Reader, basis, what, text string, args []any, scan func(rows *sql.Rows, row *T) error) ([]T, error) {
	all, err := remembered(ctx, r, basis, text, args, func() ([]T, error) {
		rows, err := r.query(ctx, text, args...)
		return collect(rows, err, what, scan)
	})
	return slices.Clone(all), err
}

// collect scans all rows and closes them.
func collect[T any](rows *sql.Rows, err error, what string, scan func(rows *sql.Rows, row *T) error) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var row T
		if err := scan(rows, &row); err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return all, nil
}

// one returns the only row, or ErrNotInRun.
func one[T any](rows []T, err error, what, id string) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(rows) == 0:
		return none, fmt.Errorf("%s %q: %w", what, id, ErrNotInRun)
	}
	return rows[0], nil
}

// fromJSON reads a list that a result carries in one column; the empty text is the empty list.
func fromJSON[T any](what, text string) ([]T, error) {
	if text == "" {
		return nil, nil
	}
	var all []T
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return slices.Clip(all), nil // nobody appends to what is remembered
}

// Choice is one value that a list can be filtered by, with its number of contracts.
type Choice struct {
	ID    string
	Name  string
	Count int
}

// Choices are the values by which evaluations can be filtered.
type Choices struct {
	Years, Purchasers, Items []Choice
}

// Years lists the budget years of the run's evaluations, the latest first.
func (v *View) Years(ctx context.Context) ([]Choice, error) {
	return v.choices(ctx, `SELECT budget_year::VARCHAR, budget_year::VARCHAR, count(*) FROM e GROUP BY budget_year ORDER BY budget_year DESC`)
}

// choices reads the values of one filter.
func (v *View) choices(ctx context.Context, text string) ([]Choice, error) {
	return list(ctx, v.ofRun(), "filters", v.with()+text, nil, func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
}

// Choices lists what the run's evaluations can be filtered by.
func (v *View) Choices(ctx context.Context) (c Choices, err error) {
	if c.Years, err = v.Years(ctx); err != nil {
		return c, err
	}
	if c.Purchasers, err = v.choices(ctx, `SELECT purchaser_id, coalesce(any_value(org.name), purchaser_id) AS name, count(*)
		FROM e LEFT JOIN org ON org_id = purchaser_id GROUP BY purchaser_id ORDER BY name, purchaser_id`); err != nil {
		return c, err
	}
	c.Items, err = v.choices(ctx, `SELECT e.item_code, coalesce(any_value(item.name), e.item_code) AS name, count(*)
		FROM e LEFT JOIN item USING (item_code) GROUP BY e.item_code ORDER BY name, e.item_code`)
	return c, err
}

// Freshness says how old and how complete the facts behind the run are.
type Freshness struct {
	Batches    int
	Rows       int64
	AcceptedAt time.Time // of the last batch that the run saw
	Waiting    int       // batches accepted since, which the next run will see
	LastScore  time.Time // day of the latest score
}

// Freshness reads the state of the facts.
func (v *View) Freshness(ctx context.Context) (Freshness, error) {
	var f Freshness
	var accepted, last sql.NullTime
	err := v.scan(ctx, []any{&f.Batches, &f.Rows, &accepted, &f.Waiting, &last}, `SELECT count(*) FILTER (batch_id <= $1),
		coalesce(sum(row_count) FILTER (batch_id <= $1), 0)::BIGINT, max(accepted_at) FILTER (batch_id <= $1), count(*) FILTER (batch_id > $1),
		(SELECT max(last_on) FROM evaluation WHERE `+holds(v.Run.ID)+`) FROM batch`, int32(v.Run.Watermark))
	f.AcceptedAt, f.LastScore = accepted.Time, last.Time
	if err != nil {
		return f, fmt.Errorf("read the state of the facts: %w", err)
	}
	return f, nil
}
