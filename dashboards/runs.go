package dashboards

import (
	"context"
	"strconv"
	"time"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// runsPage lists the runs.
type runsPage struct {
	*basis
	Runs     table
	Pages    pages
	Fresh    store.Freshness
	CanStart bool
}

func (s *Server) runs(ctx context.Context, v *store.View, b *base) (any, error) {
	b.name("runs", b.T("asks.runs"))
	page, err := b.pageOf()
	if err != nil {
		return nil, err
	}
	p := &runsPage{basis: b.basis, CanStart: s.config.StartRun != nil && b.May(access.RunNight)}
	runs, total, err := v.Runs(ctx, pageSize, (page-1)*pageSize)
	if err != nil {
		return nil, err
	}
	p.Pages = b.paging(page, total)
	p.Runs = table{Caption: b.T("nav.runs"), Head: b.columns("#col.run", "col.as_of", "col.finished", "#col.took", "#col.contracts",
		"#col.judged", "#col.moved?movement", "col.policy", "col.hash?as_of")}
	for i := range runs {
		p.Runs.Rows = append(p.Runs.Rows, b.runRow(&runs[i]))
	}
	p.Fresh, err = v.Freshness(ctx)
	return p, err
}

func (b *base) runRow(r *store.RunRecord) []cell {
	number := link(whole(int64(r.ID)), b.RunPage(r.ID))
	if r.ID == b.Run.ID {
		number.Sub = b.T("run.published")
	}
	kind := b.T("run.ordinary")
	if r.Full {
		kind = b.T("run.full")
	}
	return []cell{number, text(day(r.AsOf)), text(b.Moment(r.FinishedAt)), text(took(r.FinishedAt.Sub(r.StartedAt))), text(b.Count(r.Contracts)),
		{Text: b.Count(r.Touched), Sub: kind}, text(b.CountInt(r.Moved)), text(r.PolicyID), {Text: brokenHash(r.Hash)}}
}

// took writes a duration in seconds.
func took(d time.Duration) string { return number(d.Seconds(), 2) + " s" }

// brokenHash is the beginning of a hash, enough to compare two by eye.
func brokenHash(hash string) string {
	const shown = 12
	if len(hash) <= shown {
		return hash
	}
	return hash[:shown] + "…"
}

// runPage shows one run and what it moved.
type runPage struct {
	*basis
	Shown     store.RunRecord
	Facts     [][2]string
	Steps     table
	Notes     []string
	Counts    table
	Parts     *figure
	Grades    *figure
	Levels    *figure
	Movements table
	Pages     pages
	Filters   filters
}

// Number is the run's number in an address.
func (p *runPage) Number() string { return whole(int64(p.Shown.ID)) }

// CalibrationURL leads to the calibration that the run judged by; empty: it had none.
func (p *runPage) CalibrationURL() string {
	if p.Shown.Calibration == 0 {
		return ""
	}
	return p.To("/evaluators", "calibration", whole(int64(p.Shown.Calibration)))
}

func (s *Server) run(ctx context.Context, v *store.View, b *base) (any, error) {
	id, err := strconv.Atoi(b.pathValue("/runs/"))
	if err != nil || id < 1 || id > 1<<31-1 {
		return nil, errNoPage
	}
	p := &runPage{basis: b.basis}
	if p.Shown, err = v.RunByID(ctx, id); err != nil {
		return nil, err
	}
	b.name("runs", b.T("run.title", "Run", whole(int64(id))))
	b.labels = s.labelsOf(&p.Shown.Run)
	p.Facts = b.runFacts(&p.Shown)
	p.Notes = b.Notes(p.Shown.NoteList)
	p.Steps = table{Caption: b.T("run.steps"), Head: b.columns("col.step", "#col.ms", "#col.rows")}
	for _, step := range p.Shown.StepList {
		p.Steps.Rows = append(p.Steps.Rows, []cell{text(b.named("step", step.Name)), text(b.Count(step.MS)), text(b.Count(step.Rows))})
	}
	return p, p.listMovements(ctx, v, id)
}

func (b *base) runFacts(r *store.RunRecord) [][2]string {
	kind := b.T("run.ordinary")
	if r.Full {
		kind = b.T("run.full")
	}
	judgedBy := b.T("run.no_calibration")
	if r.Calibration != 0 {
		judgedBy = b.T("calibration.number", "Number", whole(int64(r.Calibration)))
	}
	return [][2]string{
		{b.T("col.as_of"), day(r.AsOf)}, {b.T("run.kind"), kind}, {b.T("col.policy"), r.PolicyID}, {b.T("run.policy_hash"), r.PolicyHash},
		{b.T("calibration"), judgedBy}, {b.T("calibration.hash"), orNone(r.CalibrationHash)},
		{b.T("run.watermark"), b.CountInt(r.Watermark)}, {b.T("col.contracts"), b.Count(r.Contracts)}, {b.T("col.judged"), b.Count(r.Touched)},
		{b.T("run.started"), b.Moment(r.StartedAt)}, {b.T("col.finished"), b.Moment(r.FinishedAt)}, {b.T("col.took"),
			took(r.FinishedAt.Sub(r.StartedAt))},
		{b.T("run.program"), r.Program}, {b.T("col.hash"), r.Hash},
	}
}

// addChoice counts one more group under an id.
func addChoice(choices []store.Choice, id, name string, n int) []store.Choice {
	for i := range choices {
		if choices[i].ID == id {
			choices[i].Count += n
			return choices
		}
	}
	return append(choices, store.Choice{ID: id, Name: name, Count: n})
}
