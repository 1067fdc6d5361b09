package intake

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/text/width"

	"pingxin/credit/uscc"
)

// trouble is what is wrong with a cell, before its place is added.
type trouble struct {
	cause, expected, mend string
	params                map[string]string // of the fault
}

func (t *trouble) Error() string { return t.cause + ": expected " + t.expected }

var arrowTypes = map[Type]arrow.DataType{Text: arrow.BinaryTypes.String, Prose: arrow.BinaryTypes.String, Code: arrow.BinaryTypes.String, USCC: arrow.BinaryTypes.String, Enum: arrow.BinaryTypes.String,
	Date: arrow.FixedWidthTypes.Date32, Yuan: arrow.PrimitiveTypes.Int64, Score: arrow.PrimitiveTypes.Int32, Integer: arrow.PrimitiveTypes.Int64, Year: arrow.PrimitiveTypes.Int64,
	Number: arrow.PrimitiveTypes.Float64, Boolean: arrow.FixedWidthTypes.Boolean}

// value is what a cell holds; which field depends on the type of its column. The zero value is an empty cell.
type value struct {
	given bool
	text  string
	whole int64
	real  float64
	yes   bool
	day   arrow.Date32
}

// appendTo appends a value to the builder of its column's type.
func (v *value) appendTo(b array.Builder) {
	if !v.given {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(v.text)
	case *array.Date32Builder:
		b.Append(v.day)
	case *array.Int64Builder:
		b.Append(v.whole)
	case *array.Int32Builder:
		b.Append(int32(v.whole)) // a score, which fits
	case *array.Float64Builder:
		b.Append(v.real)
	case *array.BooleanBuilder:
		b.Append(v.yes)
	}
}

// The bounds of a text in bytes: no name, number or title of a contract is as long as a page, and a report is as long as what
// one line of a file holds.
const (
	textMax  = 4000
	proseMax = 60_000
)

// checkLength refuses a text of more bytes than most.
func checkLength(cell string, most int) *trouble {
	if len(cell) <= most {
		return nil
	}
	characters := strconv.Itoa(most / utf8.UTFMax)
	return &trouble{cause: "cell_too_long", expected: "at most " + characters + " characters", mend: "shorten the text", params: params{"most": characters}}
}

// parse reads a trimmed cell that is not empty.
func (c *Column) parse(cell string) (v value, t *trouble) {
	v.given = true
	switch c.Type {
	case Text, Code:
		v.text, t = cell, checkLength(cell, textMax)
	case Prose:
		v.text, t = cell, checkLength(cell, proseMax)
	case USCC:
		v.text, t = cell, checkUSCC(cell)
	case Enum:
		v.text, t = c.word(cell)
	case Date:
		var ok bool
		if v.day, ok = parseDate(cell); !ok {
			t = &trouble{cause: "bad_date", expected: "a date of the calendar such as 2025-03-31", mend: "write year, month and day"}
		}
	case Yuan:
		v.whole, t = decimal(cell, 13, 2, "bad_amount", "an amount in yuan such as 860000.00")
	case Score:
		v.whole, t = decimal(cell, 3, 4, "bad_score", "a score from 0 to 100 with at most four decimals, such as 87.5")
		if t == nil && v.whole > maxScoreE4 {
			t = &trouble{cause: "score_over_100", expected: "a score from 0 to 100", mend: "bring the score to the scale of 100"}
		}
	case Integer:
		v.whole, t = decimal(cell, 9, 0, "bad_whole_number", "a whole number from 0")
	case Year:
		if v.whole, t = decimal(cell, 4, 0, "bad_year", yearExpected); t == nil && (v.whole < yearFirst || v.whole > yearLast) {
			t = &trouble{cause: "bad_year", expected: yearExpected, mend: "write the year with four digits"}
		}
	case Number:
		v.real, t = number(cell)
	default:
		v.yes, t = boolean(cell)
	}
	return v, t
}

func number(cell string) (float64, *trouble) {
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || strings.ContainsAny(cell, "eExXpP_") {
		return 0, &trouble{cause: "not_a_number", expected: "a number such as 1200 or 86.5", mend: "write digits only, with a point for decimals"}
	}
	return v, nil
}

// maxScoreE4 is the top of the scale of the files, 100 points.
const maxScoreE4 = 100_0000

