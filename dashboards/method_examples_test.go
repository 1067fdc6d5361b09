package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pingxin/budget"
	"pingxin/budget/catalogue"
	"pingxin/budget/execution"
	"pingxin/budget/market"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/credit/challenger"
	"pingxin/credit/checkcode"
	"pingxin/credit/validation"
	"pingxin/dashboards/locale"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
	"pingxin/scoring/integrity"
	"pingxin/scoring/raters"
	"pingxin/scoring/recheck"
	"pingxin/scoring/tracking"
	"pingxin/scoring/weights"
	"pingxin/scoring/workdays"
)

// The examples of the pages about methods, computed: by the function of the rules where there is one, else here from the
// definition. Each returns the figures that the page prints.

var (
	tag       = regexp.MustCompile(`<[^>]*>`)
	thousands = regexp.MustCompile(`,(\d{3})`)
)

func TestMethodExamples(t *testing.T) {
	for _, m := range methods {
		figures, there := examples[m.ID]
		if !there {
			t.Errorf("the example of %s is not computed", m.ID)
			continue
		}
		want := figures()
		for _, lang := range locale.Languages {
			text, err := book(t, lang).methodText(m.ID, lang+" example")
			if err != nil {
				t.Fatal(err)
			}
			plain := thousands.ReplaceAllString(tag.ReplaceAllString(string(text), ""), "$1")
			for _, figure := range want {
				if !regexp.MustCompile(`(?:^|[^0-9.])` + regexp.QuoteMeta(thousands.ReplaceAllString(figure, "$1")) + `(?:$|[^0-9])`).MatchString(plain) {
					t.Errorf("%s in %s: computed %s, which the example does not say: %s", m.ID, lang, figure, plain)
				}
			}
		}
	}
	if len(examples) != len(methods) {
		t.Errorf("%d examples for %d methods", len(examples), len(methods))
	}
}

var (
	tenScores = []float64{20, 78, 80, 82, 84, 85, 86, 88, 90, 100}
	asOf      = time.Date(2024, 6, 30, 0, 0, 0, 0, time.UTC)
)

// daysAgo is a day before asOf.
func daysAgo(days int) time.Time { return asOf.AddDate(0, 0, -days) }

// oneLeaf is a policy with one indicator that the parties score with these weights, and otherwise the default numbers.
func oneLeaf(parties map[string]float64) scoring.Policy {
	return scoring.Policy{Scale: scoring.Scale{High: 100}, Decimals: 2, Confidence: 0.9, Combine: "arithmetic",
		Indicators: []scoring.Indicator{{ID: "d", Weight: 100}, {ID: "l", Parent: "d", Weight: 100, Kind: scoring.KindScore, Parties: parties}},
		RaterError: scoring.RaterError{SD: 5, DF: 4}, Missing: scoring.Missing{One: "cap", Two: "hold", Cap: "good"},
		Bands: []scoring.Band{{ID: "excellent", From: 90}, {ID: "good", From: 80}, {ID: "fair", From: 60}, {ID: "poor"}},
		Caps:  []scoring.CapRule{{ID: "incident", Cause: "safety_incident", Grade: "fair", While: "open"}}}
}

func judge(p scoring.Policy, ev scoring.Evidence) scoring.Evaluation { return judgeBy(p, nil, ev) }

func judgeBy(p scoring.Policy, c *scoring.Calibration, ev scoring.Evidence) scoring.Evaluation {
	j, err := scoring.Compile(p, c)
	if err != nil {
		panic(err)
	}
	return j.Evaluate(ev, asOf)
}

// cellOf is what a party gave, in points.
func cellOf(party scoring.Party, points ...float64) scoring.Cell {
	c := scoring.Cell{Indicator: "l", Party: party}
	for _, p := range points {
		c.Values = append(c.Values, int32(p*1e4))
	}
	return c
}

// measured is a policy whose one indicator nobody scores.
func measured(kind scoring.Kind, ceiling float64) scoring.Policy {
	p := oneLeaf(nil)
	p.Indicators[1].Kind, p.Indicators[1].Parties, p.Indicators[1].Ceiling = kind, nil, ceiling
	return p
}

// creditPolicy has the default numbers of [credit].
func creditPolicy() credit.Policy {
	return credit.Policy{MinEvaluations: 3, MinCases: 25, PerformancePct: 60, ConductPct: 40, WindowDays: 1095, Ageing: credit.ByDay, AmountUnitYuan: 10000, LargestShare: 0.5,
		ConductStart: 100, General: 5, Serious: 50, GeneralDays: 1095, Commendation: 2, CommendationMax: 6, RepairDays: 180, StaleDays: 730, StaleCap: "A",
		SeriousCap: "B", ListedCap: "D", Levels: []credit.Level{{ID: "AAA", From: 90}, {ID: "AA", From: 80}, {ID: "A", From: 70}, {ID: "B", From: 40}, {ID: "D"}},
		Stars: []credit.Star{{Stars: 1}}}
}

