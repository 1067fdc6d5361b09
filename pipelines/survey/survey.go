// Package survey asks the recipients of a service what they think of it, by links that work once. It decides what a link
// is and how long it holds, what is asked and what the answers are worth in points, under which pseudonym an answer is
// kept, how many of those asked have answered, and how answers become a batch of scores. Pages and printing are left to
// dashboards, the tables to store, and what a score does in an evaluation to the rules.
//
// # Who can find out who said what
//
// A link's token is made here, handed out once and kept nowhere: the store has its SHA-256. An answer is kept under a
// pseudonym, HMAC(key of the contract, token, nonce), where the key of the contract is derived from a secret file beside
// the database, and the nonce is a random number in the link's row that is overwritten when the link is used. So one sheet
// has one pseudonym on all of its answers, and the signs in answers (scoring/integrity) can compare sheets of a contract;
// nobody is the same in two contracts; and to lead a sheet back to its link takes three things: the token, which only
// its holder has, or whoever kept the list of links by person; the secret file; and the nonce, of which an older backup,
// or blocks of the database file that are not yet overwritten, may hold a copy. A pseudonym is computed and not drawn so
// that somebody who answers again after a backup was restored replaces the earlier answer and is not counted twice.
//
// What somebody with the whole database can still learn: which links were used, hence, with a list of links by person,
// who took part; of a contract with a single answer, or a single one on a day of which a backup was made before and after,
// which link it was; until the answers are collected, from the order of rows in the file, in which order they came. No
// time of day is kept, answers are collected in the order of their pseudonyms, nothing about answering is audited or
// logged, and there are no comments: handwriting of words gives people away. A proxy in front that logs addresses and
// times of requests can undo all this; docs/survey.md says how to set it.
package survey

import (
	"errors"
	"time"

	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// What becomes of somebody who opens a link that cannot be used. The five are told apart only for the page to be kind.
var (
	ErrUnknown = errors.New("no link has this token")
	ErrUsed    = errors.New("the link was used")
	ErrExpired = errors.New("the link has expired")
	ErrVoid    = errors.New("the link was taken back")
	ErrClosed  = errors.New("the survey of this contract is closed")
)

// ErrNoContract says that no contract has the number, or none within what the caller may see.
var ErrNoContract = errors.New("no such contract")

// ErrNoIssue says that the contract has no batch of links of that number.
var ErrNoIssue = errors.New("no such batch of links")

// Desk issues links and takes answers in. It is safe for concurrent use.
type Desk struct {
	store     *store.Store
	key       []byte
	questions []Question
	now       func() time.Time
}

// Open returns the desk of a data directory, whose secret key it makes at the first use. Asked is what the policy wants to
// know of recipients. A nil now is that of the store.
func Open(st *store.Store, p *policy.Policy, now func() time.Time) (*Desk, error) {
	key, err := loadKey(st.Dir())
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = st.Now
	}
	questions, err := questionsOf(p)
	if err != nil {
		return nil, err
	}
	return &Desk{store: st, key: key, questions: questions, now: now}, nil
}

// Questions are what recipients are asked, in the order of the policy; empty where it asks them nothing.
func (d *Desk) Questions() []Question { return d.questions }

// today is the day in the district.
func (d *Desk) today() time.Time { return store.DayOf(d.now()) }
