package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Account is one who may sign in, as it is kept. What its fields allow is decided by package access.
type Account struct {
	ID          string
	Login       string // lower case
	Name        string
	Role        string
	Org         string // empty: none
	Email       string // lower case; empty: none
	Password    string // argon2id with its parameters; empty: none can be used
	PasswordDue bool   // to be changed at the first sign-in
	Factor      string // secret of the second factor; empty: none
	FactorStep  int64  // time step of the last code used
	Recovery    []string
	Issuer      string // of the single sign-on, with Subject; empty: not linked
	Subject     string
	Disabled    bool
	CreatedAt   time.Time
	ChangedAt   time.Time
}

// Token is one right of a program to ask in an account's name, as it is kept.
type Token struct {
	ID, Account, Label   string
	Hash                 string // of the secret
	Actions              []string
	CreatedAt, ExpiresAt time.Time
	RevokedAt            time.Time // zero: not revoked
}

// Accounts lists every account by its login.
func Accounts(ctx context.Context, r *Reader) ([]Account, error) {
	return listFrom(ctx, r, "accounts", `SELECT account_id, login, name, role, org_id, email, password, password_due, factor, factor_step, recovery, issuer, subject,
		disabled, created_at, changed_at FROM account ORDER BY login`, func(rows *sql.Rows, a *Account) error {
		var recovery string
		err := rows.Scan(&a.ID, &a.Login, &a.Name, &a.Role, &a.Org, &a.Email, &a.Password, &a.PasswordDue, &a.Factor, &a.FactorStep, &recovery, &a.Issuer,
			&a.Subject, &a.Disabled, &a.CreatedAt, &a.ChangedAt)
		if err == nil {
			a.Recovery, err = fromJSON[string]("recovery codes", recovery)
		}
		return err
	})
}

// PutAccount writes an account in the place of the one with its id.
func PutAccount(ctx context.Context, w *Writer, a Account) error {
	recovery, err := json.Marshal(a.Recovery)
	if err != nil {
		return fmt.Errorf("write an account: %w", err)
	}
	if _, err := w.Exec(ctx, `DELETE FROM account WHERE account_id = ?`, a.ID); err != nil {
		return fmt.Errorf("write an account: %w", err)
	}
	_, err = w.Exec(ctx, `INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.ID, a.Login, a.Name, a.Role, a.Org, a.Email, a.Password,
		a.PasswordDue, a.Factor, a.FactorStep, string(recovery), a.Issuer, a.Subject, a.Disabled, a.CreatedAt, a.ChangedAt)
	if err != nil {
		return fmt.Errorf("write an account: %w", err)
	}
	return nil
}

// Tokens lists every token, latest first.
func Tokens(ctx context.Context, r *Reader) ([]Token, error) {
	return listFrom(ctx, r, "tokens", `SELECT token_id, account_id, label, hash, actions, created_at, expires_at, revoked_at FROM token ORDER BY created_at DESC, token_id`,
		func(rows *sql.Rows, t *Token) error {
			var actions string
			var revoked sql.NullTime
			err := rows.Scan(&t.ID, &t.Account, &t.Label, &t.Hash, &actions, &t.CreatedAt, &t.ExpiresAt, &revoked)
			t.RevokedAt = revoked.Time
			if err == nil {
				t.Actions, err = fromJSON[string]("actions of a token", actions)
			}
			return err
		})
}

// PutToken writes a token in the place of the one with its id.
func PutToken(ctx context.Context, w *Writer, t Token) error {
	actions, err := json.Marshal(t.Actions)
	if err != nil {
		return fmt.Errorf("write a token: %w", err)
	}
	if _, err := w.Exec(ctx, `DELETE FROM token WHERE token_id = ?`, t.ID); err != nil {
		return fmt.Errorf("write a token: %w", err)
	}
	_, err = w.Exec(ctx, `INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, t.ID, t.Account, t.Label, t.Hash, string(actions), t.CreatedAt, t.ExpiresAt,
		orNull(t.RevokedAt))
	if err != nil {
		return fmt.Errorf("write a token: %w", err)
	}
	return nil
}

// orNull is a time as the database keeps it; the zero time is NULL.
func orNull(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

// OrganisationIs says whether an organisation was accepted and is of that kind, as its latest batch has it.
func OrganisationIs(ctx context.Context, r *Reader, id, kind string) (bool, error) {
	var found bool
	err := r.Scan(ctx, []any{&found}, `SELECT coalesce(arg_max(kind, batch_id) = ?, false) FROM organisation WHERE org_id = ?`, kind, id)
	if err != nil {
		return false, fmt.Errorf("look for an organisation: %w", err)
	}
	return found, nil
}

// Organisation is an accepted organisation as its latest batch has it.
type Organisation struct{ ID, Name, Kind string }

// Organisations lists the accepted organisations by kind and name.
func Organisations(ctx context.Context, r *Reader) ([]Organisation, error) {
	return listFrom(ctx, r, "organisations", `SELECT org_id, name, kind FROM `+latestOrganisation+` ORDER BY kind, name, org_id`,
		func(rows *sql.Rows, o *Organisation) error { return rows.Scan(&o.ID, &o.Name, &o.Kind) })
}

// BusiestOrganisation is the organisation of a kind with most contracts or, where contracts name none of the kind, with
// most scores; the zero Organisation when there is none.
func BusiestOrganisation(ctx context.Context, r *Reader, kind string) (Organisation, error) {
	all, err := listFrom(ctx, r, "organisations", `WITH
		deals AS (SELECT org_id, count(*) AS n FROM (SELECT purchaser_id AS org_id FROM contract UNION ALL SELECT supplier_id FROM contract) GROUP BY org_id),
		given AS (SELECT evaluator_id AS org_id, sum(n) AS n FROM (SELECT rater_key, count(*) AS n FROM score GROUP BY rater_key) JOIN rater USING (rater_key) GROUP BY evaluator_id)
		SELECT org_id, name, kind FROM `+latestOrganisation+` o LEFT JOIN deals USING (org_id) LEFT JOIN given USING (org_id) WHERE kind = ?
		ORDER BY coalesce(deals.n, 0) DESC, coalesce(given.n, 0) DESC, org_id LIMIT 1`,
		func(rows *sql.Rows, o *Organisation) error { return rows.Scan(&o.ID, &o.Name, &o.Kind) }, kind)
	if err != nil || len(all) == 0 {
		return Organisation{}, err
	}
	return all[0], nil
}
