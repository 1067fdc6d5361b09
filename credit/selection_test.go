package credit_test

import (
	"testing"

	"pingxin/credit"
)

// TestChoose: the points are those of the star table of the test's policy, after Jiangsu.
func TestChoose(t *testing.T) {
	p := credit.Policy{Stars: []credit.Star{{Stars: 5, From: 100}, {Stars: 4, From: 80}, {Stars: 3, From: 60, BidPoints: -2}, {Stars: 2, From: 30, BidPoints: -3}, {Stars: 1, BidPoints: -4}}}
	for _, c := range []struct {
		name     string
		bidder   credit.Bidder
		points   float64
		rated    bool
		excluded []string
	}{
		{"five stars", credit.Bidder{Status: credit.Rated, Stars: 5}, 0, true, nil},
		{"three stars", credit.Bidder{Status: credit.Rated, Stars: 3}, -2, true, nil},
		{"one star", credit.Bidder{Status: credit.Rated, Stars: 1}, -4, true, nil},
		{"unrated", credit.Bidder{Status: credit.Unrated}, 0, false, nil},
		{"a star that the policy does not know", credit.Bidder{Status: credit.Rated, Stars: 6}, 0, false, nil},
		{"listed", credit.Bidder{Status: credit.Rated, Stars: 1, Listed: true}, -4, true, []string{"selection_listed"}},
		{"dissolved and listed", credit.Bidder{Status: credit.Unrated, Listed: true, Dissolved: true}, 0, false, []string{"selection_listed", "selection_dissolved"}},
	} {
		got := p.Choose(c.bidder)
		if got.BidPoints != c.points || got.Rated != c.rated || len(got.Excluded) != len(c.excluded) {
			t.Errorf("%s: got %+v", c.name, got)
			continue
		}
		for i, n := range got.Excluded {
			if n.Code != c.excluded[i] {
				t.Errorf("%s: excluded by %s, want %s", c.name, n.Code, c.excluded[i])
			}
		}
	}
}
