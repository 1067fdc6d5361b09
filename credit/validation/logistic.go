package validation

import "math"

// Logistic is the model logit P(event) = Intercept + Slope x, with the standard errors at the optimum.
type Logistic struct {
	Intercept   float64 `json:"intercept"`
	Slope       float64 `json:"slope"`
	InterceptSE float64 `json:"intercept_se"`
	SlopeSE     float64 `json:"slope_se"`
	N           int     `json:"n"`
	Events      int     `json:"events"`
}

// Probability is the predicted probability of an event at x.
func (l Logistic) Probability(x float64) float64 { return expit(l.Intercept + float64(l.Slope*x)) }

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// The ends of Newton's iteration. A step shorter than newtonTolerance standard errors (the Newton decrement, which no
// change of scale alters) is the last; the error it leaves is its square. The log-likelihood is concave, so that a few
// dozen steps, halved where they would lead down, reach the optimum unless rounding hides it.
const (
	newtonTolerance = 1e-9
	newtonSteps     = 100
	newtonHalvings  = 50
	likelihoodSlack = 1e-12 // relative; below it a fall of the log-likelihood is rounding
	// The model foretells as many events as there were. Where it misses them by more than this share, intercept and
	// slope are so large that they cancel to nothing.
	residualTolerance = 1e-6
)

// FitLogistic fits one variable by maximum likelihood, with Newton steps on standardised values (the same optimum as
// iteratively reweighted least squares; McCullagh and Nelder 1989, chapter 4).
//
// Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrOneClass, ErrConstant, ErrSeparation where no finite optimum exists
// (Albert and Anderson 1984), ErrNoConvergence.
func FitLogistic(x []float64, events []bool) (Logistic, error) {
	s, err := tally(x, events)
	if err != nil {
		return Logistic{}, err
	}
	return s.fit()
}

func (s sample) fit() (Logistic, error) {
	if err := s.estimable(); err != nil {
		return Logistic{}, err
	}
	mean, spread := s.moments()
	scaled := sample{make([]tie, len(s.ties)), s.events, s.others}
	for i, t := range s.ties {
		scaled.ties[i] = tie{(t.value - mean) / spread, t.events, t.others}
	}
	a, b, v, err := scaled.newton()
	if err != nil {
		return Logistic{}, err
	}
	shift := mean / spread
	l := Logistic{
		Intercept: a - float64(b*shift), Slope: b / spread, SlopeSE: math.Sqrt(v.bb) / spread,
		InterceptSE: math.Sqrt(v.aa - float64(2*shift*v.ab) + float64(float64(shift*shift)*v.bb)),
		N:           s.size(), Events: s.events,
	}
	if rest, _, _ := s.gradient(l.Intercept, l.Slope); !(math.Abs(rest) <= residualTolerance*float64(s.events)) {
		return Logistic{}, ErrNoConvergence
	}
	return l, nil
}

// estimable says why a slope has no finite estimate: one class, one value, or classes that at most touch.
func (s sample) estimable() error {
	if s.oneClass() {
		return at(ErrOneClass, "%d events among %d", s.events, s.size())
	}
	if len(s.ties) == 1 {
		return at(ErrConstant, "all %d are %g", s.size(), s.ties[0].value)
	}
	eventLow, eventHigh, otherLow, otherHigh := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, t := range s.ties {
		if t.events > 0 {
			eventLow, eventHigh = min(eventLow, t.value), t.value
		}
		if t.others > 0 {
			otherLow, otherHigh = min(otherLow, t.value), t.value
		}
	}
	if eventHigh <= otherLow || otherHigh <= eventLow {
		return at(ErrSeparation, "events lie in %g to %g, the others in %g to %g", eventLow, eventHigh, otherLow, otherHigh)
	}
	return nil
}

