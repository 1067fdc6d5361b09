// Package pipelines runs one night: it decides which contracts have to be looked at again, takes their evidence from
// reduce through the rules of scoring, credit, credit/blacklist and budget, checks the outcome, says what moved since the
// last night and why, and publishes it all in one transaction. It also recomputes a published night to see that it holds.
// It decides the order of the steps and what a run writes; it holds no rule of judgement itself, and when a night begins
// is left to pipelines/nightly.
package pipelines

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pingxin/pipelines/backstage"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// Options say what to run. Only Policy is required.
type Options struct {
	AsOf     time.Time // day to judge for; zero means the day of Now in the district's time zone
	Policy   *policy.Policy
	Full     bool             // judge every contract again, not only the touched ones
	Workers  int              // goroutines that reduce and judge, each on its own connection; 0 means one per processor
	Now      func() time.Time // clock for the run's own times; nil means that of the store
	Program  string           // version of the program, kept with the run
	Progress func(done, total int)
}

// Step is one step of a run with its cost.
type Step struct {
	Name string `json:"step"`
	MS   int64  `json:"ms"`
	Rows int64  `json:"rows"`
}

// Report is what a finished run says of itself.
type Report struct {
	store.Run
	Steps      []Step         `json:"steps"`
	Grades     map[string]int `json:"grades"` // contracts by grade; those without one by status
	Levels     map[string]int `json:"levels"` // suppliers by credit level; those without one by status
	Candidates int            `json:"candidates"`
	Clues      int            `json:"clues"`
	BaseFen    int64          `json:"base_fen"`   // of all proposals
	ChangeFen  int64          `json:"change_fen"` // of all proposals
	Moved      int            `json:"moved"`      // evaluations and ratings that differ from the last published run
	Notes      []scoring.Note `json:"notes"`
}

// ErrNothing says that there is no contract to evaluate.
var ErrNothing = errors.New("no contract has been accepted yet: import organisations, catalogue items and contracts first (pingxin import)")

// night is one run in the making.
type night struct {
	Options
	join       func() // puts a goroutine of the run backstage, where the run is
	judge      *scoring.Judge
	basis      store.Calibration    // that this run judges by; ID 0 for none
	calibrated *scoring.Calibration // the same as the judge has it; nil for none
	last       store.Run            // the published run; ID 0 when there is none
	was        rules                // by which the published run judged
	id         int
	full       bool
	mark       int // number of the last batch that counts
	began      time.Time
	clock      time.Time // when the current step began
	steps      []Step
	names      map[int16]string // of the indicators in the score table

	some  bool         // whether it is enough to look at some suppliers
	among reduce.Among // the suppliers that the night looks at; nil: all
	year  int          // whose contracts the budget proposals are for, where not all are looked at

	before        []reduce.Standing // evaluations of the published run of these suppliers' contracts, in the order of numbers
	ratingsBefore map[string]reduce.PublishedRating
	heldBefore    map[string]map[string]bool // hashes of the rows that hold for the published run, by table
	touched       []reduce.Touched           // contracts with new evidence or a date that has come, in the order of keys
	corrected     []int32                    // contracts of which a batch since replaced something, in order
	newConduct    map[string]bool            // suppliers with a new credit event or listing

	disputes  map[string]string // oldest open objection by contract
	suppliers []reduce.Supplier
	inspected []int   // years of which the inspection of any supplier is known
	contracts int     // that exist
	keys      []int32 // of those that are to be judged, in order
	slots     []slot
	result    outcome

	bySupplier map[string][]*reduce.Standing // of result.standings

	written, agreed bool // narratives, or contracts, since the published run or of days since; in an ordinary night
	someClues       bool // whether the rules of clues look at some contracts only

	facts         clues.Facts // that the rules of clues look at; contracts and their evaluations are added once they are there
	clueContracts *reduce.ClueContracts
	cluePayments  []reduce.Payment
	paid          sync.WaitGroup // until facts have the contracts with what was paid for them
}

