package survey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pingxin/pipelines/store"
)

// Sheet is what the holder of a link is asked to fill in.
type Sheet struct {
	Contract  string // name
	Supplier  string
	Purchaser string
	ExpiresOn time.Time // last day on which it can be handed in
	Questions []Question
}

// UnansweredError says that some questions have no answer yet, not even that one does not know.
type UnansweredError struct{ Indicators []string }

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%d questions have no answer", len(e.Indicators))
}

// Look is what somebody sees who opens a link, or one of the errors that say why it cannot be used. text is the token as it
// stands in the address or was typed.
func (d *Desk) Look(ctx context.Context, text string) (sheet Sheet, err error) {
	token, ok := plainToken(text)
	if !ok {
		return sheet, ErrUnknown
	}
	err = d.store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		link, err := d.open(ctx, r, token)
		sheet = Sheet{link.Contract, link.Supplier, link.Purchaser, link.ExpiresOn, d.questions}
		return err
	})
	return sheet, err
}

// open reads a link that can be used.
func (d *Desk) open(ctx context.Context, r *store.Reader, token string) (store.SurveyLink, error) {
	link, found, err := r.SurveyLink(ctx, hashOf(token))
	if err == nil {
		err = refusal(link, found, d.today())
	}
	return link, err
}

// refusal is why a link cannot be used on a day; nil when it can. That it was used comes before everything that happened
// since: whoever answered is thanked.
func refusal(link store.SurveyLink, found bool, today time.Time) error {
	switch {
	case !found:
		return ErrUnknown
	case link.State == store.LinkUsed:
		return ErrUsed
	case link.State == store.LinkVoid:
		return ErrVoid
	case link.State == store.LinkClosed || link.Closed:
		return ErrClosed
	case today.After(link.ExpiresOn):
		return ErrExpired
	}
	return nil
}

// Answer takes the answers of one link in: the code of a step for each indicator that was asked about. It returns after
// they are on the disk and were read back. It returns *UnansweredError when some are missing, and ErrUsed for every call
// but the first.
func (d *Desk) Answer(ctx context.Context, text string, chosen map[string]string) error {
	token, ok := plainToken(text)
	if !ok {
		return ErrUnknown
	}
	err := d.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		link, err := d.open(ctx, &w.Reader, token)
		if err != nil {
			return err
		}
		answers, err := d.answers(link, token, chosen)
		if err != nil {
			return err
		}
		used, err := w.UseSurveyLink(ctx, hashOf(token), answers)
		if err == nil && !used {
			err = ErrUsed
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.readBack(context.WithoutCancel(ctx), token)
}

// answers are the rows of one sheet; whoever chose no score on any question has none.
func (d *Desk) answers(link store.SurveyLink, token string, chosen map[string]string) ([]store.SurveyAnswer, error) {
	var rows []store.SurveyAnswer
	var missing []string
	for _, q := range d.questions {
		step, known := stepOf(chosen[q.Indicator])
		switch {
		case !known:
			missing = append(missing, q.Indicator)
		case step.Counts:
			rows = append(rows, store.SurveyAnswer{ContractNo: link.ContractNo, EvaluatorID: pseudonym(d.key, link.ContractNo, token, link.Nonce),
				Indicator: q.Indicator, ScoreE4: int32(step.Points) * pointE4, AnsweredOn: d.today()})
		}
	}
	if len(missing) > 0 {
		return nil, &UnansweredError{missing}
	}
	return rows, nil
}

// pointE4 is one point in ten-thousandths.
const pointE4 = 10_000

// readBack makes sure, on another connection than the one that wrote, that an answer was kept: the database may answer a
// commit with success and keep nothing.
func (d *Desk) readBack(ctx context.Context, token string) error {
	return d.store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		link, _, err := r.SurveyLink(ctx, hashOf(token))
		if err == nil && link.State != store.LinkUsed {
			err = errors.New("an answer cannot be read back after its commit")
		}
		return err
	})
}
