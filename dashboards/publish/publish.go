// Package publish makes what everybody may read of the results: a folder of pages that open without a server, and of open
// data from which anyone can compute the published evaluations and ratings again. It decides what is public, what is left
// out so that no single recipient can be known, and how a folder is checked; it judges by the rules of the other packages
// and has none of its own.
package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"pingxin/budget/execution"
	"pingxin/credit"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
)

// Options say how to publish.
type Options struct {
	Out       string // folder to write; it must not exist
	Publisher string // who publishes, as the pages name it
	URL       string // under which the folder will be read, for files that have to name themselves
	// OCIDPrefix begins the id of every contracting process; the Open Contracting Partnership gives it to a publisher.
	OCIDPrefix string
	Program    string // version of the program
	Reason     string // for the audit log and the list of releases
}

// Result is what publishing came to.
type Result struct {
	store.Release
	Repeated bool // the last release says the same: the folder is that release again, and none was added
}

// What stands where nobody says under which address the folder will be read, and by which prefix processes are known: names
// that are nobody's (RFC 2606).
const (
	noURL    = "https://open-data.invalid/"
	noPrefix = "ocds-000000"
)

// everyRow is the limit of a list that is wanted whole.
const everyRow = math.MaxInt32

// chunk is how many contracts are in memory with all their answers at a time.
const chunk = 4096

// ErrExists says that the folder to write is there already.
var ErrExists = errors.New("the folder exists already: name another one, or move it away")

// bundle is a release in the making.
type bundle struct {
	Options
	folder
	run    store.Run
	policy *policy.Policy
	view   *store.View
	reader *store.Reader

	last store.Release // number 0: none
	kept []store.Release

	judge       *judge
	calibrated  *scoring.Calibration // as far as it is public
	classes     *classBook
	unpublished map[string]bool // suppliers with a decision to list that is not public
	noPeers     map[string]bool // peer groups of which nothing is published, because of a withheld evaluation among them
	officials   []store.Official
	payments    []store.Payment // in the order of contracts and stages
	register    []store.Registered
	catalogue   []store.CatalogueItem
	planned     []store.PlanItem            // approved, in the order of numbers
	suppliers   []store.SupplierRow         // official ratings, in the order of ids
	facts       []reduce.Supplier           // in the order of ids
	assessed    map[string]store.Assessment // official grades of social organisations, by supplier
	evaluations []judged                    // of officials, without rows and parts
	ratings     []rated                     // likewise, of suppliers
	public      []store.PublicContract      // of evaluations, as everybody reads them
	changes     []store.PublicChange
}

// Publish writes the release of the published run to a folder, and adds it to the chain unless the last release says the
// same. The same run gives the same bytes.
func Publish(ctx context.Context, st *store.Store, o Options) (Result, error) {
	if _, err := os.Stat(o.Out); !errors.Is(err, fs.ErrNotExist) {
		return Result{}, fmt.Errorf("publish to %s: %w", o.Out, cmp.Or(err, ErrExists))
	}
	part := o.Out + ".part"
	if err := os.RemoveAll(part); err != nil {
		return Result{}, fmt.Errorf("publish: %w", err)
	}
	defer os.RemoveAll(part)
	o.URL, o.OCIDPrefix = cmp.Or(o.URL, noURL), cmp.Or(o.OCIDPrefix, noPrefix)
	b := &bundle{Options: o, folder: folder{part, map[string]string{}, map[string]int{}}, noPeers: map[string]bool{}, unpublished: map[string]bool{}}
	var result Result
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		if err = b.read(ctx, r); err == nil {
			err = b.writeData(ctx)
		}
		if err == nil {
			result, err = b.finish(ctx)
		}
		return err
	})
	if err != nil {
		return Result{}, fmt.Errorf("publish run %d: %w", b.run.ID, err)
	}
	if !result.Repeated {
		if err := st.PublishRelease(ctx, b.publication(result.Release)); err != nil {
			return Result{}, fmt.Errorf("publish run %d: %w", b.run.ID, err)
		}
	}
	if err := os.Rename(part, o.Out); err != nil {
		return result, fmt.Errorf("release %d stands; its folder could not be moved into place, publish again: %w", result.Number, err)
	}
	return result, nil
}

