package intake

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/store"
)

// commended is a credit event as a page enters it.
var commended = map[string]string{"supplier_id": "S0001", "event_id": "X1", "kind": "volunteer", "severity": "commendation", "occurred_on": "2025-05-20", "authority": "民政局"}

func (d *desk) enter(kind string, cells map[string]string) {
	d.t.Helper()
	err := d.st.Write(d.t.Context(), func(ctx context.Context, w *store.Writer) error { return w.Enter(ctx, kind, cells, "as decided") })
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) collect() []Result {
	d.t.Helper()
	all, err := Collect(d.t.Context(), d.st)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func with(cells map[string]string, column, cell string) map[string]string {
	changed := maps.Clone(cells)
	changed[column] = cell
	return changed
}

func TestAnEntryIsABatch(t *testing.T) {
	d := newDesk(t)
	d.enter("credit_event", commended)
	d.enter("credit_event", with(commended, "authority", "财政局, \"二科\"\n"))
	d.enter("credit_event", commended) // as before, which counts again
	if all := d.collect(); len(all) != 3 || all[2].Superseded != 1 || all[0].Receipt.Rows != 1 || all[0].Receipt.FileName != "entry-1.csv" {
		t.Fatalf("got %+v, want three batches of one row", all)
	}
	if n := d.count(`SELECT count(*) FROM batch_upload WHERE reason = 'as decided'`); n != 3 {
		t.Errorf("%d batches have the reason of the entry, want 3", n)
	}
	if n := d.count(`SELECT count(*) FROM credit_event WHERE batch_id = (SELECT max(batch_id) FROM batch) AND authority = '民政局'`); n != 1 {
		t.Error("the last entry is not what holds")
	}
	if again := d.collect(); len(again) != 0 {
		t.Errorf("collected %d entries twice", len(again))
	}
}

// A process that ends between the acceptance of an entry and the note of it makes the same bytes again, which have a
// receipt.
func TestAnInterruptedEntryIsNotCountedTwice(t *testing.T) {
	d := newDesk(t)
	d.enter("credit_event", commended)
	first := d.collect()
	err := d.st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error { return w.HoldEntry(ctx, 1, 0) })
	if err != nil {
		t.Fatal(err)
	}
	if again := d.collect(); len(again) != 1 || !again[0].Repeated || again[0].Receipt.Batch != first[0].Receipt.Batch {
		t.Errorf("got %+v, want the receipt of batch %d", again, first[0].Receipt.Batch)
	}
}

func TestAnEntryIsCheckedAsAFile(t *testing.T) {
	d := newDesk(t)
	for column, bad := range map[string]string{"occurred_on": "2025-02-30", "severity": "grave", "supplier_id": "S9999", "event_id": ""} {
		err := CheckEntry(t.Context(), d.st, "credit_event", with(commended, column, bad), Operator)
		var faults *FaultsError
		if !errors.As(err, &faults) || faults.Total != 1 || faults.Faults[0].Column != column {
			t.Errorf("%s %q: got %v, want one fault of the column", column, bad, err)
		}
	}
	if err := CheckEntry(t.Context(), d.st, "credit_event", commended, Operator); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(d.st.Dir(), "tmp", "entry*")); len(left) > 0 || d.count(`SELECT count(*) FROM batch WHERE kind = 'credit_event'`) != 0 {
		t.Errorf("checking left something behind: %v", left)
	}
}

// What cannot be accepted any more neither stops the others nor is it lost.
func TestARefusedEntryIsTold(t *testing.T) {
	d := newDesk(t)
	d.enter("credit_event", with(commended, "supplier_id", "S9999"))
	d.enter("credit_event", commended)
	if all := d.collect(); len(all) != 1 {
		t.Errorf("%d entries were brought in, want the good one", len(all))
	}
	err := d.st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		receipts, err := d.st.Receipts()
		if err != nil {
			return err
		}
		findings, err := store.Examine(ctx, r, receipts)
		if len(findings) != 1 || !strings.Contains(findings[0], "S9999") {
			t.Errorf("got %q, want a finding that names the supplier", findings)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestScoresAreNotEntered(t *testing.T) {
	d := newDesk(t)
	err := d.st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error { return w.Enter(ctx, "score", nil, "") })
	if err == nil {
		t.Error("a score was entered, which only files and the survey bring")
	}
}
