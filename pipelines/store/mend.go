package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The layout of a database file of DuckDB 1.5: three headers, then blocks. Each begins with the checksum of the rest.
const (
	headerBytes   = 4096
	firstBlock    = 3 * headerBytes
	checksumBytes = 8
	noPointer     = ^uint64(0)
	// A block of metadata holds 64 pieces, each beginning with the pointer to the next one of its chain. The top byte of
	// a pointer is the piece, the rest the block.
	pieces      = 64
	pieceShift  = 56
	longestWalk = 1 << 20 // pieces in one chain: a chain that is longer runs in a circle
)

var errNotMendable = errors.New("nothing that can be mended")

// databaseHeader is one of the two headers that a checkpoint writes in turn.
type databaseHeader struct {
	iteration, metaBlock, freeList, blockCount, blockBytes uint64
}

// mend repairs in a copy of the database file what a write that was cut short leaves behind, and says what it did. logged
// says that a log lies beside the file.
//
// Two tears are mended. Of the two database headers, which a checkpoint writes in turn, the other one stands for the torn
// one. And a checkpoint puts new pieces of metadata into the gaps of a block that is in use, by writing the whole block
// again in its place: when that is cut short the pieces in use are as they were, in the old bytes and in the new, and
// only the checksum of the block belongs to neither. There is a log beside the file as long as a checkpoint is under way;
// without one, a wrong checksum is a fault of the disk and nothing is touched.
func mend(path string, logged bool) (did []string, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
	active, did, err := mendHeaders(f)
	if err != nil {
		return nil, err
	}
	blocks, err := mendMetadata(f, active, logged)
	if err != nil {
		return nil, err
	}
	if did = append(did, blocks...); len(did) == 0 {
		return nil, errNotMendable
	}
	return did, nil
}

// mendHeaders puts the good database header in the place of a bad one and returns the one that counts.
func mendHeaders(f *os.File) (active databaseHeader, did []string, err error) {
	text := make([]byte, firstBlock)
	if _, err := f.ReadAt(text, 0); err != nil {
		return active, nil, fmt.Errorf("read the headers: %w", err)
	}
	if !sealed(text[:headerBytes]) {
		return active, nil, errors.New("the main header is damaged, which nothing can stand for")
	}
	one, two := text[headerBytes:2*headerBytes], text[2*headerBytes:]
	switch oneGood, twoGood := sealed(one), sealed(two); {
	case !oneGood && !twoGood:
		return active, nil, errors.New("both database headers are damaged")
	case !oneGood:
		_, err = f.WriteAt(two, headerBytes)
		return parseHeader(two), []string{"database header 1 was torn: header 2 stands for it"}, err
	case !twoGood:
		_, err = f.WriteAt(one, 2*headerBytes)
		return parseHeader(one), []string{"database header 2 was torn: header 1 stands for it"}, err
	default:
		a, b := parseHeader(one), parseHeader(two)
		if a.iteration > b.iteration {
			return a, nil, nil
		}
		return b, nil, nil
	}
}

func parseHeader(text []byte) (h databaseHeader) {
	for i, field := range []*uint64{&h.iteration, &h.metaBlock, &h.freeList, &h.blockCount, &h.blockBytes} {
		*field = binary.LittleEndian.Uint64(text[checksumBytes+8*i:])
	}
	return h
}

// checksum is what DuckDB writes before a header or block of whole words.
func checksum(text []byte) uint64 {
	const start, factor = 5381, 0xbf58476d1ce4e5b9
	sum := uint64(start)
	for ; len(text) >= 8; text = text[8:] {
		sum ^= binary.LittleEndian.Uint64(text) * factor
	}
	return sum
}

// sealed says that a header or block has the checksum that it should.
func sealed(text []byte) bool {
	return binary.LittleEndian.Uint64(text) == checksum(text[checksumBytes:])
}

