package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

// spread is a district of 60 contracts of three years, in which values, grades and names are missing here and there, and numbers,
// names and money occur more than once.
func spread(t *testing.T) *Store {
	t.Helper()
	s := scoped(t, Everything)
	write(t, s, `INSERT INTO evaluation BY NAME SELECT 1 AS from_run, 2147483647 AS until_run, (100 + i)::INTEGER AS contract_key, 'D' || i AS contract_no,
		CASE WHEN i % 7 > 0 THEN 'Service ' || i % 11 END AS name, 'P' || i % 4 AS purchaser_id, 'S' || i % 5 AS supplier_id, 'A' || i % 3 AS item_code, (2023 + i % 3)::SMALLINT AS budget_year,
		(i % 6) * 1000 AS amount_fen, DATE '2025-01-01' AS start_on, DATE '2025-12-31' AS end_on, CASE WHEN i % 8 = 0 THEN 'held' ELSE 'rated' END AS status,
		CASE WHEN i % 8 > 0 THEN 50 + (i * 37 % 50) / 3 END AS value, CASE WHEN i % 8 > 0 THEN ['good', 'fair', 'poor'][1 + (i % 3)] END AS grade,
		(i % 3)::INTEGER AS n_purchaser, (i % 9)::INTEGER AS n_recipient, 0 AS n_third_party, '[]' AS missing, '[]' AS caps, '[]' AS warnings, ''::BLOB AS parts, 'h' AS row_hash FROM range(60) t(i)`)
	return s
}

// TestRollSortsAsTheDatabase: by each key and in either direction, a list has the order that the database gives it.
func TestRollSortsAsTheDatabase(t *testing.T) {
	s := spread(t)
	columns := map[string]string{"contract": "e.contract_no", "supplier": "coalesce(s.name, e.supplier_id)", "purchaser": "coalesce(p.name, e.purchaser_id)", "item": "coalesce(item.name, e.item_code)",
		"year": "budget_year", "amount": "amount_fen", "value": "value", "answers": "(n_purchaser + n_recipient + n_third_party)"}
	for sort := range EvaluationSorts {
		for direction, descending := range map[string]bool{"ASC": false, "DESC": true} {
			want := viewed(t, s, func(ctx context.Context, v *View) ([]string, error) {
				return list(ctx, v, "order", v.with()+`SELECT contract_no FROM e LEFT JOIN org s ON s.org_id = supplier_id LEFT JOIN org p ON p.org_id = purchaser_id LEFT JOIN item USING (item_code)
					ORDER BY `+columns[sort]+` `+direction+` NULLS LAST, contract_no`, nil, func(rows *sql.Rows, no *string) error { return rows.Scan(no) })
			})
			got := viewed(t, s, func(ctx context.Context, v *View) (all []string, err error) {
				rows, err := v.Evaluations(ctx, EvaluationFilter{Sort: sort, Descending: descending, Limit: len(want)})
				for _, r := range rows {
					all = append(all, r.ContractNo)
				}
				return all, err
			})
			if columns[sort] == "" || !slices.Equal(got, want) {
				t.Errorf("by %s %s:\n got %v\nwant %v", sort, direction, got, want)
			}
		}
	}
}

// TestRollSumsAsTheDatabase: the means and quartiles of each party's and item's contracts are those of the database, but for the
// last digits, which follow from the order in which it adds up.
func TestRollSumsAsTheDatabase(t *testing.T) {
	s := spread(t)
	for by, keys := range map[string][]string{ByPurchaser: {"P0", "P1", "P3"}, ByItemCode: {"A0", "A1", "A2"}, BySupplier: {"S0", "S1", "S4", "nobody"}} {
		for _, key := range keys {
			want := viewed(t, s, func(ctx context.Context, v *View) ([]YearMean, error) {
				return list(ctx, v, "means", v.with()+`SELECT budget_year, count(value), `+meanByAmount+`, quantile_cont(value, 0.25), quantile_cont(value, 0.75)
					FROM e WHERE value IS NOT NULL AND `+by+` = ? GROUP BY budget_year ORDER BY budget_year`, []any{key}, func(rows *sql.Rows, m *YearMean) error {
					return rows.Scan(&m.Year, &m.Contracts, &m.Mean, &m.Lower, &m.Upper)
				})
			})
			got := viewed(t, s, func(ctx context.Context, v *View) ([]YearMean, error) { return v.MeansByYear(ctx, by, key) })
			if !reflect.DeepEqual(inDigits(got), inDigits(want)) {
				t.Errorf("%s:\n got %v\nwant %v", key, got, want)
			}
		}
	}
}

// inDigits writes means with nine digits behind the point.
func inDigits(all []YearMean) (written []string) {
	for _, m := range all {
		written = append(written, fmt.Sprintf("%d %d %.9f %.9f %.9f", m.Year, m.Contracts, m.Mean, m.Lower, m.Upper))
	}
	return written
}

// TestMeanOfNoMoney: values without money have their plain mean, and no values none.
func TestMeanOfNoMoney(t *testing.T) {
	for _, c := range []struct {
		rows []enrolled
		want float64
	}{
		{nil, math.NaN()},
		{[]enrolled{{value: math.NaN(), amountFen: 5}}, math.NaN()},
		{[]enrolled{{value: 60}, {value: 80}}, 70},
		{[]enrolled{{value: 60, amountFen: 100}, {value: 80, amountFen: 300}, {value: math.NaN(), amountFen: 900}, {value: 10}}, 75},
	} {
		var m weightedMean
		for i := range c.rows {
			m.add(&c.rows[i])
		}
		if got := m.value(); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v: got %v, want %v", c.rows, got, c.want)
		}
	}
}

// TestRollIsSearched: in small letters and by part of the number, the name or a party's name, and nothing else.
func TestRollIsSearched(t *testing.T) {
	r := &roll{parties: []party{{id: "P1", name: "民政局", sought: "民政局"}, {id: "S1", name: "Care ONE", sought: "care one"}},
		rows: []enrolled{{number: "C1", sought: "c1\nhome care", supplier: 1}, {number: "C2", sought: "c2\n", supplier: 1}, {number: "C3", sought: "c3\nlunch"}}}
	for search, want := range map[string][]string{"HOME": {"C1"}, " care one ": {"C1", "C2"}, "民政": {"C1", "C2", "C3"}, "c3": {"C3"}, "s1": nil, "": {"C1", "C2", "C3"}} {
		var got []string
		meets := r.sieve(EvaluationFilter{Search: search})
		for i := range r.rows {
			if meets(&r.rows[i]) {
				got = append(got, r.rows[i].number)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, expected %v", search, got, want)
		}
	}
}
