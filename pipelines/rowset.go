package pipelines

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// rowSet is the hash of a set of result rows, to which rows can be added and from which they can be taken at the cost of
// those rows alone, in any order: each row is spread over 1,024 numbers of 16 bits, and those of all rows are added up, each
// number for itself. Two sets with one hash are as hard to find as for SHA-256 (LtHash: Bellare and Micciancio 1997; these
// sizes by Lewi, Kim, Maykov and Weis 2019). A row is spread by ChaCha8 from the SHA-256 of its table and its own hash.
type rowSet [256]uint64 // four numbers to a word

// top are the highest bits of the four numbers in a word.
const top = 0x8000_8000_8000_8000

// add adds the rows with these hashes.
func (s *rowSet) add(table string, hashes ...string) {
	s.each(table, hashes, plus)
}

// merge adds all rows of another set.
func (s *rowSet) merge(other *rowSet) {
	for i := range s {
		s[i] = plus(s[i], other[i])
	}
}

// plus adds four numbers to four.
func plus(a, b uint64) uint64 { return (a&^top + b&^top) ^ (a^b)&top }

// remove takes out rows with these hashes, which must be in the set.
func (s *rowSet) remove(table string, hashes ...string) {
	s.each(table, hashes, func(a, b uint64) uint64 { return (a | top - b&^top) ^ (a^^b)&top })
}

func (s *rowSet) each(table string, hashes []string, combine func(a, b uint64) uint64) {
	var spread rand.ChaCha8
	for _, h := range hashes {
		spread.Seed(sha256.Sum256([]byte(table + "\n" + h)))
		for i := range s {
			s[i] = combine(s[i], spread.Uint64())
		}
	}
}

// bytes are the set as it is kept with a run.
func (s *rowSet) bytes() []byte {
	b := make([]byte, 0, 8*len(s))
	for _, word := range s {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b
}

// rowSetOf is the set that was kept; ok is false where none was.
func rowSetOf(b []byte) (s rowSet, ok bool) {
	if len(b) != 8*len(s) {
		return s, false
	}
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return s, true
}
