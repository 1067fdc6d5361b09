package reduce

import (
	"context"
	"embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"pingxin/pipelines/store"
)

//go:embed sql/*.sql
var files embed.FS

// queries are the files of sql/ with what a scope fills in.
var queries = template.Must(template.New("sql").Option("missingkey=error").ParseFS(files, "sql/*.sql"))

// Snapshot says as of when facts are read.
type Snapshot struct {
	AsOf      time.Time // facts of later days do not count
	Watermark int       // number of the last batch that counts
	// Known, when not 0, leaves out what a batch up to that number had not described yet: what remains are the facts
	// known then, as later batches corrected them.
	Known int
}

// Contracts says which contracts a query reads: the keys from Low to High, both included, or the listed Keys.
type Contracts struct {
	Low, High int32
	Keys      []int32 // not empty: only these
}

// Every contract.
var Every = Contracts{High: math.MaxInt32}

// condition is SQL over contract_key; it holds integers only, so it needs no quoting. The database reads many of them as one
// text in half the time in which it reads an expression of each.
func (c Contracts) condition() string {
	if len(c.Keys) == 0 {
		return fmt.Sprintf("contract_key BETWEEN %d AND %d", c.Low, c.High)
	}
	return "contract_key IN (SELECT unnest('[" + c.list() + "]'::INTEGER[]))"
}

// list is the keys with commas between them.
func (c Contracts) list() string {
	var b []byte
	for i, k := range c.Keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(k), 10)
	}
	return string(b)
}

// eachUpTo is how many listed contracts are asked for one by one: an equality leaves out the rows of others while the
// database reads, a list only whole groups of rows. With more contracts so many questions cost more than they save.
const eachUpTo = 128

// each is the condition in parts of which none is met by the same row.
func (c Contracts) each() []string {
	switch {
	case len(c.Keys) == 0:
		return []string{c.condition()}
	case len(c.Keys) > eachUpTo:
		return []string{"contract_key IN (" + c.list() + ")"}
	}
	parts := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		parts[i] = "contract_key = " + strconv.Itoa(int(k))
	}
	return parts
}

// scope is what the text of a query is filled with. It holds numbers, conditions made of numbers and names of our own
// tables, so it needs no quoting.
type scope struct {
	Contracts        string   // condition on contract_key
	Each             []string // scores.sql: the same in parts
	Watermark, Known int
	Raters           bool   // scores.sql: say who gave a score
	Parties          string // answers.sql: numbers of parties with commas between them
	Some             bool   // only of the suppliers, or contracts of the suppliers, that a parameter lists
}

// Among limits a column to the texts that a parameter lists, where the scope is of some suppliers.
func (s scope) Among(column string, parameter int) string {
	if !s.Some {
		return ""
	}
	return fmt.Sprintf(" AND %s IN (SELECT unnest($%d::VARCHAR[]))", column, parameter)
}

// Among says of which suppliers something is read: of all, when it is nil, or of those with the listed ids.
type Among []string

// scope is that of a query, and args its arguments with the ids behind them.
func (a Among) scope(watermark int) scope { return scope{Watermark: watermark, Some: a != nil} }

func (a Among) args(args ...any) []any {
	if a == nil {
		return args
	}
	return append(args, []string(a))
}

func (s Snapshot) scope(which Contracts) scope {
	return scope{Contracts: which.condition(), Each: which.each(), Watermark: s.Watermark, Known: s.Known}
}

// query returns the text of a named file, filled in.
func query(name string, s scope) (string, error) {
	var b strings.Builder
	if err := queries.ExecuteTemplate(&b, name+".sql", s); err != nil {
		return "", fmt.Errorf("query %s: %w", name, err)
	}
	return b.String(), nil
}

// batches runs a named query and hands out its record batches.
func batches(ctx context.Context, r *store.Reader, name string, s scope, args []any, f func(b columns, rows int) error) error {
	text, err := query(name, s)
	if err != nil {
		return err
	}
	return stream(ctx, r, name, text, args, f)
}

// stream runs a query by its text; name is for error messages.
func stream(ctx context.Context, r *store.Reader, name, text string, args []any, f func(b columns, rows int) error) error {
	rows, err := r.Arrow(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	defer rows.Release()
	for rows.Next() {
		record := rows.RecordBatch()
		if err := f(newColumns(record), int(record.NumRows())); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	return nil
}

// scan calls f for every row of a named query.
func scan(ctx context.Context, r *store.Reader, name string, s scope, args []any, f func(b columns, i int)) error {
	return batches(ctx, r, name, s, args, func(b columns, rows int) error {
		for i := range rows {
			f(b, i)
		}
		return nil
	})
}

// keyList reads the contract keys that a named query lists.
func keyList(ctx context.Context, r *store.Reader, name string, s scope, args []any) ([]int32, error) {
	var keys []int32
	err := scan(ctx, r, name, s, args, func(b columns, i int) { keys = append(keys, b.int32(0, i)) })
	return keys, err
}
