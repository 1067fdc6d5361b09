package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/workdays"
)

// caseData is one evaluation's way to the public: where it stands, what happened, and what whoever reads it may do.
type caseData struct {
	*basis
	E          store.Evaluation
	Sentence   string // where it stands, and until when
	Stages     []caseStage
	Objections []objectionView
	Moments    []momentView
	Acts       []bulkLink // announce, finalise or publish this one

	MayComment, MayObject bool
	Review                *reviewForm    // of the open objection; nil: whoever reads may not decide it
	NotReviewer           string         // why not, for somebody whose role could; empty: they may, or there is nothing to decide
	TakeBack              string         // number of the open objection that whoever reads may take back
	Indicators            []store.Choice // that an objection can be about
	Evidence              string         // what files are taken, in words
}

// caseStage is one stage of the way, for the row of steps on top.
type caseStage struct {
	Label, State string // past, or empty
	Current      bool
	URL          string // none: the stages lead nowhere
}

// objectionView is an objection as the page shows it.
type objectionView struct {
	store.Objection
	About    string // indicator that it is about
	Outcome  string // in a word
	Due      cell
	Files    []evidenceView
	Decision string // who decided when
}

// evidenceView is a file of an objection.
type evidenceView struct {
	store.Evidence
	URL, Size, Hash string
}

// momentView is one line of what happened.
type momentView struct{ When, What, Who, Wording string }

// reviewForm is the form of a reviewer.
type reviewForm struct {
	No          string
	Outcomes    []store.Choice
	Corrections []store.Choice // batches that corrected something of the contract since the objection
}

func (s *Server) casePage(r *http.Request, b *base) (string, any, error) {
	p := &caseData{basis: b.basis}
	err := s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		var err error
		if p.E, err = v.Evaluation(ctx, r.PathValue("contract")); err != nil {
			return err
		}
		b.name("process", b.T("process.case", "Name", orText(p.E.Name, p.E.ContractNo)))
		p.stand(v.Today)
		p.acts()
		if err := p.objections(ctx, v); err != nil {
			return err
		}
		moments, err := v.Moments(ctx, p.E.ContractNo)
		for _, m := range moments {
			p.Moments = append(p.Moments, p.base.moment(m))
		}
		if err != nil || !p.MayObject {
			return err
		}
		parts, err := v.Parts(ctx, &p.E)
		p.Indicators = b.leaves(parts)
		return err
	})
	return "processcase.html", p, err
}

// leaves are the indicators of a slip that have parties.
func (b *base) leaves(parts []scoring.Part) []store.Choice {
	var all []store.Choice
	for _, part := range parts {
		if part.Party == scoring.None && part.Parent != "" {
			all = append(all, store.Choice{ID: part.Indicator, Name: b.Indicator(part.Indicator)})
		}
	}
	return all
}

// stand says where the evaluation stands.
func (p *caseData) stand(today time.Time) {
	e := &p.E
	p.Sentence = p.T("process.stands."+string(e.State), "Day", p.Day(e.Until()), "Days", int(e.Until().Sub(today).Hours()/24))
	if e.State == dueprocess.Disputed && e.ReviewDueOn.IsZero() {
		p.Sentence = p.T("process.stands.disputed_on_paper")
	}
	way := []dueprocess.State{dueprocess.Draft, dueprocess.Open, dueprocess.Disputed, dueprocess.Final, dueprocess.Public}
	at := map[dueprocess.State]int{dueprocess.Draft: 0, dueprocess.Open: 1, dueprocess.Due: 1, dueprocess.Disputed: 2, dueprocess.Correcting: 2, dueprocess.Final: 3, dueprocess.Public: 4}[e.State]
	for i, state := range way {
		if state == dueprocess.Disputed && at != i {
			continue // most are never disputed
		}
		stage := caseStage{Label: p.State(state), Current: i == at}
		switch {
		case i < at:
			stage.State = "past"
		case i == at:
			stage.Label = p.State(e.State)
		}
		p.Stages = append(p.Stages, stage)
	}
	p.MayComment = p.May(access.Object) && e.State.Allows(dueprocess.Comment) == nil
	p.MayObject = p.May(access.Object) && e.State.Allows(dueprocess.Object) == nil
	if p.process != nil {
		p.Evidence = p.T("process.evidence.note", "Files", p.process.EvidenceFiles, "MB", strconv.Itoa(p.process.EvidenceMB))
	}
}

