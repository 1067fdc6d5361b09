package access

import (
	"errors"
	"fmt"
	"time"
)

// ErrCredentials is the one answer to a sign-in that does not succeed, whatever the reason: an unknown account, a wrong
// password, a disabled account.
var ErrCredentials = errors.New("the name or the password is wrong")

// ErrToken says that a bearer token is unknown, expired, revoked, or of an account that is disabled.
var ErrToken = errors.New("the token is not valid: it is unknown, expired or revoked")

// ErrUnknown says that there is no such account, session, token or assignment.
var ErrUnknown = errors.New("there is nothing of that name")

// ThrottledError says that somebody has to wait before the next attempt.
type ThrottledError struct{ Wait time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts: wait %s and try again", e.Wait.Round(time.Second))
}

// Refusal is a request of somebody who may make it, which cannot be granted as it stands. Pages show the text of the key
// access.refused.CODE.
type Refusal struct {
	Code     string // one of refusals
	Found    string // never a secret
	Expected string
}

// refusals are the codes of a Refusal, each with its sentence for the console.
var refusals = map[string]string{
	"login_form":        "the name to sign in with is not well formed",
	"login_taken":       "another account signs in with this name",
	"name_missing":      "the account has no name to be shown",
	"role_unknown":      "there is no such role",
	"org_missing":       "this role acts for an organisation, and none is given",
	"org_unknown":       "no accepted organisation has this id and the kind that the role needs",
	"email_form":        "the e-mail address is not well formed",
	"email_taken":       "another account has this e-mail address",
	"last_admin":        "this is the last admin who can sign in",
	"password_short":    "the password is too short",
	"password_long":     "the password is too long",
	"password_own":      "the password holds a part of the account's own data",
	"password_common":   "the password is one of those that are tried first",
	"password_same":     "the new password is the old one",
	"password_wrong":    "the present password is wrong",
	"code_wrong":        "the code is wrong, used or expired",
	"factor_needed":     "the role needs a second factor",
	"setup_closed":      "there is an account already, so the first one cannot be made here",
	"label_missing":     "the token has no name",
	"actions_missing":   "the token allows no action",
	"action_unknown":    "a token cannot allow this action",
	"expiry_range":      "the token's lifetime is out of range",
	"sso_unlinked":      "no account is linked to this identity",
	"sso_failed":        "the single sign-on did not succeed",
	"plan_reason":       "a decision on a plan item needs a reason",
	"plan_decision":     "a plan item is approved, returned or rejected",
	"plan_barred":       "the catalogue says that the item may not be bought",
	"plan_cancelled":    "the purchaser cancelled the plan item",
	"plan_stale":        "somebody decided on the plan item since it was shown",
	"plan_own":          "who brought a plan item does not decide on it",
	"view_name":         "a saved view needs a name",
	"view_state":        "the state of the page is too long to be saved",
	"views_many":        "an account keeps only so many views",
	"closing_reason":    "closing or opening an evaluation needs a reason",
	"reason_missing":    "a conflict needs a word on what it is",
	"assign_none":       "no contract is selected",
	"assign_unknown":    "no accepted contract has this number",
	"release_reason":    "a release needs a reason of at most 300 characters",
	"due_past":          "the day by which scores are due is past",
	"force_past":        "a version of the catalogue comes into force today or later",
	"incident_ended":    "the incident was ended already",
	"incident_measures": "ending an incident needs a word on what was done",
	"incident_future":   "the day has not come yet",
}

func (e *Refusal) Error() string {
	text := refusals[e.Code]
	if e.Found != "" {
		text += fmt.Sprintf(": found %q", e.Found)
	}
	if e.Expected != "" {
		text += ", expected " + e.Expected
	}
	return text
}

// refuse makes a Refusal without more to say.
func refuse(code string) error { return &Refusal{Code: code} }
