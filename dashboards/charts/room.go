package charts

import "unicode"

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

// upright are the names of so many columns below or above a chart of a width, beside which stand names as wide as given; each is
// broken into lines of its own column.
func upright(columns, width, names int) Option {
	const gap = 2
	label := Option{"interval": 0, "width": (width-names)/max(columns, 1) - gap, "overflow": "break", "lineHeight": 14}
	if width <= phone {
		label["fontSize"], label["lineHeight"] = smallFont, 12
	}
	return label
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
