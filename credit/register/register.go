// Package register decides what a look into the register of suppliers has to point out: a code that does not fit the type
// or is held twice, a registration that ended or is about to, an exemption from tax that ran out. It judges no
// performance and excludes nobody: whoever buys looks at the findings first.
package register

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pingxin/scoring"
)

// Policy is the [register] table of a policy file.
type Policy struct {
	NoticeDays int `toml:"notice_days"` // before a certificate or an exemption ends, its end is pointed out
}

// Check returns everything that is wrong with the policy; nil means that it is sound.
func (p *Policy) Check() []error {
	if p.NoticeDays < 0 {
		return []error{fmt.Errorf("register.notice_days: found %d, expected 0 or more", p.NoticeDays)}
	}
	return nil
}

// The statuses of a registration.
const (
	Active    = "active"
	Dissolved = "dissolved" // 注销
	Revoked   = "revoked"   // 撤销
)

// Types of suppliers that are social organisations (社会组织).
var socialTypes = []string{"social_group", "private_non_enterprise", "foundation"}

// Social says whether a type of supplier is a social organisation.
func Social(supplierType string) bool { return slices.Contains(socialTypes, supplierType) }

// beginnings are how the unified social credit code of a type begins: registering authority and kind (GB 32100-2015).
var beginnings = map[string][]string{"social_group": {"51"}, "private_non_enterprise": {"52"}, "foundation": {"53"}, "enterprise": {"91", "92", "93"}, "institution": {"12"}}

// Entry is what the register holds of a supplier. Days that it does not hold are zero.
type Entry struct {
	Type, Code       string // unified social credit code, whose check digit was checked when it came in
	Sharing          int    // other suppliers with the same code
	Known            bool   // there is a registration; else the fields below say nothing
	Status           string
	CertificateUntil time.Time
	ExemptUntil      time.Time
	Open             int // contracts that end after the registration did, or are running on the day
}

// Findings are what has to be pointed out of a supplier on a day, the weightiest first; nil for nothing.
func (p *Policy) Findings(e Entry, asOf time.Time) []scoring.Note {
	ended := e.Known && e.Status != Active
	var all []scoring.Note
	for _, f := range []struct {
		found bool
		note  scoring.Note
	}{
		{ended && e.Open > 0, scoring.Note{Code: "register_open", Have: float64(e.Open)}},
		{ended && e.Open == 0, scoring.Note{Code: "register_ended"}},
		{e.Sharing > 0, scoring.Note{Code: "register_shared", Have: float64(e.Sharing)}},
		{e.Code == "", scoring.Note{Code: "register_no_code"}},
		{e.Code != "" && !fits(e.Type, e.Code), scoring.Note{Code: "register_type"}},
		{!e.Known, scoring.Note{Code: "register_unknown"}},
	} {
		if f.found {
			all = append(all, f.note)
		}
	}
	if e.Known && !ended {
		all = append(all, p.ending(e.CertificateUntil, asOf, scoring.Note{Code: "register_certificate"}, scoring.Note{Code: "register_certificate_soon"})...)
		all = append(all, p.ending(e.ExemptUntil, asOf, scoring.Note{Code: "register_exemption"}, scoring.Note{Code: "register_exemption_soon"})...)
	}
	return all
}

// ending points out a last day that is past or near, with the days since or until.
func (p *Policy) ending(until, asOf time.Time, past, soon scoring.Note) []scoring.Note {
	if until.IsZero() {
		return nil
	}
	days := math.Round(until.Sub(asOf).Hours() / 24)
	switch {
	case days < 0:
		past.Have = -days
		return []scoring.Note{past}
	case days <= float64(p.NoticeDays):
		soon.Have = days
		return []scoring.Note{soon}
	}
	return nil
}

// fits says whether a code begins as those of the type do; a type without a rule fits every code.
func fits(supplierType, code string) bool {
	known := beginnings[supplierType]
	return len(known) == 0 || slices.ContainsFunc(known, func(b string) bool { return strings.HasPrefix(code, b) })
}
