package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Actions of saved views in the audit log.
const (
	ViewSaved       = "view_saved"
	ViewRenamed     = "view_renamed"
	ViewMadeDefault = "view_made_default"
	ViewNotDefault  = "view_not_default"
	ViewDropped     = "view_dropped"
)

// ErrNoView says that an account has no saved view of that number.
var ErrNoView = errors.New("no such saved view")

// SavedView is the state of a page that somebody keeps under a name.
type SavedView struct {
	ID      int
	Account string // whose it is; nobody else sees it
	Page    string // path, as /evaluations
	Name    string
	State   string // query of the address, encoded; empty: the page as it is
	Default bool   // the page opens so
	SavedAt time.Time
}

func (v *SavedView) subject() string { return "view:" + strconv.Itoa(v.ID) }

// SavedViews lists the views of an account by page and name.
func SavedViews(ctx context.Context, r *Reader, account string) ([]SavedView, error) {
	return listFrom(ctx, r, "saved views", `SELECT view_id, account, page, name, state, is_default, saved_at FROM saved_view
		WHERE account = ? AND NOT dropped ORDER BY page, name, view_id`, scanSavedView, account)
}

func scanSavedView(rows *sql.Rows, v *SavedView) error {
	return rows.Scan(&v.ID, &v.Account, &v.Page, &v.Name, &v.State, &v.Default, &v.SavedAt)
}

// SaveView keeps a view under the next number, and returns that.
func (s *Store) SaveView(ctx context.Context, v SavedView) (id int, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.Scan(ctx, []any{&v.ID}, `SELECT coalesce(max(view_id), 0) + 1 FROM saved_view`); err != nil {
			return fmt.Errorf("number a view: %w", err)
		}
		if v.Default {
			if err := w.noDefault(ctx, v); err != nil {
				return err
			}
		}
		if _, err := w.Exec(ctx, `INSERT INTO saved_view VALUES (?, ?, ?, ?, ?, ?, false, ?)`, int32(v.ID), v.Account, v.Page, v.Name, v.State, v.Default,
			s.now().UTC()); err != nil {
			return fmt.Errorf("save a view: %w", err)
		}
		return w.Audit(ctx, AuditEntry{Action: ViewSaved, Subject: v.subject(), Detail: "page " + v.Page})
	})
	return v.ID, err
}

// noDefault ends what the page of a view opened with for its account.
func (w *Writer) noDefault(ctx context.Context, v SavedView) error {
	if _, err := w.Exec(ctx, `UPDATE saved_view SET is_default = false WHERE account = ? AND page = ? AND is_default`, v.Account, v.Page); err != nil {
		return fmt.Errorf("default view of %s: %w", v.Page, err)
	}
	return nil
}

// RenameView gives a view of an account another name.
func (s *Store) RenameView(ctx context.Context, account string, id int, name string) error {
	return s.changeView(ctx, account, id, ViewRenamed, func(ctx context.Context, w *Writer, v SavedView) error {
		_, err := w.Exec(ctx, `UPDATE saved_view SET name = ? WHERE view_id = ?`, name, int32(v.ID))
		return err
	})
}

// MakeDefaultView makes a page open with a view of an account in place of any other.
func (s *Store) MakeDefaultView(ctx context.Context, account string, id int) error {
	return s.changeView(ctx, account, id, ViewMadeDefault, func(ctx context.Context, w *Writer, v SavedView) error {
		if err := w.noDefault(ctx, v); err != nil {
			return err
		}
		_, err := w.Exec(ctx, `UPDATE saved_view SET is_default = true WHERE view_id = ?`, int32(v.ID))
		return err
	})
}

// EndDefaultView makes the page of a view open as it is again.
func (s *Store) EndDefaultView(ctx context.Context, account string, id int) error {
	return s.changeView(ctx, account, id, ViewNotDefault, func(ctx context.Context, w *Writer, v SavedView) error { return w.noDefault(ctx, v) })
}

// DropView takes a view away from an account.
func (s *Store) DropView(ctx context.Context, account string, id int) error {
	return s.changeView(ctx, account, id, ViewDropped, func(ctx context.Context, w *Writer, v SavedView) error {
		_, err := w.Exec(ctx, `UPDATE saved_view SET dropped = true, is_default = false WHERE view_id = ?`, int32(v.ID))
		return err
	})
}

// changeView does something to a view of an account and records it; ErrNoView when the account has none of that number.
func (s *Store) changeView(ctx context.Context, account string, id int, action string, change func(context.Context, *Writer, SavedView) error) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		v := SavedView{ID: id, Account: account}
		err := w.Scan(ctx, []any{&v.Page}, `SELECT page FROM saved_view WHERE view_id = ? AND account = ? AND NOT dropped`, int32(id), account)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("view %d: %w", id, ErrNoView)
		}
		if err == nil {
			err = change(ctx, w, v)
		}
		if err != nil {
			return fmt.Errorf("%s, view %d: %w", action, id, err)
		}
		return w.Audit(ctx, AuditEntry{Action: action, Subject: v.subject(), Detail: "page " + v.Page})
	})
}
