package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// auditFile holds the anchors of the audit log.
const auditFile = "audit.jsonl"

// anchor says outside the database that an entry of the audit log was committed, so that an end that is cut off the
// table, or a table written anew, is noticed. One entry in a transaction is enough: its chain covers those before.
type anchor struct {
	Number int64  `json:"number"`
	Chain  string `json:"chain"`
}

// auditTrail is the file of anchors with its last line. Whoever has the right to write uses it.
type auditTrail struct {
	path string
	now  func() time.Time
	last anchor // zero: none
}

// read returns all anchors, and the number of the first line that is none (0: all are), which is a finding of the check
// and no reason to keep the store closed. A last line that is torn, or is being written, does not count.
func (t *auditTrail) read() (all []anchor, unreadable int, err error) {
	text, _, err := readLines(t.path)
	if err != nil {
		return nil, 0, fmt.Errorf("read the anchors of the audit log: %w", err)
	}
	line := 0
	for content := range bytes.Lines(text) {
		line++
		var a anchor
		if err := json.Unmarshal(content, &a); err == nil && a.Number > 0 {
			all = append(all, a)
		} else if unreadable == 0 {
			unreadable = line
		}
	}
	return all, unreadable, nil
}

// append makes an anchor durable.
func (t *auditTrail) append(a anchor) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := appendLine(t.path, text); err != nil {
		return fmt.Errorf("write the anchors of the audit log: %w", err)
	}
	t.last = a
	return nil
}

// anchorAudit reads the anchors at opening, and anchors what a crash kept from it.
func (s *Store) anchorAudit(ctx context.Context) error {
	if _, err := wholeLines(s.trail.path); err != nil { // the next anchor stands for a torn one
		return fmt.Errorf("read the anchors of the audit log: %w", err)
	}
	all, _, err := s.trail.read()
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Number > s.trail.last.Number {
			s.trail.last = a
		}
	}
	return s.Write(ctx, func(ctx context.Context, w *Writer) error {
		head, err := w.head(ctx)
		if err == nil && head.Number > s.trail.last.Number {
			err = s.trail.append(head)
		}
		return err
	})
}

// readLines reads the whole lines of a file, and says whether a part of one follows. A file that is not there is empty.
func readLines(path string) (whole []byte, torn bool, err error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	end := bytes.LastIndexByte(text, '\n') + 1
	return text[:end], end < len(text), nil
}

// wholeLines reads a file of lines and cuts a last one off that was torn by a crash.
func wholeLines(path string) ([]byte, error) {
	text, torn, err := readLines(path)
	if err == nil && torn {
		if err = os.Truncate(path, int64(len(text))); err != nil {
			err = fmt.Errorf("cut a torn line off: %w", err)
		}
	}
	return text, err
}

// appendLine adds a line to a file, making it when it is new, and returns after it is on the disk. Of a line that cannot
// be written whole nothing is left.
func appendLine(path string, text []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), syncDir(filepath.Dir(path))) }()
	before, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		return errors.Join(err, f.Truncate(before.Size()))
	}
	return f.Sync()
}
