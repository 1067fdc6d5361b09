package dashboards

import (
	"math"
	"strconv"
	"strings"
	"time"

	"pingxin/dashboards/locale"
	"pingxin/scoring"
)

// none stands where there is no number, text or day.
const none = "—"

// zone is the time zone of the district in which times are shown.
var zone = time.FixedZone("UTC+8", 8*60*60)

// fenPerYuan and fenPerWan turn fen into the units of a page.
const (
	fenPerYuan = 100
	fenPerWan  = 10_000 * fenPerYuan
)

// Money writes an amount in the reader's unit, without naming it. In yuan it is exact; in ten thousand yuan it is
// rounded to two decimals, half away from zero.
func (b *basis) Money(fen int64) string {
	hundredths := fen
	if b.Unit == wan {
		const step = fenPerWan / 100
		half := int64(step / 2)
		if fen < 0 {
			half = -half
		}
		hundredths = (fen + half) / step
	}
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "−", -hundredths
	}
	cents := strconv.FormatInt(hundredths%100, 10)
	if len(cents) < 2 {
		cents = "0" + cents
	}
	return sign + locale.Count(hundredths/100) + "." + cents
}

// Change writes an amount with its sign.
func (b *basis) Change(fen int64) string {
	if fen > 0 {
		return "+" + b.Money(fen)
	}
	return b.Money(fen)
}

// UnitName names the reader's unit of money.
func (b *basis) UnitName() string { return b.T("unit." + b.Unit) }

// InUnitOf adds the unit to a column's title.
func (b *basis) InUnitOf(title string) string {
	return b.T("unit.of", "Title", title, "Unit", b.UnitName())
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// number writes a number with thousands separated and so many decimals; NaN is a dash.
func number(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	text, decimal, _ := strings.Cut(text, ".")
	text = strings.Replace(locale.Grouped(text), "-", "−", 1)
	if decimal != "" {
		text += "." + decimal
	}
	return text
}

// signed writes a number with its sign.
func signed(v float64, decimals int) string {
	text := number(v, decimals)
	if v > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

// brief writes a number with as many decimals as it needs, at most four.
func brief(v float64) string {
	text := number(v, 4)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// percent writes a share of one.
func percent(v float64, decimals int) string {
	if math.IsNaN(v) {
		return none
	}
	return number(v*100, decimals) + "%"
}

// day writes a day; the zero day is a dash.
func day(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.Format(time.DateOnly)
}

func dayOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(t)
}

// Moment writes a time in the district's time zone.
func (b *basis) Moment(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// Day, Count and Percent are the forms of the templates.
func (b *basis) Day(t time.Time) string { return day(t) }

// ClockDay is the day of the server's clock, which in a demonstration is not that of the reader.
func (b *basis) ClockDay() string { return day(dayOf(b.now)) }

func (b *basis) Count(n int64) string { return locale.Count(n) }

func (b *basis) CountInt(n int) string { return locale.Count(int64(n)) }

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

// Party names a party.
func (b *basis) Party(p scoring.Party) string {
	switch p {
	case scoring.Purchaser:
		return b.T("party.purchaser")
	case scoring.Recipient:
		return b.T("party.recipient")
	case scoring.ThirdParty:
		return b.T("party.third_party")
	default:
		return none
	}
}

// named is the sentence for an id of a family of keys, or the id itself when no sentence is written for it.
func (b *base) named(family, id string) string {
	if id == "" {
		return none
	}
	if key := family + "." + id; b.Has(key) {
		return b.T(key)
	}
	return id
}

// Note is a note as a sentence.
func (b *basis) Note(n scoring.Note) string {
	key := "note." + n.Code
	if !b.Has(key) {
		return b.base.unknownNote(n)
	}
	return b.T(key, "Indicator", b.Indicator(n.Indicator), "Party", b.Party(n.Party), "Ref", b.base.refName(n.Ref), "Have", brief(n.Have), "Need",
		brief(n.Need), "HaveYuan", yuanText(n.Have), "NeedYuan", yuanText(n.Need))
}

// yuanText writes an amount that a note carries in yuan, to the fen.
func yuanText(yuan float64) string { return exactYuan(int64(math.Round(yuan * fenPerYuan))) }

// refName writes what a note refers to: a grade, a status or a cap by its name, anything else as it is.
func (b *base) refName(ref string) string {
	if b.isGrade(ref) {
		return b.Grade(ref)
	}
	if name := b.named("status", ref); name != ref {
		return name
	}
	return b.CapRule(ref)
}

// unknownNote shows a note whose sentence this version of the program does not know, with all that it carries.
func (b *base) unknownNote(n scoring.Note) string {
	text := b.T("note.unknown", "Code", n.Code)
	for _, part := range []string{n.Indicator, n.Ref} {
		if part != "" {
			text += " " + part
		}
	}
	if n.Have != 0 || n.Need != 0 {
		text += " " + b.T("note.numbers", "Have", brief(n.Have), "Need", brief(n.Need))
	}
	return text
}

// Notes are several notes as sentences.
func (b *basis) Notes(notes []scoring.Note) []string {
	sentences := make([]string, len(notes))
	for i, n := range notes {
		sentences[i] = b.Note(n)
	}
	return sentences
}
