package intake

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/text/width"
)

// trouble is what is wrong with a cell, before its place is added.
type trouble struct{ cause, expected, mend string }

func (t *trouble) Error() string { return t.cause + ": expected " + t.expected }

var arrowTypes = map[Type]arrow.DataType{Text: arrow.BinaryTypes.String, Code: arrow.BinaryTypes.String, USCC: arrow.BinaryTypes.String, Enum: arrow.BinaryTypes.String,
	Date: arrow.FixedWidthTypes.Date32, Yuan: arrow.PrimitiveTypes.Int64, Score: arrow.PrimitiveTypes.Int32, Integer: arrow.PrimitiveTypes.Int64, Year: arrow.PrimitiveTypes.Int64,
	Number: arrow.PrimitiveTypes.Float64, Boolean: arrow.FixedWidthTypes.Boolean}

// put parses a trimmed cell that is not empty and appends it to the column. On trouble nothing is appended.
func (c *Column) put(b array.Builder, cell string) *trouble {
	switch c.Type {
	case Text, Code:
		b.(*array.StringBuilder).Append(cell)
		return nil
	case USCC:
		return putUSCC(b, cell)
	case Enum:
		return c.putWord(b, cell)
	case Date:
		return putDate(b, cell)
	case Yuan:
		v, t := decimal(cell, 13, 2, "an amount in yuan such as 860000.00")
		if t == nil {
			b.(*array.Int64Builder).Append(v)
		}
		return t
	case Score:
		return putScore(b, cell)
	case Integer:
		v, t := decimal(cell, 9, 0, "a whole number from 0")
		if t == nil {
			b.(*array.Int64Builder).Append(v)
		}
		return t
	case Year:
		v, t := decimal(cell, 4, 0, yearExpected)
		if t == nil && (v < yearFirst || v > yearLast) {
			t = &trouble{"bad_year", yearExpected, "write the year with four digits"}
		}
		if t == nil {
			b.(*array.Int64Builder).Append(v)
		}
		return t
	case Number:
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || strings.ContainsAny(cell, "eExXpP_") {
			return &trouble{"not_a_number", "a number such as 1200 or 86.5", "write digits only, with a point for decimals"}
		}
		b.(*array.Float64Builder).Append(v)
		return nil
	default:
		return putBoolean(b, cell)
	}
}

// decimal reads an unsigned decimal of limited length as a whole number of its smallest unit.
func decimal(cell string, digits, decimals int, expected string) (int64, *trouble) {
	whole, rest, point := strings.Cut(cell, ".")
	ok := len(whole) >= 1 && len(whole) <= digits && allDigits(whole) && len(rest) <= decimals && allDigits(rest) && point == (rest != "")
	if !ok {
		return 0, &trouble{"not_a_number", expected, "write digits only, without signs, spaces, units or thousands separators"}
	}
	var v int64
	for _, part := range [...]string{whole, rest} {
		for i := range len(part) {
			v = v*10 + int64(part[i]-'0')
		}
	}
	for range decimals - len(rest) {
		v *= 10
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

// maxScoreE4 is the top of the scale of the files, 100 points.
const maxScoreE4 = 100_0000

func putScore(b array.Builder, cell string) *trouble {
	v, t := decimal(cell, 3, 4, "a score from 0 to 100 with at most four decimals, such as 87.5")
	if t != nil {
		t.cause = "bad_score"
		return t
	}
	if v > maxScoreE4 {
		return &trouble{"score_over_100", "a score from 0 to 100", "bring the score to the scale of 100"}
	}
	b.(*array.Int32Builder).Append(int32(v))
	return nil
}

// dateForms are the ways in which a date may be written.
var dateForms = []string{"2006-01-02", "2006/1/2", "2006年1月2日", "20060102"}

// parseDate reads a date in any of the forms.
func parseDate(cell string) (day time.Time, ok bool) {
	for _, form := range dateForms {
		if day, err := time.Parse(form, cell); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

func putDate(b array.Builder, cell string) *trouble {
	if day, ok := parseDate(cell); ok {
		b.(*array.Date32Builder).Append(arrow.Date32FromTime(day))
		return nil
	}
	return &trouble{"bad_date", "a date of the calendar such as 2025-03-31", "write year, month and day"}
}

func putBoolean(b array.Builder, cell string) *trouble {
	switch strings.ToLower(cell) {
	case "true", "1", "yes", "是":
		b.(*array.BooleanBuilder).Append(true)
	case "false", "0", "no", "否":
		b.(*array.BooleanBuilder).Append(false)
	default:
		return &trouble{"bad_word", "true or false (是 or 否)", "write one of these words"}
	}
	return nil
}

func (c *Column) putWord(b array.Builder, cell string) *trouble {
	if value, ok := c.value(cell); ok {
		b.(*array.StringBuilder).Append(value)
		return nil
	}
	var allowed []string
	for _, w := range c.Words {
		allowed = append(allowed, w.Value+" ("+w.ZH+")")
	}
	return &trouble{"bad_word", "one of " + strings.Join(allowed, ", "), "write one of these words"}
}

// usccAlphabet and usccModulus are those of GB 32100-2015.
const (
	usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	usccModulus  = 31
	usccLength   = 18
)

func putUSCC(b array.Builder, cell string) *trouble {
	if len(cell) != usccLength || strings.Trim(cell, usccAlphabet) != "" {
		return &trouble{"bad_uscc", "18 digits and capital letters without I, O, S, V, Z", "copy the unified social credit code from the licence"}
	}
	if want := usccCheck(cell[:usccLength-1]); cell[usccLength-1] != want {
		return &trouble{"bad_uscc", fmt.Sprintf("a code that ends in %c by its check digit", want), "look for two exchanged or mistyped characters"}
	}
	b.(*array.StringBuilder).Append(cell)
	return nil
}

// usccCheck is the check character of the first 17 of a unified social credit code (GB 32100-2015).
func usccCheck(first string) byte {
	sum, weight := 0, 1
	for i := range len(first) {
		sum += weight * strings.IndexByte(usccAlphabet, first[i])
		weight = weight * 3 % usccModulus
	}
	return usccAlphabet[(usccModulus-sum%usccModulus)%usccModulus]
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