// acts leads the bureau to what it can do with this one evaluation.
func (p *caseData) acts() {
	if !p.May(access.Announce) {
		return
	}
	for _, act := range []dueprocess.Act{dueprocess.Announce, dueprocess.Finalise, dueprocess.Publish} {
		if p.E.State.Allows(act) == nil {
			p.Acts = append(p.Acts, bulkLink{p.T("process.act_one." + string(act)), p.To("/process/"+string(act), "contract", p.E.ContractNo)})
		}
	}
}

// objections lists the objections, with the form for the open one where whoever reads may decide it.
func (p *caseData) objections(ctx context.Context, v *store.View) error {
	all, err := v.Objections(ctx, p.E.ContractNo)
	if err != nil {
		return err
	}
	for _, o := range all {
		p.Objections = append(p.Objections, p.objection(o, v.Today))
		if o.Outcome != dueprocess.Pending {
			continue
		}
		if p.May(access.Object) {
			p.TakeBack = o.No
		}
		if p.May(access.ReviewObjections) {
			if err := p.review(ctx, v, &o); err != nil {
				return err
			}
		}
	}
	return nil
}

// review makes the form of a reviewer, or says why whoever reads is none.
func (p *caseData) review(ctx context.Context, v *store.View, o *store.Objection) error {
	if err := v.MayReview(ctx, o, p.base.signer()); err != nil {
		problem := p.Problem
		if !p.base.refusedInProcess(err) {
			return err
		}
		p.NotReviewer, p.Problem = p.Problem, problem
		return nil
	}
	p.Review = &reviewForm{No: o.No}
	for _, outcome := range dueprocess.Outcomes {
		p.Review.Outcomes = append(p.Review.Outcomes, store.Choice{ID: string(outcome), Name: p.T("process.outcome." + string(outcome))})
	}
	corrections, err := v.Corrections(ctx, o)
	for _, c := range corrections {
		p.Review.Corrections = append(p.Review.Corrections, store.Choice{ID: strconv.Itoa(c.Batch), Name: p.T("process.correction", "Batch", c.Batch, "Kind",
			p.base.named("upload.kind", c.Kind), "When", p.Moment(c.AcceptedAt), "Who", orText(c.Uploader, p.T("process.console")))})
	}
	return err
}

func (p *caseData) objection(o store.Objection, today time.Time) objectionView {
	shown := objectionView{Objection: o, About: p.T("process.whole"), Outcome: p.T("process.outcome." + orText(string(o.Outcome), "pending")), Due: p.base.until(o.ReviewBy, today)}
	if o.Indicator != "" {
		shown.About = p.Indicator(o.Indicator)
	}
	if o.Outcome != dueprocess.Pending {
		shown.Due = cell{}
		shown.Decision = p.T("process.decided", "Who", o.DecidedBy, "Role", p.base.named("role", o.DecidedRole), "Day", p.Day(o.DecidedOn))
	}
	for _, e := range o.Evidence {
		shown.Files = append(shown.Files, evidenceView{Evidence: e, URL: p.To("/process/objections/" + url.PathEscape(o.No) + "/evidence/" + strconv.Itoa(e.Place)),
			Size: p.T("process.kib", "N", p.Count((e.Bytes+1023)>>10)), Hash: brokenHash(e.SHA256)})
	}
	return shown
}

// moment says in words what happened.
func (b *base) moment(m store.Moment) momentView {
	shown := momentView{When: b.Moment(m.At), Who: m.By, Wording: m.Wording}
	if m.Role != "" {
		shown.Who += b.T("process.as", "Role", b.named("role", m.Role))
	}
	shown.What = b.T("process.moment."+m.Kind, "Ref", m.Ref, "Grade", b.Grade(m.Grade), "Value", number(m.Value, 2), "Day", b.Day(m.Until), "Run", m.Run)
	if m.Batch != 0 {
		shown.What += b.T("process.moment.batch", "Batch", m.Batch)
	}
	return shown
}

func (s *Server) comment(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	text, err := wording(r, "wording")
	if err != nil {
		return "", err
	}
	contract := r.PathValue("contract")
	err = s.config.Store.Comment(r.Context(), store.Remark{ContractNo: contract, Wording: text, By: b.signer(), Scope: b.Who.Scope(), At: s.config.Now()})
	return b.done("/process/contracts/"+url.PathEscape(contract), "commented"), err
}

