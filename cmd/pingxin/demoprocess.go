package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines/district"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// actors are the demonstration's accounts as they act in it, each by its role.
type actors map[access.Role]actor

type actor struct {
	dueprocess.Person
	org, login string
}

// demoActors finds the demonstration's accounts.
func demoActors(ctx context.Context, st *store.Store) (actors, error) {
	all := actors{}
	err := st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		accounts, err := store.Accounts(ctx, r)
		for _, a := range accounts {
			role := access.Role(a.Role)
			if a.Login == dashboards.DemoLogin(role) {
				all[role] = actor{dueprocess.Person{Account: a.ID, Name: a.Name, Role: a.Role}, a.Org, a.Login}
			}
		}
		return err
	})
	return all, err
}

// as is a context in which an account acts, for the audit log.
func (a actor) as(ctx context.Context) context.Context {
	return store.As(ctx, store.Actor{Name: a.login, Role: a.Role})
}

// demoCourse plays what people did with the evaluations of the sample district, so that every page of the way to the
// public shows something. Its days follow from that of the last night.
type demoCourse struct {
	st     *store.Store
	policy *dueprocess.Policy
	actors
	now time.Time
}

// demoObjections plays what happened between the second and the third night: the evaluation that the third night
// corrects is announced, its supplier objects, and so does the supplier of the demonstration, whose objection is overdue by now.
func (d *demoCourse) demoObjections(ctx context.Context, m district.Manifest) error {
	day := lastNight(m)
	for _, p := range m.Planted {
		if p.Situation != "corrected_score" {
			continue
		}
		if err := d.perform(ctx, dueprocess.Announce, store.EvaluationFilter{Contract: p.ID}, day.AddDate(0, 0, -20)); err != nil {
			return err
		}
		if err := d.object(ctx, p.ID, day.AddDate(0, 0, -16), "购买主体对目标完成情况的评分与验收单不符：验收单载明的完成数低于评分所依据的数，请按验收单更正。"); err != nil {
			return err
		}
	}
	own, err := d.evaluations(ctx, store.EvaluationFilter{Supplier: d.actors[access.Supplier].org, Year: day.Year() - 1, Status: "rated", Limit: 2})
	if err != nil || len(own) < 2 {
		return err
	}
	if err := d.perform(ctx, dueprocess.Announce, store.EvaluationFilter{Contract: own[0]}, day.AddDate(0, 0, -announced)); err != nil {
		return err
	}
	return d.object(ctx, own[0], day.AddDate(0, 0, 3-announced), "第三方评分时我方三月份服务记录尚未归档，附件为补交的服务记录，请重新核定专业质量一项的得分。")
}

// How many days before the last night the sample's evaluations were announced: the Monday after the night before, whence
// windows of seven working days are over; and made final and public.
const announced, published = 26, 14

