package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShippedPoliciesAreSound(t *testing.T) {
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

// edited is the default policy with one piece of text replaced, which has to occur in it.
func edited(t *testing.T, old, with string) (*Policy, error) {
	t.Helper()
	p, err := Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Text, old) {
		t.Fatalf("the default policy has no %q", old)
	}
	return Parse("edited.toml", []byte(strings.Replace(p.Text, old, with, 1)))
}

func TestFaultsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"unknown key", "confidence = 0.9", "confidense = 0.9", `unknown key "evaluation.confidense"`},
		{"line of the unknown key", "version = \"1\"", "version = \"1\"\nversoin = 2", "line 5"},
		{"weights not 100", "weight_pct = 30", "weight_pct = 31", "add up to 101, expected 100"},
		{"party weights not 100", "recipient = 30", "recipient = 31", "expected 100"},
		{"unknown party", "recipient = 30", "citizen = 30", `found "citizen"`},
		{"band out of order", "from = 80", "from = 95", "could not be reached"},
		{"cap to an unknown grade", "grade = \"fair\"\nwhile", "grade = \"bad\"\nwhile", `found "bad"`},
		{"budget for an unknown grade", `grade = "excellent", action`, `grade = "superb", action`, `found "superb"`},
		{"parts of credit", "performance_pct = 60", "performance_pct = 61", "expected a sum of 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := edited(t, c.old, c.with)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a fault with %q", err, c.want)
			}
		})
	}
}

func TestHashIsOfNumbersOnly(t *testing.T) {
	original, err := Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	commented, err := edited(t, "# Levels (ours).", "# Another remark.")
	if err != nil {
		t.Fatal(err)
	}
	if commented.Hash != original.Hash {
		t.Error("a comment changed the hash")
	}
	changed, err := edited(t, "min_evaluations = 3", "min_evaluations = 4")
	if err != nil {
		t.Fatal(err)
	}
	if changed.Hash == original.Hash {
		t.Error("a number did not change the hash")
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"))
	if err == nil || !strings.Contains(err.Error(), "jiangbei-2015") {
		t.Errorf("got %v, want the shipped names", err)
	}
}

func TestFileOnDisk(t *testing.T) {
	p, err := Load("jiangbei-2015")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.toml")
	if err := os.WriteFile(path, []byte(p.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	copied, err := Load(path)
	if err != nil || copied.Hash != p.Hash {
		t.Errorf("got %v with %v, want the hash of the shipped file", copied, err)
	}
}
