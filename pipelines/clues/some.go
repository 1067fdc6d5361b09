package clues

import (
	"slices"
	"time"
)

// What a night has to look at. Most rules compare what was agreed in all contracts of a district, or take over what was
// found elsewhere: while no contract is described anew, and none of the other facts that they look at changes, they find what they
// found. The others look at contracts one by one, or at those that other facts name, and find of some contracts what they
// find of them among all.

// EachContract are the rules that look at contracts one by one: a clue is about the contract that it follows from.
var EachContract = []Rule{PaidBeforeEvaluation, EvaluationMissing}

// NamedContracts are the rules that look at contracts, or all contracts of suppliers, that other facts name: see Complained and Touching.
var NamedContracts = []Rule{SharedContact, ContentYetComplaints}

// FindOfSome asks the rules of EachContract and NamedContracts, of facts that know some contracts only. All other clues stay as
// they were found for another day when these facts do not change between the two days: contracts but for what was paid, functions, narratives,
// signs, which years are looked at, and renewals, of which SameRenewals says it.
func (p *Policy) FindOfSome(f *Facts) []Clue { return ask(f, p.ofSome()) }

func (p *Policy) ofSome() []func(*Facts) []Clue {
	return []func(*Facts) []Clue{p.EvaluationMissing.Find, p.PaidBeforeEvaluation.Find, p.SharedContact.Find, p.ContentYetComplaints.Find}
}

// SameRenewals says whether the rule of renewals finds the same when evaluations are those of then as when they are those
// of now. Both know the same contracts: all that the suppliers of those with another evaluation hold, and any others.
func (p *Policy) SameRenewals(then, now *Facts) bool {
	if p.RiseBeforeRenewal.MinN == 0 {
		return true
	}
	then.ready()
	now.ready()
	return slices.EqualFunc(p.RiseBeforeRenewal.renewals(then), p.RiseBeforeRenewal.renewals(now), renewal.same)
}

// same says whether everything is as it was that the rule looks at.
func (r renewal) same(other renewal) bool {
	as := func(a, b *Contract) bool {
		return a.No == b.No && a.Value == b.Value && a.Low == b.Low && a.High == b.High && a.Grade == b.Grade
	}
	return as(r.earlier, other.earlier) && as(r.rated, other.rated) && r.renewed.No == other.renewed.No
}

// Days are those from First on and before End.
type Days struct{ First, End time.Time }

// passed are the days that lie more than so many days back on the day to, and did not on the day from.
func passed(days int, from, to time.Time) Days {
	return Days{from.AddDate(0, 0, -days), to.AddDate(0, 0, -days)}
}

// Ended are the days on which contracts ended that are expected to be evaluated on the day to, and were not on the day from.
func (r Missing) Ended(from, to time.Time) Days { return passed(r.Days, from, to) }

// Paid are the days on which payments were made that are too early on the day to while there is no evaluation, and were not on the day from.
func (r Prepaid) Paid(from, to time.Time) Days { return passed(r.Days, from, to) }
