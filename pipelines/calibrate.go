package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
	"pingxin/scoring/integrity"
)

// ErrNoCalibration says that the policy does not estimate anything from everybody.
var ErrNoCalibration = errors.New("the policy has no table [calibration]: there is nothing to estimate")

// Calibration is what a calibration says of itself.
type Calibration struct {
	store.Calibration
	store.CalibrationSummary
	PeerList []calibration.Peer `json:"peers"`
	// QuartileList is empty unless the policy imputes missing parties.
	QuartileList []calibration.Quartile `json:"-"`
	RaterList    []calibration.Rater    `json:"-"`
	SpreadList   []calibration.Spread   `json:"-"`
	FlagList     []integrity.Flag       `json:"flags"`
}

// calibrating is one calibration in the making.
type calibrating struct {
	*night
	policy *calibration.Policy
	peers  reduce.Peers
	since  time.Time
	result Calibration
	keys   map[string]int32 // of raters by name
}

// Calibrate estimates from everybody what runs take as given, for a day and by a policy, and keeps it as the next
// calibration; the next run judges by it. What it estimates depends on the day, the policy and the accepted batches only.
func Calibrate(ctx context.Context, st *store.Store, o Options) (Calibration, error) {
	if o.Policy.Calibration == nil {
		return Calibration{}, ErrNoCalibration
	}
	n := newNight(o.of(st))
	c := &calibrating{night: n, policy: o.Policy.Calibration, since: n.AsOf.AddDate(0, 0, 1-o.Policy.Calibration.WindowDays)}
	if err := st.ReadMany(ctx, n.Workers, c.estimate); err != nil {
		return Calibration{}, fmt.Errorf("calibrate for %s: %w", n.AsOf.Format(time.DateOnly), err)
	}
	if err := st.Write(ctx, c.keep); err != nil {
		return Calibration{}, fmt.Errorf("calibrate for %s: write: %w", n.AsOf.Format(time.DateOnly), err)
	}
	return c.result, nil
}

// estimate reads and estimates, all on one committed version of the store.
func (c *calibrating) estimate(ctx context.Context, readers []*store.Reader) error {
	r := readers[0]
	if err := r.Scan(ctx, []any{&c.mark}, `SELECT coalesce(max(batch_id), 0) FROM batch`); err != nil {
		return fmt.Errorf("read the number of the last batch: %w", err)
	}
	var err error
	if c.names, err = reduce.Indicators(ctx, r); err != nil {
		return err
	}
	if c.peers, err = reduce.ContractPeers(ctx, r, c.mark); err != nil {
		return err
	}
	if len(c.peers.Contracts) == 0 {
		return ErrNothing
	}
	if c.keys, err = reduce.RaterKeys(ctx, r); err != nil {
		return err
	}
	if err := c.named(ctx, r); err != nil {
		return err
	}
	if err := c.recipients(ctx, readers); err != nil {
		return err
	}
	c.result.Flags = map[string]int{}
	for _, f := range c.result.FlagList {
		c.result.Flags[string(f.Rule)]++
	}
	return c.compareContracts(ctx, readers)
}

// everyContract is the question for all contracts.
func (c *calibrating) everyContract() reduce.Question {
	return reduce.Question{Snapshot: c.snapshot(), Contracts: reduce.Contracts{Low: 0, High: math.MaxInt32}, Indicators: c.names}
}

// named looks at the purchasers and third parties.
func (c *calibrating) named(ctx context.Context, r *store.Reader) error {
	scores, names, err := reduce.Answers(ctx, r, c.everyContract(), c.since, c.peers, scoring.Purchaser, scoring.ThirdParty)
	if err != nil {
		return err
	}
	o := &c.result
	if o.RaterList, o.Severities, err = c.policy.Raters(scores, names); err != nil {
		return err
	}
	o.Raters, o.SpreadList = len(o.RaterList), calibration.Spreads(scores, names)
	if o.FlagList, err = c.policy.NamedFlags(scores, o.RaterList, names, c.Policy.Evaluation.Scale); err != nil {
		return err
	}
	o.Agreements, err = calibration.Agreements(scores, names)
	return err
}

