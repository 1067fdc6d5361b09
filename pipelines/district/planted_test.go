package district_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pingxin/pipelines/district"
)

// planted finds a situation in the manifest, where it stands once.
func planted(t *testing.T, m made, situation string) district.Planted {
	t.Helper()
	var found []district.Planted
	for _, p := range m.Planted {
		if p.Situation == situation {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the manifest has %s %d times, want once", situation, len(found))
	}
	return found[0]
}

// mean of some scores; n is their number.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(t *testing.T, cell string) {
	t.Helper()
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Fatal(err)
	}
	m.sum += v
	m.n++
}

func (m mean) value() float64 { return m.sum / float64(m.n) }

// situations says how each planted situation shows in the files.
var situations = map[string]func(t *testing.T, m made, p district.Planted){
	"full_marks_to_all": fullMarks, "strict_evaluator": strictEvaluator, "missing_party": missingParty, "idle_supplier": idleSupplier,
	"poor_two_years": poorEveryYear, "corrected_score": correctedScore, "objection_on_paper": openObjection, "no_plan_item": unplanned, "single_source": withoutCompetition, "falling_share": fallingShare,
	"staff_kept": staffKept, "lacks_liability": lacksLiability, "targets_after_signing": lateTargets, "plan_not_purchasable": planItem(func(item, barred string) bool { return item == barred }),
	"plan_boundary_word": planNamed("劳务派遣"), "plan_without_tender": planBy("competitive_negotiation"), "plan_without_reason": planBy("single_source"), "plan_above_budget": aboveBudget,
	"commendation":        creditEvent(event{kind: "commendation", severity: "commendation"}),
	"safety_incident":     creditEvent(event{kind: "safety_incident", severity: "serious", night: 2, contract: true, endsAfter: true}),
	"rectification_order": creditEvent(event{kind: "rectification_order", severity: "general", night: 1, contract: true, endsAfter: true}),
	"false_report":        creditEvent(event{kind: "false_report", severity: "serious", night: 1, contract: true, endsAfter: true}),
	"false_claim":         creditEvent(event{kind: "false_claim", severity: "serious", night: 3, endsAfter: true}),
	"external_list":       externalList,
	"shared_contact":      sharedContact, "complaint_unanswered": complaintUnanswered, "alike_narratives": alikeNarratives,
	"repaired_offence":   creditEvent(event{kind: "late_report", severity: "general", night: 1, repaired: true}),
	"open_incident":      incident("2", "large", "open"),
	"closed_incident":    incident("1", "general", "closed"),
	"unfounded_incident": incident("1", "major", "unfounded"),
}

// whereItFits are those that a district may lack: there was nothing to plant them in, or chance made none.
var whereItFits = map[string]func(t *testing.T, m made, p district.Planted){"split_under_limit": splitUnderLimit}

// incident finds the incident of a contract in the file of a night.
func incident(night, severity, status string) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		for _, f := range m.Files {
			if f.Kind != "incident" || strconv.Itoa(f.Night) != night {
				continue
			}
			for _, r := range m.read(t, f) {
				c := r.cells
				if c["contract_no"] == p.ID && c["severity"] == severity && c["status"] == status && (status == "open") == (c["closed_on"] == "") {
					return
				}
			}
		}
		t.Errorf("contract %s has no %s incident that is %s on night %s", p.ID, severity, status, night)
	}
}

func TestPlanted(t *testing.T) {
	for _, size := range []district.Size{small(), larger()} {
		m := generate(t, size)
		for _, situation := range slices.Sorted(maps.Keys(situations)) {
			t.Run(fmt.Sprintf("%s of seed %d", situation, size.Seed), func(t *testing.T) { situations[situation](t, m, planted(t, m, situation)) })
		}
		for _, p := range m.Planted {
			if look := whereItFits[p.Situation]; look != nil {
				look(t, m, p)
				continue
			}
			if situations[p.Situation] == nil {
				t.Errorf("%s is planted and no test looks for it", p.Situation)
			}
		}
	}
}

// openObjection: one objection, to a contract that was over, without an outcome.
func openObjection(t *testing.T, m made, p district.Planted) {
	all := m.all(t, "objection")
	if len(all) != 1 || all[0].cells["contract_no"] != p.ID || all[0].cells["outcome"] != "" {
		t.Fatalf("found the objections %v, expected one to %s without an outcome", all, p.ID)
	}
	for _, c := range m.all(t, "contract") {
		if c.cells["contract_no"] == p.ID && c.cells["end_on"] >= all[0].cells["filed_on"] {
			t.Errorf("the objection of %s came before the end of its contract on %s", all[0].cells["filed_on"], c.cells["end_on"])
		}
	}
}

