package store

import (
	"context"
	"fmt"
)

// preparation is a named query of the views whose answer each run keeps as rows, so that a page looks up one of them without
// putting the whole register together. What is kept is what the query answers: a view of a run from before the rows were
// kept asks the query itself.
type preparation struct {
	table, key string
	of         func(v *View) string           // the query
	touched    func(last, run Run) string     // the query for the keys of the rows that the run may have changed
	reads      []struct{ table, part string } // what the query reads in large, and by which column its rows belong to a key
}

// preparations are in the order in which they are made; a later one reads an earlier one.
var preparations = []preparation{
	{"prepared_organisation", "org_id", func(v *View) string { return v.organisations("true") }, touchedOrganisations, []struct{ table, part string }{{"organisation", "org_id"}}},
	{"prepared_supplier", "org_id", func(v *View) string { return v.with() + v.supplierQuery() + `SELECT * FROM supplier` }, touchedSuppliers,
		[]struct{ table, part string }{{"prepared_organisation", "org_id"}, {"evaluation", "supplier_id"}}},
}

func touchedOrganisations(last, run Run) string {
	return fmt.Sprintf(`SELECT org_id FROM organisation WHERE batch_id > %d AND batch_id <= %d`, last.Watermark, run.Watermark)
}

// changed are the rows of a result table that the run began or ended.
func changed(column, table string, run Run) string {
	return fmt.Sprintf(`SELECT %s FROM %s WHERE from_run = %d OR until_run = %[3]d`, column, table, run.ID)
}

func touchedSuppliers(last, run Run) string {
	all := touchedOrganisations(last, run)
	for _, table := range []string{"evaluation", "rating", "assessment_grade", "blacklist_candidate"} {
		all += ` UNION ` + changed("supplier_id", table, run)
	}
	return all
}

// prepare keeps the rows of a run whose results are written: those that it may have changed since the last published run, or
// all where that one has none; last has the number 0 where no run was published.
func prepare(ctx context.Context, w *Writer, last, run Run) error {
	from, err := preparedFrom(ctx, &w.Reader)
	if err != nil {
		return err
	}
	anew := from > last.ID
	if anew {
		if err := w.prepareAnew(ctx, run.ID); err != nil {
			return err
		}
	}
	v := &View{r: &w.Reader, scope: Everything, Run: run, preparedFrom: OpenEnded}
	for i, p := range preparations {
		if i > 0 {
			v.preparedFrom = run.ID // it reads what is prepared by now
		}
		rows := p.of(v)
		if !anew {
			n, err := p.end(ctx, w, last, run)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			rows = p.ofTouched(rows)
		}
		if _, err := w.Exec(ctx, fmt.Sprintf(`INSERT INTO %s BY NAME SELECT %d AS from_run, %d AS until_run, * FROM (%s) ORDER BY %s`, p.table, run.ID, OpenEnded, rows, p.key)); err != nil {
			return fmt.Errorf("prepare %s: %w", p.table, err)
		}
	}
	return nil
}

// prepareAnew forgets what was kept and says that rows are kept from a run on.
func (w *Writer) prepareAnew(ctx context.Context, run int) error {
	statements := []string{`DELETE FROM prepared`, fmt.Sprintf(`INSERT INTO prepared VALUES (%d)`, run)}
	for _, p := range preparations {
		statements = append(statements, `DELETE FROM `+p.table)
	}
	for _, s := range statements {
		if _, err := w.Exec(ctx, s); err != nil {
			return fmt.Errorf("prepare anew: %w", err)
		}
	}
	return nil
}

// end ends the rows that the run may have changed, whose keys it leaves in the table touched, and returns the number of these.
func (p *preparation) end(ctx context.Context, w *Writer, last, run Run) (n int, err error) {
	if _, err := w.Exec(ctx, `CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM (`+p.touched(last, run)+`) t(key)`); err != nil {
		return 0, fmt.Errorf("find what the run touched of %s: %w", p.table, err)
	}
	if err := w.Scan(ctx, []any{&n}, `SELECT count(*) FROM touched`); err != nil || n == 0 {
		return 0, err
	}
	_, err = w.Exec(ctx, fmt.Sprintf(`UPDATE %s SET until_run = %d WHERE until_run = %d AND %s IN (SELECT key FROM touched)`, p.table, run.ID, OpenEnded, p.key))
	if err != nil {
		return 0, fmt.Errorf("end rows of %s: %w", p.table, err)
	}
	return n, nil
}

// ofTouched is the query for the rows of the touched keys alone: what it reads in large, it reads in that part.
func (p *preparation) ofTouched(query string) string {
	named := "WITH "
	for i, r := range p.reads {
		if i > 0 {
			named += ",\n"
		}
		named += fmt.Sprintf(`%s AS NOT MATERIALIZED (SELECT * FROM main.%[1]s WHERE %s IN (SELECT key FROM touched))`, r.table, r.part)
	}
	return behind(named, query)
}

// preparedFrom is the first run whose rows are kept; OpenEnded where none are.
func preparedFrom(ctx context.Context, r *Reader) (run int, err error) {
	err = scanFrom(ctx, r, []any{&run}, fmt.Sprintf(`SELECT coalesce(max(from_run), %d) FROM prepared`, OpenEnded))
	if err != nil {
		return 0, fmt.Errorf("read what is prepared: %w", err)
	}
	return run, nil
}

// kept is the query for the rows of the view's run in a table of prepared rows; ok is false where it has none.
func (v *View) kept(table string) (query string, ok bool) {
	return `SELECT * EXCLUDE (from_run, until_run) FROM ` + table + ` WHERE ` + holds(v.Run.ID), v.preparedFrom <= v.Run.ID
}
