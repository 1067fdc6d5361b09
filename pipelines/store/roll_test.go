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

// meanByAmount is the weighted mean as the database adds it up.
const meanByAmount = `coalesce(sum(value * amount_fen) / nullif(sum(amount_fen) FILTER (value IS NOT NULL), 0), avg(value), 'NaN'::DOUBLE)`

// TestRollGroupsAsTheDatabase: what the overview groups by grade, item, department and year, and what departments bought of groups and
// of items, is what the database makes of the same rows.
func TestRollGroupsAsTheDatabase(t *testing.T) {
	s := spread(t)
	write(t, s, `UPDATE catalog_item SET parent_code = 'G' WHERE item_code = 'A1'`)
	group := func(rows *sql.Rows, g *Group) error {
		return rows.Scan(&g.Key, &g.Name, &g.Parent, &g.Grade, &g.Contracts, &g.AmountFen, &g.Mean, &g.Provisional)
	}
	const sums = `count(*), sum(amount_fen)::BIGINT, `
	for name, c := range map[string]struct {
		text string
		ask  func(ctx context.Context, v *View) ([]Group, error)
	}{
		"by grade": {`SELECT '', '', '', ` + gradeOf + ` AS g, ` + sums + meanByAmount + `, count(*) FILTER (status = 'provisional') FROM e GROUP BY g ORDER BY g`,
			func(ctx context.Context, v *View) ([]Group, error) { return v.ByGrade(ctx) }},
		"by item": {`SELECT e.item_code, coalesce(any_value(item.name), e.item_code), coalesce(any_value(parent.name), ''), '', ` + sums + meanByAmount + `, count(*) FILTER (status = 'provisional')
			FROM e LEFT JOIN item USING (item_code) LEFT JOIN item parent ON parent.item_code = item.parent_code GROUP BY e.item_code ORDER BY sum(amount_fen) DESC, e.item_code`,
			func(ctx context.Context, v *View) ([]Group, error) { return v.ByItem(ctx) }},
		"by department": {`, d AS (SELECT purchaser_id, sum(amount_fen) AS money, ` + meanByAmount + ` AS mean FROM e GROUP BY purchaser_id)
			SELECT purchaser_id, coalesce(any_value(org.name), purchaser_id), '', ` + gradeOf + ` AS g, ` + sums + `any_value(mean), count(*) FILTER (status = 'provisional')
			FROM e JOIN d USING (purchaser_id) LEFT JOIN org ON org_id = purchaser_id GROUP BY purchaser_id, g ORDER BY any_value(money) DESC, purchaser_id, g`,
			func(ctx context.Context, v *View) ([]Group, error) { return v.ByDepartment(ctx) }},
		"by year": {`, y AS (SELECT budget_year, ` + meanByAmount + ` AS mean FROM e GROUP BY budget_year)
			SELECT budget_year::VARCHAR, '', '', ` + gradeOf + ` AS g, ` + sums + `any_value(mean), count(*) FILTER (status = 'provisional') FROM e JOIN y USING (budget_year) GROUP BY budget_year, g ORDER BY budget_year, g`,
			func(ctx context.Context, v *View) ([]Group, error) { return v.ByYear(ctx) }},
	} {
		want := viewed(t, s, func(ctx context.Context, v *View) ([]Group, error) {
			return list(ctx, v, name, v.with()+c.text, nil, group)
		})
		if got := viewed(t, s, c.ask); len(want) < 3 || !sameGroups(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	for _, of := range []string{"", "G"} {
		f := PerformanceFilter{Year: 2024, Poor: "poor", Group: of}
		key := map[string]string{"": `coalesce(nullif(item.parent_code, ''), e.item_code)`, "G": `e.item_code`}[of]
		want := viewed(t, s, func(ctx context.Context, v *View) ([]Crossing, error) {
			return list(ctx, v, "crossings", v.with()+`SELECT purchaser_id, `+key+` AS k, coalesce(any_value(called.name), k), count(*), count(*) FILTER (grade = 'poor'), sum(amount_fen)::BIGINT, `+meanByAmount+`
				FROM e LEFT JOIN item USING (item_code) LEFT JOIN item called ON called.item_code = `+key+` WHERE budget_year = 2024 AND (? = '' OR item.parent_code = ?) GROUP BY purchaser_id, k ORDER BY purchaser_id, k`,
				[]any{of, of}, func(rows *sql.Rows, c *Crossing) error {
					return rows.Scan(&c.Purchaser, &c.Key, &c.Name, &c.Contracts, &c.Poor, &c.AmountFen, &c.Mean)
				})
		})
		got := viewed(t, s, func(ctx context.Context, v *View) ([]Crossing, error) { return v.Crossings(ctx, f) })
		if len(want) < 3 || !slices.EqualFunc(got, want, func(a, b Crossing) bool {
			mean := sameMean(a.Mean, b.Mean)
			a.Mean, b.Mean = 0, 0
			return mean && a == b
		}) {
			t.Errorf("crossings of group %q:\n got %+v\nwant %+v", of, got, want)
		}
	}
}

func sameGroups(a, b []Group) bool {
	return slices.EqualFunc(a, b, func(a, b Group) bool {
		mean := sameMean(a.Mean, b.Mean)
		a.Mean, b.Mean = 0, 0
		return mean && a == b
	})
}

// sameMean compares means but for the last digits, which follow from the order in which they are added up.
func sameMean(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
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
