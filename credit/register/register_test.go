package register_test

import (
	"slices"
	"testing"
	"time"

	"pingxin/credit/register"
	"pingxin/scoring"
)

var (
	policy = register.Policy{NoticeDays: 180}
	asOf   = time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
)

func TestFindings(t *testing.T) {
	sound := register.Entry{Type: "social_group", Code: "51500105MJ00000010", Known: true, Status: register.Active}
	with := func(change func(*register.Entry)) register.Entry {
		e := sound
		change(&e)
		return e
	}
	in := func(days int) time.Time { return asOf.AddDate(0, 0, days) }
	for name, c := range map[string]struct {
		entry register.Entry
		want  []scoring.Note
	}{
		"nothing":                   {sound, nil},
		"no code":                   {with(func(e *register.Entry) { e.Code = "" }), []scoring.Note{{Code: "register_no_code"}}},
		"the code of a company":     {with(func(e *register.Entry) { e.Code = "91350100M000100Y43" }), []scoring.Note{{Code: "register_type"}}},
		"a type without a rule":     {with(func(e *register.Entry) { e.Type, e.Code = "other", "91350100M000100Y43" }), nil},
		"a shared code":             {with(func(e *register.Entry) { e.Sharing = 2 }), []scoring.Note{{Code: "register_shared", Have: 2}}},
		"not in the register":       {with(func(e *register.Entry) { e.Known, e.Status = false, "" }), []scoring.Note{{Code: "register_unknown"}}},
		"dissolved":                 {with(func(e *register.Entry) { e.Status = register.Dissolved }), []scoring.Note{{Code: "register_ended"}}},
		"revoked with contracts":    {with(func(e *register.Entry) { e.Status, e.Open = register.Revoked, 3 }), []scoring.Note{{Code: "register_open", Have: 3}}},
		"certificate ends today":    {with(func(e *register.Entry) { e.CertificateUntil = asOf }), []scoring.Note{{Code: "register_certificate_soon"}}},
		"certificate ended":         {with(func(e *register.Entry) { e.CertificateUntil = in(-1) }), []scoring.Note{{Code: "register_certificate", Have: 1}}},
		"certificate in 180 days":   {with(func(e *register.Entry) { e.CertificateUntil = in(180) }), []scoring.Note{{Code: "register_certificate_soon", Have: 180}}},
		"certificate in 181 days":   {with(func(e *register.Entry) { e.CertificateUntil = in(181) }), nil},
		"exemption ended":           {with(func(e *register.Entry) { e.ExemptUntil = in(-59) }), []scoring.Note{{Code: "register_exemption", Have: 59}}},
		"ended, so no more notices": {with(func(e *register.Entry) { e.Status, e.CertificateUntil = register.Dissolved, in(-1) }), []scoring.Note{{Code: "register_ended"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := policy.Findings(c.entry, asOf); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
}

func TestSocial(t *testing.T) {
	for id, want := range map[string]bool{"social_group": true, "private_non_enterprise": true, "foundation": true, "enterprise": false, "institution": false, "": false} {
		if register.Social(id) != want {
			t.Errorf("%q is a social organisation: %v", id, !want)
		}
	}
	if (&register.Policy{NoticeDays: -1}).Check() == nil || policy.Check() != nil {
		t.Error("the check of the policy is wrong")
	}
}
