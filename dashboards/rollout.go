package dashboards

import (
	"context"
	"math"
	"slices"
	"strconv"

	"pingxin/budget/execution"
	"pingxin/dashboards/charts"
	"pingxin/pipelines/store"
)

// rolloutYears is how far the roll-out had come in each year, earliest first.
func (k *executionBook) rolloutYears() []execution.Year {
	at := map[int]*execution.Year{}
	years := make([]execution.Year, len(k.years))
	for i, year := range k.years {
		y := &years[len(years)-1-i]
		*y = execution.Year{Year: year, OfDepartments: len(k.purchasing.Departments), OfItems: len(k.purchasing.Items)}
		at[year] = y
	}
	departments, items, bought := map[planCell]bool{}, map[planCell]bool{}, map[planCell]int64{}
	for i := range k.contracts {
		c := &k.contracts[i]
		y := at[c.Year]
		y.Contracts++
		y.ContractFen += c.AmountFen
		if c.Evaluated {
			y.Evaluated++
			y.EvaluatedFen += c.AmountFen
		}
		departments[planCell{c.Year, c.Purchaser, ""}], items[planCell{c.Year, "", c.Item}] = true, true
		bought[planCell{c.Year, c.Purchaser, ""}] += c.AmountFen
	}
	for d := range departments {
		at[d.year].Departments++
	}
	for i := range items {
		if slices.ContainsFunc(k.purchasing.Items, func(c store.Choice) bool { return c.ID == i.item }) {
			at[i.year].Items++
		}
	}
	for _, l := range k.departments {
		if y := at[l.Year]; y != nil {
			y.BudgetFen += l.Fen
			y.PurchasedFen += bought[planCell{l.Year, l.Purchaser, ""}]
		}
	}
	return years
}

func (s *Server) rollout(ctx context.Context, v *store.View, b *base) (any, error) {
	p, book, _, err := s.ledgerOf(ctx, v, b, "rollout")
	if book == nil || err != nil {
		return p, err
	}
	p.Years = nil
	years := book.rolloutYears()
	p.Answers = b.rolloutInWords(book.rules, years)
	for _, draw := range []func([]execution.Year) (*figure, error){b.coverageChart, b.shareChart} {
		chart, err := draw(years)
		if err != nil {
			return nil, err
		}
		p.Charts = append(p.Charts, chart)
	}
	p.Sections = []ledgerSection{{Title: b.T("plan.aims"), Note: b.T("plan.aims.note"), Table: b.aimTable(book.rules, years)},
		{Title: b.T("plan.stages"), Note: b.T("plan.stages.note"), Table: b.stageTable(book.rules, years)},
		{Title: b.T("plan.shares"), Note: b.T("plan.shares.note"), Table: b.fallingTable(book)}}
	p.List = b.rolloutTable(years)
	return p, nil
}

// rolloutInWords says how far the last year is from its aims, and whether the share of purchased services rises.
func (b *base) rolloutInWords(rules *execution.Policy, years []execution.Year) []string {
	last := &years[len(years)-1]
	aims, attained := rules.Aims(last), 0
	for _, a := range aims {
		if a.Attained {
			attained++
		}
	}
	said := []string{b.T("plan.rollout.answer", "Year", last.Year, "Departments", b.CountInt(last.Departments), "Of", b.CountInt(last.OfDepartments), "Items", b.CountInt(last.Items),
		"OfItems", b.CountInt(last.OfItems), "Money", b.Money(last.ContractFen), "Unit", b.UnitName(), "Rate", rate(ratio(last.EvaluatedFen, last.ContractFen)))}
	if stage := rules.StageOf(last.Year); stage != nil && len(aims) > 0 {
		said = append(said, b.T("plan.rollout.aims", "Stage", b.inLanguage(stage.Name, stage.ID), "Attained", attained, "Aims", len(aims)))
	}
	if len(years) > 1 {
		before := &years[len(years)-2]
		if rising, known := execution.Rising(before, last); known {
			key := "plan.rollout.falling"
			if rising {
				key = "plan.rollout.rising"
			}
			said = append(said, b.T(key, "Before", rate(before.PurchasedShare()), "After", rate(last.PurchasedShare())))
		}
	}
	return said
}

