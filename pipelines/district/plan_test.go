package district_test

import (
	"strconv"
	"strings"
	"testing"

	"pingxin/pipelines/district"
)

// unplanned: no row leads from the contract to a plan item.
func unplanned(t *testing.T, m made, p district.Planted) {
	if _, planned := m.byID(t, "contract_plan", "contract_no")[p.ID]; planned || m.byID(t, "contract", "contract_no")[p.ID].cells == nil {
		t.Errorf("%s has a place in the plan, or is no contract", p.ID)
	}
}

// withoutCompetition: the department tenders nothing, and has contracts with a single source.
func withoutCompetition(t *testing.T, m made, p district.Planted) {
	methods := map[string]int{}
	for _, c := range m.all(t, "contract") {
		if c.cells["purchaser_id"] == p.ID {
			methods[c.cells["method"]]++
		}
	}
	if methods["single_source"] == 0 || methods["open_tender"] > 0 {
		t.Errorf("%s bought by %v", p.ID, methods)
	}
}

// fallingShare: what it bought, by its whole budget, falls from year to year.
func fallingShare(t *testing.T, m made, p district.Planted) {
	bought, budget := map[string]float64{}, map[string]float64{}
	for _, c := range m.all(t, "contract") {
		if c.cells["purchaser_id"] == p.ID {
			bought[c.cells["budget_year"]] += yuanOf(t, c.cells["amount_yuan"])
		}
	}
	for _, b := range m.all(t, "department_budget") {
		if b.cells["purchaser_id"] == p.ID {
			budget[b.cells["year"]] = yuanOf(t, b.cells["amount_yuan"])
		}
	}
	before := 1.0
	for year := m.size.FirstYear; year < m.size.FirstYear+m.size.Years; year++ {
		y := strconv.Itoa(year)
		if budget[y] == 0 {
			continue
		}
		if share := bought[y] / budget[y]; share >= before {
			t.Errorf("%s: the share of %s is %g after %g", p.ID, y, share, before)
		} else {
			before = share
		}
	}
}

// staffKept: in the last year the department keeps staff for an item that it also buys.
func staffKept(t *testing.T, m made, p district.Planted) {
	for _, f := range m.all(t, "staffed_function") {
		if f.cells["purchaser_id"] != p.ID {
			continue
		}
		for _, c := range m.all(t, "contract") {
			if c.cells["purchaser_id"] == p.ID && c.cells["item_code"] == f.cells["item_code"] && c.cells["budget_year"] == f.cells["year"] {
				return
			}
		}
	}
	t.Errorf("%s keeps staff for nothing that it buys", p.ID)
}

func lacksLiability(t *testing.T, m made, p district.Planted) {
	c := m.byID(t, "contract_content", "contract_no")[p.ID].cells
	if c["breach_liability"] != "" || c["scope"] == "" {
		t.Errorf("%s contains %v", p.ID, c)
	}
}

func lateTargets(t *testing.T, m made, p district.Planted) {
	source, contract := m.byID(t, "target_source", "contract_no")[p.ID].cells, m.byID(t, "contract", "contract_no")[p.ID].cells
	if source["set_on"] <= contract["signed_on"] {
		t.Errorf("%s: the targets were set on %q, it was signed on %q", p.ID, source["set_on"], contract["signed_on"])
	}
}

// planItem looks at the item of the catalogue that a plan item names.
func planItem(ok func(item, barred string) bool) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		barred := ""
		for code, item := range m.byID(t, "catalog_item", "item_code") {
			if item.cells["purchasable"] == "false" && item.cells["parent_code"] != "" {
				barred = code
			}
		}
		if item := m.byID(t, "plan_item", "plan_no")[p.ID].cells["item_code"]; barred == "" || !ok(item, barred) {
			t.Errorf("%s is of the item %s; %q may not be bought", p.ID, item, barred)
		}
	}
}

func planNamed(word string) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		if name := m.byID(t, "plan_item", "plan_no")[p.ID].cells["project"]; !strings.Contains(name, word) {
			t.Errorf("%s is named %s", p.ID, name)
		}
	}
}

func planBy(method string) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		if c := m.byID(t, "plan_item", "plan_no")[p.ID].cells; c["method"] != method || c["method_reason"] != "" {
			t.Errorf("%s is bought by %s for the reason %q", p.ID, c["method"], c["method_reason"])
		}
	}
}

func aboveBudget(t *testing.T, m made, p district.Planted) {
	plan := m.byID(t, "plan_item", "plan_no")[p.ID].cells
	for _, l := range m.all(t, "budget_line") {
		if c := l.cells; c["year"] == plan["year"] && c["purchaser_id"] == plan["purchaser_id"] && c["item_code"] == plan["item_code"] {
			if yuanOf(t, c["amount_yuan"]) >= yuanOf(t, plan["amount_yuan"]) {
				t.Errorf("%s asks for %s of a budget of %s", p.ID, plan["amount_yuan"], c["amount_yuan"])
			}
			return
		}
	}
	t.Errorf("%s has no budget", p.ID)
}

// splitUnderLimit: some item was bought several times in a year, each time below two million yuan and together for more.
func splitUnderLimit(t *testing.T, m made, p district.Planted) {
	sums, counts := map[string]float64{}, map[string]int{}
	largest := 0.0
	for _, c := range m.all(t, "contract") {
		amount := yuanOf(t, c.cells["amount_yuan"])
		if c.cells["purchaser_id"] != p.ID || amount >= 2_000_000 || c.cells["method"] == "single_source" {
			continue
		}
		key := c.cells["budget_year"] + c.cells["item_code"]
		sums[key], counts[key] = sums[key]+amount, counts[key]+1
		if counts[key] > 1 {
			largest = max(largest, sums[key])
		}
	}
	if largest <= 2_000_000 {
		t.Errorf("%s: the largest group comes to %g", p.ID, largest)
	}
}

func yuanOf(t *testing.T, cell string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
