package pipelines_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pingxin/budget"
	"pingxin/pipelines"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// adviceOf reads what the published run advises on a contract, and its evaluation.
func adviceOf(t *testing.T, st *store.Store, contract string) (a store.SettlementRow, e store.Evaluation) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		v, err := store.NewView(ctx, r, store.Everything)
		if err != nil {
			return err
		}
		if a, err = v.Settlement(ctx, contract); err != nil {
			return err
		}
		e, err = v.Evaluation(ctx, contract)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, e
}

func codes(notes []scoring.Note) (all []string) {
	for _, n := range notes {
		all = append(all, n.Code)
	}
	return all
}

// TestSettlementOverNights: every contract has advice; an objection holds the money until it is decided, an incident caps the
// grade while it is open, and what was planted in the sample is held.
func TestSettlementOverNights(t *testing.T) {
	m := sampleNights(t)
	st := filledStore(t, 2)
	day := func(text string) time.Time {
		on, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	run := func(on string) { runFor(t, st, pipelines.Options{AsOf: day(on)}) }
	run("2026-02-28")
	for _, p := range m.Planted {
		if p.Kind != "contract" {
			continue
		}
		a, e := adviceOf(t, st, p.ID)
		switch p.Situation {
		case "missing_party":
			if a.Action != budget.PaidUp || !slices.Contains(codes(a.Reasons), budget.SettleMissing) || a.DueFen != 0 {
				t.Errorf("%s without a party: %+v", p.ID, a.Advice)
			}
		case "open_incident": // of a service that still runs
			if a.Action != budget.Interim && a.Action != budget.Hold || a.Final {
				t.Errorf("%s while its service runs: %+v", p.ID, a.Advice)
			}
		case "closed_incident", "unfounded_incident":
			if slices.ContainsFunc(e.Caps, func(c scoring.Cap) bool { return c.Event != "" && c.Event[:2] == "SJ" }) {
				t.Errorf("%s with an incident that is over has the caps %+v", p.ID, e.Caps)
			}
		}
	}

	const contract = "HT2023-00003"
	before, graded := adviceOf(t, st, contract)
	if before.Action == budget.Hold || before.Action == budget.PaidUp || graded.Status != scoring.Rated {
		t.Fatalf("%s is held before anything happens: %+v", contract, before.Advice)
	}
	importText(t, st, "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY1,"+contract+",2026-03-01,,\n")
	run("2026-03-01")
	if a, _ := adviceOf(t, st, contract); a.Action != budget.PaidUp || a.Reasons[len(a.Reasons)-1] != (scoring.Note{Code: budget.SettleDispute, Ref: "YY1"}) || a.PayableFen != before.PayableFen {
		t.Errorf("in dispute: %+v", a.Advice)
	}
	importText(t, st, "objection", "objection_no,contract_no,filed_on,outcome,decided_on\nYY1,"+contract+",2026-03-01,rejected,2026-03-04\n")
	run("2026-03-03")
	if a, _ := adviceOf(t, st, contract); a.Action != budget.PaidUp {
		t.Errorf("before the day of the decision: %+v", a.Advice)
	}
	run("2026-03-04")
	if a, _ := adviceOf(t, st, contract); a.Action != before.Action || a.DueFen != before.DueFen {
		t.Errorf("after the decision: %+v, want %+v", a.Advice, before.Advice)
	}

	importText(t, st, "incident", "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary\n"+contract+",SJ1,safety,grave,2026-03-05,open,,坍塌\n")
	run("2026-03-05")
	if a, e := adviceOf(t, st, contract); e.Grade != "poor" || e.Uncapped != graded.Uncapped || a.PayablePct > 70 {
		t.Errorf("under a grave incident: grade %s of %s, %+v", e.Grade, e.Uncapped, a.Advice)
	}
	importText(t, st, "incident", "contract_no,incident_id,kind,severity,occurred_on,status,closed_on,summary\n"+contract+",SJ1,safety,grave,2026-03-05,closed,2026-03-09,坍塌\n")
	run("2026-03-09")
	if a, e := adviceOf(t, st, contract); e.Grade != graded.Grade || a.PayableFen != before.PayableFen {
		t.Errorf("after the incident: grade %s, %+v", e.Grade, a.Advice)
	}
}