// read finds all that the release rests on but the evidence of contracts.
func (b *bundle) read(ctx context.Context, r *store.Reader) (err error) {
	b.reader = r
	if b.view, err = store.NewView(ctx, r, store.Everything); err != nil {
		return err
	}
	b.run = b.view.Run
	if b.policy, err = policy.Parse(b.run.PolicyID, []byte(b.run.PolicyText)); err != nil {
		return fmt.Errorf("this program does not understand the policy that was kept with the run; use the version that made it, %s: %w", b.run.Program, err)
	}
	if b.kept, err = store.Releases(ctx, r); err != nil {
		return err
	}
	if len(b.kept) > 0 {
		b.last = b.kept[0]
	}
	if b.officials, err = b.publishable(ctx); err != nil {
		return err
	}
	if b.payments, err = b.view.Payments(ctx); err != nil {
		return err
	}
	b.publicPayments()
	if b.register, err = b.view.Organisations(ctx); err != nil {
		return err
	}
	if b.catalogue, err = b.view.Catalogue(ctx); err != nil {
		return err
	}
	if b.planned, err = b.approved(ctx); err != nil {
		return err
	}
	if b.suppliers, _, err = b.view.Suppliers(ctx, store.SupplierFilter{Limit: everyRow}); err != nil {
		return err
	}
	slices.SortFunc(b.suppliers, func(x, y store.SupplierRow) int { return cmp.Compare(x.ID, y.ID) })
	if b.facts, err = reduce.Suppliers(ctx, r, b.snapshot(), nil); err != nil {
		return err
	}
	if err = b.publicEvents(ctx); err != nil {
		return err
	}
	if err = b.readAssessments(ctx); err != nil {
		return err
	}
	return b.calibrate(ctx)
}

// ErrNotReproduced is returned where a result does not come out as its run published it: nobody could check what was written.
var ErrNotReproduced = errors.New("comes out otherwise than the run published it: run `pingxin verify`")

// ErrNothingPublic says that nothing of the run may be public, and that nothing ever was.
var ErrNothingPublic = errors.New("no evaluation of the run is public yet: announce evaluations, make them final and public first")

// publishable are the evaluations of the run that may be public: those whose way through comment and objection has ended.
func (b *bundle) publishable(ctx context.Context) ([]store.Official, error) {
	standings, err := b.view.Standings(ctx)
	if err != nil {
		return nil, err
	}
	all, err := b.view.Officials(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o store.Official) bool { return standings[o.ContractNo].State != dueprocess.Public })
	if len(all) == 0 && b.last.Number == 0 {
		return nil, ErrNothingPublic
	}
	return all, nil
}

// approved are the plan items that the bureau approved: what waits or was returned is no plan yet.
func (b *bundle) approved(ctx context.Context) ([]store.PlanItem, error) {
	all, err := b.view.PlanItemsSeen(ctx)
	all = slices.DeleteFunc(all, func(i store.PlanItem) bool { return i.Status() != execution.Approved })
	slices.SortFunc(all, func(x, y store.PlanItem) int { return cmp.Compare(x.No, y.No) })
	return all, err
}

func (b *bundle) snapshot() reduce.Snapshot {
	return reduce.Snapshot{AsOf: b.run.AsOf, Watermark: b.run.Watermark}
}

// publicPayments leaves out those of contracts that are not public.
func (b *bundle) publicPayments() {
	b.payments = slices.DeleteFunc(b.payments, func(p store.Payment) bool {
		_, found := slices.BinarySearchFunc(b.officials, p.ContractNo, func(o store.Official, no string) int { return cmp.Compare(o.ContractNo, no) })
		return !found
	})
}

// publicEvents leaves out what had not happened on the day of the run, which counts for nothing, and decisions to list that
// were not made public yet: ratings are made public as if they had not been.
func (b *bundle) publicEvents(ctx context.Context) error {
	public, err := store.PublicCases(ctx, b.reader)
	if err != nil {
		return err
	}
	for i := range b.facts {
		s := &b.facts[i]
		s.Events = slices.DeleteFunc(s.Events, func(e credit.Event) bool { return e.OccurredOn.After(b.run.AsOf) })
		for _, l := range s.Listings {
			b.unpublished[s.ID] = b.unpublished[s.ID] || !public[l.Case]
		}
		s.Listings = slices.DeleteFunc(s.Listings, func(l credit.Listing) bool { return l.From.After(b.run.AsOf) || !public[l.Case] })
	}
	return nil
}

