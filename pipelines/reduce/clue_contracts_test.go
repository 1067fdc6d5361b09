package reduce

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"pingxin/budget/execution"
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
		d, err := ClueContractsOf(ctx, r, s, Every, 0, 1)
		if err != nil {
			return err
		}
		payments, err := PaymentsOf(ctx, r, s, Every, 1)
		all = d.Paid(payments, s.AsOf)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOrderOfNumbers: numbers that begin alike, that end where others go on, and that differ late only are in the order of texts.
func TestOrderOfNumbers(t *testing.T) {
	for _, numbers := range [][]string{
		nil, {"HT-1"},
		{"HT2026-10", "HT2026-1", "HT2026-1 ", "HT2026-2", "HT2026-"},
		{"合同2026-0000000002", "合同2026-0000000001", "合同2025-0000000003", "HT"},
		{"HT2026-0000000000-3", "HT2026-0000000000-1", "HT2025-0000000000-2"},
	} {
		var d ClueContracts
		for i, no := range numbers {
			d.all = append(d.all, clues.Contract{Contract: execution.Contract{No: no}})
			d.places.put(int32(len(numbers)-i), int32(i))
		}
		var got []string
		for _, c := range d.ordered() {
			got = append(got, c.No)
		}
		if want := slices.Sorted(slices.Values(numbers)); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
