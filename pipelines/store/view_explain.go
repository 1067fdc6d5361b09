package store

import (
	"context"

	"pingxin/credit"
	"pingxin/scoring"
)

// Slip is all that explains one evaluation.
type Slip struct {
	Evaluation Evaluation
	Movement   *Movement // since the run before; nil when it did not move
	Parts      []scoring.Part
	Sources    []Source
	Scores     int // of which Sources are the first
}

// Slip explains the evaluation of a contract, with the first scores behind it.
func (v *View) Slip(ctx context.Context, contractNo string, scores int) (slip Slip, err error) {
	if slip.Evaluation, err = v.Evaluation(ctx, contractNo); err != nil {
		return slip, err
	}
	if slip.Movement, err = v.moved(ctx, "contract", contractNo); err != nil {
		return slip, err
	}
	if slip.Parts, err = v.Parts(ctx, &slip.Evaluation); err != nil {
		return slip, err
	}
	slip.Sources, slip.Scores, err = v.Sources(ctx, &slip.Evaluation, SourceFilter{Limit: scores})
	return slip, err
}

// CreditFile is all that explains one rating.
type CreditFile struct {
	Supplier SupplierRow
	Movement *Movement // since the run before; nil when it did not move
	Notes    RatingNotes
	Terms    []credit.Part
}

// CreditFile explains the rating of a supplier.
func (v *View) CreditFile(ctx context.Context, id string) (file CreditFile, err error) {
	if file.Supplier, err = v.Supplier(ctx, id); err != nil {
		return file, err
	}
	if file.Movement, err = v.moved(ctx, "supplier", id); err != nil {
		return file, err
	}
	if file.Notes, err = v.RatingNotes(ctx, id); err != nil {
		return file, err
	}
	file.Terms, err = v.RatingTerms(ctx, id)
	return file, err
}

// moved is what the published run moved for a contract or a supplier; nil for nothing.
func (v *View) moved(ctx context.Context, subject, id string) (*Movement, error) {
	m, moved, err := v.MovementOf(ctx, subject, id)
	if err != nil || !moved {
		return nil, err
	}
	return &m, nil
}
