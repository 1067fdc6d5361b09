package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
)

// supplierRoll is every supplier with what a run found of it, in the order of ids, for lists and look-ups. It does not change.
type supplierRoll struct {
	rows   []SupplierRow
	sought []string // of each row what it is searched by, in small letters, a line each
	orders map[rollOrder]func() []int32
}

// SupplierSorts are the numbers that a list can be sorted by, each made of the rows; NaN comes last.
var SupplierSorts = map[string]func(rows []SupplierRow) func(at int32) float64{
	"name": func(rows []SupplierRow) func(int32) float64 {
		ranks := ranksOf(len(rows), func(i int) string { return rows[i].Name })
		return func(at int32) float64 { return ranks[at] }
	},
	byScore: func(rows []SupplierRow) func(int32) float64 { return func(at int32) float64 { return rows[at].Score } },
	"conduct": func(rows []SupplierRow) func(int32) float64 {
		return func(at int32) float64 { return rows[at].Conduct }
	},
	"performance": func(rows []SupplierRow) func(int32) float64 {
		return func(at int32) float64 { return rows[at].Performance }
	},
	"contracts": func(rows []SupplierRow) func(int32) float64 {
		return func(at int32) float64 { return float64(rows[at].Contracts) }
	},
	"amount": func(rows []SupplierRow) func(int32) float64 {
		return func(at int32) float64 { return float64(rows[at].AmountFen) }
	},
}

// byScore is the key of SupplierSorts that lists are sorted by, best first, unless somebody chooses.
const byScore = "score"

// supplierRoll returns the roll of the view.
func (v *View) supplierRoll(ctx context.Context) (*supplierRoll, error) {
	v = v.ofRun()
	text := v.suppliers() + supplierColumns + `true ORDER BY org_id`
	return ofDistrict(ctx, v, text, func(m *recall) *PerRun[*supplierRoll] { return &m.suppliers }, func() (*supplierRoll, error) {
		rows, err := v.query(ctx, text)
		all, err := collect(rows, err, "suppliers", scanSupplier)
		return newSupplierRoll(all), err
	})
}

func newSupplierRoll(rows []SupplierRow) *supplierRoll {
	r := &supplierRoll{rows: rows, sought: make([]string, len(rows)), orders: map[rollOrder]func() []int32{}}
	every := make([]int32, len(rows))
	for i := range rows {
		every[i] = int32(i)
		r.sought[i] = strings.ToLower(rows[i].Name + "\n" + rows[i].ID + "\n" + rows[i].USCC)
	}
	for sort, number := range SupplierSorts {
		for _, descending := range []bool{false, true} {
			r.orders[rollOrder{sort, descending}] = sync.OnceValue(func() []int32 { return inOrder(every, number(rows), descending) })
		}
	}
	return r
}

// Bytes is about how much memory the roll takes.
func (r *supplierRoll) Bytes() int {
	const ofRow = 512 // with texts
	return len(r.rows) * ofRow
}

// find returns a supplier by its id; nil where there is none.
func (r *supplierRoll) find(id string) *SupplierRow {
	at, there := slices.BinarySearchFunc(r.rows, id, func(s SupplierRow, id string) int { return strings.Compare(s.ID, id) })
	if !there {
		return nil
	}
	return &r.rows[at]
}

// found are the suppliers that meet a filter, in its order, whatever its limit.
func (r *supplierRoll) found(f SupplierFilter) []int32 {
	if _, known := SupplierSorts[f.Sort]; !known {
		f.Sort, f.Descending = byScore, true
	}
	sought := strings.ToLower(strings.TrimSpace(f.Search))
	var found []int32
	for _, at := range r.orders[rollOrder{f.Sort, f.Descending}]() {
		s := &r.rows[at]
		if strings.Contains(r.sought[at], sought) && (f.Level == "" || s.rank() == f.Level) && (f.Type == "" || s.Type == f.Type) && (!f.Candidates || s.Grounds > 0) {
			found = append(found, at)
		}
	}
	return found
}

