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

// demoClues plays what the supervision found of clues, and the case that the bureau opened on one of them: its notice is
// still to be served.
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
	return nil
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
