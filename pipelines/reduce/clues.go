package reduce

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"pingxin/budget/execution"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// Functions reads what departments keep staff for, in the order of years, departments and functions.
func Functions(ctx context.Context, r *store.Reader, s Snapshot) ([]execution.Function, error) {
	var all []execution.Function
	err := scan(ctx, r, "functions", scope{Watermark: s.Watermark}, nil, func(b columns, i int) {
		all = append(all, execution.Function{Year: int(b.int32(0, i)), Purchaser: b.text(1, i), Name: b.text(2, i), Item: b.text(3, i), Staff: int(b.int32(4, i)), CostFen: b.int64(5, i)})
	})
	return all, err
}

// Complaints reads the complaints received by the day of the snapshot, in the order of their numbers; an answer of a later
// day is none yet.
func Complaints(ctx context.Context, r *store.Reader, s Snapshot) ([]clues.Complaint, error) {
	var all []clues.Complaint
	err := scan(ctx, r, "complaints", scope{Watermark: s.Watermark}, []any{s.AsOf}, func(b columns, i int) {
		all = append(all, clues.Complaint{ID: b.text(0, i), Contract: b.text(1, i), MadeOn: b.day(2, i), AnsweredOn: b.day(3, i)})
	})
	return all, err
}

// RecipientsOn reads what the recipients of some contracts said by the day of the snapshot, by contract number.
func RecipientsOn(ctx context.Context, r *store.Reader, s Snapshot, contracts []string) (map[string]clues.Answers, error) {
	all := map[string]clues.Answers{}
	args := []any{s.AsOf, int16(scoring.Recipient), contracts}
	err := scan(ctx, r, "recipients_on", scope{Watermark: s.Watermark}, args, func(b columns, i int) {
		all[b.text(0, i)] = clues.Answers{N: int(b.int64(1, i)), Mean: float64(b.int64(2, i)) / float64(b.int64(3, i)) / integrity.PerPoint}
	})
	return all, err
}

// Contacts reads how organisations that score or supply are reached on the day of the snapshot.
func Contacts(ctx context.Context, r *store.Reader, s Snapshot) ([]clues.Contact, error) {
	var all []clues.Contact
	err := scan(ctx, r, "contacts", scope{Watermark: s.Watermark}, []any{s.AsOf}, func(b columns, i int) {
		all = append(all, clues.Contact{Org: b.text(0, i), Kind: b.text(1, i), Value: b.text(2, i), Supplier: b.bool(3, i)})
	})
	return all, err
}

// Narratives reads what parties wrote of contracts by the day of the snapshot, in the order of contracts and authors.
func Narratives(ctx context.Context, r *store.Reader, s Snapshot) ([]clues.Narrative, error) {
	var all []clues.Narrative
	err := scan(ctx, r, "narratives", scope{Watermark: s.Watermark}, []any{s.AsOf}, func(b columns, i int) {
		all = append(all, clues.Narrative{Contract: b.text(0, i), Author: b.text(1, i), Party: b.text(2, i), WrittenOn: b.day(3, i), Text: b.text(4, i)})
	})
	return all, err
}

// NarrativesSince says whether any narrative came in since the published run, or is of a day between those of the two runs.
func NarrativesSince(ctx context.Context, r *store.Reader, since Since, now Snapshot) (written bool, err error) {
	err = scan(ctx, r, "narratives_since", scope{Watermark: now.Watermark}, []any{int32(since.Watermark), since.AsOf, now.AsOf}, func(b columns, i int) {
		written = b.bool(0, i)
	})
	return written, err
}

// PublishedAlike reads the narratives that a published run found alike, without their texts.
func PublishedAlike(ctx context.Context, r *store.Reader, run int, s Snapshot) ([]clues.Likeness, error) {
	var all []clues.Likeness
	last := ""
	err := scan(ctx, r, "published_alike", scope{Watermark: s.Watermark}, []any{int32(run), string(clues.AlikeNarratives)}, func(b columns, i int) {
		if id := b.view(0, i); len(all) == 0 || id != last {
			all, last = append(all, clues.Likeness{Share: b.float(1, i)}), b.text(0, i)
		}
		g := &all[len(all)-1]
		g.Narratives = append(g.Narratives, clues.Narrative{Contract: b.text(2, i), Author: b.text(3, i), Party: b.text(4, i), WrittenOn: b.day(5, i)})
	})
	return all, err
}

// ScoredFor reads which third parties scored contracts of some suppliers by the day of the snapshot.
func ScoredFor(ctx context.Context, r *store.Reader, s Snapshot, suppliers []string) ([]clues.Scored, error) {
	var all []clues.Scored
	args := []any{s.AsOf, int16(scoring.ThirdParty), suppliers}
	err := scan(ctx, r, "scored_for", scope{Watermark: s.Watermark}, args, func(b columns, i int) {
		all = append(all, clues.Scored{Contract: b.text(0, i), Evaluator: b.text(1, i)})
	})
	return all, err
}

// Signs reads the flags of a calibration, in order; none for calibration 0.
func Signs(ctx context.Context, r *store.Reader, calibration int) (all []integrity.Flag, err error) {
	var damaged error
	err = scan(ctx, r, "signs", scope{}, []any{int32(calibration)}, func(b columns, i int) {
		f := integrity.Flag{Rule: integrity.Rule(b.text(0, i)), Subject: b.text(1, i), Ref: b.text(2, i), Statistic: b.float(4, i), Threshold: b.float(5, i), N: int(b.int32(6, i))}
		if err := json.Unmarshal([]byte(b.view(3, i)), &f.Others); err != nil {
			damaged = fmt.Errorf("others of a flag in calibration %d: %w", calibration, err)
		}
		if p := b.float(7, i); !math.IsNaN(p) {
			f.PValue = &p
		}
		all = append(all, f)
	})
	if err == nil {
		err = damaged
	}
	return all, err
}
