package survey

import (
	"context"
	"math"
	"time"

	"pingxin/pipelines/store"
)

// Response says how many of those who could have answered did.
type Response struct {
	Asked    int // links that were given out and not taken back
	Answered int
	Waiting  int // of Asked, can still be used
	Expired  int // of Asked, ran out unused
	Frame    int // people in the sampling frames; 0: not known
}

// Rate is the share of the sampling frame that answered; NaN where the frame is not known.
func (r Response) Rate() float64 { return share(r.Answered, r.Frame) }

// Return is the share of the links given out that were used; NaN without any.
func (r Response) Return() float64 { return share(r.Answered, r.Asked) }

func share(part, whole int) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// ResponseTo adds batches of links up, as of a day. Batches of one label draw on the same people, whose number is that of
// the latest; frames of different labels are taken to hold different people. When one frame is not known, their sum is
// not.
func ResponseTo(issues []store.SurveyIssue, today time.Time) Response {
	var r Response
	frames := map[string]int{}
	for _, i := range issues {
		r.Asked += i.Links - i.Void
		r.Answered += i.Used
		if today.After(i.ExpiresOn) {
			r.Expired += i.Open
		} else {
			r.Waiting += i.Open
		}
		frames[i.Label] = i.Frame
	}
	for _, n := range frames {
		if n == 0 {
			r.Frame = 0
			return r
		}
		r.Frame += n
	}
	return r
}

// Standing is how far the survey of one contract has come.
type Standing struct {
	store.SurveyContract
	Response
	Batches []Response // of each of its Issues
}

// standing reckons what a contract's batches of links add up to.
func (d *Desk) standing(c store.SurveyContract) Standing {
	s := Standing{SurveyContract: c, Response: ResponseTo(c.Issues, d.today())}
	for _, i := range c.Issues {
		s.Batches = append(s.Batches, ResponseTo([]store.SurveyIssue{i}, d.today()))
	}
	return s
}

// Contract is how far the survey of one contract within the scope has come, or ErrNoContract.
func (d *Desk) Contract(ctx context.Context, scope store.Scope, no string) (s Standing, err error) {
	err = d.store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		c, found, err := r.SurveyContract(ctx, scope, no)
		if err == nil && !found {
			err = ErrNoContract
		}
		s = d.standing(c)
		return err
	})
	return s, err
}

// Purchasers are those of whose contracts within the scope the recipients can be asked, with the numbers of their contracts.
func (d *Desk) Purchasers(ctx context.Context, scope store.Scope) (all []store.Choice, err error) {
	err = d.store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		all, err = r.SurveyPurchasers(ctx, scope)
		return err
	})
	return all, err
}

// Contracts lists how far the surveys have come that a query chooses, and the number of all that it chooses.
func (d *Desk) Contracts(ctx context.Context, q store.SurveyQuery) (all []Standing, total int, err error) {
	err = d.store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		var contracts []store.SurveyContract
		if contracts, total, err = r.SurveyContracts(ctx, q); err != nil {
			return err
		}
		for _, c := range contracts {
			all = append(all, d.standing(c))
		}
		return nil
	})
	return all, total, err
}
