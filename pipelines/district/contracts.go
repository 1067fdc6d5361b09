package district

import (
	"fmt"
	"strconv"
	"time"
)

// The planted suppliers: 2 to 6 have credit events (people.go), idle has no contract after the first year, poor is poor
// two years running.
const (
	idleSupplier = 7
	poorSupplier = 8
)

// recipientLeaves are what a recipient is asked.
var recipientLeaves = []string{"quality_attitude", "satisfaction_service", "satisfaction_outcome"}

// officialLeaves are what purchasers and third parties are asked.
var officialLeaves = []string{"target_timeliness", "target_outcome", "funds_compliance", "quality_professional", "quality_management", "quality_safety", "quality_attitude"}

func (m *maker) makeContracts() error {
	var items []struct {
		code, name string
		auxiliary  bool
	}
	for g, group := range groups {
		for i, name := range group.items {
			items = append(items, struct {
				code, name string
				auxiliary  bool
			}{fmt.Sprintf("A%02d%02d", g+1, i+1), name, group.nature == "government_auxiliary"})
		}
	}
	// Officials give a fixed number of scores; recipients share the rest, three each.
	perContract := float64(m.Scores)/float64(m.Contracts) - 2.3*float64(len(officialLeaves))
	for i := range m.Contracts {
		year := m.FirstYear + i*m.Years/m.Contracts
		s := m.pickSupplier(i, year)
		item := items[m.rng.IntN(len(items))]
		c := contract{no: fmt.Sprintf("HT%d-%05d", year, i+1), department: m.rng.IntN(m.Departments), supplier: s, year: year, item: item.code, itemName: item.name}
		if !item.auxiliary {
			m.renew(&c)
		}
		s = c.supplier
		c.start = date(year, 1+m.rng.IntN(4), 1+m.rng.IntN(28))
		c.end = date(year, 10+m.rng.IntN(3), 1+m.rng.IntN(28))
		if m.rng.IntN(12) == 0 {
			c.end = c.end.AddDate(0, 4, 0) // runs into the next year
		}
		c.amountFen = m.amount()
		c.quality = m.suppliers[s].quality + 2.5*m.bell()
		c.poor = s == poorSupplier || m.fails(&c)
		c.noThirdParty = m.rng.IntN(60) == 0 || i == m.Contracts-1
		c.way = m.wayOf(&c)
		recipients := ""
		if !item.auxiliary {
			c.answers = max(0, int(perContract/3*1.2*(0.4+1.2*m.rng.Float64())))
			c.recipients = c.answers + c.answers*m.rng.IntN(12)/2 + m.rng.IntN(5)
			recipients = strconv.Itoa(c.recipients)
		}
		m.unusualService(&c)
		m.contracts = append(m.contracts, c)
		if err := m.write(1, "contract", c.no, c.itemName+"采购（"+strconv.Itoa(year)+"）", departmentID(c.department), supplierID(s), c.item, c.way,
			fen(c.amountFen), iso(c.start.AddDate(0, 0, -15)), iso(c.start), iso(c.end), strconv.Itoa(year), recipients); err != nil {
			return err
		}
		if err := m.follow(&c); err != nil {
			return err
		}
	}
	m.plant("missing_party", "contract", m.contracts[m.Contracts-1].no, "the third party never scored it")
	m.plant("idle_supplier", "supplier", supplierID(idleSupplier), "no contract after the first year")
	m.plant("poor_two_years", "supplier", supplierID(poorSupplier), "poor in every year")
	return nil
}

// pickSupplier gives the planted suppliers contracts in every year (the idle one only in the first) and the others by
// chance.
func (m *maker) pickSupplier(i, year int) int {
	perYear := m.Contracts / m.Years
	if place := i % perYear; place < 9 && place != idleSupplier {
		return place
	} else if place == idleSupplier && year == m.FirstYear {
		return idleSupplier
	}
	return 9 + m.rng.IntN(m.Suppliers-9)
}

// amount is between some fifty thousand and eight million yuan, most of them small.
func (m *maker) amount() int64 {
	u := m.rng.Float64()
	return int64(5_0000_00+u*u*u*800_0000_00) / 100_00 * 100_00
}

func method(fen int64) string {
	switch {
	case fen >= 200_0000_00:
		return "open_tender"
	case fen >= 100_0000_00:
		return "competitive_consultation"
	case fen >= 50_0000_00:
		return "competitive_negotiation"
	case fen >= 20_0000_00:
		return "inquiry"
	}
	return "dispersed"
}

// wayOf is the way in which a contract was bought: what its amount asks for, but for a department that does without
// competition, every other time from a single source.
func (m *maker) wayOf(c *contract) string {
	way := method(c.amountFen)
	if c.department != closedDepartment {
		return way
	}
	m.closed++
	switch {
	case m.closed%2 == 1:
		return "single_source"
	case way == "open_tender":
		return "competitive_negotiation"
	}
	return way
}

