package calibration

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"pingxin/scoring"
	"pingxin/scoring/integrity"
)

// NamedFlags looks at the scores of purchasers and third parties, who are known by name: a rater who gives the top to
// all, one far from the others of the party, an evaluator mostly with one supplier, a contract on which the two parties
// lie far apart. Scores come in any order; described are the raters of the same scores.
func (p *Policy) NamedFlags(scores []Score, described []Rater, names Names, scale scoring.Scale) ([]integrity.Flag, error) {
	scores = slices.SortedFunc(slices.Values(scores), byContract)
	var flags []integrity.Flag
	for _, look := range []func() ([]integrity.Flag, error){
		func() ([]integrity.Flag, error) {
			return p.Integrity.TopToAll.Flags(sheetsOfRaters(scores, names), scale)
		},
		func() ([]integrity.Flag, error) { return p.unusualRaters(described) },
		func() ([]integrity.Flag, error) {
			return p.Integrity.MostlyOneSupplier.Flags(assignments(scores, names))
		},
		func() ([]integrity.Flag, error) { return p.Integrity.PartiesApart.Flags(differences(scores, names)) },
	} {
		found, err := look()
		if err != nil {
			return nil, err
		}
		flags = append(flags, found...)
	}
	return flags, nil
}

// byContract orders scores by all they hold.
func byContract(a, b Score) int {
	return cmp.Or(cmp.Compare(a.Contract, b.Contract), cmp.Compare(a.Rater, b.Rater), cmp.Compare(a.Indicator, b.Indicator), cmp.Compare(a.Value, b.Value))
}

// sheetsOfRaters are all answers of each rater.
func sheetsOfRaters(scores []Score, names Names) (sheets []integrity.Sheet) {
	answers := map[int32][]int32{}
	for _, s := range scores {
		answers[s.Rater] = append(answers[s.Rater], s.Value)
	}
	for _, rater := range slices.Sorted(maps.Keys(answers)) {
		sheets = append(sheets, integrity.Sheet{Respondent: names.Raters[rater], Answers: answers[rater]})
	}
	return sheets
}

// unusualRaters compares the means of raters within each party.
func (p *Policy) unusualRaters(described []Rater) (flags []integrity.Flag, err error) {
	for _, party := range []scoring.Party{scoring.Purchaser, scoring.ThirdParty} {
		var readings []integrity.Reading
		for _, r := range described {
			if r.Party == party && r.N >= p.MinScores {
				readings = append(readings, integrity.Reading{Subject: r.ID, Ref: party.String(), Value: r.Mean})
			}
		}
		found, err := p.Integrity.UnusualValue.Flags(readings)
		if err != nil {
			return nil, err
		}
		flags = append(flags, found...)
	}
	return flags, nil
}

// assignments are the pairs of an evaluator of the third party and a contract.
func assignments(scores []Score, names Names) (all []integrity.Assignment) {
	seen := map[[2]int32]bool{}
	for _, s := range scores {
		pair := [2]int32{s.Contract, s.Rater}
		if s.Party != scoring.ThirdParty || seen[pair] {
			continue
		}
		seen[pair] = true
		c := names.Contracts[s.Contract]
		all = append(all, integrity.Assignment{Contract: c.No, Evaluator: names.Raters[s.Rater], Supplier: c.Supplier, Peers: c.Peer})
	}
	return all
}

// differences are the means of the purchaser's scores less those of the third party, in points, over the indicators of
// a contract that both scored.
func differences(scores []Score, names Names) (all []integrity.Reading) {
	for from := 0; from < len(scores); {
		to := from
		for to < len(scores) && scores[to].Contract == scores[from].Contract {
			to++
		}
		if d, both := difference(scores[from:to]); both {
			all = append(all, integrity.Reading{Subject: names.Contracts[scores[from].Contract].No, Value: d})
		}
		from = to
	}
	return all
}

