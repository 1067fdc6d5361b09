// Package pdf prints a page to PDF with a Chromium that is installed on the machine. It decides which program that is, what
// the program may do, how many documents are printed at once and how long one may take. What stands on the page is decided by
// whoever hands it in: a whole document, with its styles and drawings inside, already limited to what its reader may see.
//
// Chromium gets the bytes of that one document and nothing else: no session, no cookie, no account. No name resolves for it,
// and every connection would go to a proxy that is not there. That a document runs no script and names nothing to be fetched is
// for whoever makes it, by the policy of content in its head.
package pdf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	atOnce  = 1                // documents: a Chromium takes some 200 MB and a core
	longest = 30 * time.Second // that a document may take; a page of fifty rows takes one to two
	waiting = 20 * time.Second // for the documents before it; then the reader is told to come back
	leaving = 2 * time.Second  // for the processes of a stopped Chromium to end
)

// ErrBusy says that other documents are being printed and the wait was too long.
var ErrBusy = errors.New("other documents are being printed")

// ErrFailed says that Chromium made no document: it could not start, was stopped, or took too long.
var ErrFailed = errors.New("no document came of it")

// names are what an installed Chromium is called, the first that is found is taken.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Printer prints documents. It is safe for concurrent use.
type Printer struct {
	program string
	turn    chan struct{}
}

// Find returns a printer with the Chromium that is installed, nil where none is.
func Find() *Printer {
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return New(program)
		}
	}
	return nil
}

// New returns a printer with the Chromium at a path.
func New(program string) *Printer {
	return &Printer{program: program, turn: make(chan struct{}, atOnce)}
}

// Print makes a PDF of an HTML document. It fails with ErrBusy when its turn does not come in time.
func (p *Printer) Print(ctx context.Context, document []byte) ([]byte, error) {
	patience := time.NewTimer(waiting)
	defer patience.Stop()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-patience.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return p.run(ctx, document)
}

// run works in a directory of its own, which only this user reads and which is gone afterwards.
func (p *Printer) run(ctx context.Context, document []byte) (content []byte, err error) {
	desk, err := os.MkdirTemp("", "pingxin-pdf-")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(desk)) }()
	page, out := filepath.Join(desk, "page.html"), filepath.Join(desk, "page.pdf")
	if err := os.WriteFile(page, document, 0o600); err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	command := exec.CommandContext(ctx, p.program, arguments(desk, out, page)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + desk, "TMPDIR=" + desk, "LANG=C.UTF-8"}
	command.Dir, command.WaitDelay = desk, leaving
	together(command)
	if err := command.Run(); err != nil { // what it writes is not logged: it may hold names
		return nil, fmt.Errorf("print with %s: %w: %w", p.program, ErrFailed, errors.Join(err, ctx.Err()))
	}
	if content, err = os.ReadFile(out); err != nil {
		return nil, fmt.Errorf("print with %s: %w: %w", p.program, ErrFailed, err)
	}
	return content, nil
}

// nowhere is the port of the proxy that is not there: discard, which no machine serves any more.
const nowhere = "9"

// arguments keep Chromium to printing one file: no name that resolves, no connection, no service of its own that calls home.
func arguments(desk, out, page string) []string {
	all := []string{"--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-breakpad", "--disable-dev-shm-usage",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:" + nowhere, "--proxy-bypass-list=<-loopback>",
		"--user-data-dir=" + filepath.Join(desk, "profile"), "--no-pdf-header-footer", "--print-to-pdf=" + out}
	if os.Geteuid() == 0 { // Chromium's own sandbox refuses to start for root
		all = append(all, "--no-sandbox")
	}
	return append(all, "file://"+page)
}
