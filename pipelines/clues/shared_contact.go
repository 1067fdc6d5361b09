package clues

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Contact is one way of reaching an organisation, as the register has it.
type Contact struct {
	Org, Kind, Value string // Kind: phone, email, address, person
	Supplier         bool   // what the organisation is: a supplier, or one that scores
}

// Scored says that a third party scored a contract.
type Scored struct{ Evaluator, Contract string }

// Reach looks for a purchaser or third party who is reached where the supplier is that it scored.
type Reach struct {
	MinN int `toml:"min_n"` // contracts on which the two met; 0 turns the rule off
	Most int `toml:"most"`  // organisations that may share a contact before it counts as that of a building or an exchange
}

// Touching are a scorer and a supplier with a contact in common, and the kinds of what they share.
type Touching struct {
	Scorer, Supplier string
	Kinds            []string
}

// Touching returns who has a contact in common with whom, in the order of scorers and suppliers.
func (r Reach) Touching(contacts []Contact) []Touching {
	at := map[[2]string][]Contact{} // by kind and value
	for _, c := range contacts {
		if value := sameReach(c.Kind, c.Value); value != "" {
			at[[2]string{c.Kind, value}] = append(at[[2]string{c.Kind, value}], c)
		}
	}
	shared := map[[2]string][]string{} // kinds, by scorer and supplier
	for key, members := range at {
		if len(members) > r.Most {
			continue
		}
		for _, scorer := range members {
			for _, supplier := range members {
				pair := [2]string{scorer.Org, supplier.Org}
				if !scorer.Supplier && supplier.Supplier && !slices.Contains(shared[pair], key[0]) {
					shared[pair] = append(shared[pair], key[0])
				}
			}
		}
	}
	var all []Touching
	for _, pair := range slices.SortedFunc(maps.Keys(shared), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
		slices.Sort(shared[pair])
		all = append(all, Touching{pair[0], pair[1], shared[pair]})
	}
	return all
}

// sameReach is a contact without what does not matter to it: the width of its letters, spaces and marks, capitals; empty
// where nothing is left.
func sameReach(kind, value string) string {
	value = strings.ToLower(strings.Map(narrow, value))
	if kind == "phone" {
		return samePhone(value)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || kind == "address" && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			return -1
		}
		return r
	}, value)
}

// The digits of telephone numbers in this country, without zeros in front: a mobile has the most; fewer than the least are
// a public hotline, such as 12345.
const (
	mostDigits  = 11
	leastDigits = 7
)

// samePhone are the digits of a telephone number without zeros in front and the code of this country; empty for a hotline.
func samePhone(value string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, value)
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > mostDigits {
		digits = strings.TrimPrefix(digits, "86")
	}
	if len(digits) < leastDigits {
		return ""
	}
	return digits
}

// narrow is the plain form of a full-width letter, digit or mark.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// Find returns one clue for each scorer and supplier with a contact in common who met on contracts: as purchaser, or
// because the third party scored them. Seen is how many kinds of contact they share; there is no line. N is the number
// of contracts.
func (r Reach) Find(f *Facts) (all []Clue) {
	if r.MinN == 0 {
		return nil
	}
	for _, t := range r.Touching(f.Contacts) {
		met := f.met(t)
		if len(met) < r.MinN {
			continue
		}
		c := resting(SharedContact, AboutRater, t.Scorer, met, t.Supplier)
		c.Supplier, c.Seen = t.Supplier, float64(len(t.Kinds))
		if met[0].Purchaser == t.Scorer {
			c.About, c.Purchaser = AboutPurchaser, t.Scorer
		}
		for _, kind := range t.Kinds {
			c.Evidence = append(c.Evidence, Evidence{Kind: "organisation_contact", ID: t.Scorer, Note: kind}, Evidence{Kind: "organisation_contact", ID: t.Supplier, Note: kind})
		}
		all = append(all, c)
	}
	return all
}

// met are the contracts of a supplier that a scorer bought or scored, in the order of their numbers.
func (f *Facts) met(t Touching) []*Contract {
	scored := map[string]bool{}
	for _, s := range f.Scored {
		if s.Evaluator == t.Scorer || strings.HasPrefix(s.Evaluator, t.Scorer+"-") {
			scored[s.Contract] = true
		}
	}
	return f.chosen(func(c *Contract) bool { return c.Supplier == t.Supplier && (c.Purchaser == t.Scorer || scored[c.No]) })
}

func (r Reach) check(c *checker) {
	const key = "shared_contact"
	if c.enabled(key, r.MinN, 1) {
		c.atLeast(key+".most", r.Most, 2)
	}
}