func fen(v int64) string { return fmt.Sprintf("%d.%02d", v/100, v%100) }

// follow writes the target, progress and payments of a contract, by the night on which they are known.
func (m *maker) follow(c *contract) error {
	target := 100 * (1 + m.rng.IntN(40))
	if c.progress != untargeted {
		if err := m.write(1, "target", c.no, "target_quantity", strconv.Itoa(target), "人次", "higher"); err != nil {
			return err
		}
	}
	reached := 0.55 + c.quality/200 + 0.06*m.bell()
	if c.poor {
		reached = 0.35
	}
	reached = c.progress.reached(reached)
	for stage, share := range []float64{0.4, 0.75, 1} {
		on := c.start.Add(c.end.Sub(c.start) / 10 * time.Duration(4+3*stage)).Truncate(24 * time.Hour)
		night := m.nightOf(on)
		if night == 0 || c.progress == untargeted || c.progress == unread {
			continue
		}
		if err := m.write(night, "progress", c.no, "target_quantity", strconv.Itoa(int(float64(target)*share*reached)), iso(on)); err != nil {
			return err
		}
	}
	first := c.amountFen * 4 / 10
	for stage, amount := range []int64{first, c.amountFen - first} {
		due := c.start.AddDate(0, 2, 0)
		if stage == 1 {
			due = c.end.AddDate(0, 0, 20)
		}
		paid := due.AddDate(0, 0, m.rng.IntN(40)-15)
		if m.rng.IntN(30) == 0 && stage == 1 || m.nightOf(paid) == 0 {
			paid = time.Time{} // not paid yet
		}
		night := max(1, m.nightOf(paid))
		if err := m.write(night, "payment", c.no, strconv.Itoa(stage+1), iso(due), iso(paid), fen(amount)); err != nil {
			return err
		}
	}
	return nil
}

// nightOf is the first night that knows of something that happened on a day, 0 when none does; the zero day is known
// to all.
func (m *maker) nightOf(day time.Time) int {
	for i, n := range m.manifest.Nights {
		if !day.After(n.AsOf) {
			return i + 1
		}
	}
	return 0
}

// scoreAll writes the scores of all contracts.
func (m *maker) scoreAll() error {
	for i := range m.contracts {
		c := &m.contracts[i]
		if err := m.officials(c); err != nil {
			return err
		}
		if err := m.recipients(c); err != nil {
			return err
		}
		if m.progress != nil && i%64 == 0 {
			m.progress(int64(i), int64(len(m.contracts)))
		}
	}
	return m.correct()
}

// scoredOn is a day shortly before the end of a service.
func (m *maker) scoredOn(c *contract) time.Time { return c.end.AddDate(0, 0, m.rng.IntN(60)-45) }

func (m *maker) officials(c *contract) error {
	purchaserOn, on := m.scoredOn(c), m.scoredOn(c)
	evaluators := 1 + m.rng.IntN(2)
	first := m.rng.IntN(m.Evaluators)
	c.evaluator = first
	for _, leaf := range officialLeaves {
		if err := m.score(c, leaf, "purchaser", departmentID(c.department)+"-01", c.quality+2+m.leniency[c.department]+2*m.bell(), purchaserOn, true); err != nil {
			return err
		}
		for e := range evaluators {
			if c.noThirdParty {
				break
			}
			who := (first + e) % m.Evaluators
			if err := m.score(c, leaf, "third_party", evaluatorID(who), c.quality+m.severity[who]+2*m.bell(), on, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) recipients(c *contract) error {
	for r := range c.answers {
		who, mood, on := "R"+strconv.Itoa(100000+r), 6*m.bell(), c.answeredOn(r, m.scoredOn(c))
		for _, leaf := range recipientLeaves {
			if err := m.score(c, leaf, "recipient", who, c.quality+3+mood+3*m.bell(), on, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// score writes one score, in whole points or fives as people give them, when it is known by the last night.
func (m *maker) score(c *contract, leaf, party, who string, v float64, on time.Time, whole bool) error {
	night := m.nightOf(on)
	if night == 0 {
		return nil
	}
	if c.poor {
		v -= 38
	}
	v = min(100, max(0, v))
	text := tenths(v)
	if whole {
		text = strconv.Itoa(int(v + 0.5))
	}
	m.scores++
	return m.write(night, "score", c.no, leaf, party, who, text, iso(on))
}

// correct sends a purchaser's score again on the last night, with another value.
func (m *maker) correct() error {
	for i := range m.contracts {
		c := &m.contracts[i]
		if c.department == 1 || m.nightOf(c.end.AddDate(0, 0, 15)) != 1 {
			continue
		}
		m.plant("corrected_score", "contract", c.no, "target_outcome by the purchaser is sent again with 40")
		return m.write(3, "score", c.no, "target_outcome", "purchaser", departmentID(c.department)+"-01", "40", iso(c.end))
	}
	return nil
}
