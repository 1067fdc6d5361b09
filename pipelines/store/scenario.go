package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Actions of scenarios in the audit log.
const (
	ScenarioSaved   = "scenario_saved"
	ScenarioAdopted = "scenario_adopted"
)

// ErrOutdated says that a scenario was computed on another run than the published one, or by another program, so its
// amounts are no longer those that the page shows.
var ErrOutdated = errors.New("the scenario was computed on another run")

// ErrAdopted says that the scenario is the one that stands already.
var ErrAdopted = errors.New("the scenario is adopted already")

// Scenario is a question about next year's budget that somebody saved, with what it came to.
type Scenario struct {
	ID               int
	Name             string
	Run              int    // on whose contracts it was computed
	Year             int    // budget year that the money is for
	Question         string // what it assumes, as the page's address writes it
	Contracts        int
	BaseFen, NextFen int64
	Hash             string // of the amounts: HashAmounts
	SavedBy          string // name of the account, as AdoptedBy
	SavedAt          time.Time
	Adoption         int  // the last one of it; 0: never adopted
	Stands           bool // its adoption is the last of all
	Reason           string
	AdoptedBy        string
	AdoptedAt        time.Time
}

// ChangeFen is the change against this year.
func (s *Scenario) ChangeFen() int64 { return s.NextFen - s.BaseFen }

// Amount is what one contract gets by an adopted scenario.
type Amount struct {
	ContractNo, PurchaserID, SupplierID, ItemCode string
	BaseFen, NextFen                              int64
	Action                                        string

	adoption int
}

var amounts = Table[Amount]{Name: "scenario_amount", Columns: []Column[Amount]{
	Whole("adoption_id", func(a *Amount) int64 { return int64(a.adoption) }).Outside(),
	Text("contract_no", false, func(a *Amount) string { return a.ContractNo }),
	Text("purchaser_id", false, func(a *Amount) string { return a.PurchaserID }),
	Text("supplier_id", false, func(a *Amount) string { return a.SupplierID }),
	Text("item_code", false, func(a *Amount) string { return a.ItemCode }),
	Whole("base_fen", func(a *Amount) int64 { return a.BaseFen }),
	Whole("next_fen", func(a *Amount) int64 { return a.NextFen }),
	Text("action", false, func(a *Amount) string { return a.Action }),
}}

// HashAmounts is the hash of all amounts of a scenario, in the order of contracts.
func HashAmounts(all []Amount) string {
	var canonical []byte
	for i := range all {
		canonical = amounts.Digest(canonical, &all[i])
	}
	return Hash(canonical)
}