// coverageChart draws the money of contracts by year: evaluated, and not.
func (b *base) coverageChart(years []execution.Year) (*figure, error) {
	evaluated, rest := charts.Series{Name: b.T("plan.step.evaluated"), Color: "@g0"}, charts.Series{Name: b.T("plan.not_evaluated"), Color: "@gx"}
	data := table{Head: b.columns("col.year", "$plan.step.contract", "$plan.step.evaluated", "#plan.col.evaluated_share")}
	var labels []string
	for i := range years {
		y := &years[i]
		label := strconv.Itoa(y.Year)
		labels = append(labels, label)
		evaluated.Points = append(evaluated.Points, charts.Point{Value: b.inUnit(y.EvaluatedFen), URL: b.To("/execution", "year", label), Tip: label + "  " + evaluated.Name + "\n" + b.Money(y.EvaluatedFen) + " " + b.UnitName()})
		rest.Points = append(rest.Points, charts.Point{Value: b.inUnit(y.ContractFen - y.EvaluatedFen), URL: b.To("/execution", "year", label), Tip: label + "  " + rest.Name + "\n" + b.Money(y.ContractFen-y.EvaluatedFen) + " " + b.UnitName()})
		data.Rows = append(data.Rows, []cell{link(label, b.To("/execution", "year", label)), text(b.Money(y.ContractFen)), text(b.Money(y.EvaluatedFen)), text(rate(ratio(y.EvaluatedFen, y.ContractFen)))})
	}
	summary := b.T("plan.coverage.summary", "Years", b.CountInt(len(years)))
	option, err := charts.Stacked(summary, labels, b.UnitName(), 0, []charts.Series{evaluated, rest})
	return b.newFigure("coverage", b.T("plan.coverage"), summary, "small", option, err, data)
}

// shareChart draws the share of purchased services in the budgets of departments by year.
func (b *base) shareChart(years []execution.Year) (*figure, error) {
	row := charts.Series{Name: b.T("plan.col.purchased_share"), Color: "@accent"}
	data := table{Head: b.columns("col.year", "$plan.col.department_budget", "$plan.col.purchased", "#plan.col.purchased_share")}
	var labels []string
	for i := range years {
		y := &years[i]
		if math.IsNaN(y.PurchasedShare()) {
			continue
		}
		label := strconv.Itoa(y.Year)
		labels = append(labels, label)
		row.Points = append(row.Points, charts.Point{Value: math.Round(y.PurchasedShare()*1000) / 10, URL: b.To("/execution", "year", label), Tip: label + "  " + rate(y.PurchasedShare())})
		data.Rows = append(data.Rows, []cell{text(label), text(b.Money(y.BudgetFen)), text(b.Money(y.PurchasedFen)), text(rate(y.PurchasedShare()))})
	}
	summary := b.T("plan.share.summary", "Years", b.CountInt(len(labels)))
	option, err := charts.Stacked(summary, labels, "%", 0, []charts.Series{row})
	return b.newFigure("share", b.T("plan.share"), summary, "small", option, err, data)
}

// aimTable holds every year against the aims of its stage.
func (b *base) aimTable(rules *execution.Policy, years []execution.Year) table {
	t := table{Caption: b.T("plan.aims"), Empty: b.T("plan.aims.none"), Head: b.columns("col.year", "plan.col.stage_of", "plan.col.aim", "#plan.col.have", "#plan.col.need", "plan.col.attained")}
	for i := len(years) - 1; i >= 0; i-- {
		stage := rules.StageOf(years[i].Year)
		for _, a := range rules.Aims(&years[i]) {
			t.Rows = append(t.Rows, []cell{text(strconv.Itoa(years[i].Year)), text(b.inLanguage(stage.Name, stage.ID)), text(b.T("plan.aim." + a.ID)), text(percent(a.Have/wholePercent, 1)), text(brief(a.Need) + "%"),
				{Text: b.T("plan.attained." + strconv.FormatBool(a.Attained)), Strong: !a.Attained}})
		}
	}
	return t
}

