// Package policy reads the files of numbers by which a run judges: strict TOML, checked key by key, hashed, with the
// shipped files inside the program. What a number does is decided by the rules whose table it stands in.
package policy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"pingxin/budget"
	"pingxin/credit"
	"pingxin/credit/blacklist"
	"pingxin/scoring"
)

//go:embed shipped/*.toml
var shipped embed.FS

// Policy is one policy file. A stage whose table is absent is left out of the run.
type Policy struct {
	ID         string                   `toml:"id"`
	Version    string                   `toml:"version"`
	Name       scoring.Name             `toml:"name"`
	Evaluation scoring.Policy           `toml:"evaluation"`
	Credit     *credit.Policy           `toml:"credit"`
	Assessment *credit.AssessmentPolicy `toml:"assessment"`
	Blacklist  *blacklist.Policy        `toml:"blacklist"`
	Budget     *budget.Policy           `toml:"budget"`
	Hash       string                   `toml:"-"` // of the numbers as decoded: comments and layout do not count
	Text       string                   `toml:"-"` // the file as it was read
}

// Shipped lists the policies inside the program.
func Shipped() []string {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	return names
}

// Load reads a shipped policy by its name, or a file by its path.
func Load(name string) (*Policy, error) {
	if slices.Contains(Shipped(), name) {
		text, err := shipped.ReadFile("shipped/" + name + ".toml")
		if err != nil {
			return nil, err
		}
		return Parse(name, text)
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("policy: found no file %q and no shipped policy of that name; expected a path or one of %s", name, strings.Join(Shipped(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return Parse(name, text)
}

// Parse reads a policy file; name is for messages. The error lists every fault, each with its key or line.
func Parse(name string, text []byte) (*Policy, error) {
	var p Policy
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&p); err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, located(err))
	}
	if faults := p.check(); len(faults) > 0 {
		return nil, fmt.Errorf("policy %s has %d faults; mend them and check with `pingxin policy check`:\n%w", name, len(faults), errors.Join(faults...))
	}
	numbers, err := json.Marshal(&p)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	sum := sha256.Sum256(numbers)
	p.Hash, p.Text = hex.EncodeToString(sum[:16]), string(text)
	return &p, nil
}

// located gives an error of the decoder its line and column.
func located(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var faults []error
		for _, e := range unknown.Errors {
			row, column := e.Position()
			faults = append(faults, fmt.Errorf("line %d, column %d: found the unknown key %q; look for a slip of the pen, or take it out", row, column, strings.Join(e.Key(), ".")))
		}
		return errors.Join(faults...)
	}
	var decoding *toml.DecodeError
	if errors.As(err, &decoding) {
		row, column := decoding.Position()
		return fmt.Errorf("line %d, column %d: %w", row, column, err)
	}
	return err
}

// check asks every table and then how the tables fit together.
func (p *Policy) check() []error {
	var faults []error
	if p.ID == "" || p.Version == "" {
		faults = append(faults, errors.New("id, version: found an empty one, expected both"))
	}
	faults = append(faults, p.Evaluation.Check()...)
	if p.Credit != nil {
		faults = append(faults, p.Credit.Check()...)
	}
	if p.Assessment != nil {
		faults = append(faults, p.Assessment.Check()...)
	}
	if p.Blacklist != nil {
		faults = append(faults, p.Blacklist.Check()...)
		faults = append(faults, p.knownGrade("blacklist.poor_grade", p.Blacklist.PoorGrade)...)
	}
	if p.Budget != nil {
		faults = append(faults, p.Budget.Check()...)
		for _, r := range p.Budget.Rows {
			faults = append(faults, p.knownGrade("budget.grade", r.Grade)...)
		}
		for _, g := range p.Budget.NoGain {
			faults = append(faults, p.knownGrade("budget.no_gain_grades", g)...)
		}
	}
	return faults
}

func (p *Policy) knownGrade(key, id string) []error {
	if slices.ContainsFunc(p.Evaluation.Bands, func(b scoring.Band) bool { return b.ID == id }) {
		return nil
	}
	return []error{fmt.Errorf("%s: found %q, expected the id of a band of the evaluation", key, id)}
}
