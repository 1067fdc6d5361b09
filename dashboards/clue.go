package dashboards

import (
	"context"
	"strings"

	"pingxin/dashboards/access"
	"pingxin/pipelines/clues"
	"pingxin/pipelines/store"
)

// cluePage shows one clue: what was seen, what it rests on, and what people found.
type cluePage struct {
	*basis
	C        store.ClueRow
	Rule     string
	Answer   []string
	Facts    [][2]string
	Concerns table // whom it is about and whom it concerns
	Evidence table
	Texts    []narrativeText // what was written, of narratives and for who looks into clues
	Verdicts table
	History  table
	Related  table
	All      string         // address of all of these; empty: they are shown
	Choices  []store.Choice // verdicts; empty where who is asking may not give one
	Action   string
	Reviews  clueReviews
	Ground   clueGround
	Method   *methodLink

	receipts map[int]int // numbers of receipts by batch, of those who may read them
}

// receiptsByBatch are the numbers of receipts by batch; none for who may not read them, and where no files are taken.
func (s *Server) receiptsByBatch(b *base) (map[int]int, error) {
	if s.config.Desk == nil || !b.May(access.ReadUploads) {
		return nil, nil
	}
	receipts, err := s.config.Store.Receipts()
	return numbersOf(receipts), err
}

// narrativeText is a narrative with what it says.
type narrativeText struct{ Of, Text string }

func (s *Server) clue(ctx context.Context, v *store.View, b *base) (any, error) {
	c, err := v.Clue(ctx, strings.TrimSuffix(strings.TrimSuffix(b.pathValue("/clues/"), groundPath), reviewPath))
	if err != nil {
		return nil, err
	}
	p := &cluePage{basis: b.basis, C: c, Rule: b.ClueRule(c.Rule), Method: b.how(shownRule(c.Rule).Method), Action: b.Clue(c.ID)}
	b.name("clues", p.Rule+b.T("clue.about", "Name", orText(c.SubjectName, c.Subject)))
	p.Answer = []string{b.ClueSaid(&c)}
	if c.Ended > 0 {
		p.Answer = append(p.Answer, b.T("clue.ended", "Run", c.Ended))
	}
	p.facts()
	p.concerns()
	if p.receipts, err = s.receiptsByBatch(b); err != nil {
		return nil, err
	}
	if err := p.evidence(ctx, v); err != nil {
		return nil, err
	}
	if err := p.history(ctx, v); err != nil {
		return nil, err
	}
	p.Choices = b.verdictChoices()
	if p.Reviews, err = s.clueReviews(ctx, v, b, &p.C); err != nil {
		return nil, err
	}
	if p.Ground, err = b.clueGround(ctx, v, &p.C); err != nil {
		return nil, err
	}
	return p, p.related(ctx, v)
}

// facts are the figures of the clue.
func (p *cluePage) facts() {
	c, rule := &p.C, shownRule(p.C.Rule)
	p.Facts = [][2]string{{p.T("clue.col.state"), p.base.named("clue.state", c.State())}, {p.T("clue.col.seen"), rule.written(c.Seen)}, {p.T("clue.col.line"), rule.written(c.Line)},
		{p.T("clue.col.n"), p.CountInt(c.N)}, {p.InUnitOf(p.T("clue.col.amount")), p.base.amountOf(c)},
		{p.T("clue.col.since"), p.T("clue.since", "Day", day(c.FirstOn), "Run", c.FirstRun)}, {p.T("clue.col.id"), c.ID}}
	if c.PValue == c.PValue { // not NaN: the rule makes a test
		p.Facts = append(p.Facts, [2]string{p.T("col.p"), probability(&c.PValue)})
	}
}

// concerns leads to whom the clue is about and whom it concerns.
func (p *cluePage) concerns() {
	c := &p.C
	p.Concerns = table{Caption: p.T("clue.col.concerns"), Head: p.base.columns("clue.col.kind", "clue.col.what")}
	add := func(kind string, one cell) {
		p.Concerns.Rows = append(p.Concerns.Rows, []cell{text(p.base.named("clue.evidence", kind)), one})
	}
	add(c.About, p.base.clueSubject(c))
	if c.Purchaser != "" && c.About != clues.AboutPurchaser {
		add(clues.AboutPurchaser, p.base.organisation(clues.AboutPurchaser, c.Purchaser, c.PurchaserName))
	}
	if c.Supplier != "" && c.About != clues.AboutSupplier {
		add(clues.AboutSupplier, p.base.organisation(clues.AboutSupplier, c.Supplier, c.SupplierName))
	}
	if c.Item != "" {
		add("item", cell{Text: orText(c.ItemName, c.Item), Sub: c.Item, URL: p.To("/evaluations", "item", c.Item)})
	}
}

// evidence lists what the clue rests on, down to the row of the file.
func (p *cluePage) evidence(ctx context.Context, v *store.View) error {
	p.Evidence = table{Caption: p.T("clue.evidence"), Head: p.base.columns("clue.col.kind", "clue.col.what", "clue.col.day", "#$clue.col.money", "clue.col.source")}
	for _, e := range p.C.Evidence {
		rows, err := v.EvidenceRows(ctx, e)
		if err != nil {
			return err
		}
		if len(rows) == 0 { // no file has it as a row
			p.Evidence.Rows = append(p.Evidence.Rows, p.evidenceRow(e, store.EvidenceRow{}))
		}
		for _, row := range rows {
			p.Evidence.Rows = append(p.Evidence.Rows, p.evidenceRow(e, row))
			if e.Kind == "narrative" && p.May(access.JudgeClues) {
				p.Texts = append(p.Texts, narrativeText{p.T("clue.narrative.of", "Author", e.Note, "Day", day(e.On), "Contract", e.ID), row.Text})
			}
		}
	}
	return nil
}

