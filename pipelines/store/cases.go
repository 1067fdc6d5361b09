package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/scoring/workdays"
)

// CaseStep is the action of the audit log: somebody took a step of a blacklist case; the detail says which.
const CaseStep = "case_step"

// ErrCaseOpen says that the supplier has a case that is not over.
var ErrCaseOpen = errors.New("the supplier has a case that is not over")

// ErrNoCases says that the policy has no rules of cases, so that none can be opened.
var ErrNoCases = errors.New("the policy has no table [blacklist.case]")

// Calendar is the shipped calendar of working days with what the bureau imported, in the order of the batches.
func Calendar(ctx context.Context, r *Reader) (*workdays.Calendar, error) {
	type row struct {
		workdays.Row
		batch int
	}
	rows, err := listFrom(ctx, r, "holidays", `SELECT batch_id, from_on, to_on, day = 'work', occasion, notice FROM holiday ORDER BY batch_id, row_no`, func(rows *sql.Rows, h *row) error {
		return rows.Scan(&h.batch, &h.From, &h.To, &h.Work, &h.Occasion, &h.Notice)
	})
	if err != nil {
		return nil, err
	}
	calendar := workdays.Shipped()
	for len(rows) > 0 {
		var batch []workdays.Row
		for first := rows[0].batch; len(rows) > 0 && rows[0].batch == first; rows = rows[1:] {
			batch = append(batch, rows[0].Row)
		}
		if calendar, err = calendar.Extend(batch); err != nil {
			return nil, fmt.Errorf("imported holidays: %w", err)
		}
	}
	return calendar, nil
}

// caseRow is one stored step.
type caseRow struct {
	no   string
	step blacklist.Step
}

