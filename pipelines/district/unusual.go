package district

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// What a person should look into or a warning should say, beyond what chance brings. Nothing here draws from the stream of
// the district, so that the rest stays as it is but for what is planted.

// service is how a service differs from others in its targets and their readings.
type service int

const (
	ordinary   service = iota
	farBehind          // a third of what is expected
	behind             // four fifths of it
	ahead              // its target is reached before its end
	untargeted         // nothing was agreed that it could be held against
	unread             // nobody ever said how far it has come
)

// reached is how much of its target a service reaches, of what it would otherwise.
func (s service) reached(otherwise float64) float64 {
	switch s {
	case farBehind:
		return 0.3
	case behind:
		return 0.8
	case ahead:
		return 1.6
	}
	return otherwise
}

// unusualService plants a state of targets and readings in the first service that fits each: one that still runs on the last
// night and has been read by then, or one that had ended by the first.
func (m *maker) unusualService(c *contract) {
	last := m.manifest.Nights[len(m.manifest.Nights)-1].AsOf
	runs := c.end.After(last) && m.nightOf(c.start.Add(c.end.Sub(c.start)*7/10)) > 0
	if c.poor || c.supplier < plantedSuppliers || c.department <= 1 {
		return
	}
	for _, one := range []struct {
		situation, note string
		service
		fits bool
	}{
		{"far_behind", "runs, with a third of what its target asks for by now", farBehind, runs},
		{"behind", "runs, with four fifths of it", behind, runs},
		{"target_reached", "runs, and has reached its target", ahead, runs},
		{"no_target", "runs without a target", untargeted, runs},
		{"settled_without_target", "ended without ever having had a target", untargeted, m.ended(c)},
		{"target_unread", "ended, and nobody said how far its target was reached", unread, m.ended(c)},
	} {
		if one.fits && !m.planted(one.situation) {
			c.progress = one.service
			m.plant(one.situation, "contract", c.no, one.note)
			return
		}
	}
}

// ended says whether a service of the last year was over, with its scores, by the first night.
func (m *maker) ended(c *contract) bool {
	return c.year == m.FirstYear+m.Years-1 && m.nightOf(c.end.AddDate(0, 0, 15)) == 1
}

// planted says whether a situation is in the district already.
func (m *maker) planted(situation string) bool {
	return slices.ContainsFunc(m.manifest.Planted, func(p Planted) bool { return p.Situation == situation })
}

// One supplier in renewEvery has a purchase that its department renews with it year after year.
const renewEvery, renewAt = 3, 1

// The department in one place buys every loyalEvery-th service of later years from one supplier, and of one item.
const loyalDepartment, loyalEvery, onlySupplier = 5, 3, 10

// renew makes a purchase of a later year one more of what the same department bought from the supplier before.
func (m *maker) renew(c *contract) {
	if c.supplier < plantedSuppliers || m.loyal(c) || c.supplier%renewEvery != renewAt || c.department <= 1 {
		return
	}
	before := m.renewed[c.supplier]
	if before != nil && before.year == c.year {
		return
	}
	if before != nil {
		c.department, c.item, c.itemName = before.department, before.item, before.itemName
	}
	kept := *c
	m.renewed[c.supplier] = &kept
}

// By how much the evaluation of a planted contract lies away from that of others, and how many of ten recipients answered on
// one day.
const (
	beforeRise, afterRise = 68, 93 // quality of the service before and after
	onOneDay              = 7
)

// answeredOn is when the recipient in a place answered, who otherwise would have on a day drawn by chance.
func (c *contract) answeredOn(place int, otherwise time.Time) time.Time {
	if !c.burst.IsZero() && place%10 < onOneDay {
		return c.burst
	}
	return otherwise
}

// unusualAnswers plants an evaluation that rises before its purchase is renewed, and answers that came all at once: at the
// end of a service, and in its midst.
func (m *maker) unusualAnswers() error {
	m.concentrated()
	m.rise()
	var asked []*contract
	for i := range m.contracts {
		if c := &m.contracts[i]; m.ended(c) && !c.poor && c.progress == ordinary && c.supplier >= plantedSuppliers && c.department > 1 && c.answers > 0 {
			asked = append(asked, c)
		}
	}
	slices.SortStableFunc(asked, func(a, b *contract) int { return cmp.Compare(b.answers, a.answers) })
	const lastAnswer, before = 14, -20 // days after the end on which the last answers come (see scoredOn), and before it
	for i, one := range []struct {
		situation, note string
		days            int
	}{{"late_answers", "most of its recipients answered on the last day", lastAnswer}, {"dense_answers", "most of its recipients answered on one day in the midst of the service", before}} {
		if i < len(asked) {
			asked[i].burst = asked[i].end.AddDate(0, 0, one.days)
			m.plant(one.situation, "contract", asked[i].no, one.note)
		}
	}
	return nil
}

// loyal makes a purchase one of those that its department makes from one supplier, where it is.
func (m *maker) loyal(c *contract) bool {
	if c.department != loyalDepartment || c.year == m.FirstYear || m.Suppliers <= onlySupplier {
		return false
	}
	if m.loyalTo.no == "" {
		m.loyalTo = *c
	}
	if m.asked++; m.asked%loyalEvery != 0 {
		return false
	}
	c.supplier, c.item, c.itemName = onlySupplier, m.loyalTo.item, m.loyalTo.itemName
	return true
}