// moments are the mean and the standard deviation over n.
func (s sample) moments() (mean, spread float64) {
	n := float64(s.size())
	for _, t := range s.ties {
		mean += float64(float64(t.events+t.others) * t.value / n)
	}
	var sum float64
	for _, t := range s.ties {
		d := t.value - mean
		sum += float64(float64(t.events+t.others) * float64(d*d))
	}
	return mean, math.Sqrt(sum / n)
}

// symmetric is a symmetric matrix of two rows: information or covariance of intercept a and slope b.
type symmetric struct{ aa, ab, bb float64 }

// inverse has no finite parts where the matrix has none.
func (m symmetric) inverse() symmetric {
	det := float64(m.aa*m.bb) - float64(m.ab*m.ab)
	return symmetric{m.bb / det, -m.ab / det, m.aa / det}
}

// newton climbs from the model without a slope and returns the coefficients with their covariance.
func (s sample) newton() (a, b float64, covariance symmetric, err error) {
	a = logit(float64(s.events) / float64(s.size()))
	likelihood := s.logLikelihood(a, b)
	for range newtonSteps {
		u, v, information := s.gradient(a, b)
		covariance = information.inverse()
		if !finite(covariance.aa) {
			break
		}
		da := float64(covariance.aa*u) + float64(covariance.ab*v)
		db := float64(covariance.ab*u) + float64(covariance.bb*v)
		decrement := float64(da*u) + float64(db*v)
		next := s.logLikelihood(a+da, b+db)
		for range newtonHalvings {
			if next >= likelihood-float64(likelihoodSlack*math.Abs(likelihood)) {
				break
			}
			da, db = da/2, db/2
			next = s.logLikelihood(a+da, b+db)
		}
		a, b, likelihood = a+da, b+db, next
		if decrement < newtonTolerance*newtonTolerance {
			_, _, information = s.gradient(a, b)
			return a, b, information.inverse(), nil
		}
	}
	return 0, 0, symmetric{}, ErrNoConvergence
}

// gradient is that of the log-likelihood and its information.
func (s sample) gradient(a, b float64) (u, v float64, information symmetric) {
	for _, t := range s.ties {
		n := float64(t.events + t.others)
		p := expit(a + float64(b*t.value))
		rest := float64(t.events) - float64(n*p)
		w := float64(n * p * (1 - p))
		u += rest
		v += float64(rest * t.value)
		information.aa += w
		information.ab += float64(w * t.value)
		information.bb += float64(float64(w*t.value) * t.value)
	}
	return u, v, information
}

func (s sample) logLikelihood(a, b float64) (sum float64) {
	for _, t := range s.ties {
		eta := a + float64(b*t.value)
		// ln p = -ln(1+exp(-eta)), ln(1-p) = -ln(1+exp(eta))
		sum -= float64(float64(t.events)*softplus(-eta)) + float64(float64(t.others)*softplus(eta))
	}
	return sum
}

// softplus is ln(1+exp(x)) without overflow.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// fitIntercept is the intercept a in logit P = a + x, the slope being held at 1: the one zero of the residuals' sum, by
// Newton steps that turn into bisections where they leave the bracket or do not shrink by half.
func (s sample) fitIntercept() (float64, error) {
	if s.oneClass() {
		return 0, at(ErrOneClass, "%d events among %d", s.events, s.size())
	}
	mean := logit(float64(s.events) / float64(s.size()))
	low, high := mean-s.ties[len(s.ties)-1].value, mean-s.ties[0].value // were all values at one end
	a, step := low+(high-low)/2, high-low
	for range newtonSteps {
		u, _, information := s.gradient(a, 1)
		if u > 0 {
			low = a
		} else {
			high = a
		}
		next := a + u/information.aa
		if !(next >= low && next <= high && math.Abs(next-a) <= step/2) {
			next = low + (high-low)/2
		}
		step = math.Abs(next - a)
		a = next
		if step < float64(newtonTolerance*max(1, math.Abs(a))) {
			return a, nil
		}
	}
	return 0, ErrNoConvergence
}
