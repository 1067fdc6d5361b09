package scoring

import (
	"math"
	"slices"
	"sort"
	"time"
)

// e4 is how many of the score table's units make a point.
const e4 = 1e4

// term is what one party said of a leaf, or what a leaf without parties is worth.
type term struct {
	party     Party
	n         int
	effective float64 // answers after the finite-population correction
	plain     float64
	raw       float64 // location of the scores as they were given
	adjusted  float64 // the same without severity; NaN where none is known
	value     float64 // the one that is used; NaN: nothing usable
	se        float64
	weight    float64 // among the leaf's terms, after the sample rule; 0 when set aside
	note      string
}

// worth is the value of a node with the normalised weights by which it came about.
type worth struct {
	readings
	terms   []term // of a leaf
	weights []float64
	share   float64 // of the whole evaluation
}

// readings are a value and what it would be by another reading of the scores.
type readings struct{ value, plain, raw, adjusted float64 }

// judgement is one evaluation in the making. Its slices are used again for the next one, out's are not.
type judgement struct {
	*Judge
	ev     *Evidence
	asOf   time.Time
	worths []worth
	cells  [][4]answers // by node and party
	terms  []term       // of all leaves, one behind the other
	spare  []float64    // handed out by floats
	buf    []float64
	out    Evaluation
	// unimputed says that the policy imputes a missing party and the calibration does not reach.
	unimputed bool
}

// floats hands out n zeros that are good until the judgement ends.
func (w *judgement) floats(n int) []float64 {
	from := len(w.spare)
	for range n {
		w.spare = append(w.spare, 0)
	}
	return w.spare[from:len(w.spare):len(w.spare)]
}

// begin takes up a contract.
func (w *judgement) begin(memory []Part, ev *Evidence, asOf time.Time) {
	w.ev, w.asOf, w.unimputed = ev, asOf, false
	clear(w.worths)
	clear(w.cells)
	w.terms, w.spare = w.terms[:0], w.spare[:0]
	w.out = Evaluation{Contract: ev.Contract, LastOn: ev.LastOn, Raw: math.NaN(), Adjusted: math.NaN(), Shrunken: math.NaN(), Reliability: math.NaN(), Parts: slices.Grow(memory[:0], len(w.nodes)+w.termCount)}
}

// Evaluate judges one contract on the day asOf. It sorts the values of the cells in place and keeps none of them.
// Cells on indicators or by parties that the policy does not ask are left out; the caller counts them.
func (j *Judge) Evaluate(ev Evidence, asOf time.Time) Evaluation { return j.EvaluateIn(nil, ev, asOf) }

// EvaluateIn judges as Evaluate does, with the slip in the memory of one that is not needed any more; nil for none.
func (j *Judge) EvaluateIn(memory []Part, ev Evidence, asOf time.Time) Evaluation {
	w, _ := j.idle.Get().(*judgement)
	if w == nil {
		w = &judgement{Judge: j, worths: make([]worth, len(j.nodes)), cells: make([][4]answers, len(j.nodes))}
	}
	defer j.idle.Put(w)
	w.begin(memory, &ev, asOf)
	w.leaves()
	w.missingParties()
	w.impute()
	all := w.combine()
	value := all.value
	w.out.Plain = all.plain
	w.parts()
	if status := w.state(value); status != "" {
		w.out.Status = status
		w.out.Caps = nil
		w.watch(ev.EndOn.AddDate(0, 0, 1))
		return w.out
	}
	w.compare(all)
	w.grade(value)
	return w.out
}

// leaves finds the value of every leaf.
func (w *judgement) leaves() {
	for i := range w.ev.Cells {
		c := &w.ev.Cells[i]
		if at, known := w.byID[c.Indicator]; known && w.nodes[at].parties[c.Party] > 0 {
			w.cells[at][c.Party] = w.answers(c)
			w.out.Counts[c.Party] = max(w.out.Counts[c.Party], len(c.Values))
		}
	}
	for at := range w.nodes {
		n := &w.nodes[at]
		if !n.leaf {
			continue
		}
		from := len(w.terms)
		switch n.Kind {
		case KindAttainment:
			w.terms = append(w.terms, w.attainment(n))
		case KindMoney:
			w.terms = append(w.terms, w.money(n))
		default:
			for _, party := range Parties() {
				if n.parties[party] > 0 {
					w.terms = append(w.terms, w.scores(n, party, w.cells[at][party]))
				}
			}
		}
		w.worths[at].terms = w.terms[from:]
		w.combineTerms(n, &w.worths[at])
	}
}

