package district_test

import (
	"testing"

	"pingxin/pipelines/district"
)

// What is planted of the catalogue and the register.
func init() {
	situations["unlisted_item"] = unlistedItem
	situations["forbidden_item"] = forbiddenItem
	situations["idle_item"] = idleItem
	situations["draft_version"] = draftVersion
	situations["dissolved_with_contract"] = dissolvedWithContract
	situations["expired_certificate"] = expiredCertificate
}

// contractsOf counts the contracts of an item by year.
func contractsOf(t *testing.T, m made, code string) map[string]int {
	years := map[string]int{}
	for _, c := range m.all(t, "contract") {
		if c.cells["item_code"] == code {
			years[c.cells["budget_year"]]++
		}
	}
	return years
}

// listingsOf are the listings of an item by version.
func listingsOf(t *testing.T, m made, code string) map[string]string {
	listings := map[string]string{}
	for _, e := range m.all(t, "catalog_entry") {
		if e.cells["item_code"] == code {
			listings[e.cells["version_id"]] = e.cells["listing"]
		}
	}
	return listings
}

func unlistedItem(t *testing.T, m made, p district.Planted) {
	if bought, listed := contractsOf(t, m, p.ID), listingsOf(t, m, p.ID); len(bought) == 0 || len(listed) > 0 {
		t.Errorf("%s is bought in %v and listed as %v, want it bought and unlisted", p.ID, bought, listed)
	}
}

func forbiddenItem(t *testing.T, m made, p district.Planted) {
	from := map[string]string{}
	for _, a := range m.all(t, "catalog_adoption") {
		from[a.cells["version_id"]] = a.cells["in_force_on"]
	}
	barred := ""
	for version, listing := range listingsOf(t, m, p.ID) {
		if listing == "negative" && from[version] != "" {
			barred = from[version]
		}
	}
	signed := 0
	for _, c := range m.all(t, "contract") {
		if c.cells["item_code"] == p.ID && barred != "" && c.cells["signed_on"] >= barred {
			signed++
		}
	}
	if signed == 0 {
		t.Errorf("no contract for %s was signed from %q on, when it was forbidden", p.ID, barred)
	}
}

func idleItem(t *testing.T, m made, p district.Planted) {
	if bought, listed := contractsOf(t, m, p.ID), listingsOf(t, m, p.ID); len(bought) > 0 || len(listed) != 3 {
		t.Errorf("%s is bought in %v and listed as %v, want it listed in three versions and never bought", p.ID, bought, listed)
	}
}

func draftVersion(t *testing.T, m made, p district.Planted) {
	entries := 0
	for _, e := range m.all(t, "catalog_entry") {
		if e.cells["version_id"] == p.ID {
			entries++
		}
	}
	for _, a := range m.all(t, "catalog_adoption") {
		if a.cells["version_id"] == p.ID {
			t.Errorf("the draft %s is adopted", p.ID)
		}
	}
	if entries < 40 {
		t.Errorf("the draft %s has %d entries", p.ID, entries)
	}
}

func dissolvedWithContract(t *testing.T, m made, p district.Planted) {
	r := m.byID(t, "supplier_registration", "supplier_id")[p.ID].cells
	running := 0
	for _, c := range m.all(t, "contract") {
		if c.cells["supplier_id"] == p.ID && c.cells["start_on"] <= r["ended_on"] && r["ended_on"] < c.cells["end_on"] {
			running++
		}
	}
	if r["status"] != "dissolved" || running == 0 {
		t.Errorf("%s is %s since %s, with %d contracts running then", p.ID, r["status"], r["ended_on"], running)
	}
}

func expiredCertificate(t *testing.T, m made, p district.Planted) {
	r := m.byID(t, "supplier_registration", "supplier_id")[p.ID].cells
	if r["status"] != "active" || r["certificate_until"] == "" || r["certificate_until"] >= m.Nights[0].AsOf.Format("2006-01-02") {
		t.Errorf("%s is %s with a certificate until %q", p.ID, r["status"], r["certificate_until"])
	}
}
