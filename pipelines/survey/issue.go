package survey

import (
	"context"
	"fmt"
	"slices"

	"pingxin/pipelines/store"
)

// Limits and defaults of a batch of links.
const (
	// DefaultDays is how long links hold: two weeks to hand them out and two to answer. What lies about longer is answered
	// from memory, or by whoever finds it.
	DefaultDays = 30
	// MaxDays is half a year: a service that is judged later has changed meanwhile.
	MaxDays = 180
	// DefaultLinks is how many links a contract gets where nobody says otherwise: when half of them are used, the 100
	// answers are in that the default policy asks for full weight.
	DefaultLinks = 200
	// MaxLinks is how many links can be made in one go: more sheets than this no office prints at once, and the page that
	// shows them stays below 20 MB.
	MaxLinks = 5000
	// maxLabel is the most characters of a label.
	maxLabel = 80
)

// Channels are the ways in which links reach people.
var Channels = []string{"paper", "sms", "other"}

// Audit actions of the survey. Nothing is audited of somebody who answers.
const (
	LinksIssued   = "survey_links_issued"
	LinksTaken    = "survey_links_taken_back"
	SurveyClosed  = "survey_closed"
	ReminderNoted = "survey_reminder"
)

// Request asks for one batch of links.
type Request struct {
	ContractNo string
	Label      string // of the sampling frame; empty: all recipients of the contract
	Channel    string // one of Channels
	Links      int    // 0: DefaultLinks, or everybody in a smaller frame
	Frame      int    // people in the sampling frame; 0: the recipients that the contract names
	Days       int    // that the links hold, today included; 0: DefaultDays
}

// Issued is a new batch of links with its tokens, which are nowhere else.
type Issued struct {
	store.SurveyIssue
	Contract store.SurveyContract
	Tokens   []string
}

// InvalidError says that a field of a request cannot be taken.
type InvalidError struct {
	Field     string // links, frame, days, channel, label or contracts
	Found     string
	Low, High int // what it may be, where it is a number or a length
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: found %s, expected %d to %d", e.Field, e.Found, e.Low, e.High)
}

// complete fills in what a request leaves open and refuses what cannot be.
func (q Request) complete(recipients int) (Request, error) {
	if q.Frame == 0 {
		q.Frame = recipients
	}
	if q.Days == 0 {
		q.Days = DefaultDays
	}
	most := MaxLinks
	if q.Frame > 0 {
		most = min(most, q.Frame)
	}
	if q.Links == 0 {
		q.Links = min(DefaultLinks, most)
	}
	for _, n := range []struct {
		field            string
		found, low, high int
	}{{"links", q.Links, 1, most}, {"frame", q.Frame, 0, maxFrame}, {"days", q.Days, 1, MaxDays}, {"label", len([]rune(q.Label)), 0, maxLabel}} {
		if n.found < n.low || n.found > n.high {
			return q, &InvalidError{n.field, fmt.Sprint(n.found), n.low, n.high}
		}
	}
	if !slices.Contains(Channels, q.Channel) {
		return q, &InvalidError{Field: "channel", Found: fmt.Sprintf("%q", q.Channel), Low: 1, High: len(Channels)}
	}
	return q, nil
}

// maxFrame is more people than any district has.
const maxFrame = 10_000_000

