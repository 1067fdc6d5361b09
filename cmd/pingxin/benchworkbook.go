package main

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// The parts of a workbook beside its sheet and its shared texts, as little of them as a reader asks for.
var workbookParts = map[string]string{
	"xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
	"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
}

// writeWorkbook writes a CSV file of scores as a workbook the way a spreadsheet does: texts shared among the cells, scores
// as numbers. It is written here, row by row, because a workbook of half a million rows made otherwise would be the most
// memory that the process ever held.
func writeWorkbook(_ context.Context, csv, to string) (err error) {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	w := zip.NewWriter(out)
	defer func() { err = errors.Join(err, w.Close(), out.Close()) }()
	for name, text := range workbookParts {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			return err
		}
	}
	shared, numbers := []string{}, map[string]int{}
	err = writePart(w, "xl/worksheets/sheet1.xml", func(part *bufio.Writer) error {
		return eachLine(csv, func(row int, cells []string) { writeSheetRow(part, row, cells, &shared, numbers) })
	}, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`)
	if err != nil {
		return err
	}
	return writePart(w, "xl/sharedStrings.xml", func(part *bufio.Writer) error {
		for _, text := range shared {
			fmt.Fprintf(part, "<si><t>%s</t></si>", text)
		}
		return nil
	}, `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`, `</sst>`)
}

// scorePlace is the place of the score in a row.
const scorePlace = 4

func writeSheetRow(part io.Writer, row int, cells []string, shared *[]string, numbers map[string]int) {
	fmt.Fprintf(part, `<row r="%d">`, row)
	for at, cell := range cells {
		if at == scorePlace && row > 1 {
			fmt.Fprintf(part, `<c r="%c%d"><v>%s</v></c>`, 'A'+at, row, cell)
			continue
		}
		number, known := numbers[cell]
		if !known {
			number = len(*shared)
			numbers[cell] = number
			*shared = append(*shared, cell)
		}
		fmt.Fprintf(part, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+at, row, number)
	}
	fmt.Fprint(part, "</row>")
}

// writePart writes a part of a workbook between its first and last tags.
func writePart(w *zip.Writer, name string, body func(*bufio.Writer) error, head, tail string) error {
	part, err := w.Create(name)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(part)
	b.WriteString(head)
	if err := body(b); err != nil {
		return err
	}
	b.WriteString(tail)
	return b.Flush()
}

// eachLine calls f with the cells of every line of a file without quotes, and its number.
func eachLine(path string, f func(row int, cells []string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for row := 1; lines.Scan(); row++ {
		f(row, strings.Split(lines.Text(), ","))
	}
	return lines.Err()
}
