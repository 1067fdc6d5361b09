package budget

// Effect is what a plan does to a group of contracts, beside what was proposed before. The effects of groups that share
// all contracts among them add up to that of the whole, to the fen.
type Effect struct {
	Contracts, Gaining, Losing int   // against this year
	BaseFen                    int64 // this year
	BeforeFen                  int64 // as it was proposed before the plan
	NextFen                    int64 // by the plan
	GainFen, LossFen           int64 // sums of the changes up and down against this year; LossFen is below zero
}

// Add counts one contract.
func (e *Effect) Add(base, before, next int64) {
	e.Contracts++
	e.BaseFen += base
	e.BeforeFen += before
	e.NextFen += next
	switch change := next - base; {
	case change > 0:
		e.Gaining++
		e.GainFen += change
	case change < 0:
		e.Losing++
		e.LossFen += change
	}
}

// ChangeFen is the change against this year.
func (e *Effect) ChangeFen() int64 { return e.NextFen - e.BaseFen }

// AgainstFen is the change against what was proposed before.
func (e *Effect) AgainstFen() int64 { return e.NextFen - e.BeforeFen }

// MovedFen is the money that moves: what goes up and what goes down.
func (e *Effect) MovedFen() int64 { return e.GainFen - e.LossFen }