// recipients looks at the recipients of each peer group.
func (c *calibrating) recipients(ctx context.Context, readers []*store.Reader) error {
	groups := slices.Sorted(maps.Keys(c.peers.Groups))
	flags := make([][]integrity.Flag, len(groups))
	flagged := make([][]calibration.Rater, len(groups))
	jobs := make([]job, len(groups))
	for i, id := range groups {
		jobs[i] = func(ctx context.Context, r *store.Reader) (err error) {
			flags[i], flagged[i], err = c.group(ctx, r, c.peers.Groups[id])
			return err
		}
	}
	if err := work(ctx, readers, jobs); err != nil {
		return err
	}
	c.result.FlagList = append(c.result.FlagList, slices.Concat(flags...)...)
	c.result.RaterList = append(c.result.RaterList, slices.Concat(flagged...)...)
	return nil
}

// group looks at the recipients of some contracts, and describes those with a flag.
func (c *calibrating) group(ctx context.Context, r *store.Reader, keys []int32) ([]integrity.Flag, []calibration.Rater, error) {
	q := c.everyContract()
	q.Contracts = reduce.Contracts{Low: keys[0], High: keys[len(keys)-1], Keys: keys}
	scores, names, err := reduce.Answers(ctx, r, q, c.since, c.peers, scoring.Recipient)
	if err != nil || len(scores) == 0 {
		return nil, nil, err
	}
	flags, err := c.policy.RecipientFlags(scores, names, int32(c.AsOf.Unix()/(24*60*60)))
	if err != nil || len(flags) == 0 {
		return flags, nil, err
	}
	who := ratersOf(flags)
	scores = slices.DeleteFunc(scores, func(s calibration.Score) bool { return len(who[names.Raters[s.Rater]]) == 0 })
	return flags, calibration.Describe(scores, names), nil
}

// ratersOf lists the rules that flagged each rater.
func ratersOf(flags []integrity.Flag) map[string][]string {
	who := map[string][]string{}
	for _, f := range flags {
		if !f.Rule.OfRaters() {
			continue
		}
		for _, id := range append([]string{f.Subject}, f.Others...) {
			if !slices.Contains(who[id], string(f.Rule)) {
				who[id] = append(who[id], string(f.Rule))
			}
		}
	}
	return who
}

// compareContracts estimates the peer groups from what every contract is worth by itself, with the severities of this
// calibration and before any shrinkage; where the policy imputes missing parties, also what may stand for them. Contracts
// with a party to impute are held here, so that nothing imputed is estimated from.
func (c *calibrating) compareContracts(ctx context.Context, readers []*store.Reader) error {
	rules := c.Policy.Evaluation
	rules.Shrinkage = scoring.Shrinkage{}
	judge, err := scoring.Compile(rules, &scoring.Calibration{Raters: c.raters()})
	if err != nil {
		return err
	}
	keys := slices.Sorted(maps.Keys(c.peers.Number))
	slots := cut(keys, true, c.Workers)
	members, given := make([][]calibration.Member, len(slots)), make([][]calibration.Given, len(slots))
	jobs := make([]job, len(slots))
	for i := range slots {
		jobs[i] = func(ctx context.Context, r *store.Reader) error {
			q := reduce.Question{Snapshot: c.snapshot(), Contracts: slots[i].which, Indicators: c.names, Raters: judge.AsksRaters()}
			return reduce.Evidence(ctx, r, q, func(contract *reduce.Contract) error {
				e := judge.Evaluate(contract.Evidence, c.AsOf)
				if isRated(e.Status) {
					members[i] = append(members[i], calibration.Member{Peer: contract.Evidence.Peer, Value: e.Value, SE: e.SE})
				}
				if rules.Imputes() {
					given[i] = append(given[i], counted(contract.Evidence.Peer, e.Parts)...)
				}
				return nil
			})
		}
	}
	if err := work(ctx, readers, jobs); err != nil {
		return err
	}
	all := slices.Concat(members...)
	c.result.Contracts = len(all)
	c.result.QuartileList = calibration.Quartiles(slices.Concat(given...))
	c.result.PeerList, c.result.SmallGroups, err = calibration.Peers(all)
	return err
}