// stageTable lists the stages of the roll-out with their aims, whether there is a year of them or not.
func (b *base) stageTable(rules *execution.Policy, years []execution.Year) table {
	t := table{Caption: b.T("plan.stages"), Empty: b.T("plan.aims.none"), Head: b.columns("plan.col.stage_of", "plan.col.from_year", "#plan.aim.departments", "#plan.aim.items", "#plan.aim.evaluated", "plan.col.years")}
	for i := range rules.Stages {
		s := &rules.Stages[i]
		seen := 0
		for k := range years {
			if rules.StageOf(years[k].Year) == s {
				seen++
			}
		}
		said := b.T("plan.years.none")
		if seen > 0 {
			said = b.T("plan.years", "N", seen)
		}
		t.Rows = append(t.Rows, []cell{text(b.inLanguage(s.Name, s.ID)), text(strconv.Itoa(s.FromYear)), text(aimText(s.DepartmentsPct)), text(aimText(s.ItemsPct)), text(aimText(s.EvaluatedPct)), text(said)})
	}
	return t
}

func aimText(pct float64) string {
	if pct == 0 {
		return ""
	}
	return brief(pct) + "%"
}

// lastTwo are the budgets of departments in the last year and the one before, and what they bought.
func (k *executionBook) lastTwo() map[string][2]execution.Year {
	of := map[string][2]execution.Year{}
	for _, l := range k.departments {
		if at := slices.Index(k.years[:2], l.Year); at >= 0 {
			years := of[l.Purchaser]
			years[at] = execution.Year{Year: l.Year, BudgetFen: l.Fen}
			of[l.Purchaser] = years
		}
	}
	for i := range k.contracts {
		c := &k.contracts[i]
		if at := slices.Index(k.years[:2], c.Year); at >= 0 {
			years := of[c.Purchaser]
			years[at].PurchasedFen += c.AmountFen
			of[c.Purchaser] = years
		}
	}
	return of
}

// fallingTable lists the departments whose share of purchased services fell from the year before to the last.
func (b *base) fallingTable(k *executionBook) table {
	t := table{Caption: b.T("plan.shares"), Empty: b.T("plan.shares.none"), Head: b.columns("col.purchaser", "#plan.col.share_before", "#plan.col.share_after")}
	if len(k.years) < 2 {
		return t
	}
	of := k.lastTwo()
	for _, d := range k.purchasing.Departments {
		years := of[d.ID]
		if rising, known := execution.Rising(&years[1], &years[0]); known && !rising {
			t.Rows = append(t.Rows, []cell{link(d.Name, b.To("/execution", "by", "item", "purchaser", d.ID)), text(rate(years[1].PurchasedShare())), text(rate(years[0].PurchasedShare()))})
		}
	}
	return t
}

// rolloutTable is every year in figures.
func (b *base) rolloutTable(years []execution.Year) table {
	t := table{Caption: b.T("plan.by_year"), Head: b.columns("col.year", "#plan.aim.departments", "#plan.aim.items", "#col.contracts", "$plan.step.contract", "$plan.step.evaluated", "#plan.col.evaluated_share", "#plan.col.purchased_share")}
	for i := len(years) - 1; i >= 0; i-- {
		y := &years[i]
		t.Rows = append(t.Rows, []cell{link(strconv.Itoa(y.Year), b.To("/execution", "year", strconv.Itoa(y.Year))), {Text: b.CountInt(y.Departments), Sub: "/ " + b.CountInt(y.OfDepartments)},
			{Text: b.CountInt(y.Items), Sub: "/ " + b.CountInt(y.OfItems)}, text(b.CountInt(y.Contracts)), text(b.Money(y.ContractFen)), text(b.Money(y.EvaluatedFen)), text(rate(ratio(y.EvaluatedFen, y.ContractFen))), text(rate(y.PurchasedShare()))})
	}
	return t
}
