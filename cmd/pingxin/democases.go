package main

import (
	"context"
	"fmt"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines/district"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// The officers of the sample's history. They have no account: what they did is done.
var (
	demoClerk  = blacklist.Person{Account: "sample-clerk", Name: "王敏", Role: string(access.Finance)}
	demoFirst  = blacklist.Person{Account: "sample-first", Name: "李建国", Role: string(access.Supervision)}
	demoSecond = blacklist.Person{Account: "sample-second", Name: "陈雪", Role: string(access.Supervision)}
)

// plantedOf is what was planted as a situation; without an id, it was not.
func plantedOf(m district.Manifest, situation string) (planted district.Planted) {
	for _, p := range m.Planted {
		if p.Situation == situation {
			return p
		}
	}
	return planted
}

// grounds are those that the published run found against a supplier.
func grounds(ctx context.Context, st *store.Store, supplier string) (step blacklist.Step, err error) {
	step = blacklist.Step{Kind: blacklist.Opened, Party: supplier, Reason: "夜间运行提示事由，经初步核对证据属实，立案核查。"}
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		found, err := v.Candidates(ctx, supplier)
		for _, c := range found {
			step.Grounds, step.Evidence = append(step.Grounds, c.Ground), append(step.Evidence, c.Evidence...)
		}
		return err
	})
	return step, err
}

// demoListing is the finished case of the sample: the supplier with the false report is listed before the third night, whose
// rating obeys it.
func demoListing(ctx context.Context, st *store.Store, p *policy.Policy, m district.Manifest) error {
	opened, err := grounds(ctx, st, plantedOf(m, "false_report").ID)
	if err != nil || opened.Grounds == nil {
		return err
	}
	party := opened.Party
	opened.By, opened.At = demoClerk, dated(2025, 12, 1)
	c, err := st.OpenCase(ctx, p.Blacklist.Case, opened)
	if err != nil {
		return fmt.Errorf("sample case: %w", err)
	}
	until := time.Date(2028, 2, 3, 0, 0, 0, 0, time.UTC)
	return takeAll(ctx, st, p, c.No,
		blacklist.Step{Kind: blacklist.Noticed, By: demoClerk, At: dated(2025, 12, 2), Party: party, Service: "direct", DocumentNo: "江北财告〔2025〕7号", Reason: "直接送达，法定代表人签收。"},
		blacklist.Step{Kind: blacklist.Stated, By: demoClerk, At: dated(2025, 12, 18), Party: party, OnPaper: true, Reason: "承认绩效材料中的服务人次有重复统计，系新任统计员失误，请求从轻处理。"},
		blacklist.Step{Kind: blacklist.Proposed, By: demoFirst, At: dated(2026, 1, 20), Reason: "事实清楚，当事人已承认主要事实。", Decision: &blacklist.Decision{List: true, Parties: []string{party}, Until: until,
			Standard: blacklist.Conclusive, Findings: "2025年上半年绩效报告虚报服务人次，经抽查签到表和服务对象回访核实。", Answer: "统计失误的说法与三个月连续重复的事实不符，不予采纳；已退回多报部分，从轻考虑。",
			Mitigating: []string{"harm_undone"}, DocumentNo: "江北财决〔2026〕2号"}},
		blacklist.Step{Kind: blacklist.Confirmed, By: demoSecond, At: dated(2026, 2, 3), Reason: "复核证据和陈述申辩采纳情况，同意。"},
		blacklist.Step{Kind: blacklist.Published, By: demoClerk, At: dated(2026, 2, 6), DocumentNo: "江北财公〔2026〕4号", Reason: "决定书直接送达，并在区政府门户网站公布。"})
}

