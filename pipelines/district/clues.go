package district

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// inOneHouse is how many suppliers have their offices in one incubator: more than a clue takes for two who know each other.
const inOneHouse = 8

// contentFrom is how many recipients answered of the contract on which a complaint without an answer is planted: their
// answers then count in full, and nobody can be told among them.
const contentFrom = 40

// overseer writes what the supervision office goes by, by a stream of numbers of its own, so that the rest of the district
// stays as it is.
type overseer struct {
	*maker
	rng        *rand.Rand
	complaints int
}

// oversight writes how everybody is reached, what was complained of and what third parties wrote, with what a person should look into planted in it.
func (m *maker) oversight() error {
	o := &overseer{maker: m, rng: rand.New(rand.NewPCG(m.Seed, 2022))}
	if err := o.contacts(); err != nil {
		return err
	}
	if err := o.complain(); err != nil {
		return err
	}
	return m.narrate()
}

// contacts gives everybody a telephone and an address.
func (o *overseer) contacts() error {
	met := o.metLast()
	shared := o.number()
	planted := map[string]string{supplierID(met.supplier): fmt.Sprintf("023-%d", shared), evaluatorID(met.evaluator): fmt.Sprintf("（023）%d", shared)}
	reach := func(org, address string) error {
		phone := fmt.Sprintf("023-%d", o.number()) // whoever it is, so that the planted number moves no other
		if planted[org] != "" {
			phone = planted[org]
		}
		if err := o.write(1, "organisation_contact", org, "phone", phone, ""); err != nil {
			return err
		}
		return o.write(1, "organisation_contact", org, "address", address, "")
	}
	for i := range o.Departments {
		if err := reach(departmentID(i), fmt.Sprintf("江北区金港新区%d号", 1+i)); err != nil {
			return err
		}
	}
	for i := range o.Suppliers {
		address := fmt.Sprintf("江北区建新北路%d号%d室", 1+o.rng.IntN(200), 101+i)
		if i < inOneHouse {
			address = "江北区社会组织孵化园"
		}
		if err := reach(supplierID(i), address); err != nil {
			return err
		}
	}
	for i := range o.Evaluators {
		if err := reach(evaluatorID(i), fmt.Sprintf("渝中区中山三路%d号", 1+i)); err != nil {
			return err
		}
	}
	o.plant("shared_contact", "evaluator", evaluatorID(met.evaluator), "has the telephone of "+supplierID(met.supplier)+" and scored its contract "+met.no)
	return nil
}

// number is one of the city's telephone numbers.
func (o *overseer) number() int { return 60_000_000 + o.rng.IntN(9_999_999) }

// metLast is the last contract that a third party had scored by the first night; every district has one.
func (o *overseer) metLast() *contract {
	for i := len(o.contracts) - 1; ; i-- {
		if c := &o.contracts[i]; !c.noThirdParty && o.nightOf(c.end.AddDate(0, 0, 15)) == 1 {
			return c
		}
	}
}

// complain writes ordinary complaints, which were answered, and one that was not, on the contract whose recipients are most
// content.
func (o *overseer) complain() error {
	best := o.mostContent()
	for i := range o.contracts {
		c := &o.contracts[i]
		if c == best || c.answers == 0 || o.nightOf(c.end) == 0 || o.rng.IntN(40) > 0 {
			continue
		}
		if _, err := o.complaint(c, []string{"founded", "unfounded"}[o.rng.IntN(2)], iso(c.end)); err != nil {
			return err
		}
	}
	no, err := o.complaint(best, "", "")
	o.plant("complaint_unanswered", "contract", best.no, "complaint "+no+" has no answer though the recipients are content")
	return err
}

func (o *overseer) complaint(c *contract, outcome, answered string) (no string, err error) {
	o.complaints++
	no = fmt.Sprintf("TS%d-%04d", c.year, o.complaints)
	received := c.end.AddDate(0, 0, -30-o.rng.IntN(60))
	return no, o.write(o.nightOf(c.end), "complaint", no, c.no, iso(received), "quality", "12345", outcome, answered)
}

// mostContent is the contract of the last year, ended by the first night, whose recipients are most content; one with many
// answers where there is one.
func (o *overseer) mostContent() *contract {
	var ended []*contract
	for i := range o.contracts {
		if c := &o.contracts[i]; c.year == o.FirstYear+o.Years-1 && o.nightOf(c.end) == 1 {
			ended = append(ended, c)
		}
	}
	return slices.MaxFunc(ended, func(a, b *contract) int {
		return cmp.Or(min(a.answers, contentFrom)-min(b.answers, contentFrom), cmp.Compare(a.quality, b.quality))
	})
}
