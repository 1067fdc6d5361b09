package dashboards

import (
	"context"
	"net/http"
	"slices"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// groundPath ends the address by which a clue is made the ground of a case.
const groundPath = "/case"

// clueGround is where a clue leads: the cases that rest on it, and the form by which a person makes it a ground.
type clueGround struct {
	Cases     []cell
	Suppliers []store.Choice // against whom it can be a ground; empty: there is no form
	Grounds   []store.Choice
	Action    string
	Why       string // why there is no form; empty: there is one, or who is asking opens no cases
}

func (b *base) clueGround(ctx context.Context, v *store.View, c *store.ClueRow) (g clueGround, err error) {
	cases, err := v.CasesOnClue(ctx, c.ID)
	if err != nil {
		return g, err
	}
	for _, one := range cases {
		g.Cases = append(g.Cases, cell{Text: one.No, URL: b.open(access.ReadCases, b.To("/blacklist/"+one.No)), Sub: b.named("case.state", string(one.State(v.Today)))})
	}
	if !b.May(access.KeepCases) {
		return g, nil
	}
	if c.State() != string(clues.Confirmed) {
		g.Why = b.T("clue.ground.unconfirmed")
		return g, nil
	}
	suppliers, err := v.ClueSuppliers(ctx, c)
	g.Suppliers = slices.DeleteFunc(suppliers, func(s store.Choice) bool {
		return slices.ContainsFunc(cases, func(c blacklist.Case) bool { return c.Supplier == s.ID && !c.State(v.Today).Over() })
	})
	g.Grounds, g.Action = b.idChoices("ground", blacklist.Grounds()), b.To("/clues/"+c.ID+groundPath)
	if len(suppliers) == 0 {
		g.Why = b.T("clue.ground.no_supplier")
	}
	return g, err
}

// groundCase opens a case that rests on a clue, or adds the clue to the case of the supplier that is not over.
func (s *Server) groundCase(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	form := texts{Request: r}
	step := blacklist.Step{Kind: blacklist.Opened, By: b.person(), Party: form.of("supplier", shortText), Reason: form.of("reason", longestStanding), Evidence: []string{store.ClueEvidence(r.PathValue("id"))}}
	if form.long != nil {
		return "", form.long
	}
	ground := r.PostFormValue("ground")
	if !slices.Contains(blacklist.Grounds(), ground) {
		return "", &blacklist.Refusal{Rule: "grounds"}
	}
	step.Grounds = []string{ground}
	if err := s.withRun(r.Context(), b, noView); err != nil {
		return "", err
	}
	open, err := s.openCaseAgainst(r.Context(), step.Party)
	if err != nil {
		return "", err
	}
	if open == "" {
		c, err := s.config.Store.OpenCase(r.Context(), s.casePolicy(b), step)
		return b.done("/blacklist/"+c.No, "case_opened"), err
	}
	step.Kind, step.Party = blacklist.GroundsAdded, ""
	c, err := s.config.Store.TakeStep(r.Context(), s.casePolicy(b), open, step)
	return b.done("/blacklist/"+c.No, "case_step"), err
}

// openCaseAgainst is the number of the case against a supplier that is not over; empty: there is none.
func (s *Server) openCaseAgainst(ctx context.Context, supplier string) (number string, err error) {
	today := store.DayOf(s.config.Now())
	err = s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		cases, err := store.CasesOf(ctx, r, supplier)
		for _, c := range cases {
			if c.Supplier == supplier && !c.State(today).Over() {
				number = c.No
			}
		}
		return err
	})
	return number, err
}

// clueEvidence says of each clue that a case rests on what was seen, beside its id among the other evidence.
func (p *casePageData) clueEvidence(found []store.ClueRow) {
	for i, id := range p.C.Evidence {
		for j := range found {
			if id == store.ClueEvidence(found[j].ID) {
				p.Evidence[i].Text, p.Evidence[i].Sub = p.T("evidence.clue_of", "Rule", p.ClueRule(found[j].Rule)), p.ClueSaid(&found[j])
			}
		}
	}
}
