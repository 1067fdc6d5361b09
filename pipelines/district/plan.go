package district

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// The planted departments: one that does without competition, one whose share of purchased services falls, one that keeps
// staff for what it buys.
const (
	closedDepartment  = 0
	fallingDepartment = 2
	staffedDepartment = 3
)

// barredItem is what the catalogue says may not be bought.
const barredItem = "A9901"

// planner makes plans, budgets and what was agreed of money, by a stream of numbers of its own, so that the rest of the
// district stays as it is.
type planner struct {
	*maker
	rng   *rand.Rand
	items int            // plan items of a year so far
	lines map[string]int // budget lines by year, department and item: a key is written once
}

// planning writes what comes before contracts and beside them.
func (m *maker) planning() error {
	p := &planner{maker: m, rng: rand.New(rand.NewPCG(m.Seed, 2017)), lines: map[string]int{}}
	if err := m.write(1, "catalog_item", "A99", "不得购买事项", "", "not_purchasable", "false"); err != nil {
		return err
	}
	if err := m.write(1, "catalog_item", barredItem, "行政处罚实施", "A99", "not_purchasable", "false"); err != nil {
		return err
	}
	for _, step := range []func() error{p.pastYears, p.budgets, p.agreements, p.staff, p.nextYear} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// groupOf are the contracts of one department for one item in one year.
type groupOf struct {
	year, department int
	item, name       string
}

// groups sorts contracts into their groups, in order.
func (p *planner) groups() ([]groupOf, map[groupOf][]*contract) {
	all := map[groupOf][]*contract{}
	var order []groupOf
	for i := range p.contracts {
		c := &p.contracts[i]
		g := groupOf{c.year, c.department, c.item, c.itemName}
		if all[g] == nil {
			order = append(order, g)
		}
		all[g] = append(all[g], c)
	}
	slices.SortStableFunc(order, func(a, b groupOf) int { return a.year - b.year })
	return order, all
}

// pastYears plans what was bought: one item of the plan for each group of contracts, approved before the year, with a budget.
func (p *planner) pastYears() error {
	order, all := p.groups()
	year, unplanned := 0, ""
	for i, g := range order {
		if g.year != year {
			year, p.items = g.year, 0
		}
		var sum int64
		for _, c := range all[g] {
			sum += c.amountFen
		}
		planned := thousands(sum + sum*int64(p.rng.IntN(16))/100)
		no := p.planNo(year)
		submitted := date(year-1, 12, 1+p.rng.IntN(9))
		if err := p.item(no, g, planned, method(planned), "", "submitted", submitted); err != nil {
			return err
		}
		if err := p.review(no, 1, "approved", thousands(sum+(planned-sum)/2), "与部门预算一致", submitted.AddDate(0, 0, 12)); err != nil {
			return err
		}
		if err := p.line(year, g.department, g.item, thousands(planned*int64(97+p.rng.IntN(12))/100)); err != nil {
			return err
		}
		for _, c := range all[g] {
			if i%23 == 11 { // bought without a place in the plan
				unplanned = c.no
				continue
			}
			if err := p.write(1, "contract_plan", c.no, no); err != nil {
				return err
			}
		}
	}
	p.plant("no_plan_item", "contract", unplanned, "was signed without a place in the plan")
	p.plant("single_source", "purchaser", departmentID(closedDepartment), "buys small things from a single source, large ones without a tender")
	p.plantSplit(order, all)
	return nil
}

// plantSplit names the largest group of contracts below the limit for tenders that comes to more together, where chance
// made one.
func (p *planner) plantSplit(order []groupOf, all map[groupOf][]*contract) {
	const tender = 200_0000_00
	var largest int64
	var found groupOf
	for _, g := range order {
		var sum int64
		n := 0
		for _, c := range all[g] {
			if c.amountFen < tender && c.way != "single_source" {
				sum, n = sum+c.amountFen, n+1
			}
		}
		if n > 1 && sum > max(largest, tender) {
			largest, found = sum, g
		}
	}
	if largest > 0 {
		p.plant("split_under_limit", "purchaser", departmentID(found.department), fmt.Sprintf("several contracts of %d for %s, each below the limit for tenders", found.year, found.item))
	}
}

func (p *planner) planNo(year int) string {
	p.items++
	return fmt.Sprintf("JH%d-%04d", year, p.items)
}

func (p *planner) item(no string, g groupOf, fenOf int64, way, reason, status string, on time.Time) error {
	return p.write(1, "plan_item", no, strconv.Itoa(g.year), departmentID(g.department), g.item, g.name+"项目", fen(fenOf), way, reason, status, iso(on))
}

func (p *planner) review(no string, n int, decision string, approved int64, reason string, on time.Time) error {
	amount := ""
	if approved > 0 {
		amount = fen(approved)
	}
	return p.write(1, "plan_review", no, strconv.Itoa(n), decision, amount, reason, iso(on), "财政局预算科")
}

// line writes a budget line once for a department, item and year; one in six is of a special fund.
func (p *planner) line(year, department int, item string, amount int64) error {
	key := fmt.Sprintf("%d %d %s", year, department, item)
	if p.lines[key]++; p.lines[key] > 1 {
		return nil
	}
	source := "department_budget"
	if p.rng.IntN(6) == 0 {
		source = "special_fund"
	}
	return p.write(1, "budget_line", strconv.Itoa(year), departmentID(department), item, source, fen(amount))
}

// budgets writes the whole budgets of departments, of which purchased services take a part that rises from year to year.
func (p *planner) budgets() error {
	bought := map[[2]int]int64{}
	for i := range p.contracts {
		bought[[2]int{p.contracts[i].year, p.contracts[i].department}] += p.contracts[i].amountFen
	}
	for department := range p.Departments {
		share := 8 + p.rng.IntN(14) // percent in the first year
		rise := 1 + p.rng.IntN(3)
		for y := range p.Years {
			part := int64(share + y*rise)
			if department == fallingDepartment {
				part = int64(24 - 4*y)
			}
			sum := bought[[2]int{p.FirstYear + y, department}]
			if sum == 0 {
				continue
			}
			if err := p.write(1, "department_budget", strconv.Itoa(p.FirstYear+y), departmentID(department), fen(thousands(sum*100/part))); err != nil {
				return err
			}
		}
	}
	p.plant("falling_share", "purchaser", departmentID(fallingDepartment), "the share of purchased services in its budget falls every year")
	return nil
}

// agreements writes what contracts contain, how their targets came about and when they are to be paid.
func (p *planner) agreements() error {
	incomplete, late := "", ""
	for i := range p.contracts {
		c := &p.contracts[i]
		clauses := []string{"第一条", "第二条", "第三条", "第四条", "第五条", "第六条", "第七条", "第八条"}
		switch p.rng.IntN(18) {
		case 0:
			clauses[7], incomplete = "", c.no
		case 1:
			clauses[3] = ""
		}
		if p.rng.IntN(40) > 0 || clauses[7] == "" {
			if err := p.write(1, "contract_content", append([]string{c.no}, clauses...)...); err != nil {
				return err
			}
		}
		signed := c.start.AddDate(0, 0, -15)
		set := signed.AddDate(0, 0, -10-p.rng.IntN(30))
		if p.rng.IntN(30) == 0 {
			set, late = signed.AddDate(0, 0, 20), c.no
		}
		if err := p.sources(c, set); err != nil {
			return err
		}
		if err := p.schedule(c); err != nil {
			return err
		}
	}
	p.plant("lacks_liability", "contract", incomplete, "the contract says nothing of liability for a breach")
	p.plant("targets_after_signing", "contract", late, "the targets were set after the contract was signed")
	return nil
}

// sources writes who was heard before the target was set.
func (p *planner) sources(c *contract, set time.Time) error {
	for i, source := range []struct{ id, document string }{{"recipients", "服务对象需求调查"}, {"third_party", "第三方机构意见"}, {"standard", "行业服务规范"}} {
		if p.rng.IntN(100) < []int{5, 9, 45}[i] || c.progress == untargeted {
			continue
		}
		if err := p.write(1, "target_source", c.no, "target_quantity", source.id, source.document, iso(set)); err != nil {
			return err
		}
	}
	return nil
}

// schedule writes the two stages that contract.follow pays.
func (p *planner) schedule(c *contract) error {
	first := c.amountFen * 4 / 10
	if err := p.write(1, "payment_schedule", c.no, "1", iso(c.start.AddDate(0, 2, 0)), fen(first), "progress"); err != nil {
		return err
	}
	return p.write(1, "payment_schedule", c.no, "2", iso(c.end.AddDate(0, 0, 20)), fen(c.amountFen-first), "evaluation")
}

// staff writes what departments keep staff for: most of it is nothing that they buy.
func (p *planner) staff() error {
	last := p.FirstYear + p.Years - 1
	for department := range p.Departments {
		item, function := barredItem, "行政处罚案件办理"
		if department == staffedDepartment {
			item, function = p.lastItemOf(department), "与所购服务相同的日常服务"
			p.plant("staff_kept", "purchaser", departmentID(department), "keeps staff in "+strconv.Itoa(last)+" for the item "+item+", which it also buys")
		}
		n := 2 + p.rng.IntN(7)
		if err := p.write(1, "staffed_function", strconv.Itoa(last), departmentID(department), function, item, strconv.Itoa(n), fen(int64(n)*12_0000_00)); err != nil {
			return err
		}
	}
	return nil
}

// lastItemOf is what a department bought by its last contract.
func (p *planner) lastItemOf(department int) string {
	for i := len(p.contracts) - 1; i >= 0; i-- {
		if p.contracts[i].department == department {
			return p.contracts[i].item
		}
	}
	return barredItem
}

// nextYear submits plans for the year to come, most of them as good as those before, and plants what the bureau has to find.
func (p *planner) nextYear() error {
	year := p.FirstYear + p.Years
	p.items = 0
	submitted := date(year-1, 12, 8)
	for department := range p.Departments {
		g := groupOf{year, department, p.lastItemOf(department), p.nameOf(p.lastItemOf(department))}
		amount := thousands(40_0000_00 + int64(p.rng.IntN(120))*1_0000_00)
		if err := p.item(p.planNo(year), g, amount, method(amount), "", "submitted", submitted.AddDate(0, 0, p.rng.IntN(10))); err != nil {
			return err
		}
		if err := p.line(year, department, g.item, thousands(amount*105/100)); err != nil {
			return err
		}
	}
	for _, planted := range []struct {
		situation, item, name, way string
		amount                     int64
		budget                     int64 // 0: none
		note                       string
	}{
		{"plan_not_purchasable", barredItem, "行政处罚实施", "entrustment", 60_0000_00, 60_0000_00, "names an item that may not be bought"},
		{"plan_boundary_word", "A0908", "编外用工劳务派遣", "inquiry", 45_0000_00, 45_0000_00, "its name points to hired staff"},
		{"plan_without_tender", "A0701", "道路清扫保洁", "competitive_negotiation", 320_0000_00, 330_0000_00, "is above the limit for tenders and not tendered"},
		{"plan_without_reason", "A0401", "社工站运营", "single_source", 80_0000_00, 80_0000_00, "has a single source and no reason"},
		{"plan_above_budget", "A0601", "健康宣传教育", "competitive_negotiation", 90_0000_00, 50_0000_00, "asks for more than the budget"},
	} {
		g := groupOf{year, 0, planted.item, planted.name}
		no := p.planNo(year)
		if err := p.item(no, g, planted.amount, planted.way, "", "submitted", submitted); err != nil {
			return err
		}
		if err := p.line(year, 0, planted.item, planted.budget); err != nil {
			return err
		}
		p.plant(planted.situation, "plan_item", no, planted.note)
	}
	return p.decided(year)
}

// decided lets the bureau have decided on the first plans of the year to come.
func (p *planner) decided(year int) error {
	on := date(year-1, 12, 29)
	for i, decision := range []string{"approved", "returned", "rejected"} {
		if i >= p.Departments {
			break
		}
		reason := []string{"与部门预算一致", "请补充服务对象需求调查", "与既有职能重复"}[i]
		if err := p.review(fmt.Sprintf("JH%d-%04d", year, i+1), 1, decision, 0, reason, on); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is the name of a catalogue item.
func (p *planner) nameOf(item string) string {
	for i := range p.contracts {
		if p.contracts[i].item == item {
			return p.contracts[i].itemName
		}
	}
	return "公共服务"
}

// thousands rounds an amount up to whole thousands of yuan, as plans are written.
func thousands(fen int64) int64 {
	const step = 1000_00
	return (fen + step - 1) / step * step
}
