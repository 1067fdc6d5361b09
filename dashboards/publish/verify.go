package publish

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pingxin/credit"
	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

// Verification is what came of checking a folder.
type Verification struct {
	Release            int    `json:"release"`
	Hash               string `json:"hash"`
	Previous           string `json:"previous"`
	PreviousChecked    bool   `json:"previous_checked"`
	AsOf               string `json:"as_of"`
	RunHash            string `json:"run_hash"`
	Program            string `json:"program"`
	Files              int    `json:"files"`
	Evaluations        int    `json:"evaluations"`          // that came out as published
	EvaluationsPartly  int    `json:"evaluations_partly"`   // of them, judged without the answers that are withheld
	EvaluationsWithout int    `json:"evaluations_withheld"` // whose numbers are withheld, and could not be computed
	Ratings            int    `json:"ratings"`
	RatingsWithout     int    `json:"ratings_withheld"`
	Assessments        int    `json:"assessments"`
}

// Verify checks a folder from itself alone: the checksums of all its files, that the other forms of each table say what its
// CSV file says, and that every published evaluation, rating and grade follows from the published evidence by the published policy.
// previous is the folder of the release before, empty for none. What is wrong comes back as a *FaultError.
func Verify(ctx context.Context, dir, previous string) (v Verification, err error) {
	m, hash, err := readManifest(dir)
	if err != nil {
		return v, err
	}
	v = Verification{Release: m.Release, Hash: hash, Previous: m.Previous, AsOf: m.Run.AsOf, RunHash: m.Run.Hash, Program: m.Program}
	if v.Files, err = checkSums(dir); err != nil {
		return v, err
	}
	if v.PreviousChecked = previous != ""; v.PreviousChecked {
		if err := follows(&m, previous); err != nil {
			return v, err
		}
	}
	for _, t := range tables {
		if err := errors.Join(ctx.Err(), sameForms(dir, t, &m)); err != nil {
			return v, err
		}
	}
	c, err := newChecker(dir, &m, &v)
	if err == nil {
		err = c.evaluations(ctx)
	}
	if err == nil {
		err = c.ratings(ctx)
	}
	if err == nil {
		err = c.assessments()
	}
	return v, err
}

// follows says whether a release is the next after that in another folder.
func follows(m *manifest, previous string) error {
	before, hash, err := readManifest(previous)
	if err != nil {
		return fmt.Errorf("the release before: %w", err)
	}
	switch {
	case m.Previous != hash:
		return &FaultError{File: manifestName, Sentence: fmt.Sprintf("release %d follows %s, and the SHA-256 of %s in %s is %s", m.Release, shown(m.Previous), sumsName, previous, hash)}
	case m.Release != before.Release+1:
		return &FaultError{File: manifestName, Sentence: fmt.Sprintf("release %d is said to follow release %d", m.Release, before.Release)}
	}
	_, err = checkSums(previous)
	return err
}

// sameForms writes a table again from its CSV file in every form, and compares the bytes.
func sameForms(dir string, t *table, m *manifest) error {
	r, err := openReader(dir, t)
	if err != nil {
		return err
	}
	defer r.close()
	again := &folder{sums: map[string]string{}, counts: map[string]int{}}
	o, err := again.table(t)
	if err != nil {
		return err
	}
	for !r.ended {
		if err := o.add(r.cells); err != nil {
			return &FaultError{File: "data/" + t.name + ".csv", Row: r.row, Key: r.key(), Sentence: err.Error()}
		}
		if err := r.next(); err != nil {
			return err
		}
	}
	if err := o.close(); err != nil {
		return err
	}
	listed, err := readSums(filepath.Join(dir, sumsName))
	if err != nil {
		return err
	}
	for _, form := range forms {
		if name := "data/" + t.name + form; again.sums[name] != listed[name] {
			return &FaultError{File: name, Sentence: "does not say what the other forms of the table say, or is not written as this program writes it"}
		}
	}
	for _, count := range m.Tables {
		if count.Name == t.name && count.Rows != o.rows {
			return &FaultError{File: manifestName, Column: t.name, Published: wholeCell(count.Rows), Computed: wholeCell(o.rows)}
		}
	}
	return nil
}

