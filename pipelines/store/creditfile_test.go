package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// lookedUp is what a search answers: ids in order.
func lookedUp(t *testing.T, s *Store, search Search) (ids []string) {
	t.Helper()
	search.Limit = 20
	err := s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		v, err := NewView(ctx, r, Everything)
		if err != nil {
			return err
		}
		all, total, err := v.Find(ctx, search)
		for _, f := range all {
			ids = append(ids, f.ID)
		}
		if total != len(ids) {
			t.Errorf("%+v: says %d and lists %v", search, total, ids)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// A search is kind to width, case, spaces, parts in any order and short forms, and puts the best match first.
func TestFind(t *testing.T) {
	s := scoped(t, Everything)
	for id, name := range map[string]string{"N1": "江北区阳光社会工作服务中心", "N2": "江北区阳光社会工作服务中心（筹）", "N3": "Jiangbei A-One Care", "N4": "ＪＩＡＮＧＢＥＩ　Ｂ·Two", "N5": "百分之100%中心"} {
		write(t, s, fmt.Sprintf(`INSERT INTO organisation VALUES (1, 1, '%s', '%s', 'supplier', '91350100M000100Y43', NULL, NULL, NULL)`, id, name))
	}
	prepareRun(t, s, Run{}, Run{ID: 2, Watermark: 99})
	for text, want := range map[string][]string{
		"江北区阳光社会工作服务中心": {"N1", "N2"}, // the whole name first
		"阳光　社会":         {"N1", "N2"},
		"服务 阳光":         {"N1", "N2"}, // parts in any order
		"江北阳光社工":        {"N1", "N2"}, // the short form
		"中心(筹)":         {"N2"},
		"ｊｉａｎｇｂｅｉ":      {"N4", "N3"}, // both begin with it; the shorter name first
		"b two":         {"N4"},
		"n3":            {"N3"},
		"100%":          {"N5"},
		"%":             {"N5"},
		"阳光养老院":         nil,
		"'--":           nil,
	} {
		if got := lookedUp(t, s, Search{Name: text}); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	if got := lookedUp(t, s, Search{Codes: []string{"9135", "91350100M000100Y43"}}); len(got) != 5 {
		t.Errorf("the shared code finds %v, want all five", got)
	}
	if got := lookedUp(t, s, Search{}); got != nil {
		t.Errorf("nothing asked for finds %v", got)
	}
}

// The SQL of a name and foldName are the same rule.
func TestFoldedName(t *testing.T) {
	s := openAt(t, t.TempDir())
	for _, name := range []string{"江北区（A）中心", "ＡＢ c\td\u00a0e·f\u3000g", "100%'_\\", "～！~!", ""} {
		got := texts(t, s, `SELECT `+foldedName+` FROM (SELECT `+quote(name)+` AS name)`)
		if got[0] != foldName(name) {
			t.Errorf("%q: SQL has %q, Go %q", name, got[0], foldName(name))
		}
	}
}

// An application waits alone, is decided once, by another account than recorded the offence, and an accepted one enters the
// fact with the day of the repair.
func TestRepairs(t *testing.T) {
	s := scoped(t, Everything)
	write(t, s, `DELETE FROM repair_application`, `DELETE FROM repair_decision`, `DELETE FROM repair_proof`,
		`INSERT INTO batch_upload VALUES (31, 'recorder', 'R', '', '', 0)`)
	ctx := As(t.Context(), Actor{Name: "supplier", Role: "supplier"})
	apply := func() (int, error) {
		return s.ApplyRepair(ctx, Repair{SupplierID: "S1", EventID: "EVS1", Statement: "put right", MendedOn: onDay("2025-06-01"), DecideBy: onDay("2025-06-20")},
			[]Proof{{FileName: "a.pdf", MediaType: "application/pdf", Bytes: 3, SHA256: "x"}, {FileName: "b.png", MediaType: "image/png", Bytes: 4, SHA256: "y"}})
	}
	id, err := apply()
	if err != nil || id != 1 {
		t.Fatalf("got application %d, %v", id, err)
	}
	if _, err := apply(); !errors.Is(err, ErrRepairWaits) {
		t.Errorf("a second application while the first waits: %v", err)
	}
	for what, c := range map[string]struct {
		d    RepairDecision
		want error
	}{
		"an unknown one":  {RepairDecision{ID: 9, Reason: "r"}, ErrNotInRun},
		"by the recorder": {RepairDecision{ID: 1, Accepted: true, RepairedOn: onDay("2025-06-10"), Reason: "r", Account: "recorder"}, ErrRecorder},
	} {
		if err := s.DecideRepair(ctx, c.d); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
	if err := s.DecideRepair(ctx, RepairDecision{ID: 1, Reason: "no receipt of the payment", Account: "judge"}); err != nil {
		t.Fatal(err)
	}
	if err := s.DecideRepair(ctx, RepairDecision{ID: 1, Reason: "r", Account: "judge"}); !errors.Is(err, ErrRepairDecided) {
		t.Errorf("a second decision: %v", err)
	}
	if id, err = apply(); err != nil || id != 2 {
		t.Fatalf("after the refusal: application %d, %v", id, err)
	}
	if err := s.DecideRepair(ctx, RepairDecision{ID: 2, Accepted: true, RepairedOn: onDay("2025-06-10"), Reason: "paid", Account: "judge"}); err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(ctx context.Context, r *Reader) error {
		entered, err := r.Entries(ctx)
		if err != nil || len(entered) != 1 || entered[0].Kind != "credit_event" || entered[0].Cells["event_id"] != "EVS1" || entered[0].Cells["repaired_on"] != "2025-06-10" ||
			entered[0].Cells["kind"] != "penalty" || entered[0].Reason != "paid" {
			t.Errorf("entered %+v, %v", entered, err)
		}
		v, err := NewView(ctx, r, Scope{Supplier: "S1"})
		if err != nil {
			return err
		}
		all, total, err := v.Repairs(ctx, RepairFilter{Limit: 9})
		if err != nil || total != 2 || all[0].ID != 2 || all[0].State() != RepairDone || all[1].State() != RepairNo || all[1].Reason != "no receipt of the payment" || all[0].Proofs != 2 {
			t.Errorf("the supplier sees %+v, %v", all, err)
		}
		for state, want := range map[string]int{RepairWaiting: 0, RepairDone: 1, RepairNo: 1} {
			if _, n, err := v.Repairs(ctx, RepairFilter{State: state}); err != nil || n != want {
				t.Errorf("%s: %d, %v", state, n, err)
			}
		}
		if _, _, err := v.Repairs(ctx, RepairFilter{State: "lost"}); err == nil {
			t.Error("an unknown state is taken")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func onDay(text string) time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return day
}