// mendMetadata writes the checksum of torn blocks of metadata anew. A damaged block of anything else ends it.
func mendMetadata(f *os.File, h databaseHeader, logged bool) (did []string, err error) {
	if h.blockBytes < headerBytes || h.blockBytes > 1<<30 {
		return nil, fmt.Errorf("the header names blocks of %d bytes", h.blockBytes)
	}
	list, err := readFreeList(f, h)
	if err != nil {
		return nil, err
	}
	block := make([]byte, h.blockBytes)
	for id := range h.blockCount {
		if list.free[id] {
			continue
		}
		at := int64(firstBlock + id*h.blockBytes)
		if _, err := f.ReadAt(block, at); err != nil {
			return nil, fmt.Errorf("read block %d: %w", id, err)
		}
		switch {
		case sealed(block):
		case !list.metadata[id]:
			return nil, fmt.Errorf("block %d is damaged and holds data", id)
		case !logged:
			return nil, fmt.Errorf("block %d is damaged, and no checkpoint was under way that could have torn it", id)
		default:
			seal := binary.LittleEndian.AppendUint64(nil, checksum(block[checksumBytes:]))
			if _, err := f.WriteAt(seal, at); err != nil {
				return nil, err
			}
			did = append(did, fmt.Sprintf("metadata block %d was torn by a checkpoint that was cut short: its pieces in use are whole, its checksum was written anew", id))
		}
	}
	return did, nil
}

// freeList is what the last checkpoint wrote of the blocks of the file.
type freeList struct {
	free     map[uint64]bool // not in use: what they hold does not matter
	metadata map[uint64]bool
}

// readFreeList reads the list that the header points to, without looking at checksums. A file that has none yet has
// metadata in the block of its header alone.
func readFreeList(f io.ReaderAt, h databaseHeader) (list freeList, err error) {
	list = freeList{map[uint64]bool{}, map[uint64]bool{}}
	if h.metaBlock != noPointer {
		list.metadata[h.metaBlock&(1<<pieceShift-1)] = true
	}
	if h.freeList == noPointer {
		return list, nil
	}
	r := &chainReader{file: f, blockBytes: h.blockBytes, next: h.freeList}
	for range r.word() {
		list.free[r.word()] = true
	}
	for range r.word() { // blocks that several columns share, with how many
		r.word()
		r.half()
	}
	for range r.word() { // blocks of metadata, with their free pieces
		list.metadata[r.word()] = true
		r.word()
	}
	if r.err != nil {
		return list, fmt.Errorf("read the list of free blocks: %w", r.err)
	}
	return list, nil
}

// chainReader reads numbers from a chain of metadata pieces. After an error it reads zeros.
type chainReader struct {
	file       io.ReaderAt
	blockBytes uint64
	next       uint64 // pointer to the piece after the current one
	piece      []byte // what is left of the current one
	walked     int
	err        error
}

func (r *chainReader) word() uint64 {
	text := r.take(8)
	return binary.LittleEndian.Uint64(text[:])
}

func (r *chainReader) half() { r.take(4) }

// take reads up to eight bytes, across the end of a piece where need be.
func (r *chainReader) take(n int) (text [8]byte) {
	for i := 0; i < n; i++ {
		if len(r.piece) == 0 && r.err == nil {
			r.turn()
		}
		if r.err != nil {
			return [8]byte{}
		}
		text[i], r.piece = r.piece[0], r.piece[1:]
	}
	return text
}

// turn goes to the next piece of the chain.
func (r *chainReader) turn() {
	if r.walked++; r.next == noPointer || r.walked > longestWalk {
		r.err = errors.New("the chain of its pieces does not end where it should")
		return
	}
	block, index := r.next&(1<<pieceShift-1), r.next>>pieceShift
	size := (r.blockBytes - checksumBytes) / pieces / 8 * 8
	piece := make([]byte, size)
	if _, err := r.file.ReadAt(piece, int64(firstBlock+block*r.blockBytes+checksumBytes+index*size)); err != nil {
		r.err = err
		return
	}
	r.next, r.piece = binary.LittleEndian.Uint64(piece), piece[8:]
}