func fullMarks(t *testing.T, m made, p district.Planted) {
	contracts, indicators, n := map[string]bool{}, map[string]bool{}, 0
	for _, s := range m.all(t, "score") {
		if s.cells["party"] != "purchaser" || !strings.HasPrefix(s.cells["evaluator_id"], p.ID+"-") {
			continue
		}
		if s.cells["score"] != "100" {
			t.Errorf("%s gave %s to %s", p.ID, s.cells["score"], s.cells["contract_no"])
		}
		contracts[s.cells["contract_no"]], indicators[s.cells["indicator"]] = true, true
		n++
	}
	if len(contracts) < 5 || n != len(contracts)*len(indicators) {
		t.Errorf("%s gave %d scores on %d contracts and %d indicators", p.ID, n, len(contracts), len(indicators))
	}
	for _, c := range m.all(t, "contract") {
		if c.cells["purchaser_id"] == p.ID && !contracts[c.cells["contract_no"]] && c.cells["end_on"] < m.Nights[0].AsOf.AddDate(0, 0, -15).Format(time.DateOnly) {
			t.Errorf("%s did not score its contract %s", p.ID, c.cells["contract_no"])
		}
	}
}

// strictEvaluator compares on contracts that others evaluated too, indicator by indicator.
func strictEvaluator(t *testing.T, m made, p district.Planted) {
	cells := map[string]*[2]mean{} // strict, others
	for _, s := range m.all(t, "score") {
		if s.cells["party"] != "third_party" {
			continue
		}
		key, who := s.cells["contract_no"]+" "+s.cells["indicator"], 1
		if s.cells["evaluator_id"] == p.ID {
			who = 0
		}
		if cells[key] == nil {
			cells[key] = &[2]mean{}
		}
		cells[key][who].add(t, s.cells["score"])
	}
	var gap mean
	for _, c := range cells {
		if c[0].n > 0 && c[1].n > 0 {
			gap.sum += c[1].value() - c[0].value()
			gap.n++
		}
	}
	// It is planted 8 points below others whose severity spreads by 1.5.
	if gap.n < 30 || gap.value() < 5 || gap.value() > 11 {
		t.Errorf("%s scores %.2f points below the others in %d places, want about 8", p.ID, gap.value(), gap.n)
	}
}

func missingParty(t *testing.T, m made, p district.Planted) {
	parties := map[string]int{}
	for _, s := range m.all(t, "score") {
		if s.cells["contract_no"] == p.ID {
			parties[s.cells["party"]]++
		}
	}
	if parties["third_party"] > 0 || parties["purchaser"] == 0 {
		t.Errorf("%s has scores %v, want none of the third party and some of the purchaser", p.ID, parties)
	}
}

// externalList: another authority lists the supplier by its code, and the entry stands.
func externalList(t *testing.T, m made, p district.Planted) {
	code := m.byID(t, "organisation", "org_id")[p.ID].cells["uscc"]
	for _, row := range m.all(t, "external_listing") {
		if row.cells["uscc"] == code && row.cells["list"] == "tax" && row.cells["removed_on"] == "" {
			return
		}
	}
	t.Errorf("no external list holds the code %s of %s", code, p.ID)
}

func idleSupplier(t *testing.T, m made, p district.Planted) {
	years := map[string]int{}
	for _, c := range m.all(t, "contract") {
		if c.cells["supplier_id"] == p.ID {
			years[c.cells["budget_year"]]++
		}
	}
	if first := strconv.Itoa(m.size.FirstYear); years[first] == 0 || len(years) != 1 {
		t.Errorf("%s has contracts in %v, want some in %s and in no other year", p.ID, years, first)
	}
}

// poorEveryYear leaves out the purchaser that gives full marks to anybody.
func poorEveryYear(t *testing.T, m made, p district.Planted) {
	generous := planted(t, m, "full_marks_to_all").ID
	contracts := m.byID(t, "contract", "contract_no")
	years := map[string]*[2]mean{} // poor, others
	for _, s := range m.all(t, "score") {
		if strings.HasPrefix(s.cells["evaluator_id"], generous+"-") {
			continue
		}
		c, who := contracts[s.cells["contract_no"]].cells, 1
		if c["supplier_id"] == p.ID {
			who = 0
		}
		if years[c["budget_year"]] == nil {
			years[c["budget_year"]] = &[2]mean{}
		}
		years[c["budget_year"]][who].add(t, s.cells["score"])
	}
	if len(years) != m.size.Years {
		t.Errorf("scores in %d years, want %d", len(years), m.size.Years)
	}
	for year, y := range years {
		if y[0].n == 0 || y[0].value() > 60 || y[1].value() < 75 {
			t.Errorf("%s: %s has a mean of %.1f over %d scores, the others %.1f; want poor, and others not", year, p.ID, y[0].value(), y[0].n, y[1].value())
		}
	}
}

