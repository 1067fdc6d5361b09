// Package uploader brings a file to a server through its HTTP interface so that it arrives exactly once: it goes on after
// a broken connection, finds the upload of a program that was killed, and asks again where an answer was lost. It decides
// when to try again and when to give up; what the file may hold is decided by the server.
package uploader

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pingxin/dashboards/api"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/intake/desk"
)

// chunk is how many bytes are sent in one request: what a broken connection costs at most, and few enough requests for a
// file of a gigabyte.
const chunk = 8 << 20

// Client sends files to one server. Make it with New.
type Client struct {
	// Progress, when set, hears how many bytes of a file the server has.
	Progress func(done, total int64)
	// Waiting, when set, hears why and how long the client waits before it tries again.
	Waiting func(reason error, wait time.Duration)

	server *url.URL
	token  string
	http   *http.Client
	pause  func(ctx context.Context, d time.Duration) error
}

// File says what is sent, and what its sender says of it.
type File struct {
	Path    string
	Kind    string            // empty: the server guesses
	Mapping map[string]string // header of the file to name of a column
	Partial bool              // accept the good rows and leave the others out
	Reason  string            // why earlier rows are replaced
}

// New returns a client for the server at an address such as https://pingxin.example. It refuses to send a token where
// somebody on the way could read it. transport may be nil for the usual one, which verifies the server's certificate.
func New(server, token string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(server, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("server: found %q, expected an address such as https://pingxin.example", server)
	}
	if u.User != nil {
		return nil, errors.New("server: found a name or password in the address, expected none: the token says who you are")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("server: found %q, expected https: the token would pass in the open", server)
	}
	if token == "" {
		return nil, errors.New("no token was given: `pingxin token` makes one")
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{server: u, token: token, http: &http.Client{Transport: transport, CheckRedirect: stay}, pause: pause}, nil
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// Send brings a file to the server, has it checked and commits it. A file with faults is an *intake.FaultsError, and
// nothing of it is stored. The same bytes again give the receipt that they have.
func (c *Client) Send(ctx context.Context, f File) (intake.Result, error) {
	file, size, hash, err := open(f.Path)
	if err != nil {
		return intake.Result{}, err
	}
	defer file.Close()
	u, err := c.find(ctx, f, size, hash)
	if err != nil {
		return intake.Result{}, err
	}
	if u.State != desk.Committed {
		if err := c.sendBytes(ctx, file, u); err != nil {
			return intake.Result{}, named(f.Path, err)
		}
		if err := c.check(ctx, f, u.ID); err != nil {
			return intake.Result{}, named(f.Path, err)
		}
	}
	result, err := c.commit(ctx, f, u.ID)
	return result, named(f.Path, err)
}

// named says of which file an error is, and gives faults their own form.
func named(path string, err error) error {
	var status *StatusError
	if errors.As(err, &status) && status.is("file-refused") {
		p := status.Problem
		return &intake.FaultsError{File: filepath.Base(path), Total: p.Total, Causes: p.Causes, Faults: p.Faults}
	}
	var faults *intake.FaultsError
	if err == nil || errors.As(err, &faults) {
		return err
	}
	return fmt.Errorf("%s: %w", filepath.Base(path), err)
}

// open opens a file and reads it once for its size and SHA-256.
func open(path string) (file *os.File, size int64, hash string, err error) {
	file, err = os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, "", fmt.Errorf("%s: no such file: check the path", path)
	}
	if err != nil {
		return nil, 0, "", err
	}
	sum := sha256.New()
	if size, err = io.Copy(sum, file); err == nil && size == 0 {
		err = fmt.Errorf("%s: the file is empty: expected a header line and rows", path)
	}
	if err != nil {
		return nil, 0, "", errors.Join(err, file.Close())
	}
	return file, size, hex.EncodeToString(sum.Sum(nil)), nil
}

// find returns the upload of the same bytes that this account has on the server from before, or announces a new one.
func (c *Client) find(ctx context.Context, f File, size int64, hash string) (u desk.Upload, err error) {
	var under []desk.Upload
	if err := c.call(ctx, http.MethodGet, "/uploads", nil, &under); err != nil {
		return u, named(f.Path, err)
	}
	for _, u := range under {
		if u.SHA256 == hash && u.Size == size && (f.Kind == "" || u.State != desk.Committed || u.Kind == f.Kind) {
			return u, nil
		}
	}
	err = c.call(ctx, http.MethodPost, "/uploads", map[string]any{"name": filepath.Base(f.Path), "size": size, "sha256": hash}, &u)
	return u, named(f.Path, err)
}

// sendBytes sends what the server does not have, one chunk after another.
func (c *Client) sendBytes(ctx context.Context, file io.ReaderAt, u desk.Upload) error {
	received := u.Received
	c.progress(received, u.Size)
	var t tries
	for received < u.Size {
		at, err := c.patch(ctx, file, u, received)
		if err == nil && at > received {
			t = tries{}
		} else if err = c.again(ctx, &t, err); err != nil {
			return err
		} else if at, err = c.received(ctx, u.ID); err != nil {
			return err
		}
		received = at
		c.progress(received, u.Size)
	}
	return nil
}

func (c *Client) progress(done, total int64) {
	if c.Progress != nil {
		c.Progress(done, total)
	}
}

// errNoProgress is the reason to try again where the server answered and has no more bytes than before.
var errNoProgress = errors.New("the server kept none of the bytes")

// patch sends one chunk and returns how many bytes the server has then.
func (c *Client) patch(ctx context.Context, file io.ReaderAt, u desk.Upload, offset int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, chunkTimeout)
	defer cancel()
	n := min(chunk, u.Size-offset)
	r, err := c.request(ctx, http.MethodPatch, "/uploads/"+url.PathEscape(u.ID), io.NewSectionReader(file, offset, n))
	if err != nil {
		return offset, err
	}
	r.ContentLength = n
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Upload-Offset", fmt.Sprint(offset))
	header, err := c.do(r, nil)
	var status *StatusError
	if errors.As(err, &status) && status.is("offset-conflict") && status.Problem.Received != nil {
		return *status.Problem.Received, nil
	}
	if err != nil {
		return offset, err
	}
	return offsetOf(header)
}