// demoRuling decides the objection to the evaluation that was corrected, with the batch that did it.
func (d *demoCourse) demoRuling(ctx context.Context, m district.Manifest) error {
	for _, p := range m.Planted {
		if p.Situation != "corrected_score" {
			continue
		}
		ruling := store.Ruling{Outcome: dueprocess.Upheld, Reasons: "经核对验收单，异议所述属实；购买主体已重新提交评分。", By: d.actors[access.Supervision].Person, At: lastNight(m)}
		err := d.view(ctx, func(ctx context.Context, v *store.View) error {
			objections, err := v.Objections(ctx, p.ID)
			if err != nil || len(objections) == 0 {
				return err
			}
			ruling.ObjectionNo = objections[0].No
			corrections, err := v.Corrections(ctx, &objections[0])
			if len(corrections) > 0 {
				ruling.Batch = corrections[0].Batch
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := d.st.Rule(d.actors[access.Supervision].as(ctx), ruling); err != nil {
			return err
		}
	}
	return nil
}

// demoPublication announces, makes final and publishes as a bureau would have by now: the years before the last are
// public, of the last the demonstration's purchaser waits for the end, and its supplier has the word. Each year is released
// when it is public, with what was disputed until now.
func (d *demoCourse) demoPublication(ctx context.Context, m district.Manifest, release func(year int) error) error {
	last := m.Nights[0].AsOf.Year()
	for year := last - 2; year < last; year++ {
		for _, done := range []struct {
			act     dueprocess.Act
			daysAgo int
		}{{dueprocess.Announce, announced}, {dueprocess.Finalise, published}, {dueprocess.Publish, published}, {dueprocess.Finalise, 0}, {dueprocess.Publish, 0}} {
			if err := d.perform(ctx, done.act, store.EvaluationFilter{Year: year}, d.now.AddDate(0, 0, -done.daysAgo)); err != nil {
				return err
			}
		}
		if err := release(year); err != nil {
			return err
		}
	}
	if err := d.perform(ctx, dueprocess.Announce, store.EvaluationFilter{Year: last, Purchaser: d.actors[access.Purchaser].org}, d.now.AddDate(0, 0, -announced)); err != nil {
		return err
	}
	if err := d.perform(ctx, dueprocess.Finalise, store.EvaluationFilter{Year: last, Purchaser: d.actors[access.Purchaser].org, Grade: "excellent"}, d.now.AddDate(0, 0, -published)); err != nil {
		return err
	}
	return d.perform(ctx, dueprocess.Announce, store.EvaluationFilter{Year: last, Supplier: d.actors[access.Supplier].org}, d.now.AddDate(0, 0, -1))
}

// perform does an act with what a filter finds. Where nothing can be done nothing is: a small district has not everything.
func (d *demoCourse) perform(ctx context.Context, act dueprocess.Act, f store.EvaluationFilter, at time.Time) error {
	bureau := d.actors[access.Finance]
	do := store.Bulk{Act: act, Filter: f, Reason: "按年度工作安排办理", By: bureau.Person, At: at}
	var err error
	if act == dueprocess.Announce {
		if do.ClosesOn, err = workdays.Shipped().LastDay(store.DayOf(at), d.policy.Comment); err != nil {
			return err
		}
	}
	err = d.view(ctx, func(ctx context.Context, v *store.View) error {
		v.Today = store.DayOf(at)
		p, err := v.Preview(ctx, act, f)
		do.Seen = p.Digest
		return err
	})
	if err != nil {
		return err
	}
	_, err = d.st.Perform(bureau.as(ctx), do)
	var refused *dueprocess.RefusedError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// object raises an objection for the supplier of a contract, with a page of evidence.
func (d *demoCourse) object(ctx context.Context, contract string, at time.Time, grounds string) error {
	due, err := workdays.Shipped().LastDay(store.DayOf(at), d.policy.Review)
	if err != nil {
		return err
	}
	f := store.Filing{ContractNo: contract, Grounds: grounds, At: at, ReviewBy: due}
	err = d.view(ctx, func(ctx context.Context, v *store.View) error {
		e, err := v.Evaluation(ctx, contract)
		f.Scope.Supplier, f.By = e.SupplierID, dueprocess.Person{Account: "demo-" + e.SupplierID, Name: e.SupplierName, Role: string(access.Supplier)}
		return err
	})
	if err != nil {
		return err
	}
	if own := d.actors[access.Supplier]; own.org == f.Scope.Supplier {
		f.By = own.Person
	}
	page, err := d.st.Archive(ctx, bytes.NewReader(onePage("Service records, "+contract)))
	if err != nil {
		return err
	}
	f.Evidence = []store.Evidence{{FileName: "服务记录.pdf", MediaType: "application/pdf", Bytes: page.Bytes, SHA256: page.SHA256}}
	_, err = d.st.Object(store.As(ctx, store.Actor{Name: f.By.Account, Role: f.By.Role}), f)
	return err
}

// onePage is a PDF of one page with a line of text.
func onePage(line string) []byte {
	stream := "BT /F1 18 Tf 72 760 Td (" + line + ") Tj ET"
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</Length " + strconv.Itoa(len(stream)) + ">>stream\n" + stream + "\nendstream"}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%sendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func (d *demoCourse) view(ctx context.Context, f func(context.Context, *store.View) error) error {
	return d.st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		return f(ctx, v)
	})
}

// evaluations are the numbers of the contracts that a filter finds.
func (d *demoCourse) evaluations(ctx context.Context, f store.EvaluationFilter) (numbers []string, err error) {
	err = d.view(ctx, func(ctx context.Context, v *store.View) error {
		rows, err := v.Evaluations(ctx, f)
		for _, e := range rows {
			numbers = append(numbers, e.ContractNo)
		}
		return err
	})
	return numbers, err
}

// demoInquiry is a question or complaint of the sample, with how far it has come.
type demoInquiry struct {
	kind, subject, wording, published string
	daysAgo                           int
	answer, outcome                   string
	steps                             []dueprocess.InquiryStep
}

// demoInquiries are one in every state.
var demoInquiries = []demoInquiry{
	{kind: store.Question, subject: "quantity", daysAgo: 40, wording: "我家老人住观音桥街道，助浴服务一个月应当有几次？上个月只来了一次。", published: "居家养老助浴服务一个月应当有几次？",
		answer: "合同约定每位服务对象每月助浴两次。经核实，上月因人员调整少服务一次，已要求承接主体本月补足。", steps: []dueprocess.InquiryStep{dueprocess.RouteTo, dueprocess.Answer, dueprocess.Release}},
	{kind: store.Complaint, subject: "conduct", daysAgo: 35, wording: "社区康复站的工作人员态度生硬，预约了也要等一个多小时。", published: "社区康复站工作人员态度生硬，预约后仍需久等。",
		answer: "情况属实。已约谈承接主体，调整预约时段并对当班人员进行培训。", outcome: "founded", steps: []dueprocess.InquiryStep{dueprocess.RouteTo, dueprocess.Answer, dueprocess.Release}},
	{kind: store.Question, subject: "evaluation", daysAgo: 30, wording: "请问满意度问卷是不是匿名的？",
		answer: "是。问卷不收集姓名和电话，链接用一次即失效。", steps: []dueprocess.InquiryStep{dueprocess.RouteTo, dueprocess.Answer, dueprocess.Keep}},
	{kind: store.Complaint, subject: "quality", daysAgo: 9, wording: "小区绿化养护半年没有修剪，和公示的标准差得远。",
		answer: "已到现场查看，修剪频次确低于合同约定，将按合同扣减当期费用。", outcome: "partly", steps: []dueprocess.InquiryStep{dueprocess.RouteTo, dueprocess.Answer}},
	{kind: store.Complaint, subject: "fees", daysAgo: 6, wording: "日间照料中心另外收了材料费，公示里没有这一项。", steps: []dueprocess.InquiryStep{dueprocess.RouteTo}},
	{kind: store.Question, subject: "other", daysAgo: 1, wording: "明年还会购买心理咨询服务吗？怎样报名？"},
	{kind: store.Question, subject: "other", daysAgo: 20, wording: "我想咨询个人所得税的退税办法。", steps: []dueprocess.InquiryStep{dueprocess.Decline}},
}

// askDemo plays the questions and complaints of the public, about contracts of the demonstration's purchaser.
func (d *demoCourse) askDemo(ctx context.Context) error {
	contracts, err := d.evaluations(ctx, store.EvaluationFilter{Purchaser: d.actors[access.Purchaser].org, Limit: len(demoInquiries)})
	if err != nil {
		return err
	}
	for i, q := range demoInquiries {
		contract := ""
		if q.kind == store.Complaint && i < len(contracts) {
			contract = contracts[i]
		}
		at := d.now.AddDate(0, 0, -q.daysAgo)
		asked := store.Inquiry{Kind: q.kind, Subject: q.subject, ContractNo: contract, Wording: q.wording, Channel: "web"}
		if asked.RouteBy, err = workdays.Shipped().LastDay(store.DayOf(at), d.policy.Route); err != nil {
			return err
		}
		number, _, err := d.st.Ask(ctx, asked, dueprocess.Person{}, at)
		if err != nil {
			return err
		}
		for _, step := range q.steps {
			if err := d.step(ctx, number, q, step, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// step takes one step with an inquiry: the bureau's on the next day, an answer after a week.
func (d *demoCourse) step(ctx context.Context, number string, q demoInquiry, step dueprocess.InquiryStep, asked time.Time) error {
	who, t := d.actors[access.Finance], store.InquiryStep{InquiryNo: number, Step: step, Wording: "请承办单位核实后答复。", Scope: store.Everything, At: asked.AddDate(0, 0, 1)}
	switch step {
	case dueprocess.RouteTo:
		t.Purchaser = d.actors[access.Purchaser].org
		due, err := workdays.Shipped().LastDay(store.DayOf(t.At), d.policy.Answer)
		if err != nil {
			return err
		}
		t.DueOn = due
	case dueprocess.Decline:
		t.Wording = "所询事项不属于政府购买服务，请拨打 12366 纳税服务热线。"
	case dueprocess.Answer:
		who, t.Wording, t.Outcome, t.At = d.actors[access.Purchaser], q.answer, q.outcome, asked.AddDate(0, 0, 7)
	default:
		t.Wording, t.Published, t.At = "答复清楚，已核实。", q.published, asked.AddDate(0, 0, 8)
	}
	t.By = who.Person
	_, err := d.st.AdvanceInquiry(who.as(ctx), t)
	return err
}

// newDemoCourse readies the course of the demonstration, whose policy is a shipped one with windows.
func newDemoCourse(ctx context.Context, st *store.Store, p *policy.Policy) (*demoCourse, error) {
	all, err := demoActors(ctx, st)
	return &demoCourse{st: st, policy: p.Process, actors: all, now: st.Now()}, err
}
