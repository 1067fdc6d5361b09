package publish

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"pingxin/pipelines/store"
)

// format names the form of the folder; another form has another name.
const format = "pingxin open data 1"

const (
	manifestName = "manifest.json"
	policyName   = "policy.toml"
)

// manifest says what a folder is, for programs; pages say the same to people.
type manifest struct {
	Format    string `json:"format"`
	Publisher string `json:"publisher"`
	Release   int    `json:"release"`
	Previous  string `json:"previous"` // hash of the release before: the SHA-256 of its SHA256SUMS; empty in the first
	Program   string `json:"program"`
	Run       struct {
		Number          int    `json:"number"`
		AsOf            string `json:"as_of"`
		Hash            string `json:"hash"`
		Policy          string `json:"policy"`
		PolicyHash      string `json:"policy_hash"`
		Calibration     int    `json:"calibration"`
		CalibrationHash string `json:"calibration_hash"`
		Program         string `json:"program"`
	} `json:"run"`
	MinRecipients int          `json:"min_recipients"` // smallest number of recipients of whom anything is published together
	Tables        []tableCount `json:"tables"`
	Withheld      counted      `json:"withheld"`
}

type tableCount struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// counted are numbers of results, and of those that are not published in full.
type counted struct {
	Evaluations      int `json:"evaluations"`
	NumbersWithheld  int `json:"evaluations_without_numbers"`
	AnswersWithheld  int `json:"evaluations_without_some_answers"`
	Ratings          int `json:"ratings"`
	RatingsWithheld  int `json:"ratings_without_numbers"`
	PeerGroupsHidden int `json:"peer_groups_left_out"`
}

func (b *bundle) count() counted {
	c := counted{Evaluations: len(b.evaluations), Ratings: len(b.ratings), PeerGroupsHidden: len(b.noPeers)}
	for i := range b.evaluations {
		switch b.evaluations[i].withheld {
		case fewAnswers:
			c.AnswersWithheld++
		case fewAnswersCount:
			c.NumbersWithheld++
		}
	}
	for i := range b.ratings {
		if b.ratings[i].row[ratings.at("withheld")] != "" {
			c.RatingsWithheld++
		}
	}
	return c
}

// finish writes what tells of the release: first as if it were the last one again, and where that is not so as the next.
func (b *bundle) finish(ctx context.Context) (Result, error) {
	if err := b.write(policyName, []byte(b.run.PolicyText)); err != nil {
		return Result{}, err
	}
	if err := b.writeOCDS(); err != nil {
		return Result{}, err
	}
	c := b.count()
	l := store.Release{Run: b.run.ID, RunHash: b.run.Hash, AsOf: b.run.AsOf, Content: b.content(), Reason: b.Reason,
		Evaluations: c.Evaluations, Withheld: c.NumbersWithheld, Ratings: c.Ratings, RatingsWithheld: c.RatingsWithheld}
	if b.last.Number > 0 && b.last.Content == l.Content {
		again := l
		again.Number, again.Previous = b.last.Number, b.last.Previous
		if err := b.tell(ctx, &again, b.kept[1:]); err != nil {
			return Result{}, err
		}
		if again.Hash == b.last.Hash {
			return Result{b.last, true}, nil
		}
	}
	l.Number, l.Previous = b.last.Number+1, b.last.Hash
	return Result{l, false}, b.tell(ctx, &l, b.kept)
}

// content is the hash of the data: what of it is new makes a release a new one.
func (b *bundle) content() string {
	return hashOf(b.list(func(name string) bool {
		return !slices.ContainsFunc(told, func(t *table) bool { return strings.HasPrefix(name, "data/"+t.name+".") })
	}))
}

// tell writes the tables of changes and releases, the pages, the manifest and the checksums, and enters the hash.
func (b *bundle) tell(ctx context.Context, l *store.Release, before []store.Release) error {
	if err := b.findChanges(ctx, l, before); err != nil {
		return err
	}
	var rows [][]string
	for _, c := range b.changes {
		rows = append(rows, []string{c.Subject, c.ID, c.Change, c.Cause, c.GradeBefore, c.GradeAfter, realCell(c.Before), realCell(c.After)})
	}
	if err := b.rows(&changes, rows); err != nil {
		return err
	}
	rows = nil
	for _, r := range slices.Backward(before) {
		rows = append(rows, []string{wholeCell(r.Number), wholeCell(r.Run), r.RunHash, dayCell(r.AsOf), r.Hash, r.Previous})
	}
	if err := b.rows(&releases, rows); err != nil {
		return err
	}
	m := b.manifestOf(l)
	if err := b.writePages(m, before); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := b.write(manifestName, append(text, '\n')); err != nil {
		return err
	}
	sums := b.list(func(name string) bool { return name != sumsName })
	l.Hash = hashOf(sums)
	err = b.write(sumsName, sums)
	b.forget(sumsName)
	return err
}

