package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pingxin/credit"
	"pingxin/dashboards/access"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// demoProof is the least that is a PDF: the demonstration shows that proof is kept, not what stands in it.
const demoProof = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// demoRepairs plays applications for repair by the suppliers whose offences were recorded last, so that the curve shows what a
// repair gives: the first waits for its decision, the second was refused and stays visible. None is accepted: that would
// change what the nights published.
func (d *demoCourse) demoRepairs(ctx context.Context, p *policy.Policy) error {
	offences, err := d.repairable(ctx, p)
	if err != nil {
		return err
	}
	for i, o := range offences[:min(2, len(offences))] {
		id, err := d.applyFor(ctx, o, p.Repair.GeneralWaitDays)
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		judge := d.actors[access.Supervision]
		if err := d.st.DecideRepair(judge.as(ctx), store.RepairDecision{ID: id, Reason: "所附材料不能证明违约款已经付清，请补充银行回单后再次申请。", Account: judge.Account}); err != nil {
			return err
		}
	}
	return nil
}

// offence is an event with the supplier that it is recorded of.
type offence struct {
	supplier string
	credit.Event
}

// repairable are the general offences that may be applied for today and count in a rating for longer than a repair takes
// to fade, the latest first, one of each supplier.
func (d *demoCourse) repairable(ctx context.Context, p *policy.Policy) (found []offence, err error) {
	var all []reduce.Supplier
	err = d.st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		run, _, err := store.LatestPublished(ctx, r)
		if err == nil {
			all, err = reduce.Suppliers(ctx, r, reduce.Snapshot{AsOf: run.AsOf, Watermark: run.Watermark}, nil)
		}
		return err
	})
	for _, s := range all {
		var latest *credit.Event
		for i := range s.Events {
			e := &s.Events[i]
			counts := e.Severity == "general" && e.OccurredOn.AddDate(0, 0, p.Credit.GeneralDays-p.Credit.RepairDays).After(d.now)
			if counts && p.Repair.Admit(*e, nil, d.now) == nil && (latest == nil || e.OccurredOn.After(latest.OccurredOn)) {
				latest = e
			}
		}
		if latest != nil {
			found = append(found, offence{s.ID, *latest})
		}
	}
	slices.SortStableFunc(found, func(x, y offence) int { return y.OccurredOn.Compare(x.OccurredOn) })
	return found, err
}

// applyFor takes the application of a supplier for one offence, which was put right within the days that one has to wait.
func (d *demoCourse) applyFor(ctx context.Context, o offence, wait int) (int, error) {
	kept, err := d.st.Archive(ctx, strings.NewReader(demoProof))
	if err != nil {
		return 0, fmt.Errorf("proof of the demonstration: %w", err)
	}
	by, err := workdays.Shipped().LastDay(d.now, workdays.Window{Days: 10, Unit: workdays.WorkingDays})
	if err != nil {
		return 0, err
	}
	return d.st.ApplyRepair(store.As(ctx, store.Actor{Name: o.supplier, Role: string(access.Supplier)}), store.Repair{SupplierID: o.supplier, EventID: o.ID,
		Statement: "已按要求完成整改，建立台账并指定专人负责，后附证明材料。", MendedOn: o.OccurredOn.AddDate(0, 0, wait), DecideBy: by},
		[]store.Proof{{FileName: "整改证明.pdf", MediaType: "application/pdf", Bytes: kept.Bytes, SHA256: kept.SHA256}})
}