// Run computes one night and publishes it. Everything it reads comes from one snapshot of the store; on any error
// nothing is published and the last published run stays in sight.
func Run(ctx context.Context, st *store.Store, o Options) (Report, error) {
	n := newNight(o.of(st))
	if err := n.compute(ctx, st); err != nil {
		return Report{}, fmt.Errorf("run for %s: %w", n.AsOf.Format(time.DateOnly), err)
	}
	report, err := n.publish(ctx, st)
	if err != nil {
		return Report{}, fmt.Errorf("run for %s: publish: %w", n.AsOf.Format(time.DateOnly), err)
	}
	return report, nil
}

// of is the options for a store, by whose clock they go unless they have one.
func (o Options) of(st *store.Store) Options {
	if o.Now == nil {
		o.Now = st.Now
	}
	return o
}

// newNight fills in what the options leave open.
func newNight(o Options) *night {
	if o.Workers <= 0 {
		o.Workers = backstage.Processors()
	}
	if o.AsOf.IsZero() {
		o.AsOf = store.DayOf(o.Now())
	}
	o.AsOf = time.Date(o.AsOf.Year(), o.AsOf.Month(), o.AsOf.Day(), 0, 0, 0, 0, time.UTC)
	return &night{Options: o, began: o.Now(), clock: o.Now(), join: func() {}}
}

// compute reads and judges, all on one committed version of the store.
func (n *night) compute(ctx context.Context, st *store.Store) error {
	n.join = func() { backstage.Join(ctx) }
	return st.ReadMany(ctx, n.Workers, func(ctx context.Context, readers []*store.Reader) error {
		if err := n.begin(ctx, readers[0]); err != nil {
			return err
		}
		if err := n.plan(ctx, readers); err != nil {
			return err
		}
		if err := n.gather(ctx, readers); err != nil {
			return err
		}
		if err := n.evaluate(ctx, readers); err != nil {
			return err
		}
		if err := n.conclude(ctx, readers); err != nil {
			return err
		}
		if err := n.explainMovement(ctx, readers); err != nil {
			return err
		}
		return n.check()
	})
}

// begin finds out what the night starts from.
func (n *night) begin(ctx context.Context, r *store.Reader) error {
	last, published, err := store.LatestPublished(ctx, r)
	if err != nil {
		return err
	}
	if err := r.Scan(ctx, []any{&n.mark}, `SELECT coalesce(max(batch_id), 0) FROM batch`); err != nil {
		return fmt.Errorf("read the number of the last batch: %w", err)
	}
	if n.basis, err = store.LatestCalibration(ctx, r); err != nil {
		return err
	}
	n.last, n.id = last, last.ID+1
	n.full = n.Full || !published || last.PolicyHash != n.Policy.Hash || last.CalibrationHash != n.basis.Hash || n.newProgram() || n.AsOf.Before(last.AsOf)
	if !n.full {
		var kept bool
		n.result.rows, kept = rowSetOf(last.RowSet)
		n.full = !kept
	}
	if n.judge, n.calibrated, err = compileJudge(ctx, r, n.Policy, n.basis.ID); err != nil || !published {
		return err
	}
	n.was, err = n.rulesOf(ctx, r, &last)
	return err
}

