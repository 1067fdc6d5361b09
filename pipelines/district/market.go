package district

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// The planted items of the catalogue beside those that what was bought decides on (see versions): one that nobody buys, and
// one of the draft alone.
const (
	idleItem      = "A0199"
	newItem       = "A0206"
	procuredEvery = 6 // one item in so many is of the procurement catalogue
)

// forbidden is the negative list: what may not be bought, why, and by which rule.
var forbidden = []struct{ code, name, reason, authority string }{
	{"N01", "不属于政府职责范围的服务事项", "不属于政府职责范围", "财政部令第102号第十条第一项"},
	{"N02", "货物和工程以及与服务打包的项目", "政府采购法律规定的货物和工程应当另行采购", "财政部令第102号第十条第三项"},
	{"N03", "融资行为", "不得以购买服务名义融资", "财政部令第102号第十条第四项"},
	{"N04", "人员招聘、劳务派遣和公益性岗位", "不得以购买服务名义用工", "财政部令第102号第十条第五项"},
	{barredItem, "", "应当由政府直接履职", "江北府办〔2015〕109号一（二）1"},
}

// marketMaker writes the versions of the catalogue and the register of suppliers, by a stream of numbers of its own.
type marketMaker struct {
	*maker
	rng *rand.Rand
}

// market writes what may be bought, and what the register holds of the suppliers.
func (m *maker) market() error {
	p := &marketMaker{maker: m, rng: rand.New(rand.NewPCG(m.Seed, 2018))}
	for _, step := range []func() error{p.negativeItems, p.versions, p.registrations, p.trainings} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// negativeItems writes the codes that are in no contract.
func (p *marketMaker) negativeItems() error {
	for _, f := range forbidden {
		if f.name == "" {
			continue // written with the plans
		}
		if err := p.write(1, "catalog_item", f.code, f.name, "", "not_purchasable", "false"); err != nil {
			return err
		}
	}
	if err := p.write(1, "catalog_item", idleItem, "老年人文娱活动策划", "A01", "public_service", "true"); err != nil {
		return err
	}
	return p.write(1, "catalog_item", newItem, "青少年科普研学", "A02", "public_service", "true")
}

// versions writes the version of the first year, that of the last, in force from its first day, and the draft of the next.
// The last version forbids the support for government of which most contracts were signed under it; no version knows the
// other item that was bought most.
func (p *marketMaker) versions() error {
	last := p.FirstYear + p.Years - 1
	barred := p.mostBought(func(c *contract) bool {
		return c.item[:3] == auxiliary && c.year == last && c.start.AddDate(0, 0, -15).Year() == last
	})
	unlisted := p.mostBought(func(c *contract) bool { return c.item[:3] != auxiliary })
	for _, year := range []int{p.FirstYear, last, last + 1} {
		if err := p.version(year, barred, unlisted); err != nil {
			return err
		}
		if year > last {
			break // a draft: nobody adopted it
		}
		title := fmt.Sprintf("江北区政府购买服务指导性目录（%d年版）", year)
		if err := p.write(1, "catalog_adoption", strconv.Itoa(year), title, iso(date(year, 1, 1)), "江北区人民政府", fmt.Sprintf("江北府办〔%d〕%d号", year-1, 80+year%20), "按上年度评价结果调整"); err != nil {
			return err
		}
	}
	p.plant("unlisted_item", "item", unlisted, "is bought and in no version of the catalogue")
	p.plant("forbidden_item", "item", barred, fmt.Sprintf("is bought in %d although the version of that year forbids it", last))
	p.plant("idle_item", "item", idleItem, "is listed and nobody buys it")
	p.plant("draft_version", "catalogue", strconv.Itoa(last+1), "has its entries and waits to be adopted")
	return nil
}

// auxiliary begins the codes of support for government.
const auxiliary = "A09"

// mostBought is the item of most of those contracts; of several the first.
func (p *marketMaker) mostBought(those func(*contract) bool) string {
	bought := map[string]int{}
	for i := range p.contracts {
		if c := &p.contracts[i]; those(c) {
			bought[c.item]++
		}
	}
	codes := p.codes()
	slices.SortStableFunc(codes, func(a, b string) int { return bought[b] - bought[a] })
	return codes[0]
}

// codes are those of all items that are bought, in order.
func (p *marketMaker) codes() (codes []string) {
	for g, group := range groups {
		for i := range group.items {
			codes = append(codes, fmt.Sprintf("A%02d%02d", g+1, i+1))
		}
	}
	return codes
}

// version writes what the version of a year says of every code.
func (p *marketMaker) version(year int, barred, unlisted string) error {
	id, last := strconv.Itoa(year), p.FirstYear+p.Years-1
	entry := func(code, listing, content, reason, authority string) error {
		return p.write(1, "catalog_entry", id, code, listing, content, reason, authority)
	}
	for i, code := range p.codes() {
		if code == unlisted || year == p.FirstYear && i%11 == 7 { // some come with the second version
			continue
		}
		listing := "guidance"
		if i%procuredEvery == 0 || year > p.FirstYear && i%procuredEvery == 3 {
			listing = "procurement"
		}
		if code == barred && year >= last {
			if err := entry(code, "negative", "", "属于机关自身运转的日常事务", "江北府办〔2015〕109号一（二）1"); err != nil {
				return err
			}
			continue
		}
		if err := entry(code, listing, contents[i%len(contents)], "", ""); err != nil {
			return err
		}
	}
	if err := entry(idleItem, "guidance", contents[0], "", ""); err != nil {
		return err
	}
	if year > last {
		if err := entry(newItem, "guidance", contents[1], "", ""); err != nil {
			return err
		}
	}
	for _, f := range forbidden {
		if err := entry(f.code, "negative", "", f.reason, f.authority); err != nil {
			return err
		}
	}
	return nil
}

// contents are what services comprise, in the words of a catalogue.
var contents = []string{"组织实施、人员配备、过程记录与档案", "需求摸排、方案制定、服务实施与回访", "日常运行、设施维护与安全管理", "培训、宣传与效果评估", "调查、分析与成果报告"}

// registrations writes the register: nearly all suppliers are active; one was dissolved while its contract runs, one
// certificate has run out.
func (p *marketMaker) registrations() error {
	last := p.FirstYear + p.Years - 1
	dissolved, on := p.dissolved()
	expired := (dissolved + 1) % p.Suppliers
	if expired < plantedSuppliers {
		expired = plantedSuppliers
	}
	for i, s := range p.suppliers {
		registrar, status, ended, certificate, from, until := "江北区民政局", "active", "", "", "", ""
		social := s.kind != "enterprise"
		if social {
			certificate = iso(date(last+1+p.rng.IntN(4), 1+p.rng.IntN(12), 28))
		} else {
			registrar = "江北区市场监督管理局"
		}
		if exempt := p.rng.IntN(10); social && exempt < 6 {
			year := last - 4 + p.rng.IntN(5) // for five years
			from, until = iso(date(year, 1, 1)), iso(date(year+4, 12, 31))
		}
		switch {
		case i == dissolved:
			status, ended = "dissolved", iso(on)
		case i == idleSupplier:
			status, ended = "dissolved", iso(date(last, 3, 31))
		case i == expired:
			certificate = iso(date(last, 6, 30))
		case i > plantedSuppliers && p.rng.IntN(25) == 0:
			continue // the register does not know it
		}
		if err := p.write(1, "supplier_registration", s.id, registrar, status, ended, certificate, from, until); err != nil {
			return err
		}
	}
	p.plant("dissolved_with_contract", "supplier", supplierID(dissolved), "was dissolved while a contract of it ran")
	p.plant("expired_certificate", "supplier", supplierID(expired), "has a certificate that ran out")
	return nil
}

// dissolved is the supplier of the latest contract that none of the planted suppliers has, and a day within it.
func (p *marketMaker) dissolved() (supplier int, on time.Time) {
	for _, c := range slices.Backward(p.contracts) {
		if c.supplier >= plantedSuppliers {
			return c.supplier, c.start.AddDate(0, 1, 0)
		}
	}
	return plantedSuppliers, date(p.FirstYear, 6, 30)
}

// trainings writes who was trained, a third of the suppliers in a year.
func (p *marketMaker) trainings() error {
	topics := []string{"政府购买服务绩效管理", "社会组织财务规范", "项目执行与档案管理"}
	for year := p.FirstYear; year < p.FirstYear+p.Years; year++ {
		for i := range p.suppliers {
			if p.rng.IntN(3) > 0 {
				continue
			}
			on := date(year, 3+p.rng.IntN(9), 1+p.rng.IntN(28))
			if err := p.write(1, "supplier_training", supplierID(i), iso(on), topics[p.rng.IntN(len(topics))], "江北区社会组织孵化园", strconv.Itoa(4*(1+p.rng.IntN(4))), strconv.Itoa(1+p.rng.IntN(6))); err != nil {
				return err
			}
		}
	}
	return nil
}
