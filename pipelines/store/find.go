package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pingxin/credit/register"
)

// plainText and wideText are the characters that have a full-width form, and those forms, in the same order.
var plainText, wideText = func() (string, string) {
	var plain, wide strings.Builder
	for c := '!'; c <= '~'; c++ {
		plain.WriteRune(c)
		wide.WriteRune(c - '!' + '！')
	}
	return plain.String(), wide.String()
}()

// leftOut are the characters that do not count in a name.
const leftOut = " \t\n\v\f\r\u3000\u00a0·"

// foldedName is the SQL of a name as foldName has it; a test holds the two together. What translate has no other character
// for, it leaves out.
var foldedName = `lower(translate(name, ` + quote(wideText+leftOut) + `, ` + quote(plainText) + `))`

// foldName is a name as it is compared: width, case, spaces and middle points do not count.
func foldName(name string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		switch {
		case c >= '！' && c <= '～':
			return c - '！' + '!'
		case strings.ContainsRune(leftOut, c):
			return -1
		}
		return c
	}, name))
}

// Found is a supplier that a search found.
type Found struct {
	ID, Name, USCC, Type string
	Level                string // or the status without one; empty: not rated by the run
	Ended                bool   // dissolved or revoked
	Clashes              int    // other suppliers of the same name
}

// Search is what somebody looks for.
type Search struct {
	Codes []string // whole unified social credit codes: any of them
	Name  string   // parts of a name with spaces between them, in any order; or the id
	Limit int
}

// like is a pattern that a folded name has all of, in this order, with anything between.
func like(parts []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	for i := range parts {
		parts[i] = escape.Replace(parts[i])
	}
	return "%" + strings.Join(parts, "%") + "%"
}

// Find looks for suppliers by code or by name, the best match first: the whole name or id, then names that begin with it,
// then those that contain every part, then those that contain its characters in this order, as short forms do. It says how
// many match.
func (v *View) Find(ctx context.Context, s Search) ([]Found, int, error) {
	whole := foldName(s.Name)
	rank := `CASE WHEN f = $1 OR lower(org_id) = $1 THEN 0 WHEN starts_with(f, $1) THEN 1 WHEN contains(f, $1) THEN 2`
	for _, part := range strings.FieldsFunc(s.Name, func(c rune) bool { return foldName(string(c)) == "" }) {
		rank += ` WHEN NOT contains(f, ` + quote(foldName(part)) + `) THEN 9`
	}
	rank += ` ELSE 3 END`
	short := `CASE WHEN f LIKE $2 ESCAPE '\' THEN 4 ELSE 9 END`
	args := []any{whole, like(strings.Split(whole, ""))}
	where := `least(` + rank + `, ` + short + `)`
	if whole == "" {
		where = `CASE WHEN uscc <> '' AND list_contains(string_split($1, chr(10)), uscc) THEN 0 ELSE 9 END`
		args = []any{joined(s.Codes)}
	}
	from := v.with() + `, named AS (SELECT org_id, name, uscc, supplier_type, ` + foldedName + ` AS f FROM org WHERE kind = 'supplier'),
		found AS (SELECT *, ` + where + ` AS rank FROM named)`
	var total int
	if err := v.scan(ctx, []any{&total}, from+`SELECT count(*) FROM found WHERE rank < 9`, args...); err != nil {
		return nil, 0, fmt.Errorf("look for a supplier: %w", err)
	}
	all, err := list(ctx, v, "suppliers", from+fmt.Sprintf(`, gone AS (SELECT supplier_id, arg_max(status, (batch_id, row_no)) <> '`+register.Active+`' AS ended FROM supplier_registration
			WHERE batch_id <= %d GROUP BY supplier_id),
		page AS (SELECT * FROM found WHERE rank < 9 ORDER BY rank, length(f), f, org_id LIMIT %d)
		SELECT page.org_id, page.name, page.uscc, supplier_type, coalesce(nullif(level, ''), status, ''), coalesce(ended, false),
			(SELECT count(*) - 1 FROM named n WHERE n.f = page.f)
		FROM page LEFT JOIN (SELECT * FROM rating WHERE %s) r ON r.supplier_id = org_id LEFT JOIN gone ON gone.supplier_id = org_id ORDER BY rank, length(f), f, org_id`,
		v.Run.Watermark, s.Limit, holds(v.Run.ID)), args, func(rows *sql.Rows, f *Found) error {
		return rows.Scan(&f.ID, &f.Name, &f.USCC, &f.Type, &f.Level, &f.Ended, &f.Clashes)
	})
	return all, total, err
}

// joined is a list handed to a query as one text.
func joined(all []string) string { return strings.Join(all, separator) }
