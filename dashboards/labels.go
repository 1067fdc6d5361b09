package dashboards

import (
	"github.com/pelletier/go-toml/v2"

	"pingxin/budget"
	"pingxin/budget/catalogue"
	"pingxin/budget/execution"
	"pingxin/budget/market"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/credit/register"
	"pingxin/dashboards/locale"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/integrity"
	"pingxin/scoring/tracking"
)

// labels are the names and the order of what a run's policy defines. They are read from the policy's text as it was
// stored with the run, and by their own, tolerant reader: a page must show a run made under a policy that this version
// of the program would no longer accept.
type labels struct {
	PolicyID   string
	PolicyName scoring.Name
	scale      scoring.Scale
	bands      []scoring.Band // best first
	indicators map[string]scoring.Indicator
	order      []string // indicators as the policy lists them
	caps       map[string]scoring.Name
	levels     []string // best first
	locations  []scoring.Location
	combine    string // how indicators are combined
	budget     string // by which method money is proposed

	process   *dueprocess.Policy // windows on the way to the public; nil: the policy has none
	proposals *budget.Policy     // by which money is proposed; nil: none is
	grades    *scoring.Policy    // of the bands

	cases      *blacklist.CasePolicy // by which blacklist cases are kept; nil: none are
	execution  *execution.Policy     // by which plans, contracts and payments are read; nil: by none
	rules      creditRules           // by which suppliers are judged
	tracking   *tracking.Policy      // when a running service is behind; nil: nothing is said
	settlement *budget.Settlement    // by which fees are settled; nil: none are
	credit     credit.Policy         // of its stars

	market    *market.Policy    // how a market is read; nil: it is not, as with those below
	catalogue *catalogue.Policy // by which the catalogue is advised on
	register  *register.Policy  // what the register points out

	severity  scoring.SeverityRule
	shrinkage scoring.Shrinkage
	flagRules []scoring.FlagRule

	clueNumbers *clues.Policy     // by which clues are found; nil: none are
	signNumbers *integrity.Policy // by which signs in answers are found
}

// gradeRanks is how many grades have a colour of their own; a longer list repeats the last.
const gradeRanks = 5

// policyNames is the part of a policy file that the pages read.
type policyNames struct {
	ID         string         `toml:"id"`
	Name       scoring.Name   `toml:"name"`
	Evaluation scoring.Policy `toml:"evaluation"`
	Credit     struct {
		Levels []struct {
			ID string `toml:"id"`
		} `toml:"level"`
		Stars []credit.Star `toml:"star"`
	} `toml:"credit"`
	Process   *dueprocess.Policy `toml:"process"`
	Budget    *budget.Policy     `toml:"budget"`
	Blacklist struct {
		Case *blacklist.CasePolicy `toml:"case"`
	} `toml:"blacklist"`
	Execution   *execution.Policy `toml:"execution"`
	Market      *market.Policy    `toml:"market"`
	Catalogue   *catalogue.Policy `toml:"catalogue"`
	Register    *register.Policy  `toml:"register"`
	Clues       *clues.Policy     `toml:"clue"`
	Calibration struct {
		Integrity *integrity.Policy `toml:"integrity"`
	} `toml:"calibration"`
	Settlement *budget.Settlement `toml:"settlement"`
	Tracking   *tracking.Policy   `toml:"tracking"`
}

// labelsOf returns the labels of a run's policy; a text that cannot be read leaves the ids as names.
func (s *Server) labelsOf(run *store.Run) *labels {
	if known, ok := s.labels.Load(run.PolicyHash); ok {
		return known.(*labels)
	}
	l, err := readLabels([]byte(run.PolicyText))
	if err == nil {
		l.rules, err = readCreditRules([]byte(run.PolicyText))
	}
	if err != nil {
		s.config.Logger.Warn("names of a policy", "policy", run.PolicyID, "run", run.ID, "error", err)
	}
	s.labels.Store(run.PolicyHash, l)
	return l
}

func readLabels(text []byte) (*labels, error) {
	var p policyNames
	err := toml.Unmarshal(text, &p)
	l := &labels{PolicyID: p.ID, PolicyName: p.Name, scale: p.Evaluation.Scale, bands: p.Evaluation.Bands,
		indicators: map[string]scoring.Indicator{}, caps: map[string]scoring.Name{}, locations: p.Evaluation.Location,
		combine: p.Evaluation.Combine, proposals: p.Budget, process: p.Process, execution: p.Execution, credit: credit.Policy{Stars: p.Credit.Stars}, settlement: p.Settlement, tracking: p.Tracking, market: p.Market, catalogue: p.Catalogue, register: p.Register, cases: p.Blacklist.Case, grades: &p.Evaluation, severity: p.Evaluation.Severity, shrinkage: p.Evaluation.Shrinkage,
		flagRules: p.Evaluation.Flags, clueNumbers: p.Clues, signNumbers: p.Calibration.Integrity}
	if p.Budget != nil {
		l.budget = p.Budget.Method
	}
	for _, i := range p.Evaluation.Indicators {
		l.indicators[i.ID] = i
		l.order = append(l.order, i.ID)
	}
	for _, c := range p.Evaluation.Caps {
		l.caps[c.ID] = c.Name
	}
	for _, level := range p.Credit.Levels {
		l.levels = append(l.levels, level.ID)
	}
	return l, err
}

