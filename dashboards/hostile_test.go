package dashboards

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pingxin/pipelines/store"
)

// mark is in every hostile text, so that it is known where it comes out.
const mark = "Qz7"

// hostileTexts are what somebody may write into any cell or field in the hope that a page, a file or a log obeys it.
var hostileTexts = []string{
	`</script><script>alert("` + mark + `")</script>`,
	`"><img src=x onerror=alert(` + mark + `)>`,
	`' onmouseover='alert("` + mark + `")`,
	`javascript:alert("` + mark + `")`,
	`//` + mark + `.example/../..`,
	`__f__(function(){alert("` + mark + `")})__f__`,
	`{{.}} ${7*7} %s%n <b>` + mark + `</b>`,
	`=HYPERLINK("http://` + mark + `.example")`,
	`+1+1 ` + mark, `-1+1 ` + mark, `@SUM(1) ` + mark, "\t=1+1 " + mark, `＝1+1 ` + mark,
	"\u202e" + mark + "\u2066 unclosed \u200f",
	"z\u200be\u200dr\ufeffo " + mark,
	"a\x01b\x07c\x1b[31m " + mark,
	strings.Repeat("很长的名称", 400) + mark,
	`'; DROP TABLE run; -- ` + mark,
}

// hostileDistrict is the district with a hostile text in place of every Chinese one that it holds, in whichever column: a
// text in Chinese is one that people wrote, whereas codes and numbers are in ASCII. Keys stay, and so do JSON and policies.
func hostileDistrict(t *testing.T) *store.Store {
	t.Helper()
	st := freshDistrict(t)
	replaced := 0
	err := st.Write(t.Context(), func(ctx context.Context, w *store.Writer) error {
		columns, err := textsIn(ctx, w, `SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR'
			AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary) ORDER BY ALL`)
		if err != nil {
			return err
		}
		for _, column := range columns {
			if keyColumn.MatchString(column) {
				continue
			}
			table, name, _ := strings.Cut(column, ".")
			texts, err := textsIn(ctx, w, fmt.Sprintf(`SELECT DISTINCT "%[2]s" FROM "%[1]s" WHERE "%[2]s" IS NOT NULL ORDER BY ALL`, table, name))
			if err != nil {
				return fmt.Errorf("%s: %w", column, err)
			}
			texts = slices.DeleteFunc(texts, func(text string) bool { return !written.MatchString(text) })
			for _, text := range texts {
				if _, err := w.Exec(ctx, fmt.Sprintf(`UPDATE "%[1]s" SET "%[2]s" = ? WHERE "%[2]s" = ?`, table, name), hostileTexts[replaced%len(hostileTexts)], text); err != nil {
					return fmt.Errorf("%s: %w", column, err)
				}
				replaced++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if replaced < 100 {
		t.Errorf("only %d texts of the district were replaced", replaced)
	}
	return st
}

var (
	keyColumn = regexp.MustCompile(`(_no|_id|_code|ref|subject)$`)
	written   = regexp.MustCompile(`(?s)^[^\[{\n]*[\p{Han}<>=][^\n]*$`) // on one line, and no JSON
)

// textsIn are the texts that a query finds.
func textsIn(ctx context.Context, w *store.Writer, query string) (all []string, err error) {
	rows, err := w.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

var (
	tagsOfPage  = regexp.MustCompile(`(?s)<[a-zA-Z/][^>]*>`)
	handlers    = regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
	foreignLink = regexp.MustCompile(`(?i)\s(?:href|src|action|formaction)="\s*(?:javascript:|data:text|//)`)
)

// obeyed says what is wrong with an answer that came from the hostile district: empty when it holds the texts as texts.
func obeyed(kind, body string) string {
	switch {
	case strings.HasPrefix(kind, "text/html"):
		return obeyedByPage(body)
	case strings.HasPrefix(kind, "text/csv"):
		return obeyedBySpreadsheet(csvRows(body))
	case strings.Contains(kind, "spreadsheetml"):
		return obeyedByWorkbook(body)
	case strings.HasPrefix(kind, "application/json") && !json.Valid([]byte(body)):
		return "is no JSON"
	case strings.HasPrefix(kind, "image/svg"):
		return obeyedByDrawing(body)
	}
	return ""
}

func obeyedByPage(body string) string {
	for _, text := range hostileTexts {
		if strings.ContainsAny(text, `<"`) && strings.Contains(body, text) {
			return "holds as it was written: " + text
		}
	}
	for _, tag := range tagsOfPage.FindAllString(body, -1) {
		outside := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`)
		if handlers.MatchString(outside) || foreignLink.MatchString(tag) {
			return "has a tag that acts: " + tag
		}
	}
	for _, block := range dataBlock.FindAllStringSubmatch(body, -1) {
		if strings.Contains(block[2], "<") {
			return "has an unescaped < in the chart " + block[1]
		}
	}
	if at := strings.IndexFunc(body, func(r rune) bool { return legible(r) != r }); at >= 0 {
		return fmt.Sprintf("holds a sign that no reader sees, in %q", body[max(0, at-40):min(len(body), at+20)])
	}
	return ""
}

// csvRows reads a file of ours; nil where it cannot be read.
func csvRows(body string) [][]string {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, byteOrderMark)))
	r.Comment, r.FieldsPerRecord = '#', -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil
	}
	return rows
}

func obeyedBySpreadsheet(rows [][]string) string {
	if rows == nil {
		return "cannot be read"
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.Contains(cell, mark) && store.Harmless(cell) != cell {
				return "has a cell that a spreadsheet computes: " + cell
			}
		}
	}
	return ""
}

func obeyedByWorkbook(body string) string {
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			return err.Error()
		}
		for r, row := range rows {
			for c := range row {
				name, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					return err.Error()
				}
				if formula, err := f.GetCellFormula(sheet, name); formula != "" || err != nil {
					return fmt.Sprintf("computes %q in %s of %s: %v", formula, name, sheet, err)
				}
			}
		}
	}
	return ""
}

func obeyedByDrawing(body string) string {
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return err.Error()
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local == "script" || start.Name.Local == "foreignObject" {
			return "has the element " + start.Name.Local
		}
		for _, a := range start.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || strings.HasPrefix(strings.TrimSpace(a.Value), "javascript:") {
				return "has the attribute " + a.Name.Local
			}
		}
	}
}

// Both sides of what the walk looks for.
func TestWhatIsObeyedIsSeen(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		obeyed     bool
	}{
		{"text/html", `<a href="/x" title="&#34; onerror=1">&lt;script&gt;</a>`, false},
		{"text/html", `<img src="/x" onerror=alert(1)>`, true},
		{"text/html", `<a href=" javascript:alert(1)">x</a>`, true},
		{"text/html", `<a href="//` + mark + `.example">x</a>`, true},
		{"text/html", `<td>` + hostileTexts[0] + `</td>`, true},
		{"text/html", "<td>1\u202e2</td>", true},
		{"text/csv", "'=1+" + mark + "\n", false},
		{"text/csv", "=1+" + mark + "\n", true},
		{"application/json", `{"a":"` + mark + `"}`, false},
		{"application/json", `{"a":"` + mark, true},
		{"image/svg+xml", `<svg><text>&lt;b></text></svg>`, false},
		{"image/svg+xml", `<svg onload="x"/>`, true},
		{"image/svg+xml", `<svg><text><b></text></svg>`, true},
	} {
		if said := obeyed(c.kind, c.body); (said != "") != c.obeyed {
			t.Errorf("%s %q: got %q, want a finding: %v", c.kind, c.body, said, c.obeyed)
		}
	}
}
