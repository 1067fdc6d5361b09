package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"pingxin/budget/execution"
)

// ExecutionContract is a contract on its way from plan to evaluation, as the run saw it.
type ExecutionContract struct {
	execution.Contract
	Name, Supplier string // Supplier is an id
	key            int32
}

// contentBits writes which contents a contract has as the bits of execution.Contents.
func contentBits() string {
	var terms []string
	for i, column := range []string{"scope", "subject", "quantity", "quality", "term", "payment_terms", "rights_duties", "breach_liability"} {
		terms = append(terms, fmt.Sprintf("(coalesce(%s, '') <> '')::INTEGER * %d", column, 1<<i))
	}
	return strings.Join(terms, " + ")
}

// latestOf is the rows of a table of facts that count, of those that a run saw: of each key those of the latest batch.
func latestOf(table, key string, watermark int) string {
	return fmt.Sprintf(`(SELECT * FROM %s WHERE batch_id <= %d QUALIFY row_number() OVER (PARTITION BY %s ORDER BY batch_id DESC, row_no DESC) = 1)`, table, watermark, key)
}

// ExecutionContracts lists every contract of the run in the order of budget years and arrival, with its plan, contents,
// targets and payments.
func (v *View) ExecutionContracts(ctx context.Context) ([]ExecutionContract, error) {
	w := v.Run.Watermark
	text := fmt.Sprintf(`WITH e AS (SELECT contract_key, contract_no, coalesce(name, '') AS name, purchaser_id, supplier_id, item_code, budget_year, amount_fen, start_on, end_on,
			coalesce(grade, '') <> '' AS evaluated, last_on FROM evaluation WHERE %s),
		t AS (SELECT contract_key, count(DISTINCT indicator) AS targets FROM target WHERE batch_id <= %d GROUP BY contract_key),
		heard AS (SELECT contract_no, string_agg(DISTINCT source, ',' ORDER BY source) AS sources, max(set_on) AS set_on FROM %s GROUP BY contract_no)
		SELECT e.contract_key, e.contract_no, e.name, e.purchaser_id, e.supplier_id, e.item_code, e.budget_year, e.amount_fen, c.method, c.signed_on, e.start_on, e.end_on,
			coalesce(l.plan_no, ''), coalesce(%s, 0), coalesce(targets, 0), coalesce(sources, ''), set_on, evaluated, last_on
		FROM e JOIN %s c USING (contract_key) LEFT JOIN %s l ON l.contract_no = e.contract_no LEFT JOIN %s k ON k.contract_no = e.contract_no
			LEFT JOIN t ON t.contract_key = e.contract_key LEFT JOIN heard ON heard.contract_no = e.contract_no ORDER BY e.contract_key`,
		holds(v.Run.ID), w, latestOf("target_source", "contract_no, indicator, source", w), contentBits(), latestOf("contract", "contract_key", w),
		latestOf("contract_plan", "contract_no", w), latestOf("contract_content", "contract_no", w))
	all, err := list(ctx, v.ofRun(), "contracts from plan to evaluation", text, nil, func(rows *sql.Rows, c *ExecutionContract) error {
		var sources string
		var signed, set, last sql.NullTime
		err := rows.Scan(&c.key, &c.No, &c.Name, &c.Purchaser, &c.Supplier, &c.Item, &c.Year, &c.AmountFen, &c.Method, &signed, &c.StartOn, &c.EndOn, &c.Plan, &c.Contents,
			&c.Targets, &sources, &set, &c.Evaluated, &last)
		c.SignedOn, c.TargetsOn = signed.Time, set.Time
		if sources != "" {
			c.Heard = strings.Split(sources, ",")
		}
		if c.Evaluated {
			c.EvaluatedOn = last.Time
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, v.addPayments(ctx, all)
}

// addPayments gives contracts their payments: those that were made or are due, and those of the schedule that no payment
// names yet. A day of the schedule goes before that of the payment.
func (v *View) addPayments(ctx context.Context, contracts []ExecutionContract) error {
	w, at := v.Run.Watermark, make(map[int32]int, len(contracts))
	for i := range contracts {
		at[contracts[i].key] = i
	}
	type stage struct {
		key int32
		execution.Payment
	}
	stages, err := list(ctx, v.ofRun(), "payments", fmt.Sprintf(`WITH e AS (SELECT contract_key, contract_no FROM evaluation WHERE %s),
		p AS (SELECT e.contract_key, stage, due_on, paid_on, amount_fen FROM %s JOIN e USING (contract_key)),
		s AS (SELECT e.contract_key, stage, due_on, amount_fen FROM %s JOIN e USING (contract_no))
		SELECT coalesce(p.contract_key, s.contract_key) AS contract_key, coalesce(p.stage, s.stage) AS stage, coalesce(s.due_on, p.due_on), paid_on, coalesce(p.amount_fen, s.amount_fen)
		FROM p FULL JOIN s ON p.contract_key = s.contract_key AND p.stage = s.stage ORDER BY contract_key, stage`,
		holds(v.Run.ID), latestOf("payment", "contract_key, stage", w), latestOf("payment_schedule", "contract_no, stage", w)), nil,
		func(rows *sql.Rows, p *stage) error {
			var due, paid sql.NullTime
			err := rows.Scan(&p.key, &p.Stage, &due, &paid, &p.AmountFen)
			p.DueOn, p.PaidOn = due.Time, paid.Time
			return err
		})
	for _, p := range stages {
		if i, known := at[p.key]; known {
			contracts[i].Payments = append(contracts[i].Payments, p.Payment)
		}
	}
	return err
}

// PlanItem is a plan item with the contracts that carry it out, as the run saw them.
type PlanItem struct {
	execution.PlanItem
	PurchaserName, ItemName string
	Contracts               int
	ContractFen             int64
}

// PlanItems lists every plan item as it is now: a plan is worked on by day, whichever run is published. The latest year
// comes first, then by number. Whether its item may be bought is a question to the version of the catalogue that is in force
// when the plan is submitted, or when its year begins where that is later.
func (v *View) PlanItems(ctx context.Context) ([]PlanItem, error) { return v.planItems(ctx, OpenEnded) }

// PlanItemsSeen lists every plan item as the run saw it.
func (v *View) PlanItemsSeen(ctx context.Context) ([]PlanItem, error) {
	return v.planItems(ctx, v.Run.Watermark)
}

func (v *View) planItems(ctx context.Context, until int) ([]PlanItem, error) {
	text := v.with() + fmt.Sprintf(`, reviewed AS (SELECT plan_no, max(batch_id) AS batch_id FROM plan_review WHERE batch_id <= %d GROUP BY plan_no),
		judged AS (SELECT i.plan_no, arg_max(hash(year, purchaser_id, item_code, project, amount_fen, method, submitted_on), i.batch_id) AS content
			FROM plan_item i JOIN reviewed r ON r.plan_no = i.plan_no AND i.batch_id <= r.batch_id GROUP BY i.plan_no),
		bought AS (SELECT plan_no, count(*) AS contracts, sum(amount_fen)::BIGINT AS fen FROM %s JOIN e USING (contract_no) GROUP BY plan_no),
		cat AS (SELECT item_code, arg_max(name, batch_id) AS name, arg_max(purchasable, batch_id) AS purchasable FROM catalog_item WHERE batch_id <= %d GROUP BY item_code),
		%s
		SELECT i.plan_no, i.year, i.purchaser_id, coalesce(o.name, i.purchaser_id), i.item_code, coalesce(cat.name, i.item_code), project, amount_fen, method,
			coalesce(method_reason, ''), status, submitted_on, %s, coalesce(contracts, 0), coalesce(bought.fen, 0),
			coalesce(judged.content <> hash(i.year, i.purchaser_id, i.item_code, project, amount_fen, method, submitted_on), false)
		FROM %s i LEFT JOIN `+latestOrganisation+` o ON org_id = i.purchaser_id LEFT JOIN cat USING (item_code)
			LEFT JOIN in_force a ON greatest(submitted_on, make_date(i.year, 1, 1)) BETWEEN a.in_force_on AND a.until_on
			LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = i.item_code
			LEFT JOIN bought USING (plan_no) LEFT JOIN judged USING (plan_no) ORDER BY i.year DESC, i.plan_no`, until, latestOf("contract_plan", "contract_no", until), until,
		catalogue(until), mayBuy("cat.purchasable"), latestOf("plan_item", "plan_no", until))
	all, err := list(ctx, v, "plan items", text, nil, func(rows *sql.Rows, i *PlanItem) error {
		var submitted sql.NullTime
		err := rows.Scan(&i.No, &i.Year, &i.Purchaser, &i.PurchaserName, &i.Item, &i.ItemName, &i.Project, &i.AmountFen, &i.Method, &i.Reason, &i.SubmittedAs, &submitted,
			&i.Purchasable, &i.Contracts, &i.ContractFen, &i.Changed)
		i.SubmittedOn = submitted.Time
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, v.addReviews(ctx, all, until)
}

// addReviews gives plan items what the bureau decided of them.
func (v *View) addReviews(ctx context.Context, items []PlanItem, until int) error {
	at := make(map[string]int, len(items))
	for i := range items {
		at[items[i].No] = i
	}
	type review struct {
		plan string
		execution.Review
		approved sql.NullInt64
	}
	reviews, err := list(ctx, v, "reviews of plan items", `SELECT plan_no, review_no, decision, approved_fen, reason, reviewed_on, coalesce(reviewer, '') FROM `+
		latestOf("plan_review", "plan_no, review_no", until)+` ORDER BY plan_no, review_no`, nil, func(rows *sql.Rows, r *review) error {
		return rows.Scan(&r.plan, &r.No, &r.Decision, &r.approved, &r.Reason, &r.On, &r.By)
	})
	for _, r := range reviews {
		i, known := at[r.plan]
		if !known {
			continue
		}
		r.ApprovedFen = items[i].AmountFen
		if r.approved.Valid {
			r.ApprovedFen = r.approved.Int64
		}
		items[i].Reviews = append(items[i].Reviews, r.Review)
	}
	return err
}

// BudgetLine is what a department may spend on an item in a year, from all sources.
type BudgetLine struct {
	Year            int
	Purchaser, Item string
	Fen             int64
}

// BudgetLines lists what departments may spend on purchased services, as the run saw it.
func (v *View) BudgetLines(ctx context.Context) ([]BudgetLine, error) {
	return list(ctx, v.ofRun(), "budgets of purchased services", `SELECT year, purchaser_id, item_code, sum(amount_fen)::BIGINT FROM `+
		latestOf("budget_line", "year, purchaser_id, item_code, source", v.Run.Watermark)+` GROUP BY ALL ORDER BY ALL`, nil,
		func(rows *sql.Rows, l *BudgetLine) error { return rows.Scan(&l.Year, &l.Purchaser, &l.Item, &l.Fen) })
}

// DepartmentBudgets lists the whole budgets of departments by year, as the run saw them; Item is empty.
func (v *View) DepartmentBudgets(ctx context.Context) ([]BudgetLine, error) {
	return list(ctx, v.ofRun(), "budgets of departments", `SELECT year, purchaser_id, amount_fen FROM `+latestOf("department_budget", "year, purchaser_id", v.Run.Watermark)+
		` ORDER BY ALL`, nil, func(rows *sql.Rows, l *BudgetLine) error { return rows.Scan(&l.Year, &l.Purchaser, &l.Fen) })
}

// StaffedFunctions lists for what departments keep staff, as the run saw it.
func (v *View) StaffedFunctions(ctx context.Context) ([]execution.Function, error) {
	return list(ctx, v.ofRun(), "staffed functions", `SELECT year, purchaser_id, function, item_code, staff, coalesce(cost_fen, 0) FROM `+
		latestOf("staffed_function", "year, purchaser_id, function", v.Run.Watermark)+` ORDER BY ALL`, nil, func(rows *sql.Rows, f *execution.Function) error {
		return rows.Scan(&f.Year, &f.Purchaser, &f.Name, &f.Item, &f.Staff, &f.CostFen)
	})
}

// Purchasing is who may buy what: the departments, and the items of the catalogue that may be bought and stand at its ends.
type Purchasing struct{ Departments, Items []Choice }

// Purchasing lists both by name, as the run saw them on its day.
func (v *View) Purchasing(ctx context.Context) (p Purchasing, err error) {
	choice := func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name) }
	if p.Departments, err = list(ctx, v.ofRun(), "departments", v.with()+`SELECT org_id, name FROM org WHERE kind = 'purchaser' ORDER BY name, org_id`, nil, choice); err != nil {
		return p, err
	}
	text := v.with() + fmt.Sprintf(`, %s SELECT item.item_code, item.name FROM item JOIN %s c USING (item_code)
		LEFT JOIN in_force a ON ? BETWEEN a.in_force_on AND a.until_on LEFT JOIN catalogued n ON n.version_id = a.version_id AND n.item_code = item.item_code
		WHERE %s AND item.item_code NOT IN (SELECT parent_code FROM item) ORDER BY item.name, item.item_code`, catalogue(v.Run.Watermark),
		latestOf("catalog_item", "item_code", v.Run.Watermark), mayBuy("c.purchasable"))
	p.Items, err = list(ctx, v.ofRun(), "items that may be bought", text, []any{v.Run.AsOf}, choice)
	return p, err
}

// Names are the names of organisations and items by their ids.
func (v *View) Names(ctx context.Context) (map[string]string, error) {
	all, err := list(ctx, v.ofRun(), "names", v.with()+`SELECT org_id, name FROM org UNION ALL SELECT item_code, name FROM item`, nil,
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name) })
	names := make(map[string]string, len(all))
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}
