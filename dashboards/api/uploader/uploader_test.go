package uploader_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pingxin/dashboards/api"
	"pingxin/dashboards/api/uploader"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServerAddress: a token is not sent where it could be read, and an address that is none is refused.
func TestServerAddress(t *testing.T) {
	for _, address := range []string{"https://pingxin.example", "https://pingxin.example/", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "https://pingxin.example/below"} {
		if _, err := uploader.New(address, "t", nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, words := range map[string]string{"http://pingxin.example": "expected https: the token would pass in the open", "pingxin.example": "expected an address such as", "": "expected an address such as",
		"ftp://pingxin.example": "expected an address such as", "https://a:b@pingxin.example": "expected none", "https://pingxin.example?x=1": "expected an address such as"} {
		if _, err := uploader.New(address, "t", nil); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v, want %q", address, err, words)
		}
	}
	if _, err := uploader.New("https://pingxin.example", "", nil); err == nil {
		t.Error("no token is taken")
	}
}

// TestWaits: waits double up to their bound, and chance takes at most half of one.
func TestWaits(t *testing.T) {
	if uploader.WaitFor(1, 0) != uploader.WaitFirst || uploader.WaitFor(3, 0) != 4*uploader.WaitFirst || uploader.WaitFor(100, 0) != uploader.WaitMax || uploader.WaitFor(100, 1) != uploader.WaitMax/2 {
		t.Errorf("waits are %v, %v, %v, %v", uploader.WaitFor(1, 0), uploader.WaitFor(3, 0), uploader.WaitFor(100, 0), uploader.WaitFor(100, 1))
	}
}

// answering serves one answer to everything.
func answering(t *testing.T, status int, headers map[string]string, body string) (*uploader.Client, *int) {
	t.Helper()
	asked := new(int)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*asked++
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(web.Close)
	c, err := uploader.New(web.URL, "secret-token", nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, asked
}

// TestEveryStatusHasASentence: an answer that ends the upload is told in words, with what to do, and without the token.
func TestEveryStatusHasASentence(t *testing.T) {
	path := write(t, "score.csv", "a\n1\n")
	for _, c := range []struct {
		status int
		kind   string
		words  []string
	}{
		{401, "token-needed", []string{"does not accept the token", "pingxin token"}},
		{403, "not-allowed", []string{"may not do this", "mend it"}},
		{403, "kind-not-allowed", []string{"may not do this", "mend it"}},
		{404, "not-found", []string{"nothing there", "mend it"}},
		{409, "too-many-uploads", []string{"The title: the detail", "mend it"}},
		{413, "too-large", []string{"larger than the server accepts", "mend it"}},
		{422, "invalid-request", []string{"query.page: expected a number", "mend it"}},
		{500, "internal", []string{"inside the server", "request R7"}},
		{501, "not-offered", []string{"does not take uploads"}},
	} {
		client, asked := answering(t, c.status, map[string]string{"Content-Type": "application/problem+json"}, fmt.Sprintf(
			`{"type": "%s/problems/%s", "title": "The title", "detail": "the detail", "status": %d, "mend": "mend it", "request": "R7", "errors": [{"where": "query.page", "message": "expected a number"}]}`, api.Prefix, c.kind, c.status))
		_, err := client.Send(t.Context(), uploader.File{Path: path})
		if err == nil || *asked != 1 || !strings.HasPrefix(err.Error(), "score.csv: ") || strings.Contains(err.Error(), "secret") {
			t.Fatalf("%s: got %v after %d requests", c.kind, err, *asked)
		}
		for _, words := range c.words {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: the message does not say %q: %v", c.kind, words, err)
			}
		}
	}
}

// TestOtherServers: what does not answer as a pingxin server is named as such.
func TestOtherServers(t *testing.T) {
	path := write(t, "score.csv", "a\n1\n")
	for _, c := range []struct {
		status  int
		headers map[string]string
		body    string
	}{
		{200, map[string]string{"Content-Type": "text/html"}, "<html>welcome</html>"},
		{404, nil, "not here"}, {302, map[string]string{"Location": "https://elsewhere.example"}, ""}, {403, map[string]string{"Content-Type": "application/problem+json"}, "<html>"},
	} {
		client, asked := answering(t, c.status, c.headers, c.body)
		_, err := client.Send(t.Context(), uploader.File{Path: path})
		if err == nil || *asked != 1 || !strings.Contains(err.Error(), "expected one of a pingxin server: check --server") {
			t.Errorf("%d: got %v after %d requests", c.status, err, *asked)
		}
	}
}

// TestGivingUp: a server that stays away is asked so often, with growing waits, and as late as it says.
func TestGivingUp(t *testing.T) {
	path := write(t, "score.csv", "a\n1\n")
	client, asked := answering(t, http.StatusServiceUnavailable, map[string]string{"Retry-After": "7"}, "")
	var waits []time.Duration
	client.Pause = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	_, err := client.Send(t.Context(), uploader.File{Path: path})
	if err == nil || !strings.Contains(err.Error(), "run the same command again to go on") || *asked != uploader.TriesMax || len(waits) != uploader.TriesMax-1 || waits[0] != 7*time.Second {
		t.Errorf("got %v after %d requests and the waits %v", err, *asked, waits)
	}
}

// TestCertificate: a certificate that cannot be trusted ends it at once.
func TestCertificate(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	web.Config.ErrorLog = nil
	c, err := uploader.New(web.URL, "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	c.Pause = func(context.Context, time.Duration) error { tried++; return nil }
	if _, err := c.Send(t.Context(), uploader.File{Path: write(t, "score.csv", "a\n")}); err == nil || tried > 0 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v after %d waits", err, tried)
	}
}

// TestFiles: what is no file is said before the server is asked.
func TestFiles(t *testing.T) {
	client, asked := answering(t, 500, nil, "")
	for path, words := range map[string]string{"/nowhere/score.csv": "no such file", write(t, "empty.csv", ""): "the file is empty", t.TempDir(): "directory"} {
		if _, err := client.Send(t.Context(), uploader.File{Path: path}); err == nil || !strings.Contains(err.Error(), words) || errors.As(err, new(*uploader.StatusError)) {
			t.Errorf("%s: got %v, want %q", path, err, words)
		}
	}
	if *asked > 0 {
		t.Errorf("the server was asked %d times", *asked)
	}
}
