package challenger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Format is the version of the encoding of a model. A program reads only its own.
const Format = 1

// ErrModel is wrapped by every error about a model that cannot be used.
var ErrModel = errors.New("model refused")

// Model is a scorecard as data: all that is needed to score a record and to see how the scorecard came about.
type Model struct {
	Format          int        `json:"format"`
	Outcome         string     `json:"outcome"` // what was bad, in words
	Policy          Policy     `json:"policy"`
	Population      string     `json:"population"` // SHA-256 of the ids and outcomes of the records of the fit
	Regression      Regression `json:"regression"` // on the weights of evidence
	Characteristics []Binning  `json:"characteristics"`
	RoundingError   float64    `json:"rounding_error"` // most points by which rounding moves a score
	Warnings        []Warning  `json:"warnings"`
	Hash            string     `json:"hash"` // SHA-256 of the model in JSON without its hash
}

// Design lists the inputs that the model looks at, in the order in which Score takes their values.
func (m *Model) Design() Design {
	design := make(Design, len(m.Characteristics))
	for i, b := range m.Characteristics {
		design[i] = b.Input
	}
	return design
}

// hash is that of the model's content.
func (m *Model) hash() (string, error) {
	bare := *m
	bare.Hash = ""
	text, err := json.Marshal(bare)
	if err != nil {
		return "", fmt.Errorf("hash model: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Encode is the model as a JSON file; the same model gives the same bytes.
func (m *Model) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	return append(text, '\n'), nil
}

// Decode reads a model file strictly: an unknown key, text behind the model, another format, a hash that does not fit
// and whatever a fit could not have made are errors that wrap ErrModel.
func Decode(text []byte) (*Model, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	m := &Model{}
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("%w: found what cannot be read, expected the JSON that a fit writes: %w", ErrModel, located(err, d.InputOffset(), text))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: found text behind the model, expected the end of the file", ErrModel)
	}
	if m.Format != Format {
		return nil, fmt.Errorf("%w: found format %d, expected %d; fit it anew with this program", ErrModel, m.Format, Format)
	}
	found, err := m.hash()
	if err != nil {
		return nil, err
	}
	if found != m.Hash {
		return nil, fmt.Errorf("%w: found content of hash %.12s, expected %.12s as the file says: it was changed after the fit; fit it anew", ErrModel, found, m.Hash)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return m, nil
}

// located is an error of the decoder with the line on which it stumbled.
func located(err error, offset int64, text []byte) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = kind.Offset
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(int(offset), len(text))], []byte("\n")), err)
}

// check names the first thing that no fit makes.
func (m *Model) check() error {
	if faults := m.Policy.Check(); len(faults) > 0 {
		return errors.Join(faults...)
	}
	if err := m.Design().check(); err != nil {
		return err
	}
	if len(m.Regression.Coefficients) != len(m.Characteristics)+1 || len(m.Characteristics) == 0 {
		return fmt.Errorf("found %d coefficients for %d characteristics, expected one for each and the intercept", len(m.Regression.Coefficients), len(m.Characteristics))
	}
	for i, b := range m.Characteristics {
		if name := m.Regression.Coefficients[i+1].Name; name != b.Name {
			return fmt.Errorf("characteristic %s: found the coefficient of %s, expected its own", b.Name, name)
		}
		if err := b.check(); err != nil {
			return fmt.Errorf("characteristic %s: %w", b.Name, err)
		}
	}
	return nil
}

// check asks of a binning that it tells something and that every value finds its bin.
func (b *Binning) check() error {
	if len(b.Bins) < 2 {
		return fmt.Errorf("found %d bins, expected two or more", len(b.Bins))
	}
	present := len(b.Bins)
	if b.Bins[present-1].Missing {
		present--
	}
	if slices.ContainsFunc(b.Bins[:present], func(bin Bin) bool { return bin.Missing }) {
		return errors.New("found a bin of missing values before others, expected it last")
	}
	if b.Kind == Number && len(b.Cuts) != present-1 || b.Kind == Category && len(b.Cuts) > 0 {
		return fmt.Errorf("found %d cuts for %d bins", len(b.Cuts), present)
	}
	for i, cut := range b.Cuts {
		if i > 0 && !(cut > b.Cuts[i-1]) || math.IsInf(cut, 0) {
			return fmt.Errorf("found the cut %g, expected cuts in ascending order", cut)
		}
	}
	return nil
}
