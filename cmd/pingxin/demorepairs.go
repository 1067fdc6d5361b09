package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// demoProof is the least that is a PDF: the demonstration shows that proof is kept, not what stands in it.
const demoProof = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// demoRepairs plays applications for repair by two suppliers with an offence: the first waits for its decision, the second
// was refused and stays visible. None is accepted: that would change what the nights published.
func (d *demoCourse) demoRepairs(ctx context.Context) error {
	for i, supplier := range []string{"S0011", "S0020"} {
		var offence store.Conduct
		err := d.view(ctx, func(ctx context.Context, v *store.View) error {
			recorded, err := v.Conduct(ctx, supplier)
			for _, c := range recorded {
				if c.Severity == "general" && c.RepairedOn.IsZero() {
					offence = c
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if offence.ID == "" { // a smaller sample has no such supplier
			continue
		}
		id, err := d.applyFor(ctx, supplier, offence)
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

// applyFor takes the application of a supplier for one offence.
func (d *demoCourse) applyFor(ctx context.Context, supplier string, offence store.Conduct) (int, error) {
	kept, err := d.st.Archive(ctx, strings.NewReader(demoProof))
	if err != nil {
		return 0, fmt.Errorf("proof of the demonstration: %w", err)
	}
	by, err := workdays.Shipped().LastDay(d.now, workdays.Window{Days: 10, Unit: workdays.WorkingDays})
	if err != nil {
		by = time.Time{} // the holidays of the year are not known yet
	}
	return d.st.ApplyRepair(store.As(ctx, store.Actor{Name: supplier, Role: string(access.Supplier)}), store.Repair{SupplierID: supplier, EventID: offence.ID,
		Statement: "已按要求完成整改，建立台账并指定专人负责，后附证明材料。", MendedOn: offence.OccurredOn.AddDate(0, 3, 0), DecideBy: by},
		[]store.Proof{{FileName: "整改证明.pdf", MediaType: "application/pdf", Bytes: kept.Bytes, SHA256: kept.SHA256}})
}
