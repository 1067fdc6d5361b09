package dashboards

import (
	"math"
	"strconv"
	"strings"

	"pingxin/dashboards/charts"
)

// designTokens are the colours of the style sheet that the page about it lists, in its order.
var designTokens = []string{"ink", "muted", "line", "accent", "accent-soft", "attention", "attention-soft", "g0", "g1", "g2", "g3", "g4", "gx"}

// designPage shows what pages are made of, made of it.
type designPage struct {
	*basis
	Colours table
	Grades  []cell
	Sample  table
	Chart   *figure
	Alarm   *alarm
	Figures []stat
	Filters filters
	Line    ruleLine
	Sizes   []designSize
	Classes table // by the parts of the style sheet
}

// designSize is a size of type with a word set in it.
type designSize struct{ Tag, About string }

// design is the page about the style sheet. What it says of a colour is computed from the sheet itself.
func (s *Server) design(b *base) (any, error) {
	b.name("methods", b.T("design.title"))
	p := &designPage{basis: b.basis, Colours: table{Caption: b.T("design.colours"), Head: b.columns("design.col.token", "design.col.value", "#design.col.contrast", "design.col.use")}}
	surface := s.assets.tokens["surface"]
	for _, token := range designTokens {
		value := s.assets.tokens[token]
		swatch := cell{Text: "--" + token, Class: token}
		if !strings.HasPrefix(token, "g") {
			swatch.Class = "token-" + token
		}
		p.Colours.Rows = append(p.Colours.Rows, []cell{swatch, text(value), text(number(contrast(value, surface), 1)), text(b.named("design.use", token))})
	}
	for _, class := range []string{"g0", "g1", "g2", "g3", "g4", "gx"} {
		p.Grades = append(p.Grades, cell{Text: b.named("design.use", class), Class: class})
	}
	for _, tag := range []string{"h1", "h2", "lead", "body", "hint", "small"} {
		p.Sizes = append(p.Sizes, designSize{tag, b.named("design.size", tag)})
	}
	p.Sample = table{Caption: b.T("design.table"), Head: b.columns("col.contract", "$col.amount", "#col.value", "col.grade")}
	points := make([]charts.Point, 0, 3)
	for i, row := range []struct {
		fen   int64
		value float64
		class string
	}{{86_000_000, 91.25, "g0"}, {43_500_000, 84.10, "g1"}, {120_750_000, 63.40, "g2"}} {
		name := b.T("design.contract", "N", i+1)
		p.Sample.Rows = append(p.Sample.Rows, []cell{{Text: name, Sub: "HT2025-000" + strconv.Itoa(i+1)}, text(b.Money(row.fen)), {Text: number(row.value, 2),
			Bar: &span{From: int(row.value*10) - 30, Length: 60, At: int(row.value * 10)}}, {Text: b.named("design.use", row.class), Class: row.class}})
		points = append(points, charts.Point{Value: row.value, Tip: name, Label: number(row.value, 1), Color: "@" + row.class})
	}
	p.samples(b)
	p.Classes = s.classParts(b)
	option, err := charts.Columns(b.T("design.chart"), []string{p.Sample.Rows[0][0].Text, p.Sample.Rows[1][0].Text, p.Sample.Rows[2][0].Text}, "", wholePercent, points)
	p.Chart, err = b.newFigure("sample", b.T("design.chart"), b.T("design.chart.summary"), "small", option, err, p.Sample)
	return p, err
}

// samples fills the parts of lists: each leads back to this page.
func (p *designPage) samples(b *base) {
	here := b.To("/design")
	p.Alarm = &alarm{Text: b.T("design.state.alarm"), URL: here}
	p.Figures = []stat{{Label: b.T("design.figure.contracts"), Value: b.CountInt(len(p.Sample.Rows)), URL: here}, {Label: b.T("col.value"), Value: number(84.10, 2), Unit: b.T("design.figure.unit"), URL: here}}
	p.Filters = b.newFilters(field{Name: "q"})
	p.Filters.Chips = []chip{{Label: b.T("col.grade"), Value: p.Grades[0].Text, URL: here}}
	p.Line = ruleLine{b.T("design.lines.name"), [][2]string{{b.T("clue.col.waiting"), b.CountInt(2)}, {b.T("clue.col.found"), b.CountInt(len(p.Sample.Rows))}}}
}

// contrast is the ratio of contrast of two colours written as #rrggbb, from 1 to 21, by WCAG 2.2; NaN for anything else.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// luminance is the relative luminance of a colour by WCAG 2.2.
func luminance(colour string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		return math.NaN()
	}
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := float64(n>>(16-8*i)&0xff) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
