package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"pingxin/pipelines/store"
)

// longestName is the most characters of a scenario's name or of the reason for adopting it: a title and a sentence.
const (
	longestName   = 60
	longestReason = 300
)

// errUnanswered says that a scenario has no amounts: its question has a fault or is infeasible, or nothing is proposed.
var errUnanswered = errors.New("the question has no answer")

// scenariosPage lists the saved scenarios.
type scenariosPage struct {
	*basis
	Standing string // which one stands
	Plan     bool   // one does, so its plan can be had
	Saved    []savedScenario
	Choices  []store.Choice // what can be compared
}

// Choice is the field that chooses one side of a comparison.
func (p *scenariosPage) Choice(name string) field { return p.base.sideField(name, p.Choices) }

// sideField is the field that chooses one side of a comparison; the first side begins with what was published.
func (b *base) sideField(name string, choices []store.Choice) field {
	return field{Name: name, Label: b.T("whatif.side." + name), Value: b.query.Get(name), Choices: choices}
}

// savedScenario is a scenario as the list shows it.
type savedScenario struct {
	store.Scenario
	Assumes  string
	URL      string // the page of the budget under its question
	Adopt    string // leads to the page that adopts it; empty: it cannot be adopted
	Outdated bool
	Totals   string
	SavedOn  string
}

func (s *Server) scenarios(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("budget", b.T("whatif.scenarios"))
	p := &scenariosPage{basis: b.basis, Standing: b.T("whatif.standing.none")}
	switch {
	case b.query.Get("saved") != "":
		b.Done = b.T("whatif.saved")
	case b.query.Get("adopted") != "":
		b.Done = b.T("whatif.adopted")
	}
	programme, err := s.programmeOf(ctx, v, b.labels)
	if err != nil {
		return nil, err
	}
	kept, err := v.Scenarios(ctx)
	if err != nil {
		return nil, err
	}
	p.Choices = b.scenarioChoices(kept)
	for _, k := range kept {
		row, err := b.savedScenario(programme, k)
		if err != nil {
			return nil, err
		}
		if k.Stands {
			p.Plan = true
			p.Standing = b.T("whatif.standing", "Name", k.Name, "Who", orNone(k.AdoptedBy), "When", b.Moment(k.AdoptedAt), "Reason", k.Reason, "Next", exactYuan(k.NextFen))
		}
		p.Saved = append(p.Saved, row)
	}
	return p, nil
}

// scenarioChoices are the published proposals and the saved scenarios.
func (b *base) scenarioChoices(kept []store.Scenario) []store.Choice {
	choices := []store.Choice{{ID: "", Name: b.T("whatif.published.long")}}
	for _, k := range kept {
		choices = append(choices, store.Choice{ID: strconv.Itoa(k.ID), Name: k.Name})
	}
	return choices
}

// savedScenario describes a saved scenario; its assumptions are read against the policy of the published run.
func (b *base) savedScenario(p *programme, k store.Scenario) (savedScenario, error) {
	row := savedScenario{Scenario: k, URL: b.To(budgetPath), Outdated: k.Run != b.Run.ID, Assumes: k.Question, SavedOn: b.Moment(k.SavedAt),
		Totals: b.T("whatif.totals", "Base", b.Money(k.BaseFen), "Next", b.Money(k.NextFen), "Change", b.Change(k.ChangeFen()), "Unit", b.UnitName())}
	if k.Question != "" {
		row.URL = withQuery(row.URL, k.Question)
	}
	if p != nil {
		q, err := b.questionOf(p, k.Question)
		if err != nil {
			return row, err
		}
		row.Assumes = q.said(b)
	}
	if !row.Outdated && !k.Stands {
		row.Adopt = b.To(scenarioPath(k.ID) + "/adopt")
	}
	return row, nil
}

func scenarioPath(id int) string { return "/budget/scenarios/" + strconv.Itoa(id) }

// withQuery adds more of a query to an address.
func withQuery(address, query string) string {
	if strings.Contains(address, "?") {
		return address + "&" + query
	}
	return address + "?" + query
}

// saveScenario saves the question of the form under the name that it is given.
func (s *Server) saveScenario(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	saved, err := b.nameOf(r)
	if err != nil {
		return "", err
	}
	err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		o, asked, err := s.computed(ctx, v, b, r.PostFormValue("question"))
		if err == nil {
			saved.Run, saved.Year, saved.Question, saved.Contracts = v.Run.ID, o.year+1, asked, o.Whole.Contracts
			saved.BaseFen, saved.NextFen, saved.Hash = o.Whole.BaseFen, o.Whole.NextFen, store.HashAmounts(o.amounts())
		}
		return err
	})
	if err != nil {
		return "", err
	}
	_, err = s.config.Store.SaveScenario(r.Context(), saved)
	return b.To("/budget/scenarios", "saved", "yes"), err
}

