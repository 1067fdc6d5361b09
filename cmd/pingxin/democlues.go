package main

import (
	"context"
	"errors"
	"fmt"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// demoVerdict is what the sample's supervision found of some clues of a rule.
type demoVerdict struct {
	rule    clues.Rule
	most    int // of its clues, those that come first in the list
	verdict clues.Verdict
	reason  string
}

// demoVerdicts leave most clues to whoever looks at the demonstration.
var demoVerdicts = []demoVerdict{
	{"parties_apart", 6, clues.Explained, "第三方评估员普遍偏严，夜间运行已按校准调整，双方依据一致。"},
	{clues.SplitContracts, 2, clues.Confirmed, "同一项目分次采购，合计超过公开招标限额，已责成购买主体说明并改正。"},
	{clues.EvaluationMissing, 3, clues.Explained, "评分已经完成，上传排期在下月。"},
	{clues.SharedContact, 1, clues.Confirmed, "评估机构与承接主体登记同一电话，经核实为同一人代办，应当回避而未回避。"},
}

// demoClues plays what the supervision found of clues and asked about them, and the case that the bureau opened on one of
// them: its notice is still to be served.
func (d *demoCourse) demoClues(ctx context.Context, p *policy.Policy) error {
	for _, v := range demoVerdicts {
		found, err := d.judge(ctx, v)
		if err != nil {
			return err
		}
		if v.rule != clues.SharedContact {
			continue
		}
		for _, c := range found {
			if c.Supplier == "" { // the scorer shares it with several
				continue
			}
			opening := blacklist.Step{Kind: blacklist.Opened, By: demoClerk, At: d.now, Party: c.Supplier, Grounds: []string{"article_77"}, Evidence: []string{store.ClueEvidence(c.ID)},
				Reason: "线索已经核实，承接主体与评估机构存在应当回避的关系，影响评价公正，立案核查。"}
			if _, err := d.st.OpenCase(ctx, p.Blacklist.Case, opening); err != nil && !errors.Is(err, store.ErrCaseOpen) { // a small sample has its other case against it
				return fmt.Errorf("sample case on a clue: %w", err)
			}
		}
	}
	for _, q := range demoReviews {
		if err := d.ask(ctx, q); err != nil {
			return fmt.Errorf("sample review: %w", err)
		}
	}
	return nil
}

// demoReview is what the sample's supervision asked about a clue that concerns one of the demonstration's accounts; an empty
// answer is still to come.
type demoReview struct {
	whom            access.Role
	way             string
	daysAgo         int
	wording, answer string
}

var demoReviews = []demoReview{
	{access.Purchaser, "on_site", 15, "请说明有关合同的采购方式和比选经过，并备好评审记录供查看。", "各次均按规定比选，评审记录已经整理，可随时查看。"},
	{access.Purchaser, "in_writing", 6, "请说明这一情况的缘由，以及可供核对的材料名称。", ""},
	{access.Supplier, "in_writing", 4, "请说明服务结束后提交验收材料的时间和经办人。", ""},
}

// ask plays what the supervision asked about the first clue that it has asked nobody about and that concerns an account.
func (d *demoCourse) ask(ctx context.Context, q demoReview) error {
	whom, clue := d.actors[q.whom], ""
	err := d.view(ctx, func(ctx context.Context, view *store.View) error {
		all, err := view.Clues(ctx, store.ClueFilter{State: store.ClueOpen, Limit: 10_000})
		for i := 0; i < len(all) && clue == "" && err == nil; i++ {
			var asked []store.Inquiry
			if c := &all[i]; c.Purchaser == whom.org || c.Supplier == whom.org {
				if asked, err = view.ReviewsOf(ctx, c.ID); len(asked) == 0 {
					clue = c.ID
				}
			}
		}
		return err
	})
	if err != nil || clue == "" { // a small sample may have none
		return err
	}
	at := d.now.AddDate(0, 0, -q.daysAgo)
	due, err := workdays.Shipped().LastDay(store.DayOf(at), d.policy.Answer)
	if err != nil {
		return err
	}
	office := d.actors[access.Supervision]
	number, err := d.st.OrderReview(office.as(ctx), store.ReviewOrder{Clue: clue, Whom: whom.org, Way: q.way, Wording: q.wording, DueOn: due, By: office.Person, At: at})
	if err != nil || q.answer == "" {
		return err
	}
	_, err = d.st.AdvanceInquiry(whom.as(ctx), store.InquiryStep{InquiryNo: number, Step: dueprocess.Answer, Wording: q.answer, By: whom.Person, Scope: store.Everything, At: at.AddDate(0, 0, 7)})
	return err
}

// judge keeps a verdict on the first clues of a rule, and returns them.
func (d *demoCourse) judge(ctx context.Context, v demoVerdict) (found []store.ClueRow, err error) {
	err = d.view(ctx, func(ctx context.Context, view *store.View) error {
		found, err = view.Clues(ctx, store.ClueFilter{Rule: string(v.rule), Limit: v.most})
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var seen []store.SeenClue
	for _, c := range found {
		seen = append(seen, store.SeenClue{ID: c.ID, Hash: c.Hash})
	}
	return found, d.st.JudgeClues(d.actors[access.Supervision].as(ctx), seen, v.verdict, v.reason)
}