// calibrate reads what of the run's calibration the policy makes use of, without the peer groups of which nothing is
// published, and makes the judge of public evidence.
func (b *bundle) calibrate(ctx context.Context) error {
	c, err := reduce.Calibrated(ctx, b.reader, b.run.Calibration)
	if err != nil {
		return err
	}
	tree := &b.policy.Evaluation
	b.classes = newClassBook(tree, c)
	b.calibrated = &scoring.Calibration{Raters: b.classes.raters()}
	if c != nil {
		named := map[string]bool{}
		for i := range b.officials {
			if peer := reduce.PeerGroup(b.officials[i].ItemCode, b.officials[i].Year); !b.noPeers[peer] {
				named[peer] = true
			}
		}
		if tree.Shrinkage.Use != scoring.UseNot {
			b.calibrated.Peers = maps.Clone(c.Peers)
			maps.DeleteFunc(b.calibrated.Peers, func(peer string, _ scoring.Peer) bool { return !named[peer] })
		}
		if tree.Imputes() {
			b.calibrated.Quartiles = maps.Clone(c.Quartiles)
			maps.DeleteFunc(b.calibrated.Quartiles, func(key scoring.QuartileKey, _ scoring.Quartile) bool { return !named[key.Peer] })
		}
	}
	b.judge, err = newJudge(b.policy, b.calibrated, b.run.AsOf)
	return err
}

