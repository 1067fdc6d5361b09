package credit

import (
	"fmt"
	"slices"

	"pingxin/scoring"
)

// EffectPolicy is the [effects] table: which level, stars, grade, commendation or listing has which effect (守信激励,
// 失信惩戒), each with the rule that it rests on. It decides nothing by itself: other rules move money and points, and this
// table says in one place what follows for whom.
type EffectPolicy struct {
	Effects []Effect `toml:"effect"`
}

// Effect is one consequence.
type Effect struct {
	ID     string       `toml:"id"`
	On     string       `toml:"on"`     // what it depends on: a key of effectSubjects
	Values []string     `toml:"values"` // of On that have it
	Area   string       `toml:"area"`   // in which it shows: one of EffectAreas
	Reward bool         `toml:"reward"` // false: a restriction
	Text   scoring.Name `toml:"text"`
	Clause scoring.Name `toml:"clause"`
}

// What an effect may depend on.
const (
	OnLevel      = "level"      // of the credit rating
	OnAssessment = "assessment" // grade of the grade assessment
	OnGrade      = "grade"      // of the evaluation of one contract
	OnConduct    = "conduct"    // Commended or SeriousOpen
	OnList       = "list"       // of the blacklist: Watched, Listed
)

// EffectSubjects are what effects may depend on, in the order of the printed table.
var EffectSubjects = []string{OnLevel, OnAssessment, OnGrade, OnConduct, OnList}

// EffectAreas are the offices in which an effect shows, in the order of the printed table.
var EffectAreas = []string{"purchase", "inspection", "budget"}

// Values of OnConduct and OnList.
const (
	Commended   = "commended"    // holds a commendation that counts
	SeriousOpen = "serious_open" // a serious offence whose sanction runs and that is not repaired
	Listed      = "listed"       // on the blacklist by a decision; a candidate is not, so nothing follows from being one
)

// conductValues are the values that do not come from another table of the policy.
var conductValues = map[string][]string{OnConduct: {Commended, SeriousOpen}, OnList: {Listed}}

// Check returns everything that is wrong with the table; nil means that it is sound. Values of levels, grades and
// assessments are those of the other tables of the policy, which are handed in by what they belong to.
func (p *EffectPolicy) Check(values map[string][]string) []error {
	var faults []error
	seen := map[string]bool{}
	for i, e := range p.Effects {
		fault := func(key, found, expected string) {
			faults = append(faults, fmt.Errorf("effects.effect %d %q: %s: found %q, expected %s", i+1, e.ID, key, found, expected))
		}
		if e.ID == "" || seen[e.ID] {
			fault("id", e.ID, "an id of its own")
		}
		seen[e.ID] = true
		if !slices.Contains(EffectSubjects, e.On) {
			fault("on", e.On, fmt.Sprintf("one of %v", EffectSubjects))
			continue
		}
		if !slices.Contains(EffectAreas, e.Area) {
			fault("area", e.Area, fmt.Sprintf("one of %v", EffectAreas))
		}
		known := append(conductValues[e.On], values[e.On]...)
		for _, v := range e.Values {
			if !slices.Contains(known, v) {
				fault("values", v, fmt.Sprintf("one of %v", known))
			}
		}
		if len(e.Values) == 0 {
			fault("values", "", "at least one")
		}
		for key, text := range map[string]string{"text.zh": e.Text.ZH, "text.en": e.Text.EN, "clause.zh": e.Clause.ZH, "clause.en": e.Clause.EN} {
			if text == "" {
				fault(key, "", "a text")
			}
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return compareText(a.Error(), b.Error()) }) // maps have no order
	return faults
}

// Of are the effects for somebody of whom the values hold: by what they depend on, as {OnLevel: {"AA"}}. They come in the
// order of the policy.
func (p *EffectPolicy) Of(holds map[string][]string) []Effect {
	var all []Effect
	for _, e := range p.Effects {
		if slices.ContainsFunc(e.Values, func(v string) bool { return slices.Contains(holds[e.On], v) }) {
			all = append(all, e)
		}
	}
	return all
}

// Standing is what the effects for a supplier depend on, as Of takes it: the level, caps and terms of its rating, the grade
// of its grade assessment, and whether it is on the blacklist, which holds for an unrated one too. Empty texts and lists: none.
func Standing(level, assessment string, listed bool, caps []scoring.Cap, parts []Part) map[string][]string {
	holds := map[string][]string{}
	put := func(on, value string) {
		if value != "" && !slices.Contains(holds[on], value) {
			holds[on] = append(holds[on], value)
		}
	}
	put(OnLevel, level)
	put(OnAssessment, assessment)
	if listed {
		put(OnList, Listed)
	}
	for _, c := range caps {
		if c.Rule == "serious_offence_open" {
			put(OnConduct, SeriousOpen)
		}
	}
	for _, part := range parts {
		if part.Term == commendation && part.Value > 0 {
			put(OnConduct, Commended)
		}
	}
	return holds
}
