package store

import (
	"fmt"
	"strings"

	"pingxin/scoring"
)

// Scope says which contracts somebody may read and write, and with them which rows of everything that belongs to a
// contract. It is the union of what its fields allow; the zero value allows nothing. Of single scores a purchaser sees
// those of purchasers, an evaluator its own, a supplier none: who gave what is not for those who are judged by it.
type Scope struct {
	All       bool   // every contract, and what belongs to none
	Purchaser string // organisation whose purchases they are
	Evaluator string // organisation to which they are assigned, with its declaration of no conflict
	Supplier  string // organisation that performs them; also its own credit file
}

// Everything is the scope of the program itself and of those who supervise the whole district.
var Everything = Scope{All: true}

// Contracts is the query for the contracts of the scope: contract_key and contract_no, each once, as their latest batch
// has them. Whoever limits rows to a scope, reading or accepting, uses this one query.
func (s Scope) Contracts() string {
	const latest = `SELECT contract_key, contract_no FROM main.contract c WHERE (%s)
	AND NOT EXISTS (SELECT 1 FROM main.contract later WHERE later.contract_key = c.contract_key AND later.batch_id > c.batch_id)`
	if s.All {
		return fmt.Sprintf(latest, "true")
	}
	conditions := []string{"false"}
	if s.Purchaser != "" {
		conditions = append(conditions, "purchaser_id = "+quote(s.Purchaser))
	}
	if s.Supplier != "" {
		conditions = append(conditions, "supplier_id = "+quote(s.Supplier))
	}
	if s.Evaluator != "" {
		conditions = append(conditions, "contract_no IN (SELECT contract_no FROM main.assignment WHERE evaluator_org = "+quote(s.Evaluator)+
			" AND declared = "+quote(NoConflict)+" AND ended_at IS NULL)")
	}
	return fmt.Sprintf(latest, strings.Join(conditions, " OR "))
}

// The conditions under which a row of a table is within a scope; permitted are the scope's contracts.
const (
	byKey    = "contract_key IN (SELECT contract_key FROM permitted)"
	byNumber = "contract_no IN (SELECT contract_no FROM permitted)"
	nothing  = "false"
)

