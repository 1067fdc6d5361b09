// Package policy reads the files of numbers by which a run judges: strict TOML, checked table by table and across
// tables, hashed, with the shipped files inside the program. It decides whether a file is sound; what a number does is
// decided by the rules whose table it stands in, and which policy a run uses by whoever starts the run.
package policy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"pingxin/budget"
	"pingxin/budget/catalogue"
	"pingxin/budget/execution"
	"pingxin/budget/market"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/credit/register"
	"pingxin/credit/validation"
	"pingxin/pipelines/clues"
	"pingxin/scoring"
	"pingxin/scoring/calibration"
	"pingxin/scoring/dueprocess"
	"pingxin/scoring/tracking"
)

//go:embed shipped/*.toml
var shipped embed.FS

// Policy is one policy file. The stage of a table that is nil is left out of the run.
type Policy struct {
	ID          string                   `toml:"id"`
	Version     string                   `toml:"version"`
	Name        scoring.Name             `toml:"name"`
	Description scoring.Name             `toml:"description"`
	EffectiveOn toml.LocalDate           `toml:"effective_on"` // day from which it is meant to be used
	Evaluation  scoring.Policy           `toml:"evaluation"`
	Credit      *credit.Policy           `toml:"credit"`
	Assessment  *credit.AssessmentPolicy `toml:"assessment"`
	Blacklist   *blacklist.Policy        `toml:"blacklist"`
	Budget      *budget.Policy           `toml:"budget"`
	Calibration *calibration.Policy      `toml:"calibration" json:",omitzero"`
	Clues       *clues.Policy            `toml:"clue" json:",omitzero"`
	Settlement  *budget.Settlement       `toml:"settlement" json:",omitzero"`
	Tracking    *tracking.Policy         `toml:"tracking" json:",omitzero"`   // no step of a run: it says when a running service is behind
	Validation  *validation.Policy       `toml:"validation" json:",omitzero"` // no step of a run: it says which outcomes a rating is held against
	Process     *dueprocess.Policy       `toml:"process" json:",omitzero"`    // no step of a run: it says how an evaluation becomes final

	Execution *execution.Policy `toml:"execution" json:",omitzero"` // pages read plans, contracts and payments by it, and clues are found by it

	Repair       *credit.RepairPolicy       `toml:"repair" json:",omitzero"`
	Reward       *credit.RewardPolicy       `toml:"reward" json:",omitzero"`
	Reassessment *credit.ReassessmentPolicy `toml:"reassessment" json:",omitzero"`
	Effects      *credit.EffectPolicy       `toml:"effects" json:",omitzero"`

	// Tables that only pages read.
	Market    *market.Policy    `toml:"market" json:",omitzero"`
	Catalogue *catalogue.Policy `toml:"catalogue" json:",omitzero"`
	Register  *register.Policy  `toml:"register" json:",omitzero"`

	// Hash is the SHA-256, in hexadecimal digits, of the policy as decoded: comments, layout and the order of keys in a
	// table do not count, every value and the order of lists do.
	Hash string `toml:"-" json:"-"`
	Text string `toml:"-" json:"-"` // the file as it was read
}

// Shipped lists the names of the policies inside the program, in alphabetical order.
func Shipped() []string {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".toml")
	}
	return names
}

// Load reads a shipped policy by its name, or else a file by its path. The error lists every fault.
func Load(nameOrPath string) (*Policy, error) {
	if slices.Contains(Shipped(), nameOrPath) {
		text, err := shipped.ReadFile("shipped/" + nameOrPath + ".toml")
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", nameOrPath, err)
		}
		return Parse(nameOrPath, text)
	}
	text, err := os.ReadFile(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("policy: found no file %q and no shipped policy of that name; give the path of a policy file or one of %s",
			nameOrPath, strings.Join(Shipped(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return Parse(nameOrPath, text)
}

// Parse reads a policy file; name is for messages. The error lists every fault with its line and column, or with its
// key, what was found and what was expected.
func Parse(name string, text []byte) (*Policy, error) {
	var p Policy
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&p); err != nil {
		return nil, refusal(name, misread(err))
	}
	if faults := infinite(&p); len(faults) > 0 {
		return nil, refusal(name, faults)
	}
	if faults := p.check(); len(faults) > 0 {
		return nil, refusal(name, faults)
	}
	var err error
	if p.Hash, err = hash(&p); err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	p.Text = string(text)
	return &p, nil
}

// hash is taken of the policy as JSON: fields in the order of the structs, maps in the order of their keys.
func hash(p *Policy) (string, error) {
	canonical, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