func (b *bundle) manifestOf(l *store.Release) *manifest {
	m := &manifest{Format: format, Publisher: b.Publisher, Release: l.Number, Previous: l.Previous, Program: b.Program, MinRecipients: store.MinRecipients, Withheld: b.count()}
	r := &m.Run
	r.Number, r.AsOf, r.Hash, r.Program = b.run.ID, b.asOf(), b.run.Hash, b.run.Program
	r.Policy, r.PolicyHash, r.Calibration, r.CalibrationHash = b.run.PolicyID, b.run.PolicyHash, b.run.Calibration, b.run.CalibrationHash
	for _, t := range tables {
		m.Tables = append(m.Tables, tableCount{t.name, b.counts[t.name]})
	}
	return m
}

// findChanges compares the release with the one before: of the last release again as it was kept, of a new one with what the
// store has of the last.
func (b *bundle) findChanges(ctx context.Context, l *store.Release, before []store.Release) (err error) {
	if l.Number == b.last.Number {
		b.changes, err = store.PublicChanges(ctx, b.reader, l.Number)
		return err
	}
	b.changes = nil
	if len(before) == 0 {
		return nil // everything is new in the first
	}
	all := store.PublicFilter{Limit: everyRow}
	contracts, _, err := store.PublicContracts(ctx, b.reader, all)
	if err != nil {
		return err
	}
	suppliers, _, err := store.PublicSuppliers(ctx, b.reader, all)
	if err != nil {
		return err
	}
	causes, err := b.view.Causes(ctx, before[0].Run)
	if err != nil {
		return err
	}
	d := differ{causes: causes}
	d.compare("contract", standings(contracts, func(c *store.PublicContract) (string, publicStanding) {
		return c.ContractNo, publicStanding{orStatus(c.Grade, c.Status), c.Value}
	}), standings(b.public, func(c *store.PublicContract) (string, publicStanding) {
		return c.ContractNo, publicStanding{orStatus(c.Grade, c.Status), c.Value}
	}))
	d.compare("supplier", standings(suppliers, func(s *store.PublicSupplier) (string, publicStanding) {
		return s.ID, publicStanding{orStatus(s.Level, s.Status), s.Score}
	}), standings(b.publicSuppliers(), func(s *store.PublicSupplier) (string, publicStanding) {
		return s.ID, publicStanding{orStatus(s.Level, s.Status), s.Score}
	}))
	b.changes = d.changes
	return nil
}

// publicStanding is the grade, or the status without one, and the number of a result as it is public.
type publicStanding struct {
	grade string
	value float64
}

func orStatus(grade, status string) string {
	if grade == "" {
		return status
	}
	return grade
}

func standings[T any](all []T, of func(*T) (string, publicStanding)) map[string]publicStanding {
	found := make(map[string]publicStanding, len(all))
	for i := range all {
		id, s := of(&all[i])
		found[id] = s
	}
	return found
}

// differ collects what changed.
type differ struct {
	causes  map[string]string
	changes []store.PublicChange
}

func (d *differ) compare(subject string, before, after map[string]publicStanding) {
	ids := map[string]bool{}
	for id := range before {
		ids[id] = true
	}
	for id := range after {
		ids[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		was, had := before[id]
		now, has := after[id]
		change := store.PublicChange{Subject: subject, ID: id, GradeBefore: was.grade, GradeAfter: now.grade, Before: was.value, After: now.value, Cause: d.causes[subject+"/"+id]}
		switch {
		case !had:
			change.Change, change.Before = store.Added, math.NaN()
		case !has:
			change.Change, change.After = store.Removed, math.NaN()
		case was.grade != now.grade || realCell(was.value) != realCell(now.value):
			change.Change = store.Changed
		default:
			continue
		}
		d.changes = append(d.changes, change)
	}
}

// errNoManifest says that a folder is no bundle.
var errNoManifest = errors.New("expected a folder that `pingxin publish` wrote")