// concentrated plants a department that buys an item from one supplier, where it bought it often enough and hardly from others.
func (m *maker) concentrated() {
	const often, nearly = 5, 90 // contracts, and percent of the money
	n, own, all := 0, int64(0), int64(0)
	for i := range m.contracts {
		c := &m.contracts[i]
		if c.department != loyalDepartment || c.item != m.loyalTo.item || c.year < m.FirstYear+m.Years-2 { // two years: the clue looks at three with the one after the last
			continue
		}
		all += c.amountFen
		if c.supplier == onlySupplier {
			own, n = own+c.amountFen, n+1
		}
	}
	if n >= often && own*100 >= all*nearly {
		m.plant("one_supplier", "purchaser", departmentID(loyalDepartment), "buys the item "+m.loyalTo.item+" from "+supplierID(onlySupplier)+" nearly alone")
	}
}

// rise plants an evaluation that is far above the one before it, shortly before its purchase was renewed, in the first chain
// of three purchases that fits; a small district may have none.
func (m *maker) rise() {
	chains := map[int][]*contract{}
	for i := range m.contracts {
		c := &m.contracts[i]
		kept := m.renewed[c.supplier]
		if kept == nil || c.department != kept.department || c.item != kept.item {
			continue
		}
		chain := append(chains[c.supplier], c)
		chains[c.supplier] = chain
		if n := len(chain); n >= 3 && renewedSoon(chain[n-2], c) && !chain[n-3].poor && !chain[n-2].poor {
			chain[n-3].quality, chain[n-2].quality = beforeRise, afterRise
			m.plant("rise_before_renewal", "contract", chain[n-2].no, "its evaluation is far above that of "+chain[n-3].no+", and then "+c.no+" renewed it")
			return
		}
	}
}

// renewedSoon says whether a purchase was signed after the last score of the one before it, and within a season.
func renewedSoon(before, c *contract) bool {
	signed := c.start.AddDate(0, 0, -15)
	return signed.After(before.end.AddDate(0, 0, 15)) && signed.Before(before.end.AddDate(0, 0, 75))
}

// The extra evaluator: how many contracts of one supplier it scores, and of others.
const loyalContracts, otherContracts = 14, 2

// loyalEvaluator writes a third party that scores mostly the contracts of one supplier, like those who scored them before.
func (m *maker) loyalEvaluator() error {
	rng := rand.New(rand.NewPCG(m.Seed, 2024))
	own := map[int][]*contract{}
	var most int
	for i := range m.contracts {
		c := &m.contracts[i]
		if c.supplier < plantedSuppliers || c.poor || c.noThirdParty || m.nightOf(c.end.AddDate(0, 0, 15)) != 1 {
			continue
		}
		own[c.supplier] = append(own[c.supplier], c)
		if len(own[c.supplier]) > len(own[most]) {
			most = c.supplier
		}
	}
	chosen := own[most][max(0, len(own[most])-loyalContracts):] // the latest: what a calibration looks at
	for _, other := range []int{plantedSuppliers, plantedSuppliers + 1} {
		if other != most && len(own[other]) > 0 && len(chosen) > otherContracts {
			chosen = append(slices.Clip(chosen), own[other][len(own[other])-1])
		}
	}
	who := evaluatorID(m.Evaluators)
	if err := m.write(1, "organisation", who, "重庆天平第三方评估中心", "evaluator", uscc("52", 90000+m.Evaluators), "", "500105", "2012-05-01"); err != nil {
		return err
	}
	for _, c := range chosen {
		for _, leaf := range officialLeaves {
			v := min(100, max(0, c.quality+4*rng.Float64()-2))
			m.scores++
			if err := m.write(1, "score", c.no, leaf, "third_party", who, tenths(v), iso(c.end)); err != nil {
				return err
			}
		}
	}
	m.plant("mostly_one_supplier", "evaluator", who, "scores mostly contracts of "+supplierID(most))
	return nil
}

// groundsFrom is the place of the first of three suppliers with a ground for a case each; the smallest districts, which have
// fewer suppliers, go without.
const groundsFrom = 11

// grounds writes credit events that are a ground to open a case, each of another kind.
func (m *maker) grounds(event func(night, s int, kind, severity string, on, ends, repaired time.Time, contractNo string) (string, error)) error {
	if m.Suppliers < groundsFrom+3 {
		return nil
	}
	last := m.FirstYear + m.Years - 1
	for _, g := range []struct {
		situation, kind string
		supplier        int
		on, ends        time.Time
	}{
		{"collusion", "collusion", 0, date(last, 7, 2), date(last+2, 7, 2)},
		{"conduct_lost", "administrative_penalty", 1, date(last, 3, 12), date(last+2, 3, 12)},
		{"conduct_lost_again", "contract_breach", 1, date(last, 8, 21), date(last+2, 8, 21)},
		{"serious_unrepaired", "administrative_penalty", 2, date(last-1, 2, 10), date(last, 2, 10)},
	} {
		id, err := event(1, groundsFrom+g.supplier, g.kind, "serious", g.on, g.ends, time.Time{}, "")
		if err != nil {
			return err
		}
		m.plant(g.situation, "supplier", supplierID(groundsFrom+g.supplier), "credit event "+id)
	}
	return nil
}