func difference(scores []Score) (points float64, both bool) {
	var sum, n [4]map[int16]int64
	for _, party := range scoring.Parties() {
		sum[party], n[party] = map[int16]int64{}, map[int16]int64{}
	}
	for _, s := range scores {
		sum[s.Party][s.Indicator] += int64(s.Value)
		n[s.Party][s.Indicator]++
	}
	var total float64
	common := 0
	for _, i := range slices.Sorted(maps.Keys(n[scoring.Purchaser])) {
		if third := n[scoring.ThirdParty][i]; third > 0 {
			total += float64(sum[scoring.Purchaser][i])/float64(n[scoring.Purchaser][i]) - float64(sum[scoring.ThirdParty][i])/float64(third)
			common++
		}
	}
	if common == 0 {
		return 0, false
	}
	return total / float64(common) / perPoint, true
}

// RecipientFlags looks at what recipients answered on the contracts of one peer group: one answer throughout, answers
// that hardly differ, answers like those of many others, answers that came all at once. Scores come in any order. Items
// of a sheet are the indicators in the order of their names. day is the day of the calibration, since 1970.
func (p *Policy) RecipientFlags(scores []Score, names Names, day int32) ([]integrity.Flag, error) {
	scores = slices.SortedFunc(slices.Values(scores), byContract)
	sheets, raters := sheetsOfAnswers(scores, names)
	came := arrivals(scores, names, day)
	var flags []integrity.Flag
	for _, look := range []func() ([]integrity.Flag, error){
		func() ([]integrity.Flag, error) { return p.Integrity.SameAnswerRun.Flags(sheets) },
		func() ([]integrity.Flag, error) { return p.Integrity.FlatAnswers.Flags(sheets) },
		func() ([]integrity.Flag, error) { return p.Integrity.AlikeAnswers.Flags(sheets) },
		func() ([]integrity.Flag, error) { return p.Integrity.LateAnswers.LateFlags(came) },
		func() ([]integrity.Flag, error) { return p.Integrity.DenseAnswers.DenseFlags(came) },
	} {
		found, err := look()
		if err != nil {
			return nil, err
		}
		flags = append(flags, found...)
	}
	for i := range flags { // a sheet is known by its number until here
		f := &flags[i]
		f.Subject = orSame(raters, f.Subject)
		for o := range f.Others {
			f.Others[o] = orSame(raters, f.Others[o])
		}
	}
	return flags, nil
}

// orSame is the rater of a sheet, or the subject itself where it is none.
func orSame(raters map[string]string, subject string) string {
	if rater, is := raters[subject]; is {
		return rater
	}
	return subject
}

// sheetsOfAnswers makes one sheet for each rater and contract, and says whose it is. Raters may have several sheets, so
// each is known by a number of its own.
func sheetsOfAnswers(scores []Score, names Names) (sheets []integrity.Sheet, raters map[string]string) {
	var items []int16
	for _, s := range scores {
		if at, found := slices.BinarySearch(items, s.Indicator); !found {
			items = slices.Insert(items, at, s.Indicator)
		}
	}
	raters = map[string]string{}
	for from := 0; from < len(scores); {
		first := scores[from]
		answers := slices.Repeat([]int32{integrity.Missing}, len(items))
		for ; from < len(scores) && scores[from].Contract == first.Contract && scores[from].Rater == first.Rater; from++ {
			at, _ := slices.BinarySearch(items, scores[from].Indicator)
			answers[at] = scores[from].Value
		}
		id := "sheet " + strconv.Itoa(len(sheets))
		raters[id] = names.Raters[first.Rater]
		sheets = append(sheets, integrity.Sheet{Respondent: id, Ref: names.Contracts[first.Contract].No, Answers: answers})
	}
	return sheets, raters
}

// arrivals are the days on which recipients answered, one answer a rater, in a window from the beginning of the service
// to its end or the day of the calibration, whichever comes first; answers before and after widen it.
func arrivals(scores []Score, names Names, day int32) (all []integrity.Arrivals) {
	for from := 0; from < len(scores); {
		contract := scores[from].Contract
		last := map[int32]int32{}
		for ; from < len(scores) && scores[from].Contract == contract; from++ {
			last[scores[from].Rater] = max(last[scores[from].Rater], scores[from].Day)
		}
		days := slices.Sorted(maps.Values(last))
		c := names.Contracts[contract]
		first, end := min(c.StartDay, days[0]), max(min(c.EndDay, day), days[len(days)-1])
		a := integrity.Arrivals{Contract: c.No, Days: int(end-first) + 1}
		for _, d := range days {
			a.On = append(a.On, int(d-first))
		}
		all = append(all, a)
	}
	return all
}
