// Package clues finds what a person of the supervision office should look at: contracts split below the tender limit, a
// service paid for in full before it was evaluated, a scorer who shares a telephone with a supplier. It decides what is
// unusual enough to be shown, with what was seen, the line that it passed, how much it rests on and the evidence. It never
// says that anybody did wrong, removes or changes nothing, and leaves the signs in answers to scoring/integrity, whose
// findings it only takes over. Reading facts, keeping rows and showing sentences are left to others, and what a person
// found to a verdict, by which a rule's precision is counted.
//
// Each rule is a table of the policy with its numbers and a method Find in a file of its own. It looks at the whole district,
// so that a night in which one contract changed finds what a full run finds; some.go says when it is enough to look at some contracts.
package clues

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"pingxin/budget/execution"
	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// Rule names a rule. The word is also part of the keys of the sentences that readers see.
type Rule string

// The rules that are this package's own, each in the file that bears its name.
const (
	EvaluationMissing     Rule = "evaluation_missing"
	PaidBeforeEvaluation  Rule = "paid_before_evaluation"
	SplitContracts        Rule = "split_contracts"
	SingleSourceShare     Rule = "single_source_share"
	SupplierConcentration Rule = "supplier_concentration"
	RiseBeforeRenewal     Rule = "rise_before_renewal"
	SharedContact         Rule = "shared_contact"
	BoughtAndStaffed      Rule = "bought_and_staffed"
	ContentYetComplaints  Rule = "content_yet_complaints"
	AlikeNarratives       Rule = "alike_narratives"
)

// Own lists them in the order in which readers see them; those taken over from the signs in answers follow.
var Own = []Rule{SplitContracts, SingleSourceShare, SupplierConcentration, BoughtAndStaffed, PaidBeforeEvaluation, EvaluationMissing, RiseBeforeRenewal,
	SharedContact, ContentYetComplaints, AlikeNarratives}

// Rules lists every rule in the order in which readers see them.
func Rules() []Rule {
	all := slices.Clone(Own)
	for _, sign := range signs {
		all = append(all, Rule(sign))
	}
	return all
}

// What a clue or a piece of its evidence can be about.
const (
	AboutContract  = "contract"
	AboutPurchaser = "purchaser"
	AboutSupplier  = "supplier"
	AboutRater     = "rater" // who scored, by the id in the files of scores
)

// Clue is one thing to look at.
type Clue struct {
	ID        string // the same in every run that finds the same thing, whatever its figures
	Rule      Rule
	About     string // AboutContract, AboutPurchaser, AboutSupplier or AboutRater
	Subject   string // id of what it is about
	Purchaser string // ids of whom it concerns besides; empty where they are none or several
	Supplier  string
	Item      string
	Year      int // budget year; 0 where it is about several
	N         int // contracts, scores or answers that it rests on
	// Seen and Line are what was seen and the line that it reached or passed, in the unit that the rule's Find names; NaN
	// where the rule compares with no number.
	Seen, Line float64
	PValue     float64 // of a rule that makes a test, as integrity.Flag has it; NaN elsewhere
	AmountFen  int64   // of the contracts in the evidence; 0 where it is about no contract
	Evidence   []Evidence
}

// Evidence is one thing that a clue rests on.
type Evidence struct {
	Kind string    `json:"kind"`           // AboutContract ..., or the kind of file that has it: payment, complaint, staffed_function, organisation_contact, narrative
	ID   string    `json:"id"`             // of the row in a file of that kind
	Note string    `json:"note,omitempty"` // which of several: a stage of payment, a kind of contact, an author, the Ref of a sign
	On   time.Time `json:"on,omitzero"`    // day of it, where it has one
	Fen  int64     `json:"fen,omitempty"`  // money in it
}

// Facts are what the rules look at: all that the accepted batches say up to the day of a run, and what the run itself
// found. Lists are in the order of their ids.
type Facts struct {
	AsOf       time.Time
	Contracts  []*Contract
	Signs      []integrity.Flag // of the calibration that the run judges by
	Contacts   []Contact
	Scored     []Scored             // by whom, as far as Touching asks
	Functions  []execution.Function // that departments keep staff for
	Complaints []Complaint
	Answers    map[string]Answers // of recipients, by contract, as far as Complained asks
	Alike      []Likeness         // narratives, as Alike.Groups puts them together; in any order
	Execution  *execution.Policy  // by which purchases and payments are judged elsewhere, too

	outlines outlines // filled in by ready
}

// Contract is what the rules know of one contract: what was agreed and paid, and its evaluation. EvaluatedOn is the day of
// the latest score, zero without any.
type Contract struct {
	execution.Contract
	Supplier         string
	Status           scoring.Status
	Value, Low, High float64 // NaN without an evaluation
	Grade            string
	Scores           int64
}

// contract returns the contract of a number; nil when there is none.
func (f *Facts) contract(no string) *Contract {
	at := sort.Search(len(f.Contracts), func(i int) bool { return f.Contracts[i].No >= no })
	if at == len(f.Contracts) || f.Contracts[at].No != no {
		return nil
	}
	return f.Contracts[at]
}