// readCases reads cases with their whole history, those opened last in front.
func readCases(ctx context.Context, r *Reader, where string, args ...any) ([]blacklist.Case, error) {
	rows, err := listFrom(ctx, r, "cases", `SELECT case_no, step_no, kind, noted_at, content FROM case_step `+where+` ORDER BY case_no DESC, step_no`, func(rows *sql.Rows, c *caseRow) error {
		var kind, content string
		if err := rows.Scan(&c.no, &c.step.Number, &kind, &c.step.At, &content); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(content), &c.step); err != nil {
			return fmt.Errorf("case %s, step %d: %w", c.no, c.step.Number, err)
		}
		c.step.Kind = blacklist.StepKind(kind)
		return nil
	}, args...)
	if err != nil {
		return nil, err
	}
	var all []blacklist.Case
	for len(rows) > 0 {
		no, steps := rows[0].no, []blacklist.Step(nil)
		for ; len(rows) > 0 && rows[0].no == no; rows = rows[1:] {
			steps = append(steps, rows[0].step)
		}
		c, err := blacklist.Replay(no, steps)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Cases reads every case with its history, those opened last in front.
func Cases(ctx context.Context, r *Reader) ([]blacklist.Case, error) { return readCases(ctx, r, "") }

// CasesOf reads the cases in which a supplier is a party.
func CasesOf(ctx context.Context, r *Reader, supplier string) ([]blacklist.Case, error) {
	return readCases(ctx, r, "WHERE case_no IN (SELECT case_no FROM case_step WHERE party = ?)", supplier)
}

// CaseOf reads one case; ErrNotInRun when there is none of that number.
func CaseOf(ctx context.Context, r *Reader, no string) (blacklist.Case, error) {
	all, err := readCases(ctx, r, "WHERE case_no = ?", no)
	return one(all, err, "case", no)
}

// CaseRules are what a step of the case is held against: the policy, the calendar, and who had a part in its evidence.
func CaseRules(ctx context.Context, r *Reader, p *blacklist.CasePolicy, c *blacklist.Case) (blacklist.Rules, error) {
	if p == nil {
		return blacklist.Rules{}, ErrNoCases
	}
	calendar, err := Calendar(ctx, r)
	if err != nil {
		return blacklist.Rules{}, err
	}
	involved, err := involvedIn(ctx, r, c)
	return blacklist.Rules{Policy: p, Calendar: calendar, Involved: involved}, err
}

// involvedIn finds the accounts that brought what the case rests on, by any batch that ever described it, that confirmed a
// clue of its evidence, or that put one of its parties on the watch list.
func involvedIn(ctx context.Context, r *Reader, c *blacklist.Case) ([]blacklist.Involvement, error) {
	var events, contracts, parties []string
	for _, id := range c.Evidence {
		kind, ref, _ := strings.Cut(id, ":")
		switch kind {
		case "credit_event":
			events = append(events, ref)
		case "evaluation":
			contracts = append(contracts, ref)
		}
	}
	looked := CluesAmong(c.Evidence)
	more, err := contractsOfClues(ctx, r, looked)
	if err != nil {
		return nil, err
	}
	contracts = append(contracts, more...)
	for _, p := range c.Parties {
		parties = append(parties, p.Supplier)
	}
	const brought = `SELECT DISTINCT account, ?, 'batch:' || batch_id FROM batch_upload SEMI JOIN (%s) USING (batch_id) WHERE account <> ''`
	var all []blacklist.Involvement
	for _, question := range []struct{ how, text string }{
		{blacklist.UploadedIt, fmt.Sprintf(brought, `SELECT batch_id FROM credit_event WHERE event_id IN `+among(events))},
		{blacklist.ScoredIt, fmt.Sprintf(brought, `SELECT batch_id FROM batch_contract JOIN batch USING (batch_id) JOIN contract USING (contract_key)
			WHERE batch.kind = 'score' AND contract_no IN `+among(contracts))},
		{blacklist.VerifiedIt, `SELECT DISTINCT coalesce(account_id, given_by), ?, 'clue:' || clue_id FROM clue_verdict LEFT JOIN account ON login = given_by
			WHERE verdict = 'confirmed' AND given_by <> '' AND clue_id IN ` + among(looked)},
		{blacklist.FlaggedIt, `SELECT DISTINCT account, ?, 'watch:' || entry_id FROM watch_entry WHERE watched AND account <> '' AND supplier_id IN ` + among(parties)},
	} {
		found, err := listFrom(ctx, r, "who is involved", question.text+` ORDER BY 1, 3`, func(rows *sql.Rows, i *blacklist.Involvement) error {
			return rows.Scan(&i.Account, &i.How, &i.Ref)
		}, question.how)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// among is a list of texts for IN.
func among(all []string) string {
	quoted := make([]string, len(all))
	for i, text := range all {
		quoted[i] = quote(text)
	}
	if len(quoted) == 0 {
		return "(NULL)"
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// OpenCase opens a case against the supplier that the step names, under the next number of its year. The error is a
// *blacklist.Refusal, ErrCaseOpen, or ErrNotInRun where no accepted supplier has the id.
func (s *Store) OpenCase(ctx context.Context, p *blacklist.CasePolicy, step blacklist.Step) (opened blacklist.Case, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if err := w.knownSupplier(ctx, step.Party); err != nil {
			return err
		}
		before, err := CasesOf(ctx, &w.Reader, step.Party)
		if err != nil {
			return err
		}
		day := DayOf(s.momentOf(step))
		for _, c := range before {
			if c.Supplier == step.Party && !c.State(day).Over() { // to be bound to another is no case of its own
				return fmt.Errorf("case %s: %w", c.No, ErrCaseOpen)
			}
		}
		prefix := fmt.Sprintf("H%d-", day.Year())
		var last string
		if err := w.Scan(ctx, []any{&last}, `SELECT coalesce(max(case_no), '') FROM case_step WHERE starts_with(case_no, ?)`, prefix); err != nil {
			return fmt.Errorf("number a case: %w", err)
		}
		n := 0
		if _, err := fmt.Sscanf(last, prefix+"%d", &n); err != nil && last != "" {
			return fmt.Errorf("number a case after %s: %w", last, err)
		}
		opened, err = s.take(ctx, w, p, blacklist.Case{No: fmt.Sprintf("%s%04d", prefix, n+1)}, step)
		return err
	})
	return opened, err
}

// TakeStep takes one more step of a case, and enters the facts that follow from it. The error is a *blacklist.Refusal, a
// *workdays.MissingYearError, or ErrNotInRun where there is no such case or supplier.
func (s *Store) TakeStep(ctx context.Context, p *blacklist.CasePolicy, no string, step blacklist.Step) (c blacklist.Case, err error) {
	err = s.Write(ctx, func(ctx context.Context, w *Writer) error {
		if c, err = CaseOf(ctx, &w.Reader, no); err != nil {
			return err
		}
		if step.Kind == blacklist.PartyAdded {
			if err := w.knownSupplier(ctx, step.Party); err != nil {
				return err
			}
		}
		c, err = s.take(ctx, w, p, c, step)
		return err
	})
	return c, err
}

// momentOf is when a step is taken: now, but for the history of a sample.
func (s *Store) momentOf(step blacklist.Step) time.Time {
	if step.At.IsZero() {
		return s.now().UTC()
	}
	return step.At.UTC()
}

func (w *Writer) knownSupplier(ctx context.Context, id string) error {
	known, err := OrganisationIs(ctx, &w.Reader, id, "supplier")
	if err == nil && !known {
		err = &blacklist.Refusal{Rule: "party_unknown", Found: id}
	}
	return err
}

// take asks the rules and keeps the step with its facts and its entry in the audit log.
func (s *Store) take(ctx context.Context, w *Writer, p *blacklist.CasePolicy, c blacklist.Case, step blacklist.Step) (blacklist.Case, error) {
	rules, err := CaseRules(ctx, &w.Reader, p, &c)
	if err != nil {
		return c, err
	}
	if err := w.confirmed(ctx, step.Evidence); err != nil {
		return c, err
	}
	step.At = s.momentOf(step)
	step.Day = DayOf(step.At)
	before := c
	if c, err = rules.Take(c, step); err != nil {
		return before, err
	}
	step = c.Steps[len(c.Steps)-1]
	if _, err := w.Exec(ctx, `INSERT INTO case_step VALUES (?, ?, ?, ?, ?, ?, ?)`, c.No, int32(step.Number), string(step.Kind), step.Party, step.By.Account, step.At, JSON(step)); err != nil {
		return before, fmt.Errorf("case %s: keep a step: %w", c.No, err)
	}
	if err := w.enterListings(ctx, &before, &c, step); err != nil {
		return before, err
	}
	return c, w.Audit(ctx, AuditEntry{Action: CaseStep, Subject: "case:" + c.No, Detail: fmt.Sprintf("%d %s %s", step.Number, step.Kind, step.Party)})
}

// enterListings enters every listing that a step made or ended as a fact, so that the next run obeys it.
func (w *Writer) enterListings(ctx context.Context, before, after *blacklist.Case, step blacklist.Step) error {
	for _, party := range after.Parties {
		was := before.Party(party.Supplier)
		if was == nil || was.Listing == party.Listing {
			continue
		}
		l := party.Listing
		cells := map[string]string{"case_no": after.No, "supplier_id": party.Supplier, "listed_on": dayText(l.From), "until_on": dayText(l.Until),
			"ended_on": dayText(l.EndedOn), "end_cause": string(l.Cause), "document_no": cmp.Or(step.DocumentNo, after.Decided.Decision.DocumentNo)}
		if err := w.Enter(ctx, "listing", cells, step.Reason); err != nil {
			return err
		}
	}
	return nil
}

// dayText is a day as a cell of a file has it; empty for none.
func dayText(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// OrgNames are the names of organisations by id, as their latest batches have them; those without one have their id.
func OrgNames(ctx context.Context, r *Reader, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for _, id := range ids {
		names[id] = id
	}
	type named struct{ id, name string }
	all, err := listFrom(ctx, r, "names", `SELECT org_id, arg_max(name, batch_id) FROM organisation WHERE org_id IN `+among(slices.Compact(slices.Sorted(slices.Values(ids))))+` GROUP BY org_id`,
		func(rows *sql.Rows, n *named) error { return rows.Scan(&n.id, &n.name) })
	for _, n := range all {
		names[n.id] = n.name
	}
	return names, err
}
