package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pingxin/credit/blacklist"
)

// listedOn is the query for the listings that hold on a day, by the batches up to a number: case_no, supplier_id, listed_on,
// until_on, document_no. It is credit.Listing.Holds in SQL.
func listedOn(day time.Time, watermark int) string {
	on := quote(day.Format(time.DateOnly)) + "::DATE"
	return fmt.Sprintf(`SELECT case_no, supplier_id, listed_on, until_on, coalesce(document_no, '') AS document_no FROM (SELECT * FROM listing WHERE batch_id <= %d
		QUALIFY row_number() OVER (PARTITION BY case_no, supplier_id ORDER BY batch_id DESC, row_no DESC) = 1)
		WHERE listed_on <= %s AND until_on > %s AND (ended_on IS NULL OR ended_on > %s)`, watermark, on, on, on)
}

// Listed is a supplier on the blacklist.
type Listed struct {
	Case, SupplierID, SupplierName, DocumentNo string
	From, Until                                time.Time // Until is the first day after the term
}

// Listed lists by which decisions a supplier was on the blacklist on the day of the run, in the order of cases.
func (v *View) Listed(ctx context.Context, supplier string) ([]Listed, error) {
	if there, err := v.among(ctx, supplier, suppliersIn("listing")); err != nil || !there {
		return nil, err
	}
	return list(ctx, v, "listings", v.with()+`SELECT case_no, supplier_id, coalesce(name, supplier_id), document_no, listed_on, until_on
		FROM (`+listedOn(v.Run.AsOf, v.Run.Watermark)+`) LEFT JOIN org ON org_id = supplier_id WHERE supplier_id = ? ORDER BY case_no`, []any{supplier}, func(rows *sql.Rows, l *Listed) error {
		return rows.Scan(&l.Case, &l.SupplierID, &l.SupplierName, &l.DocumentNo, &l.From, &l.Until)
	})
}

// PublicCases are the cases whose decision was served and made public: what any other holds is not for everybody yet.
func PublicCases(ctx context.Context, r *Reader) (map[string]bool, error) {
	all, err := listFrom(ctx, r, "public cases", `SELECT DISTINCT case_no FROM case_step WHERE kind = ?`, func(rows *sql.Rows, no *string) error { return rows.Scan(no) },
		string(blacklist.Published))
	public := make(map[string]bool, len(all))
	for _, no := range all {
		public[no] = true
	}
	return public, err
}

// OtherLists are what holds a supplier on the day of asking beside the blacklist of decisions, and has no effect on its
// rating: the lists of other authorities, and the watch list of the bureau.
type OtherLists struct {
	External []External
	Watched  []WatchEntry // at most one
}

// OtherLists reads them for one supplier, whatever run is published.
func (v *View) OtherLists(ctx context.Context, supplier string, day time.Time) (o OtherLists, err error) {
	there, err := v.among(ctx, supplier, `SELECT DISTINCT org_id FROM organisation WHERE uscc IN (SELECT uscc FROM external_listing) ORDER BY org_id`)
	if err != nil {
		return o, err
	}
	if there {
		all, err := list(ctx, v, "external lists of "+supplier, externalQuery+` WHERE o.org_id = ?`+externalOrder, []any{supplier}, scanExternal)
		if err != nil {
			return o, err
		}
		for _, x := range all {
			if x.Holds(day) {
				o.External = append(o.External, x)
			}
		}
	}
	if there, err := v.among(ctx, supplier, suppliersIn("watch_entry")); err != nil || !there {
		return o, err
	}
	o.Watched, err = list(ctx, v, "watch list of "+supplier, watchedQuery+` AND supplier_id = ?`, []any{day, supplier}, scanWatch)
	return o, err
}
