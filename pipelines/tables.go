package pipelines

import (
	"math"
	"time"

	"pingxin/budget"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// The result tables, each as the rows that Go judges and the columns that the store keeps. A row's hash covers every
// column that is not marked Outside.

func digestNote(d *store.Digest, n *scoring.Note) {
	d.Text(n.Code)
	d.Text(n.Indicator)
	d.Whole(int64(n.Party))
	d.Text(n.Ref)
	d.Real(n.Have)
	d.Real(n.Need)
}

func digestCap(d *store.Digest, c *scoring.Cap) {
	d.Text(c.Rule)
	d.Text(c.Event)
	d.Text(c.Grade)
	d.Whole(c.From.Unix())
	d.Whole(c.Until.Unix())
	if c.Bites {
		d.Whole(1)
	} else {
		d.Whole(0)
	}
}

// evaluation is one row of the table evaluation. The row of one contract is set again for the next: slips are most of what a
// run writes, and those of all contracts, as they were judged, would be most of its memory.
type evaluation struct {
	scoring.Evaluation
	run       int
	facts     *reduce.Contract
	hash      string
	parts     []byte // packed
	canonical []byte

	ofDimensions []store.Dimension
	dimensions   []byte // packed
}

// set makes it the row of a contract, in the memory of the one before.
func (e *evaluation) set(c *reduce.Contract, judged scoring.Evaluation) {
	e.Evaluation, e.facts = judged, c
	e.parts = store.SlipTerms.Append(e.parts[:0], judged.Parts)
	e.ofDimensions = store.AppendDimensions(e.ofDimensions[:0], judged.Parts)
	e.dimensions = store.DimensionTerms.Append(e.dimensions[:0], e.ofDimensions)
	e.canonical = evaluations.Digest(e.canonical[:0], e)
	e.hash = store.Hash(e.canonical)
}

// valued is a number that only a rated contract has.
func (e *evaluation) valued(v float64) float64 {
	if !isRated(e.Status) {
		return math.NaN()
	}
	return v
}

func (e *evaluation) standing() reduce.Standing {
	s := standingOf(e.facts, e.Evaluation)
	s.Hash = e.hash
	return *s
}

// standingOf is what ratings and budgets use of an evaluation, without the hash of a row.
func standingOf(c *reduce.Contract, e scoring.Evaluation) *reduce.Standing {
	s := &reduce.Standing{Key: c.Key, Contract: e.Contract, Purchaser: c.Purchaser, Supplier: c.Supplier, Item: c.Item, Year: c.Year,
		AmountFen: c.Evidence.AmountFen, Status: e.Status, Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Grade: e.Grade,
		MissingParty: len(e.Missing) > 0, EndOn: c.Evidence.EndOn, LastOn: e.LastOn,
		Cases: int64(e.Counts[scoring.Purchaser] + e.Counts[scoring.Recipient] + e.Counts[scoring.ThirdParty])}
	if isRated(e.Status) {
		s.Value, s.Low, s.High = e.Value, e.Low, e.High
	}
	return s
}

// isRated says whether an evaluation has a value.
func isRated(s scoring.Status) bool { return s == scoring.Rated || s == scoring.Provisional }

var evaluations = store.Table[evaluation]{Name: "evaluation", Columns: []store.Column[evaluation]{
	store.Whole("from_run", func(e *evaluation) int64 { return int64(e.run) }).Outside(),
	store.Whole("until_run", func(*evaluation) int64 { return store.OpenEnded }).Outside(),
	store.Whole("contract_key", func(e *evaluation) int64 { return int64(e.facts.Key) }).Outside(),
	store.Text("contract_no", false, func(e *evaluation) string { return e.Contract }),
	store.Text("name", true, func(e *evaluation) string { return e.facts.Name }),
	store.Text("purchaser_id", false, func(e *evaluation) string { return e.facts.Purchaser }),
	store.Text("supplier_id", false, func(e *evaluation) string { return e.facts.Supplier }),
	store.Text("item_code", false, func(e *evaluation) string { return e.facts.Item }),
	store.Whole("budget_year", func(e *evaluation) int64 { return int64(e.facts.Year) }),
	store.Whole("amount_fen", func(e *evaluation) int64 { return e.facts.Evidence.AmountFen }),
	store.Day("start_on", func(e *evaluation) time.Time { return e.facts.Evidence.StartOn }),
	store.Day("end_on", func(e *evaluation) time.Time { return e.facts.Evidence.EndOn }),
	store.Whole("recipients", func(e *evaluation) int64 { return int64(e.facts.Evidence.Recipients) }),
	store.Text("status", false, func(e *evaluation) string { return string(e.Status) }),
	store.Real("value", func(e *evaluation) float64 { return e.valued(e.Value) }),
	store.Real("low", func(e *evaluation) float64 { return e.valued(e.Low) }),
	store.Real("high", func(e *evaluation) float64 { return e.valued(e.High) }),
	store.Real("se", func(e *evaluation) float64 { return e.valued(e.SE) }),
	store.Real("plain", func(e *evaluation) float64 { return e.valued(e.Plain) }),
	store.Real("raw", func(e *evaluation) float64 { return e.valued(e.Raw) }),
	store.Real("adjusted", func(e *evaluation) float64 { return e.valued(e.Adjusted) }),
	store.Real("shrunken", func(e *evaluation) float64 { return e.valued(e.Shrunken) }),
	store.Real("reliability", func(e *evaluation) float64 { return e.valued(e.Reliability) }),
	store.Text("grade", true, func(e *evaluation) string { return e.Grade }),
	store.Text("uncapped_grade", true, func(e *evaluation) string { return e.Uncapped }),
	store.Whole("n_purchaser", func(e *evaluation) int64 { return int64(e.Counts[scoring.Purchaser]) }),
	store.Whole("n_recipient", func(e *evaluation) int64 { return int64(e.Counts[scoring.Recipient]) }),
	store.Whole("n_third_party", func(e *evaluation) int64 { return int64(e.Counts[scoring.ThirdParty]) }),
	store.List("missing", func(e *evaluation) []scoring.Party { return e.Missing }, func(d *store.Digest, p *scoring.Party) { d.Whole(int64(*p)) }),
	store.List("caps", func(e *evaluation) []scoring.Cap { return e.Caps }, digestCap),
	store.List("warnings", func(e *evaluation) []scoring.Note { return e.Warnings }, digestNote),
	store.Day("last_on", func(e *evaluation) time.Time { return e.LastOn }),
	store.Day("good_until", func(e *evaluation) time.Time { return e.GoodUntil }),
	store.Bytes("parts", func(e *evaluation) []byte { return e.parts }),
	store.Bytes("dimensions", func(e *evaluation) []byte { return e.dimensions }).Outside(), // parts has them
	store.Text("row_hash", false, func(e *evaluation) string { return e.hash }).Outside(),
}}

// rating is one row of the table rating.
type rating struct {
	credit.Rating
	goodUntil time.Time // of all that follows for the supplier, not of the rating alone
	run       int
	parts     []byte
	hash      string
}

func newRating(run int, r credit.Rating, goodUntil time.Time) rating {
	row := rating{Rating: r, goodUntil: goodUntil, run: run, parts: store.RatingTerms.Pack(r.Parts)}
	row.hash = ratings.Hash(&row)
	return row
}

func (r *rating) valued(v float64) float64 {
	if r.Level == "" {
		return math.NaN()
	}
	return v
}

var ratings = store.Table[rating]{Name: "rating", Columns: []store.Column[rating]{
	store.Whole("from_run", func(r *rating) int64 { return int64(r.run) }).Outside(),
	store.Whole("until_run", func(*rating) int64 { return store.OpenEnded }).Outside(),
	store.Text("supplier_id", false, func(r *rating) string { return r.Supplier }),
	store.Text("status", false, func(r *rating) string { return string(r.Status) }),
	store.Real("score", func(r *rating) float64 { return r.valued(r.Score) }),
	store.Text("level", true, func(r *rating) string { return r.Level }),
	store.Text("uncapped_level", true, func(r *rating) string { return r.Uncapped }),
	store.Whole("stars", func(r *rating) int64 { return int64(r.Stars) }),
	store.Real("performance", func(r *rating) float64 { return r.Performance }),
	store.Real("conduct", func(r *rating) float64 { return r.Conduct }),
	store.Whole("n_evaluations", func(r *rating) int64 { return int64(r.Evaluations) }),
	store.Whole("n_cases", func(r *rating) int64 { return r.Cases }),
	store.List("caps", func(r *rating) []scoring.Cap { return r.Caps }, digestCap),
	store.List("reasons", func(r *rating) []scoring.Note { return r.Reasons }, digestNote),
	store.List("lift", func(r *rating) []scoring.Note { return r.Lift }, digestNote),
	store.List("warnings", func(r *rating) []scoring.Note { return r.Warnings }, digestNote),
	store.Bytes("parts", func(r *rating) []byte { return r.parts }),
	store.Day("good_until", func(r *rating) time.Time { return r.goodUntil }),
	store.Text("row_hash", false, func(r *rating) string { return r.hash }).Outside(),
}}

// assessment is one row of the table assessment_grade.
type assessment struct {
	credit.Assessment
	run  int
	hash string
}

func newAssessment(run int, a credit.Assessment) assessment {
	row := assessment{Assessment: a, run: run}
	row.hash = assessments.Hash(&row)
	return row
}

var assessments = store.Table[assessment]{Name: "assessment_grade", Columns: []store.Column[assessment]{
	store.Whole("from_run", func(a *assessment) int64 { return int64(a.run) }).Outside(),
	store.Whole("until_run", func(*assessment) int64 { return store.OpenEnded }).Outside(),
	store.Text("supplier_id", false, func(a *assessment) string { return a.Supplier }),
	store.Text("status", false, func(a *assessment) string { return string(a.Status) }),
	store.Text("grade", true, func(a *assessment) string { return a.Grade }),
	store.Real("points", func(a *assessment) float64 { return a.Points }),
	store.Day("assessed_on", func(a *assessment) time.Time { return a.AssessedOn }),
	store.Day("valid_until", func(a *assessment) time.Time { return a.ValidUntil }),
	store.List("reasons", func(a *assessment) []scoring.Note { return a.Reasons }, digestNote),
	store.Text("row_hash", false, func(a *assessment) string { return a.hash }).Outside(),
}}

// candidate is one row of the table blacklist_candidate.
type candidate struct {
	blacklist.Candidate
	run  int
	hash string
}

func newCandidate(run int, c blacklist.Candidate) candidate {
	row := candidate{Candidate: c, run: run}
	row.hash = candidates.Hash(&row)
	return row
}

var candidates = store.Table[candidate]{Name: "blacklist_candidate", Columns: []store.Column[candidate]{
	store.Whole("from_run", func(c *candidate) int64 { return int64(c.run) }).Outside(),
	store.Whole("until_run", func(*candidate) int64 { return store.OpenEnded }).Outside(),
	store.Text("supplier_id", false, func(c *candidate) string { return c.Supplier }),
	store.Text("ground", false, func(c *candidate) string { return c.Ground }),
	store.List("evidence", func(c *candidate) []string { return c.Evidence }, func(d *store.Digest, id *string) { d.Text(*id) }),
	store.Text("row_hash", false, func(c *candidate) string { return c.hash }).Outside(),
}}

// proposal is one row of the table budget_proposal.
type proposal struct {
	budget.Proposal
	run  int
	hash string
}

func newProposal(run int, p budget.Proposal) proposal {
	row := proposal{Proposal: p, run: run}
	row.hash = proposals.Hash(&row)
	return row
}

var proposals = store.Table[proposal]{Name: "budget_proposal", Columns: []store.Column[proposal]{
	store.Whole("from_run", func(p *proposal) int64 { return int64(p.run) }).Outside(),
	store.Whole("until_run", func(*proposal) int64 { return store.OpenEnded }).Outside(),
	store.Text("contract_no", false, func(p *proposal) string { return p.Contract }),
	store.Text("purchaser_id", false, func(p *proposal) string { return p.Purchaser }),
	store.Text("supplier_id", false, func(p *proposal) string { return p.Supplier }),
	store.Text("item_code", false, func(p *proposal) string { return p.ItemCode }),
	store.Whole("base_fen", func(p *proposal) int64 { return p.BaseFen }),
	store.Whole("change_fen", func(p *proposal) int64 { return p.ChangeFen }),
	store.Text("action", false, func(p *proposal) string { return p.Action }),
	store.List("reasons", func(p *proposal) []scoring.Note { return p.Reasons }, digestNote),
	store.Text("row_hash", false, func(p *proposal) string { return p.hash }).Outside(),
}}

// movement is what changed for one contract or supplier since the last published run.
type movement struct {
	run                     int
	subject, id, cause      string
	before, after           float64 // NaN: none
	gradeBefore, gradeAfter string
	parts                   [stages]float64 // what each stage added to before; NaN where there is no difference of values
}

var movements = store.Table[movement]{Name: "movement", Columns: []store.Column[movement]{
	store.Whole("run_id", func(m *movement) int64 { return int64(m.run) }),
	store.Text("subject", false, func(m *movement) string { return m.subject }),
	store.Text("id", false, func(m *movement) string { return m.id }),
	store.Text("cause", false, func(m *movement) string { return m.cause }),
	store.Real("before", func(m *movement) float64 { return m.before }),
	store.Real("after", func(m *movement) float64 { return m.after }),
	store.Text("grade_before", true, func(m *movement) string { return m.gradeBefore }),
	store.Text("grade_after", true, func(m *movement) string { return m.gradeAfter }),
	movementPart(byProgram), movementPart(byCorrection), movementPart(byEvidence), movementPart(byAge), movementPart(byCalibration), movementPart(byPolicy),
}}

// movementPart is the column of what a stage added.
func movementPart(s stage) store.Column[movement] {
	return store.Real("by_"+stageNames[s], func(m *movement) float64 { return m.parts[s] })
}
