package store

import (
	"cmp"
	"slices"
)

// place is where something stands that is sorted by a number.
type place struct {
	by uint64
	at int32
}

// fewPlaces is up to how many places are compared with each other: for so few, counting bytes costs more.
const fewPlaces = 64

// sortPlaces puts places, which come in the order of where they stand, into the order of their numbers and leaves those with
// one number as they came: byte by byte from the last, without a comparison. It uses other, which is as long, and returns
// both, the sorted ones first.
func sortPlaces(places, other []place) (sorted, rest []place) {
	if len(places) <= fewPlaces {
		slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.at, b.at)) })
		return places, other
	}
	var counts [8][256]int32
	for _, p := range places {
		for nth := range counts {
			counts[nth][byte(p.by>>(8*nth))]++
		}
	}
	for nth := range counts {
		count := &counts[nth]
		if int(count[byte(places[0].by>>(8*nth))]) == len(places) { // all have it
			continue
		}
		start := int32(0)
		for b, n := range count {
			count[b], start = start, start+n
		}
		for _, p := range places {
			next := &count[byte(p.by>>(8*nth))]
			other[*next] = p
			*next++
		}
		places, other = other, places
	}
	return places, other
}
