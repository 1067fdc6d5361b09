// Package programme turns the published tables of a real programme into the files that a bureau would import, and
// compares what came of them with what was published. Everything about a programme is in its folder: the tables, and
// programme.toml, which says how their cells are to be read. The package decides how such a description is checked and
// carried out; it knows no programme, and leaves importing and judging to others. Beside programmes it knows studies:
// tables of cases with published statistics, which are computed anew by the rules for scorecards.
package programme

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"pingxin/pipelines/policy"
)

// Programme is the description of one programme: the file programme.toml in its folder.
type Programme struct {
	ID        string            `toml:"id"`
	Name      string            `toml:"name"`
	Source    string            `toml:"source"`  // who published the tables
	Licence   string            `toml:"licence"` // under which they may be passed on
	Policy    string            `toml:"policy"`  // a shipped policy, or a policy file in the folder
	AsOf      toml.LocalDate    `toml:"as_of"`   // day to judge for
	Formats   map[string]Format `toml:"format"`
	Rows      []Rows            `toml:"row"`
	Scores    []Scores          `toml:"score"`
	Published Published         `toml:"published"`

	Rules *policy.Policy `toml:"-"` // the policy, read
	dir   string
}

// Format says how numbers are written in the cells of a column.
type Format struct {
	Pattern  string   `toml:"pattern"`  // of a whole cell, with one group around the digits
	Multiply float64  `toml:"multiply"` // from the published scale to the policy's
	Absent   []string `toml:"absent"`   // cells that say that there is no value
}

// Rows describes rows of one of our kinds of file: one row, or one for each row of a published table.
type Rows struct {
	Kind  string            `toml:"kind"`
	Each  string            `toml:"each"`  // the published table; empty for a single row
	Cells map[string]string `toml:"cells"` // by our column; "{Column}" stands for that cell of the table
}

// Scores describes scores that stand side by side in a published table.
type Scores struct {
	File      string            `toml:"file"`
	Contract  string            `toml:"contract"`  // "{Column}" stands for that cell of the table
	Evaluator string            `toml:"evaluator"` // likewise
	Party     string            `toml:"party"`
	ScoredOn  toml.LocalDate    `toml:"scored_on"`
	Format    string            `toml:"format"`
	Columns   map[string]string `toml:"columns"` // published column by indicator
}

// Published says where the results stand that are to be reproduced.
type Published struct {
	File      string  `toml:"file"`
	Contract  string  `toml:"contract"` // "{Column}" stands for that cell of the table
	Name      string  `toml:"name"`     // likewise; for messages
	Column    string  `toml:"column"`
	Format    string  `toml:"format"`
	Tolerance float64 `toml:"tolerance"` // largest difference that counts as agreement
}

// description is the file that describes a programme, in its folder.
const description = "programme.toml"

// Load reads the programme in a folder together with its policy. The error lists every fault.
func Load(dir string) (*Programme, error) {
	path := filepath.Join(dir, description)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("programme: %w", err)
	}
	p := &Programme{dir: dir}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, located(err))
	}
	name := p.Policy
	if !slices.Contains(policy.Shipped(), name) {
		name = filepath.Join(dir, name)
	}
	if p.Rules, err = policy.Load(name); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if faults := p.check(); len(faults) > 0 {
		return nil, fmt.Errorf("%s:\n%w", path, errors.Join(faults...))
	}
	return p, nil
}

// List names the programmes and studies below a folder, in alphabetical order.
func List(from string) (names []string, err error) {
	for _, file := range []string{description, studyDescription} {
		found, err := fs.Glob(os.DirFS(from), "*/"+file)
		if err != nil {
			return nil, fmt.Errorf("programmes in %s: %w", from, err)
		}
		for _, path := range found {
			names = append(names, strings.TrimSuffix(path, "/"+file))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("found no programme in %q, expected folders there with a %s or %s; say where they are with --from", from, description, studyDescription)
	}
	slices.Sort(names)
	return names, nil
}

// located is an error of the decoder with the lines that it is about.
func located(err error) error {
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		return fmt.Errorf("found a key that a programme does not have; correct it or take it out:\n%s", unknown.String())
	}
	if d, ok := errors.AsType[*toml.DecodeError](err); ok {
		return fmt.Errorf("found what cannot be read:\n%s", d.String())
	}
	return err
}
