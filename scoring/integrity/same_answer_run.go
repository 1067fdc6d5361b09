package integrity

// SameAnswerRun looks for one answer given many times in a row (straight-lining; longstring, Johnson 2005).
type SameAnswerRun struct {
	MinN  int     `toml:"min_n"` // answered items; 0 turns the rule off
	Share float64 `toml:"share"` // of the answered items that the longest run takes at least
}

// LongestRun is the length of the longest run of equal answers in the order of the items. A missing answer breaks a
// run; to join what stands on both sides of it, pass Answered(answers). It is 0 when nothing was answered.
func LongestRun(answers []int32) int {
	longest, run := 0, 0
	for i, v := range answers {
		switch {
		case v == Missing:
			run = 0
			continue
		case i > 0 && answers[i-1] == v:
			run++
		default:
			run = 1
		}
		longest = max(longest, run)
	}
	return longest
}

// Flags finds the sheets whose longest run takes at least the share of the answered items. A missing answer breaks the
// run. Statistic and Threshold are shares; N is the number of answered items.
func (r SameAnswerRun) Flags(sheets []Sheet) ([]Flag, error) {
	if err := unsound(r.check); err != nil || r.MinN == 0 {
		return nil, err
	}
	return flagSheets(RuleSameAnswerRun, sheets, r.MinN, func(s Sheet, answered []int32) (Flag, bool) {
		share := float64(LongestRun(s.Answers)) / float64(len(answered))
		return Flag{Statistic: share, Threshold: r.Share}, share >= r.Share
	})
}

func (r SameAnswerRun) check(c *checker) {
	const key = "integrity.same_answer_run"
	if c.enabled(key, r.MinN, 2) { // a run needs two
		c.between(key+".share", r.Share, 0, 1)
	}
}
