package integrity

import "math"

// PerPoint is the number of units in which answers are kept to a point of the scale.
const PerPoint = 10_000

// Missing stands for an item that was not answered.
const Missing = math.MinInt32

// Sheet is what one respondent answered, in the order of the items.
type Sheet struct {
	Respondent string  // occurs once among the sheets of a call
	Ref        string  // what was answered about, such as a contract; may be empty
	Answers    []int32 // ten-thousandths of a point, or Missing
}

// Answered returns the answers without the missing ones; the same slice when none is missing.
func Answered(answers []int32) []int32 {
	missing := 0
	for _, v := range answers {
		if v == Missing {
			missing++
		}
	}
	if missing == 0 {
		return answers
	}
	kept := make([]int32, 0, len(answers)-missing)
	for _, v := range answers {
		if v != Missing {
			kept = append(kept, v)
		}
	}
	return kept
}

// flagSheets asks every sheet, in the order of the respondents, with its answered items when there are at least minN.
// The flag comes back with its statistic and threshold; who and what it concerns is filled in.
func flagSheets(rule Rule, sheets []Sheet, minN int, look func(s Sheet, answered []int32) (f Flag, unusual bool)) ([]Flag, error) {
	order, err := inOrder("respondent", len(sheets), func(i int) string { return sheets[i].Respondent })
	if err != nil {
		return nil, err
	}
	var flags []Flag
	for _, at := range order {
		s := sheets[at]
		answered := Answered(s.Answers)
		if len(answered) < minN {
			continue
		}
		if f, unusual := look(s, answered); unusual {
			f.Rule, f.Subject, f.Ref, f.N = rule, s.Respondent, s.Ref, len(answered)
			flags = append(flags, f)
		}
	}
	return flags, nil
}
