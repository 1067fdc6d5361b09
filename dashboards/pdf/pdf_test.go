package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestDocumentStaysAlone: a document is printed, and whatever it names is not fetched, not even from this machine.
func TestDocumentStaysAlone(t *testing.T) {
	p := Find()
	if p == nil {
		t.Skip("no Chromium is installed")
	}
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer web.Close()
	temporary, err := os.MkdirTemp("", "d") // short: Chromium's socket below it has a name of at most a hundred characters
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temporary)
	t.Setenv("TMPDIR", temporary)
	document := fmt.Sprintf(`<!doctype html><title>t</title><p>评信</p><img src="%[1]s/a.png"><script src="%[1]s/a.js"></script><iframe src="%[1]s/"></iframe>`, web.URL)
	content, err := p.Print(t.Context(), []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(content, []byte("%PDF-")) || len(content) < 1000 {
		t.Errorf("%d bytes that begin with %.20q are no PDF", len(content), content)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the document fetched %d times", n)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// slowProgram stands for a Chromium that hangs.
func slowProgram(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(name, []byte("#!/bin/sh\nsleep 60 & wait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOneAtATime: who waits longer than their patience gives up, and a program that hangs ends with what it started.
func TestOneAtATime(t *testing.T) {
	p := New(slowProgram(t))
	first, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Print(first, nil)
		ended <- err
	}()
	for len(p.turn) == 0 {
		time.Sleep(time.Millisecond)
	}
	second, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Print(second, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("printed while another document is printed: %v", err)
	}
	began := time.Now()
	stop()
	if err := <-ended; !errors.Is(err, ErrFailed) || time.Since(began) > leaving {
		t.Errorf("stopped after %v: %v", time.Since(began), err)
	}
	if len(p.turn) != 0 {
		t.Error("the turn was not given back")
	}
}