func (p *cluePage) evidenceRow(e clues.Evidence, row store.EvidenceRow) []cell {
	source, money := text(""), ""
	if row.Batch > 0 {
		source = p.base.fileRow(p.T("clue.row", "Batch", row.Batch, "Row", row.Row), row.Batch, row.Row, p.receipts)
	}
	if e.Fen != 0 {
		money = p.Money(e.Fen)
	}
	return []cell{text(p.evidenceKind(e)), p.evidenceCell(e, row), text(day(e.On)), text(money), source}
}

// evidenceKind names a kind of evidence; a day in the evidence of a missing evaluation is that by which it was expected.
func (p *cluePage) evidenceKind(e clues.Evidence) string {
	if e.Kind == "organisation_contact" {
		return p.base.named("clue.contact", e.Note)
	}
	return p.base.named("clue.evidence", e.Kind)
}

// evidenceCell leads to a piece of evidence. How somebody is reached is shown to who has to look into it.
func (p *cluePage) evidenceCell(e clues.Evidence, row store.EvidenceRow) cell {
	switch e.Kind {
	case clues.AboutContract:
		return p.base.contractCell(e.ID, row.Text)
	case "payment":
		return cell{Text: p.T("clue.stage", "Stage", e.Note), URL: p.Contract(e.ID), Sub: e.ID}
	case "complaint":
		return text(e.ID)
	case "narrative":
		return cell{Text: e.Note, URL: p.Contract(e.ID), Sub: e.ID}
	case "staffed_function":
		return cell{Text: e.ID, Sub: e.Note}
	case "organisation_contact":
		if !p.May(access.JudgeClues) {
			return cell{Text: none, Sub: e.ID}
		}
		return cell{Text: orNone(row.Text), Sub: e.ID}
	}
	return p.base.organisation(e.Kind, e.ID, "")
}

// history is what people found, and what figures the clue has had.
func (p *cluePage) history(ctx context.Context, v *store.View) error {
	verdicts, err := v.ClueVerdicts(ctx, p.C.ID)
	if err != nil {
		return err
	}
	p.Verdicts = table{Caption: p.T("clue.verdicts"), Empty: p.T("clue.verdicts.none"), Head: p.base.columns("clue.col.verdict", "clue.col.reason", "clue.col.by", "clue.col.at")}
	for _, g := range verdicts {
		verdict := cell{Text: p.base.named("clue.verdict", string(g.Verdict)), Strong: true}
		if g.Hash != p.C.Hash {
			verdict.Sub = p.T("clue.other_figures", "Run", g.Run)
		}
		p.Verdicts.Rows = append(p.Verdicts.Rows, []cell{verdict, text(g.Reason), text(orNone(g.GivenBy)), text(p.Moment(g.GivenAt))})
	}
	figures, err := v.ClueHistory(ctx, p.C.ID)
	rule := shownRule(p.C.Rule)
	p.History = table{Caption: p.T("clue.figures"), Head: p.base.columns("clue.col.runs", "clue.col.day", "#clue.col.seen", "#clue.col.line", "#clue.col.n")}
	for _, f := range figures {
		runs := p.T("clue.runs.open", "From", f.FromRun)
		if f.UntilRun > 0 {
			runs = p.T("clue.runs", "From", f.FromRun, "To", f.UntilRun-1)
		}
		p.History.Rows = append(p.History.Rows, []cell{text(runs), text(day(f.On)), text(rule.written(f.Seen)), text(rule.written(f.Line)), text(p.CountInt(f.N))})
	}
	return err
}

// relatedClues is how many other clues of the same purchaser are shown.
const relatedClues = 8

// related lists other clues of the same purchaser, which often have one cause, or on the same subject where it concerns no
// purchaser.
func (p *cluePage) related(ctx context.Context, v *store.View) error {
	f := store.ClueFilter{Purchaser: p.C.Purchaser, Except: p.C.ID, Limit: relatedClues}
	if f.Purchaser == "" {
		f.Subject = p.C.Subject
	}
	totals, err := v.ClueTotals(ctx, f)
	if err != nil {
		return err
	}
	rows, err := v.Clues(ctx, f)
	p.Related = table{Caption: p.T("clue.related"), Empty: p.T("clue.related.none"), Head: p.base.columns("clue.col.clue", "clue.col.about", "col.seen", "clue.col.state_since")}
	p.Related.Head[0].Name = true
	for i := range rows {
		c := &rows[i]
		p.Related.Rows = append(p.Related.Rows, []cell{link(p.ClueRule(c.Rule), p.Clue(c.ID)), p.base.clueSubject(c), text(p.ClueSaid(c)), p.base.clueState(c)})
	}
	if f.Purchaser != "" && totals.Clues > relatedClues {
		p.All = p.To("/clues", "purchaser", f.Purchaser)
	}
	return err
}