// ready makes the outlines of all contracts and says which are evaluated, before the rules look at them side by side: a
// provisional evaluation settles nothing yet.
func (f *Facts) ready() {
	for _, c := range f.Contracts {
		c.Evaluated = c.Status == scoring.Rated
	}
	f.outlines = outlined(f.Contracts)
}

// bought are contracts as package execution takes them.
func bought(contracts []*Contract) iter.Seq[*execution.Contract] {
	return func(yield func(*execution.Contract) bool) {
		for _, c := range contracts {
			if !yield(&c.Contract) {
				return
			}
		}
	}
}

// numbered are the contracts with these numbers, all of which there are.
func (f *Facts) numbered(numbers []string) []*Contract {
	all := make([]*Contract, len(numbers))
	for i, no := range numbers {
		all[i] = f.contract(no)
	}
	return all
}

// Find asks every rule and returns the clues in the order of rules and, within one, of ids.
func (p *Policy) Find(f *Facts) []Clue {
	return ask(f, append(p.ofSome(), p.SplitContracts.Find, p.SingleSourceShare.Find, p.SupplierConcentration.Find, p.RiseBeforeRenewal.Find, p.BoughtAndStaffed.Find,
		p.AlikeNarratives.Find, takeOver))
}

// ask asks rules, side by side.
func ask(f *Facts, rules []func(*Facts) []Clue) []Clue {
	f.ready()
	found := make([][]Clue, len(rules))
	var group sync.WaitGroup
	for i, find := range rules {
		group.Go(func() { found[i] = find(f) })
	}
	group.Wait()
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Clue) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID)) })
	return all
}

// idOf is the id of a clue: of its rule and of what makes it this one and no other.
func idOf(rule Rule, parts ...string) string {
	const digits = 16 // 64 bits: two of a million clues have one id once in tens of millions of districts
	sum := sha256.Sum256([]byte(string(rule) + "\n" + strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])[:digits]
}

// onContract is a clue about one contract, with the contract as its first evidence.
func onContract(rule Rule, c *Contract, more ...Evidence) Clue {
	return Clue{ID: idOf(rule, c.No), Rule: rule, About: AboutContract, Subject: c.No, Purchaser: c.Purchaser, Supplier: c.Supplier, Item: c.Item, Year: c.Year,
		N: 1, Seen: math.NaN(), Line: math.NaN(), PValue: math.NaN(), AmountFen: c.AmountFen, Evidence: append([]Evidence{c.evidence()}, more...)}
}

// onPurchaser is a clue about a purchaser that rests on some of its contracts; parts tell it from others of the rule.
func onPurchaser(rule Rule, purchaser string, contracts []*Contract, parts ...string) Clue {
	c := resting(rule, AboutPurchaser, purchaser, contracts, parts...)
	c.Purchaser = purchaser
	return c
}

// resting is a clue that rests on some contracts, about an organisation.
func resting(rule Rule, about, subject string, contracts []*Contract, parts ...string) Clue {
	c := Clue{ID: idOf(rule, append([]string{subject}, parts...)...), Rule: rule, About: about, Subject: subject,
		N: len(contracts), Seen: math.NaN(), Line: math.NaN(), PValue: math.NaN()}
	for _, one := range contracts {
		c.AmountFen += one.AmountFen
		c.Evidence = append(c.Evidence, one.evidence())
	}
	return c
}

func (c *Contract) evidence() Evidence {
	return Evidence{Kind: AboutContract, ID: c.No, On: c.SignedOn, Fen: c.AmountFen}
}

// of are the contracts of a group.
func (f *Facts) of(g group) []*Contract {
	all := make([]*Contract, len(g))
	for i, place := range g {
		all[i] = f.Contracts[place]
	}
	return all
}

// chosen returns the contracts that a rule looks at, in the order of their numbers.
func (f *Facts) chosen(look func(*Contract) bool) []*Contract {
	var all []*Contract
	for _, c := range f.Contracts {
		if look(c) {
			all = append(all, c)
		}
	}
	return all
}

// within says whether a budget year is among the last so many, that of the day included.
func (f *Facts) within(year, years int) bool {
	return year > f.AsOf.Year()-years && year <= f.AsOf.Year()
}

// aboveFence returns the line above which one of some values is unusual: the upper fence of Tukey, k interquartile ranges
// beyond the upper quartile. Where the quartiles coincide the fence has no width, and the line is the quartile itself;
// what lies above it then has to be far enough by the rule's other numbers. It is +Inf where all values are equal and
// where there are fewer than least, so that nothing lies above it.
func aboveFence(values []float64, k float64, least int) float64 {
	if len(values) < least {
		return math.Inf(1)
	}
	sorted := slices.Sorted(slices.Values(values))
	if sorted[0] == sorted[len(sorted)-1] {
		return math.Inf(1)
	}
	if _, high := integrity.Fences(sorted, k); !math.IsNaN(high) {
		return high
	}
	return scoring.Quantile(sorted, 0.75)
}
