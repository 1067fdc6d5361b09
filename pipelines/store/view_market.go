package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Deal is one contract of the run as a market sees it.
type Deal struct {
	Purchaser, Supplier, SupplierType, Item string
	Year                                    int
	AmountFen                               int64
	Value                                   float64
}

// EachDeal hands out every contract of the run, in the order of contracts: every year's markets are made of them.
func (v *View) EachDeal(ctx context.Context, f func(Deal)) error {
	rows, err := v.query(ctx, v.with()+`SELECT purchaser_id, supplier_id, coalesce(org.supplier_type, ''), item_code, budget_year, amount_fen, coalesce(value, 'NaN'::DOUBLE)
		FROM e LEFT JOIN org ON org_id = supplier_id ORDER BY contract_key`)
	if err != nil {
		return fmt.Errorf("read contracts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d Deal
		if err := rows.Scan(&d.Purchaser, &d.Supplier, &d.SupplierType, &d.Item, &d.Year, &d.AmountFen, &d.Value); err != nil {
			return fmt.Errorf("read contracts: %w", err)
		}
		f(d)
	}
	return rows.Err()
}

// Breach is what was bought of an item on days on which the version then in force did not allow it.
type Breach struct {
	ItemCode  string
	Listing   string // Negative, or empty where the version did not know the item
	Contracts int
	AmountFen int64
}

// Breaches lists what was bought against the catalogue, by the day on which a contract was signed, or else begins. Days
// on which no version was in force allow everything.
func (v *View) Breaches(ctx context.Context) ([]Breach, error) {
	return list(ctx, v, "purchases against the catalogue", v.with()+`, `+catalogue(v.Run.Watermark)+fmt.Sprintf(`,
		signed AS (SELECT contract_key, coalesce(signed_on, start_on) AS on_day FROM contract WHERE batch_id <= %d
			QUALIFY row_number() OVER (PARTITION BY contract_key ORDER BY batch_id DESC) = 1)
		SELECT e.item_code, coalesce(listing, '') AS l, count(*), sum(amount_fen)::BIGINT FROM e JOIN signed USING (contract_key)
		JOIN in_force a ON on_day BETWEEN in_force_on AND until_on LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = e.item_code
		WHERE NOT %s GROUP BY e.item_code, l ORDER BY e.item_code, l`, v.Run.Watermark, mayBuy("true")), nil,
		func(rows *sql.Rows, b *Breach) error {
			return rows.Scan(&b.ItemCode, &b.Listing, &b.Contracts, &b.AmountFen)
		})
}

// RegisterFilter says which suppliers of the register to list; the zero value lists none: set Limit.
type RegisterFilter struct {
	Search        string // part of the name, id or social credit code
	Type          string
	State         string // one of RegisterStates; empty: all
	Sort          string // a key of RegisterSorts; empty: name
	Descending    bool
	Limit, Offset int
}

// RegisterStates maps the states by which the register is filtered to their conditions.
var RegisterStates = map[string]string{
	"active": "status = 'active'", "dissolved": "status = 'dissolved'", "revoked": "status = 'revoked'", "unknown": "status = ''",
	"open": "status IN ('dissolved', 'revoked') AND running > 0", "exempt": "exempt", "trained": "trainings > 0", "untrained": "trainings = 0 AND contracts > 0",
}

// RegisterSorts maps what the register can be sorted by to its columns.
var RegisterSorts = map[string]string{"name": "name", "registered": "registered_on", "certificate": "certificate_until", "exempt": "tax_exempt_until",
	"training": "last_training", "contracts": "contracts", "amount": "money"}

// RegisterRow is a supplier as the register has it. Days that it does not hold are zero.
type RegisterRow struct {
	ID, Name, Type, USCC          string
	RegisteredOn                  time.Time
	Sharing                       int // other suppliers with the same social credit code
	Registrar                     string
	Status                        string // active, dissolved or revoked; empty: no registration is known
	EndedOn, CertificateUntil     time.Time
	TaxExemptFrom, TaxExemptUntil time.Time
	Exempt                        bool // on the day of the run
	Trainings                     int  // in the year up to the day of the run
	Hours                         float64
	LastTraining                  time.Time
	Contracts                     int // of the run
	AmountFen                     int64
	Open                          int // contracts that run on the day, or after the registration ended
}

// register is the named query of the suppliers with their registration, trainings and contracts.
func (v *View) register() string {
	return v.with() + fmt.Sprintf(`,
registered AS (SELECT * FROM supplier_registration WHERE batch_id <= %[1]d QUALIFY row_number() OVER (PARTITION BY supplier_id ORDER BY batch_id DESC) = 1),
trained AS (SELECT supplier_id, count(*) FILTER (held_on > DATE '%[2]s' - INTERVAL 1 YEAR) AS trainings, sum(hours) FILTER (held_on > DATE '%[2]s' - INTERVAL 1 YEAR) AS hours,
	max(held_on) AS last_training FROM (SELECT * FROM supplier_training WHERE batch_id <= %[1]d AND held_on <= DATE '%[2]s'
	QUALIFY row_number() OVER (PARTITION BY supplier_id, held_on, topic ORDER BY batch_id DESC) = 1) GROUP BY supplier_id),
code AS (SELECT uscc, count(*) AS holders FROM org WHERE kind = 'supplier' AND uscc <> '' GROUP BY uscc),
dealt AS (SELECT e.supplier_id, count(*) AS contracts, sum(amount_fen)::BIGINT AS money,
	count(*) FILTER (end_on >= coalesce(ended_on, DATE '%[2]s')) AS running FROM e LEFT JOIN registered USING (supplier_id) GROUP BY e.supplier_id),
register AS (SELECT org_id, org.name, supplier_type, uscc, registered_on, coalesce(holders, 1) - 1 AS sharing, coalesce(registrar, '') AS registrar, coalesce(status, '') AS status,
	ended_on, certificate_until, tax_exempt_from, tax_exempt_until, coalesce(DATE '%[2]s' BETWEEN tax_exempt_from AND tax_exempt_until, false) AS exempt,
	coalesce(trainings, 0) AS trainings, coalesce(hours, 0) AS hours, last_training, coalesce(contracts, 0) AS contracts, coalesce(money, 0) AS money, coalesce(running, 0) AS running
	FROM org LEFT JOIN registered r ON r.supplier_id = org_id LEFT JOIN trained t ON t.supplier_id = org_id LEFT JOIN code USING (uscc)
	LEFT JOIN dealt d ON d.supplier_id = org_id WHERE org.kind = 'supplier')
`, v.Run.Watermark, v.Run.AsOf.Format(time.DateOnly))
}

func (f RegisterFilter) where() (string, []any) {
	conditions, args := []string{"true"}, []any{}
	if s := strings.ToLower(strings.TrimSpace(f.Search)); s != "" {
		conditions = append(conditions, "(contains(lower(name), ?) OR contains(lower(org_id), ?) OR contains(lower(uscc), ?))")
		args = append(args, s, s, s)
	}
	if f.Type != "" {
		conditions, args = append(conditions, "supplier_type = ?"), append(args, f.Type)
	}
	if state, known := RegisterStates[f.State]; known {
		conditions = append(conditions, state)
	}
	return strings.Join(conditions, " AND "), args
}

func (f RegisterFilter) order() string {
	column, known := RegisterSorts[f.Sort]
	if !known {
		column = RegisterSorts["name"]
	}
	direction := " ASC"
	if f.Descending {
		direction = " DESC"
	}
	return " ORDER BY " + column + direction + " NULLS LAST, org_id LIMIT ? OFFSET ?"
}

const registerColumns = `SELECT org_id, name, supplier_type, uscc, registered_on, sharing, registrar, status, ended_on, certificate_until, tax_exempt_from, tax_exempt_until,
	exempt, trainings, hours, last_training, contracts, money, running FROM register WHERE `

func scanRegister(rows *sql.Rows, r *RegisterRow) error {
	var registered, ended, certificate, from, until, last sql.NullTime
	err := rows.Scan(&r.ID, &r.Name, &r.Type, &r.USCC, &registered, &r.Sharing, &r.Registrar, &r.Status, &ended, &certificate, &from, &until, &r.Exempt, &r.Trainings, &r.Hours,
		&last, &r.Contracts, &r.AmountFen, &r.Open)
	r.RegisteredOn, r.EndedOn, r.CertificateUntil, r.TaxExemptFrom, r.TaxExemptUntil, r.LastTraining = registered.Time, ended.Time, certificate.Time, from.Time, until.Time, last.Time
	return err
}

// Register lists suppliers as the register has them, and says how many match.
func (v *View) Register(ctx context.Context, f RegisterFilter) ([]RegisterRow, int, error) {
	where, args := f.where()
	var total int
	if err := v.scan(ctx, []any{&total}, v.register()+`SELECT count(*) FROM register WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count the register: %w", err)
	}
	rows, err := list(ctx, v, "register", v.register()+registerColumns+where+f.order(), append(args, f.Limit, f.Offset), scanRegister)
	return rows, total, err
}

// Registered reads one supplier as the register has it.
func (v *View) Registered(ctx context.Context, id string) (RegisterRow, error) {
	lasting := v.ofRun()
	text := v.register() + registerColumns + `true ORDER BY org_id`
	all, err := ofDistrict(ctx, lasting, text, func(m *recall) *PerRun[registerRows] { return &m.registers }, func() (registerRows, error) {
		rows, err := lasting.query(ctx, text)
		return collect(rows, err, "the register", scanRegister)
	})
	at, there := slices.BinarySearchFunc(all, id, func(r RegisterRow, id string) int { return strings.Compare(r.ID, id) })
	if err == nil && there {
		return all[at], nil
	}
	return one[RegisterRow](nil, err, "supplier", id)
}

// registerRows are the suppliers of the register in the order of ids.
type registerRows []RegisterRow

// RegisterCounts counts the suppliers of each state by which the register is filtered; empty: all suppliers.
func (v *View) RegisterCounts(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	text, names, dest := "SELECT count(*)", []string{""}, []any{new(int)}
	for state, condition := range RegisterStates {
		text += ", count(*) FILTER (" + condition + ")"
		names, dest = append(names, state), append(dest, new(int))
	}
	if err := v.scan(ctx, dest, v.register()+text+" FROM register"); err != nil {
		return nil, fmt.Errorf("count the register: %w", err)
	}
	for i, name := range names {
		counts[name] = *dest[i].(*int)
	}
	return counts, nil
}

// Training is one training in which people of a supplier took part.
type Training struct {
	HeldOn           time.Time
	Topic, Organiser string
	Hours            float64
	Persons          int
}

// Trainings lists the trainings of a supplier, latest first.
func (v *View) Trainings(ctx context.Context, id string) ([]Training, error) {
	if there, err := v.among(ctx, id, suppliersIn("supplier_training")); err != nil || !there {
		return nil, err
	}
	return list(ctx, v, "trainings of "+id, `SELECT held_on, topic, coalesce(organiser, ''), hours, persons FROM supplier_training WHERE supplier_id = ? AND batch_id <= ?
		QUALIFY row_number() OVER (PARTITION BY held_on, topic ORDER BY batch_id DESC) = 1 ORDER BY held_on DESC, topic`, []any{id, int32(v.Run.Watermark)},
		func(rows *sql.Rows, t *Training) error {
			return rows.Scan(&t.HeldOn, &t.Topic, &t.Organiser, &t.Hours, &t.Persons)
		})
}
