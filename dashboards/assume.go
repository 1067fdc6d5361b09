package dashboards

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pingxin/budget"
	"pingxin/pipelines/store"
)

// An assumption is one thing that a scenario supposes, as the address writes it and a form asks for it. What the policy
// says is its default; the address holds only what differs.
type assumption struct {
	Key, Label  string
	Value       string // as it stands in the form
	Default     string // what the policy says
	Choices     []store.Choice
	Min, Max    string // of a number; empty: a text or a choice
	Step, Unit  string
	Slides      bool // the page's script adds a slider
	Hint        string
	Fault       string // why the value cannot be used
	Placeholder string

	set func(s *budget.Scenario, text string) bool
}

// Changed says whether the assumption differs from what the policy says.
func (a *assumption) Changed() bool { return a.Value != a.Default }

// assumptions is a group of them under one heading.
type assumptions struct {
	ID, Title string
	Fields    []*assumption
	Rows      []gradeRow // of the grade table; empty: another group
}

// Changed says whether one of the group differs from what the policy says.
func (g assumptions) Changed() bool {
	return slices.ContainsFunc(g.Fields, (*assumption).Changed) || slices.ContainsFunc(g.Rows, func(r gradeRow) bool { return r.From.Changed() || r.To.Changed() })
}

// gradeRow is a row of the grade table.
type gradeRow struct {
	Grade    cell
	Action   string
	From, To *assumption
}

// question is a scenario as the address asks for it.
type question struct {
	Groups   []assumptions
	Chips    []chip // what differs from the policy, each with the address that takes it back
	Faults   bool   // something cannot be used: there is no scenario
	Scenario *budget.Scenario

	Asked string // what differs, as an address writes it
}

// assume reads a question from a query. Nothing that is wrong is left out in silence: its field says what was found and
// what was expected.
func (b *base) assume(p *programme, query url.Values) *question {
	q := &question{Scenario: p.scenario()}
	q.Groups = []assumptions{{ID: "pool", Title: b.T("whatif.pool"), Fields: b.poolFields(p)}, {ID: "limits", Title: b.T("whatif.limits"), Fields: b.limitFields(p)},
		{ID: "method", Title: b.T("whatif.method"), Fields: b.methodFields(p)}, {ID: "table", Title: b.T("whatif.table"), Rows: b.gradeRows(p)},
		{ID: "dispute", Title: b.T("whatif.dispute"), Fields: b.disputeFields(p)}}
	changed := url.Values{}
	for _, a := range q.all() {
		text := strings.TrimSpace(query.Get(a.Key))
		if text == "" || text == a.Default {
			continue
		}
		a.Value = text
		changed.Set(a.Key, text)
		if !a.set(q.Scenario, text) {
			a.Fault, q.Faults = b.faultOf(a), true
		}
		q.Chips = append(q.Chips, chip{Label: a.Label, Value: b.saidValue(a), URL: b.Here(a.Key, "")})
	}
	b.complete(q, p)
	q.Asked = changed.Encode()
	return q
}

// all lists the assumptions in the order of the page.
func (q *question) all() []*assumption {
	var all []*assumption
	for _, g := range q.Groups {
		all = append(all, g.Fields...)
		for _, r := range g.Rows {
			all = append(all, r.From, r.To)
		}
	}
	return all
}

// field finds an assumption by its key.
func (q *question) field(key string) *assumption {
	all := q.all()
	return all[slices.IndexFunc(all, func(a *assumption) bool { return a.Key == key })]
}

// keys are the names of the form's fields.
func (q *question) keys() []string {
	var keys []string
	for _, a := range q.all() {
		keys = append(keys, a.Key)
	}
	return keys
}

// complete checks what several fields say together.
func (b *base) complete(q *question, p *programme) {
	s := q.Scenario
	if total := q.field("total"); total.Changed() && s.Pool != budget.Exactly && s.Pool != budget.AtMost && total.Fault == "" {
		s.Pool = budget.Exactly // a total that is given is meant
		q.field("pool").Value = string(budget.Exactly)
	}
	d := s.Disputed
	if d == nil {
		return
	}
	value := q.field("value")
	switch {
	case d.Contract == "":
		s.Disputed = nil // a value of no contract
		return
	case !slices.ContainsFunc(p.items, func(i budget.Item) bool { return i.Contract == d.Contract }):
		field := q.field("dispute")
		field.Fault, q.Faults = b.T("whatif.fault.contract", "Found", d.Contract), true
	case !d.Held && !value.Changed():
		value.Fault, q.Faults = b.T("whatif.fault.value"), true
	}
}

