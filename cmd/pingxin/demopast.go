package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/pipelines/district"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

// demoThird set a decision aside that the other two had taken.
var demoThird = blacklist.Person{Account: "sample-third", Name: "赵敏", Role: demoFirst.Role}

// pastCase is a case of the sample that was opened on one credit event before the last night.
type pastCase struct {
	situation, ground, why string
	opened                 time.Time
	steps                  func(by *past) []blacklist.Step
}

// past makes the steps of one such case.
type past struct {
	party string
	paper blacklist.Document
}

func dated(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 2, 0, 0, 0, time.UTC)
}

func (c *past) noticed(on time.Time, no int) blacklist.Step {
	return blacklist.Step{Kind: blacklist.Noticed, By: demoClerk, At: on, Party: c.party, Service: "direct", DocumentNo: fmt.Sprintf("江北财告〔%d〕%d号", on.Year(), no), Reason: "直接送达，有送达回证。"}
}

// decided lists the party from the confirmation on until a day, by a proposal of the day given.
func (c *past) decided(proposed, confirmed, until time.Time, no int, findings string) []blacklist.Step {
	d := &blacklist.Decision{List: true, Parties: []string{c.party}, Until: store.DayOf(until), Standard: blacklist.Conclusive, Findings: findings, DocumentNo: fmt.Sprintf("江北财决〔%d〕%d号", confirmed.Year(), no)}
	return []blacklist.Step{{Kind: blacklist.Proposed, By: demoFirst, At: proposed, Reason: "事实清楚，证据充分。", Decision: d}, {Kind: blacklist.Confirmed, By: demoSecond, At: confirmed, Reason: "复核同意。"}}
}

func (c *past) published(on time.Time, no int) blacklist.Step {
	return blacklist.Step{Kind: blacklist.Published, By: demoClerk, At: on, DocumentNo: fmt.Sprintf("江北财公〔%d〕%d号", on.Year(), no), Reason: "决定书直接送达，并在区政府门户网站公布。"}
}

// lifting is a step that ends a listing, or asks for it, with its paper.
func (c *past) lifting(kind blacklist.StepKind, by blacklist.Person, on time.Time, documentNo, reason string) blacklist.Step {
	return blacklist.Step{Kind: kind, By: by, At: on, Party: c.party, OnPaper: kind == blacklist.RepairRequested, DocumentNo: documentNo, Reason: reason, Documents: []blacklist.Document{c.paper}}
}

// pastCases are one whose term ran out, one ended by a repair, one set aside, one discontinued, and one that was decided two
// days ago and still has to be made public.
var pastCases = []pastCase{
	{"serious_unrepaired", "conduct", "受到行政处罚后拒不履行，立案核查。", dated(2024, 3, 1), func(c *past) []blacklist.Step {
		return append(append([]blacklist.Step{c.noticed(dated(2024, 3, 4), 1)}, c.decided(dated(2024, 4, 15), dated(2024, 4, 18), dated(2025, 4, 18), 1, "处罚决定已经生效，经催告仍不履行。")...), c.published(dated(2024, 4, 22), 1))
	}},
	{"repaired_offence", "fraud", "逾期报送的报告与服务台账不符，立案核查。", dated(2024, 5, 6), func(c *past) []blacklist.Step {
		return append(append([]blacklist.Step{c.noticed(dated(2024, 5, 8), 2)}, c.decided(dated(2024, 6, 17), dated(2024, 6, 19), dated(2026, 6, 19), 2, "逾期报送的报告多计服务人次，有签到表为证。")...), c.published(dated(2024, 6, 25), 2),
			c.lifting(blacklist.RepairRequested, demoClerk, dated(2025, 9, 22), "", "已退回多计费用，建立台账并公开承诺。"),
			c.lifting(blacklist.RepairGranted, demoThird, dated(2025, 10, 15), "", "整改证明属实，同意提前移出。"))
	}},
	{"conduct_lost", "conduct", "受到行政处罚，立案核查。", dated(2025, 4, 1), func(c *past) []blacklist.Step {
		return append(append([]blacklist.Step{c.noticed(dated(2025, 4, 2), 1)}, c.decided(dated(2025, 5, 12), dated(2025, 5, 14), dated(2026, 5, 14), 1, "处罚决定已经作出。")...), c.published(dated(2025, 5, 16), 1),
			c.lifting(blacklist.Revoked, demoThird, dated(2025, 7, 10), "（2025）渝0105行初21号", "据以列入的处罚决定尚未生效，法院判决撤销列入决定。"))
	}},
	{"collusion", "article_77", "收到串通投标的举报，立案核查。", dated(2025, 8, 11), func(*past) []blacklist.Step {
		return []blacklist.Step{{Kind: blacklist.Discontinued, By: demoFirst, At: dated(2025, 9, 5), Reason: "主要证据在电子招标平台，调取之前终止办理，取得后另行立案。"}}
	}},
	{"conduct_lost_again", "conduct", "一年内再次严重违约，立案核查。", dated(2025, 12, 15), func(c *past) []blacklist.Step {
		return append([]blacklist.Step{c.noticed(dated(2025, 12, 17), 6)}, c.decided(dated(2026, 2, 10), dated(2026, 2, 26), dated(2028, 2, 26), 7, "擅自停止服务四十日，有现场检查记录和服务对象投诉为证。")...)
	}},
}

// demoPast plays them, as far as a sample has their suppliers.
func demoPast(ctx context.Context, st *store.Store, p *policy.Policy, m district.Manifest) error {
	kept, err := st.Archive(ctx, strings.NewReader(demoProof))
	if err != nil {
		return fmt.Errorf("paper of the demonstration: %w", err)
	}
	paper := blacklist.Document{Name: "文书.pdf", SHA256: kept.SHA256, Bytes: kept.Bytes, Type: "application/pdf"}
	for _, one := range pastCases {
		planted := plantedOf(m, one.situation)
		if planted.ID == "" {
			continue
		}
		event := strings.Fields(strings.TrimPrefix(planted.Note, "credit event "))[0]
		c, err := st.OpenCase(ctx, p.Blacklist.Case, blacklist.Step{Kind: blacklist.Opened, By: demoClerk, At: one.opened, Party: planted.ID, Grounds: []string{one.ground},
			Evidence: []string{"credit_event:" + event}, Reason: one.why})
		if err != nil {
			return fmt.Errorf("sample case of %s: %w", one.situation, err)
		}
		if err := takeAll(ctx, st, p, c.No, one.steps(&past{planted.ID, paper})...); err != nil {
			return err
		}
	}
	return nil
}
