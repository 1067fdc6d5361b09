package store

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pingxin/credit"
	"pingxin/pipelines/clues"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

// deal is a contract of the district of these tests: who buys, who performs, and what its evaluator declared.
type deal struct {
	key                            int
	purchaser, supplier, evaluator string
	declared                       string
}

// The district: every pair of purchaser and supplier, and an evaluator in every state of its declaration.
var deals = []deal{
	{1, "P1", "S1", "E1", NoConflict},
	{2, "P2", "S2", "E2", NoConflict},
	{3, "P1", "S2", "E1", Undeclared},
	{4, "P2", "S1", "E1", Conflict},
	{5, "P'--", "S2", "E2", NoConflict}, // tries to be SQL
}

// sees is the rule of Scope in Go, apart from its SQL.
func sees(s Scope, d deal) bool {
	return s.All || s.Purchaser == d.purchaser && s.Purchaser != "" || s.Supplier == d.supplier && s.Supplier != "" ||
		s.Evaluator == d.evaluator && s.Evaluator != "" && d.declared == NoConflict
}

// scoped fills a store with the rows of the district that a scope sees; Everything for all.
func scoped(t *testing.T, scope Scope) *Store {
	t.Helper()
	s := openAt(t, t.TempDir())
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	add(`INSERT INTO run VALUES (1, '2026-01-01', 'p', 'ph', '', 99, true, 4, 4, 'h1', 'x', '2026-01-01', '2026-01-01', '[]', '[]', 1, 'ch', DEFAULT),
		(2, '2026-01-02', 'p', 'ph', '', 99, true, 4, 4, 'h2', 'x', '2026-01-02', '2026-01-02', '[]', '[]', 1, 'ch', DEFAULT)`)
	add(`INSERT INTO published VALUES (1, 2, '2026-01-02')`)
	add(`INSERT INTO indicator VALUES (1, 'quality')`)
	add(`INSERT INTO catalog_item VALUES (1, 1, 'A1', 'home care', NULL, NULL, true)`)
	add(`INSERT INTO catalog_entry VALUES (1, 1, '2025', 'A1', 'negative', NULL, 'done by the office itself', 'rule 1')`)
	add(`INSERT INTO catalog_adoption VALUES (1, 1, '2025', 'catalogue of 2025', '2025-01-01', 'district', NULL, 'first')`)
	organisations := map[string]string{}
	for _, d := range deals {
		if sees(scope, d) {
			organisations[d.purchaser], organisations[d.supplier] = "purchaser", "supplier"
			addDeal(add, scope, d)
		}
		if scope.All || scope.Evaluator == d.evaluator {
			add(`INSERT INTO assignment VALUES (%s, %s, NULL, '2025-01-01', 'a', %s, '', NULL, '', %s)`, quote(fmt.Sprint("C", d.key)), quote(d.evaluator), quote(d.declared),
				map[bool]string{true: "'2025-02-01'", false: "NULL"}[d.declared == Conflict])
		}
	}
	for _, e := range []string{"E1", "E2"} {
		if scope.All || scope.Evaluator == e {
			organisations[e] = "evaluator"
		}
	}
	addReviews(add, scope)
	for _, id := range []string{"S1", "S2"} {
		if scope.All || scope.Supplier == id {
			organisations[id] = "supplier"
			addSupplier(add, id)
		}
	}
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range organisations {
			if !yield(id) {
				return
			}
		}
	}) {
		uscc := "NULL"
		if organisations[id] == "supplier" {
			uscc = quote("U" + id)
		}
		add(`INSERT INTO organisation VALUES (1, 1, %s, %s, '%s', %s, 'company', NULL, NULL)`, quote(id), quote("name of "+id), organisations[id], uscc)
	}
	if scope.All {
		addProgramme(add)
	}
	write(t, s, all...)
	prepareRun(t, s, Run{ID: 1, Watermark: 99}, Run{ID: 2, Watermark: 99})
	return s
}

