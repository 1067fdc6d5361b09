package survey

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// Collected is what a collection brought into the scores.
type Collected struct {
	Scores   int64
	Receipts []store.Receipt
}

// Collect turns the answers that came since the last time into a batch of scores, archived and receipted as every file of
// scores is; a run begins with it. It can be interrupted anywhere: first it is written down which answers go together,
// then they are accepted as a file whose bytes follow from them, then they are dropped. After an interruption the next
// call makes the same bytes again, for which the store gives the receipt that they have, so that nothing is lost and
// nothing counted twice.
func Collect(ctx context.Context, st *store.Store) (Collected, error) {
	var collections []int
	err := st.Write(ctx, func(ctx context.Context, w *store.Writer) (err error) {
		collections, err = w.FixSurveyCollection(ctx)
		return err
	})
	var all Collected
	for _, id := range collections {
		if err == nil {
			err = collect(ctx, st, id, &all)
		}
	}
	if err != nil {
		return all, fmt.Errorf("collect the answers of recipients: %w", err)
	}
	return all, nil
}

// collect brings one collection in.
func collect(ctx context.Context, st *store.Store, id int, all *Collected) error {
	var answers []store.SurveyAnswer
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) (err error) {
		answers, err = r.SurveyCollection(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	result, err := acceptFile(ctx, st, answers)
	if err != nil {
		return err
	}
	all.Scores += result.Receipt.Rows
	all.Receipts = append(all.Receipts, result.Receipt)
	return st.Write(ctx, func(ctx context.Context, w *store.Writer) error { return w.DropSurveyCollection(ctx, id) })
}

// acceptFile imports answers as the file of scores that they make.
func acceptFile(ctx context.Context, st *store.Store, answers []store.SurveyAnswer) (intake.Result, error) {
	kind, err := intake.KindOf("score")
	if err != nil {
		return intake.Result{}, err
	}
	dir := filepath.Join(st.Dir(), "tmp", "survey") // what a crash left in it is removed by the next call
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return intake.Result{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, fileName(answers))
	if err := os.WriteFile(path, fileOf(answers), 0o600); err != nil {
		return intake.Result{}, err
	}
	return intake.Accept(ctx, st, kind, intake.File{Name: filepath.Base(path), Path: path}, intake.Options{Indicators: anyIndicator}, recipients)
}

// recipients are who brings the answers: they gave them while their contracts were open.
var recipients = intake.As{Uploader: store.Uploader{Name: "survey"}, Scope: store.Everything, GivenBefore: true}

// anyIndicator lets recipients score whatever they were asked about, by the policy of the day on which they answered.
func anyIndicator(string) ([]string, bool, string) {
	return []string{scoring.Recipient.String()}, true, ""
}

// fileName names a file after the last day in it.
func fileName(answers []store.SurveyAnswer) string {
	last := answers[0].AnsweredOn
	for _, a := range answers {
		if a.AnsweredOn.After(last) {
			last = a.AnsweredOn
		}
	}
	return "survey-" + last.Format(time.DateOnly) + ".csv"
}

// fileOf writes answers as a file of scores, in the order in which they come. The same answers are the same bytes.
func fileOf(answers []store.SurveyAnswer) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	party := scoring.Recipient.String()
	_ = w.Write([]string{"contract_no", "indicator", "party", "evaluator_id", "score", "scored_on"}) // a buffer takes everything
	for _, a := range answers {
		_ = w.Write([]string{a.ContractNo, a.Indicator, party, a.EvaluatorID, strconv.Itoa(int(a.ScoreE4) / pointE4), a.AnsweredOn.Format(time.DateOnly)})
	}
	w.Flush()
	return b.Bytes()
}
