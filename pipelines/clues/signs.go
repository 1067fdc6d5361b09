package clues

import (
	"math"
	"slices"

	"pingxin/scoring/integrity"
)

// signs are the rules of scoring/integrity whose flags are clues, too: those about a contract, and those about a
// purchaser or third party who is known by name. What a single recipient answered is none: nobody can be asked, and a
// contented person gives one answer throughout, too. Nothing is computed again here.
var signs = []integrity.Rule{integrity.RuleTopToAll, integrity.RulePartiesApart, integrity.RuleMostlyOneSupplier, integrity.RuleUnusualValue, integrity.RuleLateAnswers,
	integrity.RuleDenseAnswers, integrity.RuleAlikeAnswers}

// takeOver makes clues of the signs that the calibration found. Seen, Line, N and PValue are those of the sign.
func takeOver(f *Facts) (all []Clue) {
	for _, sign := range f.Signs {
		if !slices.Contains(signs, sign.Rule) {
			continue
		}
		c := signed(f, sign)
		c.N, c.Seen, c.Line, c.PValue = sign.N, sign.Statistic, sign.Threshold, math.NaN()
		if sign.PValue != nil {
			c.PValue = *sign.PValue
		}
		all = append(all, c)
	}
	return all
}

// signed says whom a sign concerns. A group of answers that are alike is about the contract on which they were given.
func signed(f *Facts, sign integrity.Flag) Clue {
	rule := Rule(sign.Rule)
	switch {
	case sign.Rule == integrity.RuleAlikeAnswers:
		c := about(f, rule, sign.Ref, sign.Subject)
		for _, who := range append([]string{sign.Subject}, sign.Others...) {
			c.Evidence = append(c.Evidence, Evidence{Kind: AboutRater, ID: who})
		}
		return c
	case !sign.Rule.OfRaters():
		c := about(f, rule, sign.Subject)
		c.Evidence[0].Note = sign.Ref
		return c
	}
	c := Clue{ID: idOf(rule, sign.Subject, sign.Ref), Rule: rule, About: AboutRater, Subject: sign.Subject, Evidence: []Evidence{{Kind: AboutRater, ID: sign.Subject}}}
	if sign.Rule == integrity.RuleMostlyOneSupplier {
		c.Supplier = sign.Ref
		c.Evidence = append(c.Evidence, Evidence{Kind: AboutSupplier, ID: sign.Ref})
	}
	return c
}

// about is a clue about a contract, which the facts of a calibration may know under another purchaser or not at all.
func about(f *Facts, rule Rule, no string, parts ...string) Clue {
	c := Clue{Rule: rule, About: AboutContract, Subject: no, Evidence: []Evidence{{Kind: AboutContract, ID: no}}}
	if known := f.contract(no); known != nil {
		c = onContract(rule, known)
	}
	c.ID = idOf(rule, append([]string{no}, parts...)...)
	return c
}
