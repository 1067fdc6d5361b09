package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const measured = `{"axis":"scores","scores":100000,"contracts":200,"raters":100000,"bare_group_by_s":0.005,"full_run_s":0.4,"full_run_steps":[{"step":"write","ms":90}],"peak_resident_mib":200,"database_bytes":1600000}
{"axis":"scores","scores":1000000,"contracts":2000,"raters":100000,"bare_group_by_s":0.05,"full_run_s":0.5,"full_run_steps":[{"step":"write","ms":100}],"peak_resident_mib":300,"database_bytes":16000000}
{"axis":"raters","scores":1000000,"contracts":2000,"raters":1000,"bare_group_by_s":0.05,"calibrate_s":3,"full_run_s":0.5,"full_run_steps":[],"peak_resident_mib":300,"database_bytes":16000000}
{"axis":"raters","scores":1000000,"contracts":2000,"raters":10000,"bare_group_by_s":0.05,"calibrate_s":9,"full_run_s":0.5,"full_run_steps":[],"peak_resident_mib":300,"database_bytes":16000000}
`

// TestGrowth draws a panel for each axis that was measured, and prints the figures behind it.
func TestGrowth(t *testing.T) {
	in, out := filepath.Join(t.TempDir(), "growth.jsonl"), filepath.Join(t.TempDir(), "growth.svg")
	if err := os.WriteFile(in, []byte(measured), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	args := []string{"-in", in, "-out", out, "-library", "../../dashboards/static/echarts/echarts.min.js"}
	if err := run(t.Context(), args, &printed); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]int{axes[0].title: 1, axes[1].title: 0, axes[2].title: 1, ">100k<": 1, ">bare GROUP BY<": 1} {
		if got := strings.Count(string(svg), words); got != want {
			t.Errorf("%q is in the plot %d times, want %d", words, got, want)
		}
	}
	for _, words := range []string{"0.005 s     0.050 s", "100000: peak   200 MiB, 16.0 bytes"} {
		if !strings.Contains(printed.String(), words) {
			t.Errorf("want %q in\n%s", words, printed.String())
		}
	}
}

// TestNothingMeasured: without a measurement there is no plot, and the error says how to come by one.
func TestNothingMeasured(t *testing.T) {
	for text, want := range map[string]string{"": "pingxin bench --growth", "\n{}\n{": "line 2"} {
		if _, err := read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
