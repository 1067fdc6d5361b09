package store

import (
	"context"
	"database/sql"
	"errors"
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
	release                int
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
	release              int
}

// PublicPlan is one approved plan item as a release says it, with the names of its department and catalogue item.
type PublicPlan struct {
	No, Purchaser, Item, Project, Method string
	Year                                 int
	AmountFen                            int64 // approved
	release                              int
}

// The tables of a release, as rows go into them.
var (
	publicContracts = Table[PublicContract]{Name: "public_contract", Columns: []Column[PublicContract]{
		Whole("release", func(c *PublicContract) int64 { return int64(c.release) }),
		Text("contract_no", false, func(c *PublicContract) string { return c.ContractNo }),
		Text("name", false, func(c *PublicContract) string { return c.Name }),
		Text("purchaser_id", false, func(c *PublicContract) string { return c.PurchaserID }),
		Text("purchaser", false, func(c *PublicContract) string { return c.Purchaser }),
		Text("supplier_id", false, func(c *PublicContract) string { return c.SupplierID }),
		Text("supplier", false, func(c *PublicContract) string { return c.Supplier }),
		Text("item_code", false, func(c *PublicContract) string { return c.ItemCode }),
		Text("item", false, func(c *PublicContract) string { return c.Item }),
		Whole("budget_year", func(c *PublicContract) int64 { return int64(c.Year) }),
		Whole("amount_fen", func(c *PublicContract) int64 { return c.AmountFen }),
		Text("status", false, func(c *PublicContract) string { return c.Status }),
		Text("grade", false, func(c *PublicContract) string { return c.Grade }),
		Real("value", func(c *PublicContract) float64 { return c.Value }),
		Real("low", func(c *PublicContract) float64 { return c.Low }),
		Real("high", func(c *PublicContract) float64 { return c.High }),
		Text("withheld", false, func(c *PublicContract) string { return c.Withheld }),
	}}
	publicSuppliers = Table[PublicSupplier]{Name: "public_supplier", Columns: []Column[PublicSupplier]{
		Whole("release", func(s *PublicSupplier) int64 { return int64(s.release) }),
		Text("supplier_id", false, func(s *PublicSupplier) string { return s.ID }),
		Text("uscc", false, func(s *PublicSupplier) string { return s.USCC }),
		Text("name", false, func(s *PublicSupplier) string { return s.Name }),
		Text("supplier_type", false, func(s *PublicSupplier) string { return s.Type }),
		Text("status", false, func(s *PublicSupplier) string { return s.Status }),
		Text("level", false, func(s *PublicSupplier) string { return s.Level }),
		Whole("stars", func(s *PublicSupplier) int64 { return int64(s.Stars) }),
		Real("score", func(s *PublicSupplier) float64 { return s.Score }),
		Whole("evaluations", func(s *PublicSupplier) int64 { return int64(s.Evaluations) }),
		Text("withheld", false, func(s *PublicSupplier) string { return s.Withheld }),
	}}
	publicPlans = Table[PublicPlan]{Name: "public_plan", Columns: []Column[PublicPlan]{
		Whole("release", func(p *PublicPlan) int64 { return int64(p.release) }),
		Text("plan_no", false, func(p *PublicPlan) string { return p.No }),
		Whole("plan_year", func(p *PublicPlan) int64 { return int64(p.Year) }),
		Text("purchaser", false, func(p *PublicPlan) string { return p.Purchaser }),
		Text("item", false, func(p *PublicPlan) string { return p.Item }),
		Text("project", false, func(p *PublicPlan) string { return p.Project }),
		Whole("amount_fen", func(p *PublicPlan) int64 { return p.AmountFen }),
		Text("method", false, func(p *PublicPlan) string { return p.Method }),
	}}
	releaseChanges = Table[PublicChange]{Name: "release_change", Columns: []Column[PublicChange]{
		Whole("release", func(c *PublicChange) int64 { return int64(c.release) }),
		Text("subject", false, func(c *PublicChange) string { return c.Subject }),
		Text("id", false, func(c *PublicChange) string { return c.ID }),
		Text("change", false, func(c *PublicChange) string { return c.Change }),
		Text("cause", false, func(c *PublicChange) string { return c.Cause }),
		Text("grade_before", false, func(c *PublicChange) string { return c.GradeBefore }),
		Text("grade_after", false, func(c *PublicChange) string { return c.GradeAfter }),
		Real("value_before", func(c *PublicChange) float64 { return c.Before }),
		Real("value_after", func(c *PublicChange) float64 { return c.After }),
	}}
)

// Publication is all that a release writes.
type Publication struct {
	Release
	Contracts []PublicContract
	Suppliers []PublicSupplier
	Plans     []PublicPlan
	Changes   []PublicChange
}

// ErrReleased says that another release was published meanwhile, so that this one does not follow the last one.
var ErrReleased = errors.New("another release was published meanwhile; publish again")

// PublishRelease adds a release with all its rows, and tells the audit log. Who publishes is who acts in the context. It is
// refused with ErrReleased where the release does not follow the last one, and with another error where its run is no longer
// the published one.
func (s *Store) PublishRelease(ctx context.Context, p Publication) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		last, _, err := LastRelease(ctx, &w.Reader)
		if err != nil {
			return err
		}
		if last.Number+1 != p.Number || last.Hash != p.Previous {
			return ErrReleased
		}
		_, err = w.Exec(ctx, `INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(p.Number), int32(p.Run), p.RunHash, p.AsOf, p.Hash, p.Previous, p.Content,
			int64(p.Evaluations), int64(p.Withheld), int64(p.Ratings), int64(p.RatingsWithheld), p.Reason, actorOf(ctx).Name, s.now().UTC())
		if err != nil {
			return fmt.Errorf("release %d: %w", p.Number, err)
		}
		if err := insertPublic(ctx, w, &publicContracts, p.Contracts, func(c *PublicContract) { c.release = p.Number }); err != nil {
			return err
		}
		if err := insertPublic(ctx, w, &publicSuppliers, p.Suppliers, func(s *PublicSupplier) { s.release = p.Number }); err != nil {
			return err
		}
		if err := insertPublic(ctx, w, &publicPlans, p.Plans, func(i *PublicPlan) { i.release = p.Number }); err != nil {
			return err
		}
		if err := insertPublic(ctx, w, &releaseChanges, p.Changes, func(c *PublicChange) { c.release = p.Number }); err != nil {
			return err
		}
		return w.Audit(ctx, AuditEntry{Action: ReleasePublished, Subject: "release:" + strconv.Itoa(p.Number), Detail: fmt.Sprintf("run %d, hash %s", p.Run, p.Hash)})
	})
}

// insertPublic writes rows of a release after number has entered it.
func insertPublic[T any](ctx context.Context, w *Writer, t *Table[T], all []T, number func(*T)) error {
	rows := NewRows(t)
	for i := range all {
		number(&all[i])
		rows.Add(&all[i])
	}
	_, err := Insert(ctx, w, rows)
	return err
}
