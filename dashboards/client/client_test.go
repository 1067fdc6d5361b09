package client

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Headers count only from a named proxy, and of a list only what such a proxy wrote.
func TestRecognise(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::/64")}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		protocol     string
		tls          bool
		want         Client
	}{
		{"plain", "192.0.2.1:5", nil, "", false, Client{Address: netip.MustParseAddr("192.0.2.1")}},
		{"TLS", "192.0.2.1:5", nil, "", true, Client{Address: netip.MustParseAddr("192.0.2.1"), Secure: true}},
		{"a stranger who claims", "192.0.2.1:5", []string{"127.0.0.1"}, "https", false, Client{Address: netip.MustParseAddr("192.0.2.1")}},
		{"proxy", "10.0.0.7:5", []string{"192.0.2.1"}, "https", false, Client{netip.MustParseAddr("192.0.2.1"), true, true}},
		{"proxy of six", "[fd00::1]:5", []string{"2001:db8::1"}, "https", false, Client{netip.MustParseAddr("2001:db8::1"), true, true}},
		{"proxy to which somebody claims", "10.0.0.7:5", []string{"127.0.0.1, 192.0.2.1"}, "http", false, Client{netip.MustParseAddr("192.0.2.1"), false, true}},
		{"two proxies, two lines", "10.0.0.7:5", []string{"6.6.6.6, 192.0.2.1", "10.0.0.8"}, "https", false, Client{netip.MustParseAddr("192.0.2.1"), true, true}},
		{"nonsense", "10.0.0.7:5", []string{"192.0.2.1, <script>"}, "https", false, Client{netip.MustParseAddr("10.0.0.7"), true, true}},
		{"mapped", "[::ffff:10.0.0.7]:5", []string{"::ffff:192.0.2.1"}, "https", false, Client{netip.MustParseAddr("192.0.2.1"), true, true}},
		{"the machine of the proxy itself", "10.0.0.7:5", nil, "", false, Client{Address: netip.MustParseAddr("10.0.0.7")}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if c.protocol != "" {
			r.Header.Set("X-Forwarded-Proto", c.protocol)
		}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		var got Client
		Recognise(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = From(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestLocal(t *testing.T) {
	here := netip.MustParseAddr("127.0.0.1")
	if !(Client{Address: here}).Local() || (Client{Address: here, Proxied: true}).Local() || (Client{}).Local() {
		t.Error("only whoever connects from this machine itself is local")
	}
}