// checker computes the results of a folder again.
type checker struct {
	dir     string
	judge   *judge
	peers   map[string]bool    // groups that the policy would compare with and that are published
	asks    bool               // whether the policy compares with peer groups
	conduct map[string]conduct // by supplier
	judged  []judged
	v       *Verification
}

func newChecker(dir string, m *manifest, v *Verification) (*checker, error) {
	text, err := os.ReadFile(filepath.Join(dir, policyName))
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(m.Run.Policy, text)
	if err != nil {
		return nil, &FaultError{File: policyName, Sentence: fmt.Sprintf("this program does not understand the policy; use the version that published it, %s: %v", m.Program, err)}
	}
	if p.Hash != m.Run.PolicyHash {
		return nil, &FaultError{File: manifestName, Column: "policy_hash", Published: m.Run.PolicyHash, Computed: p.Hash}
	}
	asOf, err := time.Parse(time.DateOnly, m.Run.AsOf)
	if err != nil {
		return nil, &FaultError{File: manifestName, Column: "as_of", Sentence: err.Error()}
	}
	c := &checker{dir: dir, v: v, conduct: map[string]conduct{}, peers: map[string]bool{}, asks: p.Evaluation.Shrinkage.Use != scoring.UseNot || p.Evaluation.Imputes()}
	calibrated, err := c.calibration()
	if err != nil {
		return nil, err
	}
	if c.judge, err = newJudge(p, calibrated, asOf); err != nil {
		return nil, err
	}
	return c, c.readConduct()
}

// readConduct reads the events and listings of every supplier.
func (c *checker) readConduct() error {
	err := eachRow(c.dir, &events, func(r *rowReader) {
		supplier := strings.Clone(r.text("supplier_id"))
		of := c.conduct[supplier]
		of.events = append(of.events, eventOf(r))
		c.conduct[supplier] = of
	})
	if err != nil {
		return err
	}
	return eachRow(c.dir, &listings, func(r *rowReader) {
		supplier := strings.Clone(r.text("supplier_id"))
		of := c.conduct[supplier]
		of.listings = append(of.listings, credit.Listing{Case: strings.Clone(r.text("case_no")), From: r.day("listed_on"), Until: r.day("until_on"), EndedOn: r.day("ended_on")})
		c.conduct[supplier] = of
	})
}

func eventOf(r *rowReader) credit.Event {
	k := rowReader{table: r.table, cells: r.kept(), row: r.row}
	e := credit.Event{ID: k.text("event_id"), Kind: k.text("kind"), Severity: k.text("severity"), OccurredOn: k.day("occurred_on"), EndsOn: k.day("ends_on"),
		RepairedOn: k.day("repaired_on"), Authority: k.text("authority"), DocumentNo: k.text("document_no"), Contract: k.text("contract_no")}
	r.err = k.err
	return e
}

