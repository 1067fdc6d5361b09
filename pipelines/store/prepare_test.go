package store

import (
	"context"
	"fmt"
	"testing"
)

// prepareRun prepares what pages look up of a run.
func prepareRun(t *testing.T, s *Store, last, run Run) {
	t.Helper()
	if err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error { return prepare(ctx, w, last, run) }); err != nil {
		t.Fatal(err)
	}
}

// preparedDiffers names the tables whose rows for a run are not what their query answers for it.
func preparedDiffers(t *testing.T, s *Store, run Run) (tables []string) {
	t.Helper()
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v := &View{r: r, scope: Everything, Run: run, preparedFrom: OpenEnded}
		for _, p := range preparations {
			kept, _ := v.kept(p.table)
			var differing int
			text := fmt.Sprintf(`SELECT (SELECT count(*) FROM ((%[1]s) EXCEPT ALL SELECT * FROM (%[2]s))) + (SELECT count(*) FROM (SELECT * FROM (%[2]s) EXCEPT ALL (%[1]s)))`, kept, p.of(v))
			if err := r.Scan(ctx, []any{&differing}, text); err != nil {
				return fmt.Errorf("%s: %w", p.table, err)
			}
			if differing > 0 {
				tables = append(tables, p.table)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// TestPreparedIsWhatTheQueryAnswers: whatever a night changes, the rows that it keeps are those of the query, for it and for the
// runs before it.
func TestPreparedIsWhatTheQueryAnswers(t *testing.T) {
	s := openAt(t, t.TempDir())
	const row = `INSERT INTO evaluation BY NAME SELECT %d AS from_run, 2147483647 AS until_run, %d AS contract_key, 'C%[2]d' AS contract_no, '%s' AS name, 'P1' AS purchaser_id, '%s' AS supplier_id,
		'A1' AS item_code, 2025 AS budget_year, %d AS amount_fen, DATE '2025-01-01' AS start_on, DATE '2025-12-31' AS end_on, 'rated' AS status, 1 AS n_purchaser, 1 AS n_recipient, 1 AS n_third_party,
		'[]' AS missing, '[]' AS caps, '[]' AS warnings, ''::BLOB AS parts, 'h' AS row_hash`
	write(t, s,
		`INSERT INTO organisation VALUES (1, 1, 'P1', '民政局', 'purchaser', NULL, NULL, NULL, NULL), (1, 2, 'S1', 'Care ONE', 'supplier', 'U1', 'enterprise', NULL, '2015-01-01'),
			(1, 3, 'S2', 'Two', 'supplier', NULL, NULL, NULL, NULL), (1, 4, 'S3', 'Three', 'supplier', NULL, NULL, NULL, NULL)`,
		fmt.Sprintf(row, 1, 1, "Home Care", "S1", 100), fmt.Sprintf(row, 1, 2, "", "S1", 200), fmt.Sprintf(row, 1, 3, "Lunch", "S2", 300))
	runs := []Run{{}, {ID: 1, Watermark: 1}, {ID: 2, Watermark: 2}, {ID: 3, Watermark: 3}, {ID: 4, Watermark: 4}}
	nights := [][]string{1: nil,
		2: {`INSERT INTO organisation VALUES (2, 1, 'S2', 'Two renamed', 'supplier', 'U2', NULL, NULL, NULL), (2, 2, 'S4', 'Four', 'supplier', NULL, NULL, NULL, NULL)`},
		3: {`UPDATE evaluation SET until_run = 3 WHERE contract_key = 2`, fmt.Sprintf(row, 3, 2, "moved to another", "S3", 250), fmt.Sprintf(row, 3, 4, "new", "S4", 400),
			`INSERT INTO blacklist_candidate VALUES (3, 2147483647, 'S1', 'fraud', '[]', 'h')`},
		4: nil}
	for i := 1; i < len(runs); i++ {
		write(t, s, nights[i]...)
		prepareRun(t, s, runs[i-1], runs[i])
		for k := 1; k <= i; k++ {
			if differing := preparedDiffers(t, s, runs[k]); differing != nil {
				t.Errorf("after run %d, what is kept of run %d differs from the query: %v", i, k, differing)
			}
		}
	}
	if n := number(t, s, `SELECT count(*) FROM prepared_supplier WHERE org_id = 'S1'`); n != 2 {
		t.Errorf("a supplier whom one night of three concerned has %d rows, expected 2", n)
	}
	prepareRun(t, s, Run{}, Run{ID: 1, Watermark: 4}) // after every result was removed
	if n := number(t, s, `SELECT count(*) FROM prepared_organisation`); n != number(t, s, `SELECT count(DISTINCT org_id) FROM organisation`) {
		t.Errorf("prepared anew, %d organisations are kept", n)
	}
}
