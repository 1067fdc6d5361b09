package publish

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pingxin/pipelines/ocds"
	"pingxin/pipelines/store"
)

// The files of the Open Contracting Data Standard: the release package, and the extension by which it says evaluations.
const (
	ocdsName      = "ocds/release-package.json"
	ocdsExtension = "ocds/extension.json"
	ocdsSchema    = "ocds/release-schema.json"
)

//go:embed ocds
var extensionFiles embed.FS

// writeOCDS writes the contracts with their payments and evaluations as a release package, one release a line.
func (b *bundle) writeOCDS() error {
	for _, name := range []string{ocdsExtension, ocdsSchema} {
		content, err := extensionFiles.ReadFile(name)
		if err == nil {
			err = b.write(name, content)
		}
		if err != nil {
			return err
		}
	}
	base := strings.TrimSuffix(b.URL, "/") + "/"
	head, err := json.Marshal(ocds.Package{URI: base + ocdsName, Version: ocds.Version, Extensions: []string{base + ocdsExtension}, PublishedDate: moment(b.run.AsOf),
		Publisher: ocds.Publisher{Name: b.Publisher}, Releases: []ocds.Release{}})
	if err != nil {
		return err
	}
	w, err := b.create(ocdsName)
	if err != nil {
		return err
	}
	open, _ := strings.CutSuffix(string(head), "]}")
	_, err = w.WriteString(open)
	err = errors.Join(err, b.eachOCDS(w))
	_, ending := w.WriteString("\n]}\n")
	return errors.Join(err, ending, w.close())
}

func (b *bundle) eachOCDS(w *file) error {
	names := map[string]*store.Registered{}
	for i := range b.register {
		names[b.register[i].ID] = &b.register[i]
	}
	paid := b.payments
	for i := range b.public {
		own := 0
		for own < len(paid) && paid[own].ContractNo == b.public[i].ContractNo {
			own++
		}
		release := b.ocdsRelease(&b.public[i], &b.officials[i], names, paid[:own])
		paid = paid[own:]
		text, err := json.Marshal(release)
		if err != nil {
			return fmt.Errorf("contract %s: %w", b.public[i].ContractNo, err)
		}
		separator := ",\n"
		if i == 0 {
			separator = "\n"
		}
		if _, err := w.WriteString(separator + string(text)); err != nil {
			return err
		}
	}
	return nil
}

// ocdsRelease says one contract as a release of its process.
func (b *bundle) ocdsRelease(c *store.PublicContract, o *store.Official, names map[string]*store.Registered, paid []store.Payment) *ocds.Release {
	process := b.OCIDPrefix + "-" + c.ContractNo
	item := []ocds.Item{{ID: "1", Description: c.Item, Classification: &ocds.Classification{Scheme: ocds.CatalogueScheme, ID: c.ItemCode, Description: c.Item}}}
	buyer, supplier := &ocds.Reference{ID: c.PurchaserID, Name: c.Purchaser}, &ocds.Reference{ID: c.SupplierID, Name: c.Supplier}
	value := &ocds.Value{Amount: json.Number(yuanCell(c.AmountFen)), Currency: "CNY"}
	contract := ocds.Contract{ID: c.ContractNo, AwardID: c.ContractNo, Title: c.Name, Status: "active", Value: value, Items: item, Period: &ocds.Period{StartDate: moment(o.ServiceFrom), EndDate: moment(o.ServiceTo)},
		DateSigned: moment(o.SignedOn), Evaluation: b.ocdsEvaluation(c)}
	if b.run.AsOf.After(o.ServiceTo) {
		contract.Status = "terminated"
	}
	contract.Implementation = b.ocdsPayments(paid, buyer, supplier)
	return &ocds.Release{OCID: process, ID: fmt.Sprintf("%s-%s-%.8s", process, b.asOf(), b.run.Hash), Date: moment(b.run.AsOf), Tag: []string{"award", "contract", "implementation"}, InitiationType: "tender",
		Language: "zh", Parties: []ocds.Party{ocdsParty(buyer, names, "buyer"), ocdsParty(supplier, names, "supplier")}, Buyer: buyer,
		Tender: &ocds.Tender{ID: c.ContractNo, Status: "complete", ProcurementMethod: ocds.MethodCode(o.Method), ProcurementDetails: o.Method, MainProcurement: "services"},
		Awards: []ocds.Award{{ID: c.ContractNo, Status: "active", Value: value, Suppliers: []ocds.Reference{*supplier}}}, Contracts: []ocds.Contract{contract}}
}

func ocdsParty(r *ocds.Reference, names map[string]*store.Registered, role string) ocds.Party {
	p := ocds.Party{ID: r.ID, Name: r.Name, Roles: []string{role}}
	if known := names[r.ID]; known != nil && known.USCC != "" {
		p.Identifier = &ocds.Identifier{Scheme: ocds.USCCScheme, ID: known.USCC, LegalName: r.Name}
	}
	return p
}

// ocdsPayments are the payments up to the day of the run; nil for none.
func (b *bundle) ocdsPayments(paid []store.Payment, payer, payee *ocds.Reference) *ocds.Implementation {
	var all []ocds.Transaction
	for _, p := range paid {
		if p.PaidOn.IsZero() || p.PaidOn.After(b.run.AsOf) {
			continue
		}
		all = append(all, ocds.Transaction{ID: p.Stage, Date: moment(p.PaidOn), Value: &ocds.Value{Amount: json.Number(yuanCell(p.AmountFen)), Currency: "CNY"}, Payer: payer, Payee: payee})
	}
	slices.SortStableFunc(all, func(x, y ocds.Transaction) int { return cmp.Compare(x.Date, y.Date) })
	if all == nil {
		return nil
	}
	return &ocds.Implementation{Transactions: all}
}

func (b *bundle) ocdsEvaluation(c *store.PublicContract) *ocds.Evaluation {
	return &ocds.Evaluation{Status: c.Status, Grade: c.Grade, Value: json.Number(realCell(c.Value)), Low: json.Number(realCell(c.Low)), High: json.Number(realCell(c.High)), AsOf: b.asOf(), Withheld: c.Withheld}
}

// moment is the beginning of a day in the form of the standard; empty for none. The day is that of the district, whatever
// the zone of who reads it.
func moment(d time.Time) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly) + "T00:00:00+08:00"
}
