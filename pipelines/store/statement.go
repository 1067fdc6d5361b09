package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"pingxin/credit"
	"pingxin/credit/checkcode"
	"pingxin/credit/uscc"
)

// Statement reads what a release states of a supplier, as a printed sheet does: the same cells as the folder that was
// published. ErrNotInRun when the release rates no such supplier.
func (l *Release) Statement(ctx context.Context, r *Reader, supplier string) (checkcode.Statement, PublicSupplier, error) {
	rows, err := listFrom(ctx, r, "what is public of "+supplier, `SELECT supplier_id, uscc, name, supplier_type, status, level, stars, coalesce(score, 'NaN'::DOUBLE), evaluations, withheld
		FROM public_supplier WHERE release = ? AND supplier_id = ?`, func(rows *sql.Rows, s *PublicSupplier) error {
		return rows.Scan(&s.ID, &s.USCC, &s.Name, &s.Type, &s.Status, &s.Level, &s.Stars, &s.Score, &s.Evaluations, &s.Withheld)
	}, int32(l.Number), supplier)
	p, err := one(rows, err, "supplier", supplier)
	if err != nil {
		return checkcode.Statement{}, p, err
	}
	s := checkcode.Statement{Release: l.Number, Run: l.Run, RunHash: l.RunHash, AsOf: l.AsOf.Format(time.DateOnly), Supplier: p.ID, USCC: p.USCC, Name: p.Name, Type: p.Type,
		Status: p.Status, Level: p.Level}
	if p.Stars > 0 {
		s.Stars = strconv.Itoa(p.Stars)
	}
	if p.Withheld == "" {
		s.Score, s.Evaluations = checkcode.Number(strconv.FormatFloat(p.Score, 'g', -1, 64)), strconv.Itoa(p.Evaluations)
	}
	v, err := ViewOf(ctx, r, Scope{Supplier: supplier}, l.Run)
	if err != nil {
		return s, p, err
	}
	a, assessed, err := v.Assessment(ctx, supplier)
	if err != nil {
		return s, p, err
	}
	if assessed && a.Status != string(credit.NotAssessed) {
		s.Grade, s.GradeUntil = checkcode.Grade(a.Grade, a.Status), dayText(a.ValidUntil)
	}
	recorded, err := v.Conduct(ctx, supplier)
	s.Record = checkcode.Record(entriesOf(recorded, l.AsOf))
	return s, p, err
}

// publicKeysQuery lists suppliers that the last release states, each with its code where no other has it; ? are their ids in lines.
const publicKeysQuery = `SELECT supplier_id, CASE WHEN count(*) OVER (PARTITION BY uscc) = 1 THEN uscc ELSE '' END
	FROM public_supplier WHERE ` + lastRelease + ` QUALIFY list_contains(string_split(?, chr(10)), supplier_id)`

func scanPublicKey(rows *sql.Rows, s *PublicSupplier) error { return rows.Scan(&s.ID, &s.USCC) }

// publicKey is under which key a release has a supplier: its unified social credit code where that is one, else its id.
func publicKey(s PublicSupplier) string {
	if uscc.Check(s.USCC) == nil {
		return s.USCC
	}
	return s.ID
}

// PublicKeys says under which key the last release has each supplier of a list: its unified social credit code where that is
// one and no other has it, else its id. Whom it does not state is missing; before the first release everybody is.
func PublicKeys(ctx context.Context, r *Reader, suppliers ...string) (map[string]string, error) {
	rows, err := listFrom(ctx, r, "public suppliers", publicKeysQuery, scanPublicKey, joined(suppliers))
	keys := make(map[string]string, len(rows))
	for _, s := range rows {
		keys[s.ID] = publicKey(s)
	}
	return keys, err
}

// PublicKey is the key of the supplier in the last release, empty when that does not state it.
func (v *View) PublicKey(ctx context.Context, supplier string) (string, error) {
	if there, err := v.among(ctx, supplier, `SELECT supplier_id FROM public_supplier WHERE `+lastRelease+` ORDER BY supplier_id`); err != nil || !there {
		return "", err
	}
	rows, err := list(ctx, v, "public supplier", publicKeysQuery, []any{supplier}, scanPublicKey)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return publicKey(rows[0]), nil
}

// PublicHolders are the ids of the suppliers that have a code in the last release, of which there should be one.
func PublicHolders(ctx context.Context, r *Reader, code string) ([]string, error) {
	return listFrom(ctx, r, "holders of a code", `SELECT supplier_id FROM public_supplier WHERE `+lastRelease+` AND uscc = ? ORDER BY supplier_id`,
		func(rows *sql.Rows, id *string) error { return rows.Scan(id) }, code)
}

// entriesOf are the entries of a sheet: those of days that had come.
func entriesOf(recorded []Conduct, asOf time.Time) []checkcode.Entry {
	var entries []checkcode.Entry
	for _, c := range recorded {
		if !c.OccurredOn.After(asOf) {
			entries = append(entries, checkcode.Entry{ID: c.ID, Severity: c.Severity, Kind: c.Kind, On: dayText(c.OccurredOn), Ends: dayText(c.EndsOn), Repaired: dayText(c.RepairedOn)})
		}
	}
	return entries
}

// ReleaseByNumber reads a release; ErrNotInRun when there is none of that number.
func ReleaseByNumber(ctx context.Context, r *Reader, number int) (Release, error) {
	all, err := Releases(ctx, r)
	if err != nil {
		return Release{}, err
	}
	for _, l := range all {
		if l.Number == number {
			return l, nil
		}
	}
	return Release{}, ErrNotInRun
}
