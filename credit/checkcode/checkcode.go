// Package checkcode decides what the printed sheet of a credit file states, and by which code a third person finds out whether
// that is what was published. It keeps nothing, prints nothing and knows no file: whoever reads the published tables hands
// their cells in.
//
// # Why the code needs no secret
//
// A code is a hash of what the published tables say of one supplier, together with the hash of the run that the release is
// of. The tables and their checksums are public, so anyone can compute the code of any supplier, and nobody needs a key. A
// changed sheet fails all the same: with its old code, the row that the code belongs to says something else than the paper;
// with a code computed for the changed text, nothing published has it. To deceive, somebody would have to find another text
// with the same 90 bits of SHA-256, about 2^90 trials, or to change a published table, which the chain of releases shows to
// everyone who kept an earlier copy. There is no key that could leak, expire or be misused by whoever runs the server.
package checkcode

import (
	"crypto/sha256"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Statement is what one sheet states of one supplier: cells of the published tables. A cell without a value is empty, as is
// one that a release withholds.
type Statement struct {
	Release     int    // number, from 1
	Run         int    // that the release is of
	RunHash     string // in hexadecimal digits
	AsOf        string // day of the run, 2026-02-28
	Supplier    string // id in the register
	USCC        string // empty: none is known
	Name        string
	Type        string
	Status      string // rated or unrated
	Level       string
	Stars       string
	Score       string // two decimals: see Number
	Evaluations string
	Grade       string // of the grade assessment: see Grade; empty: never assessed
	GradeUntil  string // first day on which it holds no more
	Record      string // entries of the conduct: see Record
}

// cells are the cells of the statement in the order in which they are hashed.
func (s *Statement) cells() []string {
	return []string{strconv.Itoa(s.Release), strconv.Itoa(s.Run), s.RunHash, s.AsOf, s.Supplier, s.USCC, s.Name, s.Type, s.Status, s.Level, s.Stars, s.Score, s.Evaluations, s.Grade, s.GradeUntil, s.Record}
}

// Number writes a cell that holds a number with two decimals, as statements have it, however the table writes it; a cell that
// holds none is empty.
func Number(cell string) string {
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// Grade writes the cell of a grade assessment: the grade, or the status of an assessment without one.
func Grade(grade, status string) string {
	if grade == "" {
		return status
	}
	return grade
}

// Entry is one entry of a supplier's conduct as a sheet states it; days are written 2025-05-20, empty: none.
type Entry struct{ ID, Severity, Kind, On, Ends, Repaired string }

// Record writes the entries as one cell, in the order of their days and ids: "2025-05-20 general late_report X0001, ends
// 2028-05-20, repaired 2025-11-02" and so on, with "; " between.
func Record(entries []Entry) string {
	entries = slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return strings.Compare(a.On+" "+a.ID, b.On+" "+b.ID)
	})
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = strings.Join([]string{e.On, e.Severity, e.Kind, e.ID}, " ")
		if e.Ends != "" {
			texts[i] += ", ends " + e.Ends
		}
		if e.Repaired != "" {
			texts[i] += ", repaired " + e.Repaired
		}
	}
	return strings.Join(texts, "; ")
}

// version is hashed before the cells, so that another form of statements gives other codes.
const version = "pingxin sheet 2"

// The lengths of a code's parts in characters: 18 of the hash, 5 bits each, and 2 by which a mistyped one is known.
const (
	hashLength  = 18
	checkLength = 2
	groupLength = 5
)

// digits are Crockford's: no letter that is taken for another digit or letter.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Code is the check code of the sheet: the number of the release, the id of the supplier and twenty characters, as
// 3.S0001.K7QM2-9XT4B-RAEV5-D3H8N.
func (s *Statement) Code() string {
	head := strconv.Itoa(s.Release) + "." + s.Supplier
	sum := sha256.Sum256(netstrings(append([]string{version}, s.cells()...)))
	hash := spell(sum[:], hashLength)
	return head + "." + grouped(hash+checkOf(head, hash))
}

// netstrings writes each text with its length in bytes before it, 5:hello, so that no two lists of texts are written alike.
func netstrings(texts []string) []byte {
	var b []byte
	for _, t := range texts {
		b = strconv.AppendInt(b, int64(len(t)), 10)
		b = append(b, ':')
		b = append(b, t...)
		b = append(b, ',')
	}
	return b
}

// spell writes the first bits of a hash in digits, five bits each.
func spell(sum []byte, length int) string {
	text := make([]byte, 0, length)
	bits, held := 0, 0
	for _, b := range sum {
		bits, held = bits<<8|int(b), held+8
		for held >= 5 && len(text) < length {
			held -= 5
			text = append(text, digits[bits>>held&31])
		}
		bits &= 1<<held - 1
	}
	return string(text)
}

// checkOf are the last characters of a code, of all before them: of a thousand slips of the hand, one goes through.
func checkOf(head, hash string) string {
	sum := sha256.Sum256([]byte(head + "." + hash))
	return spell(sum[:], checkLength)
}

func grouped(text string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), groupLength) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// Reference is what a code that was typed refers to.
type Reference struct {
	Release  int
	Supplier string
	Code     string // as Statement.Code writes it
}

// The ways in which a typed code cannot be one.
var (
	ErrForm     = errors.New("a check code is the number of a release, the id of a supplier and twenty characters, as 3.S0001.K7QM2-9XT4B-RAEV5-D3H8N")
	ErrMistyped = errors.New("the last two characters of the code do not fit the others: it was mistyped")
)

// Parse reads a code as it was typed or scanned: full-width characters, small letters, spaces, and O, I and L for digits are
// taken for what they stand for. It returns ErrForm or ErrMistyped for what is no code.
func Parse(typed string) (Reference, error) {
	typed = strings.Map(narrow, typed)
	first, last := strings.IndexByte(typed, '.'), strings.LastIndexByte(typed, '.')
	if first < 0 || first == last || last-first < 2 {
		return Reference{}, ErrForm
	}
	release, err := strconv.Atoi(strings.TrimSpace(typed[:first]))
	supplier := strings.TrimSpace(typed[first+1 : last])
	text := strings.Map(digit, typed[last+1:])
	if err != nil || release < 1 || len(text) != hashLength+checkLength {
		return Reference{}, ErrForm
	}
	head := strconv.Itoa(release) + "." + supplier
	if checkOf(head, text[:hashLength]) != text[hashLength:] {
		return Reference{}, ErrMistyped
	}
	return Reference{Release: release, Supplier: supplier, Code: head + "." + grouped(text)}, nil
}

// narrow turns full-width characters into plain ones.
func narrow(c rune) rune {
	const fullWidth = 'Ａ' - 'A'
	switch {
	case c == '\u3000' || c == '\u00a0':
		return ' '
	case c >= '！' && c <= '～':
		return c - fullWidth
	case c == '。':
		return '.'
	}
	return c
}

// digit is the digit that a typed character stands for; what stands for none stays, so that the length tells.
func digit(c rune) rune {
	switch {
	case c <= ' ' || c == '-' || c == '–' || c == '—':
		return -1
	case c >= 'a' && c <= 'z':
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	case 'U':
		return 'V'
	}
	return c
}

// Matches says whether the statement is the one that the code was made of.
func (r Reference) Matches(s *Statement) bool { return s.Code() == r.Code }
