package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"pingxin/pipelines/intake"
)

// newLogger writes one line an event. Whatever error is handed to it, no cell of a file comes into a line.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: withoutCells}))
}

// withoutCells puts the number of faults in the place of an error that quotes the cells of a refused file; its uploader is
// told of them, and nobody else.
func withoutCells(_ []string, a slog.Attr) slog.Attr {
	err, isError := a.Value.Any().(error)
	var faults *intake.FaultsError
	if isError && errors.As(err, &faults) {
		return slog.String(a.Key, fmt.Sprintf("%s was refused with %d faults", faults.File, faults.Total))
	}
	return a
}
