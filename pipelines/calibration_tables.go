package pipelines

import (
	"math"
	"time"

	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
	"pingxin/scoring/integrity"
)

// The tables of a calibration. But for the spreads, their rows' canonical bytes make its hash.

type calibrationPeer struct {
	id int
	calibration.Peer
}

var calibrationPeers = store.Table[calibrationPeer]{Name: "calibration_peer", Columns: []store.Column[calibrationPeer]{
	store.Whole("calibration_id", func(p *calibrationPeer) int64 { return int64(p.id) }).Outside(),
	store.Text("peer", false, func(p *calibrationPeer) string { return p.ID }),
	store.Real("mean", func(p *calibrationPeer) float64 { return p.Mean }),
	store.Real("variance", func(p *calibrationPeer) float64 { return p.Variance }),
	store.Whole("n", func(p *calibrationPeer) int64 { return int64(p.N) }),
}}

type calibrationQuartile struct {
	id int
	calibration.Quartile
}

var calibrationQuartiles = store.Table[calibrationQuartile]{Name: "calibration_quartile", Columns: []store.Column[calibrationQuartile]{
	store.Whole("calibration_id", func(q *calibrationQuartile) int64 { return int64(q.id) }).Outside(),
	store.Text("peer", false, func(q *calibrationQuartile) string { return q.Peer }),
	store.Text("indicator", false, func(q *calibrationQuartile) string { return q.Indicator }),
	store.Whole("party", func(q *calibrationQuartile) int64 { return int64(q.Party) }),
	store.Real("value", func(q *calibrationQuartile) float64 { return q.Value }),
	store.Real("spread", func(q *calibrationQuartile) float64 { return q.Spread }),
	store.Whole("n", func(q *calibrationQuartile) int64 { return int64(q.N) }),
}}

type calibrationRater struct {
	id int
	calibration.Rater
	key   int32
	flags []string
}

var calibrationRaters = store.Table[calibrationRater]{Name: "calibration_rater", Columns: []store.Column[calibrationRater]{
	store.Whole("calibration_id", func(r *calibrationRater) int64 { return int64(r.id) }).Outside(),
	store.Text("evaluator_id", false, func(r *calibrationRater) string { return r.ID }),
	store.Whole("rater_key", func(r *calibrationRater) int64 { return int64(r.key) }).Outside(),
	store.Whole("party", func(r *calibrationRater) int64 { return int64(r.Party) }),
	store.Whole("n", func(r *calibrationRater) int64 { return int64(r.N) }),
	store.Whole("contracts", func(r *calibrationRater) int64 { return int64(r.Contracts) }),
	store.Real("mean", func(r *calibrationRater) float64 { return r.Mean }),
	store.Real("sd", func(r *calibrationRater) float64 { return r.SD }),
	store.Day("last_on", func(r *calibrationRater) time.Time { return time.Unix(int64(r.LastDay)*24*60*60, 0).UTC() }),
	store.Real("severity", func(r *calibrationRater) float64 { return scoring.Round(r.Severity, severityDecimals) }),
	store.Real("severity_se", func(r *calibrationRater) float64 { return r.SE }),
	store.Flag("comparable", func(r *calibrationRater) bool { return r.Comparable }),
	store.List("flags", func(r *calibrationRater) []string { return r.flags }, func(d *store.Digest, rule *string) { d.Text(*rule) }),
}}

// calibrationSpreads has no part in the hash: it follows from the scores that the calibration is made of, and nothing is judged
// by it.
var calibrationSpreads = store.Table[calibrationSpread]{Name: "calibration_spread", Columns: []store.Column[calibrationSpread]{
	store.Whole("calibration_id", func(s *calibrationSpread) int64 { return int64(s.id) }),
	store.Text("evaluator_id", false, func(s *calibrationSpread) string { return s.Rater }),
	store.Text("indicator", false, func(s *calibrationSpread) string { return s.Indicator }),
	store.Whole("party", func(s *calibrationSpread) int64 { return int64(s.Party) }),
	store.Whole("n", func(s *calibrationSpread) int64 { return int64(s.N) }),
	store.Whole("outside", func(s *calibrationSpread) int64 { return int64(s.Outside) }),
	store.Real("least", func(s *calibrationSpread) float64 { return s.Least }),
	store.Real("low", func(s *calibrationSpread) float64 { return s.Low }),
	store.Real("lower", func(s *calibrationSpread) float64 { return s.Lower }),
	store.Real("median", func(s *calibrationSpread) float64 { return s.Median }),
	store.Real("upper", func(s *calibrationSpread) float64 { return s.Upper }),
	store.Real("high", func(s *calibrationSpread) float64 { return s.High }),
	store.Real("most", func(s *calibrationSpread) float64 { return s.Most }),
}}

type calibrationSpread struct {
	id int
	calibration.Spread
}

type calibrationFlag struct {
	id int
	integrity.Flag
}

var calibrationFlags = store.Table[calibrationFlag]{Name: "calibration_flag", Columns: []store.Column[calibrationFlag]{
	store.Whole("calibration_id", func(f *calibrationFlag) int64 { return int64(f.id) }).Outside(),
	store.Text("rule", false, func(f *calibrationFlag) string { return string(f.Rule) }),
	store.Text("subject", false, func(f *calibrationFlag) string { return f.Subject }),
	store.Text("ref", false, func(f *calibrationFlag) string { return f.Ref }),
	store.List("others", func(f *calibrationFlag) []string { return f.Others }, func(d *store.Digest, id *string) { d.Text(*id) }),
	store.Real("statistic", func(f *calibrationFlag) float64 { return f.Statistic }),
	store.Real("threshold", func(f *calibrationFlag) float64 { return f.Threshold }),
	store.Whole("n", func(f *calibrationFlag) int64 { return int64(f.N) }),
	store.Real("p_value", func(f *calibrationFlag) float64 {
		if f.PValue == nil {
			return math.NaN()
		}
		return *f.PValue
	}),
}}