// calibration reads what of a calibration is published.
func (c *checker) calibration() (*scoring.Calibration, error) {
	found := &scoring.Calibration{Peers: map[string]scoring.Peer{}, Raters: map[int32]scoring.Rater{}, Quartiles: map[scoring.QuartileKey]scoring.Quartile{}}
	err := eachRow(c.dir, &peers, func(r *rowReader) {
		peer := strings.Clone(r.text("peer"))
		found.Peers[peer] = scoring.Peer{Mean: r.real("mean"), Variance: r.real("variance"), N: r.whole("contracts")}
		c.peers[peer] = true
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(c.dir, &quartiles, func(r *rowReader) {
		party, err := scoring.ParseParty(r.text("party"))
		r.check("party", err)
		key := scoring.QuartileKey{Peer: strings.Clone(r.text("peer")), Indicator: strings.Clone(r.text("indicator")), Party: party}
		found.Quartiles[key] = scoring.Quartile{Value: r.real("value"), Spread: r.real("spread"), N: r.whole("contracts")}
		c.peers[key.Peer] = true
	})
	if err != nil {
		return nil, err
	}
	return found, eachRow(c.dir, &raterClasses, func(r *rowReader) {
		rater := scoring.Rater{Severity: int32(math.Round(r.real("severity") * scoreUnit)), Comparable: r.text("comparable") == "true"}
		r.list("flags", &rater.Flags)
		found.Raters[int32(r.whole("rater_class"))] = rater
	})
}

// evaluations judges every contract of the folder from its published evidence.
func (c *checker) evaluations(ctx context.Context) error {
	var readers [6]*tableReader
	for i, t := range []*table{&contracts, &payments, &targets, &answers, &evaluations, &evaluationParts} {
		r, err := openReader(c.dir, t)
		if err != nil {
			return err
		}
		defer r.close()
		readers[i] = r
	}
	facts := readers[0]
	for !facts.ended {
		if facts.row%chunk == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := c.evaluation(facts, readers[1], readers[2], readers[3], readers[4], readers[5]); err != nil {
			return err
		}
	}
	for _, r := range readers[1:] {
		if err := r.end(); err != nil {
			return err
		}
	}
	return nil
}

// evaluation judges the next contract.
func (c *checker) evaluation(facts, payments, targets, answers, results, parts *tableReader) error {
	var next contract
	row := rowReader{table: facts.table, cells: facts.kept(), row: facts.row}
	next.ofRow(&row)
	if row.err != nil {
		return row.err
	}
	if err := facts.next(); err != nil {
		return err
	}
	if !facts.ended && facts.cells[0] == next.ContractNo {
		return &FaultError{File: "data/contract.csv", Row: facts.row, Key: facts.key(), Sentence: "stands there twice"}
	}
	err := payments.of(next.ContractNo, func(r *rowReader) { next.addPayment(r, c.judge.asOf) })
	if err != nil {
		return err
	}
	err = targets.of(next.ContractNo, func(r *rowReader) { next.Attainments = append(next.Attainments, targetOf(r)) })
	if err != nil {
		return err
	}
	if err := answers.of(next.ContractNo, next.addAnswers); err != nil {
		return err
	}
	e := c.judge.evaluate(&next, c.conduct[next.SupplierID].events)
	if err := c.sameEvaluation(&next, &e, results); err != nil {
		return err
	}
	if err := parts.same(next.ContractNo, e.parts); err != nil {
		return err
	}
	e.row, e.parts = nil, nil
	c.judged = append(c.judged, e)
	return nil
}

// sameEvaluation compares an evaluation with the published one. One whose numbers are withheld has to have a reason, and no
// numbers.
func (c *checker) sameEvaluation(next *contract, e *judged, results *tableReader) error {
	if !results.ended && results.cells[0] == next.ContractNo && results.text("withheld") == fewAnswersCount {
		if len(next.few) == 0 && (!c.asks || c.peers[next.Peer]) {
			return &FaultError{File: "data/evaluation.csv", Row: results.row, Key: results.key(), Column: "withheld", Published: fewAnswersCount}
		}
		e.withhold(scoring.Status(strings.Clone(results.text("status"))), strings.Clone(results.text("grade")), strings.Clone(results.text("uncapped_grade")))
	}
	if err := results.same(next.ContractNo, [][]string{e.row}); err != nil {
		return err
	}
	switch e.withheld {
	case fewAnswersCount:
		c.v.EvaluationsWithout++
		return nil
	case fewAnswers:
		c.v.EvaluationsPartly++
	}
	c.v.Evaluations++
	return nil
}

// ratings rates every supplier of the folder from its published evaluations and events.
func (c *checker) ratings(ctx context.Context) error {
	published, err := openReader(c.dir, &ratings)
	if err != nil {
		return err
	}
	defer published.close()
	parts, err := openReader(c.dir, &ratingParts)
	if err != nil {
		return err
	}
	defer parts.close()
	groups := bySupplier(c.judged)
	for !published.ended {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.judge.credit == nil {
			return &FaultError{File: "data/rating.csv", Row: published.row, Key: published.key(), Sentence: "is a rating, and the policy rates nobody"}
		}
		row := rowReader{table: published.table, cells: published.kept(), row: published.row}
		supplier := row.text("supplier_id")
		r := c.judge.rate(supplier, groups[supplier], c.conduct[supplier])
		if restsOnWithheld(groups[supplier]) { // what is left cannot be computed
			r.withhold()
			for _, column := range []string{"status", "level", "uncapped_level", "stars"} {
				r.row[ratings.at(column)] = row.text(column)
			}
			c.v.RatingsWithout++
		} else {
			c.v.Ratings++
		}
		if err := published.same(supplier, [][]string{r.row}); err != nil {
			return err
		}
		if err := parts.same(supplier, r.parts); err != nil {
			return err
		}
	}
	return parts.end()
}
