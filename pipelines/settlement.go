package pipelines

import (
	"context"
	"time"

	"pingxin/budget"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// settlement is one row of the table settlement_advice.
type settlement struct {
	budget.Advice
	run  int
	key  int32
	hash string
}

func newSettlement(run int, key int32, a budget.Advice) settlement {
	row := settlement{Advice: a, run: run, key: key}
	row.hash = settlements.Hash(&row)
	return row
}

var settlements = store.Table[settlement]{Name: "settlement_advice", Columns: []store.Column[settlement]{
	store.Whole("from_run", func(s *settlement) int64 { return int64(s.run) }).Outside(),
	store.Whole("until_run", func(*settlement) int64 { return store.OpenEnded }).Outside(),
	store.Whole("contract_key", func(s *settlement) int64 { return int64(s.key) }).Outside(),
	store.Text("contract_no", false, func(s *settlement) string { return s.Contract }),
	store.Text("purchaser_id", false, func(s *settlement) string { return s.Purchaser }),
	store.Text("supplier_id", false, func(s *settlement) string { return s.Supplier }),
	store.Text("item_code", false, func(s *settlement) string { return s.ItemCode }),
	store.Whole("amount_fen", func(s *settlement) int64 { return s.AmountFen }),
	store.Whole("paid_fen", func(s *settlement) int64 { return s.PaidFen }),
	store.Real("payable_pct", func(s *settlement) float64 { return s.PayablePct }),
	store.Whole("payable_fen", func(s *settlement) int64 { return s.PayableFen }),
	store.Whole("due_fen", func(s *settlement) int64 { return s.DueFen }),
	store.Real("attained_pct", func(s *settlement) float64 { return s.Attained }),
	store.Text("action", false, func(s *settlement) string { return s.Action }),
	store.Flag("final", func(s *settlement) bool { return s.Final }),
	store.List("reasons", func(s *settlement) []scoring.Note { return s.Reasons }, digestNote),
	store.Text("row_hash", false, func(s *settlement) string { return s.hash }).Outside(),
}}

// findDisputes finds which contracts' evaluations are in dispute.
func (n *night) findDisputes(ctx context.Context, r *store.Reader) error {
	open, err := store.OpenDisputes(ctx, r, n.mark, n.AsOf)
	n.disputes = make(map[string]string, len(open))
	for _, d := range open { // in the order of contracts and numbers
		if n.disputes[d.ContractNo] == "" {
			n.disputes[d.ContractNo] = d.ObjectionNo
		}
	}
	return err
}

// advise says how the fee of a contract is to be settled by its evaluation. It follows from the contract alone, so that a
// night has to look again at those only that it judges.
func (n *night) advise(c *reduce.Contract, e *scoring.Evaluation) budget.Advice {
	s := serviceOf(c, e, n.AsOf)
	s.Better, s.Dispute = n.better(e), n.disputes[e.Contract]
	return n.Policy.Settlement.Advise(s)
}

// serviceOf is what a settlement uses of a contract and its evaluation.
func serviceOf(c *reduce.Contract, e *scoring.Evaluation, asOf time.Time) budget.Service {
	attained, unread := c.Evidence.Attained()
	return budget.Service{Contract: e.Contract, Purchaser: c.Purchaser, Supplier: c.Supplier, ItemCode: c.Item, AmountFen: c.Evidence.AmountFen,
		PaidFen: c.Evidence.PaidFen, Ended: asOf.After(c.Evidence.EndOn), Status: e.Status, Grade: e.Grade, MissingParty: len(e.Missing) > 0,
		Attained: attained, Targets: len(c.Evidence.Attainments), Unread: unread}
}

// better is the better grade that the interval of an evaluation reaches; empty for none, and under a cap that bites, which
// no value would lift.
func (n *night) better(e *scoring.Evaluation) string {
	if !isRated(e.Status) || e.Grade != e.Uncapped {
		return ""
	}
	if reached := n.judge.GradeOf(e.High); n.judge.GradeRank(reached) < n.judge.GradeRank(e.Grade) {
		return reached
	}
	return ""
}
