package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often a changed certificate is looked for, at most: a renewed one is in use soon, and a
// handshake costs no look at the disk.
const certificateCheck = 10 * time.Second

// certificate is a certificate from files, which is read again when they change; one that cannot be read leaves the one
// before in use. It is safe for concurrent use.
type certificate struct {
	cert, key string
	now       func() time.Time
	logger    *slog.Logger // nil: slog.Default()

	mu      sync.Mutex
	pair    *tls.Certificate
	version [2]time.Time // of the files that the pair was read from
	checked time.Time
}

func loadCertificate(cert, key string, now func() time.Time) (*certificate, error) {
	c := &certificate{cert: cert, key: key, now: now, checked: now()}
	return c, c.load()
}

// load reads the files if they are other than those in use.
func (c *certificate) load() error {
	var version [2]time.Time
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		version[i] = info.ModTime()
	}
	if version == c.version {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.cert, c.key, err)
	}
	c.pair, c.version = &pair, version
	return nil
}

// current is the certificate for a new connection.
func (c *certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		if err := c.load(); err != nil {
			c.log().Warn("the changed certificate is not in use; the one before is", "error", err)
		}
	}
	return c.pair, nil
}

func (c *certificate) log() *slog.Logger {
	if c.logger == nil {
		return slog.Default()
	}
	return c.logger
}

// config is how the server speaks TLS.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: modern, GetCertificate: c.current}
}