// scores turns the scores of one party on one leaf into a term.
func (w *judgement) scores(n *node, party Party, a answers) term {
	t := term{party: party, n: len(a.values), weight: n.parties[party], plain: math.NaN(), raw: math.NaN(), adjusted: math.NaN(), value: math.NaN(),
		se: math.NaN()}
	if t.n == 0 {
		t.weight, t.note = 0, "no_answer"
		return t
	}
	population := 0
	if party == Recipient && w.ev.Recipients > 0 {
		if population = w.ev.Recipients; t.n > population {
			w.warn(Note{Code: "more_answers_than_recipients", Indicator: n.ID, Party: party, Have: float64(t.n), Need: float64(population)})
			population = 0
		}
	}
	t.plain = Mean(a.values) / e4
	counted := w.locateAll(n, &t, a)
	t.se = float64(t.se * CochranFactor(t.n, population))
	w.weigh(n, &t, population, counted)
	return t
}

// floating copies scores into a buffer that is good until the next call.
func (w *judgement) floating(values []int32) []float64 {
	w.buf = w.buf[:0]
	for _, v := range values {
		w.buf = append(w.buf, float64(v))
	}
	return w.buf
}

// How much of the mean's precision robust locations keep on normal data, in the limit of many values: what their variance
// is beside that of the mean.
const (
	medianEfficiency        = 2 / math.Pi // Laplace
	hodgesLehmannEfficiency = 3 / math.Pi // Hodges and Lehmann 1963
	huberEfficiency         = 0.9642      // at k = 1.5 (Huber 1981)
)

// robustVariance is the variance of single scores that gives the error of a trimmed mean: the winsorised one over the
// square of the share kept (Tukey and McLaughlin 1963).
func robustVariance[T numeric](sorted []T, trim float64) float64 {
	n := len(sorted)
	kept := 1 - 2*float64(cut(n, trim))/float64(n)
	return winsorisedVariance(sorted, trim) / float64(kept*kept)
}

// located is the location of some scores with its standard error, in points.
type located struct{ value, se float64 }

// locate computes the location of sorted scores of one party, and its standard error.
func (w *judgement) locate(party Party, sorted []int32) located {
	rule, n := w.location[party], len(sorted)
	if n < rule.From {
		rule.Method = "mean"
	}
	var value, variance float64
	switch rule.Method {
	case "trimmed":
		value, variance = TrimmedMean(sorted, rule.Trim), robustVariance(sorted, rule.Trim)
	case "winsorised": // whose error is about that of the trimmed mean (Dixon and Tukey 1968)
		value, variance = WinsorisedMean(sorted, rule.Trim), robustVariance(sorted, rule.Trim)
	case "median":
		value, variance = Median(sorted), Variance(sorted)/medianEfficiency
	case "hodges_lehmann":
		value, variance = HodgesLehmann(w.floating(sorted)), Variance(sorted)/hodgesLehmannEfficiency
	case "huber":
		value, variance = Huber(w.floating(sorted)), Variance(sorted)/huberEfficiency
	default:
		value, variance = Mean(sorted), Variance(sorted)
	}
	return located{value / e4, math.Sqrt(w.pooled(variance/(e4*e4), n) / float64(n))}
}

// pooled is the variance of single scores: the observed one pooled with what the policy assumes of raters.
func (w *judgement) pooled(observed float64, n int) float64 {
	assumed, freedom := w.policy.RaterError, float64(n-1)
	if n < 2 {
		observed = 0
	}
	if assumed.DF+freedom == 0 {
		return 0 // one score, and the policy assumes no error of raters
	}
	return (float64(assumed.DF*float64(assumed.SD*assumed.SD)) + float64(freedom*observed)) / (assumed.DF + freedom)
}

// rate is the share of sorted scores at or above the pass line, on the scale; its standard error is that of Wilson's
// interval.
func (w *judgement) rate(n *node, sorted []int32) located {
	passed := len(sorted) - countBelow(sorted, math.Round(n.Pass*e4))
	span := w.policy.Scale.High - w.policy.Scale.Low
	low, high := WilsonInterval(passed, len(sorted), w.policy.Confidence)
	return located{w.policy.Scale.Low + float64(span*float64(passed))/float64(len(sorted)), span * (high - low) / (2 * w.z)}
}

func countBelow(sorted []int32, line float64) int {
	return sort.Search(len(sorted), func(i int) bool { return float64(sorted[i]) >= line })
}

