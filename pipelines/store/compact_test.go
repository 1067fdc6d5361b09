package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// looseScores are the k-th file of n scores, out of contract order.
func looseScores(k, n int) sheet {
	var f sheet
	for i := range n {
		f.rows = append(f.rows, score(fmt.Sprintf("C%d", 3-i%3), fmt.Sprintf("E%d-%d", k, i), 1_000_000-i*7%5000, "2025-06-01"))
	}
	return scores(f.rows...)
}

const scoreFingerprint = `SELECT count(*) || ' ' || coalesce(string_agg(s::VARCHAR, '|' ORDER BY s::VARCHAR), '') FROM score s`

func fingerprint(t *testing.T, s *Store) (text string) {
	t.Helper()
	scan(t, s, []any{&text}, scoreFingerprint)
	return text
}

func compact(t *testing.T, s *Store) CompactReport {
	t.Helper()
	report, err := s.Compact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestCompact: rewriting puts the scores into order and keeps each, the table's own rules included; below the loose
// share it does nothing.
func TestCompact(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	acceptBase(t, s)
	if report := compact(t, s); report != (CompactReport{}) {
		t.Errorf("an empty table: %+v", report)
	}
	accept(t, s, looseScores(0, 950))
	accept(t, s, looseScores(1, 50))
	rules := `SELECT sql FROM duckdb_tables() WHERE table_name = 'score'`
	content, table := fingerprint(t, s), texts(t, s, rules)
	if report := compact(t, s); report != (CompactReport{Rewritten: true, Rows: 1000, Loose: 1000}) {
		t.Errorf("the first time: %+v", report)
	}
	if fingerprint(t, s) != content {
		t.Error("the content changed")
	}
	if now := texts(t, s, rules); !slices.Equal(now, table) {
		t.Errorf("the table became %v, was %v", now, table)
	}
	if n := number(t, s, `SELECT count(*) FROM (SELECT row(contract_key, indicator_key, party, score_e4) AS r, lag(r) OVER (ORDER BY rowid) AS l FROM score) WHERE l > r`); n != 0 {
		t.Errorf("%d rows lie before their predecessor", n)
	}
	if found := texts(t, s, `SELECT batch_id || ':' || row_count FROM compaction`); !slices.Equal(found, []string{"5:1000"}) {
		t.Errorf("compactions %v", found)
	}

	accept(t, s, looseScores(2, 52)) // of 1052: below a twentieth
	content = fingerprint(t, s)
	if report := compact(t, s); report != (CompactReport{Rows: 1052, Loose: 52}) {
		t.Errorf("below the loose share: %+v", report)
	}
	accept(t, s, looseScores(3, 1)) // 53 of 1053
	if report := compact(t, s); !report.Rewritten || report.Loose != 53 {
		t.Errorf("above the loose share: %+v", report)
	}
	if report := compact(t, s); report != (CompactReport{Rows: 1053}) {
		t.Errorf("once more: %+v", report)
	}
	sound(t, s)
	closeStore(t, s)
	s = openAt(t, dir)
	if n := number(t, s, `SELECT count(*) FROM score`); n != 1053 {
		t.Errorf("%d scores after opening again, expected 1053", n)
	}
	accept(t, s, scores(score("C3", "E0-0", 5, "2025-07-01")))
	sound(t, s)
}

// TestCompactThatFailsChangesNothing: the table is as it was, and the next compaction works.
func TestCompactThatFailsChangesNothing(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, looseScores(0, 300))
	content := fingerprint(t, s)
	for questions := int64(0); ; questions += 2 {
		ctx := &endingContext{Context: t.Context(), done: make(chan struct{})}
		ctx.questions.Store(questions)
		_, err := s.Compact(ctx)
		if fingerprint(t, s) != content {
			t.Fatalf("cancelled at question %d (%v) the content changed", questions, err)
		}
		if err == nil {
			break
		}
		if questions > 10_000 {
			t.Fatal("Compact does not end")
		}
	}
	if compact(t, s).Rewritten {
		t.Error("a compaction that was made is made again")
	}
	sound(t, s)
}

// TestLooseScoresAreOrderedAlone: a day's scores are put into order at their own cost once they are more than the database
// keeps together; the others stay where they are, and every score stays what it was.
func TestLooseScoresAreOrderedAlone(t *testing.T) {
	s := openAt(t, t.TempDir())
	acceptBase(t, s)
	accept(t, s, looseScores(0, 10))
	more := func(batch, rows int) {
		t.Helper()
		err := s.Write(t.Context(), func(ctx context.Context, w *Writer) error {
			for _, text := range []string{
				fmt.Sprintf(`INSERT INTO score SELECT 1 + hash(i) %% 97, 1, 2, i, hash(i, %d) %% 1000000, DATE '2025-06-01', %d, i FROM range(%d) t(i)`, batch, batch, rows),
				fmt.Sprintf(`INSERT INTO batch SELECT %d, 'score', 'more%d', 'more', %d, '', 0, TIMESTAMP '2026-01-01'`, batch, batch, rows),
			} {
				if _, err := w.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const content = `SELECT printf('%d %d', count(*), sum(hash(s) % 1000000007)) FROM (SELECT * FROM score) s`
	unordered := func(batch int) int64 {
		return number(t, s, fmt.Sprintf(`SELECT count(*) FROM (SELECT row(contract_key, indicator_key, party, score_e4) AS r, lag(r) OVER (ORDER BY rowid) AS l FROM score
			WHERE batch_id > %d) WHERE l > r`, batch))
	}
	more(1000, 3_000_000)
	if report := compact(t, s); !report.Rewritten {
		t.Fatalf("a table out of order: %+v", report)
	}
	more(1001, mixedRows)
	if report := compact(t, s); report.Rewritten || report.Ordered || unordered(1000) == 0 {
		t.Errorf("no more than the database keeps together: %+v", report)
	}
	more(1002, 1)
	before := texts(t, s, content)
	first := texts(t, s, `SELECT s::VARCHAR FROM score s LIMIT 1000`)
	if report := compact(t, s); report.Rewritten || !report.Ordered || report.Loose != mixedRows+1 {
		t.Errorf("one more: %+v", report)
	}
	if n := unordered(1000); n != 0 {
		t.Errorf("%d loose rows lie before their predecessor", n)
	}
	if now := texts(t, s, content); !slices.Equal(now, before) {
		t.Errorf("the content is %v, was %v", now, before)
	}
	if now := texts(t, s, `SELECT s::VARCHAR FROM score s LIMIT 1000`); !slices.Equal(now, first) {
		t.Error("rows of the table in order moved")
	}
	more(1003, 20_000) // of 142,881: below a fifth
	if report := compact(t, s); report.Rewritten || report.Ordered {
		t.Errorf("few since: %+v", report)
	}
	more(1004, 80_000) // of 222,881 more than a twentieth
	if report := compact(t, s); !report.Rewritten {
		t.Errorf("above the loose share: %+v", report)
	}
	if n := unordered(0); n != 0 {
		t.Errorf("%d rows lie before their predecessor", n)
	}
}
