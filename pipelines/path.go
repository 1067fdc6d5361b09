package pipelines

import (
	"cmp"
	"context"
	"slices"

	"pingxin/credit"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// stage is one stretch of the way from the published run to this one. The stages are taken one after the other, each
// from where the one before ended, so that what they changed adds up to the whole difference.
type stage int

// The stages in their order: first what was wrong is put right, then time passes, then what was not known is added, and
// only then are the rules changed. Each says what the result would be if only the stages up to it had happened.
const (
	byProgram     stage = iota // the same facts, day, calibration and policy, judged by this version of the program
	byCorrection               // what later batches say of facts that were known
	byAge                      // the new day on the facts that were known: caps begin or end, services end, evidence ages
	byEvidence                 // facts that were not known
	byCalibration              // this run's calibration
	byPolicy                   // this run's policy
	stages
)

// stageNames are the causes in the table of movements.
var stageNames [stages]string = store.MovementCauses

// rules are those by which the published run judged.
type rules struct {
	judge        *scoring.Judge // by its policy and its calibration
	recalibrated *scoring.Judge // by its policy and this run's calibration
	credit       *credit.Policy
}

// rulesOf brings back the rules of a run from what was kept with it; none, with a note, when its policy is of a program
// so old or new that this one does not understand it: all that moved is then put down to the policy.
func (n *night) rulesOf(ctx context.Context, r *store.Reader, run *store.Run) (was rules, err error) {
	was = rules{judge: n.judge, recalibrated: n.judge, credit: n.Policy.Credit}
	p := n.Policy
	if run.PolicyHash != n.Policy.Hash {
		if p, err = policy.Parse(run.PolicyID, []byte(run.PolicyText)); err != nil {
			n.result.notes = append(n.result.notes, scoring.Note{Code: "published_policy_not_understood", Ref: run.PolicyID, Have: float64(run.ID)})
			return rules{}, nil
		}
		if was.recalibrated, _, err = compileJudge(ctx, r, p, n.basis.ID); err != nil {
			return rules{}, err
		}
		was.judge, was.credit = was.recalibrated, p.Credit
	}
	if run.CalibrationHash != n.basis.Hash {
		was.judge, _, err = compileJudge(ctx, r, p, run.Calibration)
	}
	return was, err
}

// path is the way of one contract's evaluation from the published run to this one: the evaluation at the end of each
// stage, nil while the contract did not exist.
type path struct {
	key  int32
	was  *reduce.Standing
	ends [stages]*reduce.Standing
}

// outlook is how a contract would be judged if the last stages had not happened; found while its evidence is at hand.
type outlook struct {
	key                   int32
	evidence, calibration *reduce.Standing
}

// lookBack judges the evidence of a contract, all that is known on the day of this run, by the rules of the published
// run. What is the same as at the end of a later stage stays nil.
func (n *night) lookBack(c *reduce.Contract) (o outlook) {
	o.key = c.Key
	if n.was.judge == nil {
		return o
	}
	if n.was.recalibrated != n.judge {
		o.calibration = standingOf(c, n.was.recalibrated.Evaluate(c.Evidence, n.AsOf))
	}
	if n.was.judge != n.was.recalibrated {
		o.evidence = standingOf(c, n.was.judge.Evaluate(c.Evidence, n.AsOf))
	}
	return o
}

// touch finds what touched a contract since the published run.
func (n *night) touch(key int32) (reduce.Touched, bool) {
	at, found := slices.BinarySearchFunc(n.touched, key, func(t reduce.Touched, key int32) int { return cmp.Compare(t.Key, key) })
	if !found {
		return reduce.Touched{}, false
	}
	return n.touched[at], true
}

// paths finds the way of every contract whose evaluation changed. Evidence is read again only where stages differ in it:
// after a change of program, of corrected contracts, and of those with new facts on which time has told besides.
func (n *night) paths(ctx context.Context, readers []*store.Reader) ([]*path, error) {
	var all []*path
	n.changed(func(was, now *reduce.Standing) {
		p := &path{key: now.Key, was: was}
		p.ends[byPolicy] = now
		all = append(all, p)
	})
	slices.SortFunc(all, func(a, b *path) int { return cmp.Compare(a.key, b.key) })
	again, err := n.readAgain(ctx, readers, all)
	if err != nil {
		return nil, err
	}
	looks := n.outlooks()
	for _, p := range all {
		n.fillIn(p, looks[p.key], again)
	}
	return all, nil
}

// outlooks collects what lookBack found, by contract.
func (n *night) outlooks() map[int32]outlook {
	looks := map[int32]outlook{}
	for i := range n.slots {
		for _, o := range n.slots[i].outlooks {
			looks[o.key] = o
		}
		n.slots[i].outlooks = nil
	}
	return looks
}

// fillIn sets the ends of the stages, each from its own finding or else from the stage beside it.
func (n *night) fillIn(p *path, look outlook, again map[stage]map[int32]*reduce.Standing) {
	e := &p.ends
	if n.was.judge == nil {
		for s := range byPolicy {
			e[s] = p.was
		}
		return
	}
	e[byCalibration] = cmp.Or(look.calibration, e[byPolicy])
	e[byEvidence] = cmp.Or(look.evidence, e[byCalibration])
	e[byProgram] = p.was
	if n.newProgram() {
		e[byProgram] = again[byProgram][p.key]
	}
	e[byCorrection] = e[byProgram]
	if n.isCorrected(p.key) {
		e[byCorrection] = again[byCorrection][p.key]
	}
	switch t, touched := n.touch(p.key); {
	case touched && !t.Evidence:
		e[byAge] = e[byEvidence]
	case toldByTime(p, t):
		e[byAge] = again[byAge][p.key]
	default:
		e[byAge] = e[byCorrection]
	}
}

// toldByTime says whether a contract with new facts would be judged otherwise without them, too.
func toldByTime(p *path, t reduce.Touched) bool {
	return p.was != nil && t.Evidence && (t.Day || t.Date)
}

func (n *night) isCorrected(key int32) bool {
	_, found := slices.BinarySearch(n.corrected, key)
	return found
}

// readAgain reads and judges contracts as of the ends of stages whose evidence is not that of this run.
func (n *night) readAgain(ctx context.Context, readers []*store.Reader, all []*path) (map[stage]map[int32]*reduce.Standing, error) {
	found := map[stage]map[int32]*reduce.Standing{}
	then := reduce.Snapshot{AsOf: n.last.AsOf, Watermark: n.last.Watermark}
	known := reduce.Snapshot{AsOf: n.last.AsOf, Watermark: n.mark, Known: n.last.Watermark}
	for _, s := range []struct {
		stage stage
		at    reduce.Snapshot
		which func(p *path) bool
	}{
		{byProgram, then, func(p *path) bool { return n.newProgram() && p.was != nil }},
		{byCorrection, known, func(p *path) bool { return p.was != nil && n.isCorrected(p.key) }},
		{byAge, reduce.Snapshot{AsOf: n.AsOf, Watermark: n.mark, Known: n.last.Watermark}, func(p *path) bool {
			t, _ := n.touch(p.key)
			return toldByTime(p, t)
		}},
	} {
		var keys []int32
		for _, p := range all {
			if s.which(p) {
				keys = append(keys, p.key)
			}
		}
		if len(keys) == 0 || n.was.judge == nil {
			continue
		}
		events, err := n.eventsAt(ctx, readers[0], s.stage)
		if err != nil {
			return nil, err
		}
		if found[s.stage], err = n.judgeAt(ctx, readers, s.at, keys, events); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// judgeAt judges listed contracts on a snapshot by the rules of the published run.
func (n *night) judgeAt(ctx context.Context, readers []*store.Reader, at reduce.Snapshot, keys []int32, events map[string][]credit.Event) (map[int32]*reduce.Standing, error) {
	slots := cut(keys, false, n.Workers)
	parts := make([][]*reduce.Standing, len(slots))
	jobs := make([]job, len(slots))
	for i := range slots {
		jobs[i] = func(ctx context.Context, r *store.Reader) error {
			q := reduce.Question{Snapshot: at, Contracts: slots[i].which, Indicators: n.names, Raters: n.was.judge.AsksRaters()}
			return reduce.Evidence(ctx, r, q, func(c *reduce.Contract) error {
				c.Evidence.Events = append(credit.EventsOn(c.Evidence.Contract, events[c.Supplier]), c.Evidence.Events...)
				parts[i] = append(parts[i], standingOf(c, n.was.judge.Evaluate(c.Evidence, at.AsOf)))
				return nil
			})
		}
	}
	if err := work(ctx, readers, jobs); err != nil {
		return nil, err
	}
	found := make(map[int32]*reduce.Standing, len(keys))
	for _, s := range slices.Concat(parts...) {
		found[s.Key] = s
	}
	return found, nil
}

// eventsAt are the credit events by supplier as they stood at the end of a stage.
func (n *night) eventsAt(ctx context.Context, r *store.Reader, s stage) (map[string][]credit.Event, error) {
	suppliers := n.suppliers
	if s == byProgram && n.mark != n.last.Watermark {
		var err error
		if suppliers, err = reduce.Suppliers(ctx, r, reduce.Snapshot{AsOf: n.last.AsOf, Watermark: n.last.Watermark}, n.among); err != nil {
			return nil, err
		}
	}
	events := make(map[string][]credit.Event)
	for i := range suppliers {
		supplier := &suppliers[i]
		if s > byAge {
			events[supplier.ID] = supplier.Events
		} else {
			events[supplier.ID] = knownBy(supplier, n.last.Watermark)
		}
	}
	return events, nil
}

// knownBy are the events of a supplier that a batch up to a number had described.
func knownBy(s *reduce.Supplier, batch int) (events []credit.Event) {
	for at, e := range s.Events {
		if s.FirstBatches[at] <= batch {
			events = append(events, e)
		}
	}
	return events
}

// listedBy are the listings of a supplier that a batch up to a number had described.
func listedBy(s *reduce.Supplier, batch int) (listings []credit.Listing) {
	for at, l := range s.Listings {
		if s.FirstListed[at] <= batch {
			listings = append(listings, l)
		}
	}
	return listings
}

// newProgram says whether another version of the program made the published run.
func (n *night) newProgram() bool { return n.last.Program != n.Program }
