package scoring

import "math"

// Share is how much of the target its latest reading reaches, 1 for all of it and more for beyond. It is NaN without a
// reading and for a target that nothing can be held against; +Inf where nothing of what should be little was found.
func (a *Attainment) Share() float64 {
	switch {
	case !a.Reached, a.Target <= 0 && a.Higher:
		return math.NaN()
	case a.Higher:
		return a.Actual / a.Target
	case a.Actual <= 0:
		return math.Inf(1)
	}
	return a.Target / a.Actual
}

// Attained is how much of its targets a contract has reached, in percent: the plain mean of the shares, each counted up to
// all of its target, so that too much of one thing does not make up for another. It is NaN where no target has a share;
// unread is how many targets have none.
func (e *Evidence) Attained() (pct float64, unread int) {
	var sum float64
	for i := range e.Attainments {
		share := e.Attainments[i].Share()
		if math.IsNaN(share) {
			unread++
			continue
		}
		sum += max(0, min(share, 1))
	}
	read := len(e.Attainments) - unread
	if read == 0 {
		return math.NaN(), unread
	}
	return 100 * sum / float64(read), unread
}