// addDeal adds a contract with everything that belongs to it.
func addDeal(add func(string, ...any), scope Scope, d deal) {
	no, n := fmt.Sprint("C", d.key), d.key
	batch := 10 + n
	add(`INSERT INTO batch VALUES (%d, 'score', 'sha%d', 'file%d.csv', %d, 'ch', 0, '2025-12-0%d')`, batch, n, n, 100+n, n)
	add(`INSERT INTO batch_contract VALUES (%d, %d, '2025-06-0%d')`, batch, n, n)
	add(`INSERT INTO contract VALUES (%d, 1, %d, '%s', 'contract %s', %s, '%s', 'A1', 'open_tender', %d, NULL, '2025-01-01', '2025-12-20', 2025, 50)`, batch, n, no, no,
		quote(d.purchaser), d.supplier, 10_000*n)
	add(`INSERT INTO target VALUES (%d, 1, %d, 'quality', %d, NULL, 'up')`, batch, n, n)
	add(`INSERT INTO progress VALUES (%d, 1, %d, 'quality', %d, '2025-06-01')`, batch, n, n)
	add(`INSERT INTO payment VALUES (%d, 1, %d, 'first', NULL, NULL, %d)`, batch, n, n)
	add(`INSERT INTO incident VALUES (%d, 1, %d, 'SJ%d', 'safety', 'large', '2025-05-01', 'open', NULL, 'incident of %s', NULL)`, batch, n, n, no)
	parts := SlipTerms.Pack([]scoring.Part{{Indicator: "quality", N: n, Value: float64(70 + n)}})
	for run := 1; run <= 2; run++ {
		until := map[int]int{1: 2, 2: OpenEnded}[run]
		add(`INSERT INTO evaluation SELECT %d, %d, %d, '%s', 'contract %s', %s, '%s', 'A1', 2025, %d, '2025-01-01', '2025-12-20', 50, 'rated', %d, 60, 90, 2, 75, 'good',
			'good', 1, 1, 1, '[]', '[]', '[]', '2025-06-0%d', NULL, '%s'::BLOB, 'h%d', 75, 75, 75, 0.5, NULL`, run, until, n, no, no, quote(d.purchaser), d.supplier, 10_000*n, 70+n, n,
			blob(parts), n)
	}
	add(`INSERT INTO budget_proposal VALUES (2, %d, '%s', %s, '%s', 'A1', %d, %d, 'keep', '[]', 'h')`, OpenEnded, no, quote(d.purchaser), d.supplier, 10_000*n, 100*n)
	add(`INSERT INTO settlement_advice VALUES (2, %d, %d, '%s', %s, '%s', 'A1', %d, 0, 100, %d, %d, 95, 'pay', true, '[]', 'h')`, OpenEnded, n, no, quote(d.purchaser), d.supplier,
		10_000*n, 10_000*n, 10_000*n)
	add(`INSERT INTO movement VALUES (2, 'contract', '%s', 'policy', 70, %d, 'fair', 'good', 0, -1, 0.5, 0, 0, 6)`, no, 70+n)
	addProcess(add, scope, d)
	addAgreement(add, scope, d)
	for party, rater := range map[int]string{1: d.purchaser + "-01", 2: fmt.Sprint("R", n), 3: d.evaluator} {
		within := scope.All || party == 1 && scope.Purchaser != "" || party == 3 && scope.Evaluator == d.evaluator
		if !within {
			continue
		}
		key := 10*n + party
		if party == 3 {
			key = map[string]int{"E1": 1, "E2": 2}[d.evaluator]
		}
		add(`INSERT INTO rater SELECT %d, %s WHERE %d NOT IN (SELECT rater_key FROM rater)`, key, quote(rater), key)
		add(`INSERT INTO score VALUES (%d, 1, %d, %d, %d, '2025-06-01', %d, %d)`, n, party, key, 700_000+n, batch, party)
		add(`INSERT INTO score_superseded VALUES (%d, 1, %d, %d, %d, '2025-06-01', %d, %d, 100)`, n, party, key, 600_000+n, batch, 10+party)
	}
}

// addProcess adds the way of a contract's evaluation to the public, and a question about it.
func addProcess(add func(string, ...any), scope Scope, d deal) {
	no, n := fmt.Sprint("C", d.key), d.key
	add(`INSERT INTO announcement VALUES (%d, '%s', 1, 'h', 'rated|1', 60, 'fair', '2025-12-10', 'r', 'a1', 'Clerk', '2025-12-01'), (%d, '%s', 2, 'h', 'rated|%d.0|60.0|90.0|good|good', %d,
		'good', '2026-01-10', 'r', 'a1', 'Clerk', '2026-01-01')`, n, no, 10+n, no, 70+n, 70+n)
	add(`INSERT INTO announcement_step VALUES (%d, %d, '%s', 'publish', 'r', 'a1', 'Clerk', '2025-12-20')`, n, n, no)
	add(`INSERT INTO process_comment VALUES (%d, '%s', %d, 'comment on %s', 's1', 'Supplier', 'supplier', '2026-01-02')`, n, no, 10+n, no)
	add(`INSERT INTO objection_filing VALUES ('Y%d', '%s', %d, '', 'grounds of %s', 's1', 'Supplier', '2025-12-02', '2025-12-02', '2025-12-20'),
		('Z%d', '%s', %d, '', 'more grounds of %s', 's1', 'Supplier', '2026-01-02', '2026-01-02', '2026-01-20')`, n, no, n, no, n, no, 10+n, no)
	add(`INSERT INTO objection_evidence VALUES ('Y%d', '%s', 1, 'file of %s', 'application/pdf', 1, 'sha', 's1', '2025-12-02')`, n, no, no)
	add(`INSERT INTO objection_decision VALUES ('Y%d', '%s', 'upheld', 'reasons', %d, 'v1', 'Supervisor', 'supervision', '2025-12-19', '2025-12-19')`, n, no, 10+n)
	add(`INSERT INTO objection VALUES (%d, 1, 'Y%d', '%s', '2025-12-02', 'upheld', '2025-12-19', %d)`, 10+n, n, no, 10+n)
	if scope.All || scope.Purchaser == d.purchaser {
		add(`INSERT INTO inquiry VALUES ('Q%d', 'complaint', 'quality', '%s', 'wording about %s', 'hash', 'web', '', '2025-12-01', '2025-12-01', '2025-12-08')`, n, no, no)
		add(`INSERT INTO inquiry_step VALUES (%d, 'Q%d', 'route', %s, 'reason', '', '', '2025-12-30', 'a1', 'Clerk', 'finance', '2025-12-02')`, n, n, quote(d.purchaser))
	}
}

// addReviews adds what the supervision office asked about clues, each of one whom the clue concerns.
func addReviews(add func(string, ...any), scope Scope) {
	for i, whom := range []string{"P1", "S1", "E1"} {
		if scope.All || whom == scope.Purchaser || whom == scope.Supplier || whom == scope.Evaluator {
			add(`INSERT INTO inquiry VALUES ('H%d', 'review', 'clue', '', 'about %s', '', 'in_writing', 'v1', '2025-12-01', '2025-12-01', NULL)`, i, whom)
			add(`INSERT INTO inquiry_step VALUES (%d, 'H%d', 'route', '%s', '', '', '', '2025-12-30', 'v1', 'Supervisor', 'supervision', '2025-12-01')`, 100+i, i, whom)
		}
	}
}

