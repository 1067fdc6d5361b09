package reduce

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// TestClueContracts: of every contract and every stage of payment the latest accepted description counts, and what is paid
// after the day is not paid yet, even when it had been described as paid before.
func TestClueContracts(t *testing.T) {
	st := corrections(t)
	write(t, st, `INSERT INTO payment VALUES (4, 3, 7, '1', NULL, DATE '2025-06-01', 130), (4, 4, 9, '1', NULL, DATE '2025-01-01', 1)`)
	for _, c := range []struct {
		what      string
		watermark int
		day       string
		paid      []int64 // for contract 7
		contracts int
	}{
		{"first description", 2, "2025-12-31", []int64{100}, 1},
		{"corrected", 3, "2025-12-31", []int64{120}, 1},
		{"corrected again", 4, "2025-12-31", []int64{130, 500}, 2},
		{"corrected to a later day", 4, "2025-05-31", []int64{500}, 2},
		{"before any payment", 3, "2025-02-28", nil, 1},
	} {
		all := clueContracts(t, st, c.watermark, c.day)
		var paid []int64
		for _, p := range all[0].Payments {
			paid = append(paid, p.AmountFen)
		}
		if len(all) != c.contracts || !slices.Equal(paid, c.paid) || !slices.IsSortedFunc(all, func(a, b *clues.Contract) int { return cmp.Compare(a.No, b.No) }) {
			t.Errorf("%s: %d contracts, paid %v; want %d, %v", c.what, len(all), paid, c.contracts, c.paid)
		}
	}
}

func clueContracts(t *testing.T, st *store.Store, watermark int, on string) (all []*clues.Contract) {
	t.Helper()
	err := st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
		s := Snapshot{AsOf: day(on), Watermark: watermark}
		d, err := ClueContractsOf(ctx, r, s, 0, 1)
		if err != nil {
			return err
		}
		payments, err := PaymentsOf(ctx, r, watermark, 1)
		all = d.Paid(payments, s.AsOf)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
