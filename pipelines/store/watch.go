package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Actions of the watch list in the audit log.
const (
	WatchStarted = "watch_started"
	WatchEnded   = "watch_ended"
)

// ErrWatched says that the watch list holds already what it was asked for.
var ErrWatched = errors.New("the supplier is on the watch list already, or is not on it")

// WatchEntry is one act on the watch list.
type WatchEntry struct {
	ID                   int
	SupplierID, Supplier string // the name as its latest batch has it
	Watched              bool   // put on; false: taken off
	UntilOn              time.Time
	Reason               string
	Account, Name        string // of who did it
	OnDay                time.Time
	At                   time.Time
}

// Holds says whether the entry, being the latest of its supplier, keeps it on the list on the day.
func (e *WatchEntry) Holds(day time.Time) bool { return e.Watched && day.Before(e.UntilOn) }

const watchQuery = `SELECT entry_id, supplier_id, coalesce(o.name, supplier_id), watched, until_on, reason, account, e.name, on_day, noted_at
	FROM watch_entry e LEFT JOIN ` + latestOrganisation + ` o ON o.org_id = supplier_id`

// watchedQuery are those who are on the list on a day.
const watchedQuery = watchQuery + ` WHERE watched AND until_on > ? AND entry_id IN (SELECT max(entry_id) FROM watch_entry GROUP BY supplier_id)`

func scanWatch(rows *sql.Rows, e *WatchEntry) error {
	var until sql.NullTime
	err := rows.Scan(&e.ID, &e.SupplierID, &e.Supplier, &e.Watched, &until, &e.Reason, &e.Account, &e.Name, &e.OnDay, &e.At)
	e.UntilOn = until.Time
	return err
}

// Watched lists who is on the watch list on the day, those whose time ends first in front.
func Watched(ctx context.Context, r *Reader, day time.Time) ([]WatchEntry, error) {
	return listFrom(ctx, r, "watch list", watchedQuery+` ORDER BY until_on, supplier_id`, scanWatch, day)
}

// Watch puts a supplier on the watch list or takes it off. The error is ErrWatched where the list holds that already, and a
// *blacklist.Refusal where there is no such supplier.
func (s *Store) Watch(ctx context.Context, e WatchEntry) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.knownSupplier(ctx, e.SupplierID); err != nil {
			return err
		}
		e.At = s.now().UTC()
		e.OnDay = DayOf(e.At)
		holding, err := Watched(ctx, &w.Reader, e.OnDay)
		if err != nil {
			return err
		}
		on := false
		for i := range holding {
			on = on || holding[i].SupplierID == e.SupplierID
		}
		if on == e.Watched {
			return fmt.Errorf("supplier %q: %w", e.SupplierID, ErrWatched)
		}
		var until any
		action := WatchEnded
		if e.Watched {
			until, action = e.UntilOn, WatchStarted
		}
		if _, err := w.Exec(ctx, `INSERT INTO watch_entry SELECT coalesce(max(entry_id), 0) + 1, ?, ?, ?::DATE, ?, ?, ?, ?, ? FROM watch_entry`, e.SupplierID, e.Watched, until,
			e.Reason, e.Account, e.Name, e.OnDay, e.At); err != nil {
			return fmt.Errorf("write the watch list: %w", err)
		}
		return w.Audit(ctx, AuditEntry{Action: action, Subject: "supplier:" + e.SupplierID})
	})
}

// External is an entry of another authority's list, with the supplier of the register that it is about.
type External struct {
	List, USCC, Name, Authority, DocumentNo, Cause string
	ListedOn, UntilOn, RemovedOn                   time.Time // the last two zero: not known, not removed
	SupplierID                                     string    // empty: nobody of the register has the code
	Batch                                          int
}

// Holds says whether the entry stands on the day.
func (e *External) Holds(day time.Time) bool {
	return !day.Before(e.ListedOn) && (e.UntilOn.IsZero() || day.Before(e.UntilOn)) && (e.RemovedOn.IsZero() || day.Before(e.RemovedOn))
}

// ExternalListings lists what other authorities list, those of the register first, by the latest row of each entry.
func ExternalListings(ctx context.Context, r *Reader) ([]External, error) {
	return listFrom(ctx, r, "external lists", externalQuery+externalOrder, scanExternal)
}

const (
	externalQuery = `SELECT list, x.uscc, x.name, authority, coalesce(document_no, ''), coalesce(cause, ''), listed_on, until_on, removed_on, coalesce(o.org_id, ''), batch_id
		FROM (SELECT * FROM external_listing QUALIFY row_number() OVER (PARTITION BY list, uscc, listed_on ORDER BY batch_id DESC, row_no DESC) = 1) x
		LEFT JOIN (SELECT org_id, arg_max(uscc, batch_id) AS uscc FROM organisation WHERE kind = 'supplier' GROUP BY org_id) o ON o.uscc = x.uscc`
	externalOrder = ` ORDER BY o.org_id IS NULL, listed_on DESC, x.uscc, list`
)

func scanExternal(rows *sql.Rows, e *External) error {
	var until, removed sql.NullTime
	err := rows.Scan(&e.List, &e.USCC, &e.Name, &e.Authority, &e.DocumentNo, &e.Cause, &e.ListedOn, &until, &removed, &e.SupplierID, &e.Batch)
	e.UntilOn, e.RemovedOn = until.Time, removed.Time
	return err
}