// addAgreement adds what was planned for a contract and agreed in it.
func addAgreement(add func(string, ...any), scope Scope, d deal) {
	no, n := fmt.Sprint("C", d.key), d.key
	add(`INSERT INTO contract_plan VALUES (1, 1, '%s', 'J%d')`, no, n)
	add(`INSERT INTO payment_schedule VALUES (1, 1, '%s', 'last', '2025-12-01', %d, 'evaluation')`, no, n)
	add(`INSERT INTO contract_content VALUES (1, 1, '%s', 'a', NULL, 'a', 'a', 'a', 'a', 'a', 'a')`, no)
	add(`INSERT INTO target_source VALUES (1, 1, '%s', 'quality', 'recipients', NULL, '2025-01-0%d')`, no, n)
	if scope.All || scope.Purchaser == d.purchaser {
		add(`INSERT INTO plan_item VALUES (1, 1, 'J%d', 2025, %s, 'A1', 'project %d', %d, 'inquiry', NULL, 'submitted', NULL)`, n, quote(d.purchaser), n, 10_000*n)
		add(`INSERT INTO plan_review VALUES (1, 1, 'J%d', 1, 'approved', NULL, 'reason %d', '2025-01-01', NULL)`, n, n)
		add(`INSERT INTO department_budget VALUES (1, 1, 202%d, %s, %d)`, n, quote(d.purchaser), n)
		add(`INSERT INTO budget_line VALUES (1, 1, 202%d, %s, 'A1', 'special_fund', %d)`, n, quote(d.purchaser), n)
		add(`INSERT INTO staffed_function VALUES (1, 1, 202%d, %s, 'function', 'A1', %d, NULL)`, n, quote(d.purchaser), n)
	}
}

// addSupplier adds what belongs to a supplier's credit file.
func addSupplier(add func(string, ...any), id string) {
	n := int(id[1] - '0')
	terms := blob(RatingTerms.Pack([]credit.Part{{Term: "conduct", Ref: "EV" + id, Value: -50}}))
	add(`INSERT INTO batch VALUES (%d, 'credit_event', 'shc%d', 'credit%d.csv', 1, 'ch', 0, '2025-11-0%d')`, 30+n, n, n, n)
	add(`INSERT INTO rating SELECT 2, %d, '%s', 'rated', %d, 'AA', 'AA', 4, 90, 80, 1, 1, '[]', '[]', '[]', '[]', '%s'::BLOB, 'h', NULL`, OpenEnded, id, 80+n, terms)
	add(`INSERT INTO assessment_grade VALUES (2, %d, '%s', 'graded', '4A', 900, NULL, NULL, '[]', 'h')`, OpenEnded, id)
	add(`INSERT INTO blacklist_candidate VALUES (2, %d, '%s', 'poor_twice', '[]', 'h')`, OpenEnded, id)
	add(`INSERT INTO credit_event VALUES (%d, 1, '%s', 'EV%s', 'penalty', 'general', '2025-03-01', NULL, NULL, NULL, NULL, NULL)`, 30+n, id, id)
	add(`INSERT INTO inspection VALUES (%d, 1, '%s', 2025, 'passed')`, 30+n, id)
	add(`INSERT INTO supplier_registration VALUES (%d, 1, '%s', 'civil affairs', 'active', NULL, NULL, NULL, NULL)`, 30+n, id)
	add(`INSERT INTO supplier_training VALUES (%d, 1, '%s', '2025-05-01', 'targets', NULL, 8, 3)`, 30+n, id)
	add(`INSERT INTO assessment_item VALUES (%d, 1, '%s', 's', 'i', 1, 2, '2025-01-01')`, 30+n, id)
	add(`INSERT INTO listing VALUES (%d, 1, 'H%s', '%s', '2025-06-01', '2027-06-01', NULL, NULL, 'no 1')`, 30+n, id, id)
	add(`INSERT INTO external_listing VALUES (%d, 1, 'tax', 'U%s', '%s', '2025-04-01', NULL, NULL, 'taxes', NULL, NULL)`, 30+n, id, id)
	add(`INSERT INTO movement VALUES (2, 'supplier', '%s', 'ageing', 80, 79, 'A', 'A', 0, 0, 0, -1, 0, 0)`, id)
	add(`INSERT INTO credit_event VALUES (%d, 2, '%s', 'PR%s', 'commendation', 'commendation', '2025-02-01', NULL, NULL, NULL, NULL, NULL)`, 30+n, id, id)
	add(`INSERT INTO repair_application VALUES (%d, '%s', 'EV%s', 'put right', '2025-06-01', NULL, 'a%d', '2025-06-02')`, n, id, id, n)
	add(`INSERT INTO repair_proof VALUES (%d, 1, 'proof.pdf', 'application/pdf', 10, 'sha%d')`, n, n)
	add(`INSERT INTO repair_decision VALUES (%d, false, NULL, 'no proof', 'b', '2025-06-09')`, n)
	add(`INSERT INTO supplier_registration VALUES (%d, 1, '%s', 'registrar %d', 'active', NULL, NULL, NULL, NULL)`, 30+n, id, n)
}

