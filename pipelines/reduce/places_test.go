package reduce

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// TestPlaces: keys of several years, on both sides of a page's end and given in no order, have their places and come back in order.
func TestPlaces(t *testing.T) {
	const year = 4194304
	keys := []int32{26*year + 1, 0, 25*year + pageLen, 25*year + pageLen - 1, 99*year + 7}
	var p places
	for place, key := range keys {
		p.put(key, int32(place))
	}
	for want, key := range keys {
		if place, known := p.of(key); !known || int(place) != want {
			t.Errorf("key %d stands at %d, %t; want %d", key, place, known, want)
		}
	}
	for _, key := range []int32{1, 25*year + pageLen + 1, 26 * year, 100 * year} {
		if place, known := p.of(key); known {
			t.Errorf("key %d, which was never put, stands at %d", key, place)
		}
	}
	if got, want := slices.Collect(p.all()), []int32{1, 3, 2, 0, 4}; !slices.Equal(got, want) {
		t.Errorf("in the order of keys %v, want %v", got, want)
	}
}

// TestTimeOf: days before 1970, of a leap year and of the end of the calendar are those that the library makes of them.
func TestTimeOf(t *testing.T) {
	for _, text := range []string{"1901-03-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"} {
		d := arrow.Date32FromTime(day(text))
		if got := timeOf(d); got != day(text) || got != d.ToTime().UTC() {
			t.Errorf("%s: %v", text, got)
		}
	}
}
