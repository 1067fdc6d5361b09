package survey

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// collectedAll collects and returns the number of scores that came in.
func (o *office) collect() int64 {
	o.t.Helper()
	c, err := Collect(o.t.Context(), o.store)
	if err != nil {
		o.t.Fatal(err)
	}
	return c.Scores
}

const storedScores = `SELECT c.contract_no, evaluator_id, indicator, score_e4, scored_on::VARCHAR FROM score JOIN (SELECT DISTINCT contract_no, contract_key FROM contract) c
	USING (contract_key) JOIN rater USING (rater_key) JOIN indicator USING (indicator_key) ORDER BY ALL`

func TestCollect(t *testing.T) {
	o := openOffice(t)
	first, second := o.issue("HT-1", 3), o.issue("HT/3", 2)
	if n := o.collect(); n != 0 {
		t.Errorf("%d scores without an answer", n)
	}
	o.answer(first.Tokens[0], "very_satisfied")
	o.answer(second.Tokens[0], "dissatisfied")
	if err := o.Answer(t.Context(), first.Tokens[1], map[string]string{"quality_attitude": "fair", "satisfaction_service": "none", "satisfaction_outcome": "none"}); err != nil {
		t.Fatal(err)
	}
	o.answer(first.Tokens[2], "none")
	if n := o.collect(); n != 7 {
		t.Errorf("collected %d scores, expected 3, 3, 1 and none", n)
	}
	rows := o.query(storedScores)
	raters := map[string]int{}
	for _, row := range rows {
		raters[row[1]]++
		if row[4] != "2025-12-01" || row[0] == "HT/3" && row[3] != "400000" {
			t.Errorf("stored %v", row)
		}
	}
	if len(rows) != 7 || len(raters) != 3 {
		t.Errorf("%d scores of %d sheets, expected 7 of 3", len(rows), len(raters))
	}
	if n := o.collect(); n != 0 || o.query(`SELECT count(*) FROM survey_answer`)[0][0] != "0" {
		t.Errorf("a second collection brings %d scores", n)
	}
	receipts, err := o.store.Receipts()
	if err != nil || receipts[len(receipts)-1].FileName != "survey-2025-12-01.csv" || receipts[len(receipts)-1].Rows != 7 {
		t.Errorf("receipts %+v, %v", receipts, err)
	}
}

// A contract whose evaluation was closed takes no sheet and gets no link, while what was handed in before still counts.
func TestAClosedContract(t *testing.T) {
	o := openOffice(t)
	tokens := o.issue("HT-1", 3).Tokens
	o.answer(tokens[0], "fair")
	closing := store.Closing{Contracts: []string{"HT-1"}, On: o.today(), Reason: "合同期满", At: o.clock.now()}
	change := func(f func(context.Context, *store.Writer, store.Closing) (int64, error)) {
		t.Helper()
		if err := o.store.Write(t.Context(), func(ctx context.Context, w *store.Writer) error { _, err := f(ctx, w, closing); return err }); err != nil {
			t.Fatal(err)
		}
	}
	change(store.CloseContracts)
	if err := o.Answer(t.Context(), tokens[1], all(o.Desk, "fair")); !errors.Is(err, ErrClosed) || !errors.Is(o.look(tokens[1]), ErrClosed) || !errors.Is(o.look(tokens[0]), ErrUsed) {
		t.Errorf("after closing: %v, expected that the survey is closed, and thanks to whoever answered", err)
	}
	if _, err := o.Issue(t.Context(), store.Everything, "li", []Request{{ContractNo: "HT-1", Channel: "paper", Links: 1}}); !errors.Is(err, ErrClosed) {
		t.Errorf("links for a closed contract: %v", err)
	}
	if n := o.collect(); n != 3 {
		t.Errorf("collected %d scores, expected the sheet from before the closing", n)
	}
	change(store.ReopenContracts)
	o.answer(tokens[1], "fair")
}

