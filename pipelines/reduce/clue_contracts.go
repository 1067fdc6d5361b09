package reduce

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"pingxin/budget/execution"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// ClueContracts are the contracts of a district as the rules of clues see them, before they know what was paid. They are put
// together here and not by the database: many nights read all of them, and its joins and groups, by names, cost several
// times what the reading does.
type ClueContracts struct {
	all    []clues.Contract
	latest []described // of each, the description that counts
	places places      // in all
}

// ClueContractsOf reads contracts, of which there are about so many, and their evaluations in a published run; without any
// for run 0. Known does not matter to it, nor to what else is read for clues.
func ClueContractsOf(ctx context.Context, r *store.Reader, s Snapshot, which Contracts, published, about int) (*ClueContracts, error) {
	d := &ClueContracts{all: make([]clues.Contract, 0, about), latest: make([]described, 0, about)}
	err := scan(ctx, r, "clue_contracts", s.scope(which), nil, d.describe)
	if err == nil && published > 0 {
		err = scan(ctx, r, "clue_evaluations", s.scope(which), []any{int32(published)}, d.evaluate)
	}
	return d, err
}

// ClueContractsAmong reads the contracts of some evaluations of a published run, and others of it, of each of which no batch since says what
// was agreed. How the former were bought is left out: it is for rules that compare all contracts.
func ClueContractsAmong(ctx context.Context, r *store.Reader, s Snapshot, published int, evaluated []Standing, others []int32) (*ClueContracts, error) {
	d := &ClueContracts{}
	if len(others) > 0 {
		var err error
		if d, err = ClueContractsOf(ctx, r, s, Contracts{Keys: others}, published, len(evaluated)+len(others)); err != nil {
			return nil, err
		}
	}
	if len(evaluated) == 0 {
		return d, nil
	}
	keys := make([]int32, len(evaluated))
	for i := range evaluated {
		keys[i] = evaluated[i].Key
		d.know(&evaluated[i])
	}
	return d, scan(ctx, r, "clue_days", s.scope(Contracts{Keys: keys}), nil, d.date)
}

// know takes a contract from its evaluation.
func (d *ClueContracts) know(s *Standing) {
	d.places.put(s.Key, int32(len(d.all)))
	c := clues.Contract{Supplier: s.Supplier, Status: s.Status, Value: s.Value, Low: s.Low, High: s.High, Grade: s.Grade, Scores: s.Cases}
	c.No, c.Purchaser, c.Item, c.Year, c.AmountFen, c.EndOn, c.EvaluatedOn = s.Contract, s.Purchaser, s.Item, s.Year, s.AmountFen, s.EndOn, s.LastOn
	d.all, d.latest = append(d.all, c), append(d.latest, described{})
}

// date takes the days of one accepted description of a contract that is known.
func (d *ClueContracts) date(b columns, i int) {
	v := described{b.int32(1, i), b.int32(2, i)}
	if place, known := d.places.of(b.int32(0, i)); known && v.compare(d.latest[place]) >= 0 {
		d.latest[place], d.all[place].SignedOn, d.all[place].StartOn = v, b.day(3, i), b.day(4, i)
	}
}

// Numbers are those of the contracts, in no order.
func (d *ClueContracts) Numbers() []string {
	all := make([]string, len(d.all))
	for i := range d.all {
		all[i] = d.all[i].No
	}
	return all
}

// describe takes one accepted description of a contract.
func (d *ClueContracts) describe(b columns, i int) {
	key, v := b.int32(0, i), described{b.int32(1, i), b.int32(2, i)}
	place, known := d.places.of(key)
	switch {
	case !known:
		place = int32(len(d.all))
		d.places.put(key, place)
		d.all, d.latest = append(d.all, clues.Contract{}), append(d.latest, v)
	case v.compare(d.latest[place]) < 0:
		return
	}
	d.latest[place] = v
	c := &d.all[place]
	c.No, c.Purchaser, c.Supplier, c.Item, c.Method = b.text(3, i), b.text(4, i), b.text(5, i), b.text(6, i), b.text(7, i)
	c.Year, c.AmountFen, c.SignedOn, c.StartOn, c.EndOn = int(b.int32(8, i)), b.int64(9, i), b.day(10, i), b.day(11, i), b.day(12, i)
}

