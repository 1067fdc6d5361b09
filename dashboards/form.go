package dashboards

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/dashboards/client"
	"pingxin/dashboards/limit"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// shown makes a page that may be asked for by a form as well: the name of its template and what that shows.
type shown func(*http.Request, *base) (name string, data any, err error)

// onRun makes a page of the published run one that a form can lead back to.
func (s *Server) onRun(name string, read func(context.Context, *store.View, *base) (any, error)) shown {
	return func(r *http.Request, b *base) (_ string, data any, err error) {
		err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
			data, err = read(ctx, v, b)
			return err
		})
		return name, data, err
	}
}

// still registers a page that needs no run.
func (s *Server) still(pattern string, action access.Action, page shown) {
	s.handle("GET "+pattern, action, func(w http.ResponseWriter, r *http.Request) { s.show(w, r, s.newBase(r), http.StatusOK, page) })
}

// form registers what a form does.
func (s *Server) form(pattern string, action access.Action, do func(http.ResponseWriter, *http.Request, *base) (string, error), again shown) {
	s.handle("POST "+pattern, action, s.posted(do, again))
}

// posted handles a form. do returns the address that it leads to, or an empty one when it answered itself; what it refuses
// shows the page again, with the reason.
func (s *Server) posted(do func(http.ResponseWriter, *http.Request, *base) (string, error), again shown) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b := s.newBase(r)
		if err := parseForm(r); err != nil {
			s.fail(w, r, err)
			return
		}
		next, err := do(w, r, b)
		if err == nil {
			if next != "" {
				http.Redirect(w, r, next, http.StatusSeeOther)
			}
			return
		}
		if status := s.refusal(w, r, b, err); status != 0 {
			s.show(w, r, b, status, again)
		}
	}
}

// refusal sets what a page says of the form that was refused and returns its status; 0: the answer is another page.
func (s *Server) refusal(w http.ResponseWriter, r *http.Request, b *base, err error) int {
	var field *unfit
	if errors.As(err, &field) {
		b.wrong(field.field, "")
	}
	b.Done = ""
	if status := b.refused(w, err); status != 0 {
		return status
	}
	if errors.Is(err, store.ErrUnpublished) {
		s.fail(w, r, err)
		return 0
	}
	status, p := s.describe(r, b, err)
	switch status {
	case http.StatusConflict, http.StatusUnprocessableEntity:
		b.Problem = b.T("form.problem", "Title", p.Title, "Sentence", p.Sentence)
		return status
	}
	s.tell(w, r, status, p)
	return 0
}

// parseForm reads a form, with or without a file; the route's limit bounds both.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(smallBody)
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return large
	}
	if err != nil {
		return &badFilter{Name: "form", Expected: "form"}
	}
	return nil
}

// show writes a page: with another status than 200, that of a form that was refused, as it was sent.
func (s *Server) show(w http.ResponseWriter, r *http.Request, b *base, status int, page shown) {
	name, data, err := page(r, b)
	if errors.Is(err, store.ErrUnpublished) && b.Problem != "" { // there is no page to come back to
		s.tell(w, r, status, &problem{basis: b.basis, Title: b.T("empty.title"), Sentence: b.Problem})
		return
	}
	if err != nil || status == http.StatusOK {
		s.answer(w, r, name, data, err)
		return
	}
	filled, err := s.filled(name, data)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	send(w, status, refill(filled, refusal{r.URL.EscapedPath(), r.PostForm, b.unfit, b.Problem}))
}

// tellDone sets what a page says of what a form has done, by the address to which the form led.
func (b *base) tellDone() {
	code := b.query.Get("done")
	if !b.Has("access.done." + code) {
		return
	}
	n, err := strconv.Atoi(b.query.Get("n"))
	if err != nil {
		n = 0 // a sentence without a number does not need it
	}
	b.Done = b.T("access.done."+code, "N", n)
}

// refused sets what a page says of a refusal and returns its status; 0 for an error that is none.
func (b *base) refused(w http.ResponseWriter, err error) int {
	var wait *access.ThrottledError
	var refusal *access.Refusal
	var faults *intake.FaultsError
	var bad *badFilter
	var said *refusedForm
	switch {
	case errors.As(err, &said):
		b.Problem = said.sentence
		return http.StatusUnprocessableEntity
	case errors.As(err, &bad):
		b.Problem = b.T("form.expected", "Expected", b.T("expected."+bad.Expected))
		b.wrong(bad.Name, "")
		return http.StatusUnprocessableEntity
	case errors.As(err, &wait):
		seconds := int(math.Ceil(wait.Wait.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		b.Problem = b.T("access.throttled", "N", seconds)
		return http.StatusTooManyRequests
	case errors.Is(err, access.ErrCredentials):
		b.Problem = b.T("access.wrong")
		return http.StatusUnprocessableEntity
	case b.refusedInProcess(err):
		return http.StatusUnprocessableEntity
	case errors.As(err, &refusal):
		b.Problem = b.refusal(refusal)
		b.wrong(fieldByCode[refusal.Code], "")
		return http.StatusUnprocessableEntity
	case errors.As(err, &faults):
		b.Problem = b.faulty(faults)
		return http.StatusUnprocessableEntity
	}
	if b.Problem = b.caseProblem(err); b.Problem != "" {
		var refused *blacklist.Refusal
		if errors.As(err, &refused) {
			b.wrong(fieldByCode[refused.Rule], "")
		}
		return http.StatusUnprocessableEntity
	}
	return 0
}

// faulty says what is wrong with a fact that was entered on a page, and of each of its cells beside the field.
func (b *base) faulty(e *intake.FaultsError) string {
	voice := b.faultsOf(e.File)
	sentences := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		said := b.T("form.fault", "Title", voice.Title(f), "Expected", voice.Expected(f))
		sentences[i] = strings.TrimSpace(voice.Columns(f) + " " + said)
		for _, column := range strings.Split(f.Column, ", ") {
			b.wrong(orText(fieldByCode[column], column), said)
		}
	}
	return strings.Join(sentences, " ")
}

// wrong says of a field of the form what is wrong with it; without a sentence it is what the page says of the whole form.
func (b *base) wrong(field, sentence string) {
	if field == "" {
		return
	}
	if b.unfit == nil {
		b.unfit = map[string]string{}
	}
	b.unfit[field] = sentence
}

// refusal is the sentence of a refusal.
func (b *base) refusal(r *access.Refusal) string {
	return b.T("access.refused."+r.Code, "Found", r.Found, "Expected", r.Expected)
}

// done leads to a page that says that something was done, to n things where one is given.
func (b *base) done(path, code string, n ...int64) string {
	pairs := []string{"done", code}
	for _, n := range n {
		pairs = append(pairs, "n", strconv.FormatInt(n, 10))
	}
	return b.To(path, pairs...)
}

// doneHere is the address of this page with its filters, which says what was done with how many; nothing is ticked any more.
func (b *base) doneHere(code string, n int) string {
	return b.Here("pick", "", "done", code, "n", strconv.Itoa(n))
}

// caller is where a request comes from, for the log of sign-ins and for slowing down who guesses.
func caller(r *http.Request) access.Client {
	return access.Client{Address: limit.Address(client.From(r.Context()).Address), Agent: r.UserAgent()}
}

// underTLS says whether a request came through TLS, here or at a proxy.
func underTLS(r *http.Request) bool { return client.From(r.Context()).Secure }

// ownPath is where a form leads back to: a path of this server, or the home page for anything else.
func ownPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || len(next) == 0 || next[0] != '/' || len(next) > 1 && (next[1] == '/' || next[1] == '\\') {
		return "/"
	}
	return u.String()
}
