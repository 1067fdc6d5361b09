package recheck

import (
	"testing"

	"pingxin/scoring/recheck/exact"
)

// TestLocationsByHand: of 1, 2, 3, 4, 100 the sums of pairs are 2 3 4 4 5 5 6 6 7 8 101 to 104 200: the eighth is 6. The median
// deviation is 1, so that Huber holds scores within 2.2239 of it: (1+2+3+4+mu+2.2239)/5 = mu gives (10+2.2239)/4.
func TestLocationsByHand(t *testing.T) {
	s := scores{1, 2, 3, 4, 100}
	for name, c := range map[string]struct{ got, want exact.Number }{
		"mean":           {s.mean(), exact.Whole(22)},
		"variance":       {s.variance(), exact.Ratio(19025, 10)}, // (441+400+361+324+6084)/4
		"trimmed":        {s.withoutEnds(s.ends(exact.Ratio(1, 5))).mean(), exact.Whole(3)},
		"winsorised":     {s.endsPulledIn(s.ends(exact.Ratio(1, 5))).mean(), exact.Whole(3)}, // 2 2 3 4 4
		"Hodges-Lehmann": {s.pairMedian(), exact.Whole(3)},
		"deviation":      {s.deviation(), exact.Whole(1)},
	} {
		if c.got.Cmp(c.want) != 0 {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	off := exact.Minus(s.huber(), exact.Decimal(3.055975))
	if exact.Below(exact.Over(exact.Whole(1), exact.Power(2, 100)), off.Abs(off)) {
		t.Errorf("Huber: got %s", s.huber().FloatString(20))
	}
	if got := (scores{7, 7, 7, 7, 90}).huber(); got.Cmp(exact.Whole(7)) != 0 {
		t.Errorf("Huber without spread: got %s, want the median", got)
	}
	if got := (scores{7}).variance(); got.Sign() != 0 {
		t.Errorf("variance of one score: got %s", got)
	}
}
