package integrity

import (
	"math"
	"math/rand/v2"
	"slices"

	"pingxin/scoring/splitmix"
)

// mostItems is the most items of a sheet: a choice of items is then 64 bits.
const mostItems = 64

// The seed of the sample of bands: fixed, so that a run can be repeated; any number would do.
const bandSeed1, bandSeed2 = 20150109, 1998

// allItems is the band of all items.
func allItems(items int) []int {
	band := make([]int, items)
	for i := range band {
		band[i] = i
	}
	return band
}

// choose is the binomial coefficient, exact up to 2^53; 0 for k > n.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1) // whole at every step
	}
	return math.Round(c)
}

// bandsOf returns all choices of m of the items when they are no more than most, in lexical order; else a random
// sample of that size, of different choices, the same every time.
func bandsOf(items, m, most int) [][]int {
	var bands [][]int
	if choose(items, m) <= float64(most) {
		for band := allItems(items)[:m]; band != nil; band = next(band, items) {
			bands = append(bands, band)
		}
		return bands
	}
	random := rand.New(rand.NewPCG(bandSeed1, bandSeed2))
	taken := map[uint64]bool{}
	for len(bands) < most {
		band := random.Perm(items)[:m]
		slices.Sort(band)
		var bits uint64
		for _, item := range band {
			bits |= 1 << item
		}
		if !taken[bits] {
			taken[bits] = true
			bands = append(bands, band)
		}
	}
	return bands
}

// next is the choice of items that follows in lexical order; nil after the last.
func next(band []int, items int) []int {
	for i := len(band) - 1; i >= 0; i-- {
		if band[i] < items-len(band)+i {
			following := slices.Clone(band)
			for j := i; j < len(band); j++ {
				following[j] = band[i] + 1 + j - i
			}
			return following
		}
	}
	return nil
}

// buckets are sheets put together by their answers on one band, numbered in the order of their first sheet.
type buckets struct {
	of     []int32 // bucket of each sheet
	first  []int32 // first sheet of each bucket
	weight []int32 // respondents in each bucket
	slots  []slot  // open addressing, a power of two, at most half full
}

// slot is one place of the table. Bucket 0 stands for none, 1 for the first.
type slot struct {
	hash   uint32
	bucket int32
}

// fill puts the sheets at rows into buckets by one band, each with its weight (nil: 1 each), and returns b, whose memory
// it uses again. Equal hashes are compared answer by answer, so that a bucket holds equal answers only.
func fill(b *buckets, sheets []Sheet, rows, weights []int32, band []int) *buckets {
	size := 2
	for size < 2*len(rows) {
		size *= 2
	}
	b.of, b.first, b.weight = resized(b.of, len(rows)), b.first[:0], b.weight[:0]
	b.slots = resized(b.slots, size)
	clear(b.slots)
	for i, row := range rows {
		answers := sheets[row].Answers
		hash := hashOf(answers, band)
		at := hash & uint64(size-1)
		for ; b.slots[at].bucket != 0; at = (at + 1) & uint64(size-1) {
			s := b.slots[at]
			if s.hash == uint32(hash>>32) && equalOn(answers, sheets[rows[b.first[s.bucket-1]]].Answers, band) {
				break
			}
		}
		if b.slots[at].bucket == 0 {
			b.first, b.weight = append(b.first, int32(i)), append(b.weight, 0)
			b.slots[at] = slot{uint32(hash >> 32), int32(len(b.first))}
		}
		bucket := b.slots[at].bucket - 1
		b.of[i] = bucket
		if weights == nil {
			b.weight[bucket]++
		} else {
			b.weight[bucket] += weights[i]
		}
	}
	return b
}

// resized returns a slice of length n, the same memory if it is large enough.
func resized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// equalOn says whether two sheets agree in all items of a band.
func equalOn(a, b []int32, band []int) bool {
	for _, item := range band {
		if a[item] != b[item] {
			return false
		}
	}
	return true
}

// hashOf mixes the answers on a band, one after the other.
func hashOf(answers []int32, band []int) uint64 {
	var h uint64
	for _, item := range band {
		h = splitmix.Mix(h + uint64(uint32(answers[item])) + splitmix.Gamma)
	}
	return h
}