// decimal reads an unsigned decimal of limited length as a whole number of its smallest unit.
func decimal(cell string, digits, decimals int, cause, expected string) (int64, *trouble) {
	whole, rest, point := strings.Cut(cell, ".")
	ok := len(whole) >= 1 && len(whole) <= digits && allDigits(whole) && len(rest) <= decimals && allDigits(rest) && point == (rest != "")
	if !ok {
		return 0, &trouble{cause: cause, expected: expected, mend: "write digits only, without signs, spaces, units or thousands separators"}
	}
	v := unsigned(whole)
	for i := range decimals {
		v *= 10
		if i < len(rest) {
			v += int64(rest[i] - '0')
		}
	}
	return v, nil
}

// The years that a file may name: contract keys have room for five centuries from 2000, and nobody buys beyond the next.
const (
	yearFirst, yearLast = 2000, 2100
	yearExpected        = "a year from 2000 to 2100"
)

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// dateForms are the ways in which a date may be written beside 2006-01-02.
var dateForms = []string{"2006/1/2", "2006年1月2日", "20060102"}

// parseDate reads a date in any of the forms.
func parseDate(cell string) (day arrow.Date32, ok bool) {
	if day, ok = isoDate(cell); ok {
		return day, true
	}
	for _, form := range dateForms {
		if day, err := time.Parse(form, cell); err == nil {
			return arrow.Date32FromTime(day), true
		}
	}
	return 0, false
}

// isoDate reads a date as 2006-01-02, as nearly every file writes it, several times as fast as by a form.
func isoDate(cell string) (day arrow.Date32, ok bool) {
	if len(cell) != len(time.DateOnly) || cell[4] != '-' || cell[7] != '-' || !allDigits(cell[:4]) || !allDigits(cell[5:7]) || !allDigits(cell[8:]) {
		return 0, false
	}
	y, m, d := unsigned(cell[:4]), unsigned(cell[5:7]), unsigned(cell[8:])
	t := time.Date(int(y), time.Month(m), int(d), 0, 0, 0, 0, time.UTC)
	return arrow.Date32FromTime(t), t.Month() == time.Month(m) && t.Day() == int(d)
}

// unsigned is the number that a text of digits stands for.
func unsigned(text string) (v int64) {
	for i := range len(text) {
		v = v*10 + int64(text[i]-'0')
	}
	return v
}

func boolean(cell string) (bool, *trouble) {
	switch strings.ToLower(cell) {
	case "true", "1", "yes", "是":
		return true, nil
	case "false", "0", "no", "否":
		return false, nil
	}
	return false, &trouble{cause: "bad_boolean", expected: "true or false (是 or 否)", mend: "write one of these words"}
}

// word is what a cell of an enum says.
func (c *Column) word(cell string) (string, *trouble) {
	if value, ok := c.value(cell); ok {
		return value, nil
	}
	var allowed []string
	for _, w := range c.Words {
		allowed = append(allowed, w.Value+" ("+w.ZH+")")
	}
	words := strings.Join(allowed, ", ")
	return "", &trouble{cause: "bad_word", expected: "one of " + words, mend: "write one of these words", params: map[string]string{"words": words}}
}

// checkUSCC is what is wrong with a unified social credit code; nil: nothing.
func checkUSCC(cell string) *trouble {
	var fault *uscc.FaultError
	if !errors.As(uscc.Check(cell), &fault) {
		return nil
	}
	if fault.Kind == uscc.WrongCheck {
		return &trouble{cause: "uscc_check_digit", expected: fmt.Sprintf("a code that ends in %s by its check digit", fault.Expected), mend: "look for two exchanged or mistyped characters",
			params: map[string]string{"want": fault.Expected}}
	}
	return &trouble{cause: "bad_uscc", expected: "18 digits and capital letters without I, O, S, V, Z", mend: "copy the unified social credit code from the licence"}
}

// narrow trims a cell and turns full-width digits, letters and signs into plain ones; changed says that it did.
func narrow(cell string) (plain string, changed bool) {
	plain = strings.TrimSpace(cell)
	for i := range len(plain) {
		if plain[i] >= 0x80 {
			folded := width.Narrow.String(plain)
			return strings.TrimSpace(folded), folded != plain
		}
	}
	return plain, false
}
