package district_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/district"
)

// What is planted of targets, answers, evaluators and conduct beyond what chance brings; that the program finds it is tested
// where the demonstration is made.
func init() {
	situations["far_behind"] = readings(true, func(attained float64) bool { return attained > 0 && attained < 0.3 })
	whereItFits["behind"] = readings(true, func(attained float64) bool { return attained > 0.5 && attained < 0.7 })
	whereItFits["target_reached"] = readings(true, func(attained float64) bool { return attained >= 1 })
	situations["target_unread"] = readings(true, func(attained float64) bool { return attained < 0 })
	situations["settled_without_target"] = readings(false, func(attained float64) bool { return attained < 0 })
	situations["late_answers"] = atOnce(14)
	situations["dense_answers"] = atOnce(-20)
	situations["mostly_one_supplier"] = loyal
	situations["collusion"] = creditEvent(event{kind: "collusion", severity: "serious", night: 1, endsAfter: true})
	situations["conduct_lost"] = creditEvent(event{kind: "administrative_penalty", severity: "serious", night: 1, endsAfter: true})
	situations["conduct_lost_again"] = creditEvent(event{kind: "contract_breach", severity: "serious", night: 1, endsAfter: true})
	situations["serious_unrepaired"] = creditEvent(event{kind: "administrative_penalty", severity: "serious", night: 1})
	whereItFits["no_target"] = readings(false, func(attained float64) bool { return attained < 0 })
	whereItFits["one_supplier"] = oneSupplier
	whereItFits["rise_before_renewal"] = riseBeforeRenewal
}

// readings looks at the last reading of a contract with or without a target: attained is its share of that, below 0 without a
// reading.
func readings(targeted bool, fits func(attained float64) bool) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		target, attained := 0.0, -1.0
		for _, r := range m.all(t, "target") {
			if r.cells["contract_no"] == p.ID {
				target = number(t, r.cells["target"])
			}
		}
		for _, r := range m.all(t, "progress") {
			if r.cells["contract_no"] == p.ID && target > 0 {
				attained = number(t, r.cells["actual"]) / target
			}
		}
		if (target > 0) != targeted || !fits(attained) {
			t.Errorf("%s has a target of %g and attained %g of it", p.ID, target, attained)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// atOnce: seven of ten recipients answered on one day, so many days after the end of the service.
func atOnce(days int) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		end, err := time.Parse(time.DateOnly, m.byID(t, "contract", "contract_no")[p.ID].cells["end_on"])
		if err != nil {
			t.Fatal(err)
		}
		day, then, all := end.AddDate(0, 0, days).Format(time.DateOnly), 0, 0
		for _, s := range m.all(t, "score") {
			if s.cells["contract_no"] == p.ID && s.cells["party"] == "recipient" {
				all++
				if s.cells["scored_on"] == day {
					then++
				}
			}
		}
		if all == 0 || then*10 < all*6 {
			t.Errorf("%d of %d answers on %s came on %s", then, all, p.ID, day)
		}
	}
}

func loyal(t *testing.T, m made, p district.Planted) {
	contracts, own := m.byID(t, "contract", "contract_no"), map[string]map[string]bool{}
	for _, s := range m.all(t, "score") {
		if s.cells["evaluator_id"] == p.ID {
			supplier := contracts[s.cells["contract_no"]].cells["supplier_id"]
			if own[supplier] == nil {
				own[supplier] = map[string]bool{}
			}
			own[supplier][s.cells["contract_no"]] = true
		}
	}
	words := strings.Fields(p.Note)
	mostly, all := len(own[words[len(words)-1]]), 0
	for _, contracts := range own {
		all += len(contracts)
	}
	if mostly*2 <= all || m.byID(t, "organisation", "org_id")[p.ID].cells["kind"] != "evaluator" {
		t.Errorf("%s scored %d of its %d contracts for one supplier", p.ID, mostly, all)
	}
}

// oneSupplier: five contracts or more of the last two years for the item, nine tenths of the money with the supplier.
func oneSupplier(t *testing.T, m made, p district.Planted) {
	words := strings.Fields(p.Note) // buys the item ITEM from SUPPLIER nearly alone
	item, supplier, n := words[3], words[5], 0
	var own, all float64
	for _, c := range m.all(t, "contract") {
		if c.cells["purchaser_id"] != p.ID || c.cells["item_code"] != item || number(t, c.cells["budget_year"]) < float64(m.size.FirstYear+m.size.Years-2) {
			continue
		}
		all += number(t, c.cells["amount_yuan"])
		if c.cells["supplier_id"] == supplier {
			own += number(t, c.cells["amount_yuan"])
			n++
		}
	}
	if n < 5 || own < 0.9*all {
		t.Errorf("%s has %d contracts with %s for %s, %.0f of %.0f yuan", p.ID, n, supplier, item, own, all)
	}
}

// riseBeforeRenewal: three purchases by one department of one supplier and item, of which the middle one was scored far above
// the first.
func riseBeforeRenewal(t *testing.T, m made, p district.Planted) {
	words := strings.Fields(p.Note) // its evaluation is far above that of NO, and then NO renewed it
	contracts := m.byID(t, "contract", "contract_no")
	chain := []string{strings.TrimSuffix(words[7], ","), p.ID, words[len(words)-3]}
	means := make([]mean, len(chain))
	for _, s := range m.all(t, "score") {
		if at := slices.Index(chain, s.cells["contract_no"]); at >= 0 {
			means[at].add(t, s.cells["score"])
		}
	}
	for _, no := range chain {
		for _, column := range []string{"purchaser_id", "supplier_id", "item_code"} {
			if contracts[no].cells[column] == "" || contracts[no].cells[column] != contracts[p.ID].cells[column] {
				t.Errorf("%s of %s is %q", column, no, contracts[no].cells[column])
			}
		}
	}
	if means[1].value() < means[0].value()+15 {
		t.Errorf("the scores rose from %.1f to %.1f", means[0].value(), means[1].value())
	}
}
