package store

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestPackedSlipsStayAsTheyAre: the step that packs slips anew leaves every row as it is and where it stands, slips without a term and
// slips longer than a block of the file among them; they are packed so, and so are those that come later, and those that come back of a backup.
func TestPackedSlipsStayAsTheyAre(t *testing.T) {
	home := t.TempDir()
	o := smallOptions
	o.Backups = filepath.Join(home, "backups")
	s, err := Open(t.Context(), filepath.Join(home, "data"), o)
	if err != nil {
		t.Fatal(err)
	}
	const slips = `INSERT INTO evaluation BY NAME SELECT 1 + i %% 3 AS from_run, CASE WHEN i %% 3 = 0 THEN 2 ELSE 2147483647 END AS until_run, i AS contract_key, 'C' || i AS contract_no,
		nullif('name ' || i %% 5, 'name 0') AS name, 'P1' AS purchaser_id, 'S1' AS supplier_id, 'A1' AS item_code, 2025 AS budget_year, i AS amount_fen, DATE '2025-01-01' AS start_on,
		DATE '2025-12-31' AS end_on, 'rated' AS status, CASE WHEN i %% 7 > 0 THEN i / 7 END AS value, i / 9 AS raw, 1 AS n_purchaser, 1 AS n_recipient, 1 AS n_third_party,
		'[]' AS missing, '[]' AS caps, '[]' AS warnings, CASE WHEN i = 17 THEN repeat('term', 200000) ELSE repeat('term ' || i, i %% 300) END::BLOB AS parts,
		CASE WHEN i %% 2 = 0 THEN 'd'::BLOB END AS dimensions, md5(i::VARCHAR) AS row_hash FROM range(%d, %d) t(i)`
	write(t, s, fmt.Sprintf(slips, 0, 5000))
	const rows = `SELECT md5(e::VARCHAR) FROM evaluation e ORDER BY rowid`
	before := texts(t, s, rows)
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	step := slices.IndexFunc(all, func(m migration) bool { return m.name == "0040_packed_slips" })
	write(t, s, all[step].text)
	check := func(what string) {
		t.Helper()
		if got := texts(t, s, rows); !slices.Equal(got, before) {
			t.Errorf("%s: %d rows became %d others", what, len(before), len(got))
		}
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := texts(t, s, `SELECT DISTINCT compression FROM pragma_storage_info('evaluation') WHERE column_name = 'parts' AND segment_type = 'BLOB'`); !slices.Equal(got, []string{"ZSTD"}) {
			t.Errorf("%s: slips are packed by %s", what, got)
		}
	}
	check("packed")
	closeStore(t, s)
	if s, err = Open(t.Context(), filepath.Join(home, "data"), o); err != nil {
		t.Fatal(err)
	}
	write(t, s, fmt.Sprintf(slips, 5000, 9000))
	before = texts(t, s, rows)
	check("opened again")
	b, err := s.Backup(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	if err := Restore(t.Context(), b, filepath.Join(home, "restored"), smallOptions); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), filepath.Join(home, "restored"), smallOptions); err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	check("come back")
}

// TestPackedColumnsAreKnown: what a migration packs a backup packs, too, which makes tables by their text.
func TestPackedColumnsAreKnown(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	packs := regexp.MustCompile(`(\w+ \w+(?: NOT NULL)?) USING COMPRESSION (\w+)`)
	known := map[string]bool{}
	for _, column := range packedColumns {
		known[column] = true
	}
	found := 0
	for _, m := range all {
		for _, by := range packs.FindAllStringSubmatch(m.text, -1) {
			if found++; !known[by[1]] || by[2] != "zstd" {
				t.Errorf("%s packs %q by %s, which packedColumns does not know", m.name, by[1], by[2])
			}
		}
	}
	if found != len(packedColumns) {
		t.Errorf("migrations pack %d columns, packedColumns knows %d", found, len(packedColumns))
	}
}
