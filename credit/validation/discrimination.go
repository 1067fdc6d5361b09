package validation

import "math"

// Discrimination says how well a risk tells events from the others.
type Discrimination struct {
	Events int     `json:"events"`
	Others int     `json:"others"`
	AUC    float64 `json:"auc"`
	Gini   float64 `json:"gini"` // 2 AUC - 1
	KS     float64 `json:"ks"`
	KSAt   float64 `json:"ks_at"`  // the lowest risk at which the distance is reached; in a Report a score
	DeLong *DeLong `json:"delong"` // nil where there is no variance to estimate
}

// DeLong is the uncertainty of an AUC. The plain interval may leave 0..1; that on the logit scale cannot, and is the one
// to show.
type DeLong struct {
	SE    float64  `json:"se"`
	AUC   Interval `json:"auc"`
	Logit Interval `json:"logit"`
	Gini  Interval `json:"gini"`
}

// Discriminate compares the risk of events with that of the others, n log n in the number of observations.
//
// The AUC is the share of pairs of one event and one other in which the event has the higher risk, a tie counting half
// (Mann and Whitney 1947, mid-ranks). KS is the largest distance between the two empirical distributions (Smirnov 1939).
// The variance is that of DeLong, DeLong and Clarke-Pearson (1988); the interval on the logit scale is
// that of Pepe (2003), expit(logit AUC ± z SE/(AUC(1-AUC))). DeLong is nil with fewer than two events or
// two others, and where its variance is 0: perfect separation and equal risks give it nothing to estimate, which does
// not make the AUC certain.
//
// Errors: ErrLength, ErrEmpty, ErrNotFinite, ErrOneClass, ErrConfidence.
func Discriminate(risk []float64, events []bool, confidence float64) (Discrimination, error) {
	z, err := normalQuantile(confidence)
	if err != nil {
		return Discrimination{}, err
	}
	s, err := tally(risk, events)
	if err != nil {
		return Discrimination{}, err
	}
	if s.oneClass() {
		return Discrimination{}, at(ErrOneClass, "%d events among %d", s.events, s.size())
	}
	d := Discrimination{Events: s.events, Others: s.others, AUC: s.auc()}
	d.Gini = 2*d.AUC - 1
	d.KS, d.KSAt = s.ks()
	if se := s.deLongSE(d.AUC); se > 0 {
		d.DeLong = deLong(d.AUC, se, z)
	}
	return d, nil
}

// auc counts half pairs in whole numbers, so that it is exact but for the last division.
func (s sample) auc() float64 {
	halves, below := 0, 0
	for _, t := range s.ties {
		halves += t.events * (2*below + t.others)
		below += t.others
	}
	return float64(halves) / 2 / float64(s.events) / float64(s.others)
}

// ks compares distances as whole numbers, so that of equal ones the lowest is found.
func (s sample) ks() (distance, value float64) {
	var events, others, largest int
	value = s.ties[0].value
	for _, t := range s.ties {
		events, others = events+t.events, others+t.others
		if d := events*s.others - others*s.events; max(d, -d) > largest {
			largest, value = max(d, -d), t.value
		}
	}
	return float64(largest) / float64(s.events) / float64(s.others), value
}

// deLongSE is the standard error of the AUC from the variances of its two kinds of components: for each event the share
// of others below it, for each other the share of events above it. NaN with fewer than two of either.
func (s sample) deLongSE(auc float64) float64 {
	var events, others int
	var ofEvents, ofOthers float64
	for _, t := range s.ties {
		below := (float64(others) + float64(t.others)/2) / float64(s.others)
		above := (float64(s.events-events) - float64(t.events)/2) / float64(s.events)
		ofEvents += float64(float64(t.events) * float64((below-auc)*(below-auc)))
		ofOthers += float64(float64(t.others) * float64((above-auc)*(above-auc)))
		events, others = events+t.events, others+t.others
	}
	n1, n0 := float64(s.events), float64(s.others)
	return math.Sqrt(ofEvents/(n1-1)/n1 + ofOthers/(n0-1)/n0)
}

func deLong(auc, se, z float64) *DeLong {
	d := &DeLong{SE: se, AUC: Interval{auc - float64(z*se), auc + float64(z*se)}}
	d.Gini = Interval{2*d.AUC.Low - 1, 2*d.AUC.High - 1}
	middle, half := logit(auc), z*se/float64(auc*(1-auc))
	d.Logit = Interval{expit(middle - half), expit(middle + half)}
	return d
}

// ROCPoint is what happens when everybody with a risk of At or more is called an event.
type ROCPoint struct {
	At          float64 `json:"at"`
	Hits        float64 `json:"hits"`         // share of the events that are called so
	FalseAlarms float64 `json:"false_alarms"` // share of the others
}

// ROC is the curve of Discriminate from the highest risk to the lowest, corners only: points on the line between their
// neighbours are left out. The curve starts at (0, 0), which has no threshold and is not among the points, and ends at
// (1, 1). Errors as of Discriminate.
func ROC(risk []float64, events []bool) ([]ROCPoint, error) {
	s, err := tally(risk, events)
	if err != nil {
		return nil, err
	}
	if s.oneClass() {
		return nil, at(ErrOneClass, "%d events among %d", s.events, s.size())
	}
	var points []ROCPoint
	var hits, alarms int
	var before tie // the step that led to the last point
	for i := len(s.ties) - 1; i >= 0; i-- {
		t := s.ties[i]
		hits, alarms = hits+t.events, alarms+t.others
		p := ROCPoint{t.value, float64(hits) / float64(s.events), float64(alarms) / float64(s.others)}
		if straight := len(points) > 0 && before.events*t.others == before.others*t.events; straight {
			points[len(points)-1] = p
		} else {
			points = append(points, p)
		}
		before = t
	}
	return points, nil
}
