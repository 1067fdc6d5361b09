package dashboards

import (
	"cmp"
	"context"
	"slices"

	"pingxin/budget"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// programme is every contract for which a run proposes money, with the rules by which it does. It does not change, as a
// published run does not.
type programme struct {
	year   int                // budget year of the contracts
	rows   []store.BudgetItem // in the order of contracts
	items  []budget.Item      // of the rows, as the rules read them
	ground *budget.Ground     // of the items, for all scenarios that leave the rules as they are
	sizes  map[string]string  // size class of each supplier by its id
	rules  *budget.Policy
	grades *scoring.Policy

	every               []int               // places of all rows, not to be changed
	thisYear, published []int64             // fen of each row, this year and as the run proposes
	partings            map[string]*parting // of the rows, by every dimension that does not follow from a scenario

	baseFen, beforeFen int64 // this year, and as the run proposes
	apart              int   // contracts for which this program proposes another amount than the run, made by another, did
}

// programmeOf is the programme of the view's run, or nil under a policy that proposes nothing.
func (s *Server) programmeOf(ctx context.Context, v *store.View, l *labels) (*programme, error) {
	if l.proposals == nil {
		return nil, nil
	}
	if !v.Scope().All {
		return readProgramme(ctx, v, l)
	}
	return s.budgets.Of(ctx, v, func() (*programme, error) { return readProgramme(ctx, v, l) })
}

func readProgramme(ctx context.Context, v *store.View, l *labels) (*programme, error) {
	rows, err := v.BudgetItems(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b store.BudgetItem) int { return cmp.Compare(a.Contract, b.Contract) })
	p := &programme{rows: rows, items: make([]budget.Item, len(rows)), rules: l.proposals, grades: l.grades}
	paid := map[string]int64{}
	for i := range rows {
		row := &rows[i]
		row.BandLow, row.BandHigh = l.grades.BandOf(row.Grade)
		p.items[i] = row.Item
		p.year = max(p.year, row.Year)
		p.baseFen += row.BaseFen
		p.beforeFen += row.BaseFen + row.ChangeFen
		paid[row.Supplier] += row.BaseFen
	}
	p.sizes = make(map[string]string, len(paid))
	for supplier, fen := range paid {
		p.sizes[supplier] = sizeOf(fen)
	}
	if p.ground, err = budget.NewGround(*p.rules, p.items); err != nil {
		return nil, err
	}
	p.index()
	return p, p.compare()
}

// index keeps what every scenario adds up: a scenario is asked for while somebody moves a slider, and reads all rows many times.
func (p *programme) index() {
	p.thisYear, p.published, p.partings = make([]int64, len(p.rows)), make([]int64, len(p.rows)), map[string]*parting{}
	p.every = make([]int, len(p.rows))
	for i := range p.rows {
		p.every[i], p.thisYear[i], p.published[i] = i, p.rows[i].BaseFen, p.rows[i].BaseFen+p.rows[i].ChangeFen
	}
	for _, d := range dimensions {
		if d.group != nil {
			p.partings[d.id] = partingOf(p.thisYear, func(at int) string { return d.group(p, at) })
		}
	}
}

// compare counts the contracts for which the untouched scenario is not what the run proposes.
func (p *programme) compare() error {
	plan, err := p.ground.Plan(p.scenario())
	if err != nil {
		return err
	}
	for i, amount := range plan.Amounts {
		if amount != p.published[i] {
			p.apart++
		}
	}
	return nil
}

// scenario is the untouched scenario.
func (p *programme) scenario() *budget.Scenario {
	s := &budget.Scenario{Policy: *p.rules, Grades: p.grades}
	s.Policy.Rows = slices.Clone(s.Policy.Rows)
	return s
}

// The sizes of suppliers, by what their contracts of the year come to: each step is about four times the one before, so
// that a district has some of every size (ours; the organisation's register holds no size).
var sizes = []struct {
	id   string
	from int64 // yuan
}{{"large", 8_000_000}, {"medium", 2_000_000}, {"small", 500_000}, {"micro", 0}}

func sizeOf(fen int64) string {
	for _, s := range sizes {
		if fen >= s.from*fenPerYuan {
			return s.id
		}
	}
	return ""
}
