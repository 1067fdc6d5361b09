package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pingxin/pipelines/intake"
)

// served serves a data directory until stop, and returns its address.
func served(t *testing.T, data string) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	root, ended := newRoot(), make(chan error, 1)
	said, says := io.Pipe()
	root.SetOut(says)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"--data", data, "serve", "--addr", "127.0.0.1:0", "--schedule", ""})
	go func() {
		err := root.ExecuteContext(ctx)
		says.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	lines := bufio.NewScanner(said)
	for address == "" && lines.Scan() {
		address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text())
	}
	if address == "" {
		t.Fatal("serve did not say its address")
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return address, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve ended with %v", err)
		}
	}
}

// TestUpload brings files to a server of this program, as an account that the operator made.
func TestUpload(t *testing.T) {
	data := imported(t, "organisation", "catalog_item", "contract")
	must(t, "--data", data, "user", "add", "zhang", "--role", "finance")
	token, _, _ := strings.Cut(must(t, "--data", data, "token", "create", "zhang", "--label", "upload", "--action", "upload", "--action", "read_uploads"), "\n")
	address, stop := served(t, data)
	defer stop()
	dir := t.TempDir()
	tokenFile := file(t, dir, "token", token+"\n")
	scores := filepath.Join(sample, "night1", "score.csv")

	wants(t, must(t, "upload", scores, "--server", address, "--token-file", tokenFile), "accepted: score score.csv, 6,263 rows, receipt 4, sha256 ")
	t.Setenv(tokenVariable, token)
	again := decode[intake.Result](t, must(t, "upload", scores, "--server", address, "--kind", "score", "--json"))
	if again.Receipt.Number != 4 || again.Receipt.Rows != 6263 {
		t.Errorf("the same file again: %+v", again)
	}
	several := must(t, "upload", filepath.Join(sample, "night1", "target.csv"), filepath.Join(sample, "night1", "progress.csv"), "--server", address)
	wants(t, several, "accepted: target target.csv, 89 rows, receipt 5", "accepted: progress progress.csv, 262 rows, receipt 6")

	bad := file(t, dir, "bad.csv", scoreHeader+strings.Replace(goodScore, ",88,", ",101,", 1))
	if !strings.Contains(readFile(t, bad), ",101,") {
		t.Fatalf("the bad file is %s", readFile(t, bad))
	}
	wants(t, refused(t, "upload", bad, "--server", address, "--kind", "score"), "bad.csv was refused, nothing of it was stored", "row 2, score: found \"101\"")
	if code, out, _ := px("upload", bad, "--server", address, "--kind", "score", "--json"); code != 1 || decode[intake.FaultsError](t, out).Total == 0 {
		t.Errorf("faults as JSON: exit code %d\n%s", code, out)
	}
	t.Setenv(tokenVariable, "wrong")
	wants(t, refused(t, "upload", scores, "--server", address), "score.csv: the server does not accept the token", "pingxin token")
}

// TestUploadRefuses says what is wrong before anything is sent.
func TestUploadRefuses(t *testing.T) {
	dir := t.TempDir()
	scores := file(t, dir, "score.csv", scoreHeader+goodScore)
	empty, long, one := file(t, dir, "empty", "\n"), file(t, dir, "long", "a b\nc\n"), file(t, dir, "one", "token\n")
	t.Setenv(tokenVariable, "")
	for _, c := range []struct {
		args  []string
		words []string
	}{
		{nil, []string{"requires at least 1 arg"}},
		{[]string{scores}, []string{"--server: found none, expected an address such as https://"}},
		{[]string{scores, "--server", "https://pingxin.example"}, []string{"found no token", "--token-file", tokenVariable}},
		{[]string{scores, "--server", "https://pingxin.example", "--token-file", filepath.Join(dir, "none")}, []string{"--token-file", "no such file"}},
		{[]string{scores, "--server", "https://pingxin.example", "--token-file", empty}, []string{"expected one line with the token alone"}},
		{[]string{scores, "--server", "https://pingxin.example", "--token-file", long}, []string{"expected one line with the token alone"}},
		{[]string{scores, "--server", "http://pingxin.example", "--token-file", one}, []string{"expected https: the token would pass in the open"}},
		{[]string{scores, "--server", "pingxin.example", "--token-file", one}, []string{"expected an address such as https://"}},
	} {
		wants(t, refused(t, append([]string{"upload"}, c.args...)...), c.words...)
	}
}
