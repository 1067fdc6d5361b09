package charts

import (
	"strings"
	"unicode"
)

// The widths, in pixels, in which charts are drawn at least: beside another one on a desk, and on a phone. What is wider has
// more room than is counted on.
const (
	halfPage = 520
	phone    = 326
	narrow   = 480 // up to which a chart is drawn as on a phone
)

// deskName and phoneName are the most room of names beside rows: a department's in one line, and in two; axisName is the room
// of numbers beside columns.
const (
	deskName  = 190
	phoneName = 92
	axisName  = 40
)

// font is the size of names, in pixels, smallFont on a phone.
const (
	font      = 12
	smallFont = 10
)

// onPhone lays an option over a chart where there is little room.
func onPhone(option Option) []Option {
	return []Option{{"query": Option{"maxWidth": narrow}, "option": option}}
}

// upright are the names of columns below or above a chart of a width, beside which stand names as wide as given; each is broken into
// lines of its own column, but no word is.
func upright(columns []string, width, names int) Option {
	label := Option{"interval": 0, "width": columnWidth(len(columns), width, names), "overflow": "break", "lineHeight": 14}
	size := font
	if width <= phone {
		size = smallFont
		label["fontSize"], label["lineHeight"] = smallFont, 12
	}
	for _, name := range columns {
		label["width"] = max(label["width"].(int), widestWord(name)*size/font)
	}
	return label
}

// columnWidth is the room of one of so many columns of a chart of a width, beside which stand names as wide as given.
func columnWidth(columns, width, names int) int {
	const gap = 2
	return (width-names)/max(columns, 1) - gap
}

// beside are the names of rows beside a chart of a width: in one line, and on a phone in two.
func beside(rows []string, width int) Option {
	if width > phone {
		return Option{"interval": 0, "width": deskName, "overflow": "truncate"}
	}
	return Option{"interval": 0, "width": besidePhone(rows), "overflow": "break", "fontSize": smallFont, "lineHeight": 12}
}

// besidePhone is how wide names beside rows are on a phone.
func besidePhone(rows []string) int {
	const margin = 6
	widest := 0
	for _, row := range rows {
		widest = max(widest, widthOf(row)*smallFont/font)
	}
	return min(widest+margin, phoneName)
}

// widthOf is about how wide a text is drawn.
func widthOf(text string) int {
	const wide, slim = 13, 7 // a Chinese character and another one
	width := 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			width += wide
		} else {
			width += slim
		}
	}
	return width
}

// widestWord is about how wide the widest part of a text is drawn that is not broken: a Chinese text is broken anywhere.
func widestWord(text string) int {
	widest := 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Han, r) }) {
		widest = max(widest, widthOf(word))
	}
	return widest
}

// legendHeight is the height of a legend of so many names below a chart of a width, with the gap to the chart; names that do
// not fit into a line begin the next one.
func legendHeight(names []string, width int) int {
	const (
		line = 22
		gap  = 10
		icon = 27 // with what is around it
	)
	lines, used := 1, 0
	for _, name := range names {
		needed := icon + widthOf(name)
		if used > 0 && used+needed > width {
			lines, used = lines+1, 0
		}
		used += needed
	}
	return gap + lines*line
}
