package dashboards

import (
	"fmt"
	"net/http"
	"regexp"

	"pingxin/dashboards/charts"
	"pingxin/dashboards/drawing"
	"pingxin/dashboards/locale"
)

// figure is a chart as the template "figure" shows it: its option as a data block and its data as a table.
type figure struct {
	ID, Title string
	Note      string // a line below the title; may be empty
	Beyond    string // says that the filters of the page do not reach it; empty: they do, or none is set
	Summary   string // the chart in words
	Size      string // small, medium, tall, wide or year
	Option    charts.Option
	Data      table
	DataLabel string // opens the table
	SaveLabel string // saves the drawing
	Drawing   string // address of the chart drawn without a browser
}

// newFigure puts a chart and its table together. A chart without data is no figure: nil.
func (b *base) newFigure(id, title, summary, size string, option charts.Option, err error, data table) (*figure, error) {
	if err != nil || len(data.Rows) == 0 {
		return nil, err
	}
	data.Caption = title
	return &figure{ID: id, Title: title, Summary: summary, Size: size, Option: option, Data: data, DataLabel: b.T("figure.data"),
		SaveLabel: b.T("figure.save"), Drawing: b.samePage(drawingKey, id)}, nil
}

// noted puts a line below the title of a figure; nil stays nil.
func (f *figure) noted(note string) *figure {
	if f != nil {
		f.Note = note
	}
	return f
}

// ofAll has figures say that they show all where a list beside them is filtered; a figure may be nil.
func (b *base) ofAll(by filters, figures ...*figure) {
	for _, f := range figures {
		if f != nil && len(by.Chips) > 0 {
			f.Beyond = b.T("figure.of_all")
		}
	}
}

// drawingKey asks in the address of a page for one of its charts, drawn as SVG, in place of the page.
const drawingKey = "drawing"

// drawingWidth is that of a figure on a desk, in pixels; the heights are those of the style sheet's plots.
const drawingWidth = 960

var drawingHeights = map[string]int{"small": 240, "medium": 320, "tall": 460, "wide": 460, "year": 180}

// figureBlock finds the figures of a page: size, id and option.
var figureBlock = regexp.MustCompile(`(?s)<div class="plot plot-([a-z]+)" id="([^"]+)".*?<script type="application/json" id="[^"]+-option">(.*?)</script>`)

// draw answers with a chart of a page as SVG. It is drawn from what the page itself carries, so that it cannot show anything
// else.
func (s *Server) draw(w http.ResponseWriter, r *http.Request, name string, data any) error {
	page, err := Fill(s.templates[name], "layout", data)
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	query := r.URL.Query()
	for _, m := range figureBlock.FindAllSubmatch(page, -1) {
		if string(m[2]) != query.Get(drawingKey) {
			continue
		}
		svg, err := s.studio.Draw(r.Context(), m[3], drawing.Frame{Width: drawingWidth, Height: drawingHeights[string(m[1])], English: query.Get("lang") == locale.English, Tokens: s.assets.tokens})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
		_, _ = w.Write(svg) // the reader has gone: nobody is left to tell
		return nil
	}
	return errNoPage
}

// inUnit is an amount in the reader's unit as a chart draws it.
func (b *base) inUnit(fen int64) float64 {
	if b.Unit == wan {
		return float64(fen) / fenPerWan
	}
	return float64(fen) / fenPerYuan
}
