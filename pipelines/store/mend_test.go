package store

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// TestLayoutOfTheFile: the file of this version of DuckDB is laid out as mending takes it to be.
func TestLayoutOfTheFile(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, dir)
	acceptBase(t, s)
	for n := range 12 {
		accept(t, s, numberedScores(n))
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	f, err := os.Open(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := make([]byte, firstBlock)
	if _, err := f.ReadAt(text, 0); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if !sealed(text[i*headerBytes : (i+1)*headerBytes]) {
			t.Errorf("header %d has another checksum than the one computed", i)
		}
	}
	one, two := parseHeader(text[headerBytes:]), parseHeader(text[2*headerBytes:])
	if one.iteration-two.iteration != 1 && two.iteration-one.iteration != 1 || one.blockBytes != 262144 {
		t.Errorf("headers %+v and %+v", one, two)
	}
	if two.iteration > one.iteration {
		one = two
	}
	list, err := readFreeList(f, one)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("header %+v, %d free blocks, metadata in %v", one, len(list.free), list.metadata)
	block := make([]byte, one.blockBytes)
	for id := range one.blockCount {
		if _, err := f.ReadAt(block, int64(firstBlock+id*one.blockBytes)); err != nil {
			t.Fatal(err)
		}
		if !list.free[id] && !sealed(block) {
			t.Errorf("block %d has another checksum than the one computed", id)
		}
	}
	if len(list.metadata) == 0 || len(list.metadata) > int(one.blockCount)/2 {
		t.Errorf("%d of %d blocks are metadata", len(list.metadata), one.blockCount)
	}
	for id := range list.metadata {
		if id >= one.blockCount {
			t.Errorf("metadata block %d of %d", id, one.blockCount)
		}
	}
	if sum := checksum(binary.LittleEndian.AppendUint64(nil, 0)); sum != 5381 {
		t.Errorf("the checksum of zeros is %d", sum)
	}
}
