// Package hostile is for tests: texts that somebody may write into any cell in the hope that a page, a file or a log obeys
// them, and what shows that one was obeyed. It decides what is tried and what counts as harm; which pages and files are
// asked, and how workbooks are read, is left to the tests.
package hostile

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
	"unicode"

	"pingxin/pipelines/store"
)

// Mark is in every hostile text, so that it is known where it comes out.
const Mark = "Qz7"

// Texts are what somebody may write into any cell or field in the hope that a page, a file or a log obeys it.
var Texts = []string{
	`</script><script>alert("` + Mark + `")</script>`,
	`"><img src=x onerror=alert(` + Mark + `)>`,
	`' onmouseover='alert("` + Mark + `")`,
	`javascript:alert("` + Mark + `")`,
	`//` + Mark + `.example/../..`,
	`__f__(function(){alert("` + Mark + `")})__f__`,
	`{{.}} ${7*7} %s%n <b>` + Mark + `</b>`,
	`=HYPERLINK("http://` + Mark + `.example")`,
	`+1+1 ` + Mark, `-1+1 ` + Mark, `@SUM(1) ` + Mark, "\t=1+1 " + Mark, `＝1+1 ` + Mark,
	"\u202e" + Mark + "\u2066 unclosed \u200f",
	"z\u200be\u200dr\ufeffo " + Mark,
	"a\x01b\x07c\x1b[31m " + Mark,
	strings.Repeat("很长的名称", 400) + Mark,
	`'; DROP TABLE run; -- ` + Mark,
}

// Fill writes a hostile text in place of every Chinese one that a store holds, in whichever column, and says how many it
// replaced: a text in Chinese is one that people wrote, whereas codes and numbers are in ASCII. Keys stay, and so do JSON and
// policies.
func Fill(ctx context.Context, st *store.Store) (replaced int, err error) {
	err = st.Write(ctx, func(ctx context.Context, w *store.Writer) error {
		columns, err := textsIn(ctx, w, `SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR'
			AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary) ORDER BY ALL`)
		if err != nil {
			return err
		}
		for _, column := range columns {
			if keyColumn.MatchString(column) {
				continue
			}
			n, err := fillColumn(ctx, w, column, replaced)
			if err != nil {
				return fmt.Errorf("%s: %w", column, err)
			}
			replaced += n
		}
		return nil
	})
	return replaced, err
}

// fillColumn replaces the texts of one column, by those that follow the first that were used.
func fillColumn(ctx context.Context, w *store.Writer, column string, used int) (replaced int, err error) {
	table, name, _ := strings.Cut(column, ".")
	texts, err := textsIn(ctx, w, fmt.Sprintf(`SELECT DISTINCT "%[2]s" FROM "%[1]s" WHERE "%[2]s" IS NOT NULL ORDER BY ALL`, table, name))
	if err != nil {
		return 0, err
	}
	for _, text := range slices.DeleteFunc(texts, func(text string) bool { return !written.MatchString(text) }) {
		hostile := Texts[(used+replaced)%len(Texts)]
		if _, err := w.Exec(ctx, fmt.Sprintf(`UPDATE "%[1]s" SET "%[2]s" = ? WHERE "%[2]s" = ?`, table, name), hostile, text); err != nil {
			return replaced, err
		}
		replaced++
	}
	return replaced, nil
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
	tags        = regexp.MustCompile(`(?s)<[a-zA-Z/][^>]*>`)
	handlers    = regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
	dataBlock   = regexp.MustCompile(`(?s)<script type="application/json" id="([a-z]+)-option">(.*?)</script>`)
	foreignLink = regexp.MustCompile(`(?i)\s(?:href|src|action|formaction)="\s*(?:javascript:|data:text|//)`)
)

// Obeyed says what is wrong with an answer or a file of a media type that was made of hostile texts: empty when it holds them
// as texts, and for a type of which it knows nothing.
func Obeyed(kind, body string) string {
	switch {
	case strings.HasPrefix(kind, "text/html"):
		return obeyedByPage(body)
	case strings.HasPrefix(kind, "text/csv"):
		return obeyedBySpreadsheet(rowsOf(body))
	case strings.HasPrefix(kind, "application/json") && !json.Valid([]byte(body)):
		return "is no JSON"
	case strings.HasPrefix(kind, "image/svg"):
		return obeyedByDrawing(body)
	}
	return ""
}

// unseen says whether no reader sees a character that a page has no use for: format characters (Cf of the Unicode Character
// Database) but the two joiners, with which some scripts are written, and control characters but white space.
func unseen(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner || unicode.IsControl(r) && !unicode.IsSpace(r)
}

func obeyedByPage(body string) string {
	for _, text := range Texts {
		if strings.ContainsAny(text, `<"`) && strings.Contains(body, text) {
			return "holds as it was written: " + text
		}
	}
	for _, tag := range tags.FindAllString(body, -1) {
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
	if at := strings.IndexFunc(body, func(r rune) bool { return unseen(r) }); at >= 0 {
		return fmt.Sprintf("holds a sign that no reader sees, in %q", body[max(0, at-40):min(len(body), at+20)])
	}
	return ""
}

// rowsOf reads a file of ours; nil where it cannot be read.
func rowsOf(body string) [][]string {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
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
			if strings.Contains(cell, Mark) && store.Harmless(cell) != cell {
				return "has a cell that a spreadsheet computes: " + cell
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