// An interruption after each step of a collection: the next one goes on, and everything is in the scores once.
func TestCollectAfterAnInterruption(t *testing.T) {
	fix := func(ctx context.Context, st *store.Store) error {
		return st.Write(ctx, func(ctx context.Context, w *store.Writer) error { _, err := w.FixSurveyCollection(ctx); return err })
	}
	accept := func(ctx context.Context, st *store.Store) error {
		return st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
			answers, err := r.SurveyCollection(ctx, 1)
			if err == nil {
				_, err = acceptFile(ctx, st, answers)
			}
			return err
		})
	}
	for name, steps := range map[string][]func(context.Context, *store.Store) error{"fixed": {fix}, "accepted": {fix, accept}, "accepted twice": {fix, accept, accept}} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			tokens := o.issue("HT-1", 4).Tokens
			o.answer(tokens[0], "fair")
			o.answer(tokens[1], "satisfied")
			for _, step := range steps {
				if err := step(t.Context(), o.store); err != nil {
					t.Fatal(err)
				}
			}
			o.answer(tokens[2], "fair") // between the interruption and the next collection
			o.collect()
			o.answer(tokens[3], "fair")
			o.collect()
			if rows := o.query(storedScores); len(rows) != 12 {
				t.Errorf("%d scores, expected 12", len(rows))
			}
			if rows := o.query(`SELECT (SELECT count(*) FROM score_superseded), (SELECT count(*) FROM survey_answer), (SELECT count(*) FROM batch WHERE kind = 'score')`); !slices.Equal(rows[0],
				[]string{"0", "0", "3"}) {
				t.Errorf("replaced, waiting, batches: %v; expected nothing replaced, nothing waiting, three batches", rows[0])
			}
		})
	}
}

// What leads from a used link to its answer. Two thirds of the links are used in an order drawn by lot; then no value of
// a link's row stands in a row of any table of answers, scores or raters but the contract's number, the pseudonym cannot
// be made of what is stored even with the key, and scores lie in another order than that of answering.
func TestAnswersCannotBeJoinedToLinks(t *testing.T) {
	o := openOffice(t)
	tokens := o.issue("HT-1", 30).Tokens
	order := rand.New(rand.NewPCG(1, 2)).Perm(30)[:20]
	nonces := map[string]string{}
	for _, row := range o.query(`SELECT token_hash, nonce FROM survey_link`) {
		nonces[row[0]] = row[1]
	}
	var answered []string // pseudonyms in the order of answering
	for i, at := range order {
		o.answer(tokens[at], Steps[i%5].Code)
		answered = append(answered, pseudonym(o.key, "HT-1", tokens[at], nonces[hashOf(tokens[at])]))
	}
	for _, when := range []string{"waiting", "collected"} {
		o.checkUnlinked(when, tokens)
		if when == "waiting" {
			o.collect()
		}
	}
	var kept []string
	for _, row := range o.query(`SELECT evaluator_id FROM rater ORDER BY rowid`) {
		kept = append(kept, row[0])
	}
	if slices.Sort(answered); !slices.Equal(kept, answered) {
		t.Errorf("raters lie in the order %v, expected that of their pseudonyms, which has nothing to do with that of answering", kept)
	}
	if rows := o.query(`SELECT count(*) FROM survey_link WHERE state = 'used' AND nonce = ''`); rows[0][0] != "20" {
		t.Errorf("%v used links without a nonce, expected 20", rows)
	}
	var shifted int // an UPDATE that moved rows to the end would keep the order of answering
	for i, row := range o.query(`SELECT token_hash FROM survey_link ORDER BY rowid`) {
		if row[0] != hashOf(tokens[i]) {
			shifted++
		}
	}
	if shifted > 0 {
		t.Errorf("%d links lie elsewhere than when they were made", shifted)
	}
}

