package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	catalog "pingxin/budget/catalogue"
)

// The listings of a catalogue entry, as package catalogue has them.
const (
	Guidance    = string(catalog.Guidance)
	Procurement = string(catalog.Procurement)
	Negative    = string(catalog.Negative)
)

// CatalogVersion is one version of the guidance catalogue.
type CatalogVersion struct {
	ID                           string
	Title, Authority, DocumentNo string // empty before its adoption, as Reason and the days
	Reason                       string
	InForceOn, UntilOn           time.Time // first day, and last day: zero while none follows
	Entries, Negative            int
	Batch                        int // of the adoption; 0: not adopted
}

// Adopted says whether the version has or will have force.
func (c *CatalogVersion) Adopted() bool { return c.Batch > 0 }

// InForce says whether the version is in force on a day.
func (c *CatalogVersion) InForce(day time.Time) bool {
	return c.Adopted() && !day.Before(c.InForceOn) && (c.UntilOn.IsZero() || !day.After(c.UntilOn))
}

// CatalogEntry is what a version says of one code.
type CatalogEntry struct {
	Version            string
	ItemCode, Name     string
	ParentCode, Parent string // group; empty: none
	Nature             string
	Listing, Content   string
	Reason, Authority  string // why it may not be bought; empty where it may
	Contracts          int    // of the run, of every year
	AmountFen          int64
}

// catalogue returns the named queries from which everything about versions starts, up to a watermark: in_force (one row
// of each adopted version, with the days between which it is) and catalogued (one row of each version and code).
// Whoever asks whether something may be bought on a day joins them:
//
//	LEFT JOIN in_force a ON day BETWEEN a.in_force_on AND a.until_on
//	LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = ...
//
// and asks mayBuy.
func catalogue(watermark int) string {
	return fmt.Sprintf(`in_force AS (SELECT *, coalesce(lead(in_force_on) OVER (ORDER BY in_force_on) - 1, DATE '9999-12-31') AS until_on FROM (
		SELECT * FROM catalog_adoption WHERE batch_id <= %[1]d QUALIFY row_number() OVER (PARTITION BY version_id ORDER BY batch_id DESC) = 1)),
	catalogued AS (SELECT * FROM catalog_entry WHERE batch_id <= %[1]d QUALIFY row_number() OVER (PARTITION BY version_id, item_code ORDER BY batch_id DESC) = 1)`, watermark)
}

// mayBuy says of a code and a day, joined as catalogue says, whether the item may be bought: an adopted version has to know it,
// and not among what is forbidden. Days before the first version allow everything that registered, the purchasable of the
// register of codes, does not deny.
func mayBuy(registered string) string {
	return `CASE WHEN a.version_id IS NULL THEN coalesce(` + registered + `, true) ELSE coalesce(n.listing <> '` + Negative + `', false) END`
}

// CatalogVersions lists every version, the latest in force first and those without force before them.
func (v *View) CatalogVersions(ctx context.Context) ([]CatalogVersion, error) {
	return list(ctx, v, "catalogue versions", `WITH `+catalogue(v.Run.Watermark)+`SELECT version_id, coalesce(title, ''), coalesce(a.authority, ''),
		coalesce(document_no, ''), coalesce(a.reason, ''), in_force_on, nullif(until_on, DATE '9999-12-31'), n, negative, coalesce(a.batch_id, 0)
		FROM (SELECT version_id, count(*) AS n, count(*) FILTER (listing = 'negative') AS negative FROM catalogued GROUP BY version_id) LEFT JOIN in_force a USING (version_id)
		ORDER BY in_force_on DESC NULLS FIRST, version_id DESC`, nil, scanVersion)
}

func scanVersion(rows *sql.Rows, c *CatalogVersion) error {
	var from, until sql.NullTime
	err := rows.Scan(&c.ID, &c.Title, &c.Authority, &c.DocumentNo, &c.Reason, &from, &until, &c.Entries, &c.Negative, &c.Batch)
	c.InForceOn, c.UntilOn = from.Time, until.Time
	return err
}

