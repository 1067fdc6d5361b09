package district

import "time"

// What goes wrong after the first year, more often for those whose quality is low: a contract that fails, an offence.
// Without it a rating would have nothing to foretell. It is drawn by chance of its own, so that the rest of a district
// does not depend on it; the planted suppliers are left as they are.

// plantedSuppliers is how many suppliers, the first ones, have a planted situation.
const plantedSuppliers = 9

// The chance of a failure is a line that falls with quality to a floor, so that about one contract in fifty fails and
// one supplier in twenty has an offence in a year.
const (
	failurePerPoint, failureBelow, failureLeast = 0.005, 84, 0.002
	offencePerPoint, offenceBelow, offenceLeast = 0.012, 85, 0.005
)

// fails decides whether a contract of a later year goes wrong.
func (m *maker) fails(c *contract) bool {
	if c.year == m.FirstYear || c.supplier < plantedSuppliers {
		return false
	}
	return m.decline.Float64() < max(failureLeast, failurePerPoint*(failureBelow-c.quality))
}

// offence is a general offence of a supplier.
type offence struct {
	supplier int
	kind     string
	on       time.Time
}

// offences draws those of every later year, and of the two months after the last.
func (m *maker) offences() (all []offence) {
	kinds := []string{"administrative_penalty", "complaint_upheld", "contract_breach", "late_report"}
	for year := m.FirstYear + 1; year <= m.FirstYear+m.Years; year++ {
		months := 12
		if year == m.FirstYear+m.Years {
			months = 2
		}
		for i := plantedSuppliers; i < len(m.suppliers); i++ {
			chance := max(offenceLeast, offencePerPoint*(offenceBelow-m.suppliers[i].quality)) * float64(months) / 12
			if m.decline.Float64() < chance {
				all = append(all, offence{i, kinds[m.decline.IntN(len(kinds))], date(year, 1+m.decline.IntN(months), 1+m.decline.IntN(28))})
			}
		}
	}
	return all
}
