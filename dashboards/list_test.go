package dashboards

import (
	"errors"
	"net/url"
	"testing"

	"pingxin/dashboards/locale"
)

// TestListsAreCutToPages: a page has at most so many rows, says where it is, and a list of one page seldom needs to say so.
func TestListsAreCutToPages(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	of := func(total int, page string) ([]int, *pages, *pages, error) {
		b := baseOf(basis{Texts: texts[locale.Chinese], labels: &labels{}, path: "/list", query: url.Values{"page": {page}}})
		all := make([]int, total)
		for i := range all {
			all[i] = i + 1
		}
		shown, p, err := cutToPage(b, all)
		_, long, _ := cutWhereLong(b, all)
		return shown, p, long, err
	}
	for _, c := range []struct {
		total       int
		page        string
		first, last int // rows that are shown
		pages       int // 0: none are spoken of
		long        bool
	}{{0, "", 0, 0, 0, false}, {1, "", 1, 1, 1, false}, {pageSize, "", 1, pageSize, 1, false}, {pageSize + 1, "", 1, pageSize, 2, true}, {pageSize + 1, "2", pageSize + 1, pageSize + 1, 2, true},
		{pageSize, "2", 0, 0, 1, true}} { // past the end it leads back
		shown, p, long, err := of(c.total, c.page)
		if err != nil {
			t.Errorf("%d rows, page %q: %v", c.total, c.page, err)
			continue
		}
		if len(shown) > 0 && (shown[0] != c.first || shown[len(shown)-1] != c.last) || len(shown) == 0 && c.first != 0 {
			t.Errorf("%d rows, page %q shows %v, expected %d to %d", c.total, c.page, shown, c.first, c.last)
		}
		if p != nil && p.Pages != c.pages || p == nil && c.pages != 0 || (long != nil) != c.long {
			t.Errorf("%d rows, page %q: %+v and %+v, expected %d pages", c.total, c.page, p, long, c.pages)
		}
	}
	var bad *badFilter
	if _, _, _, err := of(3, "x"); !errors.As(err, &bad) {
		t.Errorf("page x: %v", err)
	}
}