// addProgramme adds what spans the district.
func addProgramme(add func(string, ...any)) {
	add(`INSERT INTO calibration VALUES (1, '2025-12-31', 4, 'p', 'ph', 'ch', 'x', '2026-01-01', '{}')`)
	add(`INSERT INTO calibration_rater VALUES (1, 'E1', 1, 3, 2, 2, 85, 5, NULL, -1, 0.5, true, '[]'), (1, 'E2', 2, 3, 2, 2, 85, 5, NULL, -1, 0.5, true, '[]')`)
	add(`INSERT INTO calibration_spread VALUES (1, 'E1', '', 3, 2, 0, 80, 80, 80, 85, 90, 90, 90)`)
	add(`INSERT INTO calibration_flag VALUES (1, 'top_to_all', 'E1', '', '[]', 1, 1, 12, NULL), (1, 'parties_apart', 'C1', '', '[]', -12, -10, 40, NULL)`)
	add(`INSERT INTO clue VALUES (2, %d, 'K1', 'split_contracts', 'purchaser', 'P1', 'P1', 'S1', 'A1', 2025, 2, 3, 2, NULL, 10, '[{"kind":"contract","id":"C1"}]', 'h')`, OpenEnded)
	add(`INSERT INTO clue_verdict VALUES (1, 'K1', 'split_contracts', 'explained', 'approved', 2, 'h', 'a1', '2026-01-02')`)
	add(`INSERT INTO clue_review VALUES ('H0', 'K1')`)
	add(`INSERT INTO narrative VALUES (1, 1, 'C1', 'third_party', 'E1', '2025-12-01', 'a text')`)
	add(`INSERT INTO organisation_contact VALUES (1, 1, 'S1', 'phone', '023-67001234', NULL)`)
	add(`INSERT INTO scenario VALUES (1, 'tighter', 2, 2026, 'pool=neutral', 1, 10, 11, 'h', 'a1', '2026-01-02')`)
	add(`INSERT INTO scenario_adoption VALUES (1, 1, 'as discussed', 'a1', '2026-01-03')`)
	add(`INSERT INTO scenario_amount VALUES (1, 'C1', 'P1', 'S1', 'A1', 10, 11, 'raise')`)
	add(`INSERT INTO validation VALUES (1, '2024-12-31', 365, 'p', 'ph', 1, 2, 0, '', 'h', 'x', '2026-01-01', '{}')`)
	add(`INSERT INTO validation_supplier VALUES (1, false, 'S1', 'A', 85, 0.1, 1, 'B', 1)`)
	add(`INSERT INTO validation_outcome VALUES (1, false, 'S1', 'fraud', '2025-03-01')`)
	add(`INSERT INTO validation_value VALUES (1, false, 'S1', '', 85, '>80')`)
}

// blob writes bytes as the database's text for them.
func blob(b []byte) string {
	var text strings.Builder
	for _, c := range b {
		fmt.Fprintf(&text, `\x%02X`, c)
	}
	return text.String()
}

