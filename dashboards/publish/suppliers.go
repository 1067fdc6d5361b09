package publish

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pingxin/pipelines/reduce"
	"pingxin/pipelines/store"
	"pingxin/scoring"
)

// writeRegister writes the organisations and the catalogue.
func (b *bundle) writeRegister() error {
	var rows [][]string
	for _, o := range b.register {
		rows = append(rows, []string{o.ID, o.Name, o.Kind, o.USCC, o.Type, dayCell(o.RegisteredOn)})
	}
	if err := b.rows(&organisations, rows); err != nil {
		return err
	}
	rows = nil
	for _, i := range b.catalogue {
		rows = append(rows, []string{i.Code, i.Name, i.Parent, i.Nature, fmt.Sprint(i.Purchasable)})
	}
	return b.rows(&catalogue, rows)
}

func (b *bundle) writePlans() error {
	rows := make([][]string, len(b.planned))
	for i := range b.planned {
		p := &b.planned[i]
		rows[i] = []string{p.No, wholeCell(p.Year), p.Purchaser, p.Item, p.Project, p.Method, yuanCell(p.ApprovedFen())}
	}
	return b.rows(&plans, rows)
}

// publicPlans are the plan items as everybody reads them, the latest year first.
func (b *bundle) publicPlans() []store.PublicPlan {
	all := make([]store.PublicPlan, len(b.planned))
	for i := range b.planned {
		p := &b.planned[i]
		all[i] = store.PublicPlan{No: p.No, Year: p.Year, Purchaser: p.PurchaserName, Item: p.ItemName, Project: p.Project, Method: p.Method, AmountFen: p.ApprovedFen()}
	}
	slices.SortStableFunc(all, func(x, y store.PublicPlan) int { return cmp.Compare(y.Year, x.Year) })
	return all
}

func (b *bundle) writePayments() error {
	rows := make([][]string, len(b.payments))
	for i := range b.payments {
		rows[i] = paymentRow(&b.payments[i])
	}
	return b.rows(&payments, rows)
}

// writeCalibration writes what the judge of public evidence knows of a calibration.
func (b *bundle) writeCalibration() error {
	var rows [][]string
	for _, peer := range slices.Sorted(maps.Keys(b.calibrated.Peers)) {
		p := b.calibrated.Peers[peer]
		rows = append(rows, []string{peer, realCell(p.Mean), realCell(p.Variance), wholeCell(p.N)})
	}
	if err := b.rows(&peers, rows); err != nil {
		return err
	}
	rows = nil
	keys := slices.SortedFunc(maps.Keys(b.calibrated.Quartiles), func(x, y scoring.QuartileKey) int {
		return cmp.Or(cmp.Compare(x.Peer, y.Peer), cmp.Compare(x.Indicator, y.Indicator), cmp.Compare(x.Party, y.Party))
	})
	for _, k := range keys {
		q := b.calibrated.Quartiles[k]
		rows = append(rows, []string{k.Peer, k.Indicator, k.Party.String(), realCell(q.Value), realCell(q.Spread), wholeCell(q.N)})
	}
	if err := b.rows(&quartiles, rows); err != nil {
		return err
	}
	rows = nil
	if b.classes != nil {
		for i, r := range b.classes.classes {
			rows = append(rows, classRow(int32(i+1), r))
		}
	}
	return b.rows(&raterClasses, rows)
}

// writeSuppliers rates every supplier by its public evaluations and its conduct, and writes both. An evaluation that may
// still be contested counts in the rating that officials see, and not in this one.
func (b *bundle) writeSuppliers() error {
	var rows [][]string
	for _, s := range b.facts {
		for _, e := range s.Events {
			rows = append(rows, []string{s.ID, e.ID, e.Kind, e.Severity, dayCell(e.OccurredOn), dayCell(e.EndsOn), dayCell(e.RepairedOn), e.Authority, e.DocumentNo, e.Contract})
		}
	}
	if err := b.rows(&events, rows); err != nil {
		return err
	}
	rows = nil
	for _, s := range b.facts {
		for _, l := range s.Listings {
			rows = append(rows, []string{s.ID, l.Case, dayCell(l.From), dayCell(l.Until), dayCell(l.EndedOn)})
		}
	}
	if err := b.rows(&listings, rows); err != nil {
		return err
	}
	t, err := b.table(&ratings)
	if err != nil {
		return err
	}
	parts, err := b.table(&ratingParts)
	if err != nil {
		return errors.Join(err, t.close())
	}
	err = b.rateAll(t, parts)
	return errors.Join(err, t.close(), parts.close())
}

func (b *bundle) rateAll(t, parts *openTable) error {
	b.ratings = b.ratings[:0]
	if b.judge.credit == nil {
		return nil
	}
	groups := bySupplier(b.evaluations)
	for i := range b.suppliers {
		s := &b.suppliers[i]
		at, found := slices.BinarySearchFunc(b.facts, s.ID, func(f reduce.Supplier, id string) int { return cmp.Compare(f.ID, id) })
		if !found {
			return fmt.Errorf("supplier %s has a rating and is not in the register: run `pingxin doctor`", s.ID)
		}
		r := b.judge.rate(s.ID, groups[s.ID], conduct{b.facts[at].Events, b.facts[at].Listings})
		switch {
		case restsOnWithheld(groups[s.ID]):
			r.withhold()
		case !b.unpublished[s.ID] && s.Contracts == len(groups[s.ID]) && allAnswers(groups[s.ID]) && !sameRating(s, r.row):
			return fmt.Errorf("supplier %s %w", s.ID, ErrNotReproduced)
		}
		err := t.add(r.row)
		for _, row := range r.parts {
			err = errors.Join(err, parts.add(row))
		}
		if err != nil {
			return err
		}
		r.parts = nil
		b.ratings = append(b.ratings, r)
	}
	return nil
}

// sameRating says whether a rating is what the run published.
func sameRating(s *store.SupplierRow, row []string) bool {
	return slices.Equal(row[1:8], []string{s.Status, s.Level, s.Uncapped, positive(s.Stars), realCell(s.Score), realCell(s.Performance), realCell(s.Conduct)})
}

// allAnswers says whether no answer behind evaluations is withheld, of which the run knew.
func allAnswers(evaluations []judged) bool {
	return !slices.ContainsFunc(evaluations, func(e judged) bool { return e.withheld != "" })
}