// checkUnlinked compares every value of the used links with every value of the tables that hold answers.
func (o *office) checkUnlinked(when string, tokens []string) {
	o.t.Helper()
	links := map[string]bool{}
	for _, row := range o.query(`SELECT * FROM survey_link WHERE state = 'used'`) {
		for _, value := range []string{row[1], row[2]} { // the others are the batch and the state
			if value != "" {
				links[value] = true
			}
		}
	}
	pseudonyms := map[string]bool{}
	for _, name := range []string{"survey_answer", "score", "rater", "batch", "batch_contract", "indicator", "audit"} {
		for _, row := range o.query(`SELECT * FROM ` + name) {
			for _, value := range row {
				if links[value] {
					o.t.Errorf("%s: a value of %s is one of a link's", when, name)
				}
				if strings.HasPrefix(value, PseudonymPrefix) {
					pseudonyms[value] = true
				}
			}
		}
	}
	if len(pseudonyms) != 20 {
		o.t.Errorf("%s: found %d pseudonyms, expected 20", when, len(pseudonyms))
	}
	for _, row := range o.query(`SELECT token_hash, nonce FROM survey_link WHERE state = 'used'`) {
		for _, token := range tokens { // even for whoever kept the tokens
			if pseudonyms[pseudonym(o.key, "HT-1", token, row[1])] || pseudonyms[pseudonym(o.key, "HT-1", row[0], row[1])] {
				o.t.Errorf("%s: a pseudonym can be made of a token and what is stored", when)
			}
		}
	}
}

// One person who has a link in each of two contracts is two strangers.
func TestContractsShareNoPseudonym(t *testing.T) {
	o := openOffice(t)
	for _, contract := range []string{"HT-1", "HT-2", "HT/3"} {
		for _, token := range o.issue(contract, 5).Tokens {
			o.answer(token, "satisfied")
		}
	}
	o.collect()
	if rows := o.query(`SELECT count(*) FROM (SELECT rater_key FROM score GROUP BY rater_key HAVING count(DISTINCT contract_key) > 1 OR count(*) <> 3)`); rows[0][0] != "0" {
		t.Errorf("%v raters are known in two contracts, or not on all questions of their own", rows)
	}
}

// Somebody answers, the answers are collected, and a backup from before is restored beside the archive: answering again
// replaces what was said before.
func TestAnsweringAgainAfterARestoreReplaces(t *testing.T) {
	o := openOffice(t)
	token := o.issue("HT-1", 1).Tokens[0]
	nonce := o.query(`SELECT nonce FROM survey_link`)[0][0]
	o.answer(token, "very_dissatisfied")
	o.collect()
	err := o.store.Write(t.Context(), func(ctx context.Context, w *store.Writer) error { // as the backup had it
		_, err := w.Exec(ctx, `UPDATE survey_link SET state = 'open', nonce = ?`, nonce)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.answer(token, "satisfied")
	o.collect()
	if rows := o.query(`SELECT count(*), min(score_e4) FROM score`); !slices.Equal(rows[0], []string{"3", "800000"}) {
		t.Errorf("scores and the lowest: %v, expected the second sheet alone", rows[0])
	}
}

// From the link to the evaluation: 40 recipients, 36 of whom answer, each with the same step on every question.
func TestScoresReachTheEvaluation(t *testing.T) {
	o := openOffice(t)
	p, err := policy.Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	tokens := o.issue("HT-1", 40).Tokens
	for i, token := range tokens[:36] {
		o.answer(token, []string{"satisfied", "fair"}[i%2])
	}
	o.collect()
	report, err := pipelines.Run(t.Context(), o.store, pipelines.Options{Policy: p, AsOf: time.Date(2025, 12, 2, 0, 0, 0, 0, time.UTC), Workers: 2, Now: o.clock.now})
	if err != nil || report.Contracts != 3 {
		t.Fatalf("run: %d contracts, %v", report.Contracts, err)
	}
	err = o.store.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		e, err := v.Evaluation(ctx, "HT-1")
		if err != nil {
			return err
		}
		if e.Recipients != 36 {
			t.Errorf("the evaluation has answers of %d recipients, expected 36", e.Recipients)
		}
		parts, err := v.Parts(ctx, &e)
		if err != nil {
			return err
		}
		found := 0
		for _, part := range parts {
			if part.Indicator == "satisfaction_service" && part.Party == scoring.Recipient {
				found++
				if part.N != 36 || part.Value != 70 {
					t.Errorf("part %+v, expected 36 answers with a mean of 70: 18 of 80 and 18 of 60", part)
				}
			}
		}
		if found != 1 {
			t.Errorf("%d parts of the recipients' satisfaction, expected 1", found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Contract(t.Context(), store.Everything, "HT-1")
	if err != nil || s.Rate() != 0.9 || s.Return() != 0.9 {
		t.Errorf("rate %g and return %g, %v; by hand 36 of 40", s.Rate(), s.Return(), err)
	}
}
