package dashboards

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"pingxin/credit/blacklist"
	"pingxin/dashboards/access"
	"pingxin/dashboards/locale"
	"pingxin/scoring/workdays"
)

// The papers of a case by the last part of their address; the notice is followed by the supplier it is for.
const (
	noticePaper   = "notice-"
	decisionPaper = "decision"
)

// paperPage is an official document, to be printed on A4 in the form of GB/T 9704-2012. It is in Chinese, whatever language
// its reader has: it is a document of a Chinese office.
type paperPage struct {
	*basis
	Draft      bool // not served yet: number and days are left open
	Authority  string
	Heading    string
	DocumentNo string
	To         string
	Paragraphs []string
	Numbered   []string    // the grounds with their evidence; they follow the first paragraph
	Facts      [][2]string // that follow the text
	Signed     string      // day; empty: left open
	Receipt    [][2]string
	Back       string
}

// newPaper is an empty document of an office; back and its label lead to the page that it belongs to.
func (s *Server) newPaper(b *base, authority, back, label string) *paperPage {
	b.Texts, b.Done = s.texts[locale.Chinese], label
	return &paperPage{basis: b.basis, Authority: authority, Back: back}
}

func (s *Server) casePaper(r *http.Request, b *base) (string, any, error) {
	own := b.Who.Role == access.Supplier
	_, data, err := s.caseView(r, b, own)
	if err != nil {
		return "", nil, err
	}
	c := data.(*casePageData)
	base := "/blacklist/"
	if own {
		base = "/cases/"
	}
	p := s.newPaper(b, c.rules.Policy.Authority, b.To(base+c.C.No), b.T("case.paper.back"))
	supplier, notice := strings.CutPrefix(r.PathValue("paper"), noticePaper)
	party := c.C.Party(supplier)
	switch {
	case notice && party != nil && (!own || supplier == b.Who.Org):
		p.notice(c, party)
	case r.PathValue("paper") == decisionPaper && c.C.Decided != nil:
		p.decision(c)
	default:
		return "", nil, errNoPage
	}
	b.Title = p.Heading + " " + c.C.No
	return "paper.html", p, nil
}

// notice is the notice to one party: grounds, evidence, what is intended, and its rights with their days.
func (p *paperPage) notice(c *casePageData, party *blacklist.Party) {
	p.Heading, p.To = p.T("paper.notice.title"), c.names[party.Supplier]
	p.Draft = party.Until.IsZero()
	served := c.lastOf(blacklist.Noticed, party.Supplier)
	opening := "paper.notice.found"
	if party.Relation != "" {
		opening = "paper.notice.affiliate"
	}
	p.Paragraphs = append(p.Paragraphs, p.T(opening, "Supplier", c.names[c.C.Supplier], "Relation", p.base.named("case.relation", party.Relation)))
	for _, ground := range c.C.Grounds {
		p.Numbered = append(p.Numbered, p.base.named("ground", ground))
	}
	var evidence []string
	for _, e := range c.Evidence {
		evidence = append(evidence, strings.TrimSpace(e.Text+" "+e.Sub))
	}
	policy := c.rules.Policy
	p.Paragraphs = append(p.Paragraphs, p.T("paper.notice.evidence", "Evidence", strings.Join(evidence, "；")), p.T("paper.notice.intended", "Min", policy.TermMinYears, "Max", policy.TermMaxYears),
		p.T("paper.notice.statement", "Window", p.window(policy.Statement), "Day", p.dayWord(party.Until)),
		p.T("paper.notice.hearing", "Window", p.window(policy.HearingAsked), "Day", p.dayWord(party.HearingUntil)), p.T("paper.notice.how"), p.T("paper.notice.silence"))
	if served != nil {
		p.DocumentNo, p.Signed = served.DocumentNo, p.dayWord(served.On)
	}
	p.Receipt = [][2]string{{p.T("col.case"), c.C.No}, {p.T("paper.receipt.document"), strings.TrimSpace(p.Heading + " " + p.DocumentNo)}, {p.T("paper.receipt.to"), p.To},
		{p.T("case.field.service"), ""}, {p.T("paper.receipt.on"), ""}, {p.T("paper.receipt.receiver"), ""}, {p.T("paper.receipt.servers"), ""}, {p.T("paper.receipt.remark"), ""}}
	if served != nil {
		p.Receipt[3][1], p.Receipt[4][1] = p.base.named("case.service", served.Service), p.dayWord(served.On)
	}
}

// decision is the decision as it is served and published.
func (p *paperPage) decision(c *casePageData) {
	d := c.C.Decided.Decision
	p.Heading, p.DocumentNo, p.Signed = p.T("paper.decision.drop"), d.DocumentNo, p.dayWord(c.C.Decided.On)
	supplier := c.names[c.C.Supplier]
	p.To = supplier
	said := d.Answer
	if said == "" {
		said = p.T("paper.decision.unanswered")
	}
	p.Paragraphs = []string{p.T("paper.decision.heard", "Supplier", supplier), p.T("paper.decision.findings", "Findings", d.Findings), p.T("paper.decision.standard", "Standard", p.base.named("case.standard", d.Standard)),
		p.T("paper.decision.answer", "Answer", said), p.T("paper.decision.factors", "Mitigating", c.factors(d.Mitigating), "Aggravating", c.factors(d.Aggravating))}
	for _, ground := range c.C.Grounds {
		p.Numbered = append(p.Numbered, p.base.named("ground", ground))
	}
	if !d.List {
		p.Paragraphs = append(p.Paragraphs, p.T("paper.decision.dropped", "Supplier", supplier))
		return
	}
	p.Heading = p.T("paper.decision.list")
	var listed []string
	for _, party := range d.Parties {
		listed = append(listed, c.names[party])
	}
	p.To = strings.Join(listed, p.T("list.comma"))
	p.Paragraphs = append(p.Paragraphs, p.T("paper.decision.listed", "Parties", p.To, "From", p.dayWord(c.C.Decided.On), "Until", p.dayWord(d.Until.AddDate(0, 0, -1))),
		p.T("paper.decision.effect"), p.T("paper.decision.repair", "Months", c.rules.Policy.RepairAfterMonths), p.T("paper.decision.remedy"))
}

// window is a length of time in words.
func (p *paperPage) window(w workdays.Window) string {
	return p.T("paper.window."+string(w.Unit), "N", w.Days)
}

// dayWord is a day as documents write it; blanks to be filled in where it is open.
func (p *paperPage) dayWord(on time.Time) string {
	if on.IsZero() {
		return p.T("paper.day.open")
	}
	return fmt.Sprintf("%d年%d月%d日", on.Year(), on.Month(), on.Day())
}

// lastOf is the last step of a kind that is about the party; nil: there is none.
func (p *casePageData) lastOf(kind blacklist.StepKind, party string) *blacklist.Step {
	for i := range slices.Backward(p.C.Steps) {
		if s := &p.C.Steps[i]; s.Kind == kind && s.Party == party {
			return s
		}
	}
	return nil
}
