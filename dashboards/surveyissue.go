package dashboards

import (
	archive "archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/survey"
)

const (
	// handoutTime is how long new links can be fetched: time to print them and to try again when the paper jams.
	handoutTime = 30 * time.Minute
	// maxHandouts bounds the memory that they take; beyond it the oldest is forgotten.
	maxHandouts = 64
	// formBytes is the most bytes of a form that makes links: the numbers of some thousand contracts.
	formBytes = 256 << 10
)

// errHandedOut says that links can no longer be fetched.
var errHandedOut = errors.New("the links are no longer kept")

// handout are new links on their way to whoever asked for them.
type handout struct {
	account string
	until   time.Time
	issued  []survey.Issued
}

// issuedLinks keeps handouts in memory: the store has no token, so what is not fetched in time, or before the program
// ends, has to be replaced.
type issuedLinks struct {
	mu  sync.Mutex
	all map[string]handout
}

// keep takes a handout in and returns its name.
func (l *issuedLinks) keep(h handout) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]handout{}
	}
	if len(l.all) >= maxHandouts {
		delete(l.all, slices.MinFunc(slices.Collect(maps.Keys(l.all)), func(a, b string) int { return l.all[a].until.Compare(l.all[b].until) }))
	}
	id := rand.Text()
	l.all[id] = h
	return id
}

// find returns the handout of an account and forgets those whose time is over.
func (l *issuedLinks) find(id, account string, now time.Time) (handout, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.all, func(_ string, h handout) bool { return now.After(h.until) })
	h, found := l.all[id]
	if !found || h.account != account {
		return handout{}, errHandedOut
	}
	return h, nil
}

// issueLinks makes links for the contracts of the form and leads to the page from which they are fetched.
func (s *Server) issueLinks(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	requests, err := linksAsked(r)
	if err != nil {
		return "", err
	}
	issued, err := s.config.Survey.Issue(r.Context(), b.Who.Scope(), orText(b.Who.Name, b.Who.Account), requests)
	if err != nil {
		return "", err
	}
	return s.handOut(b, issued), nil
}

// linksForm is the page of the form that asks for links: that of the contract where one is named, else the list.
func (s *Server) linksForm(r *http.Request, b *base) (string, any, error) {
	if asked := r.PostForm["contract"]; len(asked) == 1 {
		return s.surveyOf(r.Context(), b, asked[0])
	}
	return s.surveys(r, b)
}

// linksAsked reads the form that asks for links.
func linksAsked(r *http.Request) ([]survey.Request, error) {
	var q survey.Request
	for _, n := range []struct {
		name      string
		to        *int
		low, high int
	}{{"links", &q.Links, 1, survey.MaxLinks}, {"frame", &q.Frame, 1, math.MaxInt32}, {"days", &q.Days, 1, survey.MaxDays}} {
		var err error
		if *n.to, err = wholeOfForm(r, n.name, n.low, n.high); err != nil {
			return nil, err
		}
	}
	q.Channel, q.Label = r.PostForm.Get("channel"), strings.TrimSpace(r.PostForm.Get("label"))
	var all []survey.Request
	for _, no := range r.PostForm["contract"] {
		q.ContractNo = no
		all = append(all, q)
	}
	return all, nil
}

// replaceLinks takes the unused links of a batch back and hands new ones out.
func (s *Server) replaceLinks(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	issue, err := issueOf(r)
	if err != nil {
		return "", err
	}
	issued, err := s.config.Survey.Replace(r.Context(), b.Who.Scope(), orText(b.Who.Name, b.Who.Account), r.PathValue("contract"), issue)
	if err != nil {
		return "", err
	}
	return s.handOut(b, []survey.Issued{issued}), nil
}

// handOut keeps new links and returns the address from which they are fetched.
func (s *Server) handOut(b *base, issued []survey.Issued) string {
	return b.To("/surveys/issued/" + s.issued.keep(handout{b.Who.Account, s.config.Now().Add(handoutTime), issued}))
}

// handoutPage is what new links are fetched from, and the paper with their codes.
type handoutPage struct {
	*basis
	Until           string
	Links           string
	Sheet, CSV, Zip string // addresses
	Batches         []handoutBatch
	Contracts       int
}

