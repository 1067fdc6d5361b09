package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Actions that the store, its commands and the runs record. A package that records others names them beside its own
// code; the pages show the text of the key audit.action.CODE, or the code.
const (
	UploadAccepted = "upload_accepted"
	RunStarted     = "run_started" // by hand
	RunPublished   = "run_published"

	BatchRecovered    = "batch_recovered"    // an archived file was brought in again
	DatabaseRecovered = "database_recovered" // see Recovery
	BackupMade        = "backup_made"
	PolicyChanged     = "policy_changed" // a run was published by another policy than the one before
)

// maxAuditText is the most bytes that one text of an entry keeps; what is longer ends with an ellipsis. A name of a file
// has at most 255 and a list of changed settings fits, while nobody can fill the disk through a failed sign-in.
const maxAuditText = 1000

// AuditEntry is one line of the audit log: who did what, when. It never holds cell values, passwords, tokens or codes.
// Whoever writes one sets Action and Subject and, where they say more, Detail; an empty Actor is taken from the context
// (see As) together with Role and Request, and a zero At is now. The store sets the rest.
type AuditEntry struct {
	Number   int64     `json:"number"` // 1, 2, 3 ... in the order of the commits
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"` // account or user of the console; empty: the program itself, as in a nightly run
	Role     string    `json:"role"`
	Action   string    `json:"action"`  // code
	Subject  string    `json:"subject"` // what it was done to, as "batch:12", "run:4" or "account:li"
	Detail   string    `json:"detail"`
	Request  string    `json:"request"`  // id of the request, as in the server's log
	Previous string    `json:"previous"` // Chain of the entry before
	Chain    string    `json:"chain"`    // SHA-256 of the entry's JSON with Chain empty
}

// chain computes what Chain has to be.
func (e AuditEntry) chain() string {
	e.Chain = ""
	return hashOfJSON(e)
}

// hashOfJSON is the SHA-256 of a value of plain fields as JSON: the link of both chains, of receipts and of audit.
func hashOfJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain fields only
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Actor is who acts, for the audit log: the account with its role behind a request, or the user of the console.
type Actor struct{ Name, Role, Request string }

type actorKey struct{}

// As returns a context in which whatever is audited is recorded as done by the actor. Without it the program itself
// acted.
func As(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// actorOf is who acts in the context; the zero Actor is the program.
func actorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Audit adds an entry in a transaction of its own. An action that writes to the store calls Writer.Audit instead, so
// that neither is kept without the other.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error { return w.Audit(ctx, e) })
}

// Audit adds an entry to the audit log within the transaction: it is kept exactly when the rest of it is. Entries are
// numbered in the order of the commits, since one transaction writes at a time.
func (w *Writer) Audit(ctx context.Context, e AuditEntry) error {
	if e.Action == "" {
		return errors.New("an audit entry needs an action")
	}
	head, err := w.head(ctx)
	if err != nil {
		return err
	}
	if e.Actor == "" {
		a := actorOf(ctx)
		e.Actor, e.Role, e.Request = a.Name, a.Role, a.Request
	}
	if e.At.IsZero() {
		e.At = w.trail.now()
	}
	e.At = e.At.UTC().Truncate(time.Microsecond) // as the database keeps it
	for _, text := range []*string{&e.Actor, &e.Role, &e.Action, &e.Subject, &e.Detail, &e.Request} {
		*text = auditText(*text)
	}
	e.Number, e.Previous = head.Number+1, head.Chain
	e.Chain = e.chain()
	if _, err := w.Exec(ctx, `INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.Number, e.At, e.Actor, e.Role, e.Action, e.Subject, e.Detail,
		e.Request, e.Previous, e.Chain); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	w.audited = &anchor{e.Number, e.Chain}
	return nil
}

// head is the entry that the next one follows: the last of the table or of the anchors, whichever is further, so that a
// number that was given once is not given again after a part of the table was lost.
func (w *Writer) head(ctx context.Context) (anchor, error) {
	if w.audited != nil {
		return *w.audited, nil
	}
	last := w.trail.last
	var stored anchor
	err := w.Scan(ctx, []any{&stored.Number, &stored.Chain}, `SELECT number, chain FROM audit ORDER BY number DESC LIMIT 1`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return anchor{}, fmt.Errorf("read the audit log: %w", err)
	}
	if stored.Number > last.Number {
		return stored, nil
	}
	return last, nil
}

// auditText is a text as an entry keeps it: one line of valid UTF-8 of bounded length.
func auditText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text) // which makes U+FFFD of what is not UTF-8, too
	if len(text) <= maxAuditText {
		return text
	}
	end := maxAuditText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
