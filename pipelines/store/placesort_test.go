package store

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortPlaces: places are sorted as by comparing their numbers, and those with one number stay as they came, for few and for
// many, for numbers that differ in all bytes, in some that lie apart, and in none.
func TestSortPlaces(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for _, mask := range []uint64{1<<64 - 1, 3 << 62, 0xff00_0000_00ff_0000, 7, 0} {
		for _, count := range []int{0, 1, 2, fewPlaces, fewPlaces + 1, 5000} {
			places := make([]place, count)
			for at := range places {
				places[at] = place{chance.Uint64() & mask, int32(at)}
			}
			want := slices.Clone(places)
			slices.SortStableFunc(want, func(a, b place) int {
				switch {
				case a.by < b.by:
					return -1
				case a.by > b.by:
					return 1
				}
				return 0
			})
			got, rest := sortPlaces(places, make([]place, count))
			if !slices.Equal(got, want) {
				t.Errorf("%d places that differ in %x are out of order", count, mask)
			}
			if len(rest) != count || count > 0 && &rest[0] == &got[0] {
				t.Errorf("%d places: what is left to sort the next in is of %d", count, len(rest))
			}
		}
	}
}