// span is the scale of the evaluation, 0 to 100 where the policy does not say.
func (l *labels) span() (low, high float64) {
	if l.scale.High > l.scale.Low {
		return l.scale.Low, l.scale.High
	}
	return 0, 100
}

// locationMethods are the methods of the policy's words for a location.
var locationMethods = map[string]string{"trimmed": "trimmed_mean", "winsorised": "winsorised_mean", "median": "median",
	"hodges_lehmann": "hodges_lehmann", "huber": "huber"}

// methodOf is the method by which a line of the slip came to its value.
func (l *labels) methodOf(part scoring.Part) string {
	kind := l.indicators[part.Indicator].Kind
	switch {
	case part.Party != scoring.None && kind == scoring.KindRate:
		return "wilson"
	case part.Party != scoring.None:
		for _, rule := range l.locations {
			if method, robust := locationMethods[rule.Method]; robust && rule.Party == part.Party.String() && part.N >= rule.From {
				return method
			}
		}
		return "mean"
	case kind == scoring.KindAttainment:
		return "attainment"
	case kind == scoring.KindMoney:
		return "money_execution"
	case l.combine == "steps" && part.Parent == "":
		return "evaluation"
	default:
		return "weighted_mean"
	}
}

// noteMethods are the methods that explain why a line of the slip does not count in full.
var noteMethods = map[string]string{"no_answer": "missing_party", "too_few_answers": "sample_size", "below_full_weight": "sample_size",
	"held_at_ceiling": "attainment", "imputed": "missing_party"}

// BudgetMethod is the method by which the run's policy proposes money.
func (l *labels) BudgetMethod() string { return budgetMethod(l.budget) }

// budgetMethod is the page that explains a policy's way to propose money.
func budgetMethod(way string) string {
	if way == budget.Exchange {
		return budget.Exchange
	}
	return "budget_grade_table"
}

func (l *labels) isGrade(id string) bool {
	_, ranked := l.rank(id)
	return ranked
}

// rank is the place of a grade, 0 the best.
func (l *labels) rank(grade string) (int, bool) {
	for i, band := range l.bands {
		if band.ID == grade {
			return i, true
		}
	}
	return 0, false
}

// levelRank is the place of a credit level, 0 the best.
func (l *labels) levelRank(level string) (int, bool) {
	for i, id := range l.levels {
		if id == level {
			return i, true
		}
	}
	return 0, false
}

// inLanguage picks the name in the reader's language, else the other one.
func (b *base) inLanguage(n scoring.Name, id string) string {
	first, second := n.ZH, n.EN
	if b.Language == locale.English {
		first, second = second, first
	}
	for _, name := range []string{first, second, id} {
		if name != "" {
			return name
		}
	}
	return none
}

// Grade names a grade, or the status of a contract without one.
func (b *basis) Grade(id string) string {
	if rank, ranked := b.rank(id); ranked {
		return b.base.inLanguage(b.bands[rank].Name, id)
	}
	if name := b.base.named("grade", id); name != id {
		return name
	}
	return b.base.named("status", id)
}

// GradeClass is the colour class of a grade: g0 the best, gx without a grade.
func (b *basis) GradeClass(id string) string {
	rank, ranked := b.rank(id)
	if !ranked {
		return "gx"
	}
	if rank == len(b.bands)-1 { // the worst grade always has the worst colour
		return "g" + whole(gradeRanks-1)
	}
	return "g" + whole(int64(min(rank, gradeRanks-2)))
}

// LevelClass is the colour class of a credit level.
func (b *basis) LevelClass(id string) string {
	rank, ranked := b.levelRank(id)
	if !ranked || len(b.levels) < 2 {
		return "gx"
	}
	return "g" + whole(int64(rank*(gradeRanks-1)/(len(b.levels)-1)))
}

// Indicator names an indicator.
func (b *basis) Indicator(id string) string {
	if i, known := b.indicators[id]; known {
		return b.base.inLanguage(i.Name, id)
	}
	return orNone(id)
}

// CapRule names the rule of a cap.
func (b *basis) CapRule(id string) string {
	if name, known := b.caps[id]; known {
		return b.base.inLanguage(name, id)
	}
	return b.base.named("cap", id)
}

// Policy names the policy of the run.
func (b *basis) Policy() string { return b.base.inLanguage(b.PolicyName, b.PolicyID) }

// gradesOf is every grade of the policy, best first, then the statuses without a grade.
func (l *labels) gradesOf() []string {
	ids := make([]string, 0, len(l.bands)+len(ungraded))
	for _, band := range l.bands {
		ids = append(ids, band.ID)
	}
	return append(ids, ungraded...)
}

// ungraded are the statuses of contracts without a grade.
var ungraded = []string{string(scoring.Held), string(scoring.NoEvidence)}
