package district

import "fmt"

// objectAfter is how many days after the end of its contract the planted objection comes on paper: its evaluation is known
// then.
const objectAfter = 30

// objections plants an objection that came on paper and is not decided: the evaluation of its contract is in dispute.
func (m *maker) objections() error {
	for i := range m.contracts {
		c := &m.contracts[i]
		on := c.end.AddDate(0, 0, objectAfter)
		if c.poor || c.noThirdParty || m.nightOf(on) != 2 {
			continue
		}
		no := fmt.Sprintf("YY%d-0001", on.Year()-1)
		m.plant("objection_on_paper", "contract", c.no, "objection "+no+" is not decided")
		return m.write(2, "objection", no, c.no, iso(on), "", "", "")
	}
	return nil
}