// weigh applies the sample rule to a term. counted is the share of the answers that count, below 1 where flagged raters
// count less.
func (w *judgement) weigh(n *node, t *term, population int, counted float64) {
	if counted == 0 {
		t.weight, t.note = 0, "all_raters_set_aside"
		return
	}
	rule := w.sample[t.party]
	t.effective = float64(EffectiveN(t.n, population) * counted)
	if math.IsInf(t.effective, 1) { // everybody answered
		t.effective = max(float64(t.n), float64(rule.Full)) * counted
	}
	switch {
	case t.effective < float64(rule.Shown):
		t.weight, t.note = 0, "too_few_answers"
		w.warn(Note{Code: t.note, Indicator: n.ID, Party: t.party, Have: Round(t.effective, 1), Need: float64(rule.Shown)})
	case t.effective < float64(rule.Full):
		t.weight, t.note = float64(t.weight*t.effective)/float64(rule.Full), "below_full_weight"
	}
}

// attainment is the latest reading against the target, in percent of the scale up to the leaf's ceiling.
func (w *judgement) attainment(n *node) term {
	t := term{weight: 1, plain: math.NaN(), raw: math.NaN(), adjusted: math.NaN(), value: math.NaN(), note: "no_target"}
	at := slices.IndexFunc(w.ev.Attainments, func(a Attainment) bool { return a.Indicator == n.ID })
	if at < 0 {
		return t
	}
	a := w.ev.Attainments[at]
	switch {
	case !a.Reached:
		t.note = "no_reading"
		return t
	case a.Target <= 0 && a.Higher:
		t.note = "target_not_positive"
		w.warn(Note{Code: t.note, Indicator: n.ID, Have: a.Target})
		return t
	}
	if t.plain = a.Share(); math.IsInf(t.plain, 1) { // nothing of what should be little
		t.plain = n.Ceiling / 100
	}
	t.n, t.note = 1, ""
	return w.onScale(n, t)
}

// money is the money paid against the amount of the contract.
func (w *judgement) money(n *node) term {
	t := term{weight: 1, plain: math.NaN(), raw: math.NaN(), adjusted: math.NaN(), value: math.NaN(), note: "no_payment_plan"}
	if w.ev.Payments == 0 || w.ev.AmountFen <= 0 {
		return t
	}
	t.n, t.note = w.ev.Payments, ""
	t.plain = float64(w.ev.PaidFen) / float64(w.ev.AmountFen)
	if w.ev.PaidFen > w.ev.AmountFen {
		w.warn(Note{Code: "paid_more_than_amount", Indicator: n.ID, Have: float64(w.ev.PaidFen) / 100, Need: float64(w.ev.AmountFen) / 100})
	}
	return w.onScale(n, t)
}

// onScale turns the share in t.plain into points, held between the bottom of the scale and the leaf's ceiling; a
// share beyond stays to be seen in t.plain.
func (w *judgement) onScale(n *node, t term) term {
	low, span := w.policy.Scale.Low, w.policy.Scale.High-w.policy.Scale.Low
	t.plain = low + float64(span*t.plain)
	t.value = max(low, min(t.plain, low+span*n.Ceiling/100))
	if t.value < t.plain {
		t.note = "held_at_ceiling"
	}
	t.effective = float64(t.n)
	return t
}

// combineTerms gives a leaf its value from its terms, and its other readings. A term without one of the other readings
// stands in them with its value.
func (w *judgement) combineTerms(n *node, leaf *worth) {
	count := len(leaf.terms)
	values, plains, raws, adjusted, plainWeights := w.floats(count), w.floats(count), w.floats(count), w.floats(count), w.floats(count)
	leaf.weights = w.floats(count)
	known := false
	for i, t := range leaf.terms {
		values[i], plains[i], leaf.weights[i], plainWeights[i] = t.value, t.plain, t.weight, 1
		raws[i], adjusted[i] = orValue(t.raw, t.value), orValue(t.adjusted, t.value)
		known = known || !math.IsNaN(t.adjusted)
		if t.party != None {
			plainWeights[i] = n.parties[t.party]
		} else {
			plains[i] = t.value
		}
	}
	leaf.readings = readings{w.mean(values, leaf.weights), w.mean(plains, plainWeights), w.mean(raws, leaf.weights), math.NaN()}
	if known {
		leaf.adjusted = w.mean(adjusted, leaf.weights)
	}
	normalise(values, leaf.weights)
}

// orValue is a reading, or the value where there is none.
func orValue(reading, value float64) float64 {
	if math.IsNaN(reading) {
		return value
	}
	return reading
}

// mean combines what is present as the policy says.
func (w *judgement) mean(values, weights []float64) float64 {
	if w.policy.Combine == "geometric" {
		return WeightedGeometricMean(values, weights)
	}
	return WeightedMean(values, weights)
}

// normalise makes the weights of what is present add up to 1 and the others 0.
func normalise(values, weights []float64) {
	var total float64
	for i, v := range values {
		if math.IsNaN(v) {
			weights[i] = 0
		}
		total += weights[i]
	}
	for i := range weights {
		if total > 0 {
			weights[i] /= total
		}
	}
}