// sharedContact: the telephone is the same but for how it is written, and nobody else has it.
func sharedContact(t *testing.T, m made, p district.Planted) {
	words := strings.Fields(p.Note) // has the telephone of SUPPLIER and scored its contract NO
	supplier, no := words[4], words[len(words)-1]
	digits := func(s string) string {
		return strings.TrimLeft(strings.NewReplacer("-", "", "（", "", "）", "").Replace(s), "0")
	}
	holders := map[string][]string{}
	for _, c := range m.all(t, "organisation_contact") {
		if c.cells["contact"] == "phone" {
			holders[digits(c.cells["value"])] = append(holders[digits(c.cells["value"])], c.cells["org_id"])
		}
	}
	found := false
	for _, orgs := range holders {
		found = found || slices.Equal(orgs, []string{supplier, p.ID})
	}
	if !found || m.byID(t, "contract", "contract_no")[no].cells["supplier_id"] != supplier {
		t.Errorf("%s and %s have no telephone to themselves, or %s is not the supplier's", p.ID, supplier, no)
	}
	for _, s := range m.all(t, "score") {
		if s.cells["contract_no"] == no && s.cells["evaluator_id"] == p.ID {
			return
		}
	}
	t.Errorf("%s did not score %s", p.ID, no)
}

func complaintUnanswered(t *testing.T, m made, p district.Planted) {
	open := 0
	for _, c := range m.all(t, "complaint") {
		if c.cells["answered_on"] == "" {
			open++
			if c.cells["contract_no"] != p.ID || !strings.Contains(p.Note, c.cells["complaint_no"]) || c.cells["received_on"] > m.Nights[0].AsOf.AddDate(0, 0, -30).Format(time.DateOnly) {
				t.Errorf("%v, want one on %s a month before the first night", c.cells, p.ID)
			}
		}
	}
	var said mean
	for _, s := range m.all(t, "score") {
		if s.cells["contract_no"] == p.ID && s.cells["party"] == "recipient" {
			said.add(t, s.cells["score"])
		}
	}
	if open != 1 || said.value() < 75 {
		t.Errorf("%d complaints without an answer, the recipients of %s gave %.1f", open, p.ID, said.value())
	}
}

// alikeNarratives: what follows on the opening sentence, which has the name and the figures, is one text.
func alikeNarratives(t *testing.T, m made, p district.Planted) {
	_, list, _ := strings.Cut(p.Note, "figures on ")
	contracts := strings.Fields(list)
	texts := map[string]int{}
	for _, n := range m.all(t, "narrative") {
		parts := strings.SplitN(n.cells["narrative"], "。", 3)
		texts[parts[2]]++
		if slices.Contains(contracts, n.cells["contract_no"]) != (texts[parts[2]] > 1 || n.cells["contract_no"] == contracts[0]) || texts[parts[2]] > 1 && n.cells["author_id"] != p.ID {
			t.Errorf("%v, copies are planted on %v", n.cells, contracts)
		}
	}
	if len(contracts) < 2 {
		t.Errorf("only %v are copies", contracts)
	}
}

func correctedScore(t *testing.T, m made, p district.Planted) {
	var values []string
	var nights []int
	for _, s := range m.all(t, "score") {
		if s.cells["contract_no"] == p.ID && s.cells["indicator"] == "target_outcome" && s.cells["party"] == "purchaser" {
			values, nights = append(values, s.cells["score"]), append(nights, s.night)
		}
	}
	if len(values) != 2 || nights[0] == nights[1] || values[0] == "40" || values[1] != "40" {
		t.Errorf("the purchaser scored %s with %v in the nights %v, want a score and then 40", p.ID, values, nights)
	}
}

// event is how a planted credit event must look.
type event struct {
	kind, severity                string
	night                         int // 0: any
	contract, endsAfter, repaired bool
}

// creditEvent looks for an event of the supplier that the note of the manifest names.
func creditEvent(want event) func(t *testing.T, m made, p district.Planted) {
	return func(t *testing.T, m made, p district.Planted) {
		words := strings.Fields(p.Note) // credit event ID [contract]
		if len(words) < 3 {
			t.Fatalf("the note %q names no event", p.Note)
		}
		r, found := m.byID(t, "credit_event", "event_id")[words[2]]
		if !found {
			t.Fatalf("there is no credit event %s", words[2])
		}
		e := r.cells
		if e["supplier_id"] != p.ID || e["kind"] != want.kind || e["severity"] != want.severity || want.night > 0 && r.night != want.night {
			t.Errorf("night %d: got %v, want %+v of %s", r.night, e, want, p.ID)
		}
		last := m.Nights[len(m.Nights)-1].AsOf.Format(time.DateOnly)
		if (e["ends_on"] > last) != want.endsAfter || (e["repaired_on"] > e["occurred_on"]) != want.repaired {
			t.Errorf("%s ends on %q and was repaired on %q, want %+v", words[2], e["ends_on"], e["repaired_on"], want)
		}
		if !want.contract {
			if e["contract_no"] != "" || len(words) != 3 {
				t.Errorf("%s is recorded against the contract %q, want the supplier in general", words[2], e["contract_no"])
			}
			return
		}
		c, known := m.byID(t, "contract", "contract_no")[e["contract_no"]]
		if !known || len(words) != 4 || words[3] != e["contract_no"] || c.cells["supplier_id"] != p.ID {
			t.Errorf("%s is recorded against the contract %q, want one of %s, as in the note %q", words[2], e["contract_no"], p.ID, p.Note)
		}
	}
}
