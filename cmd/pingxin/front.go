package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Limits of a connection, each with its reason.
const (
	// headerTimeout bounds a client that opens a connection and says nothing.
	headerTimeout = 10 * time.Second
	// requestTimeout is for a form on a bad line; a route that takes files moves it on with what comes.
	requestTimeout = 30 * time.Second
	// responseTimeout is for a page on a bad line, after the query that may take twenty seconds.
	responseTimeout = 2 * time.Minute
	// idleTimeout keeps a connection for the next page of the same reader.
	idleTimeout = 2 * time.Minute
	// headerBytes is plenty for the longest address of filters and the cookies of a session.
	headerBytes = 32 << 10
)

// frontOptions are the flags that say where, under which names and how protected the pages are served.
type frontOptions struct {
	addr, cert, key string
	hosts, proxies  []string
}

func (o *frontOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", defaultAddr, "address to serve on; beyond this machine only under TLS or behind a proxy")
	f.StringVar(&o.cert, "tls-cert", "", "file of the certificate with its chain (PEM); read again when it changes")
	f.StringVar(&o.key, "tls-key", "", "file of the certificate's key (PEM)")
	f.StringSliceVar(&o.hosts, "host", nil, "name under which the server is reached, for example pingxin.example.gov.cn; may be repeated")
	f.StringSliceVar(&o.proxies, "behind-proxy", nil, "network of the proxy that does the TLS, for example 10.0.0.7/32; may be repeated")
}

// front is where and how the pages are served.
type front struct {
	addr        string
	hosts       []string // in small letters
	proxies     []netip.Prefix
	certificate *certificate // nil: no TLS here
}

// check refuses what would leave readers unprotected, before anything is opened.
func (o frontOptions) check() (front, error) {
	f := front{addr: o.addr}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return f, fmt.Errorf("--addr: found %q, expected an address such as %s", o.addr, defaultAddr)
	}
	loopback := isLoopback(host)
	if (o.cert == "") != (o.key == "") {
		return f, fmt.Errorf("--tls-cert and --tls-key: found one without the other, expected both or none")
	}
	if !loopback && o.cert == "" && len(o.proxies) == 0 {
		return f, fmt.Errorf("--addr: found %q, which other machines reach, and passwords must not pass in the open: add --tls-cert and --tls-key, or --behind-proxy with the network of the proxy that does the TLS, or use %s or another loopback address", o.addr, defaultAddr)
	}
	if (!loopback || len(o.proxies) > 0) && len(o.hosts) == 0 {
		return f, fmt.Errorf("--host: found none, expected the name under which readers reach this server, for example pingxin.example.gov.cn")
	}
	if f.hosts, err = hostNames(o.hosts); err != nil {
		return f, err
	}
	if f.proxies, err = networks(o.proxies); err != nil {
		return f, err
	}
	if o.cert != "" {
		f.certificate, err = loadCertificate(o.cert, o.key, time.Now)
	}
	return f, err
}

// hostPattern is a name or an address without port.
var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$`)

func hostNames(texts []string) ([]string, error) {
	var names []string
	for _, text := range texts {
		name := strings.ToLower(text)
		if _, err := netip.ParseAddr(name); !hostPattern.MatchString(name) || err != nil && strings.Contains(name, ":") {
			return nil, fmt.Errorf("--host: found %q, expected a name without scheme and port, for example pingxin.example.gov.cn", text)
		}
		names = append(names, name)
	}
	return names, nil
}

func networks(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--behind-proxy: found %q, expected a network such as 10.0.0.7/32", text)
		}
		if network.Bits() == 0 {
			return nil, fmt.Errorf("--behind-proxy: found %q, which is everybody, expected only the proxy's own network, such as 10.0.0.7/32", text)
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

// listen opens the listener.
func (f front) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another --addr", f.addr, err)
	}
	return listener, nil
}

// listenForMetrics opens the listener of the measures, nil for none. They are for this machine only: nobody signs in there.
func listenForMetrics(addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	if host, _, err := net.SplitHostPort(addr); err != nil || !isLoopback(host) {
		return nil, fmt.Errorf("--metrics: found %q, expected a loopback address such as 127.0.0.1:9090", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another --metrics", addr, err)
	}
	return listener, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// server is the web server with its limits.
func (f front) server(handler http.Handler, logger *slog.Logger) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: responseTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn)}
	if f.certificate != nil { // which only counts where TLS is served
		f.certificate.logger = logger
		server.TLSConfig = f.certificate.config()
	}
	return server
}

// serve serves until the server is shut down.
func (f front) serve(server *http.Server, listener net.Listener) error {
	if f.certificate != nil {
		return server.ServeTLS(listener, "", "") // the configuration has the certificate
	}
	return server.Serve(listener)
}

// url is where the pages are found, in words.
func (f front) url(listener net.Listener) string {
	address := listener.Addr().String()
	switch local, _ := listener.Addr().(*net.TCPAddr); {
	case len(f.proxies) > 0:
		return "https://" + f.hosts[0] + " (through its proxy, from " + address + ")"
	case f.certificate == nil:
		return "http://" + address + " (this machine only)"
	case local != nil && local.IP.IsLoopback():
		return "https://" + address + " (this machine only)"
	default:
		return "https://" + f.hosts[0] + " (on " + address + ")"
	}
}

// modern are the suites of TLS 1.2 that keep a recorded connection secret when the key is lost later; those of 1.3 all do.
var modern = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}