// evaluate takes the evaluation of one contract.
func (d *ClueContracts) evaluate(b columns, i int) {
	place, known := d.places.of(b.int32(0, i))
	if !known {
		return
	}
	c := &d.all[place]
	c.Status, c.Value, c.Low, c.High = scoring.Status(b.text(1, i)), b.float(2, i), b.float(3, i), b.float(4, i)
	c.Grade, c.Scores, c.EvaluatedOn = b.text(5, i), b.int64(6, i), b.day(7, i)
}

// Payment is one accepted description of a stage of payment, of which the latest counts.
type Payment struct {
	key int32
	described
	on    arrow.Date32
	stage string
	fen   int64
}

// PaymentsOf reads the descriptions of payments for contracts, about so many, in no order.
func PaymentsOf(ctx context.Context, r *store.Reader, s Snapshot, which Contracts, about int) ([]Payment, error) {
	all := make([]Payment, 0, about)
	err := scan(ctx, r, "clue_payments", s.scope(which), nil, func(b columns, i int) {
		all = append(all, Payment{b.int32(0, i), described{b.int32(1, i), b.int32(2, i)}, b.days(5)[i], b.text(3, i), b.int64(4, i)})
	})
	return all, err
}

// Paid adds what was paid for the contracts by a day and returns them, in the order of numbers.
func (d *ClueContracts) Paid(payments []Payment, asOf time.Time) []*clues.Contract {
	payments, until := d.byContract(payments)
	made, day, from := make([]execution.Payment, 0, len(payments)), arrow.Date32FromTime(asOf), int32(0)
	for place, to := range until {
		first := len(made)
		made = appendPaid(made, payments[from:to], day)
		d.all[place].Payments = made[first:len(made):len(made)]
		from = to
	}
	return d.ordered()
}

// ordered returns the contracts in the order of numbers. It compares the few letters in which numbers differ first as one: to
// reach two texts wherever they lie costs many times that.
func (d *ClueContracts) ordered() []*clues.Contract {
	type contract struct {
		first uint64
		*clues.Contract
	}
	same := d.samePrefix()
	all := make([]contract, 0, len(d.all))
	for place := range d.places.all() { // as contracts came, which is often that of their numbers
		c := &d.all[place]
		var first [8]byte
		copy(first[:], c.No[same:])
		all = append(all, contract{binary.BigEndian.Uint64(first[:]), c})
	}
	slices.SortFunc(all, func(a, b contract) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		return strings.Compare(a.No, b.No)
	})
	ordered := make([]*clues.Contract, len(all))
	for i, c := range all {
		ordered[i] = c.Contract
	}
	return ordered
}

// samePrefix is with how many bytes all numbers begin alike.
func (d *ClueContracts) samePrefix() int {
	if len(d.all) == 0 {
		return 0
	}
	same := d.all[0].No
	for i := range d.all {
		for !strings.HasPrefix(d.all[i].No, same) {
			same = same[:len(same)-1]
		}
	}
	return len(same)
}

// byContract puts payments into the order of the places of their contracts and says where those of each place end.
func (d *ClueContracts) byContract(payments []Payment) (ordered []Payment, until []int32) {
	until = make([]int32, len(d.all))
	places := make([]int32, len(payments))
	for i := range payments {
		place, known := d.places.of(payments[i].key)
		if !known {
			places[i] = -1
			continue
		}
		places[i] = place
		until[place]++
	}
	end := int32(0)
	for place, n := range until {
		until[place] = end // begins where the one before ends, and grows with each payment put there
		end += n
	}
	ordered = make([]Payment, end)
	for i, place := range places {
		if place >= 0 {
			ordered[until[place]] = payments[i]
			until[place]++
		}
	}
	return ordered, until
}

// appendPaid appends what was paid by a day of the described stages of one contract.
func appendPaid(made []execution.Payment, stages []Payment, day arrow.Date32) []execution.Payment {
	slices.SortFunc(stages, func(a, b Payment) int { return cmp.Or(strings.Compare(a.stage, b.stage), a.compare(b.described)) })
	for i, s := range stages {
		if replaced := i+1 < len(stages) && stages[i+1].stage == s.stage; !replaced && s.on <= day {
			made = append(made, execution.Payment{Stage: s.stage, AmountFen: s.fen, PaidOn: timeOf(s.on)})
		}
	}
	return made
}
