package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// benchImport is the import of one form of file against the database alone reading the same file into a table.
type benchImport struct {
	Form       string  `json:"form"`
	Rows       int     `json:"rows"`
	Against    string  `json:"against,omitempty"` // function of the database; empty: it reads no such file
	Alone      float64 `json:"alone_s,omitempty"`
	Seconds    float64 `json:"import_s"`
	SpeedShare float64 `json:"import_speed_of_alone,omitempty"`
	Processor  float64 `json:"import_speed_of_alone_by_processor,omitempty"` // the same by what both used of all processors
	RiseMiB    int64   `json:"resident_rise_mib"`                            // the most by which an import raised the memory
}

func (i benchImport) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "  import, %-8s %8.3f s   %s rows, %s rows a second, memory +%d MiB", i.Form, i.Seconds, grouped(int64(i.Rows)), grouped(int64(float64(i.Rows)/i.Seconds)), i.RiseMiB)
	if err == nil && i.Alone > 0 {
		_, err = fmt.Fprintf(w, ", %.3f of the speed of %s (%.3f s), %.3f by processor time", i.SpeedShare, i.Against, i.Alone, i.Processor)
	}
	if err == nil {
		_, err = fmt.Fprintln(w)
	}
	return err
}

// importForms are the forms of files that are measured: how a file is made of one in CSV, and what reads it alone.
var importForms = []struct {
	form, against string
	make          func(ctx context.Context, csv, to string) error
}{
	{"csv", "read_csv", func(_ context.Context, csv, to string) error { return os.Rename(csv, to) }},
	{"parquet", "read_parquet", store.ParquetAlone},
	{"xlsx", "", writeWorkbook},
}

// imports measures files of scores on their way in.
func (b *bench) imports(ctx context.Context, st *store.Store) error {
	kind, err := intake.KindOf("score")
	if err != nil {
		return err
	}
	round := 0
	for _, f := range importForms {
		i := benchImport{Form: f.form, Rows: b.csvRows, Against: f.against}
		if f.form == "xlsx" {
			i.Rows = b.sheetRows
		}
		if i.Rows == 0 {
			continue
		}
		files := make([]string, b.repeat)
		for at := range files {
			csv := filepath.Join(b.dir, fmt.Sprintf("score%d", round))
			if err := writeScores(csv, i.Rows, b.result.Contracts, round); err != nil {
				return fmt.Errorf("write %s: %w", csv, err)
			}
			round++
			files[at] = csv + "." + f.form
			if err := f.make(ctx, csv, files[at]); err != nil {
				return fmt.Errorf("write %s: %w", files[at], err)
			}
		}
		if err := b.importForm(ctx, st, kind, &i, files); err != nil {
			return err
		}
		b.result.Imports = append(b.result.Imports, i)
	}
	return nil
}

// importForm measures each file both ways, one after the other, so that both meet the same machine.
func (b *bench) importForm(ctx context.Context, st *store.Store, kind intake.Kind, i *benchImport, files []string) error {
	var alone, own []measured
	for _, file := range files {
		if i.Against != "" {
			m, err := timed(func() error { return store.ReadAlone(ctx, file+".alone.db", i.Against, file) })
			if err != nil {
				return fmt.Errorf("%s: %w", i.Against, err)
			}
			alone = append(alone, m)
		}
		before := forgetPeak()
		m, err := timed(func() error {
			_, err := importFile(ctx, st, kind, file, b.policy, nil, io.Discard)
			return err
		})
		if err != nil {
			return fmt.Errorf("import %s: %w", file, err)
		}
		own = append(own, m)
		peak, err := peakMiB()
		if err != nil {
			return err
		}
		i.RiseMiB = max(i.RiseMiB, peak-before)
	}
	ours := b.keep("import "+i.Form, own)
	i.Seconds = ours.seconds
	if i.Against != "" {
		theirs := b.keep(i.Against, alone)
		i.Alone, i.SpeedShare, i.Processor = theirs.seconds, theirs.seconds/ours.seconds, theirs.processor/ours.processor
	}
	return nil
}

// writeScores writes a CSV file of scores by recipients who have not scored yet.
func writeScores(path string, rows, contracts, round int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "contract_no,indicator,party,evaluator_id,score,scored_on")
	indicators := []string{"quality_attitude", "satisfaction_service", "satisfaction_outcome"}
	var line []byte
	for i := range rows {
		line = append(line[:0], 'B')
		line = strconv.AppendInt(line, int64(i%contracts), 10)
		line = append(line, ',')
		line = append(line, indicators[i%len(indicators)]...)
		line = append(line, ",recipient,N"...)
		line = strconv.AppendInt(line, int64(round), 10)
		line = append(line, '-')
		line = strconv.AppendInt(line, int64(i%raterCount), 10)
		line = append(line, '-')
		line = strconv.AppendInt(line, int64(i/raterCount), 10)
		line = append(line, ',')
		line = strconv.AppendInt(line, int64(60+(i*7919)%41), 10)
		line = append(line, ",2026-01-15\n"...)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}