// received asks how many bytes the server has.
func (c *Client) received(ctx context.Context, id string) (int64, error) {
	var u desk.Upload
	err := c.call(ctx, http.MethodGet, "/uploads/"+url.PathEscape(id), nil, &u)
	return u.Received, err
}

// check has the server check the file and says what is wrong with it.
func (c *Client) check(ctx context.Context, f File, id string) error {
	var p intake.Preview
	choice := map[string]any{}
	if f.Kind != "" {
		choice["kind"] = f.Kind
	}
	if len(f.Mapping) > 0 {
		choice["mapping"] = f.Mapping
	}
	if err := c.call(ctx, http.MethodPost, "/uploads/"+url.PathEscape(id)+"/check", choice, &p); err != nil {
		return err
	}
	if p.Repeated == nil && p.Total > 0 && (!f.Partial || p.WholeFile) {
		return &intake.FaultsError{File: filepath.Base(f.Path), Total: p.Total, Causes: p.Causes, Faults: p.Faults}
	}
	return nil
}

func (c *Client) commit(ctx context.Context, f File, id string) (r intake.Result, err error) {
	options := map[string]any{"partial": f.Partial}
	if f.Reason != "" {
		options["reason"] = f.Reason
	}
	err = c.call(ctx, http.MethodPost, "/uploads/"+url.PathEscape(id)+"/commit", options, &r)
	return r, err
}

// is says whether the server's problem is of a kind.
func (e *StatusError) is(kind string) bool { return e.Problem.Type == api.Prefix+"/problems/"+kind }
