package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
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

// Listed lists who was on the blacklist on the day of the run, by case and supplier.
func (v *View) Listed(ctx context.Context) ([]Listed, error) {
	return list(ctx, v, "listings", v.with()+`SELECT case_no, supplier_id, coalesce(name, supplier_id), document_no, listed_on, until_on
		FROM (`+listedOn(v.Run.AsOf, v.Run.Watermark)+`) LEFT JOIN org ON org_id = supplier_id ORDER BY case_no, supplier_id`, nil, func(rows *sql.Rows, l *Listed) error {
		return rows.Scan(&l.Case, &l.SupplierID, &l.SupplierName, &l.DocumentNo, &l.From, &l.Until)
	})
}
