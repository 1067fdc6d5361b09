package dashboards

import (
	"slices"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// caseForm is the form of one step.
type caseForm struct {
	Step, Title, Hint, Submit string
	Action                    string
	Fields                    []caseField
	Open                      bool // shown unfolded: it is what the case waits for
	Danger                    bool
}

// caseField is one field of a form. Kind is text, area, day, choice, ticks or files.
type caseField struct {
	Name, Label, Kind, Hint string
	Value                   string
	Required                bool
	Choices                 []store.Choice
	Most                    int // characters
}

// Sole says whether there is one choice only, which has to be made.
func (f caseField) Sole() bool { return f.Required && len(f.Choices) == 1 }

// offer makes the forms of what who is asking may do.
func (p *casePageData) offer() error {
	offered, barred := p.rules.Offers(p.C, p.base.person(), p.today)
	if p.Own == (p.Who.Role != access.Supplier) || !p.May(access.KeepCases) && !p.Own {
		return nil
	}
	if barred != nil && p.May(access.DecideCases) {
		p.Barred = p.T("case.barred", "Why", p.base.caseProblem(barred))
	}
	for _, kind := range offered {
		if slices.Contains(decidingSteps, kind) && !p.May(access.DecideCases) {
			continue
		}
		f := p.form(kind)
		f.Open = len(p.Forms) == 0
		p.Forms = append(p.Forms, f)
	}
	return nil
}

// form is the form of a step.
func (p *casePageData) form(kind blacklist.StepKind) caseForm {
	base := "/blacklist/"
	if p.Own {
		base = "/cases/"
	}
	f := caseForm{Step: string(kind), Title: p.base.named("case.do", string(kind)), Hint: p.T("case.hint." + string(kind)), Submit: p.base.named("case.do", string(kind)), Action: p.To(base + p.C.No),
		Danger: kind == blacklist.Confirmed || kind == blacklist.Discontinued || kind == blacklist.Revoked}
	if !p.Own && slices.Contains(onPaper, kind) {
		f.Title = p.T("case.on_behalf", "What", f.Title)
	}
	for _, name := range p.fieldsOf(kind) {
		f.Fields = append(f.Fields, p.field(kind, name))
	}
	return f
}

// stepFields are the fields of each form, in order; ! marks one that has to be filled in.
var stepFields = map[blacklist.StepKind][]string{
	blacklist.PartyAdded:       {"party!", "relation!", "reason!"},
	blacklist.GroundsAdded:     {"ground", "evidence", "reason!", "documents"},
	blacklist.Noticed:          {"party!", "document_no!", "on!", "service!", "reason!", "documents"},
	blacklist.Stated:           {"party!", "on!", "reason", "documents"},
	blacklist.HearingRequested: {"party!", "on!", "reason!"},
	blacklist.HearingWithdrawn: {"party!", "on!", "reason!"},
	blacklist.HearingSet:       {"party!", "until!", "place!", "reason!"},
	blacklist.HearingHeld:      {"party!", "on!", "reason!", "documents!"},
	blacklist.Proposed:         {"outcome!", "parties", "until", "standard!", "findings!", "answer", "mitigating", "aggravating", "document_no!", "reason!"},
	blacklist.Returned:         {"reason!"},
	blacklist.Confirmed:        {"reason!"},
	blacklist.Published:        {"document_no!", "reason!", "documents"},
	blacklist.RepairRequested:  {"party!", "reason!", "documents!"},
	blacklist.RepairGranted:    {"party!", "document_no", "reason!"},
	blacklist.RepairRefused:    {"party!", "reason!"},
	blacklist.Revoked:          {"party!", "document_no!", "reason!", "documents!"},
	blacklist.Discontinued:     {"reason!"},
}

// fieldsOf leaves out what a supplier does not have to say: who it is, and when.
func (p *casePageData) fieldsOf(kind blacklist.StepKind) []string {
	fields := slices.Clone(stepFields[kind])
	if p.Own {
		fields = slices.DeleteFunc(fields, func(name string) bool { return name == "party!" || name == "on!" })
	}
	return fields
}

// field is one field of the form of a step.
func (p *casePageData) field(kind blacklist.StepKind, name string) caseField {
	required := name[len(name)-1] == '!'
	if required {
		name = name[:len(name)-1]
	}
	f := caseField{Name: name, Label: p.T("case.field." + name), Required: required, Kind: "text", Most: shortText}
	switch name {
	case "on", "until":
		f.Kind = "day"
		if name == "on" {
			f.Value = day(p.today)
		}
		if kind == blacklist.Proposed {
			f.Label = p.T("case.field.until_on")
			f.Hint = p.T("case.field.until_on.hint", "First", p.Day(p.today.AddDate(p.rules.Policy.TermMinYears, 0, 0)), "Last", p.Day(p.today.AddDate(p.rules.Policy.TermMaxYears, 0, 0)))
		}
	case "reason", "findings", "answer":
		f.Kind, f.Most = "area", longestStanding
		if kind == blacklist.Stated && name == "reason" {
			f.Label = p.T("case.field.statement")
		}
	case "documents":
		f.Kind, f.Hint = "files", p.T("case.field.documents.hint", "N", mostPapers, "MB", largestPaper>>20)
	case "evidence":
		f.Hint = p.T("case.field.evidence.hint")
	case "party", "parties":
		f.Kind = map[string]string{"party": "choice", "parties": "ticks"}[name]
		for _, party := range p.C.Parties {
			f.Choices = append(f.Choices, store.Choice{ID: party.Supplier, Name: p.names[party.Supplier]})
		}
		if kind == blacklist.PartyAdded {
			f.Kind, f.Choices, f.Hint = "text", nil, p.T("case.field.party.hint")
		}
	case "mitigating":
		f.Kind, f.Choices = "ticks", p.base.idChoices("case.factor", blacklist.Mitigating())
	case "aggravating":
		f.Kind, f.Choices = "ticks", p.base.idChoices("case.factor", blacklist.Aggravating())
	case "relation":
		f.Kind, f.Choices = "choice", p.base.idChoices("case.relation", blacklist.Relations())
	case "service":
		f.Kind, f.Choices = "choice", p.base.idChoices("case.service", blacklist.Services())
	case "standard":
		f.Kind, f.Choices = "choice", p.base.idChoices("case.standard", blacklist.Standards())
	case "ground":
		f.Kind, f.Choices = "choice", p.base.idChoices("ground", blacklist.Grounds())
	case "outcome":
		f.Kind, f.Choices = "choice", p.base.idChoices("case.outcome", outcomes)
	}
	return f
}

// idChoices are ids as choices, with their names.
func (b *base) idChoices(family string, ids []string) (all []store.Choice) {
	for _, id := range ids {
		all = append(all, store.Choice{ID: id, Name: b.named(family, id)})
	}
	return all
}
