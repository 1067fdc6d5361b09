package dashboards

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pingxin/dashboards/api"
)

// TestInterfaceIsMounted: the interface for programs answers under its prefix, zipped, with the server's headers, and
// tells its errors in its own way.
func TestInterfaceIsMounted(t *testing.T) {
	_, web := newServer(t, emptyStore(t), io.Discard)
	request, err := http.NewRequest(http.MethodGet, web.URL+"/api/v1/kinds", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	z, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatalf("the answer is not zipped: %v", err)
	}
	var kinds []any
	if err := json.NewDecoder(z).Decode(&kinds); err != nil || len(kinds) < 5 || response.Header.Get("Content-Security-Policy") == "" || response.Header.Get("X-Request-Id") == "" {
		t.Errorf("%d kinds, %v, %s", len(kinds), err, response.Header)
	}
	for _, method := range append([]string{http.MethodHead}, api.Methods...) {
		request, err := http.NewRequest(method, web.URL+"/api/v1/nowhere", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusNotFound || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", method, response.StatusCode, response.Header.Get("Content-Type"))
		}
		_ = response.Body.Close()
	}
}

// TestInterfaceRefusesInItsWay: what the server refuses before an operation is reached is told to a program as a problem.
func TestInterfaceRefusesInItsWay(t *testing.T) {
	s, _ := newServer(t, emptyStore(t), io.Discard)
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"foreign host": {func(r *http.Request) { r.Host = "elsewhere.example" }, http.StatusMisdirectedRequest},
		"other site":   {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"large body":   {func(r *http.Request) { r.ContentLength = api.MaxBody + 1 }, http.StatusRequestEntityTooLarge},
	} {
		request := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/uploads", strings.NewReader("{}"))
		request.RemoteAddr = "127.0.0.1:1"
		c.change(request)
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)
		var p api.Problem
		err := json.NewDecoder(answer.Body).Decode(&p)
		if err != nil || answer.Code != c.status || p.Status != c.status || p.Type != "about:blank" || p.Title == "" || p.Request == "" || answer.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %+v, %v", name, answer.Code, answer.Header().Get("Content-Type"), p, err)
		}
	}
}