// object raises an objection: its files are archived before, so that what is kept of them is on the disk.
func (s *Server) object(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	grounds, err := wording(r, "grounds")
	if err != nil {
		return "", err
	}
	f := store.Filing{ContractNo: r.PathValue("contract"), Indicator: r.PostFormValue("indicator"), Grounds: grounds, By: b.signer(), Scope: b.Who.Scope(), At: s.config.Now()}
	err = s.view(r.Context(), b, func(ctx context.Context, v *store.View) error {
		st, err := v.Standing(ctx, f.ContractNo)
		if err == nil {
			err = st.State.Allows(dueprocess.Object) // before files are archived for nothing; the store asks again
		}
		if _, known := b.indicators[f.Indicator]; err == nil && f.Indicator != "" && !known {
			err = &badFilter{Name: "indicator", Found: f.Indicator, Expected: "indicator"}
		}
		return err
	})
	if err == nil {
		f.ReviewBy, err = s.lastDay(r.Context(), b.process, func(p *dueprocess.Policy) workdays.Window { return p.Review })
	}
	if err != nil {
		return "", err
	}
	if f.Evidence, err = s.archiveEvidence(r, b.process); err != nil {
		return "", err
	}
	if _, err = s.config.Store.Object(r.Context(), f); err != nil {
		return "", err
	}
	return b.done("/process/contracts/"+url.PathEscape(f.ContractNo), "objected"), s.bringIn(r.Context())
}

// decide decides the open objection to a contract's evaluation.
func (s *Server) decide(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	reasons, err := wording(r, "reasons")
	if err != nil {
		return "", err
	}
	outcome := dueprocess.Outcome(r.PostFormValue("outcome"))
	if outcome != dueprocess.Rejected && !outcome.Corrects() {
		return "", refuse("no_outcome")
	}
	ruling := store.Ruling{ObjectionNo: r.PostFormValue("objection"), Outcome: outcome, Reasons: reasons, By: b.signer(), At: s.config.Now()}
	if text := r.PostFormValue("batch"); text != "" && outcome.Corrects() {
		if ruling.Batch, err = strconv.Atoi(text); err != nil {
			return "", &badFilter{Name: "batch", Found: text, Expected: "number"}
		}
	}
	if err := s.config.Store.Rule(r.Context(), ruling); err != nil {
		return "", err
	}
	return b.done("/process/contracts/"+url.PathEscape(r.PathValue("contract")), "decided"), s.bringIn(r.Context())
}

// takeBack withdraws an own objection.
func (s *Server) takeBack(_ http.ResponseWriter, r *http.Request, b *base) (string, error) {
	reasons, err := wording(r, "reasons")
	if err != nil {
		return "", err
	}
	err = s.config.Store.TakeBack(r.Context(), b.Who.Scope(), store.Ruling{ObjectionNo: r.PostFormValue("objection"), Reasons: reasons, By: b.signer(), At: s.config.Now()})
	if err != nil {
		return "", err
	}
	return b.done("/process/contracts/"+url.PathEscape(r.PathValue("contract")), "taken_back"), s.bringIn(r.Context())
}

// processNotice is the notice of the latest announcement, on paper. There is none before it, nor of a result that has changed
// since.
func (s *Server) processNotice(ctx context.Context, v *store.View, b *base) (any, error) {
	contract, err := url.PathUnescape(b.path[len("/process/contracts/") : len(b.path)-len("/notice")])
	if err != nil {
		return nil, errNoPage
	}
	e, err := v.Evaluation(ctx, contract)
	if err != nil {
		return nil, err
	}
	if e.Announcement == 0 || e.Superseded {
		return nil, store.ErrNotInRun
	}
	p := s.newPaper(b, b.Bureau, b.Process(e.ContractNo), b.T("process.notice.back"))
	p.Heading, p.To, p.Signed = p.T("process.notice.title"), e.SupplierName, p.dayWord(store.DayOf(e.AnnouncedAt))
	p.Paragraphs = []string{p.T("process.notice.result", "Purchaser", e.PurchaserName, "Contract", orText(e.Name, e.ContractNo), "No", e.ContractNo,
		"Value", number(e.Value, 2), "Low", number(e.Low, 2), "High", number(e.High, 2), "Grade", p.Grade(e.Grade)),
		p.T("process.notice.rights", "Day", p.dayWord(e.ClosesOn)), p.T("process.notice.review"), p.T("process.notice.after")}
	p.Facts = [][2]string{{p.T("evaluation.period"), p.dayWord(e.StartOn) + " – " + p.dayWord(e.EndOn)}, {p.T("process.notice.policy"), p.Policy()},
		{p.T("evaluation.run"), whole(int64(e.FromRun))}, {p.T("evaluation.row_hash"), brokenHash(e.RowHash)}}
	p.Title = p.Heading + " " + e.ContractNo
	return p, nil
}
