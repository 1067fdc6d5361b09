package pipelines

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
)

// rowSet is the hash of a set of result rows, to which rows can be added and from which they can be taken at the cost of
// those rows alone, in any order: each row is spread over 1,024 numbers of 16 bits, and those of all rows are added up, each
// number for itself. Two sets with one hash are as hard to find as for SHA-256 (LtHash: Bellare and Micciancio 1997; these
// sizes by Lewi, Kim, Maykov and Weis 2019). A row is spread by AES-256 in counter mode under the SHA-256 of its table and its
// own hash.
type rowSet [256]uint64 // four numbers to a word

// The four numbers in a word: their highest bits, and a 1 in each.
const (
	top  = 0x8000_8000_8000_8000
	ones = 0x0001_0001_0001_0001
)

// plus adds four numbers to four.
func plus(a, b uint64) uint64 { return (a&^top + b&^top) ^ (a^b)&top }

// add adds the rows with these hashes.
func (s *rowSet) add(table string, hashes ...string) {
	var row spread
	for _, h := range hashes {
		row.fill(table, h)
		for i := range s {
			s[i] = plus(s[i], row.word(i))
		}
	}
}

// remove takes out rows with these hashes, which must be in the set.
func (s *rowSet) remove(table string, hashes ...string) {
	var row spread
	for _, h := range hashes {
		row.fill(table, h)
		for i := range s {
			s[i] = plus(s[i], plus(^row.word(i), ones))
		}
	}
}

// merge adds all rows of another set.
func (s *rowSet) merge(other *rowSet) {
	for i := range s {
		s[i] = plus(s[i], other[i])
	}
}

// spread is what one row adds.
type spread struct{ bytes, zeros [8 * len(rowSet{})]byte }

func (r *spread) word(i int) uint64 { return binary.LittleEndian.Uint64(r.bytes[8*i:]) }

func (r *spread) fill(table, hash string) {
	key := sha256.Sum256([]byte(table + "\n" + hash))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // a SHA-256 is as long as a key
	}
	var counter [aes.BlockSize]byte
	cipher.NewCTR(block, counter[:]).XORKeyStream(r.bytes[:], r.zeros[:])
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
