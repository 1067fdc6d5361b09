package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"
)

// MaxTouched is how many contract numbers a preview lists.
const MaxTouched = 50

// Preview says what accepting rows would do. What it counts as New, Same and Superseding are the rows without a fault.
type Preview struct {
	New         int64    // rows that say something of which nothing was known
	Same        int64    // rows that say what is stored already; they become its latest version
	Superseding int64    // rows that replace an earlier version by another
	ReplacesOwn int64    // of these, those whose earlier version the same account brought
	Touched     int64    // contracts that the rows say something of
	Contracts   []string // the numbers of the first MaxTouched of them
	Replaced    int64    // contracts of which an earlier version is replaced by another
	Refused     *RefusedError
}

// Preview says what Accept would do with the same rows, by the same rules; nothing is written. each, when not nil, hears
// every fault that shows only beside what is stored, in the order of rows.
//
// The rows lie in temporary tables of a reader's connection, which a READ ONLY transaction may have: neither the writer
// nor any reader waits for a preview, and what it sees is one committed version.
func (s *Store) Preview(ctx context.Context, a Acceptance, rows array.RecordReader, each func(Fault)) (p Preview, err error) {
	kind, known := factKinds[a.Kind]
	if !known {
		return p, fmt.Errorf("found kind %q, expected one of the fact tables", a.Kind)
	}
	err = s.Read(ctx, func(ctx context.Context, r *Reader) error {
		w := &Writer{Reader: Reader{conn: r.conn}, columns: columnsOf{}, written: map[string]bool{}}
		staged, err := stage(ctx, w, kind, rows, r.appendTemp)
		if err != nil {
			return err
		}
		rules := kind.rules(a, staged.distinct())
		if p.Refused, err = findFaults(ctx, w, rules); err != nil {
			return err
		}
		if each != nil {
			if err := eachBroken(ctx, &w.Reader, rules, math.MaxInt64, each); err != nil {
				return err
			}
		}
		if p.Refused == nil {
			p.Refused = &RefusedError{}
		}
		p.Refused.merge(a.Cells)
		var values []string
		for _, f := range rows.Schema().Fields() {
			if f.Name != "row_no" && !slices.Contains(kind.key, f.Name) {
				values = append(values, f.Name)
			}
		}
		return p.count(ctx, w, a, kind, values)
	})
	return p, err
}

