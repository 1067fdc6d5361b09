package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// How many power cuts are tried, and what the child of the test knows its recording by.
const (
	powerCuts      = 8
	longPowerCuts  = 300
	recordVariable = "PINGXIN_RECORD"
	recordedFiles  = 9
	sector         = 512 // what a disk writes as a whole
)

// recorder is a library that is loaded before the C library and records what the database does to its files: opening,
// writing, cutting, syncing, renaming and removing, with the bytes. One record is one write to the recording, so that
// records of all threads stand in the order in which they happened.
const recorder = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char paths[4096][512];
static int ours(const char *p) { return p && strstr(p, "pingxin.db") != NULL && strstr(p, "/data/") != NULL; }
static int known(int fd) { return fd >= 0 && fd < 4096 && paths[fd][0]; }
static void record(char op, const char *path, int64_t at, const void *data, int64_t n) {
  static int out = -1;
  if (out < 0) { const char *to = getenv("PINGXIN_RECORD"); if (!to) return; out = NEXT(open)(to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640); }
  int64_t head[3] = {strlen(path), at, n};
  struct iovec parts[4] = {{&op, 1}, {head, sizeof head}, {(void *)path, head[0]}, {(void *)data, data ? (size_t)n : 0}};
  if (writev(out, parts, data ? 4 : 3) < 0) abort();
}
static int opened(int fd, const char *path, int flags) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < 4096) {
    paths[fd][0] = 0;
    if (ours(path) && (flags & O_ACCMODE) != O_RDONLY) { snprintf(paths[fd], 512, "%s", path); record('o', path, flags & O_TRUNC ? 1 : 0, NULL, 0); }
  }
  pthread_mutex_unlock(&lock);
  return fd;
}
#define MODE int mode = 0; if (flags & O_CREAT) { va_list a; va_start(a, flags); mode = va_arg(a, int); va_end(a); }
int open(const char *path, int flags, ...) { MODE return opened(NEXT(open)(path, flags, mode), path, flags); }
int open64(const char *path, int flags, ...) { MODE return opened(NEXT(open64)(path, flags, mode), path, flags); }
#define LOCKED(fd, call, rec) if (!known(fd)) return call; pthread_mutex_lock(&lock); __typeof__(call) r = call; if (r >= 0) { rec; } pthread_mutex_unlock(&lock); return r;
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { LOCKED(fd, NEXT(pwrite)(fd, b, n, at), record('w', paths[fd], at, b, r)) }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { LOCKED(fd, NEXT(pwrite64)(fd, b, n, at), record('w', paths[fd], at, b, r)) }
ssize_t write(int fd, const void *b, size_t n) { LOCKED(fd, NEXT(write)(fd, b, n), record('w', paths[fd], lseek(fd, 0, SEEK_CUR) - r, b, r)) }
int ftruncate(int fd, off_t n) { LOCKED(fd, NEXT(ftruncate)(fd, n), record('t', paths[fd], n, NULL, 0)) }
int ftruncate64(int fd, off64_t n) { LOCKED(fd, NEXT(ftruncate64)(fd, n), record('t', paths[fd], n, NULL, 0)) }
int fsync(int fd) { LOCKED(fd, NEXT(fsync)(fd), record('s', paths[fd], 0, NULL, 0)) }
int fdatasync(int fd) { LOCKED(fd, NEXT(fdatasync)(fd), record('s', paths[fd], 0, NULL, 0)) }
int close(int fd) { if (known(fd)) { pthread_mutex_lock(&lock); paths[fd][0] = 0; pthread_mutex_unlock(&lock); } return NEXT(close)(fd); }
int rename(const char *a, const char *b) { int r = NEXT(rename)(a, b); if (r == 0 && ours(a)) { pthread_mutex_lock(&lock); record('m', a, 0, b, strlen(b)); pthread_mutex_unlock(&lock); } return r; }
int unlink(const char *a) { int r = NEXT(unlink)(a); if (r == 0 && ours(a)) { pthread_mutex_lock(&lock); record('u', a, 0, NULL, 0); pthread_mutex_unlock(&lock); } return r; }
int remove(const char *a) { int r = NEXT(remove)(a); if (r == 0 && ours(a)) { pthread_mutex_lock(&lock); record('u', a, 0, NULL, 0); pthread_mutex_unlock(&lock); } return r; }
`

// recorded is one record: an operation on a file, or ('r') a receipt that was given.
type recorded struct {
	op   byte
	path string
	at   int64
	data []byte
}

// acceptRecorded is the child: it accepts files and adds each receipt to the recording, once it was given.
func acceptRecorded(ctx context.Context, dir string) error {
	out, err := os.OpenFile(os.Getenv(recordVariable), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	defer out.Close()
	s, err := Open(ctx, dir, smallOptions)
	if err != nil {
		return err
	}
	for n, f := range recordedSheets() {
		in, err := f.acceptInto(ctx, s)
		if err != nil {
			return err
		}
		text, err := json.Marshal(in.Receipt)
		if err != nil {
			return err
		}
		record := []byte{'r'}
		for _, number := range []int64{0, 0, int64(len(text))} {
			record = binary.LittleEndian.AppendUint64(record, uint64(number))
		}
		if _, err := out.Write(append(record, text...)); err != nil {
			return err
		}
		if n%3 == 2 {
			if _, err := s.Compact(ctx); err != nil {
				return err
			}
		}
	}
	return s.Close()
}

func recordedSheets() []sheet {
	all := slices.Clone(base)
	for n := range recordedFiles {
		all = append(all, numberedScores(n))
	}
	return all
}

func readRecording(t *testing.T, path string) (all []recorded) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for {
		op, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return all
		}
		var head [3]int64
		if err == nil {
			err = binary.Read(in, binary.LittleEndian, &head)
		}
		r := recorded{op: op, at: head[1]}
		name := make([]byte, head[0])
		if err == nil {
			_, err = io.ReadFull(in, name)
		}
		if r.path = string(name); err == nil && strings.IndexByte("wmr", op) >= 0 {
			r.data = make([]byte, head[2])
			_, err = io.ReadFull(in, r.data)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// file is a file on the disk of the model: what was synced, and what was done to it since.
type diskFile struct {
	synced []byte
	since  []recorded
}

// disk is a model of a disk with a journal for names: what is synced of a file stays; of what was written since, any part
// may be there, in any order, in whole sectors; names that were made, changed and removed since the last sync of any file
// are there up to some moment.
type disk struct {
	names, syncedNames map[string]*diskFile
	renames            []map[string]*diskFile // names after each change since the last sync
	receipts           [][]byte
}

func (d *disk) do(r recorded) {
	switch r.op {
	case 'r':
		d.receipts = append(d.receipts, r.data)
		return
	case 'o':
		if d.names[r.path] == nil || r.at == 1 {
			d.names[r.path] = &diskFile{}
			d.renamed()
		}
	case 'w', 't':
		d.names[r.path].since = append(d.names[r.path].since, r)
	case 's':
		f := d.names[r.path]
		for _, w := range f.since {
			f.synced = apply(f.synced, w)
		}
		f.since, d.syncedNames, d.renames = nil, maps.Clone(d.names), nil
	case 'm':
		d.names[string(r.data)] = d.names[r.path]
		delete(d.names, r.path)
		d.renamed()
	case 'u':
		delete(d.names, r.path)
		d.renamed()
	}
}

func (d *disk) renamed() { d.renames = append(d.renames, maps.Clone(d.names)) }

func apply(text []byte, r recorded) []byte {
	if r.op == 't' {
		return append(text[:min(int64(len(text)), r.at)], make([]byte, max(0, r.at-int64(len(text))))...)
	}
	if grow := r.at + int64(len(r.data)) - int64(len(text)); grow > 0 {
		text = append(text, make([]byte, grow)...)
	}
	copy(text[r.at:], r.data)
	return text
}

// cut writes what a power cut now would leave.
func (d *disk) cut(random *rand.Rand, dir string) error {
	names := d.syncedNames
	if n := random.IntN(len(d.renames) + 1); n > 0 {
		names = d.renames[n-1]
	}
	for path, f := range names {
		text := slices.Clone(f.synced)
		since := slices.Clone(f.since)
		kind := random.IntN(4)
		if kind == 0 {
			since = since[:random.IntN(len(since)+1)] // the first ones, whole
		} else {
			random.Shuffle(len(since), func(i, j int) { since[i], since[j] = since[j], since[i] })
		}
		for _, w := range since {
			switch {
			case kind == 0 || w.op == 't' && random.IntN(2) == 0:
				text = apply(text, w)
			case w.op == 't' || random.IntN(2) == 0: // never came to the disk
			case kind == 1:
				text = apply(text, w)
			default: // torn
				for at := 0; at < len(w.data); at += sector {
					if random.IntN(2) == 0 {
						text = apply(text, recorded{op: 'w', at: w.at + int64(at), data: w.data[at:min(at+sector, len(w.data))]})
					}
				}
			}
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), text, 0o640); err != nil {
			return err
		}
	}
	var journal []byte
	for _, r := range d.receipts {
		journal = append(append(journal, r...), '\n')
	}
	return os.WriteFile(filepath.Join(dir, journalFile), journal, 0o640)
}

// TestPowerCut records the writes of a store that accepts and compacts, and cuts the power at random moments: of what was
// not synced any part may be missing, torn or come in another order. Every batch that was receipted by then has to be
// there afterwards, from the file or from the archive, with the right rows; nothing else may be served.
func TestPowerCut(t *testing.T) {
	cuts := powerCuts
	if os.Getenv(longVariable) == "1" {
		cuts = longPowerCuts
	}
	home := t.TempDir()
	origin, recording := filepath.Join(home, "data"), filepath.Join(home, "recording")
	cmd := child(t, "accept-recorded", origin)
	cmd.Env = append(cmd.Env, recordVariable+"="+recording, "LD_PRELOAD="+compileRecorder(t, home))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	all := readRecording(t, recording)
	ops := map[string]int{}
	for _, r := range all {
		ops[string(r.op)]++
	}
	t.Logf("recorded: %v", ops)
	if ops["w"] < 100 || ops["s"] < 20 || ops["r"] != len(base)+recordedFiles {
		t.Fatalf("the recording holds %v: the database passes it by", ops)
	}
	random := rand.New(rand.NewPCG(seed(t), 2))
	rungs := map[string]int{}
	for range cuts {
		moment := random.IntN(len(all) + 1)
		d := &disk{names: map[string]*diskFile{}, syncedNames: map[string]*diskFile{}}
		for _, r := range all[:moment] {
			d.do(r)
		}
		dir := filepath.Join(t.TempDir(), "data")
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if len(d.receipts) > 0 {
			copyDir(t, filepath.Join(origin, archiveDir), filepath.Join(dir, archiveDir)) // synced before anything else
		}
		if err := d.cut(random, dir); err != nil {
			t.Fatal(err)
		}
		rungs[openAfterCut(t, dir, moment, d.receipts)]++
		if t.Failed() {
			t.Fatalf("after record %d of %d", moment, len(all))
		}
	}
	t.Logf("%d power cuts: %v", cuts, rungs)
}

// openAfterCut opens what a power cut left and returns the rung.
func openAfterCut(t *testing.T, dir string, moment int, given [][]byte) string {
	t.Helper()
	o := smallOptions
	o.Replay = replayOf(recordedSheets()...)
	s, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("after record %d: %v", moment, err)
	}
	defer closeStore(t, s)
	rung := "sound"
	if r := s.Recovery(); r != nil {
		rung = r.Rung
		t.Log(r)
	}
	receipts := sound(t, s)
	for i, text := range given {
		var r Receipt
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if i >= len(receipts) || receipts[i] != r {
			t.Errorf("the receipt %+v is not in the journal", r)
		}
	}
	return rung
}

// compileRecorder makes the library.
func compileRecorder(t *testing.T, dir string) string {
	t.Helper()
	source, library := filepath.Join(dir, "recorder.c"), filepath.Join(dir, "recorder.so")
	if err := os.WriteFile(source, []byte(recorder), 0o640); err != nil {
		t.Fatal(err)
	}
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skipf("recording needs a C compiler: %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread").CombinedOutput(); err != nil {
		t.Skipf("recording needs a C compiler for this system: %v: %s", err, out)
	}
	return library
}
