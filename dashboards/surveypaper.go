package dashboards

import (
	"encoding/csv"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"pingxin/dashboards/locale"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

// PaperLink is one link of the survey as it is handed out.
type PaperLink struct {
	ContractNo, Name, Supplier string
	Batch, Label               string
	Address                    string // that a phone opens
	Until                      string // last day
}

// linkColumns are the columns of a list of links, in order.
var linkColumns = []string{"survey.col.contract", "survey.col.name", "survey.col.supplier", "survey.col.batch", "survey.col.label", "survey.col.link", "survey.col.until"}

// PaperLinks are the links of new batches; public is the address under which recipients reach the server.
func PaperLinks(issued []survey.Issued, public string) []PaperLink {
	var all []PaperLink
	for _, i := range issued {
		for _, token := range i.Tokens {
			all = append(all, PaperLink{ContractNo: i.ContractNo, Name: i.Contract.Name, Supplier: i.Contract.Supplier, Batch: strconv.Itoa(i.ID), Label: i.Label,
				Address: public + "/s/" + token, Until: day(i.ExpiresOn)})
		}
	}
	return all
}

// linkList are links as a table, for sending by message.
func linkList(texts *locale.Texts, links []PaperLink) *sheet {
	list := &sheet{}
	for _, key := range linkColumns {
		list.Head = append(list.Head, texts.T(key))
	}
	for _, l := range links {
		list.Rows = append(list.Rows, []any{l.ContractNo, l.Name, l.Supplier, l.Batch, l.Label, l.Address, l.Until})
	}
	return list
}

// WriteLinks writes links as CSV with its titles in a language, "zh" or "en".
func WriteLinks(w io.Writer, lang string, links []PaperLink) error {
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	file, err := linkList(texts[lang], links).csv()
	if err == nil {
		_, err = w.Write(file)
	}
	return err
}

// ReadLinks reads what WriteLinks or the page wrote.
func ReadLinks(r io.Reader) ([]PaperLink, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the list of links: %w", err)
	}
	if len(rows) < 2 || len(rows[0]) != len(linkColumns) {
		return nil, errors.New("read the list of links: found no link, expected the file that was written when the links were made")
	}
	var all []PaperLink
	for n, row := range rows[1:] {
		l := PaperLink{plainCell(row[0]), plainCell(row[1]), plainCell(row[2]), row[3], plainCell(row[4]), row[5], row[6]}
		if _, _, ok := splitAddress(l.Address); !ok {
			return nil, fmt.Errorf("read the list of links: line %d has no link in its column 6, expected the file that was written when the links were made", n+2)
		}
		all = append(all, l)
	}
	return all, nil
}

// plainCell takes away what keeps a spreadsheet from taking a text for a formula.
func plainCell(cell string) string {
	if text, quoted := strings.CutPrefix(cell, "'"); quoted && store.Harmless(text) == cell {
		return text
	}
	return cell
}

// splitAddress is a link as it is typed: what comes before the token, without the scheme, and the token in groups.
func splitAddress(address string) (before, token string, ok bool) {
	_, short, ok := strings.Cut(address, "://")
	at := strings.LastIndex(short, "/s/") + len("/s/")
	if !ok || at < len("/s/") || at == len(short) {
		return "", "", false
	}
	return short[:at], survey.Spaced(short[at:]), true
}

// paper is the page of cards to cut out.
type paper struct {
	*basis
	Style    template.CSS  // for a file that stands alone; empty: the style sheet
	Sections [][]paperCard // of one contract each
}

// paperCard is one link on paper.
type paperCard struct {
	PaperLink
	Code          template.HTML
	Before, Token string // of the address
}

// paperOf draws links for paper, each contract on pages of its own.
func paperOf(b *basis, links []PaperLink) (*paper, error) {
	b.Title = b.T("survey.sheet.title")
	p := &paper{basis: b}
	for n, l := range links {
		code, err := qrSVG(l.Address, b.T("survey.card.code"))
		if err != nil {
			return nil, err
		}
		card := paperCard{PaperLink: l, Code: code}
		card.Before, card.Token, _ = splitAddress(l.Address)
		if n == 0 || links[n-1].ContractNo != l.ContractNo {
			p.Sections = append(p.Sections, nil)
		}
		last := len(p.Sections) - 1
		p.Sections[last] = append(p.Sections[last], card)
	}
	return p, nil
}

// standalone is the paper as a file that needs no other.
func standalone(b *basis, page *template.Template, links []PaperLink) ([]byte, error) {
	p, err := paperOf(b, links)
	if err != nil {
		return nil, err
	}
	style, err := embedded.ReadFile("static/sheet.css")
	if err != nil {
		return nil, err
	}
	p.Style = template.CSS(style)
	return Fill(page, "layout", p)
}

// WriteSheet writes links as a page of QR codes to print on A4, in a language, "zh" or "en"; it needs no other file.
func WriteSheet(w io.Writer, lang string, links []PaperLink) error {
	k, err := theKit()
	if err != nil {
		return err
	}
	page, err := standalone(baseOf(basis{Texts: k.texts[lang]}).basis, k.templates["survey_sheet.html"], links)
	if err == nil {
		_, err = w.Write(page)
	}
	return err
}