const fenPerMillion = 100_000_000

func yuanOf(fen int64) string {
	return strings.ReplaceAll(baseOf(basis{Unit: yuan}).Money(fen), ",", "")
}

// crossTable returns the means of rows and columns and the general mean.
func crossTable(rows [][]float64) (byRow, byColumn []float64, mean float64) {
	byRow, byColumn = make([]float64, len(rows)), make([]float64, len(rows[0]))
	for i, row := range rows {
		for j, v := range row {
			byRow[i] += v / float64(len(row))
			byColumn[j] += v / float64(len(rows))
			mean += v / float64(len(row)*len(rows))
		}
	}
	return byRow, byColumn, mean
}

// squares is the sum of squared differences from a mean.
func squares(values []float64, mean float64) (sum float64) {
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return sum
}

// meanSquares are those of rows, columns and the rest of a two-way table.
func meanSquares(rows [][]float64) (ofRows, ofColumns, ofRest float64) {
	byRow, byColumn, mean := crossTable(rows)
	n, k := float64(len(rows)), float64(len(rows[0]))
	var rest float64
	for i, row := range rows {
		for j, v := range row {
			d := v - byRow[i] - byColumn[j] + mean
			rest += d * d
		}
	}
	return k * squares(byRow, mean) / (n - 1), n * squares(byColumn, mean) / (k - 1), rest / ((n - 1) * (k - 1))
}

// cohort are the risks of those with a bad outcome and of the others, of the examples on discrimination.
func cohort() (risk []float64, events []bool) {
	return []float64{0.8, 0.6, 0.4, 0.5, 0.4, 0.2, 0.1}, []bool{true, true, true, false, false, false, false}
}

// tableOf is a table of objects, named in their order, by criteria of which more is better.
func tableOf(rows ...[]float64) *weights.Table {
	var criteria []weights.Criterion
	for j := range rows[0] {
		criteria = append(criteria, weights.Criterion{ID: string(rune('a' + j))})
	}
	var objects []weights.Object
	for i, values := range rows {
		objects = append(objects, weights.Object{ID: string(rune('a' + i)), Values: values})
	}
	t, err := weights.NewTable(criteria, objects)
	if err != nil {
		panic(err)
	}
	return t
}

// cellsOf are the values of a table of one row per rater and one column per object; NaN is none.
func cellsOf(table [][]float64) (cells []raters.Cell) {
	for rater, row := range table {
		for object, v := range row {
			if !math.IsNaN(v) {
				cells = append(cells, raters.Cell{Rater: int32(rater), Object: int32(object), Value: v})
			}
		}
	}
	return cells
}

func severity(table [][]float64) raters.Severity {
	fit, err := raters.FitSeverity(cellsOf(table))
	if err != nil {
		panic(err)
	}
	return fit
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:12]
}