// limited are the tables that a View reads only in part within a scope that is not everything, each with the condition
// on its rows; {supplier}, {evaluator} and {purchaser} stand for the scope's organisations, which are no row's when empty.
// A later one may read an earlier one, and then reads it limited. A test holds this list against the tables of the
// database.
var limited = []struct{ table, condition string }{
	{"contract", byKey},
	{"evaluation", byKey},
	{"target", byKey},
	{"progress", byKey},
	{"payment", byKey},
	{"batch_contract", byKey},
	{"budget_proposal", byNumber},
	{"settlement_advice", byKey},
	{"incident", byKey},
	{"assignment", "evaluator_org = {evaluator}"},
	{"rating", "supplier_id = {supplier}"},
	{"assessment_grade", "supplier_id = {supplier}"},
	{"blacklist_candidate", "supplier_id = {supplier}"},
	{"credit_event", "supplier_id = {supplier}"},
	{"inspection", "supplier_id = {supplier}"},
	{"assessment_item", "supplier_id = {supplier}"},
	{"supplier_registration", "supplier_id = {supplier}"},
	{"supplier_training", "supplier_id = {supplier}"},
	{"movement", "subject = 'contract' AND id IN (SELECT contract_no FROM permitted) OR subject = 'supplier' AND id = {supplier}"},
	{"score", scoreWithin},
	{"score_superseded", scoreWithin},
	{"rater", "rater_key IN (SELECT rater_key FROM score UNION ALL SELECT rater_key FROM score_superseded)"},
	{"organisation", `org_id IN (SELECT purchaser_id FROM contract UNION ALL SELECT supplier_id FROM contract UNION ALL SELECT evaluator_id FROM rater)
		OR org_id IN ({purchaser}, {evaluator}, {supplier})`},
	{"prepared_organisation", `org_id IN (SELECT org_id FROM organisation)`},
	{"prepared_supplier", nothing}, // it counts what is beyond the scope
	{"batch", "batch_id IN (SELECT batch_id FROM batch_contract UNION ALL SELECT batch_id FROM credit_event)"},
	{"score_restored", scoreWithin},
	{"contract_closing", byNumber},
	{"batch_upload", nothing},
	{"withdrawal", nothing},
	{"calibration", nothing},
	{"calibration_peer", nothing},
	{"calibration_rater", nothing},
	{"calibration_flag", nothing},
	{"calibration_quartile", nothing},
	{"calibration_spread", nothing},
	{"validation", nothing},
	{"validation_figure", nothing},
	{"validation_supplier", nothing},
	{"validation_outcome", nothing},
	{"validation_value", nothing},
	{"survey_issue", byNumber},
	{"survey_link", nothing},
	{"survey_answer", nothing},
	{"scenario", nothing},
	{"saved_view", nothing},
	{"scenario_adoption", nothing},
	{"scenario_amount", nothing},
	{"organisation_contact", nothing},
	{"narrative", nothing},
	{"clue", nothing},
	{"clue_verdict", nothing},
	{"objection", byNumber},
	{"complaint", nothing},
	{"announcement", byNumber},
	{"announcement_step", byNumber},
	{"process_comment", byNumber},
	{"objection_filing", byNumber},
	{"objection_evidence", byNumber},
	{"objection_decision", byNumber},
	{"inquiry_step", `inquiry_no IN (SELECT inquiry_no FROM main.inquiry_step GROUP BY inquiry_no HAVING arg_max(purchaser_id, entry) <> '' AND arg_max(purchaser_id, entry) IN ({purchaser}, {evaluator}, {supplier}))`},
	{"clue_review", nothing},
	{"inquiry", "inquiry_no IN (SELECT inquiry_no FROM inquiry_step)"},
	{"plan_item", "purchaser_id = {purchaser}"},
	{"plan_review", "plan_no IN (SELECT plan_no FROM plan_item)"},
	{"department_budget", "purchaser_id = {purchaser}"},
	{"budget_line", "purchaser_id = {purchaser}"},
	{"staffed_function", "purchaser_id = {purchaser}"},
	{"contract_plan", byNumber},
	{"payment_schedule", byNumber},
	{"contract_content", byNumber},
	{"target_source", byNumber},
	{"entry", nothing},
	{"listing", "supplier_id = {supplier}"},
	{"external_listing", "uscc IN (SELECT uscc FROM main.organisation WHERE kind = 'supplier' AND org_id = {supplier})"},
	{"holiday", "true"}, // no secret
	{"case_step", nothing},
	{"watch_entry", nothing},
	{"repair_application", "supplier_id = {supplier}"},
	{"repair_proof", "application_id IN (SELECT application_id FROM repair_application)"},
	{"repair_decision", "application_id IN (SELECT application_id FROM repair_application)"},
	{"account", nothing},
	{"token", nothing},
	{"audit", nothing},
}

// scoreWithin: a purchaser sees what purchasers gave on its contracts, an evaluator what it gave itself.
var scoreWithin = fmt.Sprintf(byKey+` AND (party = %d AND {purchaser} <> '' OR rater_key IN (SELECT rater_key FROM main.rater WHERE evaluator_id = {evaluator}))`,
	scoring.Purchaser)

// wholeRuns: that a run was made, by which policy, is no secret; its notes name contracts.
const wholeRuns = `SELECT * REPLACE ('[]' AS notes, '[]' AS steps) FROM main.run`

// within puts a query under the scope: named queries that hold only the scope's rows stand in for the tables of the same
// names, so that the query cannot see more, whatever it asks for. Under Everything it stays as it is.
func (s Scope) within(query string) string {
	if s.All {
		return query
	}
	names := strings.NewReplacer("{purchaser}", quote(s.Purchaser), "{evaluator}", quote(s.Evaluator), "{supplier}", quote(s.Supplier))
	var b strings.Builder
	b.WriteString("WITH permitted AS (" + s.Contracts() + "),\nrun AS NOT MATERIALIZED (" + wholeRuns + ")")
	for _, l := range limited {
		fmt.Fprintf(&b, ",\n%s AS NOT MATERIALIZED (SELECT * FROM main.%s WHERE %s)", l.table, l.table, names.Replace(l.condition))
	}
	return behind(b.String(), query)
}

// behind puts named queries, which begin with WITH, in front of a query and of its own ones.
func behind(named, query string) string {
	query = strings.TrimSpace(query)
	if rest, more := strings.CutPrefix(query, "WITH "); more {
		return named + ",\n" + rest
	}
	return named + "\n" + query
}