// compileJudge makes the judge of a policy and a calibration.
func compileJudge(ctx context.Context, r *store.Reader, p *policy.Policy, calibration int) (*scoring.Judge, *scoring.Calibration, error) {
	c, err := reduce.Calibrated(ctx, r, calibration)
	if err != nil {
		return nil, nil, err
	}
	judge, err := scoring.Compile(p.Evaluation, c)
	if err != nil {
		return nil, nil, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	return judge, c, nil
}

// snapshot is what this run sees.
func (n *night) snapshot() reduce.Snapshot { return reduce.Snapshot{AsOf: n.AsOf, Watermark: n.mark} }

// plan decides what the night looks at: in a full run at everything, else at the touched contracts, the suppliers that they
// and whatever else happened concern, and all contracts of these.
func (n *night) plan(ctx context.Context, readers []*store.Reader) error {
	err := work(ctx, readers, []job{n.findTouched, n.countContracts, n.nameIndicators, n.narrow, n.compareDistrict})
	if err != nil {
		return err
	}
	if n.contracts == 0 {
		return ErrNothing
	}
	if !n.full {
		for _, t := range n.touched {
			n.keys = append(n.keys, t.Key)
		}
	}
	if n.some {
		if n.among, err = reduce.Concerned(ctx, readers[0], n.since(), n.snapshot(), n.keys); err != nil {
			return err
		}
	}
	n.someClues = n.looksAtSome()
	n.slots = cut(n.keys, n.full, n.Workers)
	n.step("plan", len(n.keys))
	return nil
}

// findTouched finds the contracts with new evidence or a date that has come.
func (n *night) findTouched(ctx context.Context, r *store.Reader) (err error) {
	if n.last.ID > 0 {
		n.touched, err = reduce.TouchedSince(ctx, r, n.since(), n.AsOf)
	}
	return err
}

// countContracts counts the contracts that exist; a full run needs their keys, too.
func (n *night) countContracts(ctx context.Context, r *store.Reader) (err error) {
	if !n.full {
		n.contracts, err = reduce.Count(ctx, r, n.mark)
		return err
	}
	n.keys, err = reduce.Keys(ctx, r, n.mark)
	n.contracts = len(n.keys)
	return err
}

func (n *night) nameIndicators(ctx context.Context, r *store.Reader) (err error) {
	n.names, err = reduce.Indicators(ctx, r)
	return err
}

// narrow decides whether the night can look at some suppliers only. It has to look at all of them where the proposals of one
// contract follow from all, where the budget year has turned, and where no rating says until when it is good.
func (n *night) narrow(ctx context.Context, r *store.Reader) (err error) {
	if n.full || n.Policy.Credit == nil || n.Policy.Budget != nil && !n.Policy.Budget.Separate() {
		return nil
	}
	var turned bool
	n.year, turned, err = reduce.LatestYear(ctx, r, n.since(), n.snapshot())
	n.some = !turned
	return err
}

// toJudge are the contracts that the night judges.
func (n *night) toJudge() reduce.Contracts {
	if n.full {
		return reduce.Every
	}
	return reduce.Contracts{Keys: n.keys}
}

// since is the published run as the start of this one.
func (n *night) since() reduce.Since {
	return reduce.Since{Run: n.last.ID, Watermark: n.last.Watermark, AsOf: n.last.AsOf}
}

// gather reads the facts of the suppliers that the night looks at and what the published run said of them and of their
// contracts.
func (n *night) gather(ctx context.Context, readers []*store.Reader) error {
	jobs := []job{func(ctx context.Context, r *store.Reader) (err error) {
		if n.suppliers, err = reduce.Suppliers(ctx, r, n.snapshot(), n.among); err != nil {
			return err
		}
		n.inspected, err = reduce.Inspected(ctx, r, n.snapshot())
		return err
	}}
	jobs = append(jobs, n.findDisputes)
	jobs = append(jobs, n.gatherForClues()...)
	if n.last.ID > 0 {
		jobs = append([]job{n.readBefore, n.compare}, jobs...) // the longest readings first
	}
	if err := work(ctx, readers, jobs); err != nil {
		return err
	}
	if n.someClues {
		if err := n.gatherSomeForClues(ctx, readers); err != nil {
			return err
		}
	}
	n.putPaid()
	n.step("gather", len(n.before))
	return nil
}

// readBefore reads the evaluations of the published run.
func (n *night) readBefore(ctx context.Context, r *store.Reader) (err error) {
	n.before, err = reduce.Published(ctx, r, n.last, n.among)
	return err
}

// compare reads what else the published run said, and what is needed to say why something moved.
func (n *night) compare(ctx context.Context, r *store.Reader) (err error) {
	if n.corrected, err = reduce.Corrected(ctx, r, n.last.Watermark); err != nil {
		return err
	}
	if n.ratingsBefore, err = reduce.PublishedRatings(ctx, r, n.last.ID, n.among); err != nil {
		return err
	}
	if n.heldBefore, err = reduce.Held(ctx, r, n.last.ID, n.among, n.toJudge()); err != nil {
		return err
	}
	if !n.someClues {
		if err = n.holdClues(ctx, r, nil); err != nil {
			return err
		}
	}
	n.newConduct, err = reduce.NewConduct(ctx, r, n.last.Watermark)
	return err
}

// step closes the current step of the run and begins the next one.
func (n *night) step(name string, rows int) {
	now := n.Now()
	n.steps = append(n.steps, Step{Name: name, MS: now.Sub(n.clock).Milliseconds(), Rows: int64(rows)})
	n.clock = now
}
