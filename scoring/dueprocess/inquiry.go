package dueprocess

// InquiryState is where a question or complaint of the public stands, or a review by which the supervision office asks about a
// clue, which is routed from the start.
type InquiryState string

// The states of an inquiry.
const (
	Received InquiryState = "received" // waits for the bureau to say whom it concerns
	Routed   InquiryState = "routed"   // waits for the answer
	Answered InquiryState = "answered" // waits for the bureau's check
	Released InquiryState = "released" // question and answer are public
	Kept     InquiryState = "kept"     // answered, and only whoever asked can read it
	Declined InquiryState = "declined"
)

// InquiryStates lists every state in the order in which an inquiry takes them.
var InquiryStates = []InquiryState{Received, Routed, Answered, Released, Kept, Declined}

// Closed says whether nothing waits any more.
func (s InquiryState) Closed() bool { return s == Released || s == Kept || s == Declined }

// InquiryStep is something that somebody does with an inquiry.
type InquiryStep string

// The steps.
const (
	RouteTo InquiryStep = "route"   // the bureau says whom it concerns; also again, to somebody else
	Decline InquiryStep = "decline" // the bureau says why it is not answered
	Answer  InquiryStep = "answer"  // whom it concerns answers
	Return  InquiryStep = "return"  // the bureau asks for a better answer
	Release InquiryStep = "release" // the bureau publishes question and answer
	Keep    InquiryStep = "keep"    // the bureau hands the answer to whoever asked and does not publish it

	Conclude InquiryStep = "conclude" // the supervision office closes a review with its verdict, answered or not
)

// InquirySteps lists every step.
var InquirySteps = []InquiryStep{RouteTo, Decline, Answer, Return, Release, Keep, Conclude}

// steps says from which states a step leads to which.
var steps = map[InquiryStep]struct {
	from []InquiryState
	to   InquiryState
}{
	RouteTo: {[]InquiryState{Received, Routed}, Routed},
	Decline: {[]InquiryState{Received}, Declined},
	Answer:  {[]InquiryState{Routed}, Answered},
	Return:  {[]InquiryState{Answered}, Routed},
	Release: {[]InquiryState{Answered}, Released},
	Keep:    {[]InquiryState{Answered}, Kept},

	Conclude: {[]InquiryState{Routed, Answered}, Kept},
}

// After is the state to which a step leads; the error is a *RefusedError where the state does not allow it.
func (s InquiryState) After(step InquiryStep) (InquiryState, error) {
	rule := steps[step]
	for _, from := range rule.from {
		if s == from {
			return rule.to, nil
		}
	}
	code := "inquiry_not_" + string(step)
	if s.Closed() {
		code = "inquiry_closed"
	}
	return s, &RefusedError{Code: code, Act: Act(step), State: State(s)}
}

// Allows says whether a step can be taken.
func (s InquiryState) Allows(step InquiryStep) bool {
	_, err := s.After(step)
	return err == nil
}

// MayCheck returns nil where the account may check an answer, and otherwise a *RefusedError: nobody checks his own.
func MayCheck(account, answeredBy string) error {
	if account == answeredBy {
		return Refuse(Act(Release), "checker_answered")
	}
	return nil
}
