package uploader

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pingxin/dashboards/api"
)

// When to try again, each number with its reason.
const (
	// triesMax is how often in a row something may fail: with the waits below, some four minutes, in which a server is
	// started again or a line comes back.
	triesMax = 12
	// waitFirst and waitMax bound the wait before another try, which doubles: short for a lost packet, long for a server
	// that is down.
	waitFirst = 500 * time.Millisecond
	waitMax   = 30 * time.Second
	// jitter is the part of a wait that is left to chance, so that many clients do not come back at once.
	jitter = 0.5
	// chunkTimeout is how long one chunk may take: 8 MiB over the slowest line that is still a line.
	chunkTimeout = 10 * time.Minute
	// callTimeout is how long an answer may take: a million rows are checked and stored in seconds, a busy server takes
	// minutes.
	callTimeout = 15 * time.Minute
	// answerMax bounds an answer that is read: a thousand faults, each with its sentences.
	answerMax = 16 << 20
)

// StatusError is an answer that says why not.
type StatusError struct {
	Status  int
	Problem api.Problem // zero where the answer is not of a pingxin server
	After   time.Duration
	From    string // address that was asked
}

// sentences say of a status what the server's own words do not, for whoever reads them at a command line.
var sentences = map[int]string{
	http.StatusUnauthorized:          "the server does not accept the token: it is unknown, expired or revoked; make another with `pingxin token create` or on the page of your account",
	http.StatusForbidden:             "the token's account, or the token, may not do this",
	http.StatusNotFound:              "the server has nothing there",
	http.StatusRequestEntityTooLarge: "the file is larger than the server accepts",
	http.StatusTooManyRequests:       "the server is asked too often",
	http.StatusServiceUnavailable:    "the server is busy or starting",
	http.StatusNotImplemented:        "the server does not take uploads",
	http.StatusInternalServerError:   "something went wrong inside the server",
}

func (e *StatusError) Error() string {
	if e.Problem.Type == "" {
		return fmt.Sprintf("found the answer %d %s from %s, expected one of a pingxin server: check --server", e.Status, http.StatusText(e.Status), e.From)
	}
	sentence, known := sentences[e.Status]
	if !known || e.Problem.Type == "about:blank" {
		sentence = e.Problem.Title
	}
	var b strings.Builder
	b.WriteString(sentence)
	if e.Problem.Detail != "" {
		b.WriteString(": " + e.Problem.Detail)
	}
	for _, v := range e.Problem.Errors {
		fmt.Fprintf(&b, "; %s: %s", v.Where, v.Message)
	}
	if e.Status != http.StatusUnauthorized && e.Problem.Mend != "" {
		b.WriteString("; " + e.Problem.Mend)
	}
	if e.Status == http.StatusInternalServerError {
		b.WriteString(" (request " + e.Problem.Request + ")")
	}
	return b.String()
}

// transient says whether the same request may succeed later.
func (e *StatusError) transient() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.is("upload-busy")
}

// tries counts failures in a row.
type tries struct{ failed int }

// again waits before another try, or returns why there is none: the error is final, or it was tried often enough. A nil
// error is no progress.
func (c *Client) again(ctx context.Context, t *tries, err error) error {
	if err == nil {
		err = errNoProgress
	}
	var status *StatusError
	isStatus := errors.As(err, &status)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isStatus && !status.transient(), isFinal(err):
		return err
	}
	t.failed++
	if t.failed >= triesMax {
		return fmt.Errorf("given up after %d tries; what the server has is kept, run the same command again to go on: %w", t.failed, err)
	}
	wait := waitFor(t.failed, rand.Float64())
	if isStatus {
		wait = max(wait, status.After)
	}
	if c.Waiting != nil {
		c.Waiting(err, wait)
	}
	return c.Pause(ctx, wait)
}

// waitFor is the wait after so many failures; chance is from 0 to 1.
func waitFor(failed int, chance float64) time.Duration {
	wait := waitMax
	if doubled := waitFirst << (failed - 1); doubled < waitMax && doubled > 0 {
		wait = doubled
	}
	return time.Duration(float64(wait) * (1 - jitter*chance))
}

// isFinal says of an error below HTTP that no try will mend it: a certificate that cannot be trusted, or a server that
// does not speak TLS.
func isFinal(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &authority)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call asks with a body of JSON, nil for none, and reads the answer into out, trying again as long as that may help:
// every request that it is used for gives the same answer when it is repeated.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var t tries
	for {
		err := c.once(ctx, method, path, in, out)
		if err == nil {
			return nil
		}
		if err := c.again(ctx, &t, err); err != nil {
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	_, err = c.do(r, out)
	return err
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.server.String()+api.Prefix+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("User-Agent", "pingxin-upload")
	return r, nil
}

// do sends a request once and reads the answer into out, which may be nil.
func (c *Client) do(r *http.Request, out any) (http.Header, error) {
	response, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if response.StatusCode >= 300 {
		return nil, statusError(response, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			return nil, &StatusError{Status: response.StatusCode, From: r.URL.Host}
		}
	}
	return response.Header, nil
}

func statusError(response *http.Response, text []byte) error {
	e := &StatusError{Status: response.StatusCode, From: response.Request.URL.Host}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		if err := json.Unmarshal(text, &e.Problem); err != nil {
			e.Problem = api.Problem{}
		}
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.After = time.Duration(seconds) * time.Second
	}
	return e
}

// offsetOf reads how many bytes the server has.
func offsetOf(h http.Header) (int64, error) {
	n, err := strconv.ParseInt(h.Get("Upload-Offset"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("found Upload-Offset %q in the server's answer, expected a number", h.Get("Upload-Offset"))
	}
	return n, nil
}
