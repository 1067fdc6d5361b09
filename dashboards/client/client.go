// Package client decides where a request comes from: which address, whether under TLS. What a proxy says of that counts
// only when the connection comes from a proxy that was named. What follows from it is left to others.
package client

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client is the other end of a request.
type Client struct {
	Address netip.Addr // invalid where the connection has none
	Secure  bool       // it speaks TLS, with this server or with the proxy before it
	Proxied bool       // through a named proxy
}

// Local says whether the client is on this machine.
func (c Client) Local() bool { return c.Address.IsLoopback() && !c.Proxied }

type clientKey struct{}

// From is the client of the request that the context belongs to; the zero Client outside of one.
func From(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

// Recognise puts the client into the context of each request. proxies are the networks of which X-Forwarded-For and
// X-Forwarded-Proto are believed; none: of nobody.
func Recognise(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, of(r, proxies))))
	})
}

// of finds out who is at the other end.
func of(r *http.Request, proxies []netip.Prefix) Client {
	c := Client{Address: addressOf(r.RemoteAddr), Secure: r.TLS != nil}
	protocols, addresses := entries(r.Header, "X-Forwarded-Proto"), entries(r.Header, "X-Forwarded-For")
	if !within(proxies, c.Address) || len(protocols)+len(addresses) == 0 {
		return c
	}
	c.Proxied = true
	c.Secure = len(protocols) > 0 && strings.EqualFold(protocols[len(protocols)-1], "https")
	for _, entry := range slices.Backward(addresses) { // the last was written by the proxy nearest to us
		address, err := netip.ParseAddr(entry)
		if err != nil {
			break
		}
		c.Address = address.Unmap()
		if !within(proxies, c.Address) {
			break
		}
	}
	return c
}

// entries are the values of a header that may stand in several lines, in order.
func entries(h http.Header, name string) []string {
	var all []string
	for _, line := range h.Values(name) {
		for entry := range strings.SplitSeq(line, ",") {
			all = append(all, strings.TrimSpace(entry))
		}
	}
	return all
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

func addressOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap()
}
