package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with an uploaded file.
type Fault struct {
	Row      int64  `json:"row"`    // as a spreadsheet counts: the header is row 1
	Column   string `json:"column"` // empty: the row as a whole
	Cause    string `json:"cause"`  // code by which faults are grouped
	Found    string `json:"found"`
	Expected string `json:"expected"`
	Mend     string `json:"mend"`
	// Params are the parts of Expected and Mend that differ from fault to fault of one cause, for saying them in another
	// language; may be nil.
	Params map[string]string `json:"params,omitempty"`
}

// MaxFaults is how many faults of a file are listed; all are counted.
const MaxFaults = 1000

// RefusedError says that a file was refused as a whole, and why; nothing of it was stored. The rows that a partial
// acceptance left out are said by one, too.
type RefusedError struct {
	Total  int            `json:"total"`
	Causes map[string]int `json:"causes"` // faults by cause
	Faults []Fault        `json:"faults"` // the first MaxFaults, in the order of rows
	Rows   []int64        `json:"-"`      // numbers of the rows that have a fault, in order
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%d faults", e.Total) }

// Add notes a fault of a row behind those that were noted.
func (e *RefusedError) Add(f Fault) {
	e.Total++
	if e.Causes == nil {
		e.Causes = map[string]int{}
	}
	e.Causes[f.Cause]++
	if len(e.Faults) < MaxFaults {
		e.Faults = append(e.Faults, f)
	}
	if last := len(e.Rows) - 1; last < 0 || e.Rows[last] != f.Row {
		e.Rows = append(e.Rows, f.Row)
	}
}

// merge adds what another look at the same file found.
func (e *RefusedError) merge(other *RefusedError) {
	if other == nil {
		return
	}
	e.Total += other.Total
	for cause, n := range other.Causes {
		if e.Causes == nil {
			e.Causes = map[string]int{}
		}
		e.Causes[cause] += n
	}
	e.Faults = append(slices.Clone(e.Faults), other.Faults...)
	slices.SortStableFunc(e.Faults, func(a, b Fault) int { return cmp.Compare(a.Row, b.Row) })
	e.Faults = e.Faults[:min(len(e.Faults), MaxFaults)]
	e.Rows = append(slices.Clone(e.Rows), other.Rows...)
	slices.Sort(e.Rows)
	e.Rows = slices.Compact(e.Rows)
}

// factKind is what Accept has to know of a kind: its natural key, its references and what its rows touch.
type factKind struct {
	key     []string // columns of the file
	refs    []reference
	touches string   // query for the contracts that the staged rows touch: contract_key, last_on; empty: none
	last    string   // column with the day of the evidence; empty: none
	own     []rule   // that only this kind has
	coded   []string // columns that are staged as numbers of their names; nil: none
}

// staged is the source of the staged rows for a query that reads these columns of them as text.
func (k factKind) staged(columns ...string) string {
	if joins := k.joined(columns...); joins != "" {
		return "(FROM staging" + joins + ")"
	}
	return "staging"
}

// joined adds these columns as text to staged rows that have them numbered.
func (k factKind) joined(columns ...string) (joins string) {
	for _, c := range columns {
		if slices.Contains(k.coded, c) {
			joins += fmt.Sprintf(" JOIN %s USING (%s)", namesOf(c), refOf(c))
		}
	}
	return joins
}

// stagedAs is the column of staging that holds a column of the file.
func (k factKind) stagedAs(column string) string {
	if slices.Contains(k.coded, column) {
		return refOf(column)
	}
	return column
}

// stagedKey are the columns of staging that together name a row.
func (k factKind) stagedKey() string {
	key := make([]string, len(k.key))
	for i, c := range k.key {
		key[i] = k.stagedAs(c)
	}
	return strings.Join(key, ", ")
}

// reference says that a column names something that must exist.
type reference struct{ column, exists, expected string }

var (
	toContract = reference{"contract_no", `SELECT contract_no FROM contract`, "the number of an accepted contract"}
	toSupplier = reference{"supplier_id", `SELECT org_id FROM organisation WHERE kind = 'supplier'`, "the id of an accepted supplier"}
	// the rows of one contract come together before its name is looked at
	ofContract = `SELECT contract_key, last_on FROM (SELECT %[1]s, %[2]s AS last_on FROM staging GROUP BY %[1]s)%[3]s JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) USING (contract_no)`
	// an event may have moved from one supplier to another: all that it was ever recorded against are touched
	ofSupplier     = `SELECT DISTINCT c.contract_key, CAST(NULL AS DATE) AS last_on FROM contract c JOIN credit_event USING (supplier_id) JOIN staging s USING (event_id)`
	ofListed       = `SELECT DISTINCT c.contract_key, CAST(NULL AS DATE) AS last_on FROM contract c JOIN staging s USING (supplier_id)`
	purchaserExist = reference{"purchaser_id", `SELECT org_id FROM organisation WHERE kind = 'purchaser'`, "the id of an accepted purchaser"}
	toPlan         = reference{"plan_no", `SELECT plan_no FROM plan_item`, "the number of an accepted plan item"}
	toEntries      = reference{"version_id", `SELECT version_id FROM catalog_entry`, "the id of a version whose entries are accepted"}
	// an objection may have moved from one contract to another, too, and be of a day to come
	ofObjection    = `SELECT DISTINCT c.contract_key, greatest(s.filed_on, s.decided_on) AS last_on FROM contract c JOIN objection o USING (contract_no) JOIN staging s USING (objection_no)`
	toOrganisation = reference{"org_id", `SELECT org_id FROM organisation`, "the id of an accepted organisation"}
	itemExists     = reference{"item_code", `SELECT item_code FROM catalog_item`, "the code of an accepted catalogue item"}
)

// touched is the query for the contracts that the staged rows say something of: contract_key, last_on.
func (k factKind) touched() string {
	last := "CAST(NULL AS DATE)"
	if k.last != "" {
		last = "max(" + k.last + ")"
	}
	if k.touches == ofContract {
		return fmt.Sprintf(ofContract, k.stagedAs("contract_no"), last, k.joined("contract_no"))
	}
	return k.touches
}

var factKinds = map[string]factKind{
	"organisation": {key: []string{"org_id"}},
	"catalog_item": {key: []string{"item_code"}},
	"contract":     {key: []string{"contract_no"}, refs: []reference{purchaserExist, toSupplier, itemExists}, touches: ofContract},
	"score": {key: []string{"contract_no", "indicator", "party", "evaluator_id"}, refs: []reference{toContract}, touches: ofContract, last: "scored_on",
		coded: []string{"contract_no", "indicator", "party", "evaluator_id"}},
	"target":          {key: []string{"contract_no", "indicator"}, refs: []reference{toContract}, touches: ofContract},
	"progress":        {key: []string{"contract_no", "indicator", "as_of_on"}, refs: []reference{toContract}, touches: ofContract, last: "as_of_on", own: []rule{afterSigning("as_of_on")}},
	"payment":         {key: []string{"contract_no", "stage"}, refs: []reference{toContract}, touches: ofContract, last: "paid_on"},
	"credit_event":    {key: []string{"event_id"}, refs: []reference{toSupplier, toContract}, touches: ofSupplier},
	"inspection":      {key: []string{"supplier_id", "year"}, refs: []reference{toSupplier}},
	"assessment_item": {key: []string{"supplier_id", "section", "item", "assessed_on"}, refs: []reference{toSupplier}},
	"objection":       {key: []string{"objection_no"}, refs: []reference{toContract}, touches: ofObjection},
	"complaint":       {key: []string{"complaint_no"}, refs: []reference{toContract}, touches: ofContract},

	"listing":          {key: []string{"case_no", "supplier_id"}, refs: []reference{toSupplier}, touches: ofListed},
	"external_listing": {key: []string{"list", "uscc", "listed_on"}},
	"holiday":          {key: []string{"from_on"}},

	"organisation_contact":  {key: []string{"org_id", "contact", "value"}, refs: []reference{toOrganisation}},
	"catalog_entry":         {key: []string{"version_id", "item_code"}, refs: []reference{itemExists}, own: entryRules},
	"catalog_adoption":      {key: []string{"version_id"}, refs: []reference{toEntries}, own: adoptionRules},
	"supplier_registration": {key: []string{"supplier_id"}, refs: []reference{toSupplier}, own: registrationRules},
	"supplier_training":     {key: []string{"supplier_id", "held_on", "topic"}, refs: []reference{toSupplier}},
	// no run reads them, so they touch no contract
	"plan_item":         {key: []string{"plan_no"}, refs: []reference{purchaserExist, itemExists}},
	"plan_review":       {key: []string{"plan_no", "review_no"}, refs: []reference{toPlan}},
	"department_budget": {key: []string{"year", "purchaser_id"}, refs: []reference{purchaserExist}},
	"budget_line":       {key: []string{"year", "purchaser_id", "item_code", "source"}, refs: []reference{purchaserExist, itemExists}},
	"contract_plan":     {key: []string{"contract_no"}, refs: []reference{toContract, toPlan}},
	"payment_schedule":  {key: []string{"contract_no", "stage"}, refs: []reference{toContract}},
	"contract_content":  {key: []string{"contract_no"}, refs: []reference{toContract}},
	"target_source":     {key: []string{"contract_no", "indicator", "source"}, refs: []reference{toContract}},
	"staffed_function":  {key: []string{"year", "purchaser_id", "function"}, refs: []reference{purchaserExist, itemExists}},

	"narrative": {key: []string{"contract_no", "author_id"}, refs: []reference{toContract}, own: narrativeRules}, // no evaluation rests on it

	"incident": {key: []string{"contract_no", "incident_id"}, refs: []reference{toContract}, touches: ofContract, last: "occurred_on", own: incidentRules},
}

// Numbered says that rows of a kind may have a column as a dictionary of texts.
func Numbered(kind, column string) bool { return slices.Contains(factKinds[kind].coded, column) }

// rule is one thing that rows have to meet together or beside what is stored. An acceptance and its preview ask the same
// rules.
type rule struct {
	broken string // query for the rows that do not: row_no, found, more
	fault  func(found, more string) Fault
}

// rules are those of a kind for who brings the file; distinct says that no two of its rows have one key.
func (k factKind) rules(a Acceptance, distinct bool) []rule {
	var all []rule
	if !distinct {
		all = append(all, k.uniqueKeys())
	}
	all = append(all, k.own...)
	for _, ref := range k.refs {
		if ref.column != "contract_no" || a.Scope.All { // within a scope, unknown and not one's own are the same fault
			all = append(all, ref.rule(k))
		}
	}
	if !a.Scope.All {
		all = append(all, k.withinScope(a.Kind, a.Scope))
	}
	switch a.Kind {
	case "score":
		all = append(all, k.scoreRules(a)...)
	case "narrative":
		all = append(all, authorRules(k, a)...)
	case "listing":
		all = append(all, listingRules(a)...)
	case "external_listing":
		all = append(all, daysInOrder("until_on", "listed_on"), daysInOrder("removed_on", "listed_on"))
	case "credit_event":
		all = append(all, daysInOrder("ends_on", "occurred_on"), daysInOrder("repaired_on", "occurred_on"))
	case "assessment_item":
		all = append(all, pointsWithinFull)
	case "objection":
		all = append(all, outcomeWithDay("decided_on"), daysInOrder("decided_on", "filed_on"))
	case "complaint":
		all = append(all, outcomeWithDay("answered_on"), daysInOrder("answered_on", "received_on"))
	case "holiday":
		all = append(all, daysInOrder("to_on", "from_on"), holidaysApart, holidayLength)
	}
	return append(all, planRules(a)...)
}

// pointsWithinFull: no item of an assessment has more points than its full marks.
var pointsWithinFull = rule{`SELECT row_no, points::VARCHAR AS found, max_points::VARCHAR AS more FROM staging WHERE points > max_points`,
	func(found, most string) Fault {
		return Fault{Column: "points", Cause: "points_above_full", Found: found, Expected: "points up to the full marks of the item, " + most, Mend: "correct the points, or the full marks",
			Params: map[string]string{"most": most}}
	}}

// uniqueKeys: none of the rows with one key counts until somebody says which.
func (k factKind) uniqueKeys() rule {
	key := strings.Join(k.key, ", ")
	broken := fmt.Sprintf(`WITH twice AS MATERIALIZED (SELECT %[1]s FROM staging GROUP BY %[1]s HAVING count(*) > 1),
		those AS MATERIALIZED (SELECT row_no, min(row_no, 2) OVER (PARTITION BY %[1]s) AS two, %[1]s FROM staging SEMI JOIN twice USING (%[1]s))
		SELECT row_no, concat_ws(' / ', %[2]s) AS found, CASE row_no WHEN two[1] THEN two[2] ELSE two[1] END AS more FROM %[3]s`,
		k.stagedKey(), key, strings.Replace(k.staged(k.key...), "staging", "those", 1))
	return rule{broken,
		func(found, other string) Fault {
			return Fault{Column: key, Cause: "duplicate_key", Found: found + ", which row " + other + " has too", Expected: "one row for each " + key, Mend: "keep the right one of the rows",
				Params: map[string]string{"other": other, "key": key}}
		}}
}

func (ref reference) rule(k factKind) rule {
	return rule{fmt.Sprintf(`SELECT row_no, %s AS found, NULL AS more FROM %s WHERE %s IS NOT NULL AND %s NOT IN (%s)`, ref.column, k.staged(ref.column), ref.column, ref.column, ref.exists),
		func(found, _ string) Fault {
			return Fault{Column: ref.column, Cause: "unknown_" + ref.column, Found: found, Expected: ref.expected, Mend: "correct it, or import what it names first"}
		}}
}

// withinScope: every row is of a contract that the uploader may write of. Who has a purchaser's scope may bring new
// contracts of that purchaser; what belongs to no contract is for those alone who may write everything.
func (k factKind) withinScope(kind string, s Scope) rule {
	column, outside := "contract_no", "contract_no NOT IN (SELECT contract_no FROM ("+s.Contracts()+"))"
	switch {
	case kind == "contract":
		outside = "purchaser_id <> " + quote(s.Purchaser) + " OR contract_no IN (SELECT contract_no FROM contract) AND " + outside
	case kind == "plan_item":
		column, outside = "plan_no", "purchaser_id <> "+quote(s.Purchaser)+" OR plan_no IN (SELECT plan_no FROM plan_item WHERE purchaser_id <> "+quote(s.Purchaser)+")"
	case kind == "credit_event" || !slices.Contains(k.key, "contract_no"):
		column, outside = k.key[0], "true"
	}
	return rule{fmt.Sprintf(`SELECT row_no, %s AS found, NULL AS more FROM %s WHERE %s`, column, k.staged(column), outside),
		func(found, _ string) Fault {
			return Fault{Column: column, Cause: "outside_scope", Found: found, Expected: "what the account that brings the file may write of",
				Mend: "take the row out, correct it, or ask the finance bureau for the assignment"}
		}}
}

// openContracts: nobody scores a contract whose evaluation is closed.
func (k factKind) openContracts() rule {
	return rule{`SELECT row_no, contract_no AS found, (SELECT on_day FROM contract_closing l WHERE l.contract_no = s.contract_no ORDER BY entry DESC LIMIT 1) AS more
		FROM ` + k.staged("contract_no") + ` s WHERE contract_no IN (` + closedContracts + `)`,
		func(found, day string) Fault {
			return Fault{Column: "contract_no", Cause: "contract_closed", Found: found, Expected: "a contract whose evaluation is open; this one was closed on " + day,
				Mend: "take the row out, or ask the finance bureau to open the contract again", Params: map[string]string{"day": day}}
		}}
}

// scoreRules: who scores as one party brings no scores of another, an organisation only those of its own raters, and
// nobody those of a contract whose evaluation is closed. The raters of an organisation are it and all whose id begins
// with its id and a hyphen, as P006-01 of P006.
func (k factKind) scoreRules(a Acceptance) []rule {
	var all []rule
	if !a.GivenBefore {
		all = append(all, k.openContracts())
	}
	if a.Party != "" {
		all = append(all, k.ofParty(a.Party))
	}
	if org := ownOrganisation(a); org != "" {
		all = append(all, k.ofOrganisation(org, "evaluator_id"))
	}
	return all
}

// ofParty: every row is of one party.
func (k factKind) ofParty(party string) rule {
	return rule{`SELECT row_no, party AS found, NULL AS more FROM ` + k.staged("party") + ` WHERE party <> ` + quote(party),
		func(found, _ string) Fault {
			return Fault{Column: "party", Cause: "party_not_yours", Found: found, Expected: party + ", as which the account scores", Mend: "take the row out",
				Params: map[string]string{"party": party}}
		}}
}

// ownOrganisation is the organisation for which somebody scores; empty: everybody's scores may be brought.
func ownOrganisation(a Acceptance) string {
	if a.Scope.All {
		return ""
	}
	return cmp.Or(a.Scope.Purchaser, a.Scope.Evaluator)
}

// raterOf stands between the id of an organisation and what tells its raters apart.
const raterOf = "-"

// ofOrganisation: the column names an organisation or one of its raters.
func (k factKind) ofOrganisation(org, column string) rule {
	return rule{fmt.Sprintf(`SELECT row_no, %[1]s AS found, NULL AS more FROM %[2]s WHERE %[1]s <> %[3]s AND NOT starts_with(%[1]s, %[4]s)`, column, k.staged(column), quote(org), quote(org+raterOf)),
		func(found, _ string) Fault {
			return Fault{Column: column, Cause: "evaluator_not_yours", Found: found, Expected: org + ", or an id that begins with " + org + raterOf, Mend: "correct it, or take the row out",
				Params: map[string]string{"org": org}}
		}}
}

// findFaults asks the rules of the staged rows and returns what breaks them, nil for nothing; broken then holds every
// such row of each rule.
func findFaults(ctx context.Context, w *Writer, rules []rule) (*RefusedError, error) {
	if _, err := w.Exec(ctx, `CREATE OR REPLACE TEMP TABLE broken (rule INTEGER, row_no BIGINT, found VARCHAR, more VARCHAR)`); err != nil {
		return nil, fmt.Errorf("check rows: %w", err)
	}
	refused := &RefusedError{Causes: map[string]int{}}
	for i, r := range rules {
		n, err := w.Exec(ctx, fmt.Sprintf(`INSERT INTO broken SELECT %d, row_no, found, more::VARCHAR FROM (%s)`, i, r.broken))
		if err != nil {
			return nil, fmt.Errorf("check rows: %w", err)
		}
		if n > 0 {
			refused.Total += int(n)
			refused.Causes[r.fault("", "").Cause] += int(n)
		}
	}
	if refused.Total == 0 {
		return nil, nil
	}
	err := eachBroken(ctx, &w.Reader, rules, MaxFaults, func(f Fault) { refused.Faults = append(refused.Faults, f) })
	if err != nil {
		return nil, err
	}
	refused.Rows, err = brokenRows(ctx, &w.Reader)
	return refused, err
}

// eachBroken hands out the faults that findFaults found, at most limit, in the order of rows.
func eachBroken(ctx context.Context, r *Reader, rules []rule, limit int64, f func(Fault)) error {
	rows, err := r.Query(ctx, `SELECT rule, row_no, coalesce(found, ''), coalesce(more, '') FROM broken ORDER BY row_no, rule LIMIT ?`, limit)
	if err != nil {
		return fmt.Errorf("list faults: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var rule int
		var row int64
		var found, more string
		if err := rows.Scan(&rule, &row, &found, &more); err != nil {
			return err
		}
		fault := rules[rule].fault(found, more)
		fault.Row = row
		f(fault)
	}
	return rows.Err()
}

func brokenRows(ctx context.Context, r *Reader) (all []int64, err error) {
	rows, err := r.Query(ctx, `SELECT DISTINCT row_no FROM broken ORDER BY row_no`)
	if err != nil {
		return nil, fmt.Errorf("list faults: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// leaveOut takes the rows that were found to break a rule out of what is staged where that is allowed, and returns them with
// those that were not handed in; it returns the faults as its error where one refuses the file, or no row is left.
func leaveOut(ctx context.Context, w *Writer, a Acceptance, broken *RefusedError) (*RefusedError, error) {
	refused := &RefusedError{}
	refused.merge(broken)
	refused.merge(a.Cells)
	if refused.Total == 0 {
		return nil, nil
	}
	if !a.Partial {
		return nil, refused
	}
	if broken != nil {
		if err := unstage(ctx, w); err != nil {
			return nil, err
		}
	}
	var left int64
	if err := w.Scan(ctx, []any{&left}, `SELECT count(*) FROM staging`); err != nil {
		return nil, err
	}
	if left == 0 {
		return nil, refused
	}
	return refused, nil
}
