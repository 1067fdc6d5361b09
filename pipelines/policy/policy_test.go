package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pingxin/scoring/integrity"
)

func TestShippedPoliciesAreSound(t *testing.T) {
	if want := []string{"five-star-2019", "hvbp-2024", "jiangbei-2015"}; !slices.Equal(Shipped(), want) {
		t.Errorf("shipped are %v, want %v", Shipped(), want)
	}
	for _, name := range Shipped() {
		p, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.ID != name {
			t.Errorf("%s has the id %s", name, p.ID)
		}
	}
}

func TestDefaultHasEveryStage(t *testing.T) {
	p := load(t, "jiangbei-2015")
	if p.Credit == nil || p.Assessment == nil || p.Blacklist == nil || p.Budget == nil {
		t.Error("a stage would be left out of the run")
	}
}

func load(t *testing.T, name string) *Policy {
	t.Helper()
	p, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edited is the default policy with the first occurrence of a text replaced.
func edited(t *testing.T, old, with string) (*Policy, error) {
	t.Helper()
	p := load(t, "jiangbei-2015")
	if !strings.Contains(p.Text, old) {
		t.Fatalf("the default policy has no %q", old)
	}
	return Parse("edited.toml", []byte(strings.Replace(p.Text, old, with, 1)))
}

// lineOf is the number of the first line of the default policy with a text, counted from 1.
func lineOf(t *testing.T, text string) int {
	t.Helper()
	before, _, found := strings.Cut(load(t, "jiangbei-2015").Text, text)
	if !found {
		t.Fatalf("the default policy has no %q", text)
	}
	return strings.Count(before, "\n") + 1
}

func TestHashIsOfValuesOnly(t *testing.T) {
	original := load(t, "jiangbei-2015")
	if len(original.Hash) != 64 {
		t.Errorf("hash %q, want the 64 digits of a SHA-256", original.Hash)
	}
	for _, c := range []struct {
		name, old, with string
		same            bool
	}{
		{"comment", "# Levels, best first", "# Another remark", true},
		{"layout", "decimals = 2 ", "decimals   =   2 ", true},
		{"order of keys", "purchaser = 40, recipient = 30", "recipient = 30, purchaser = 40", true},
		{"number", "min_evaluations = 3", "min_evaluations = 4", false},
		{"party weight", "purchaser = 40, recipient = 30", "purchaser = 30, recipient = 40", false},
		{"name", `en = "Excellent"`, `en = "Superb"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed, err := edited(t, c.old, c.with)
			if err != nil {
				t.Fatal(err)
			}
			if (changed.Hash == original.Hash) != c.same {
				t.Errorf("same hash: %t, want %t", !c.same, c.same)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	for _, name := range Shipped() {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want the shipped names", err)
		}
	}
}

func TestDirectoryIsNoPolicy(t *testing.T) {
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read as a policy")
	}
}

func TestFileOnDisk(t *testing.T) {
	p := load(t, "jiangbei-2015")
	path := filepath.Join(t.TempDir(), "copy.toml")
	if err := os.WriteFile(path, []byte(p.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	copied := load(t, path)
	if copied.Hash != p.Hash || copied.Text != p.Text {
		t.Errorf("the copy differs: hash %s, want %s", copied.Hash, p.Hash)
	}
}

// TestDefaultIntegrityIsOne: the numbers that the rules' own tests take as the default are those of the shipped policy.
func TestDefaultIntegrityIsOne(t *testing.T) {
	if shipped, own := load(t, "jiangbei-2015").Calibration.Integrity, integrity.Default(); shipped != own {
		t.Errorf("the shipped policy has\n%+v\nand the package\n%+v", shipped, own)
	}
}