// counted are the values of the parties that count on a slip.
func counted(peer string, slip []scoring.Part) (given []calibration.Given) {
	for _, p := range slip {
		if p.Party != scoring.None && p.Share > 0 {
			given = append(given, calibration.Given{QuartileKey: scoring.QuartileKey{Peer: peer, Indicator: p.Indicator, Party: p.Party}, Value: p.Value})
		}
	}
	return given
}

// raters are the raters as a run reads them.
func (c *calibrating) raters() map[int32]scoring.Rater {
	flags := ratersOf(c.result.FlagList)
	all := map[int32]scoring.Rater{}
	for _, r := range c.result.RaterList {
		rater := scoring.Rater{Comparable: r.Comparable, Flags: flags[r.ID]}
		if r.Comparable {
			rater.Severity = int32(math.Round(scoring.Round(r.Severity, severityDecimals) * math.Pow10(severityDecimals)))
		}
		all[c.keys[r.ID]] = rater
	}
	return all
}

// severityDecimals is how finely a severity is kept: in the unit of scores, so that adjusted scores add up exactly.
const severityDecimals = 4

// listed makes rows of a calibration, and writes their canonical bytes to those it is hashed by.
func listed[R any](canonical *strings.Builder, table *store.Table[R], n int, row func(i int) R) *store.Rows[R] {
	rows := store.NewRows(table)
	for i := range n {
		r := row(i)
		rows.Add(&r)
		canonical.Write(table.Digest(nil, &r))
	}
	return rows
}

// keep writes the calibration.
func (c *calibrating) keep(ctx context.Context, w *store.Writer) error {
	last, err := store.LatestCalibration(ctx, &w.Reader)
	if err != nil {
		return err
	}
	o := &c.result
	id := last.ID + 1
	flags := ratersOf(o.FlagList)
	slices.SortFunc(o.RaterList, func(a, b calibration.Rater) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Party, b.Party))
	})
	var canonical strings.Builder
	fmt.Fprintf(&canonical, "pingxin calibration 1\n%s\n%s\n", c.AsOf.Format(time.DateOnly), c.Policy.Hash)
	peers := listed(&canonical, &calibrationPeers, len(o.PeerList), func(i int) calibrationPeer { return calibrationPeer{id, o.PeerList[i]} })
	raters := listed(&canonical, &calibrationRaters, len(o.RaterList), func(i int) calibrationRater {
		return calibrationRater{id, o.RaterList[i], c.keys[o.RaterList[i].ID], flags[o.RaterList[i].ID]}
	})
	signs := listed(&canonical, &calibrationFlags, len(o.FlagList), func(i int) calibrationFlag { return calibrationFlag{id, o.FlagList[i]} })
	quartiles := listed(&canonical, &calibrationQuartiles, len(o.QuartileList), func(i int) calibrationQuartile { return calibrationQuartile{id, o.QuartileList[i]} })
	spreads := store.NewRows(&calibrationSpreads)
	for _, s := range o.SpreadList {
		spreads.Add(&calibrationSpread{id, s})
	}
	o.Calibration = store.Calibration{ID: id, AsOf: c.AsOf, Watermark: c.mark, PolicyID: c.Policy.ID, PolicyHash: c.Policy.Hash,
		Hash: store.Hash([]byte(canonical.String())), Program: c.Program, MadeAt: c.Now().UTC(), Summary: store.JSON(o.CalibrationSummary)}
	for _, write := range []func() error{
		func() error { return store.AddCalibration(ctx, w, o.Calibration) },
		func() error { _, err := store.Insert(ctx, w, peers); return err },
		func() error { _, err := store.Insert(ctx, w, raters); return err },
		func() error { _, err := store.Insert(ctx, w, signs); return err },
		func() error { _, err := store.Insert(ctx, w, quartiles); return err },
		func() error { _, err := store.Insert(ctx, w, spreads); return err },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}
