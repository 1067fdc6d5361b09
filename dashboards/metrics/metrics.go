// Package metrics decides what can be watched of a running server, and hands it out as Prometheus reads it: counts and
// times of requests by route, uploads, runs and the size of the store. It holds no name of a person, contract or file.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pingxin/pipelines/store"
)

// storeTimeout bounds what a look at the store may take: whoever watches comes again.
const storeTimeout = 5 * time.Second

// seconds are the bounds of the times of requests: a page is there within 0.1 s, a large upload takes minutes.
var seconds = []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300}

// Meter measures a server. It is safe for concurrent use.
type Meter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// New returns a meter of a server on the store.
func New(st *store.Store) *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pingxin_requests_total", Help: "Answered requests."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "pingxin_request_seconds", Help: "Time until a request was answered.", Buckets: seconds},
			[]string{"route"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, stored{st}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers what was measured.
func (m *Meter) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Requests measures every request that next, which has to be the ServeMux itself, answers.
func (m *Meter) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, watched := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { // also of a handler that panics
			m.requests.WithLabelValues(r.Pattern, strconv.Itoa(watched.status)).Inc()
			m.seconds.WithLabelValues(r.Pattern).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(watched, r)
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a route move the deadlines of its connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// What is measured of the store.
var (
	batches   = described("batches_total", "Accepted uploads.")
	rows      = described("rows_total", "Accepted rows.")
	runs      = described("runs_total", "Published runs.")
	entries   = described("audit_entries_total", "Entries of the audit log.")
	published = described("published_timestamp_seconds", "When the published run was published; 0: never.")
	database  = described("database_bytes", "Size of the database file.")
	log       = described("database_log_bytes", "Size of the database's log.")
	free      = described("disk_free_bytes", "Free space on the disk of the data directory.")
)

func described(name, text string) *prometheus.Desc {
	return prometheus.NewDesc("pingxin_"+name, text, nil, nil)
}

// stored measures the store when it is asked.
type stored struct{ *store.Store }

// Describe names what Collect gives.
func (s stored) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{batches, rows, runs, entries, published, database, log, free} {
		all <- d
	}
}

// Collect gives the measures of now.
func (s stored) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	m, err := s.Measure(ctx)
	if err != nil {
		all <- prometheus.NewInvalidMetric(database, err)
		return
	}
	at := 0.0
	if !m.PublishedAt.IsZero() {
		at = float64(m.PublishedAt.Unix())
	}
	counter := func(d *prometheus.Desc, n int64) {
		all <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	gauge := func(d *prometheus.Desc, v float64) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	counter(batches, m.Batches)
	counter(rows, m.Rows)
	counter(runs, m.Runs)
	counter(entries, m.Entries)
	gauge(published, at)
	gauge(database, float64(m.DatabaseBytes))
	gauge(log, float64(m.LogBytes))
	gauge(free, float64(m.FreeBytes))
}
