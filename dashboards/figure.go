package dashboards

import "pingxin/dashboards/charts"

// figure is a chart as the template "figure" shows it: its option as a data block and its data as a table.
type figure struct {
	ID, Title string
	Note      string // a line below the title; may be empty
	Summary   string // the chart in words
	Size      string // small, medium or tall
	Option    charts.Option
	Data      table
	DataLabel string // opens the table
	SaveLabel string // saves the drawing
}

// newFigure puts a chart and its table together. A chart without data is no figure: nil.
func (b *base) newFigure(id, title, summary, size string, option charts.Option, err error, data table) (*figure, error) {
	if err != nil || len(data.Rows) == 0 {
		return nil, err
	}
	data.Caption = title
	return &figure{ID: id, Title: title, Summary: summary, Size: size, Option: option, Data: data, DataLabel: b.T("figure.data"),
		SaveLabel: b.T("figure.save")}, nil
}

// inUnit is an amount in the reader's unit as a chart draws it.
func (b *base) inUnit(fen int64) float64 {
	if b.Unit == wan {
		return float64(fen) / fenPerWan
	}
	return float64(fen) / fenPerYuan
}
