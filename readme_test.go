package pingxin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestReadmeCommands runs every command of the README in order, as a reader would; a make target has to exist.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-tags=duckdb_arrow", "-o", filepath.Join(dir, "pingxin"), "./cmd/pingxin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(readme), -1) {
		for line := range strings.Lines(block[1]) {
			words := strings.Fields(line)
			if words[0] == "make" {
				if !strings.Contains(string(makefile), "\n"+words[1]+":") {
					t.Errorf("README says %q and the Makefile has no such target", strings.TrimSpace(line))
				}
				continue
			}
			cmd := exec.Command(filepath.Join(dir, words[0]), words[1:]...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", strings.TrimSpace(line), err, out)
			}
			ran++
		}
	}
	if ran < 10 {
		t.Errorf("only %d commands of the README were run", ran)
	}
}

// TestEveryDependencyHasAReason: docs/dependencies.md lists exactly the direct dependencies of go.mod.
func TestEveryDependencyHasAReason(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) { // indirect ones have a comment behind
		direct[m[1]] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\S+)` \\| \\S.*\\|$").FindAllStringSubmatch(string(doc), -1) {
		if !direct[m[1]] {
			t.Errorf("docs/dependencies.md lists %s, which go.mod does not require directly", m[1])
		}
		delete(direct, m[1])
	}
	for module := range direct {
		t.Errorf("%s has no line in docs/dependencies.md", module)
	}
}

// TestBuildWithoutTagSaysWhatToDo: a build that cannot work ends with a sentence.
func TestBuildWithoutTagSaysWhatToDo(t *testing.T) {
	cmd := exec.Command("go", "vet", "-tags=", "./pipelines/store")
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "build_pingxin_with_the_tag_duckdb_arrow") {
		t.Errorf("got %v\n%s", err, out)
	}
}
