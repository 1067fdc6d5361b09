package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify writes a certificate of its own for 127.0.0.1 with the serial number, and its key.
func certify(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = file(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})))
	return cert, file(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// TestFrontRefuses: what would leave readers unprotected is refused with what to do instead.
func TestFrontRefuses(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify(t, dir, 1)
	for _, c := range []struct {
		name string
		o    frontOptions
		want []string
	}{
		{"open to all", frontOptions{addr: "0.0.0.0:80"}, []string{"--addr: found", "--tls-cert", "--behind-proxy"}},
		{"half a pair", frontOptions{addr: defaultAddr, cert: cert}, []string{"one without the other"}},
		{"no name", frontOptions{addr: "0.0.0.0:443", cert: cert, key: key}, []string{"--host: found none"}},
		{"proxy without name", frontOptions{addr: defaultAddr, proxies: []string{"10.0.0.7/32"}}, []string{"--host: found none"}},
		{"trust in everybody", frontOptions{addr: defaultAddr, hosts: []string{"a.example"}, proxies: []string{"0.0.0.0/0"}}, []string{"which is everybody"}},
		{"no network", frontOptions{addr: defaultAddr, hosts: []string{"a.example"}, proxies: []string{"10.0.0.7"}}, []string{"--behind-proxy: found \"10.0.0.7\""}},
		{"address for a name", frontOptions{addr: defaultAddr, hosts: []string{"https://a.example"}}, []string{"--host: found"}},
		{"name with port", frontOptions{addr: defaultAddr, hosts: []string{"a.example:443"}}, []string{"--host: found"}},
		{"no file", frontOptions{addr: defaultAddr, cert: filepath.Join(dir, "none"), key: key}, []string{"certificate: ", "no such file"}},
		{"key for certificate", frontOptions{addr: defaultAddr, cert: key, key: cert}, []string{"certificate "}},
	} {
		_, err := c.o.check()
		if err == nil {
			t.Errorf("%s: nothing is refused", c.name)
			continue
		}
		wants(t, err.Error(), c.want...)
	}
	f, err := frontOptions{addr: "[::]:443", cert: cert, key: key, hosts: []string{"Pingxin.Example", "2001:db8::1"}, proxies: []string{"10.0.0.7/24"}}.check()
	if err != nil || f.hosts[0] != "pingxin.example" || f.proxies[0].String() != "10.0.0.0/24" {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestTLS: the server speaks TLS from 1.2 on, and uses a renewed certificate without a new start; one that cannot be read
// leaves the one before in use.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify(t, dir, 1)
	f, err := frontOptions{addr: "127.0.0.1:0", cert: cert, key: key}.check()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	f.certificate.now = func() time.Time { return now }
	listener, err := f.listen()
	if err != nil {
		t.Fatal(err)
	}
	server := f.server(http.NotFoundHandler(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ended := make(chan error, 1)
	go func() { ended <- f.serve(server, listener) }()
	serial := func(most uint16) (int64, error) {
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: most})
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
	}
	expect := func(what string, want int64) {
		t.Helper()
		if got, err := serial(0); err != nil || got != want {
			t.Errorf("%s: certificate %d, error %v; want %d", what, got, err, want)
		}
	}
	expect("at first", 1)
	if _, err := serial(tls.VersionTLS11); err == nil {
		t.Error("the server speaks TLS 1.1")
	}
	if got, err := serial(tls.VersionTLS12); err != nil || got != 1 {
		t.Errorf("TLS 1.2: %v", err)
	}
	certify(t, dir, 2)
	later := time.Now().Add(time.Minute)
	for _, path := range []string{cert, key} {
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
	}
	expect("before the files are looked at again", 1)
	now = now.Add(certificateCheck)
	expect("renewed", 2)
	file(t, dir, "cert.pem", "nonsense")
	now = now.Add(certificateCheck)
	expect("with a file that cannot be read", 2)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != http.ErrServerClosed {
		t.Errorf("serve ended with %v", err)
	}
	if !strings.HasPrefix(f.url(listener), "https://127.0.0.1:") {
		t.Errorf("address %s", f.url(listener))
	}
}