// faultOf says what was found in a field and what was expected.
func (b *base) faultOf(a *assumption) string {
	expected := b.T("whatif.fault.choice")
	switch {
	case a.Key == "total":
		expected = b.T("whatif.fault.total")
	case a.Max != "":
		expected = b.T("whatif.fault.range", "Min", a.Min, "Max", a.Max)
	}
	return b.T("whatif.fault", "Found", a.Value, "Expected", expected)
}

// saidValue is the value of an assumption in words.
func (b *base) saidValue(a *assumption) string {
	for _, c := range a.Choices {
		if c.ID == a.Value {
			return c.Name
		}
	}
	return a.Value + a.Unit
}

func (b *base) poolFields(p *programme) []*assumption {
	pools := []store.Choice{{ID: "", Name: b.T("whatif.pool.open")}, {ID: string(budget.Neutral), Name: b.T("whatif.pool.neutral")},
		{ID: string(budget.Exactly), Name: b.T("whatif.pool.exactly")}, {ID: string(budget.AtMost), Name: b.T("whatif.pool.at_most")}}
	return []*assumption{
		{Key: "pool", Label: b.T("whatif.pool"), Choices: pools, set: func(s *budget.Scenario, text string) bool {
			s.Pool = budget.Pool(text)
			s.PoolFen = p.baseFen
			return slices.ContainsFunc(pools, func(c store.Choice) bool { return c.ID == text })
		}},
		{Key: "total", Label: b.T("whatif.total"), Value: fen(p.baseFen).String(), Default: fen(p.baseFen).String(), Unit: " " + b.T("unit.yuan"), Hint: b.T("whatif.total.hint"),
			set: func(s *budget.Scenario, text string) (ok bool) {
				s.PoolFen, ok = fenOf(text)
				return ok
			}},
	}
}

func (b *base) limitFields(p *programme) []*assumption {
	largest := decimal(p.rules.LargestMove)
	most := strconv.Itoa(budget.LargestCeilingPct)
	fields := []*assumption{
		b.percent("floor", b.T("whatif.floor"), "0", "0", "100", func(s *budget.Scenario, v float64) { s.FloorPct = v }),
		b.percent("ceiling", b.T("whatif.ceiling"), "", "100", most, func(s *budget.Scenario, v float64) { s.CeilingPct = v }),
		b.percent("most", b.T("whatif.most"), largest, "0.1", "100", func(s *budget.Scenario, v float64) { s.Policy.LargestMove = v }),
	}
	fields[1].Placeholder = b.T("whatif.ceiling.none")
	if p.rules.Method == budget.Exchange {
		fields[2].Hint = b.T("whatif.most.hint")
	}
	return append(fields, b.gainField(p), b.gateField(p))
}

// percent is an assumption that is a percentage between two others.
func (b *base) percent(key, label, def, least, most string, set func(*budget.Scenario, float64)) *assumption {
	low, high := mustDecimal(least), mustDecimal(most)
	return &assumption{Key: key, Label: label, Value: def, Default: def, Min: least, Max: most, Step: "0.1", Unit: " %", Slides: true,
		set: func(s *budget.Scenario, text string) bool {
			v, ok := decimalOf(text)
			if ok = ok && v >= low && v <= high; ok {
				set(s, v)
			}
			return ok
		}}
}

// gainField asks for the quality floor: the lowest grade that may gain.
func (b *base) gainField(p *programme) *assumption {
	bands := p.grades.Bands
	field := &assumption{Key: "gain", Label: b.T("whatif.gain")}
	below := func(at int) []string {
		var worse []string
		for _, band := range bands[at+1:] {
			worse = append(worse, band.ID)
		}
		return worse
	}
	for at, band := range bands {
		field.Choices = append(field.Choices, store.Choice{ID: band.ID, Name: b.T("whatif.gain.from", "Grade", b.Grade(band.ID))})
		if worse := below(at); len(worse) == len(p.rules.NoGain) && !slices.ContainsFunc(worse, func(id string) bool { return !slices.Contains(p.rules.NoGain, id) }) {
			field.Default = band.ID
		}
	}
	if field.Default == "" { // the policy's grades are not the lowest ones
		field.Choices = append([]store.Choice{{ID: "", Name: b.T("whatif.as_policy")}}, field.Choices...)
	}
	field.Value = field.Default
	field.set = func(s *budget.Scenario, text string) bool {
		at := p.grades.GradeRank(text)
		if at >= 0 {
			s.Policy.NoGain = below(at)
		}
		return at >= 0
	}
	return field
}

