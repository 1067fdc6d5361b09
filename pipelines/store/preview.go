package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
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
		w := &Writer{Reader: Reader{conn: r.conn}, columns: columnsOf{}}
		if err := stage(ctx, w, rows); err != nil {
			return err
		}
		rules := kind.rules(a)
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
	for _, text := range []string{
		`DELETE FROM staging WHERE row_no IN (SELECT row_no FROM broken)`,
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE outcome AS SELECT %s AS contract_no, old.batch_id AS replaced, %s AS same
			FROM staging s LEFT JOIN (%s) old USING (%s)`, contract, strings.Join(append(same, "true"), " AND "), standing(a.Kind, kind, values), strings.Join(kind.key, ", ")),
	} {
		if _, err := w.Exec(ctx, text); err != nil {
			return fmt.Errorf("compare with what is stored: %w", err)
		}
	}
	err := w.Scan(ctx, []any{&p.New, &p.Same, &p.Superseding, &p.ReplacesOwn, &p.Replaced}, `SELECT count(*) FILTER (replaced IS NULL), count(*) FILTER (replaced IS NOT NULL AND same),
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
	from := `SELECT DISTINCT contract_no FROM staging`
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
	const staged = `SELECT DISTINCT contract_no, contract_key FROM contract SEMI JOIN staging USING (contract_no)`
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