// asked is every question that a view answers, each asked as openly as it can be, and about each contract and supplier
// by name. Its keys are the methods of View.
var asked = map[string]func(ctx context.Context, v *View) (any, error){
	"ByGrade":        func(ctx context.Context, v *View) (any, error) { return v.ByGrade(ctx) },
	"ByYear":         func(ctx context.Context, v *View) (any, error) { return v.ByYear(ctx) },
	"ByItem":         func(ctx context.Context, v *View) (any, error) { return v.ByItem(ctx) },
	"ByDepartment":   func(ctx context.Context, v *View) (any, error) { return v.ByDepartment(ctx) },
	"GradesAt":       func(ctx context.Context, v *View) (any, error) { return v.GradesAt(ctx, 1) },
	"Choices":        func(ctx context.Context, v *View) (any, error) { return v.Choices(ctx) },
	"ByYearOf":       func(ctx context.Context, v *View) (any, error) { return v.ByYearOf(ctx, "P2", "A1") },
	"EarlierRun":     func(ctx context.Context, v *View) (any, error) { return v.EarlierRun(ctx) },
	"LevelsSince":    func(ctx context.Context, v *View) (any, error) { return v.LevelsSince(ctx, 1) },
	"MeansByYear":    func(ctx context.Context, v *View) (any, error) { return v.MeansByYear(ctx, BySupplier, "S1") },
	"MovementGrades": func(ctx context.Context, v *View) (any, error) { return v.MovementGrades(ctx, 2, "contract") },
	"Years":          func(ctx context.Context, v *View) (any, error) { return v.Years(ctx) },
	"Freshness":      func(ctx context.Context, v *View) (any, error) { return v.Freshness(ctx) },
	"Evaluations": func(ctx context.Context, v *View) (any, error) {
		return v.Evaluations(ctx, EvaluationFilter{Limit: 99})
	},
	"EvaluationTotals": func(ctx context.Context, v *View) (any, error) {
		return v.EvaluationTotals(ctx, EvaluationFilter{})
	},
	"ClosedOn":   ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.ClosedOn(ctx, e.ContractNo) }),
	"Evaluation": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Evaluation(ctx, e.ContractNo) }),
	"Parts":      ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Parts(ctx, e) }),
	"Slip": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) {
		return plainSlip(v.Slip(ctx, e.ContractNo, 99))
	}),
	"Peers":   ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Peers(ctx, e) }),
	"History": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.History(ctx, e.ContractNo) }),
	"FlagsOn": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.FlagsOn(ctx, e) }),
	"Facts": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) {
		return v.Facts(ctx, e)
	}),
	"Sources": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) {
		return two(v.Sources(ctx, e, SourceFilter{Limit: 99}))
	}),
	"RuleRecords":  func(ctx context.Context, v *View) (any, error) { return v.RuleRecords(ctx) },
	"ClueVerdicts": func(ctx context.Context, v *View) (any, error) { return v.ClueVerdicts(ctx, "K1") },
	"ClueTotals":   func(ctx context.Context, v *View) (any, error) { return v.ClueTotals(ctx, ClueFilter{}) },
	"ClueGroups":   func(ctx context.Context, v *View) (any, error) { return v.ClueGroups(ctx, ClueFilter{}) },
	"CasesOnClue":  func(ctx context.Context, v *View) (any, error) { return v.CasesOnClue(ctx, "K1") },
	"ClueSuppliers": func(ctx context.Context, v *View) (any, error) {
		return v.ClueSuppliers(ctx, &ClueRow{Clue: clues.Clue{About: clues.AboutContract, Subject: "C1", Evidence: []clues.Evidence{{Kind: clues.AboutContract, ID: "C1"}}}})
	},
	"ClueParties": func(ctx context.Context, v *View) (any, error) {
		return v.ClueParties(ctx, &ClueRow{Clue: clues.Clue{About: clues.AboutPurchaser, Subject: "P1", Purchaser: "P1", Supplier: "S1", Evidence: []clues.Evidence{{Kind: clues.AboutRater, ID: "E1-01"}}}})
	},
	"ReviewsOf": func(ctx context.Context, v *View) (any, error) { return v.ReviewsOf(ctx, "K1") },
	"ReviewedClue": ofInquiries(func(ctx context.Context, v *View, no string) (any, error) {
		c, err := v.ReviewedClue(ctx, no)
		return c.ID, err
	}),
	"ClueChoices": func(ctx context.Context, v *View) (any, error) { return v.ClueChoices(ctx) },
	"Clues": func(ctx context.Context, v *View) (any, error) {
		rows, err := v.Clues(ctx, ClueFilter{Limit: 99})
		return fmt.Sprint(rows), err // in which NaN is NaN
	},
	"Clue": func(ctx context.Context, v *View) (any, error) {
		row, err := v.Clue(ctx, "K1")
		return fmt.Sprint(row, err), nil
	},
	"ClueHistory": func(ctx context.Context, v *View) (any, error) {
		figures, err := v.ClueHistory(ctx, "K1")
		return fmt.Sprint(figures), err
	},
	"EvidenceRows": func(ctx context.Context, v *View) (any, error) {
		return v.EvidenceRows(ctx, clues.Evidence{Kind: "organisation_contact", ID: "S1", Note: "phone"})
	},
	"BudgetTotals": func(ctx context.Context, v *View) (any, error) { return v.BudgetTotals(ctx) },
	"Settlements": func(ctx context.Context, v *View) (any, error) {
		return v.Settlements(ctx, SettlementFilter{Limit: 99})
	},
	"Settlement":       ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Settlement(ctx, e.ContractNo) }),
	"SettlementTotals": func(ctx context.Context, v *View) (any, error) { return v.SettlementTotals(ctx, SettlementFilter{}) },
	"Stages":           ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Stages(ctx, e.ContractNo) }),
	"Tracked":          func(ctx context.Context, v *View) (any, error) { return v.Tracked(ctx, TrackingFilter{}) },
	"Incidents":        func(ctx context.Context, v *View) (any, error) { return v.Incidents(ctx, IncidentFilter{Limit: 99}) },
	"Incident": ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) {
		return v.Incident(ctx, e.ContractNo, fmt.Sprint("SJ", e.Key))
	}),
	"IncidentTotals":  func(ctx context.Context, v *View) (any, error) { return v.IncidentTotals(ctx, IncidentFilter{}) },
	"SelectionItems":  func(ctx context.Context, v *View) (any, error) { return v.SelectionItems(ctx) },
	"Selection":       func(ctx context.Context, v *View) (any, error) { return v.Selection(ctx, "A1", "poor") },
	"BudgetItems":     func(ctx context.Context, v *View) (any, error) { return v.BudgetItems(ctx) },
	"PurchaseMethods": func(ctx context.Context, v *View) (any, error) { return v.PurchaseMethods(ctx) },
	"Scenarios":       func(ctx context.Context, v *View) (any, error) { return v.Scenarios(ctx) },
	"Scenario": func(ctx context.Context, v *View) (any, error) {
		kept, err := v.Scenario(ctx, 1)
		return []any{kept.ID, fmt.Sprint(err)}, nil
	},
	"Amounts": func(ctx context.Context, v *View) (any, error) { return v.Amounts(ctx, 1) },
	"Movements": func(ctx context.Context, v *View) (any, error) {
		return two(v.Movements(ctx, MovementFilter{Run: 2, Limit: 99}))
	},
	"MovementOf": func(ctx context.Context, v *View) (any, error) {
		var all []any
		for _, d := range deals {
			m, ok, err := v.MovementOf(ctx, "contract", fmt.Sprint("C", d.key))
			if err != nil {
				return nil, err
			}
			s, known, err := v.MovementOf(ctx, "supplier", d.supplier)
			if err != nil {
				return nil, err
			}
			all = append(all, m, ok, s, known)
		}
		return all, nil
	},
	"MovementCounts": func(ctx context.Context, v *View) (any, error) { return v.MovementCounts(ctx, 2) },
	"MovementParts":  func(ctx context.Context, v *View) (any, error) { return v.MovementParts(ctx, 2) },
	"Runs":           func(ctx context.Context, v *View) (any, error) { return two(v.Runs(ctx, 99, 0)) },
	"RunByID":        func(ctx context.Context, v *View) (any, error) { return v.RunByID(ctx, 2) },
	"EachSlip": func(ctx context.Context, v *View) (any, error) {
		var all []any
		return &all, v.EachSlip(ctx, func(no string, parts []scoring.Part) error { all = append(all, no, parts); return nil })
	},
	"Suppliers": func(ctx context.Context, v *View) (any, error) {
		return two(v.Suppliers(ctx, SupplierFilter{Limit: 99}))
	},
	"SupplierLevels": func(ctx context.Context, v *View) (any, error) { return v.SupplierLevels(ctx) },
	"SupplierTypes":  func(ctx context.Context, v *View) (any, error) { return v.SupplierTypes(ctx) },
	"Supplier":       ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Supplier(ctx, id) }),
	"PublicKey":      ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.PublicKey(ctx, id) }),
	"CreditFile":     ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return plainFile(v.CreditFile(ctx, id)) }),
	"RatingNotes":    ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.RatingNotes(ctx, id) }),
	"RatingTerms":    ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.RatingTerms(ctx, id) }),
	"RatingHistory":  ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.RatingHistory(ctx, id) }),
	"Conduct":        ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Conduct(ctx, id) }),
	"Candidates":     ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Candidates(ctx, id) }),
	"Listed":         ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Listed(ctx, id) }),
	"OtherLists": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) {
		return v.OtherLists(ctx, id, onDay("2025-12-31"))
	}),
	"Assessment": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) {
		a, ok, err := v.Assessment(ctx, id)
		return []any{a, ok}, err
	}),
	"CreditEvidence": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.CreditEvidence(ctx, id) }),
	"AssessmentEvidence": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) {
		ev, err := v.AssessmentEvidence(ctx, id)
		ev.Inspected = nil // of which years any inspection is known is no secret
		return ev, err
	}),
	"SupplierPeers": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) {
		p, ok, err := v.SupplierPeers(ctx, id)
		return []any{p, ok}, err
	}),
	"Namesakes": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) {
		return v.Namesakes(ctx, "", "supplier "+id)
	}),
	"RegisterState": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.RegisterState(ctx, id) }),
	"Merits":        func(ctx context.Context, v *View) (any, error) { return v.Merits(ctx, []string{"AA"}, "good") },
	"Commendations": func(ctx context.Context, v *View) (any, error) {
		return two(v.Commendations(ctx, CommendationFilter{Limit: 99}))
	},
	"Find": func(ctx context.Context, v *View) (any, error) {
		return two(v.Find(ctx, Search{Name: "s", Limit: 99}))
	},
	"Offence": ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Offence(ctx, "EV"+id) }),
	"Repairs": func(ctx context.Context, v *View) (any, error) { return two(v.Repairs(ctx, RepairFilter{Limit: 99})) },
	"Repair": func(ctx context.Context, v *View) (any, error) {
		return each([]string{"1", "2", "0"}, func(id string) (any, error) { return v.Repair(ctx, int(id[0]-'0')) })
	},
	"Proofs": func(ctx context.Context, v *View) (any, error) {
		return each([]string{"1", "2"}, func(id string) (any, error) { return v.Proofs(ctx, int(id[0]-'0')) })
	},
	"Assessments": func(ctx context.Context, v *View) (any, error) {
		return two(v.Assessments(ctx, AssessmentFilter{Limit: 99}))
	},
	"AssessmentTypes":  func(ctx context.Context, v *View) (any, error) { return v.AssessmentTypes(ctx) },
	"AssessmentGrades": func(ctx context.Context, v *View) (any, error) { return v.AssessmentGrades(ctx) },
	"Calibrations":     func(ctx context.Context, v *View) (any, error) { return v.Calibrations(ctx) },
	"Raters": func(ctx context.Context, v *View) (any, error) {
		return two(v.Raters(ctx, RaterFilter{Calibration: 1, Limit: 99}))
	},
	"RaterSpreads": func(ctx context.Context, v *View) (any, error) {
		return v.RaterSpreads(ctx, RaterFilter{Calibration: 1, Limit: 99}, true)
	},
	"RaterName": ofRaters(func(ctx context.Context, v *View, id string) (any, error) { return v.RaterName(ctx, id) }),
	"Scored": ofRaters(func(ctx context.Context, v *View, id string) (any, error) {
		return two(v.Scored(ctx, ScoredFilter{Rater: id, Limit: 99}))
	}),
	"Flags": func(ctx context.Context, v *View) (any, error) {
		return two(v.Flags(ctx, FlagFilter{Calibration: 1, Limit: 99}))
	},
	"Validations": func(ctx context.Context, v *View) (any, error) { return v.Validations(ctx, 99) },
	"Validation": func(ctx context.Context, v *View) (any, error) {
		kept, err := v.Validation(ctx, 1)
		return []any{kept.ID, fmt.Sprint(err)}, nil
	},
	"Validated": func(ctx context.Context, v *View) (any, error) {
		rows, totals, err := v.Validated(ctx, ValidatedFilter{Validation: 1, Of: new(string), Limit: 99})
		return fmt.Sprint(rows, totals), err // in which NaN is NaN
	},
	"EachDeal": func(ctx context.Context, v *View) (any, error) {
		var all []Deal
		return &all, v.EachDeal(ctx, func(d Deal) { all = append(all, d) })
	},
	"Breaches": func(ctx context.Context, v *View) (any, error) { return v.Breaches(ctx) },
	"Register": func(ctx context.Context, v *View) (any, error) {
		return two(v.Register(ctx, RegisterFilter{Limit: 99}))
	},
	"RegisterCounts":  func(ctx context.Context, v *View) (any, error) { return v.RegisterCounts(ctx) },
	"Registered":      ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Registered(ctx, id) }),
	"Trainings":       ofSuppliers(func(ctx context.Context, v *View, id string) (any, error) { return v.Trainings(ctx, id) }),
	"CatalogVersions": func(ctx context.Context, v *View) (any, error) { return v.CatalogVersions(ctx) },
	"CatalogAt": func(ctx context.Context, v *View) (any, error) {
		c, ok, err := v.CatalogAt(ctx, v.Run.AsOf)
		return []any{c, ok}, err
	},
	"Adopting":       func(ctx context.Context, v *View) (any, error) { return v.Adopting(ctx) },
	"ItemNames":      func(ctx context.Context, v *View) (any, error) { return v.ItemNames(ctx) },
	"ItemListings":   func(ctx context.Context, v *View) (any, error) { return v.ItemListings(ctx, "A1") },
	"CatalogEntries": func(ctx context.Context, v *View) (any, error) { return v.CatalogEntries(ctx, "2025") },
	"Performance": func(ctx context.Context, v *View) (any, error) {
		return v.Performance(ctx, ByPurchaser, PerformanceFilter{Year: 2025, Poor: "good"})
	},
	"Crossings": func(ctx context.Context, v *View) (any, error) {
		return v.Crossings(ctx, PerformanceFilter{Year: 2025, Poor: "good"})
	},
	"Standings":   func(ctx context.Context, v *View) (any, error) { return v.Standings(ctx) },
	"StateCounts": func(ctx context.Context, v *View) (any, error) { return v.StateCounts(ctx) },
	"ProcessWork": func(ctx context.Context, v *View) (any, error) { return v.ProcessWork(ctx) },
	"Preview": func(ctx context.Context, v *View) (any, error) {
		return v.Preview(ctx, dueprocess.Announce, EvaluationFilter{})
	},
	"ChangedResults": func(ctx context.Context, v *View) (any, error) { return two(v.ChangedResults(ctx, 99, 0)) },
	"Standing":       ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Standing(ctx, e.ContractNo) }),
	"Objections":     ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Objections(ctx, e.ContractNo) }),
	"Moments":        ofContracts(func(ctx context.Context, v *View, e *Evaluation) (any, error) { return v.Moments(ctx, e.ContractNo) }),
	"Objection":      ofObjections(func(ctx context.Context, v *View, no string) (any, error) { return v.Objection(ctx, no) }),
	"Evidence":       ofObjections(func(ctx context.Context, v *View, no string) (any, error) { return v.Evidence(ctx, no) }),
	"Corrections": ofObjections(func(ctx context.Context, v *View, no string) (any, error) {
		return v.Corrections(ctx, &Objection{No: no, ContractNo: "C" + no[1:]})
	}),
	"MayReview": ofObjections(func(ctx context.Context, v *View, no string) (any, error) {
		return fmt.Sprint(v.MayReview(ctx, &Objection{No: no, ContractNo: "C" + no[1:]}, dueprocess.Person{Account: "v1", Role: "supervision"})), nil
	}),
	"Officials":     func(ctx context.Context, v *View) (any, error) { return v.Officials(ctx) },
	"Organisations": func(ctx context.Context, v *View) (any, error) { return v.Organisations(ctx) },
	"Catalogue":     func(ctx context.Context, v *View) (any, error) { return v.Catalogue(ctx) },
	"Payments":      func(ctx context.Context, v *View) (any, error) { return v.Payments(ctx) },
	"Causes":        func(ctx context.Context, v *View) (any, error) { return v.Causes(ctx, 0) },
	"Inquiries": func(ctx context.Context, v *View) (any, error) {
		return two(v.Inquiries(ctx, InquiryFilter{Limit: 99}))
	},
	"Inquiry":            ofInquiries(func(ctx context.Context, v *View, no string) (any, error) { return v.Inquiry(ctx, no) }),
	"InquiryMoments":     ofInquiries(func(ctx context.Context, v *View, no string) (any, error) { return v.InquiryMoments(ctx, no) }),
	"ExecutionContracts": func(ctx context.Context, v *View) (any, error) { return v.ExecutionContracts(ctx) },
	"PlanItems":          func(ctx context.Context, v *View) (any, error) { return v.PlanItems(ctx) },
	"PlanItemsSeen":      func(ctx context.Context, v *View) (any, error) { return v.PlanItemsSeen(ctx) },
	"BudgetLines":        func(ctx context.Context, v *View) (any, error) { return v.BudgetLines(ctx) },
	"DepartmentBudgets":  func(ctx context.Context, v *View) (any, error) { return v.DepartmentBudgets(ctx) },
	"StaffedFunctions":   func(ctx context.Context, v *View) (any, error) { return v.StaffedFunctions(ctx) },
	"Purchasing":         func(ctx context.Context, v *View) (any, error) { return v.Purchasing(ctx) },
	"Names":              func(ctx context.Context, v *View) (any, error) { return v.Names(ctx) },
	"Scope":              func(_ context.Context, v *View) (any, error) { return v.Scope(), nil },
}

