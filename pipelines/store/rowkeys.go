package store

import (
	"github.com/apache/arrow-go/v18/arrow/array"

	"pingxin/scoring/splitmix"
)

// rowKeys tells whether any two rows of a file have the same key, from the numbers of the names that make it up. It keeps a
// hash of each row, 8 bytes, and so is certain only of the answer that no two have: of ten million rows with different keys
// it says otherwise once in 370,000 files. Where two may have, the database looks.
//
// The hashes lie in parts by their first bits, so that each part is looked through in a table that the processor's cache
// holds.
type rowKeys struct {
	parts [1 << keyPartBits][]uint64
	batch []uint64
}

const keyPartBits = 8

// add takes in the keys of rows, whose columns are of one length. A row with a null among them has no key, and is taken for
// one with a 0.
func (k *rowKeys) add(columns []*array.Int32) {
	k.batch = append(k.batch[:0], make([]uint64, columns[0].Len())...)
	for _, c := range columns {
		for i, v := range c.Int32Values() {
			k.batch[i] = splitmix.Mix(k.batch[i] + uint64(uint32(v)) + splitmix.Gamma)
		}
	}
	for _, h := range k.batch {
		part := &k.parts[h>>(64-keyPartBits)]
		*part = append(*part, h)
	}
}

// distinct says that no two rows have the same key; false, that some may.
func (k *rowKeys) distinct() bool {
	largest := 0
	for _, part := range k.parts {
		largest = max(largest, len(part))
	}
	size := 1
	for size < 2*largest {
		size *= 2
	}
	table := make([]uint64, size)
	for _, part := range k.parts {
		clear(table)
		for _, h := range part {
			h |= 1 // 0 is a free place
			at := int(h>>1) & (size - 1)
			for table[at] != 0 && table[at] != h {
				at = (at + 1) & (size - 1)
			}
			if table[at] == h {
				return false
			}
			table[at] = h
		}
	}
	return true
}