// Issue makes a batch of links for each request, all or none. by is the name of who asks. It returns ErrNoContract for a
// contract that is not within the scope, ErrClosed for one that is closed, and *InvalidError.
func (d *Desk) Issue(ctx context.Context, scope store.Scope, by string, requests []Request) ([]Issued, error) {
	if len(requests) == 0 {
		return nil, &InvalidError{"contracts", "0", 1, MaxLinks}
	}
	var all []Issued
	err := d.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		all = nil
		total := 0
		for _, q := range requests {
			issued, err := d.issue(ctx, w, scope, by, q)
			if err != nil {
				return fmt.Errorf("links for contract %s: %w", q.ContractNo, err)
			}
			if total += issued.Links; total > MaxLinks {
				return &InvalidError{"links", fmt.Sprint(total), 1, MaxLinks}
			}
			all = append(all, issued)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// issue makes one batch.
func (d *Desk) issue(ctx context.Context, w *store.Writer, scope store.Scope, by string, q Request) (Issued, error) {
	c, found, err := w.SurveyContract(ctx, scope, q.ContractNo)
	if err != nil {
		return Issued{}, err
	}
	if !found {
		return Issued{}, ErrNoContract
	}
	if c.Closed {
		return Issued{}, ErrClosed
	}
	if q, err = q.complete(c.Recipients); err != nil {
		return Issued{}, err
	}
	today := d.today()
	issued := Issued{Contract: c, SurveyIssue: store.SurveyIssue{ContractNo: c.No, Label: q.Label, Channel: q.Channel, Frame: q.Frame, Links: q.Links,
		IssuedOn: today, ExpiresOn: today.AddDate(0, 0, q.Days-1), IssuedBy: by, Open: q.Links}}
	secrets := make([]store.LinkSecret, q.Links)
	for i := range secrets {
		token := newToken()
		issued.Tokens = append(issued.Tokens, token)
		secrets[i] = store.LinkSecret{TokenHash: hashOf(token), Nonce: newNonce()}
	}
	if issued.ID, err = w.AddSurveyIssue(ctx, issued.SurveyIssue, secrets); err != nil {
		return Issued{}, err
	}
	return issued, w.Audit(ctx, store.AuditEntry{Action: LinksIssued, Subject: "contract:" + c.No, Detail: fmt.Sprintf("batch %d, %d links", issued.ID, issued.Links)})
}

// Replace takes the unused links of a batch back and makes as many new ones for the same frame, both or neither: for
// sheets that were lost.
func (d *Desk) Replace(ctx context.Context, scope store.Scope, by, contractNo string, issue int) (Issued, error) {
	var issued Issued
	err := d.change(ctx, scope, contractNo, func(ctx context.Context, w *store.Writer, c store.SurveyContract) error {
		at := slices.IndexFunc(c.Issues, func(i store.SurveyIssue) bool { return i.ID == issue })
		if at < 0 {
			return ErrNoIssue
		}
		n, err := takeBack(ctx, w, contractNo, issue)
		if err != nil {
			return err
		}
		if n == 0 {
			return &InvalidError{"links", "0", 1, MaxLinks}
		}
		old := c.Issues[at]
		issued, err = d.issue(ctx, w, scope, by, Request{ContractNo: contractNo, Label: old.Label, Channel: old.Channel, Links: n, Frame: old.Frame})
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

// TakeBack makes the unused links of a batch worthless and returns their number.
func (d *Desk) TakeBack(ctx context.Context, scope store.Scope, contractNo string, issue int) (n int, err error) {
	err = d.change(ctx, scope, contractNo, func(ctx context.Context, w *store.Writer, c store.SurveyContract) error {
		if !slices.ContainsFunc(c.Issues, func(i store.SurveyIssue) bool { return i.ID == issue }) {
			return ErrNoIssue
		}
		n, err = takeBack(ctx, w, contractNo, issue)
		return err
	})
	return n, err
}

func takeBack(ctx context.Context, w *store.Writer, contractNo string, issue int) (int, error) {
	n, err := w.EndSurveyLinks(ctx, contractNo, issue, store.LinkVoid)
	if err != nil {
		return 0, err
	}
	return n, w.Audit(ctx, store.AuditEntry{Action: LinksTaken, Subject: "contract:" + contractNo, Detail: fmt.Sprintf("batch %d, %d links", issue, n)})
}

// Close ends every unused link of a contract and returns their number. New ones can be made later.
func (d *Desk) Close(ctx context.Context, scope store.Scope, contractNo string) (n int, err error) {
	err = d.change(ctx, scope, contractNo, func(ctx context.Context, w *store.Writer, _ store.SurveyContract) error {
		if n, err = w.EndSurveyLinks(ctx, contractNo, 0, store.LinkClosed); err != nil {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: SurveyClosed, Subject: "contract:" + contractNo, Detail: fmt.Sprintf("%d links", n)})
	})
	return n, err
}

// Remind counts a reminder to the holders of a batch of links.
func (d *Desk) Remind(ctx context.Context, scope store.Scope, contractNo string, issue int) error {
	return d.change(ctx, scope, contractNo, func(ctx context.Context, w *store.Writer, _ store.SurveyContract) error {
		found, err := w.RemindSurvey(ctx, contractNo, issue)
		if err == nil && !found {
			err = ErrNoIssue
		}
		if err != nil {
			return err
		}
		return w.Audit(ctx, store.AuditEntry{Action: ReminderNoted, Subject: "contract:" + contractNo, Detail: fmt.Sprintf("batch %d", issue)})
	})
}

// change runs f on a contract within the scope, in one transaction.
func (d *Desk) change(ctx context.Context, scope store.Scope, contractNo string, f func(context.Context, *store.Writer, store.SurveyContract) error) error {
	err := d.store.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		c, found, err := w.SurveyContract(ctx, scope, contractNo)
		if err == nil && !found {
			err = ErrNoContract
		}
		if err != nil {
			return err
		}
		return f(ctx, w, c)
	})
	if err != nil {
		return fmt.Errorf("survey of contract %s: %w", contractNo, err)
	}
	return nil
}