// init asks for every exported table as well.
func init() {
	for _, table := range Exports() {
		asked["export "+table] = func(ctx context.Context, v *View) (any, error) {
			rows, err := Export(ctx, v.r, v.scope, table)
			if err != nil {
				return nil, err
			}
			defer rows.Release()
			var all []string
			for rows.Next() {
				all = append(all, fmt.Sprint(rows.RecordBatch()))
			}
			return all, rows.Err()
		}
	}
}

// plainSlip and plainFile are explanations without their pointers, to be compared as text.
func plainSlip(s Slip, err error) (any, error) {
	return []any{s.Evaluation, s.Parts, s.Sources, s.Scores, s.Movement != nil}, err
}

func plainFile(f CreditFile, err error) (any, error) {
	return []any{f.Supplier, f.Terms, f.Notes, f.Movement != nil}, err
}

// two joins a list with its total.
func two[T any](all []T, total int, err error) (any, error) { return []any{all, total}, err }

// each asks one question about several things. What is not in the scope is not in the run: the answer says so.
func each(ids []string, ask func(id string) (any, error)) (any, error) {
	var all []any
	for _, id := range ids {
		answer, err := ask(id)
		all = append(all, id, answer, err != nil)
	}
	return all, nil
}

func ofContracts(ask func(ctx context.Context, v *View, e *Evaluation) (any, error)) func(context.Context, *View) (any, error) {
	return func(ctx context.Context, v *View) (any, error) {
		var all []any
		for _, d := range deals { // made up, as by a page that forgot to look
			e := Evaluation{EvaluationRow: EvaluationRow{ContractNo: fmt.Sprint("C", d.key), ItemCode: "A1", SupplierID: d.supplier}, FromRun: 2, Key: int32(d.key)}
			answer, err := ask(ctx, v, &e)
			all = append(all, answer, err != nil)
		}
		return all, nil
	}
}