// appendTemp puts rows into a temporary table row by row and returns their number: handing them in as Arrow needs a view in
// the catalogue, which a READ ONLY transaction may not make, and one that may would keep the writer from its checkpoints.
func (r *Reader) appendTemp(ctx context.Context, table string, rows array.RecordReader) (n int64, err error) {
	err = r.conn.Raw(func(raw any) (err error) {
		c, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("the database driver hands out a %T", raw)
		}
		a, err := duckdb.NewAppender(c, "temp", "main", table)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		cells := make([]driver.Value, rows.Schema().NumFields())
		for rows.Next() {
			batch := rows.RecordBatch()
			n += batch.NumRows()
			for i := range int(batch.NumRows()) {
				for c := range cells {
					cells[c] = cellOf(batch.Column(c), i)
				}
				if err := a.AppendRow(cells...); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return 0, fmt.Errorf("stage rows: %w", clean(err))
	}
	return n, nil
}

// cellOf is one value of a column in the type that the table's column has; exactly, as the appender would coerce.
func cellOf(column arrow.Array, i int) driver.Value {
	if column.IsNull(i) {
		return nil
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(i)
	case *array.Int64:
		return c.Value(i)
	case *array.Int32:
		return c.Value(i)
	case *array.Float64:
		return c.Value(i)
	case *array.Boolean:
		return c.Value(i)
	case *array.Date32:
		return c.Value(i).ToTime()
	}
	panic(fmt.Sprintf("no kind of file has a column of %s", column.DataType()))
}

// count compares the rows without a fault with what stands.
func (p *Preview) count(ctx context.Context, w *Writer, a Acceptance, kind factKind, values []string) error {
	same := make([]string, 0, len(values)+1)
	for _, v := range values {
		same = append(same, "s."+v+" IS NOT DISTINCT FROM old."+v)
	}
	contract := "NULL::VARCHAR"
	if slices.Contains(kind.key, "contract_no") {
		contract = "contract_no"
	}
	if err := unstage(ctx, w); err != nil {
		return err
	}
	_, err := w.Exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE outcome AS SELECT %s AS contract_no, old.batch_id AS replaced, %s AS same
		FROM %s s LEFT JOIN (%s) old USING (%s)`, contract, strings.Join(append(same, "true"), " AND "), kind.staged(kind.key...), standing(a.Kind, kind, values), strings.Join(kind.key, ", ")))
	if err != nil {
		return fmt.Errorf("compare with what is stored: %w", err)
	}
	err = w.Scan(ctx, []any{&p.New, &p.Same, &p.Superseding, &p.ReplacesOwn, &p.Replaced}, `SELECT count(*) FILTER (replaced IS NULL), count(*) FILTER (replaced IS NOT NULL AND same),
		count(*) FILTER (replaced IS NOT NULL AND NOT same),
		count(*) FILTER (replaced IS NOT NULL AND NOT same AND replaced IN (SELECT batch_id FROM batch_upload WHERE account = $1 AND account <> '')),
		count(DISTINCT contract_no) FILTER (replaced IS NOT NULL AND NOT same) FROM outcome`, a.Uploader.Account)
	if err != nil {
		return fmt.Errorf("compare with what is stored: %w", err)
	}
	return p.touch(ctx, w, a.Kind, kind, contract != "NULL::VARCHAR")
}

// touch lists the contracts that the rows say something of.
func (p *Preview) touch(ctx context.Context, w *Writer, name string, kind factKind, named bool) error {
	from := `SELECT DISTINCT contract_no FROM ` + kind.staged("contract_no")
	switch {
	case kind.touches == "":
		return nil
	case !named:
		from = `SELECT DISTINCT contract_no FROM contract SEMI JOIN (` + kind.touched() + `) USING (contract_key)`
	}
	rows, err := w.Query(ctx, fmt.Sprintf(`SELECT contract_no, count(*) OVER () FROM (%s) ORDER BY contract_no LIMIT %d`, from, MaxTouched))
	if err != nil {
		return fmt.Errorf("list the contracts that %s rows touch: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var number sql.NullString
		if err := rows.Scan(&number, &p.Touched); err != nil {
			return err
		}
		p.Contracts = append(p.Contracts, number.String)
	}
	return rows.Err()
}

// standing is the query for the version that counts of whatever the staged rows may replace: the columns of the file and
// batch_id.
func standing(name string, kind factKind, values []string) string {
	staged := `SELECT DISTINCT contract_no, contract_key FROM contract SEMI JOIN ` + kind.staged("contract_no") + ` s USING (contract_no)`
	if name == "score" {
		return `SELECT contract_no, indicator, CASE party WHEN 1 THEN 'purchaser' WHEN 2 THEN 'recipient' ELSE 'third_party' END AS party, evaluator_id, score_e4, scored_on, batch_id
			FROM score JOIN (` + staged + `) USING (contract_key) JOIN indicator USING (indicator_key) JOIN rater USING (rater_key)`
	}
	columns := strings.Join(slices.Concat(kind.key, values), ", ")
	from := name
	if slices.Contains(kind.key, "contract_no") && name != "contract" {
		from = name + ` JOIN (` + staged + `) USING (contract_key)`
	}
	return fmt.Sprintf(`SELECT %s, batch_id FROM (SELECT %s, batch_id, row_number() OVER (PARTITION BY %s ORDER BY batch_id DESC, row_no DESC) AS nth FROM %s) WHERE nth = 1`,
		columns, columns, strings.Join(kind.key, ", "), from)
}