// SaveScenario saves a scenario under the next number, and returns that. Who saved it is who acts in the context.
func (s *Store) SaveScenario(ctx context.Context, saved Scenario) (id int, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.Scan(ctx, []any{&id}, `SELECT coalesce(max(scenario_id), 0) + 1 FROM scenario`); err != nil {
			return fmt.Errorf("number a scenario: %w", err)
		}
		_, err := w.Exec(ctx, `INSERT INTO scenario VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, int32(id), saved.Name, int32(saved.Run), int16(saved.Year), saved.Question,
			int32(saved.Contracts), saved.BaseFen, saved.NextFen, saved.Hash, actorOf(ctx).Name, s.now().UTC())
		if err != nil {
			return fmt.Errorf("save a scenario: %w", err)
		}
		return w.Audit(ctx, AuditEntry{Action: ScenarioSaved, Subject: scenarioSubject(id), Detail: fmt.Sprintf("run %d, amounts %s", saved.Run, saved.Hash)})
	})
	return id, err
}

func scenarioSubject(id int) string { return "scenario:" + strconv.Itoa(id) }

// AdoptScenario makes a scenario the one that stands, and keeps its amounts. It is refused with ErrOutdated when the
// scenario is not of the published run or the amounts are not those that were saved, with ErrAdopted when it stands
// already, and with ErrNotInRun when there is none of that number.
func (s *Store) AdoptScenario(ctx context.Context, id int, reason string, all []Amount) error {
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		number, err := w.adoptable(ctx, id, all)
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `INSERT INTO scenario_adoption VALUES (?, ?, ?, ?, ?)`, int32(number), int32(id), reason, actorOf(ctx).Name, s.now().UTC()); err != nil {
			return fmt.Errorf("adopt scenario %d: %w", id, err)
		}
		rows := NewRows(&amounts)
		for _, a := range all {
			a.adoption = number
			rows.Add(&a)
		}
		if _, err := Insert(ctx, w, rows); err != nil {
			return fmt.Errorf("adopt scenario %d: %w", id, err)
		}
		return w.Audit(ctx, AuditEntry{Action: ScenarioAdopted, Subject: scenarioSubject(id), Detail: "amounts " + HashAmounts(all)})
	})
}

// adoptable returns the number of the adoption to come, or why there is none.
func (w *Writer) adoptable(ctx context.Context, id int, all []Amount) (number int, err error) {
	var run, published int
	var hash string
	err = w.Scan(ctx, []any{&run, &hash, &published}, `SELECT run_id, hash, (SELECT run_id FROM published) FROM scenario WHERE scenario_id = ?`, int32(id))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("scenario %d: %w", id, ErrNotInRun)
	}
	if err != nil {
		return 0, fmt.Errorf("read scenario %d: %w", id, err)
	}
	if run != published || hash != HashAmounts(all) {
		return 0, fmt.Errorf("scenario %d of run %d: %w", id, run, ErrOutdated)
	}
	var standing int
	err = w.Scan(ctx, []any{&number, &standing}, `SELECT coalesce(max(adoption_id), 0) + 1, coalesce(arg_max(scenario_id, adoption_id), 0) FROM scenario_adoption`)
	if err == nil && standing == id {
		err = ErrAdopted
	}
	if err != nil {
		return 0, fmt.Errorf("adopt scenario %d: %w", id, err)
	}
	return number, nil
}

// nameOf is the name of an account as pages show it, else what is recorded of who acted.
func nameOf(actor string) string {
	return `coalesce((SELECT any_value(name) FROM account WHERE login = ` + actor + `), ` + actor + `)`
}

var scenarioQuery = `SELECT s.scenario_id, s.name, s.run_id, s.for_year, s.question, s.contracts, s.base_fen, s.next_fen, s.hash, ` + nameOf("s.saved_by") + `, s.saved_at,
	coalesce(a.adoption_id, 0), coalesce(a.adoption_id = (SELECT max(adoption_id) FROM scenario_adoption), false), coalesce(a.reason, ''),
	coalesce(` + nameOf("a.adopted_by") + `, ''), a.adopted_at
	FROM scenario s LEFT JOIN (SELECT scenario_id, max(adoption_id) AS adoption_id, arg_max(reason, adoption_id) AS reason,
		arg_max(adopted_by, adoption_id) AS adopted_by, arg_max(adopted_at, adoption_id) AS adopted_at FROM scenario_adoption GROUP BY scenario_id) a USING (scenario_id)`

func scanScenario(rows *sql.Rows, s *Scenario) error {
	var adopted sql.NullTime
	err := rows.Scan(&s.ID, &s.Name, &s.Run, &s.Year, &s.Question, &s.Contracts, &s.BaseFen, &s.NextFen, &s.Hash, &s.SavedBy, &s.SavedAt, &s.Adoption, &s.Stands,
		&s.Reason, &s.AdoptedBy, &adopted)
	s.AdoptedAt = adopted.Time
	return err
}

// Scenarios lists the saved scenarios, latest first.
func (v *View) Scenarios(ctx context.Context) ([]Scenario, error) {
	return list(ctx, v, "scenarios", scenarioQuery+` ORDER BY s.scenario_id DESC`, nil, scanScenario)
}

// Scenario reads one saved scenario.
func (v *View) Scenario(ctx context.Context, id int) (Scenario, error) {
	rows, err := list(ctx, v, "scenario", scenarioQuery+` WHERE s.scenario_id = ?`, []any{int32(id)}, scanScenario)
	return one(rows, err, "scenario", strconv.Itoa(id))
}

// Amounts lists what an adoption gave to each contract, in their order.
func (v *View) Amounts(ctx context.Context, adoption int) ([]Amount, error) {
	return list(ctx, v, "amounts", `SELECT contract_no, purchaser_id, supplier_id, item_code, base_fen, next_fen, action FROM scenario_amount
		WHERE adoption_id = ? ORDER BY contract_no`, []any{int32(adoption)}, func(rows *sql.Rows, a *Amount) error {
		return rows.Scan(&a.ContractNo, &a.PurchaserID, &a.SupplierID, &a.ItemCode, &a.BaseFen, &a.NextFen, &a.Action)
	})
}
