package dashboards

import (
	"context"
	"errors"
	"html/template"
	"strings"

	"pingxin/credit/checkcode"
	"pingxin/pipelines/store"
)

// creditSheet is a credit file on one page of paper. It states what the last release says, so that its code can be checked
// against what was published.
type creditSheet struct {
	*basis
	Name    string
	Facts   [][2]string
	Level   cell
	Record  table
	Lists   table // without rows: none
	Effects table
	Alerts  []string
	Others  [][2]string // that the code does not cover
	Code    string      // empty: nothing is released that it could be checked against
	QR      template.HTML
	CheckAt string // address that checks the code; empty: the server does not know its own
	Command string
	Back    string
	Printed string
	Newer   string // what has come since the release; empty: nothing
}

// ownSheet is the sheet of a supplier for whoever may read its credit file.
func (s *Server) ownSheet(ctx context.Context, v *store.View, b *base) (any, error) {
	id := strings.TrimSuffix(b.pathValue("/suppliers/"), "/sheet")
	full, err := v.Supplier(ctx, id) // within the asker's scope
	if err != nil {
		return nil, err
	}
	published := b.Run.ID
	var p *creditSheet
	err = s.config.Store.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		last, released, err := store.LastRelease(ctx, r)
		if err != nil {
			return err
		}
		public := &publicPage{basis: b.basis}
		if released {
			public.Release = &last
		}
		p, err = s.sheetOf(ctx, r, public, id)
		return err
	})
	if errors.Is(err, store.ErrUnpublished) || errors.Is(err, store.ErrNotInRun) {
		p, err = &creditSheet{basis: b.basis, Newer: b.T("creditfile.sheet.unreleased"), Printed: b.Moment(s.config.Access.Now())}, nil
		p.Name, p.Level = full.Name, b.ratingCell(full)
		p.Facts = b.statementFacts(&checkcode.Statement{Supplier: full.ID, USCC: full.USCC, Name: full.Name, Type: full.Type, Status: full.Status, Level: full.Level, AsOf: day(v.Run.AsOf)})[:4]
	}
	if err != nil {
		return nil, err
	}
	if p.Code != "" && published != b.Run.ID {
		p.Newer = b.T("creditfile.sheet.newer", "Level", b.named("level", orText(full.Level, full.Status)))
	}
	p.Back = b.Supplier(id)
	b.name("suppliers", b.T("creditfile.sheet.title", "Name", p.Name))
	return p, nil
}

// publicSheet is the sheet for everybody.
func (s *Server) publicSheet(ctx context.Context, r *store.Reader, public *publicPage) (any, error) {
	id, err := namedSupplier(ctx, r, public)
	if err != nil {
		return nil, err
	}
	p, err := s.sheetOf(ctx, r, public, id)
	if err != nil {
		return nil, err
	}
	p.Back = public.To(strings.TrimSuffix(public.path, "/sheet"))
	public.base.name("public", p.T("creditfile.sheet.title", "Name", p.Name))
	return p, nil
}

// sheetOf is the sheet of what was released of a supplier.
func (s *Server) sheetOf(ctx context.Context, r *store.Reader, public *publicPage, id string) (*creditSheet, error) {
	v, err := s.releasedView(ctx, r, public, store.Scope{Supplier: id})
	if err != nil {
		return nil, err
	}
	statement, row, err := public.Release.Statement(ctx, r, id)
	if err != nil {
		return nil, err
	}
	full, err := v.Supplier(ctx, id)
	if err != nil {
		return nil, err
	}
	full.Level, full.Status = row.Level, row.Status // which rests on what is public alone
	b := public.base
	p := &creditSheet{basis: b.basis, Name: row.Name, Code: statement.Code(), Level: b.level(orText(row.Level, row.Status)), Printed: b.Moment(s.config.Access.Now())}
	p.Facts = append(b.statementFacts(&statement), [2]string{b.T("creditfile.release"), b.T("creditfile.release.of", "No", statement.Release, "Run", statement.Run, "Day", statement.AsOf)})
	recorded, err := v.Conduct(ctx, id)
	if err != nil {
		return nil, err
	}
	p.Record = b.recordTable(recorded, v.Run.AsOf)
	listed, over, err := s.publicListings(ctx, r, v, b, id)
	if err != nil {
		return nil, err
	}
	p.Lists = b.listTable(listed)
	if p.Effects, err = b.effectsOn(ctx, v, full, len(listed) > 0); err != nil {
		return nil, err
	}
	whole, err := s.releasedView(ctx, r, public, store.Everything) // for others of the same name
	if err != nil {
		return nil, err
	}
	if p.Alerts, err = b.identityAlerts(ctx, whole, full); err != nil {
		return nil, err
	}
	p.Alerts = append(p.Alerts, over...)
	p.Others = [][2]string{{b.T("supplier.registered"), day(full.RegisteredOn)}}
	return p, p.seal(s.config.Public)
}

// seal puts the code on the sheet in the ways in which it is read.
func (p *creditSheet) seal(public string) error {
	p.Command = "pingxin verify sheet " + p.Code + " --bundle DIR"
	scanned := p.Code
	if public != "" {
		p.CheckAt = public + "/public/check"
		scanned = public + address("/public/check", map[string][]string{"code": {p.Code}})
	}
	var err error
	p.QR, err = qrSVG(scanned, p.T("creditfile.sheet.qr"))
	return err
}
