package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every program that is installed finds what pingxin finds; the table names the others.
func TestProgramsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and asks others: left out of the short tests")
	}
	program := filepath.Join(t.TempDir(), "pingxin")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/pingxin").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var out, log bytes.Buffer
	if err := run(t.Context(), []string{"--rows", "5000", "--repeat", "1", "--pingxin", program}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	table := out.String()
	for _, e := range engines {
		if !strings.Contains(table, e.name) {
			t.Errorf("nothing is said of %s:\n%s", e.name, table)
		}
	}
	if !strings.HasPrefix(table, "5000 scores of 10 contracts and 2 suppliers") {
		t.Errorf("the table begins otherwise:\n%s", table)
	}
}

// A program whose results are others is an error, whatever its speed.
func TestDifferenceIsAnError(t *testing.T) {
	c := &comparison{results: []measured{{name: "pingxin"}, {name: "other", evaluation: 2e-9}}}
	if err := c.differing(); err == nil || !strings.Contains(err.Error(), "other differs by 2e-09") {
		t.Errorf("got %v", err)
	}
	c.results[1].evaluation = 5e-10 // what nine decimals leave
	if err := c.differing(); err != nil {
		t.Error(err)
	}
}
