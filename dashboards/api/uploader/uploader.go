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
	"slices"
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
	// Pause waits before another try; New sets it to wait by the clock.
	Pause func(ctx context.Context, d time.Duration) error

	server *url.URL
	token  string
	http   *http.Client
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
		return nil, errors.New("no token was given: `pingxin token create` makes one")
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{server: u, token: token, http: &http.Client{Transport: transport, CheckRedirect: stay}, Pause: pause}, nil
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// Send brings a file to the server, has it checked and commits it; a zip is one result for each of its files, in an order
// in which they can be taken. A file with faults is an *intake.FaultsError, and nothing of it is stored. The same bytes
// again give the receipt that they have.
func (c *Client) Send(ctx context.Context, f File) ([]intake.Result, error) {
	u, err := c.bytes(ctx, f)
	if err != nil {
		return nil, named(filepath.Base(f.Path), err)
	}
	members, err := c.members(ctx, u)
	if err != nil {
		return nil, named(u.Name, err)
	}
	var results []intake.Result
	for _, member := range members {
		result, err := c.accept(ctx, f, member)
		if err != nil {
			return results, named(member.Name, err)
		}
		results = append(results, result)
	}
	return results, nil
}

// bytes brings all bytes of a file to the server.
func (c *Client) bytes(ctx context.Context, f File) (u desk.Upload, err error) {
	file, size, hash, err := open(f.Path)
	if err != nil {
		return u, err
	}
	defer file.Close()
	if u, err = c.find(ctx, f, size, hash); err != nil || u.State != desk.Receiving {
		return u, err
	}
	if err := c.send(ctx, file, u); err != nil {
		return u, err
	}
	return c.state(ctx, u.ID)
}

// members are the files of a zip in the order of their kinds, each of which refers only to those before it; another file is
// its own only member.
func (c *Client) members(ctx context.Context, u desk.Upload) ([]desk.Upload, error) {
	if len(u.Members) == 0 {
		return []desk.Upload{u}, nil
	}
	var all []desk.Upload
	for _, id := range u.Members {
		member, err := c.state(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, member)
	}
	order := func(u desk.Upload) int {
		return slices.IndexFunc(intake.Kinds(), func(k intake.Kind) bool { return k.Name == u.Kind })
	}
	slices.SortStableFunc(all, func(x, y desk.Upload) int { return order(x) - order(y) })
	return all, nil
}

// accept has the server check a file and commits it.
func (c *Client) accept(ctx context.Context, f File, u desk.Upload) (intake.Result, error) {
	if u.State != desk.Committed {
		if err := c.check(ctx, f, u.ID); err != nil {
			return intake.Result{}, err
		}
	}
	return c.commit(ctx, f, u.ID)
}

// named says of which file an error is, and gives faults their own form.
func named(file string, err error) error {
	var status *StatusError
	var faults *intake.FaultsError
	switch {
	case errors.As(err, &faults):
		faults.File = file
		return faults
	case errors.As(err, &status) && status.is("file-refused"):
		p := status.Problem
		return &intake.FaultsError{File: file, Total: p.Total, Causes: p.Causes, Faults: p.Faults}
	}
	return fmt.Errorf("%s: %w", file, err)
}

// open opens a file and reads it once for its size and SHA-256.
func open(path string) (file *os.File, size int64, hash string, err error) {
	file, err = os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, "", errors.New("no such file: check the path")
	}
	if err != nil {
		return nil, 0, "", err
	}
	sum := sha256.New()
	if size, err = io.Copy(sum, file); err == nil && size == 0 {
		err = errors.New("the file is empty: expected a header line and rows")
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
		return u, err
	}
	for _, u := range under {
		if u.SHA256 == hash && u.Size == size && (f.Kind == "" || u.State != desk.Committed || u.Kind == f.Kind) {
			return u, nil
		}
	}
	err = c.call(ctx, http.MethodPost, "/uploads", map[string]any{"name": filepath.Base(f.Path), "size": size, "sha256": hash}, &u)
	return u, err
}

// send sends what the server does not have, one chunk after another.
func (c *Client) send(ctx context.Context, file io.ReaderAt, u desk.Upload) error {
	received := u.Received
	c.progress(received, u.Size)
	var t tries
	for received < u.Size {
		at, err := c.patch(ctx, file, u, received)
		if err != nil || at <= received {
			if err := c.again(ctx, &t, err); err != nil {
				return err
			}
			now, err := c.state(ctx, u.ID)
			if err != nil {
				return err
			}
			at = now.Received
		}
		if at > received { // some of it arrived, however it ended
			t = tries{}
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

// state asks for an upload.
func (c *Client) state(ctx context.Context, id string) (u desk.Upload, err error) {
	err = c.call(ctx, http.MethodGet, "/uploads/"+url.PathEscape(id), nil, &u)
	return u, err
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
		return &intake.FaultsError{Total: p.Total, Causes: p.Causes, Faults: p.Faults}
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