func ofObjections(ask func(ctx context.Context, v *View, no string) (any, error)) func(context.Context, *View) (any, error) {
	return func(ctx context.Context, v *View) (any, error) {
		return each([]string{"Y1", "Y2", "Y3", "Y4", "Y5", "Z1", "Z2"}, func(no string) (any, error) { return ask(ctx, v, no) })
	}
}

func ofInquiries(ask func(ctx context.Context, v *View, no string) (any, error)) func(context.Context, *View) (any, error) {
	return func(ctx context.Context, v *View) (any, error) {
		return each([]string{"Q1", "Q2", "Q3", "Q4", "Q5", "H0", "H1", "H2"}, func(no string) (any, error) { return ask(ctx, v, no) })
	}
}

func ofSuppliers(ask func(ctx context.Context, v *View, id string) (any, error)) func(context.Context, *View) (any, error) {
	return func(ctx context.Context, v *View) (any, error) {
		return each([]string{"S1", "S2", ""}, func(id string) (any, error) { return ask(ctx, v, id) })
	}
}

func ofRaters(ask func(ctx context.Context, v *View, id string) (any, error)) func(context.Context, *View) (any, error) {
	return func(ctx context.Context, v *View) (any, error) {
		return each([]string{"E1", "E2", "P1-01", "P2-01", "R1", "R2"}, func(id string) (any, error) { return ask(ctx, v, id) })
	}
}

