package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// ReleasePublished is the action by which the audit log knows that results were released to the public.
const ReleasePublished = "release_published"

// Release is one publication of results. Its tables hold only what everybody may read, so they belong to no scope.
type Release struct {
	Number          int       `json:"release"`
	Run             int       `json:"run"`
	RunHash         string    `json:"run_hash"`
	AsOf            time.Time `json:"as_of"`
	Hash            string    `json:"hash"`     // SHA-256 of the bundle's SHA256SUMS
	Previous        string    `json:"previous"` // Hash of the release before; empty in the first
	Content         string    `json:"content"`  // SHA-256 of the data alone
	Evaluations     int       `json:"evaluations"`
	Withheld        int       `json:"evaluations_withheld"` // of them, with numbers left out
	Ratings         int       `json:"ratings"`
	RatingsWithheld int       `json:"ratings_withheld"`
	Reason          string    `json:"reason"`
	By              string    `json:"published_by"`
	At              time.Time `json:"published_at"`
}

// Releases lists the releases, the last one first; none before anything was published.
func Releases(ctx context.Context, r *Reader) ([]Release, error) {
	return listFrom(ctx, r, "releases", `SELECT number, run_id, run_hash, as_of, hash, previous, content, evaluations, evaluations_withheld, ratings, ratings_withheld,
		reason, published_by, published_at FROM release ORDER BY number DESC`, func(rows *sql.Rows, l *Release) error {
		return rows.Scan(&l.Number, &l.Run, &l.RunHash, &l.AsOf, &l.Hash, &l.Previous, &l.Content, &l.Evaluations, &l.Withheld, &l.Ratings, &l.RatingsWithheld,
			&l.Reason, &l.By, &l.At)
	})
}

// LastRelease is the release that the public sees; ok is false before the first.
func LastRelease(ctx context.Context, r *Reader) (last Release, ok bool, err error) {
	all, err := Releases(ctx, r)
	if err != nil || len(all) == 0 {
		return Release{}, false, err
	}
	return all[0], true, nil
}

// PublicContract is the evaluation of one contract as a release says it. Numbers that it does not have, or withholds, are
// NaN.
type PublicContract struct {
	ContractNo, Name       string
	PurchaserID, Purchaser string
	SupplierID, Supplier   string
	ItemCode, Item         string
	Year                   int
	AmountFen              int64
	Status, Grade          string
	Value, Low, High       float64
	Withheld               string // why numbers are left out; empty: none is
}

// PublicSupplier is the rating of one supplier as a release says it; Score is NaN for an unrated one and where it is
// withheld.
type PublicSupplier struct {
	ID, USCC, Name, Type string
	Status, Level        string
	Stars                int
	Score                float64
	Evaluations          int
	Withheld             string
}

func releaseSubject(number int) string { return "release:" + strconv.Itoa(number) }

// Publish is what a release writes, within one transaction with its entry in the audit log.
func (w *Writer) Publish(ctx context.Context, l Release, contracts *Rows[PublicContract], suppliers *Rows[PublicSupplier]) error {
	_, err := w.Exec(ctx, `INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(l.Number), int32(l.Run), l.RunHash, l.AsOf, l.Hash, l.Previous, l.Content,
		int64(l.Evaluations), int64(l.Withheld), int64(l.Ratings), int64(l.RatingsWithheld), l.Reason, actorOf(ctx).Name, w.trail.now().UTC())
	if err != nil {
		return fmt.Errorf("release %d: %w", l.Number, err)
	}
	if _, err := Insert(ctx, w, contracts); err != nil {
		return err
	}
	if _, err := Insert(ctx, w, suppliers); err != nil {
		return err
	}
	return w.Audit(ctx, AuditEntry{Action: ReleasePublished, Subject: releaseSubject(l.Number), Detail: fmt.Sprintf("run %d, hash %s", l.Run, l.Hash)})
}