// CatalogAt is the version in force on a day; ok is false when none is.
func (v *View) CatalogAt(ctx context.Context, day time.Time) (c CatalogVersion, ok bool, err error) {
	all, err := v.CatalogVersions(ctx)
	for _, c := range all {
		if c.InForce(day) {
			return c, true, err
		}
	}
	return CatalogVersion{}, false, err
}

// CatalogEntries lists what a version says, in the order of codes; none when there is no such version.
func (v *View) CatalogEntries(ctx context.Context, version string) ([]CatalogEntry, error) {
	return list(ctx, v, "catalogue entries", v.with()+`, `+catalogue(v.Run.Watermark)+`,
		nature AS (SELECT item_code, arg_max(nature, batch_id) AS nature FROM catalog_item WHERE batch_id <= ? GROUP BY item_code),
		bought AS (SELECT item_code, count(*) AS n, sum(amount_fen)::BIGINT AS money FROM e GROUP BY item_code)
		SELECT version_id, item_code, coalesce(item.name, item_code), coalesce(item.parent_code, ''), coalesce(parent.name, ''), coalesce(nature, ''), listing,
			coalesce(content, ''), coalesce(reason, ''), coalesce(authority, ''), coalesce(n, 0), coalesce(money, 0)
		FROM catalogued LEFT JOIN item USING (item_code) LEFT JOIN item parent ON parent.item_code = item.parent_code LEFT JOIN nature USING (item_code)
		LEFT JOIN bought USING (item_code) WHERE version_id = ? ORDER BY item_code`, []any{int32(v.Run.Watermark), version},
		func(rows *sql.Rows, e *CatalogEntry) error {
			return rows.Scan(&e.Version, &e.ItemCode, &e.Name, &e.ParentCode, &e.Parent, &e.Nature, &e.Listing, &e.Content, &e.Reason, &e.Authority, &e.Contracts, &e.AmountFen)
		})
}

// CatalogueAdopted is the action of the audit log: somebody adopted a version of the guidance catalogue.
const CatalogueAdopted = "catalogue_adopted"

// AdoptCatalogue enters the adoption of a version, which counts from the next run on. cells are those of a row of kind
// catalog_adoption, checked before by package intake.
func (s *Store) AdoptCatalogue(ctx context.Context, cells map[string]string) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.Enter(ctx, "catalog_adoption", cells, cells["reason"]); err != nil {
			return err
		}
		return w.Audit(ctx, AuditEntry{Action: CatalogueAdopted, Subject: "catalogue:" + cells["version_id"], Detail: "in force from " + cells["in_force_on"]})
	})
}

// Adopting lists the versions whose adoption was entered and is not yet part of the run, with the day from which they
// will have force.
func (v *View) Adopting(ctx context.Context) ([]Choice, error) {
	return list(ctx, v, "adoptions under way", `SELECT version_id, in_force_on::VARCHAR, 0 FROM catalog_adoption WHERE batch_id > ? ORDER BY version_id`, []any{int32(v.Run.Watermark)},
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) })
}

// ItemNames are the names of all codes that were ever used.
func (v *View) ItemNames(ctx context.Context) (map[string]string, error) {
	all, err := v.choices(ctx, `SELECT item_code, name, 0 FROM item`)
	names := make(map[string]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// ItemListings is what each adopted version says of a code, the latest first: an entry without a listing where the
// version does not know the code.
func (v *View) ItemListings(ctx context.Context, code string) ([]CatalogEntry, error) {
	return list(ctx, v, "listings of "+code, `WITH `+catalogue(v.Run.Watermark)+`SELECT a.version_id, coalesce(listing, ''), coalesce(content, ''), coalesce(n.reason, ''), coalesce(n.authority, '')
		FROM in_force a LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = ? ORDER BY in_force_on DESC`, []any{code},
		func(rows *sql.Rows, e *CatalogEntry) error {
			e.ItemCode = code
			return rows.Scan(&e.Version, &e.Listing, &e.Content, &e.Reason, &e.Authority)
		})
}