// rank is the level of a supplier, or its status without one.
func (s *SupplierRow) rank() string { return cmp.Or(s.Level, s.Status) }

// Suppliers lists suppliers and says how many match.
func (v *View) Suppliers(ctx context.Context, f SupplierFilter) ([]SupplierRow, int, error) {
	r, err := v.supplierRoll(ctx)
	if err != nil {
		return nil, 0, err
	}
	found := r.found(f)
	var rows []SupplierRow
	for _, at := range found[min(f.Offset, len(found)):min(f.Offset+f.Limit, len(found))] {
		rows = append(rows, r.rows[at])
	}
	return rows, len(found), nil
}

// Supplier reads one supplier by its id.
func (v *View) Supplier(ctx context.Context, id string) (SupplierRow, error) {
	r, err := v.supplierRoll(ctx)
	if err != nil {
		return SupplierRow{}, err
	}
	if s := r.find(id); s != nil {
		return *s, nil
	}
	return one[SupplierRow](nil, nil, "supplier", id)
}

// SupplierLevels counts suppliers by level, those without one by status.
func (v *View) SupplierLevels(ctx context.Context) ([]Choice, error) {
	r, err := v.supplierRoll(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for i := range r.rows {
		counts[r.rows[i].rank()]++
	}
	return choicesOf(counts), nil
}

// choicesOf are what was counted, in the order of ids.
func choicesOf(counts map[string]int) []Choice {
	var all []Choice
	for id, n := range counts {
		all = append(all, Choice{ID: id, Count: n})
	}
	slices.SortFunc(all, func(a, b Choice) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// SupplierPeers reads the peers of a supplier; ok is false when it has no contract.
func (v *View) SupplierPeers(ctx context.Context, id string) (p SupplierPeers, ok bool, err error) {
	r, err := v.roll(ctx)
	if err != nil {
		return p, false, err
	}
	own := r.of(BySupplier, id)
	if len(own) == 0 {
		return p, false, nil
	}
	item := &r.items[r.dearest(own)]
	p.ItemCode, p.Item = item.id, item.called()
	suppliers, err := v.supplierRoll(ctx)
	if err != nil {
		return p, false, err
	}
	deliver := make([]bool, len(r.parties))
	for _, at := range r.of(ByItemCode, item.id) {
		deliver[r.rows[at].supplier] = true
	}
	for _, at := range suppliers.found(SupplierFilter{}) { // the best in front
		s := &suppliers.rows[at]
		if place, known := r.partyOf[s.ID]; known && deliver[place] && s.Status != "" { // it has a rating
			p.add(s, s.ID == id)
		}
	}
	return p, true, nil
}

// dearest is the place of the item on which most money of some rows lies; of equal ones the first by its code.
func (r *roll) dearest(places []int32) int32 {
	fen := map[int32]int64{}
	for _, at := range places {
		fen[r.rows[at].item] += r.rows[at].amountFen
	}
	best := r.rows[places[0]].item
	for item, sum := range fen {
		if sum > fen[best] || sum == fen[best] && r.items[item].id < r.items[best].id {
			best = item
		}
	}
	return best
}

// add adds the next of the peers, the best in front; own is the supplier itself.
func (p *SupplierPeers) add(s *SupplierRow, own bool) {
	at := slices.IndexFunc(p.Levels, func(c Choice) bool { return c.ID == s.rank() })
	if at < 0 {
		at, p.Levels = len(p.Levels), append(p.Levels, Choice{ID: s.rank()})
	}
	p.Levels[at].Count++
	if math.IsNaN(s.Score) {
		return
	}
	if p.Scores = append(p.Scores, s.Score); !own {
		return
	}
	p.Place = len(p.Scores)
	for p.Place > 1 && p.Scores[p.Place-2] == s.Score {
		p.Place--
	}
}