// handoutBatch are the links of one contract.
type handoutBatch struct{ No, Name, Back, Links, Until, Label string }

// handedOut finds the handout that the address names, or answers that there is none.
func (s *Server) handedOut(w http.ResponseWriter, r *http.Request) (handout, bool) {
	h, err := s.issued.find(r.PathValue("id"), access.From(r.Context()).Account, s.config.Now())
	if err != nil {
		s.fail(w, r, err)
		return h, false
	}
	return h, true
}

func (s *Server) issuedPage(w http.ResponseWriter, r *http.Request) {
	if h, found := s.handedOut(w, r); found {
		b := s.newBase(r)
		b.name("surveys", b.T("survey.issued.title"))
		p := b.handoutPage(h)
		here := "/surveys/issued/" + url.PathEscape(r.PathValue("id"))
		p.Sheet, p.CSV, p.Zip = b.To(here+"/sheet"), b.To(here+"/links.csv"), b.To(here+"/links.zip")
		s.answer(w, r, "survey_issued.html", p, nil)
	}
}

// handoutPage describes the batches of a handout, without their links.
func (b *base) handoutPage(h handout) *handoutPage {
	p := &handoutPage{basis: b.basis, Until: b.Moment(h.until), Contracts: len(h.issued)}
	links := 0
	for _, i := range h.issued {
		links += i.Links
		p.Batches = append(p.Batches, handoutBatch{No: i.ContractNo, Name: i.Contract.Name, Back: b.survey(i.ContractNo), Links: b.CountInt(i.Links), Until: day(i.ExpiresOn),
			Label: orText(i.Label, b.T("survey.everyone"))})
	}
	p.Links = b.CountInt(links)
	return p
}

// issuedSheet is the paper: cards to cut out, eight on a page of A4.
func (s *Server) issuedSheet(w http.ResponseWriter, r *http.Request) {
	if h, found := s.handedOut(w, r); found {
		p, err := paperOf(s.newBase(r).basis, PaperLinks(h.issued, s.config.Public))
		s.answer(w, r, "survey_sheet.html", p, err)
	}
}

func (s *Server) issuedCSV(w http.ResponseWriter, r *http.Request) {
	if h, found := s.handedOut(w, r); found {
		file, err := linkList(s.newBase(r).Texts, PaperLinks(h.issued, s.config.Public)).csv()
		s.download(w, r, "text/csv; charset=utf-8", "survey-links.csv", file, err)
	}
}

// issuedZip holds a folder for each contract: its list of links, and its paper as a page that stands alone.
func (s *Server) issuedZip(w http.ResponseWriter, r *http.Request) {
	if h, found := s.handedOut(w, r); found {
		file, err := s.zipOf(s.newBase(r), h.issued)
		s.download(w, r, "application/zip", "survey-links.zip", file, err)
	}
}

func (s *Server) zipOf(b *base, issued []survey.Issued) ([]byte, error) {
	var out bytes.Buffer
	files := archive.NewWriter(&out)
	for n, i := range issued {
		folder := fmt.Sprintf("%03d-%s/", n+1, fileSafe(i.ContractNo))
		links := PaperLinks(issued[n:n+1], s.config.Public)
		list, err := linkList(b.Texts, links).csv()
		if err != nil {
			return nil, err
		}
		paper, err := standalone(b.basis, s.templates["survey_sheet.html"], links)
		if err != nil {
			return nil, err
		}
		for _, file := range []struct {
			name    string
			content []byte
		}{{"links.csv", list}, {"sheet.html", paper}} {
			f, err := files.Create(folder + file.name)
			if err != nil {
				return nil, err
			}
			_, _ = f.Write(file.content) // a buffer takes everything
		}
	}
	err := files.Close()
	return out.Bytes(), err
}

// fileSafe is a contract's number as a part of a file name.
func fileSafe(no string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, c) || c < ' ' {
			return '_'
		}
		return c
	}, no)
}

// download sends a file, or the error that kept it from being made.
func (s *Server) download(w http.ResponseWriter, r *http.Request, kind, name string, file []byte, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, name))
	_, _ = w.Write(file) // the reader has gone: nobody is left to tell
}
