package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring/workdays"
)

// TestHolidaysAreEntered: a year is known once each of its occasions was entered on the page, run by run, and deadlines are
// counted by it; who does not keep the calendar is refused, and so is what cannot be.
func TestHolidaysAreEntered(t *testing.T) {
	st := freshDistrict(t)
	known := workdays.Shipped().Years()
	year := known[len(known)-1].Year + 1
	form := func(occasion string, month int) url.Values {
		return url.Values{"from_on": {fmt.Sprintf("%d-%02d-04", year, month)}, "to_on": {fmt.Sprintf("%d-%02d-06", year, month)}, "day": {"off"}, "occasion": {occasion}, "notice": {"国办发明电〔2026〕9号"}}
	}
	asPurchaser := budgetServer(t, st, access.Purchaser).URL
	if status, _, _ := post(t, asPurchaser+"/holidays", form("new_year", 1)); status != http.StatusForbidden {
		t.Errorf("by a purchaser: status %d", status)
	}
	web := budgetServer(t, st, access.Finance).URL
	backwards := form("new_year", 1)
	backwards.Set("to_on", fmt.Sprintf("%d-01-01", year))
	for name, bad := range map[string]url.Values{"backwards": backwards, "no occasion": form("", 1), "another occasion": form("birthday", 1)} {
		if status, _, _ := post(t, web+"/holidays", bad); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, status)
		}
	}
	window := func() error {
		return st.Read(t.Context(), func(ctx context.Context, r *store.Reader) error {
			c, err := store.Calendar(ctx, r)
			if err == nil {
				_, err = c.LastDay(time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC), workdays.Window{Days: 5, Unit: workdays.WorkingDays})
			}
			return err
		})
	}
	for i, occasion := range workdays.Occasions() {
		if err := window(); err == nil {
			t.Fatalf("with %d of %d occasions the year is known", i, len(workdays.Occasions()))
		}
		if status, _, body := post(t, web+"/holidays", form(occasion, 1+i)); status != http.StatusSeeOther {
			t.Fatalf("%s: status %d\n%s", occasion, status, body)
		}
		if _, _, body := fetch(t, web+"/holidays?lang=en"); !strings.Contains(body, fmt.Sprintf("%d-%02d-04", year, 1+i)) {
			t.Errorf("the page does not show %s", occasion)
		}
	}
	if err := window(); err != nil {
		t.Errorf("with every occasion: %v", err)
	}
}
