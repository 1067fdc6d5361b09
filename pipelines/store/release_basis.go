package store

import (
	"context"
	"database/sql"
	"time"
)

// Official is what the published run says of a contract, with what is public of the contract itself. Numbers that it does
// not have are NaN.
type Official struct {
	Key                     int32
	ContractNo, Name        string
	PurchaserID, SupplierID string
	ItemCode, Method        string
	Year                    int
	AmountFen               int64
	SignedOn                time.Time // zero: not known
	ServiceFrom, ServiceTo  time.Time
	Status, Grade, Uncapped string
	Value, Low, High        float64
}

// Officials lists the evaluations of the run with their contracts, in the order of contract numbers.
func (v *View) Officials(ctx context.Context) ([]Official, error) {
	text := v.with() + `, described AS (SELECT contract_key, arg_max(method, (batch_id, row_no)) AS method, arg_max(struct_pack(d := signed_on), (batch_id, row_no)).d AS signed_on
		FROM contract WHERE batch_id <= ? GROUP BY contract_key)
	SELECT contract_key, contract_no, coalesce(e.name, ''), purchaser_id, supplier_id, item_code, coalesce(method, ''), budget_year, amount_fen, signed_on, start_on, end_on, status,
		coalesce(grade, ''), coalesce(uncapped_grade, ''), coalesce(value, 'NaN'::DOUBLE), coalesce(low, 'NaN'::DOUBLE), coalesce(high, 'NaN'::DOUBLE)
	FROM e LEFT JOIN described USING (contract_key) ORDER BY contract_no`
	return list(ctx, v, "evaluations to publish", text, []any{int32(v.Run.Watermark)}, func(rows *sql.Rows, o *Official) error {
		var signed sql.NullTime
		err := rows.Scan(&o.Key, &o.ContractNo, &o.Name, &o.PurchaserID, &o.SupplierID, &o.ItemCode, &o.Method, &o.Year, &o.AmountFen, &signed, &o.ServiceFrom, &o.ServiceTo, &o.Status,
			&o.Grade, &o.Uncapped, &o.Value, &o.Low, &o.High)
		o.SignedOn = signed.Time
		return err
	})
}

// Registered is one entry of the register of organisations.
type Registered struct {
	ID, Name, Kind, USCC, Type string
	RegisteredOn               time.Time // zero: not known
}

// Organisations lists the purchasers and suppliers as the run saw them, in the order of ids. Evaluators are left out: who
// judges is not for everybody to read.
func (v *View) Organisations(ctx context.Context) ([]Registered, error) {
	return list(ctx, v, "organisations", v.with()+`SELECT org_id, name, kind, uscc, supplier_type, registered_on FROM org WHERE kind IN ('purchaser', 'supplier') ORDER BY org_id`,
		nil, func(rows *sql.Rows, o *Registered) error {
			var registered sql.NullTime
			err := rows.Scan(&o.ID, &o.Name, &o.Kind, &o.USCC, &o.Type, &registered)
			o.RegisteredOn = registered.Time
			return err
		})
}

// CatalogueItem is one item of the guidance catalogue.
type CatalogueItem struct {
	Code, Name, Parent, Nature string
	Purchasable                bool // on the day of the run
}

// Catalogue lists the items of the guidance catalogue as the run saw it, in the order of codes.
func (v *View) Catalogue(ctx context.Context) ([]CatalogueItem, error) {
	text := `WITH ` + catalogue(v.Run.Watermark) + `, c AS (SELECT item_code, arg_max(name, batch_id) AS name, coalesce(arg_max(parent_code, batch_id), '') AS parent,
		coalesce(arg_max(nature, batch_id), '') AS nature, arg_max(purchasable, batch_id) AS purchasable FROM catalog_item WHERE batch_id <= ? GROUP BY item_code)
	SELECT c.item_code, name, parent, nature, ` + mayBuy("purchasable") + ` FROM c LEFT JOIN in_force a ON ? BETWEEN a.in_force_on AND a.until_on
		LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = c.item_code ORDER BY c.item_code`
	return list(ctx, v, "catalogue", text, []any{int32(v.Run.Watermark), v.Run.AsOf}, func(rows *sql.Rows, i *CatalogueItem) error {
		return rows.Scan(&i.Code, &i.Name, &i.Parent, &i.Nature, &i.Purchasable)
	})
}

// Payment is one stage of the payment of a contract.
type Payment struct {
	ContractNo, Stage string
	DueOn, PaidOn     time.Time // zero: not known, or not paid
	AmountFen         int64
}

// Payments lists the stages of payment of the run's contracts as it saw them, in the order of contracts and stages.
func (v *View) Payments(ctx context.Context) ([]Payment, error) {
	return list(ctx, v, "payments", v.with()+`SELECT contract_no, stage, due_on, paid_on, p.amount_fen FROM (SELECT * FROM payment WHERE batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY contract_key, stage ORDER BY batch_id DESC, row_no DESC) = 1) p JOIN e USING (contract_key) ORDER BY contract_no, stage`,
		[]any{int32(v.Run.Watermark)}, func(rows *sql.Rows, p *Payment) error {
			var due, paid sql.NullTime
			err := rows.Scan(&p.ContractNo, &p.Stage, &due, &paid, &p.AmountFen)
			p.DueOn, p.PaidOn = due.Time, paid.Time
			return err
		})
}

// Causes lists why contracts and suppliers moved in the runs after one up to that of the view, by subject and id with a
// slash between them: the causes of movement in order, with commas between them.
func (v *View) Causes(ctx context.Context, after int) (map[string]string, error) {
	type moved struct{ key, causes string }
	rows, err := list(ctx, v, "causes of movement", `SELECT subject || '/' || id, string_agg(DISTINCT cause, ',' ORDER BY cause) FROM movement
		WHERE run_id > ? AND run_id <= ? GROUP BY ALL`, []any{int32(after), int32(v.Run.ID)}, func(rows *sql.Rows, m *moved) error { return rows.Scan(&m.key, &m.causes) })
	causes := make(map[string]string, len(rows))
	for _, m := range rows {
		causes[m.key] = m.causes
	}
	return causes, err
}

// PublicChange is what a release says otherwise than the one before of a contract or a supplier. Numbers that there are not,
// or that were withheld, are NaN.
type PublicChange struct {
	Subject, ID             string // "contract" or "supplier"
	Change                  string // Added, Changed or Removed
	Cause                   string // causes of movement, with commas between them; empty: no run names one
	GradeBefore, GradeAfter string
	Before, After           float64
	release                 int
}

// The kinds of PublicChange.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// PublicChanges lists what a release changed, contracts first, each in the order of ids.
func PublicChanges(ctx context.Context, r *Reader, release int) ([]PublicChange, error) {
	return listFrom(ctx, r, "changes of a release", `SELECT subject, id, change, cause, grade_before, grade_after, coalesce(value_before, 'NaN'::DOUBLE), coalesce(value_after, 'NaN'::DOUBLE)
		FROM release_change WHERE release = ? ORDER BY subject, id`, func(rows *sql.Rows, c *PublicChange) error {
		return rows.Scan(&c.Subject, &c.ID, &c.Change, &c.Cause, &c.GradeBefore, &c.GradeAfter, &c.Before, &c.After)
	}, int32(release))
}