// answers are what a view says to every question.
func answers(t *testing.T, s *Store, scope Scope) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v, err := NewView(ctx, r, scope)
		if err != nil {
			return err
		}
		for name, ask := range asked {
			answer, err := ask(ctx, v)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all[name] = fmt.Sprintf("%+v", reflect.Indirect(reflect.ValueOf(answer)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNothingLeaksOutOfAScope: within a scope, a view of the whole district answers every question as if the rest of the
// district did not exist: just as a view of everything in a store without the rest.
func TestNothingLeaksOutOfAScope(t *testing.T) {
	whole := scoped(t, Everything)
	open := answers(t, whole, Everything)
	for name, scope := range map[string]Scope{"purchaser": {Purchaser: "P1"}, "supplier": {Supplier: "S1"}, "evaluator": {Evaluator: "E1"}, "nothing": {},
		"hostile": {Purchaser: "P'--"}, "union": {Purchaser: "P1", Evaluator: "E2"}} {
		t.Run(name, func(t *testing.T) {
			within, alone := answers(t, whole, scope), answers(t, scoped(t, scope), Everything)
			different := 0
			for question := range asked {
				if question == "Scope" {
					continue
				}
				if within[question] != alone[question] {
					t.Errorf("%s says more or less than the scope holds:\n got %s\nwant %s", question, within[question], alone[question])
				}
				if open[question] != within[question] {
					different++
				}
			}
			if different < 30 {
				t.Errorf("only %d questions have another answer within the scope: the district is too small to show a leak", different)
			}
		})
	}
}

// TestEveryQuestionIsAsked: the test above asks every method of View.
func TestEveryQuestionIsAsked(t *testing.T) {
	of := reflect.TypeFor[*View]()
	for i := range of.NumMethod() {
		if name := of.Method(i).Name; asked[name] == nil {
			t.Errorf("no test asks View.%s within a scope", name)
		}
	}
}

// usesReader are the functions that put a text under the scope of a view, and those that ask for no row.
var usesReader = []string{"query", "scan", "arrow", "list", "stand", "standsOn", "begin", "Remember", "ofDistrict", "ofRoll", "CasesOnClue"} // the last for the whole district only

// TestNoWayPastTheScope: in the files of this package, only these functions use a view's reader.
func TestNoWayPastTheScope(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(name, "_test.go") || slices.Contains(usesReader, fn.Name.Name) {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "r" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "v" {
						t.Errorf("%s: %s reads past the scope of the view", set.Position(n.Pos()), fn.Name.Name)
					}
				}
				return true
			})
		}
	}
}

// unlimited are the tables of which a View may read every row within any scope: names and what holds for all.
var unlimited = []string{"release", "public_contract", "public_supplier", "public_plan", "release_change", "catalog_item", "indicator", "published", "compaction", "commit_number", "schema_migration",
	"catalog_entry", "catalog_adoption", "prepared"}

// TestEveryTableHasItsLimit: a new table is limited, or said to be for everybody.
func TestEveryTableHasItsLimit(t *testing.T) {
	known := append(slices.Clone(unlimited), "run")
	for _, l := range limited {
		known = append(known, l.table)
	}
	s := openAt(t, t.TempDir())
	for _, table := range texts(t, s, `SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal ORDER BY table_name`) {
		if !slices.Contains(known, table) {
			t.Errorf("the scopes say nothing of the table %s", table)
		}
	}
}

// TestScopeFollowsTheLatestContract: a contract that was corrected to another purchaser is that one's, and no longer the
// first one's.
func TestScopeFollowsTheLatestContract(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `INSERT INTO contract SELECT * REPLACE (50 AS batch_id, 'P2' AS purchaser_id) FROM contract WHERE contract_no = 'C1'`)
	for purchaser, want := range map[string]string{"P1": "C3", "P2": "C1 C2 C4"} {
		got := texts(t, s, `SELECT contract_no FROM (`+Scope{Purchaser: purchaser}.Contracts()+`) ORDER BY contract_no`)
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %v, want %s", purchaser, got, want)
		}
	}
}