// writeData writes the tables of evidence and of what follows from it. A peer group with a withheld evaluation tells of it:
// it is left out, and what rests on it is concluded again without it.
func (b *bundle) writeData(ctx context.Context) error {
	for {
		left := len(b.noPeers)
		if err := b.writeContracts(ctx); err != nil {
			return err
		}
		if len(b.noPeers) == left {
			break
		}
		if err := b.calibrate(ctx); err != nil {
			return err
		}
	}
	b.public = b.publicContracts()
	for _, write := range []func() error{b.writeRegister, b.writePlans, b.writePayments, b.writeCalibration, b.writeSuppliers, b.writeAssessments} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// contractTables are the tables of which each contract has rows.
type contractTables struct{ contracts, targets, answers, evaluations, parts *openTable }

func (b *bundle) openContracts() (t contractTables, err error) {
	for _, o := range []struct {
		at   **openTable
		what *table
	}{{&t.contracts, &contracts}, {&t.targets, &targets}, {&t.answers, &answers}, {&t.evaluations, &evaluations}, {&t.parts, &evaluationParts}} {
		if *o.at, err = b.table(o.what); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (t *contractTables) close() error {
	return errors.Join(t.contracts.close(), t.targets.close(), t.answers.close(), t.evaluations.close(), t.parts.close())
}

// writeContracts judges every contract by its public evidence, and writes both.
func (b *bundle) writeContracts(ctx context.Context) error {
	t, err := b.openContracts()
	if err != nil {
		return err
	}
	names, err := reduce.Indicators(ctx, b.reader)
	if err != nil {
		return errors.Join(err, t.close())
	}
	events := map[string][]credit.Event{}
	for _, s := range b.facts {
		events[s.ID] = s.Events
	}
	b.evaluations = b.evaluations[:0]
	for part := range slices.Chunk(b.officials, chunk) {
		err := b.eachContract(ctx, part, names, func(c *contract) error { return b.writeContract(&t, c, events[c.SupplierID]) })
		if err != nil {
			return errors.Join(err, t.close())
		}
	}
	return t.close()
}

// eachContract calls f with the public evidence of some contracts, in the order of their numbers.
func (b *bundle) eachContract(ctx context.Context, officials []store.Official, names map[int16]string, f func(*contract) error) error {
	keys := make([]int32, len(officials))
	at := make(map[int32]int, len(officials))
	for i := range officials {
		keys[i], at[officials[i].Key] = officials[i].Key, i
	}
	slices.Sort(keys)
	found := make([]contract, len(officials))
	q := reduce.Question{Snapshot: b.snapshot(), Contracts: reduce.Contracts{Keys: keys}, Indicators: names, Raters: b.classes != nil}
	err := reduce.Evidence(ctx, b.reader, q, func(c *reduce.Contract) error {
		i := at[c.Key]
		found[i] = public(&officials[i], c, b.classes)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range found {
		if err := f(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeContract judges one contract by its public evidence. Where that does not come to what the run published, because of
// what is withheld, the numbers are withheld too.
func (b *bundle) writeContract(t *contractTables, c *contract, events []credit.Event) error {
	e := b.judge.evaluate(c, events)
	if !sameResult(&c.Official, e.row) {
		if len(c.few) == 0 && !b.noPeers[c.Peer] {
			return fmt.Errorf("contract %s %w", c.ContractNo, ErrNotReproduced)
		}
		e.withhold(scoring.Status(c.Status), c.Grade, c.Uncapped)
		e.Value, e.Grade = c.Value, c.Grade // by which the supplier is rated all the same
		if _, known := b.calibrated.Peers[c.Peer]; known || b.hasQuartile(c.Peer) {
			b.noPeers[c.Peer] = true
		}
	}
	err := errors.Join(t.contracts.add(c.row()), t.evaluations.add(e.row))
	for _, a := range c.Attainments {
		err = errors.Join(err, t.targets.add(targetRow(c.ContractNo, a)))
	}
	for _, cell := range c.Cells {
		for _, row := range answerRows(c.ContractNo, cell) {
			err = errors.Join(err, t.answers.add(row))
		}
	}
	for _, row := range e.parts {
		err = errors.Join(err, t.parts.add(row))
	}
	e.row, e.parts = nil, nil
	b.evaluations = append(b.evaluations, e)
	return err
}

func (b *bundle) hasQuartile(peer string) bool {
	for key := range b.calibrated.Quartiles {
		if key.Peer == peer {
			return true
		}
	}
	return false
}

// sameResult says whether an evaluation is what the run published.
func sameResult(o *store.Official, row []string) bool {
	return slices.Equal(row[1:7], []string{o.Status, o.Grade, o.Uncapped, realCell(o.Value), realCell(o.Low), realCell(o.High)})
}

// publication is what the store keeps of the release.
func (b *bundle) publication(l store.Release) store.Publication {
	p := store.Publication{Release: l, Changes: b.changes}
	p.Contracts, p.Suppliers, p.Plans = b.public, b.publicSuppliers(), b.publicPlans()
	return p
}

func (b *bundle) publicContracts() []store.PublicContract {
	names := map[string]string{}
	for _, o := range b.register {
		names[o.ID] = o.Name
	}
	items := map[string]string{}
	for _, i := range b.catalogue {
		items[i.Code] = i.Name
	}
	all := make([]store.PublicContract, len(b.officials))
	for i := range b.officials {
		o, e := &b.officials[i], &b.evaluations[i]
		all[i] = store.PublicContract{ContractNo: o.ContractNo, Name: o.Name, PurchaserID: o.PurchaserID, Purchaser: cmp.Or(names[o.PurchaserID], o.PurchaserID),
			SupplierID: o.SupplierID, Supplier: cmp.Or(names[o.SupplierID], o.SupplierID), ItemCode: o.ItemCode, Item: cmp.Or(items[o.ItemCode], o.ItemCode), Year: o.Year,
			AmountFen: o.AmountFen, Status: o.Status, Grade: o.Grade, Value: o.Value, Low: o.Low, High: o.High, Withheld: e.withheld}
		if e.numbersWithheld() {
			all[i].Value, all[i].Low, all[i].High = math.NaN(), math.NaN(), math.NaN()
		}
	}
	return all
}

func (b *bundle) publicSuppliers() []store.PublicSupplier {
	all := make([]store.PublicSupplier, len(b.ratings))
	for i := range b.ratings {
		s, r := &b.suppliers[i], &b.ratings[i]
		all[i] = store.PublicSupplier{ID: s.ID, USCC: s.USCC, Name: s.Name, Type: s.Type, Status: string(r.Status), Level: r.Level, Stars: r.Stars, Score: r.Score, Evaluations: r.Evaluations,
			Withheld: r.row[ratings.at("withheld")]}
		if all[i].Withheld != "" {
			all[i].Score = math.NaN()
		}
	}
	return all
}

// asOf is the day of the run in words that every language reads.
func (b *bundle) asOf() string { return b.run.AsOf.Format(time.DateOnly) }