var examples = map[string]func() []string{
	"mean": func() []string { return []string{number(scoring.Mean([]float64{78, 84, 85, 89, 94}), 2), "430"} },
	"trimmed_mean": func() []string {
		return []string{number(scoring.TrimmedMean(tenScores, 0.1), 3), number(scoring.Round(scoring.TrimmedMean(tenScores, 0.1), 2), 2),
			number(scoring.Mean(tenScores), 2)}
	},
	"winsorised_mean": func() []string { return []string{number(scoring.WinsorisedMean(tenScores, 0.1), 2)} },
	"median":          func() []string { return []string{number(scoring.Median(tenScores), 2)} },
	"hodges_lehmann": func() []string {
		four := []float64{60, 80, 82, 85}
		return []string{number(scoring.HodgesLehmann(four), 2), number(scoring.Mean(four), 2)}
	},
	"huber": func() []string {
		five := []float64{60, 80, 82, 84, 86}
		return []string{number(scoring.Huber(five), 2), number(scoring.Mean(five), 2), number(scoring.MAD(five), 4), number(1.5*scoring.MAD(five), 4)}
	},
	"evaluation": func() []string {
		values, weights := []float64{90, 85, 88, 80}, []float64{30, 20, 30, 20}
		return []string{number(scoring.WeightedMean(values, weights), 2), number(30*90/100., 2)}
	},
	"weighted_mean": func() []string {
		values, weights := []float64{90, 80, math.NaN()}, []float64{40, 30, 30}
		return []string{number(scoring.WeightedMean(values, weights), 2), number(scoring.WeightedGeometricMean(values, weights), 2)}
	},
	"missing_party": func() []string {
		p := oneLeaf(map[string]float64{"purchaser": 40, "recipient": 30, "third_party": 30})
		e := judge(p, scoring.Evidence{Cells: []scoring.Cell{cellOf(scoring.Purchaser, 95), cellOf(scoring.ThirdParty, 90)}})
		held := judge(p, scoring.Evidence{Cells: []scoring.Cell{cellOf(scoring.Purchaser, 95)}})
		if e.Uncapped != "excellent" || e.Grade != "good" || held.Status != scoring.Held {
			return []string{e.Uncapped, e.Grade, string(held.Status)}
		}
		p.Missing.One = "impute"
		given := []calibration.Given{}
		for _, v := range []float64{76, 80, 84, 88, 92} {
			given = append(given, calibration.Given{QuartileKey: scoring.QuartileKey{Indicator: "l", Party: scoring.Recipient}, Value: v})
		}
		q := calibration.Quartiles(given)[0]
		imputed := judgeBy(p, &scoring.Calibration{Quartiles: map[scoring.QuartileKey]scoring.Quartile{q.QuartileKey: q.Quartile}},
			scoring.Evidence{Cells: []scoring.Cell{cellOf(scoring.Purchaser, 95), cellOf(scoring.ThirdParty, 90)}})
		return []string{number(e.Value, 2), number(q.Value, 0), number(imputed.Parts[3].SE, 2), number(imputed.Value, 2)}
	},
	"sample_size": func() []string {
		p := oneLeaf(map[string]float64{"purchaser": 70, "recipient": 30})
		p.Sample = []scoring.Sample{{Party: "recipient", Shown: 30, Full: 100}}
		e := judge(p, scoring.Evidence{Cells: []scoring.Cell{cellOf(scoring.Purchaser, 90), cellOf(scoring.Recipient, slices.Repeat([]float64{90}, 60)...)}})
		share := e.Parts[3].Share // of the recipients: w/(70+w)
		return []string{number(70*share/(1-share), 2), number(scoring.EffectiveN(60, 80), 2)}
	},
	"attainment": func() []string {
		score := func(a scoring.Attainment) string {
			a.Indicator, a.Reached = "l", true
			return number(judge(measured(scoring.KindAttainment, 120), scoring.Evidence{Attainments: []scoring.Attainment{a}}).Parts[1].Value, 2)
		}
		return []string{score(scoring.Attainment{Target: 200, Actual: 230, Higher: true}), score(scoring.Attainment{Target: 200, Actual: 260, Higher: true}),
			score(scoring.Attainment{Target: 10, Actual: 12})}
	},
	"money_execution": func() []string {
		score := func(paid int64) string {
			return number(judge(measured(scoring.KindMoney, 100), scoring.Evidence{AmountFen: fenPerMillion, PaidFen: paid, Payments: 1}).Parts[1].Value, 2)
		}
		return []string{score(fenPerMillion / 100 * 80), score(fenPerMillion / 100 * 105)}
	},
	"grade_bands": func() []string {
		j, err := scoring.Compile(oneLeaf(map[string]float64{"purchaser": 100}), nil)
		if err != nil || j.GradeOf(scoring.Round(89.995, 2)) != "excellent" || j.GradeOf(scoring.Round(89.994, 2)) != "good" {
			return []string{"another grade"}
		}
		return []string{number(scoring.Round(89.995, 2), 2), number(scoring.Round(89.994, 2), 2)}
	},
	"caps": func() []string {
		e := judge(oneLeaf(map[string]float64{"purchaser": 100}), scoring.Evidence{EndOn: daysAgo(1), StartOn: daysAgo(300),
			Cells: []scoring.Cell{cellOf(scoring.Purchaser, 93)}, Events: []scoring.Event{{ID: "E", Kind: "safety_incident", OccurredOn: daysAgo(100)}}})
		if e.Uncapped != "excellent" || e.Grade != "fair" {
			return []string{e.Uncapped, e.Grade}
		}
		return []string{number(e.Value, 2)}
	},
	"standard_error": func() []string {
		p := oneLeaf(map[string]float64{"purchaser": 50, "recipient": 50})
		e := judge(p, scoring.Evidence{Cells: []scoring.Cell{cellOf(scoring.Purchaser, 90), cellOf(scoring.Recipient, 80, 84, 88, 92)}})
		return []string{number(e.Parts[3].SE, 3), number(e.Parts[3].SE/2, 3), number(e.SE, 3), number(scoring.Variance([]float64{80, 84, 88, 92}), 3),
			number(e.Parts[3].SE*e.Parts[3].SE*4, 3), number(scoring.CochranFactor(4, 10), 3)}
	},
	"interval": func() []string {
		const z = 1.6448536269514722 // of 0.95 in the normal distribution
		low, high := scoring.StudentInterval(86, 2, 5, 0.9)
		return []string{number(86-z*2, 2), number(86+z*2, 2), number(low, 2), number(high, 2)}
	},
	"wilson": func() []string {
		low, high := scoring.WilsonInterval(18, 20, 0.9)
		half := 1.6448536269514722 * math.Sqrt(0.9*0.1/20)
		return []string{number(low, 3), number(high, 3), number(0.9-half, 3), number(0.9+half, 3)}
	},
	"quantile": func() []string { return []string{number(scoring.Quantile([]float64{70, 80, 90, 100}, 0.25), 2)} },
	"percentile_rank": func() []string {
		values := []float64{70, 80, 80, 90, 95}
		rank := scoring.MidRanks(values)[1]
		return []string{brief(rank), number(scoring.PercentileRank(rank, len(values)), 2)}
	},
	"shrinkage": func() []string {
		var peers []scoring.Estimate
		for _, value := range []float64{70, 80, 84, 90} {
			peers = append(peers, scoring.Estimate{Value: value, SE: 2})
		}
		likely, err := scoring.FitPeersREML(peers)
		closed, problem := scoring.FitPeersDL(peers)
		if err != nil || problem != nil {
			return []string{errors.Join(err, problem).Error()}
		}
		drawn, weight := likely.Shrink(90, 2)
		return []string{brief(likely.Mean), number(likely.Variance, 2), number(closed.Variance, 2), number(weight, 3), number(drawn, 2)}
	},
	"rater_severity": func() []string {
		table := [][]float64{{70, 80, 90}, {76, 84, 95}, {80, 91, 99}}
		ofRaters, _, rest := meanSquares(table)
		fit := severity(table)
		return []string{number(ofRaters, 2), number(rest, 4), number(fit.VarRater, 2), number(fit.VarRater/(fit.VarRater+fit.VarResidual/3), 3),
			number(fit.Raters[0].Severity, 2)}
	},
	"connectivity": func() []string {
		none := math.NaN()
		apart := [][]float64{{70, 80, none, none}, {74, 86, none, none}, {none, none, 60, 75}, {none, none, 66, 79}}
		joined := slices.Clone(apart)
		joined[1] = []float64{74, 86, 64, none}
		return []string{whole(int64(severity(apart).Components)), whole(int64(severity(joined).Components))}
	},
	"icc": func() []string {
		c, err := raters.IntraclassCorrelations([][]float64{{80, 82}, {85, 88}, {90, 94}}, 0.95)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{brief(c.MSObject), brief(c.MSRater), brief(c.MSResidual), number(c.Single.TwoWayRandom.Value, 3),
			number(c.Single.TwoWayMixed.Value, 3), brief(c.MSWithin), number(c.Single.OneWay.Value, 3), number(c.Average.OneWay.Value, 3)}
	},
	"krippendorff_alpha": func() []string {
		alpha, err := raters.KrippendorffAlpha(cellsOf([][]float64{{80, 80, 90, 90}, {80, 90, 90, math.NaN()}}), raters.Interval)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(alpha.Observed, 2), brief(alpha.Expected), number(alpha.Value, 3)}
	},
	"kendall_w": func() []string {
		c, err := raters.KendallW([][]float64{{1, 1, 2}, {2, 3, 1}, {3, 2, 3}, {4, 4, 4}})
		if err != nil {
			return []string{err.Error()}
		}
		sums := []float64{4, 6, 8, 12}
		return []string{brief(squares(sums, scoring.Mean(sums))), number(c.W, 3)}
	},
	"kappa": func() []string {
		table := [][]int{{3, 1, 0}, {0, 2, 1}, {0, 1, 2}}
		plain, err1 := raters.CohenKappa(table, raters.Unweighted)
		weighted, err2 := raters.CohenKappa(table, raters.Quadratic)
		many, err3 := raters.FleissKappa([][]int{{3, 0}, {2, 1}, {0, 3}, {1, 2}})
		if err := errors.Join(err1, err2, err3); err != nil {
			return []string{err.Error()}
		}
		return []string{number(1-plain.Observed, 2), number(1-plain.Expected, 2), number(plain.Value, 3), number(1-weighted.Observed, 3),
			number(1-weighted.Expected, 3), number(weighted.Value, 3), number(many.Observed, 3), number(many.Value, 3)}
	},
	"straight_lining": func() []string {
		return []string{whole(int64(integrity.LongestRun([]int32{90, 90, 90, 90, 85, 90})))}
	},
	"response_variability": func() []string {
		return []string{number(integrity.Variability([]int32{90, 90, 90, 90}), 2), number(integrity.Variability([]int32{80, 85, 90, 95}), 2)}
	},
	"modified_z": func() []string {
		d := integrity.ModifiedZ([]float64{80, 82, 84, 86, 30})
		return []string{brief(d.MAD), number(d.Z[4], 2)}
	},
	"near_duplicates": func() []string {
		rule := integrity.Default().AlikeAnswers
		return []string{number(11./12, 2), number(4./5, 2), number(rule.Detection(12, 11), 2)}
	},
	"bursts": func() []string {
		return []string{number(10./20, 2), number(3./30, 2), number(integrity.BinomialTail(10, 20, 3./30), 6)}
	},
	"one_supplier": func() []string {
		var all []integrity.Assignment
		for i := range 40 { // ten are the supplier's, six of them the evaluator's
			a := integrity.Assignment{Contract: whole(int64(i)), Evaluator: "other" + whole(int64(i)), Supplier: "T"}
			if i < 10 {
				a.Supplier = "S"
			}
			if i < 6 {
				a.Evaluator = "E"
			}
			all = append(all, a)
		}
		flags, err := integrity.Default().MostlyOneSupplier.Flags(all)
		if err != nil || len(flags) != 1 {
			return []string{"no flag"}
		}
		const tests = 2 // one evaluator with enough contracts, two suppliers
		return []string{number(flags[0].Statistic, 2), number(*flags[0].PValue/tests, 6)}
	},
	"tukey_fence": func() []string {
		differences := []float64{-4, -2, 0, 1, 2, 3, 30}
		low, high := integrity.Fences(differences, 3)
		return []string{brief(scoring.Quantile(differences, 0.25)), brief(scoring.Quantile(differences, 0.75)), brief(low), brief(high)}
	},
	"ahp": func() []string {
		m, err := weights.NewMatrix([]string{"first", "second", "third"}, [][]float64{{1, 2, 5}, {1. / 2, 1, 3}, {1. / 5, 1. / 3, 1}})
		if err != nil {
			return []string{err.Error()}
		}
		p := m.Priorities()
		return []string{number(p.Weights[0], 3), number(p.Weights[1], 3), number(p.Weights[2], 3), number(p.LambdaMax, 4), number(p.CR, 4)}
	},
	"entropy_weights": func() []string {
		e, err := tableOf([]float64{80, 50}, []float64{85, 70}, []float64{90, 90}).Entropy()
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(e.Entropy[0], 5), number(e.Entropy[1], 5), number(e.Weights[0], 3), number(e.Weights[1], 3)}
	},
	"critic": func() []string {
		c, err := tableOf([]float64{80, 50, 60}, []float64{85, 90, 70}, []float64{90, 70, 80}).Critic()
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(c.Weights[0], 2), number(c.Weights[1], 2), number(c.Weights[2], 2)}
	},
	"topsis": func() []string {
		places, err := tableOf([]float64{90, 60}, []float64{80, 80}, []float64{70, 90}).TOPSIS([]float64{0.5, 0.5})
		if err != nil || places[1].Rank != 1 {
			return []string{"another order"}
		}
		return []string{number(places[0].Closeness, 3), number(places[1].Closeness, 3), number(places[2].Closeness, 3)}
	},
	"rank_sensitivity": func() []string {
		study, err := weights.NewStudy([]string{"first", "second"}, []float64{0.58, 0.42}, []weights.Outcome{{ID: "A", Values: []float64{90, 70}, Share: 1},
			{ID: "B", Values: []float64{80, 85}, Share: 1}}, []scoring.Band{{ID: "any"}}, 2)
		if err != nil {
			return []string{err.Error()}
		}
		s, err := study.Perturb(weights.Perturbation{Seed: 1, Draws: weights.DefaultDraws, Spread: weights.DefaultSpread})
		if err != nil || s.Outcomes[0].ID != "B" {
			return []string{"another order"}
		}
		return []string{number(s.Outcomes[0].Value, 2), number(s.Outcomes[1].Value, 2), brief(100. * (85 - 70) / (85 - 70 + 90 - 80)), number(s.Pairs[0].Kept, 2)}
	},
	"credit_rating": func() []string {
		p := creditPolicy()
		ev := credit.Evidence{Events: []credit.Event{{ID: "E", Severity: "general", OccurredOn: daysAgo(10)}}}
		for i, value := range []float64{90, 80, 70} {
			ev.Evaluations = append(ev.Evaluations, credit.Evaluated{Contract: string(rune('A' + i)), Value: value, On: daysAgo(365 * i), AmountFen: fenPerMillion})
		}
		r := p.Rate(ev, asOf)
		return []string{number(r.Performance, 2), number(r.Conduct, 2), number(r.Score, 2), r.Level}
	},
	"assessment": func() []string {
		p := credit.AssessmentPolicy{Points: 1000, ValidYears: 5, SupplierTypes: []string{"foundation"}, Grades: []credit.AssessmentGrade{{ID: "5A", Above: 950}, {ID: "4A", Above: 900},
			{ID: "3A", Above: 800}}}
		grade := func(points float64) credit.Assessment {
			return p.Assess(credit.AssessmentEvidence{SupplierType: "foundation", Items: []credit.Item{{Points: points, MaxPoints: 1000, On: daysAgo(30)}},
				Inspections: []credit.Inspection{{Year: 2023, Result: "passed"}}}, asOf)
		}
		return []string{number(grade(905.5).Points, 2), grade(905.5).Grade, grade(900).Grade}
	},
	"credit_repair": func() []string {
		p := creditPolicy()
		offence := []credit.Event{{ID: "E", Severity: "general", OccurredOn: daysAgo(10)}}
		_, mended := p.Course(offence, "E", asOf, []time.Time{asOf, asOf.AddDate(0, 0, 90), asOf.AddDate(0, 0, 180)})
		return []string{brief(-mended[0].Part), number(-mended[1].Part, 2), number(mended[1].Conduct, 2), number(mended[2].Conduct, 2)}
	},
	"check_code": func() []string {
		s := checkcode.Statement{Release: 3, Run: 7, RunHash: "ab12", AsOf: "2026-02-28", Supplier: "S0001", USCC: "91350100M000100Y43", Name: "江北区阳光社会工作服务中心",
			Type: "private_non_enterprise", Status: "rated", Level: "AA", Stars: "4", Score: "85.50", Evaluations: "6", Grade: "4A", GradeUntil: "2029-06-30", Record: "2025-05-20 general late_report X0001"}
		return []string{s.Code(), s.Score}
	},
	"blacklist_candidate": func() []string {
		p, rating := blacklist.Policy{PoorGrade: "poor", PoorYears: 2, ConductBelow: 30}, creditPolicy()
		events := []credit.Event{{ID: "E1", Severity: "serious", OccurredOn: daysAgo(20)}, {ID: "E2", Severity: "serious", OccurredOn: daysAgo(10)}}
		r := rating.Rate(credit.Evidence{Events: events}, asOf)
		found := p.Candidates(blacklist.Evidence{Rating: r, Evaluations: []blacklist.Evaluated{{Contract: "A", Year: 2023, Grade: "poor"}, {Contract: "B", Year: 2024, Grade: "poor"}}}, asOf)
		if len(found) != 2 || found[0].Ground != "poor_years" || found[1].Ground != "conduct" {
			return []string{"other grounds"}
		}
		return []string{number(r.Conduct, 2)}
	},
	"blacklist_case": func() []string {
		served, calendar := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), workdays.Shipped()
		last, err := calendar.LastDay(served, workdays.Window{Days: 30, Unit: workdays.CalendarDays})
		if err != nil {
			return []string{err.Error()}
		}
		due, err := calendar.LastDay(last, workdays.Window{Days: 30, Unit: workdays.WorkingDays})
		if err != nil {
			return []string{err.Error()}
		}
		return []string{day(last), day(due)}
	},
	"due_process": func() []string {
		announced, calendar, week := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC), workdays.Shipped(), workdays.Window{Days: 7, Unit: workdays.WorkingDays}
		last, err := calendar.LastDay(announced, week)
		if err != nil {
			return []string{err.Error()}
		}
		review, err := calendar.LastDay(last, week)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{day(last), day(review), day(last.AddDate(0, 0, 1))}
	},
	"budget_grade_table": func() []string {
		p := budget.Policy{Method: "grade_table", LargestMove: 20, Rows: []budget.Row{{Grade: "excellent", Action: "raise", ToPct: 10},
			{Grade: "fair", Action: "cut", FromPct: -30, ToPct: -10}}}
		proposals, err := p.Propose([]budget.Item{
			{Contract: "A", BaseFen: fenPerMillion, Value: 95, Grade: "excellent", Status: scoring.Rated, BandLow: 90, BandHigh: 100},
			{Contract: "B", BaseFen: fenPerMillion, Value: 70, Grade: "fair", Status: scoring.Rated, BandLow: 60, BandHigh: 80}})
		if err != nil {
			return []string{err.Error()}
		}
		return []string{yuanOf(proposals[0].ChangeFen), yuanOf(proposals[1].ChangeFen)}
	},
	"tracking": func() []string {
		p := tracking.Policy{BehindPct: 90, FarBehindPct: 70, FromPct: 10, StaleDays: 92}
		start, half, end := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 4, 10, 0, 0, 0, 0, time.UTC), time.Date(2025, 7, 19, 0, 0, 0, 0, time.UTC)
		look := func(actual float64) tracking.Finding {
			return p.Look(tracking.Target{Attainment: scoring.Attainment{Target: 100, Actual: actual, Reached: true, Higher: true}, ReadOn: half}, start, end, half)
		}
		kept, behind := look(45), look(44)
		return []string{number(kept.ExpectedPct, 1), number(100*kept.AttainedPct/kept.ExpectedPct, 1), number(kept.ProjectedPct, 1), number(behind.ProjectedPct, 1)}
	},
	"settlement": func() []string {
		p := budget.Settlement{InterimPct: 70, Grades: []budget.GradeShare{{Grade: "good", PayablePct: 100}, {Grade: "poor", PayablePct: 70}},
			Attained: []budget.AttainedShare{{FromPct: 95, PayablePct: 100}, {FromPct: 90, PayablePct: 95}, {FromPct: 0, PayablePct: 80}}}
		good := p.Advise(budget.Service{AmountFen: fenPerMillion, PaidFen: fenPerMillion * 7 / 10, Ended: true, Status: scoring.Rated, Grade: "good", Attained: 92, Targets: 1})
		poor := p.Advise(budget.Service{AmountFen: fenPerMillion, PaidFen: fenPerMillion * 8 / 10, Ended: true, Status: scoring.Rated, Grade: "poor", Attained: 92, Targets: 1})
		return []string{yuanOf(good.PayableFen), yuanOf(good.DueFen), yuanOf(good.ReducedFen()), yuanOf(poor.OverpaidFen())}
	},
	"hhi": func() []string {
		deals := []market.Deal{{Supplier: "A", Year: 2025, AmountFen: 50}, {Supplier: "B", Year: 2025, AmountFen: 30}, {Supplier: "C", Year: 2025, AmountFen: 20}}
		y := market.Years(deals, 2025, 2025, time.Time{})[0]
		return []string{number(y.Index, 0), number(y.Effective(), 2), number(y.High, 0)}
	},
	"catalogue_advice": func() []string {
		p := catalogue.Policy{Years: 2, MinContracts: 5, AddFrom: 80, AddSuppliers: 2, DropBelow: 60, IdleYears: 3, MoveFrom: 80, MoveSuppliers: 3, MoveYuan: 1_000_000, LeaveYuan: 100_000}
		a := p.Advise(catalogue.Item{Code: "A", Listing: catalogue.Guidance, Years: []catalogue.Year{
			{Year: 2024, Contracts: 3, Suppliers: 3, AmountFen: 2 * fenPerMillion, Values: []float64{82, 84, 86}},
			{Year: 2025, Contracts: 3, Suppliers: 3, AmountFen: 2 * fenPerMillion, Values: []float64{88, 90}}}}, 2023, 2025)
		if a.Action != catalogue.MoveIn {
			return []string{"the example is " + string(a.Action)}
		}
		return []string{number(a.Mean, 2), number(a.Low, 2), number(a.High, 2)}
	},
	"linear_exchange": func() []string {
		bases := []int64{fenPerMillion, 2 * fenPerMillion, 3 * fenPerMillion}
		var sum int64
		var out []string
		for i, change := range budget.LinearExchange(bases, []float64{90, 70, 50}, 0.02) {
			sum += change
			out = append(out, yuanOf(change), number(1+float64(change)/float64(bases[i]), 5))
		}
		return append(out, yuanOf(sum), number(600./380, 5))
	},
	"budget_sharing": func() []string {
		const tenth = fenPerMillion / 10
		amounts, level, err := budget.Share(10*tenth, []int64{5 * tenth, 3 * tenth, 2 * tenth}, []int64{tenth, tenth, 5 * tenth / 2}, []int64{4 * tenth, 6 * tenth, 6 * tenth})
		if err != nil {
			return []string{err.Error()}
		}
		out := []string{number(level, 5)}
		alike, _, err := budget.Share(100, []int64{1, 1, 1}, []int64{0, 0, 0}, []int64{100, 100, 100})
		if err != nil {
			return []string{err.Error()}
		}
		for _, amount := range append(amounts, alike...) {
			out = append(out, yuanOf(amount))
		}
		return out
	},
	"execution": func() []string {
		day := func(year int, month time.Month, day int) time.Time {
			return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		}
		rules := execution.Policy{LateDays: 14, EarlyDays: 10}
		asOf := day(2026, 1, 31)
		first := execution.Payment{Stage: "1", DueOn: day(2025, 6, 30), PaidOn: day(2025, 7, 5), AmountFen: 40}
		second := execution.Payment{Stage: "2", DueOn: day(2025, 12, 20), AmountFen: 60}
		_, late := rules.Timing(first, asOf)
		_, overdue := rules.Timing(second, asOf)
		flow := execution.Flow{BudgetFen: 105}
		flow.AddContract(&rules, &execution.Contract{AmountFen: 100, Payments: []execution.Payment{first, second}}, asOf)
		return []string{whole(int64(late)), whole(int64(overdue)), percent(flow.ExecutionRate(), 1)}
	},
	"auc": func() []string {
		risk, events := cohort()
		d, err := validation.Discriminate(risk, events, 0.9)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(d.AUC*float64(d.Events*d.Others), 1), number(d.AUC, 3), number(d.Gini, 3)}
	},
	"ks": func() []string {
		risk, events := cohort()
		d, err := validation.Discriminate(risk, events, 0.9)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{brief(d.KSAt), number(d.KS, 3)}
	},
	"brier": func() []string {
		b, err := validation.Brier([]float64{0.8, 0.6, 0.1}, []bool{true, false, false}, 3)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(b.Score, 3), number(b.Reference, 3)}
	},
	"hosmer_lemeshow": func() []string {
		var p []float64
		var events []bool
		for _, group := range []struct {
			p   float64
			bad int
		}{{0.1, 7}, {0.4, 18}, {0.6, 30}} {
			for i := range 50 {
				p, events = append(p, group.p), append(events, i < group.bad)
			}
		}
		h, err := validation.GoodnessOfFit(p, events, 3, 0)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(h.Statistic, 3), whole(int64(h.DF)), number(h.P, 3)}
	},
	"psi": func() []string {
		s, err := validation.PSI([]validation.BinCount{{Name: "a", Baseline: 50, Current: 40}, {Name: "b", Baseline: 30, Current: 30},
			{Name: "c", Baseline: 20, Current: 30}})
		if err != nil || s.Verdict != validation.Stable {
			return []string{"not stable"}
		}
		return []string{number(s.Bins[0].Term, 4), number(s.Bins[2].Term, 4), number(s.PSI, 3)}
	},
	"transition_matrix": func() []string {
		moves := slices.Concat(slices.Repeat([]validation.Move{{From: "AA", To: "AA"}}, 7), slices.Repeat([]validation.Move{{From: "AA", To: "A"}}, 2),
			[]validation.Move{{From: "AA"}})
		m, err := validation.Cohort([]string{"AA", "A"}, moves, 0.9)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(100*m.Shares[0][0], 1), number(100*m.Shares[0][1], 1)}
	},
	"woe_iv": func() []string {
		labels := slices.Concat(slices.Repeat([]string{"first"}, 100), slices.Repeat([]string{"second"}, 200))
		outcome := slices.Concat(slices.Repeat([]bool{false}, 80), slices.Repeat([]bool{true}, 20), slices.Repeat([]bool{false}, 120), slices.Repeat([]bool{true}, 80))
		b, _, err := challenger.Categories("trait", labels, outcome)
		if err != nil {
			return []string{err.Error()}
		}
		return []string{number(b.Bins[0].WOE, 3), number(b.Bins[1].WOE, 3), number(b.Bins[0].IV, 3), number(b.Bins[1].IV, 3), number(b.IV, 3)}
	},
	"logistic_scorecard": func() []string {
		p, logOdds := challenger.DefaultPolicy(), math.Log(0.99/0.01) // of being good
		return []string{number(p.PDO/math.Ln2, 3), number(p.BaseScore+p.PDO/math.Ln2*(logOdds-math.Log(p.BaseOdds)), 2), brief(p.BaseScore), brief(p.PDO),
			number(challenger.Probability(-logOdds), 2)}
	},
	"movement": func() []string {
		return []string{"+" + number(0.20+1.80-0.30+0.50, 2), "+" + number(86.20-84, 2)}
	},
	"as_of": func() []string { return []string{hashOf("C1,86.40\n"), hashOf("C1,86.41\n")} },
	"recheck": func() []string {
		p, ev, sum := oneLeaf(nil), scoring.Evidence{}, new(big.Rat)
		p.Indicators = nil
		for i, weight := range []int64{30, 20, 30, 20} {
			value, id := []int64{90, 85, 88, 80}[i], string(rune('a'+i))
			sum.Add(sum, big.NewRat(weight*value, 100))
			p.Indicators = append(p.Indicators, scoring.Indicator{ID: "d" + id, Weight: float64(weight)},
				scoring.Indicator{ID: id, Parent: "d" + id, Weight: 100, Kind: scoring.KindScore, Parties: map[string]float64{"purchaser": 100}})
			cell := cellOf(scoring.Purchaser, float64(value))
			cell.Indicator = id
			ev.Cells = append(ev.Cells, cell)
		}
		e := judge(p, ev)
		off := e
		off.Value = 86.41
		if err := recheck.Evaluation(&p, nil, ev, asOf, e); err != nil || recheck.Evaluation(&p, nil, ev, asOf, off) == nil {
			return []string{"the check failed, or passed a wrong value"}
		}
		return []string{sum.RatString(), number(e.Value, 2), number(off.Value, 2)}
	},
	"calibration": func() []string {
		kept, _ := scoring.Peer{Mean: 82, Variance: 4}.Shrink(90, 2)
		anew, _ := scoring.Peer{Mean: 82.3, Variance: 4}.Shrink(90, 2)
		return []string{number(kept, 2), number(anew, 2)}
	},
}
