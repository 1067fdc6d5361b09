package api_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestGuide runs the examples of docs/api.md, one after another as a reader would.
func TestGuide(t *testing.T) {
	for _, program := range []string{"curl", "sha256sum", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%v: the examples need it", err)
		}
	}
	s, _ := uploads(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"small.csv": scores("guide", 20), "large.csv": scores("large", 5000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	blocks := shellBlock.FindAllStringSubmatch(string(readFile(t, "../../docs/api.md")), -1)
	if len(blocks) < 6 {
		t.Errorf("the guide has %d examples", len(blocks))
	}
	for _, block := range blocks {
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", block[1])
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PINGXIN="+s.URL, "TOKEN=finance", "no_proxy=*")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s\n%s", err, block[1], out)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "evaluation.parquet")); err != nil || info.Size() == 0 {
		t.Errorf("the example of an export wrote nothing: %v", err)
	}
}