// gateField asks whether money moves only where the interval is clear.
func (b *base) gateField(p *programme) *assumption {
	def := map[bool]string{true: "yes", false: "no"}[p.rules.ClearInterval]
	return &assumption{Key: "gate", Label: b.T("whatif.gate"), Value: def, Default: def,
		Choices: []store.Choice{{ID: "yes", Name: b.T("whatif.gate.yes")}, {ID: "no", Name: b.T("whatif.gate.no")}},
		set: func(s *budget.Scenario, text string) bool {
			s.Policy.ClearInterval = text == "yes"
			return text == "yes" || text == "no"
		}}
}

func (b *base) methodFields(p *programme) []*assumption {
	known := []string{budget.GradeTable, budget.Exchange}
	method := &assumption{Key: "method", Label: b.T("whatif.method"), Value: p.rules.Method, Default: p.rules.Method,
		Choices: []store.Choice{{ID: budget.GradeTable, Name: b.T("whatif.method.grade_table")}, {ID: budget.Exchange, Name: b.T("whatif.method.linear_exchange")}},
		set: func(s *budget.Scenario, text string) bool {
			s.Policy.Method = text
			return slices.Contains(known, text)
		}}
	withhold := b.percent("withhold", b.T("whatif.withhold"), decimal(p.rules.Withhold), "0.1", "99", func(s *budget.Scenario, v float64) { s.Policy.Withhold = v })
	withhold.Hint = b.T("whatif.withhold.hint")
	return []*assumption{method, withhold}
}

// gradeRows is the grade table of the policy, each row with its two percentages.
func (b *base) gradeRows(p *programme) []gradeRow {
	rows := make([]gradeRow, len(p.rules.Rows))
	for at, r := range p.rules.Rows {
		grade := b.Grade(r.Grade)
		end := func(key, label string, v float64, set func(*budget.Row, float64)) *assumption {
			a := b.percent(key+"."+r.Grade, label, decimal(v), "-100", strconv.Itoa(budget.LargestPct), func(s *budget.Scenario, v float64) { set(&s.Policy.Rows[at], v) })
			a.Slides = false
			return a
		}
		rows[at] = gradeRow{Grade: b.grade(r.Grade), Action: b.named("action", r.Action),
			From: end("from", b.T("whatif.from", "Grade", grade), r.FromPct, func(r *budget.Row, v float64) { r.FromPct = v }),
			To:   end("to", b.T("whatif.to", "Grade", grade), r.ToPct, func(r *budget.Row, v float64) { r.ToPct = v })}
	}
	return rows
}

func (b *base) disputeFields(p *programme) []*assumption {
	disputed := func(s *budget.Scenario) *budget.Dispute {
		if s.Disputed == nil {
			s.Disputed = &budget.Dispute{}
		}
		return s.Disputed
	}
	value := b.percent("value", b.T("whatif.value"), "", decimal(p.grades.Scale.Low), decimal(p.grades.Scale.High), func(s *budget.Scenario, v float64) { disputed(s).Value = v })
	value.Unit, value.Slides, value.Step = "", false, "0.01"
	return []*assumption{
		{Key: "dispute", Label: b.T("whatif.contract"), Hint: b.T("whatif.dispute.hint"), set: func(s *budget.Scenario, text string) bool {
			disputed(s).Contract = text
			return true
		}},
		{Key: "verdict", Label: b.T("whatif.verdict"), Value: "value", Default: "value",
			Choices: []store.Choice{{ID: "value", Name: b.T("whatif.verdict.value")}, {ID: "held", Name: b.T("whatif.verdict.held")}},
			set: func(s *budget.Scenario, text string) bool {
				disputed(s).Held = text == "held"
				return text == "held"
			}},
		value,
	}
}

// decimalNumber is a number as a form takes it: at most three digits before the point and two behind.
var decimalNumber = regexp.MustCompile(`^-?\d{1,3}(\.\d{1,2})?$`)

func decimalOf(text string) (float64, bool) {
	if !decimalNumber.MatchString(text) {
		return 0, false
	}
	return mustDecimal(text), true
}

// mustDecimal reads a number whose form was checked.
func mustDecimal(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return v
}

// decimal writes a number as the address does: so short that it reads as the same number.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// yuanAmount is an amount in yuan, to the fen: up to 13 digits, which may be set apart by commas in threes.
var yuanAmount = regexp.MustCompile(`^(\d{1,13}|\d{1,3}(,\d{3}){1,4})(\.\d{1,2})?$`)

// fenOf reads an amount in yuan.
func fenOf(text string) (int64, bool) {
	if !yuanAmount.MatchString(text) {
		return 0, false
	}
	whole, cents, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), ".")
	amount, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	return amount, err == nil
}
