package dashboards

import (
	"context"
	"strconv"

	"pingxin/pipelines/store"
)

// factsKey asks in the address of a slip for the files behind it that hold no scores, with their receipts.
const factsKey = "facts"

// WithFacts is the address of the slip with the rows of contract, targets, progress and payments.
func (p *evaluationPage) WithFacts() string { return p.Here(factsKey, "yes") + "#sources" }

// listFacts lists the rows of files, other than of scores, that the slip rests on. They are listed when they are asked for: their
// receipts are read for it.
func (s *Server) listFacts(ctx context.Context, v *store.View, p *evaluationPage) error {
	facts, err := v.Facts(ctx, &p.E)
	if err != nil {
		return err
	}
	receipts, err := s.receiptsByBatch(p.base)
	if err != nil {
		return err
	}
	t := &table{Caption: p.T("evaluation.rows"), Empty: p.T("evaluation.rows.none"), Head: p.base.columns("clue.col.kind", "clue.col.what", "clue.col.day", "#$clue.col.money", "#col.value",
		"#col.batch", "col.file", "#col.row")}
	for i := range facts {
		t.Rows = append(t.Rows, p.factRow(&facts[i], receipts))
	}
	p.FactRows = t
	return nil
}

func (p *evaluationPage) factRow(f *store.Fact, receipts map[int]int) []cell {
	what, money, value := p.E.ContractNo, "", ""
	switch f.Kind {
	case "payment":
		what, money = p.T("clue.stage", "Stage", f.What), p.Money(f.Fen)
	case "contract":
		money = p.Money(f.Fen)
	default:
		what, value = p.Indicator(f.What), brief(f.Value)
	}
	return []cell{text(p.base.named("upload.kind", f.Kind)), text(what), text(day(f.On)), text(money), text(value), p.receiptOf(f.Batch, receipts), text(f.File),
		p.base.fileRow(p.CountInt(f.Row), f.Batch, f.Row, receipts)}
}

// receiptOf is a batch, which leads to its receipt where that is known and may be read.
func (p *evaluationPage) receiptOf(batch int, receipts map[int]int) cell {
	c := text(whole(int64(batch)))
	if number := receipts[batch]; number > 0 {
		c.URL = p.To("/receipts/" + strconv.Itoa(number))
	}
	return c
}
