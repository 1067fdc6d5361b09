package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestFaultsStayLegible: a fault repeats what stands in a file or was typed; a terminal is not told to act on it.
func TestFaultsStayLegible(t *testing.T) {
	var out, errs bytes.Buffer
	dir := "no\x1b[2J\u202efolder"
	code := run([]string{"verify", dir}, strings.NewReader(""), &out, &errs)
	if said := errs.String(); code != 1 || strings.ContainsAny(said, "\x1b\u202e") || !strings.Contains(said, "no\ufffd[2J\ufffdfolder") {
		t.Errorf("code %d, %q; want the name without signs that a terminal obeys", code, said)
	}
}