// demoCases are the other cases of the sample, dated from the day of the clock so that their clocks run: one whose window is open, with an
// affiliate for whom somebody can sign in, one that awaits a decision, one that awaits its second person and one in which nobody
// was listed.
func demoCases(ctx context.Context, st *store.Store, p *policy.Policy, m district.Manifest) error {
	now := st.Now()
	affiliate := ""
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		accounts, err := store.Accounts(ctx, r)
		for _, a := range accounts {
			if a.Login == dashboards.DemoLogin(access.Supplier) {
				affiliate = a.Org
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	document := func(kind string, days, no int) string {
		return fmt.Sprintf("江北财%s〔%d〕%d号", kind, now.AddDate(0, 0, -days).Year(), no)
	}
	notice := func(party string, days, no int) blacklist.Step {
		return blacklist.Step{Kind: blacklist.Noticed, By: demoClerk, At: now.AddDate(0, 0, -days), Party: party, Service: "direct", DocumentNo: document("告", days, no), Reason: "直接送达，有送达回证。"}
	}
	open := func(situation string, days int, steps func(party string) []blacklist.Step) error {
		supplier := plantedOf(m, situation).ID
		if supplier == "" {
			return nil // a small sample goes without
		}
		opened, err := grounds(ctx, st, supplier)
		if err != nil || opened.Grounds == nil {
			return err
		}
		opened.By, opened.At = demoClerk, now.AddDate(0, 0, -days)
		c, err := st.OpenCase(ctx, p.Blacklist.Case, opened)
		if err != nil {
			return fmt.Errorf("sample case: %w", err)
		}
		return takeAll(ctx, st, p, c.No, steps(opened.Party)...)
	}
	err = open("false_claim", 4, func(party string) []blacklist.Step {
		steps := []blacklist.Step{notice(party, 3, 3)}
		if affiliate == "" || affiliate == party {
			return steps
		}
		return append(steps, blacklist.Step{Kind: blacklist.PartyAdded, By: demoClerk, At: now.AddDate(0, 0, -2), Party: affiliate, Relation: "same_control", Reason: "两单位实际控制人相同，项目人员交叉任职。"},
			notice(affiliate, 1, 4))
	})
	if err != nil {
		return err
	}
	step := func(kind blacklist.StepKind, by blacklist.Person, days int, reason string) blacklist.Step {
		return blacklist.Step{Kind: kind, By: by, At: now.AddDate(0, 0, -days), Reason: reason}
	}
	for _, c := range []struct {
		situation string
		days      int
		steps     func(party string) []blacklist.Step
	}{
		{"poor_two_years", 52, func(party string) []blacklist.Step {
			return []blacklist.Step{notice(party, 50, 1)}
		}},
		{"collusion", 60, func(party string) []blacklist.Step {
			proposed := step(blacklist.Proposed, demoFirst, 2, "事实清楚，证据充分。")
			proposed.Decision = &blacklist.Decision{List: true, Parties: []string{party}, Until: store.DayOf(now).AddDate(2, 0, 0), Standard: blacklist.Conclusive,
				Findings: "投标文件由同一人编制，报价呈规律性差异，有询问笔录和电子标书机器码为证。", DocumentNo: document("决", 2, 9)}
			return []blacklist.Step{notice(party, 58, 5), proposed}
		}},
		{"serious_unrepaired", 70, func(party string) []blacklist.Step {
			proposed := step(blacklist.Proposed, demoFirst, 30, "处罚已执行，主动整改。")
			proposed.Decision = &blacklist.Decision{Standard: blacklist.Conclusive, Findings: "处罚已经履行完毕，前次列入已经期满，期间没有新的失信记录。", DocumentNo: document("决", 30, 7)}
			return []blacklist.Step{notice(party, 68, 6), proposed, step(blacklist.Confirmed, demoSecond, 28, "复核同意，不予列入，继续关注。")}
		}},
	} {
		if err := open(c.situation, c.days, c.steps); err != nil {
			return err
		}
	}
	return nil
}

// takeAll takes the steps of a sample's case and brings in the facts that they make.
func takeAll(ctx context.Context, st *store.Store, p *policy.Policy, no string, steps ...blacklist.Step) error {
	for _, step := range steps {
		if _, err := st.TakeStep(ctx, p.Blacklist.Case, no, step); err != nil {
			return fmt.Errorf("sample case %s: %s: %w", no, step.Kind, err)
		}
	}
	_, err := intake.Collect(ctx, st)
	return err
}
