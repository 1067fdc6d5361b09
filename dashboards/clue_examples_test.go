package dashboards

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"pingxin/budget/execution"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/policy"
	"pingxin/scoring"
)

// The examples of the pages about clues, each found by the rule itself with the numbers of the default policy.

func init() { maps.Copy(examples, clueExamples) }

// shippedPolicy is the default policy.
func shippedPolicy() *policy.Policy {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		panic(err) // it is part of the program
	}
	return p
}

// oneClue is the clue of a rule that the default policy finds in some facts; none or several give an empty one.
func oneClue(rule clues.Rule, f clues.Facts) clues.Clue {
	p := shippedPolicy()
	if f.Execution = p.Execution; f.AsOf.IsZero() {
		f.AsOf = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	}
	var found []clues.Clue
	for _, c := range p.Clues.Find(&f) {
		if c.Rule == rule {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return clues.Clue{Rule: rule}
	}
	return found[0]
}

// figures are what was seen, the line and the sample as the pages write them.
func figures(c clues.Clue) []string {
	rule := shownRule(c.Rule)
	all := []string{rule.written(c.Seen), whole(int64(c.N))}
	if line := rule.written(c.Line); line != none {
		all = append(all, line)
	}
	return all
}

// bought is an evaluated contract of 2025 that was paid after its evaluation.
func bought(no, supplier, method string, yuan int64) *clues.Contract {
	return &clues.Contract{Supplier: supplier, Status: scoring.Rated, Value: 85, Low: 83, High: 87, Grade: "good", Contract: execution.Contract{No: no, Purchaser: "P", Item: "A",
		Method: method, Year: 2025, AmountFen: yuan * fenPerYuan, EndOn: time.Date(2025, 11, 30, 0, 0, 0, 0, time.UTC), EvaluatedOn: time.Date(2025, 12, 10, 0, 0, 0, 0, time.UTC)}}
}

func dateIn(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

var clueExamples = map[string]func() []string{
	"split_contracts": func() []string {
		const way = "competitive_negotiation"
		return figures(oneClue(clues.SplitContracts, clues.Facts{Contracts: []*clues.Contract{bought("1", "S", way, 900_000), bought("2", "T", way, 800_000), bought("3", "S", way, 700_000)}}))
	},
	"single_source_share": func() []string {
		var f clues.Facts
		for i := range 6 {
			way := "open_tender"
			if i < 2 {
				way = "single_source"
			}
			f.Contracts = append(f.Contracts, bought(whole(int64(i)), "S", way, 500_000))
		}
		return figures(oneClue(clues.SingleSourceShare, f))
	},
	"supplier_concentration": func() []string {
		var f clues.Facts
		for i := range 4 {
			f.Contracts = append(f.Contracts, bought(whole(int64(i)), "S", "open_tender", 200_000))
		}
		f.Contracts = append(f.Contracts, bought("4", "T", "open_tender", 150_000), bought("5", "U", "open_tender", 100_000))
		f.Contracts[5].Purchaser = "Q"
		return figures(oneClue(clues.SupplierConcentration, f))
	},
	"bought_and_staffed": func() []string {
		return figures(oneClue(clues.BoughtAndStaffed, clues.Facts{Contracts: []*clues.Contract{bought("1", "S", "open_tender", 100_000)},
			Functions: []execution.Function{{Purchaser: "P", Item: "A", Year: 2025, Staff: 6}}}))
	},
	"paid_before_evaluation": func() []string {
		c := bought("1", "S", "open_tender", 1_000_000)
		c.Payments = []execution.Payment{{Stage: "1", AmountFen: 400_000_00, PaidOn: dateIn(2025, 6, 30)}, {Stage: "2", AmountFen: 600_000_00, PaidOn: dateIn(2025, 11, 20)}}
		found := oneClue(clues.PaidBeforeEvaluation, clues.Facts{Contracts: []*clues.Contract{c}})
		if len(found.Evidence) != 2 {
			return []string{"no clue"}
		}
		rule := shownRule(found.Rule)
		return []string{rule.written(found.Seen), rule.written(found.Line), day(found.Evidence[1].On), whole(int64(c.EvaluatedOn.Sub(found.Evidence[1].On).Hours() / 24))}
	},
	"evaluation_missing": func() []string {
		c := bought("1", "S", "open_tender", 100_000)
		c.Status, c.Scores, c.EndOn = scoring.Held, 3, dateIn(2025, 12, 20)
		found := oneClue(clues.EvaluationMissing, clues.Facts{AsOf: dateIn(2026, 1, 31), Contracts: []*clues.Contract{c}})
		if len(found.Evidence) != 1 {
			return []string{"no clue"}
		}
		return []string{day(found.Evidence[0].On), shownRule(found.Rule).written(found.Seen)}
	},
	"rise_before_renewal": func() []string {
		var f clues.Facts
		for i := range 20 {
			rise := float64(i) / 4
			if i == 19 {
				rise = 14
			}
			for n, value := range []float64{70, 70 + rise, 80} {
				c := bought(fmt.Sprintf("%02d-%d", i, n), fmt.Sprintf("S%02d", i), "open_tender", 100_000)
				c.Year, c.StartOn, c.EvaluatedOn = 2023+n, dateIn(2023+n, 1, 10), dateIn(2023+n, 12, 10)
				c.Value, c.Low, c.High, c.Grade = value, value-2, value+2, map[bool]string{true: "good", false: "fair"}[value >= 80]
				f.Contracts = append(f.Contracts, c)
			}
		}
		return figures(oneClue(clues.RiseBeforeRenewal, f))
	},
	"shared_contact": func() []string {
		c := oneClue(clues.SharedContact, clues.Facts{Contracts: []*clues.Contract{bought("1", "S", "open_tender", 100_000)}, Scored: []clues.Scored{{Evaluator: "E", Contract: "1"}},
			Contacts: []clues.Contact{{Org: "E", Kind: "phone", Value: "（023）6700 1234"}, {Org: "S", Kind: "phone", Value: "+86 23 67001234", Supplier: true}}})
		return []string{whole(int64(c.N))}
	},
	"content_yet_complaints": func() []string {
		made := dateIn(2026, 1, 5)
		c := oneClue(clues.ContentYetComplaints, clues.Facts{Contracts: []*clues.Contract{bought("1", "S", "open_tender", 100_000)},
			Complaints: []clues.Complaint{{ID: "T", Contract: "1", MadeOn: made}}, Answers: map[string]clues.Answers{"1": {N: 45, Mean: 93.2}}})
		return append(figures(c), whole(int64(dateIn(2026, 2, 28).Sub(made).Hours()/24)))
	},
	"alike_narratives": func() []string {
		const report = "本项目全年服务%d人次，抽查%d份资料。服务台账逐人登记，内容完整，个别签到表缺少签名，承接方当周补正。志愿者按社区分片，每周上门探访，夜间时段的安排略显不足。新进人员先培训后上岗，考核结果存档备查。" +
			"热线来电当日转办，超过三日未办结的由负责人催办。居民对活动内容总体满意，希望增加康复类项目。经费单独核算，支出与进度相符，未发现超范围列支。%s。"
		of := func(no string, on time.Time, text string) clues.Narrative {
			return clues.Narrative{Contract: no, Author: "E", Party: "third_party", WrittenOn: on, Text: text}
		}
		first, second := dateIn(2025, 11, 20), dateIn(2025, 12, 5)
		alike := shippedPolicy().Clues.AlikeNarratives.Groups([]clues.Narrative{of("1", first, fmt.Sprintf(report, 1206, 30, "建议下一年度增加抽查次数")),
			of("2", second, fmt.Sprintf(report, 98, 12, "建议把回访写进合同的附件"))})
		c := oneClue(clues.AlikeNarratives, clues.Facts{Alike: alike, Contracts: []*clues.Contract{bought("1", "S", "open_tender", 100_000),
			bought("2", "T", "open_tender", 100_000)}})
		return append([]string{day(first), day(second), whole(int64(strings.Count(report, "。")))}, figures(c)...)
	},
	"clue_precision": func() []string {
		p, err := policy.Load(defaultPolicy)
		if err != nil {
			return []string{err.Error()}
		}
		r := p.Clues.Retirement
		one, other, fewer := r.Of(clues.Record{Confirmed: 12, Explained: 8, Unclear: 3}), r.Of(clues.Record{Explained: 25}), r.Of(clues.Record{Explained: 24})
		if one.Retired || !other.Retired || fewer.Retired {
			return []string{"retired otherwise"}
		}
		return []string{percent(one.Value, 0), percent(one.Low, 0), percent(one.High, 0), percent(other.High, 1), percent(fewer.High, 1), percent(r.Below, 0)}
	},
}

// accusing are words that say that somebody did wrong, or that somebody may have. A clue says what was seen.
var accusing = map[string][]string{
	locale.Chinese: {"舞弊", "作弊", "造假", "弄虚", "虚假", "违规", "违法", "违纪", "串通", "勾结", "贪", "腐败", "欺诈", "诈骗", "骗取", "规避", "化整为零", "嫌疑", "涉嫌", "可疑", "利益输送",
		"操纵", "包庇", "围标", "突击", "异常", "打招呼", "人情分", "有问题", "不法", "责任人"},
	locale.English: {"fraud", "corrupt", "collu", "cheat", "evad", "evasion", "suspic", "suspect", "guilt", "fake", "forg", "manipulat", "brib", "illegal", "unlawful", "violat", "wrongdo", "misconduct",
		"rigg", "culprit", "offend", "launder", "kickback", "anomal", "abuse", "crime", "criminal"},
}

// TestCluesAccuseNobody holds every text that a clue is shown with against words that accuse: the names and sentences of
// rules, what stands on their pages, and the pages of their methods but for the titles of sources.
func TestCluesAccuseNobody(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Languages {
		found := 0
		hold := func(where, text string) {
			found++
			for _, word := range accusing[lang] {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s in %s says %q: %s", where, lang, word, text)
				}
			}
		}
		for key := range texts[lang].Keys() {
			for _, family := range []string{"clue.", "rule.", "flag.", "flags.", "home.todo.clues", "nav.clues"} {
				if strings.HasPrefix(key, family) {
					hold(key, texts[lang].T(key, "N", 2))
				}
			}
		}
		b := book(t, lang)
		for _, rule := range clues.Rules() {
			id := shownRule(rule).Method
			for _, section := range []string{"title", "short", "answers", "symbols", "example", "limits", "policy"} {
				text, err := b.methodText(id, lang+" "+section)
				if err != nil {
					t.Fatal(err)
				}
				hold("method "+id, tag.ReplaceAllString(string(text), ""))
			}
		}
		if found < 200 {
			t.Errorf("held only %d texts in %s: the search is broken", found, lang)
		}
	}
}

// Every rule has a page of its method and a way to write its numbers.
func TestEveryClueRuleIsShown(t *testing.T) {
	for _, rule := range clues.Rules() {
		shown := shownRule(rule)
		if _, known := methodByID(shown.Method); !known || shown.written(math.NaN()) != none || shown.written(0.5) == "" {
			t.Errorf("%s is shown by the method %q", rule, shown.Method)
		}
	}
	if len(clueRules) != len(clues.Own) {
		t.Errorf("%d rules are shown, %d are looked by", len(clueRules), len(clues.Own))
	}
}