// askedAgain is the page of the budget with the question of a form that was refused.
func (s *Server) askedAgain(r *http.Request, b *base) (string, any, error) {
	asked, err := url.ParseQuery(r.PostFormValue("question"))
	if err != nil {
		return "", nil, errUnanswered
	}
	b.path = budgetPath
	for key, values := range asked {
		b.query[key] = values
	}
	return s.onRun("budget.html", s.budget)(r, b)
}

// nameOf reads the name of a scenario.
func (b *base) nameOf(r *http.Request) (store.Scenario, error) {
	name := strings.TrimSpace(r.PostFormValue("name"))
	if n := utf8.RuneCountInString(name); n == 0 || n > longestName {
		return store.Scenario{}, &badFilter{Name: "name", Found: name, Expected: "name"}
	}
	return store.Scenario{Name: name}, nil
}

// computed is what a question comes to on the published run, and the question as it is kept.
func (s *Server) computed(ctx context.Context, v *store.View, b *base, asked string) (*outcome, string, error) {
	p, err := s.programmeOf(ctx, v, b.labels)
	if err != nil {
		return nil, "", err
	}
	if p == nil {
		return nil, "", fmt.Errorf("policy %s proposes nothing: %w", v.Run.PolicyID, errUnanswered)
	}
	q, err := b.questionOf(p, asked)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errUnanswered, err)
	}
	o, refused, err := b.answer(p, q)
	if err == nil && refused != "" {
		err = errUnanswered
	}
	return o, q.Asked, err
}

// amounts is what the scenario gives to each contract, as an adoption keeps it.
func (o *outcome) amounts() []store.Amount {
	all := make([]store.Amount, len(o.rows))
	for i := range o.rows {
		r := &o.rows[i]
		all[i] = store.Amount{ContractNo: r.Contract, PurchaserID: r.Purchaser, SupplierID: r.Supplier, ItemCode: r.ItemCode, BaseFen: r.BaseFen,
			NextFen: o.next(i), Action: o.Plan.Action(i)}
	}
	return all
}

// adoptPage asks for the adoption of a scenario, and shows what it does to every group before.
type adoptPage struct {
	*basis
	savedScenario
	Answers []string
	Check   *reconciled
	Effects []table
	Action  string
}

func (s *Server) adoption(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("budget", b.T("whatif.adopt"))
	kept, o, err := s.keptScenario(ctx, v, b)
	if err != nil {
		return nil, err
	}
	p := &adoptPage{basis: b.basis, Answers: o.inWords(), Check: o.reconcile(byContract), Action: b.To(scenarioPath(kept.ID) + "/adopt")}
	if p.savedScenario, err = b.savedScenario(o.programme, kept); err != nil {
		return nil, err
	}
	for _, d := range dimensions {
		if t := o.effects(d.id); len(t.Rows) > 1 { // one group is the whole
			p.Effects = append(p.Effects, t)
		}
	}
	return p, nil
}

// effects is the effect on the groups of a dimension, without links: what the page of an adoption shows.
func (o *outcome) effects(by string) table {
	t := table{Caption: o.T("whatif.by." + by), Head: o.effectHead("filter." + by)}
	for _, g := range o.groups(by, o.every) {
		t.Rows = append(t.Rows, o.base.effectRow(text(g.Name), &g.Effect))
	}
	t.Foot = o.base.effectRow(text(o.T("table.total")), &o.Whole)
	return t
}

// keptScenario reads the scenario that the path names and computes it; it must be of the published run and come to what
// it came to when it was saved.
func (s *Server) keptScenario(ctx context.Context, v *store.View, b *base) (store.Scenario, *outcome, error) {
	text := strings.TrimSuffix(b.pathValue("/budget/scenarios/"), "/adopt")
	id, err := strconv.Atoi(text)
	if err != nil {
		return store.Scenario{}, nil, errNoPage
	}
	kept, err := v.Scenario(ctx, id)
	if err == nil && kept.Stands {
		err = store.ErrAdopted
	} else if err == nil && kept.Run != v.Run.ID {
		err = store.ErrOutdated
	}
	if err != nil {
		return kept, nil, err
	}
	o, _, err := s.computed(ctx, v, b, kept.Question)
	if err == nil && store.HashAmounts(o.amounts()) != kept.Hash {
		err = store.ErrOutdated
	}
	return kept, o, err
}

// adoptScenario adopts the scenario that the path names, for the reason that the form gives.
func (s *Server) adoptScenario(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if n := utf8.RuneCountInString(reason); n == 0 || n > longestReason {
		return "", &badFilter{Name: "reason", Found: reason, Expected: "reason"}
	}
	var kept store.Scenario
	var amounts []store.Amount
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) (err error) {
		var o *outcome
		if kept, o, err = s.keptScenario(ctx, v, b); err == nil {
			amounts = o.amounts()
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return b.To("/budget/scenarios", "adopted", "yes"), s.config.Store.AdoptScenario(r.Context(), kept.ID, reason, amounts)
}
