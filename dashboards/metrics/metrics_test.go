package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pingxin/pipelines/store"
)

// Requests are counted by route and status, never by address; the store is weighed when it is asked.
func TestMeter(t *testing.T) {
	st, err := store.Open(t.Context(), t.TempDir(), store.Options{Threads: 2, MemoryLimit: "512MB"})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Audit(t.Context(), store.AuditEntry{Action: "tested"}); err != nil {
		t.Fatal(err)
	}
	m := New(st)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /suppliers/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	handler := m.Requests(mux)
	for _, path := range []string{"/suppliers/S01", "/suppliers/S02", "/nowhere"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	said := func() (int, string) {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Code, w.Body.String()
	}
	_, text := said()
	for _, want := range []string{`pingxin_requests_total{route="GET /suppliers/{id}",status="418"} 2`, `pingxin_requests_total{route="",status="404"} 1`,
		`pingxin_request_seconds_count{route="GET /suppliers/{id}"} 2`, "pingxin_audit_entries_total 1", "pingxin_batches_total 0", "pingxin_published_timestamp_seconds 0", "pingxin_disk_free_bytes "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("nothing says %s", want)
		}
	}
	if strings.Contains(text, "S01") || strings.Contains(text, "pingxin_database_bytes 0") {
		t.Error("an address is in the measures, or a database weighs nothing")
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
