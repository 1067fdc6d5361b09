package blacklist

import "fmt"

// Refusal says why a step cannot be taken. Pages show the text of the key case.refused.CODE.
type Refusal struct {
	Rule     string // one of Refusals
	Found    string
	Expected string
}

// refusals are the codes of a Refusal, each with its sentence for the console.
var refusals = map[string]string{
	"state":            "the case does not stand so that this step could be taken",
	"reason":           "the step needs a reason",
	"day_order":        "the day lies before an earlier step or after today",
	"grounds":          "a case needs a ground and its evidence",
	"clue_unconfirmed": "a clue is a ground only after somebody has confirmed it, by the figures that it has",
	"party_unknown":    "the supplier is no party of the case",
	"party_known":      "the supplier is a party of the case already",
	"relation":         "it has to be said how the affiliate is bound to the supplier",
	"service":          "it has to be said how the notice was served",
	"document_no":      "the document needs its number",
	"not_own":          "a supplier acts for itself only, in its own case",
	"bureau_only":      "this step is the bureau's",
	"statement_empty":  "a statement needs words or a document",
	"hearing_late":     "the time for asking for a hearing is over",
	"hearing_again":    "a hearing was asked for already",
	"hearing_none":     "no hearing was asked for that is still to be held",
	"hearing_soon":     "the day of the hearing has to be told further ahead",
	"hearing_far":      "the day of the hearing leaves no time for the decision",
	"hearing_place":    "the hearing needs a place",
	"hearing_unset":    "the day of the hearing was not told",
	"hearing_before":   "the hearing was not to be held yet",
	"hearing_open":     "a hearing was asked for and not held yet",
	"hearing_record":   "a hearing needs its record as a document",
	"notice_missing":   "a party that is to be listed was not served its notice",
	"window_open":      "the window for the statement has not run out",
	"statement_unread": "a statement came in after the proposal; it has to be proposed anew",
	"decision_missing": "the step needs a decision",
	"decision_parties": "the decision has to say which parties it lists",
	"standard":         "the decision needs a standard of proof",
	"proof_weak":       "this standard of proof does not carry a listing",
	"findings":         "the decision needs the facts that were found",
	"answer":           "the decision has to say how the statements were dealt with",
	"factor":           "there is no such circumstance",
	"term":             "the end of the listing lies outside the term",
	"duty_scored":      "who scored a contract of the evidence cannot decide",
	"duty_uploaded":    "who brought the evidence cannot decide",
	"duty_flagged":     "who put the supplier on the watch list cannot decide",
	"duty_verified":    "who confirmed a clue of the evidence cannot decide",
	"duty_opened":      "who opened the case or added to it cannot decide",
	"second_person":    "a decision takes two persons",
	"same_decider":     "who decided cannot set the decision aside",
	"not_listed":       "the party is not listed on this day",
	"repair_early":     "it is too early for a repair",
	"repair_none":      "no repair was asked for",
	"repair_again":     "a repair was asked for already",
	"repair_proof":     "a repair needs its proof as a document",
	"text_long":        "the text is too long",
	"paper_type":       "documents come as PDF, JPEG or PNG",
	"paper_large":      "the document is too large",
	"papers_many":      "there are too many documents at once",
	"watch_until":      "the watch ends too late, or has ended",
	"repair_recorder":  "who entered the request cannot decide it",
}

// Refusals lists the codes of all refusals, each with its sentence.
func Refusals() map[string]string { return refusals }

func (e *Refusal) Error() string {
	text := refusals[e.Rule]
	if e.Found != "" {
		text += fmt.Sprintf(": found %q", e.Found)
	}
	if e.Expected != "" {
		text += ", expected " + e.Expected
	}
	return text
}

func refuse(code string) error { return &Refusal{Rule: code} }
