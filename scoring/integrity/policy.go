package integrity

// Policy is the [integrity] table of a policy file: every number by which answers are flagged. A rule whose min_n is 0
// or left out is off.
type Policy struct {
	SameAnswerRun     SameAnswerRun     `toml:"same_answer_run"`
	FlatAnswers       FlatAnswers       `toml:"flat_answers"`
	TopToAll          TopToAll          `toml:"top_to_all"`
	UnusualValue      UnusualValue      `toml:"unusual_value"`
	AlikeAnswers      AlikeAnswers      `toml:"alike_answers"`
	LateAnswers       Burst             `toml:"late_answers"`
	DenseAnswers      Burst             `toml:"dense_answers"`
	MostlyOneSupplier MostlyOneSupplier `toml:"mostly_one_supplier"`
	PartiesApart      PartiesApart      `toml:"parties_apart"`
}

// Default returns the numbers of the shipped policy; "(ours)" marks a choice of this project.
func Default() Policy {
	return Policy{
		SameAnswerRun: SameAnswerRun{
			MinN:  8,   // with fewer items an honest form is often of one answer (ours)
			Share: 0.9, // Curran (2016) takes half of a scale with turned items; these have none, and contented people agree with all (ours)
		},
		FlatAnswers: FlatAnswers{
			MinN: 10, // the number from which variability speaks (ours, as for top_to_all)
			Most: 1,  // a hundredth of the scale: answers all but equal (ours)
		},
		TopToAll: TopToAll{
			MinN:  10, // variability 0 over ten or more (ours)
			Share: 1,  // every answer: one below the top shows that the rater distinguishes (ours)
		},
		UnusualValue: UnusualValue{
			MinN:   10,  // the median absolute deviation of fewer is a matter of luck (ours)
			Cutoff: 3.5, // Iglewicz and Hoaglin (1993)
			Apart:  5,   // points: what one rater is taken to be off by (ours, as the rater_error of the evaluation)
		},
		AlikeAnswers: AlikeAnswers{
			MinN:        30,   // respondents, to know how common an answer is (ours)
			MinAnswered: 8,    // fewer answers agree too easily (ours)
			MinDistinct: 3,    // different answers in a sheet: those of one or two are common, and other rules look at them (ours)
			MinGroup:    3,    // two who answer together are no sign (ours)
			Share:       0.9,  // 11 of 12 items: a copy with one change (ours)
			Bands:       128,  // all bands, hence certain detection, up to 12 items with two changes; the cost grows with it (ours)
			Margin:      10,   // simulated honest surveys then show next to none, unless items correlate above 0.9 on five faces (ours)
			Alpha:       0.01, // one district in a hundred shows a group by chance (ours)
		},
		LateAnswers:  defaultBurst(),
		DenseAnswers: defaultBurst(),
		MostlyOneSupplier: MostlyOneSupplier{
			MinN:       5,    // the least sample of all clues (ours)
			Share:      0.5,  // more than half of an evaluator's work (ours)
			Alpha:      0.01, // (ours)
			Adjustment: AdjustBenjamini,
		},
		PartiesApart: PartiesApart{
			MinN:  20, // quartiles of fewer are too loose a measure (ours)
			Fence: 3,  // Tukey's outer fence: two in a million of a normal distribution; 1.5 would flag seven in a thousand
			Apart: 10, // points: half a grade band (ours)
		},
	}
}

// defaultBurst is the default of both rules on bursts.
func defaultBurst() Burst {
	return Burst{
		MinN:       20,   // a few answers in a row are one visit (ours)
		MinDays:    12,   // four bursts long: of a short window three days are much (ours)
		Days:       3,    // a push at the end (ours)
		Share:      0.5,  // half of all answers (ours)
		Alpha:      0.01, // one in a hundred of the flags, or of the nights without any cause, is by chance (ours)
		Adjustment: AdjustBenjamini,
	}
}

// Uses says whether the policy looks by a rule.
func (p *Policy) Uses(rule Rule) bool {
	return map[Rule]int{RuleSameAnswerRun: p.SameAnswerRun.MinN, RuleFlatAnswers: p.FlatAnswers.MinN, RuleTopToAll: p.TopToAll.MinN, RuleUnusualValue: p.UnusualValue.MinN,
		RuleAlikeAnswers: p.AlikeAnswers.MinN, RuleLateAnswers: p.LateAnswers.MinN, RuleDenseAnswers: p.DenseAnswers.MinN, RuleMostlyOneSupplier: p.MostlyOneSupplier.MinN,
		RulePartiesApart: p.PartiesApart.MinN}[rule] > 0
}

// Check returns everything that is wrong with the policy, each with the key, what was found and what was expected; nil
// means that it is sound.
func (p *Policy) Check() []error {
	c := &checker{}
	p.SameAnswerRun.check(c)
	p.FlatAnswers.check(c)
	p.TopToAll.check(c)
	p.UnusualValue.check(c)
	p.AlikeAnswers.check(c)
	p.LateAnswers.check(c, "integrity.late_answers")
	p.DenseAnswers.check(c, "integrity.dense_answers")
	p.MostlyOneSupplier.check(c)
	p.PartiesApart.check(c)
	return c.faults
}
