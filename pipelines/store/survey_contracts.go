package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// SurveyContract is a contract with what was done to ask its recipients.
type SurveyContract struct {
	No         string
	Name       string // its number where it has none
	Purchaser  string
	Supplier   string
	Recipients int  // 0: not known
	Closed     bool // its evaluation is closed
	Issues     []SurveyIssue
}

// SurveyQuery chooses contracts for a list of surveys.
type SurveyQuery struct {
	Scope     Scope
	Search    string // in number, name, purchaser and supplier; empty: all
	Purchaser string // id; empty: all
	Asked     bool   // only those for which links were made
	First     int    // rows to leave out
	Limit     int    // 0: all
}

// surveyed is the latest word on each contract, with the names of its parties.
const surveyed = `SELECT c.contract_no, coalesce(c.name, c.contract_no) AS name, c.purchaser_id, c.supplier_id, coalesce(p.name, c.purchaser_id) AS purchaser,
	coalesce(s.name, c.supplier_id) AS supplier, coalesce(c.recipients, 0) AS recipients, c.end_on,
	c.contract_no IN (SELECT contract_no FROM survey_issue) AS asked, c.contract_no IN (` + closedContracts + `) AS closed
	FROM ` + latestContract + ` c LEFT JOIN ` + latestOrganisation + ` p ON p.org_id = c.purchaser_id LEFT JOIN ` + latestOrganisation + ` s ON s.org_id = c.supplier_id`

// condition is the query's choice as SQL, with its arguments.
func (q SurveyQuery) condition() (string, []any) {
	parts, args := []string{"true"}, []any{}
	if !q.Scope.All {
		parts = append(parts, "contract_no IN (SELECT contract_no FROM ("+q.Scope.Contracts()+"))")
	}
	if q.Search != "" {
		parts = append(parts, "contains(lower(contract_no || ' ' || name || ' ' || purchaser || ' ' || supplier), lower(?))")
		args = append(args, q.Search)
	}
	if q.Purchaser != "" {
		parts, args = append(parts, "purchaser_id = ?"), append(args, q.Purchaser)
	}
	if q.Asked {
		parts = append(parts, "asked")
	}
	return strings.Join(parts, " AND "), args
}

// SurveyContracts lists contracts, those with links first and the youngest before the older, and counts all that the
// query chooses.
func (r *Reader) SurveyContracts(ctx context.Context, q SurveyQuery) (all []SurveyContract, total int, err error) {
	where, args := q.condition()
	limit := ""
	if q.Limit > 0 {
		limit = fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, q.First)
	}
	type counted struct {
		SurveyContract
		total int
	}
	page, err := listFrom(ctx, r, "surveys", `SELECT contract_no, name, purchaser, supplier, recipients, closed, count(*) OVER () FROM (`+surveyed+`) WHERE `+where+`
		ORDER BY asked DESC, end_on DESC, contract_no`+limit, func(rows *sql.Rows, c *counted) error {
		return rows.Scan(&c.No, &c.Name, &c.Purchaser, &c.Supplier, &c.Recipients, &c.Closed, &c.total)
	}, args...)
	if err != nil {
		return nil, 0, err
	}
	for _, c := range page {
		total, all = c.total, append(all, c.SurveyContract)
	}
	return all, total, r.surveyIssues(ctx, all)
}

// SurveyPurchasers are the purchasers of the contracts within the scope, with the numbers of these.
func (r *Reader) SurveyPurchasers(ctx context.Context, scope Scope) ([]Choice, error) {
	where, args := SurveyQuery{Scope: scope}.condition()
	return listFrom(ctx, r, "purchasers", `SELECT purchaser_id, any_value(purchaser) AS name, count(*) FROM (`+surveyed+`) WHERE `+where+` GROUP BY purchaser_id ORDER BY name, purchaser_id`,
		func(rows *sql.Rows, c *Choice) error { return rows.Scan(&c.ID, &c.Name, &c.Count) }, args...)
}

// SurveyContract reads one contract within the scope; found is false when there is none, or none that the scope reaches.
func (r *Reader) SurveyContract(ctx context.Context, scope Scope, no string) (c SurveyContract, found bool, err error) {
	where, args := SurveyQuery{Scope: scope}.condition()
	err = r.Scan(ctx, []any{&c.No, &c.Name, &c.Purchaser, &c.Supplier, &c.Recipients, &c.Closed}, `SELECT contract_no, name, purchaser, supplier, recipients, closed FROM (`+
		surveyed+` WHERE c.contract_no = ?) WHERE `+where, append([]any{no}, args...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read a survey: %w", err)
	}
	one := []SurveyContract{c}
	err = r.surveyIssues(ctx, one)
	return one[0], err == nil, err
}

// surveyIssues fills in the batches of links of the contracts, in the order in which they were made.
func (r *Reader) surveyIssues(ctx context.Context, contracts []SurveyContract) error {
	if len(contracts) == 0 {
		return nil
	}
	at := map[string]int{}
	args := make([]any, len(contracts))
	for i, c := range contracts {
		at[c.No], args[i] = i, c.No
	}
	rows, err := r.Query(ctx, `SELECT i.issue_id, i.contract_no, label, channel, frame, links, issued_on, expires_on, issued_by, reminders,
		count(*) FILTER (state = 'open'), count(*) FILTER (state = 'used'), count(*) FILTER (state = 'void'), count(*) FILTER (state = 'closed')
		FROM survey_issue i JOIN survey_link USING (issue_id) WHERE i.contract_no IN (?`+strings.Repeat(", ?", len(contracts)-1)+`)
		GROUP BY ALL ORDER BY i.issue_id`, args...)
	if err != nil {
		return fmt.Errorf("read batches of links: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i SurveyIssue
		if err := rows.Scan(&i.ID, &i.ContractNo, &i.Label, &i.Channel, &i.Frame, &i.Links, &i.IssuedOn, &i.ExpiresOn, &i.IssuedBy, &i.Reminders,
			&i.Open, &i.Used, &i.Void, &i.Closed); err != nil {
			return err
		}
		c := &contracts[at[i.ContractNo]]
		c.Issues = append(c.Issues, i)
	}
	return rows.Err()
}
