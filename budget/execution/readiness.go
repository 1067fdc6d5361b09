package execution

import (
	"slices"

	"pingxin/scoring"
)

// Contents are the required contents that a contract has: what it says of each is written down by clause.
type Contents uint8

// The contents that a contract must have (江北府办〔2015〕109号, 二(五)4).
const (
	Scope     Contents = 1 << iota // 购买服务范围
	Subject                        // 标的
	Quantity                       // 数量
	Quality                        // 质量要求
	Term                           // 服务期限
	Payments                       // 资金支付方式
	Duties                         // 权利义务
	Liability                      // 违约责任

	Complete Contents = 1<<iota - 1
)

// required are the contents with what is said of a contract that lacks one.
var required = []struct {
	part Contents
	note scoring.Note
}{
	{Scope, scoring.Note{Code: "contract_lacks_scope"}}, {Subject, scoring.Note{Code: "contract_lacks_subject"}},
	{Quantity, scoring.Note{Code: "contract_lacks_quantity"}}, {Quality, scoring.Note{Code: "contract_lacks_quality"}},
	{Term, scoring.Note{Code: "contract_lacks_term"}}, {Payments, scoring.Note{Code: "contract_lacks_payment"}},
	{Duties, scoring.Note{Code: "contract_lacks_duties"}}, {Liability, scoring.Note{Code: "contract_lacks_liability"}},
}

// Missing lists what a contract lacks; one of which nothing at all is known lacks its checklist.
func (c Contents) Missing() []scoring.Note {
	if c == 0 {
		return []scoring.Note{{Code: "contract_unchecked"}}
	}
	var all []scoring.Note
	for _, r := range required {
		if c&r.part == 0 {
			all = append(all, r.note)
		}
	}
	return all
}

// The sources of targets: who was heard, or what was read, before they were set.
const (
	Recipients = "recipients"  // what those need who are to be served
	ThirdParty = "third_party" // opinion of a third party
	Standard   = "standard"    // standard of the trade, or a refined standard of acceptance
	Experience = "experience"  // results of years before
)

// Sources are all of them.
var Sources = []string{Recipients, ThirdParty, Standard, Experience}

// Readiness lists what a contract lacked when it was signed: a place in the plan, performance targets, who has to be heard
// on them before, its signature before the service began, and its required contents. Nil means that it was ready. Targets come before the purchase
// (江北府办〔2015〕109号, 二(五)5: 作为购买服务的前置条件), so those set after the day of signing do not make it ready.
func (p *Policy) Readiness(c *Contract) []scoring.Note {
	var all []scoring.Note
	if c.Plan == "" {
		all = append(all, scoring.Note{Code: "no_plan_item"})
	}
	if c.Targets == 0 {
		all = append(all, scoring.Note{Code: "no_targets"})
	} else {
		all = append(all, p.unheard(c)...)
		if !c.SignedOn.IsZero() && c.TargetsOn.After(c.SignedOn) {
			all = append(all, scoring.Note{Code: "targets_after_signing", Have: float64(daysBetween(c.SignedOn, c.TargetsOn))})
		}
	}
	if c.SignedOn.After(c.StartOn) {
		all = append(all, scoring.Note{Code: "signed_after_start", Have: float64(daysBetween(c.StartOn, c.SignedOn))})
	}
	return append(all, c.Contents.Missing()...)
}

// unheard is what is said of a contract of whose targets a source was not heard.
var unheard = map[string]scoring.Note{
	Recipients: {Code: "recipients_unheard"}, ThirdParty: {Code: "third_party_unheard"},
	Standard: {Code: "no_standard"}, Experience: {Code: "no_experience"},
}

// unheard says of the sources that the policy asks for which were not heard.
func (p *Policy) unheard(c *Contract) []scoring.Note {
	var all []scoring.Note
	for _, source := range p.Heard {
		if !slices.Contains(c.Heard, source) {
			all = append(all, unheard[source])
		}
	}
	return all
}
