package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pingxin/pipelines/store"
)

// holdVariable names the data directory that a child of a test holds.
const holdVariable = "PINGXIN_TEST_HOLD"

// TestMain lets the test program stand in for another pingxin that has a data directory open.
func TestMain(m *testing.M) {
	if dir := os.Getenv(holdVariable); dir != "" {
		os.Exit(hold(dir))
	}
	os.Exit(m.Run())
}

// hold keeps a data directory open until its input ends.
func hold(dir string) int {
	st, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("held")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := st.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// sample is the small district that is checked in; sampleDay is the day of its first night.
const (
	sample    = "../../testdata/district"
	sampleDay = "2025-12-31"
)

// px runs the program in this process.
func px(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// must runs the program and returns what it printed; it has to succeed, and say nothing on the side.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := px(args...)
	if code != 0 || errs != "" {
		t.Fatalf("pingxin %s: exit code %d\n%s", strings.Join(args, " "), code, errs)
	}
	return out
}

// refused runs the program and returns its message; it has to exit with 1, print nothing that looks like success, and
// say its message once.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := px(args...)
	if code != 1 || out != "" {
		t.Errorf("pingxin %s: exit code %d, printed %q; want 1 and nothing", strings.Join(args, " "), code, out)
	}
	message, named := strings.CutPrefix(errs, "pingxin: ")
	if !named || strings.TrimSpace(message) == "" || strings.Count(errs, "pingxin: ") != 1 || !strings.HasSuffix(errs, "\n") || strings.HasSuffix(errs, "\n\n") {
		t.Errorf("pingxin %s: the message is %q, want one, after the name of the program", strings.Join(args, " "), errs)
	}
	for _, inner := range []string{"goroutine", "panic", ".go:", "%!"} {
		if strings.Contains(errs, inner) {
			t.Errorf("the message shows the inside of the program: %q", errs)
		}
	}
	return message
}

// wants checks that a message says all of it.
func wants(t *testing.T, message string, all ...string) {
	t.Helper()
	for _, words := range all {
		if !strings.Contains(message, words) {
			t.Errorf("the message does not say %q:\n%s", words, message)
		}
	}
}

// file writes a file for a test and returns its path.
func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// imported fills a new data directory with files of the first night of the sample.
func imported(t *testing.T, kinds ...string) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	for _, kind := range kinds {
		must(t, "--data", data, "import", kind, filepath.Join(sample, "night1", kind+".csv"))
	}
	return data
}

// TestHelp: every command says what it is for, and lists its flags.
func TestHelp(t *testing.T) {
	root := must(t, "--help")
	for _, c := range newRoot().Commands() {
		if c.Short == "" || !strings.Contains(root, c.Name()+" ") {
			t.Errorf("the help does not show %s", c.Name())
		}
		if help := must(t, c.Name(), "--help"); !strings.Contains(help, "--data") || !strings.Contains(help, "Usage:") {
			t.Errorf("%s --help prints\n%s", c.Name(), help)
		}
	}
	if version := must(t, "version"); !strings.HasPrefix(version, "pingxin ") {
		t.Errorf("the version is %q", version)
	}
}

// TestUnknownWords: a mistyped command or flag fails.
func TestUnknownWords(t *testing.T) {
	for _, args := range [][]string{{"runn"}, {"run", "--asof", sampleDay}, {"run", "extra"}, {"import", "score"}, {"explain", "contract"}, {"export"}, {"policy", "show"}, {"policy", "shows"},
		{"generate", "--seed", "many"}, {"import", "score", "x.csv", "--map", "header"}} {
		refused(t, args...)
	}
}
