package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed static templates
var embedded embed.FS

// assets are the files under static/, by name, with a common hash of their content that makes their address change
// with them.
type assets struct {
	hash   string
	files  map[string]asset
	tokens map[string]string // of the style sheet in the light theme, by their names without "--"
}

type asset struct {
	kind          string
	plain, zipped []byte
}

func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		sum.Write(content)
		zipped, err := zip(content)
		a.files[strings.TrimPrefix(name, "static/")] = asset{kind: kindOf(name), plain: content, zipped: zipped}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	if a.tokens = tokensOf(string(a.files["app.css"].plain)); len(a.tokens) == 0 {
		return nil, errors.New("static files: app.css begins with no tokens")
	}
	return a, nil
}

// styleToken is a token of the style sheet with its value.
var styleToken = regexp.MustCompile(`--([a-z0-9-]+):\s*([^;]+);`)

// tokensOf reads the tokens of the style sheet's first block, the light theme, with single quotes: they come to stand in
// attributes.
func tokensOf(sheet string) map[string]string {
	first, _, _ := strings.Cut(sheet, "}")
	tokens := map[string]string{}
	for _, m := range styleToken.FindAllStringSubmatch(first, -1) {
		tokens[m[1]] = strings.ReplaceAll(m[2], `"`, `'`)
	}
	return tokens
}

func kindOf(name string) string {
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "text/plain; charset=utf-8"
}

func zip(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// address is where a static file is served.
func (a *assets) address(name string) string { return "/static/" + a.hash + "/" + name }

// static serves an embedded file. A file of another build is not found, so that no page mixes builds.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	file, found := s.assets.files[r.PathValue("file")]
	if !found || r.PathValue("hash") != s.assets.hash {
		s.fail(w, r, errNoPage)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	body := file.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = file.zipped
	}
	_, _ = w.Write(body)
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// compress zips pages and text files on their way out; static files come zipped already.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acceptsGzip(r) || strings.HasPrefix(r.URL.Path, "/static/") {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipWriter{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

// zippers are used again, for one is a megabyte. A page is zipped for one reader, so that a seventh more to send is cheaper than the
// twice as long that the usual level takes.
var zippers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // a mistake in the program: there is no such level
	}
	return w
}}

// zipWriter zips a body of text; others pass as they are.
type zipWriter struct {
	http.ResponseWriter
	zip     *gzip.Writer
	started bool
}

// Unwrap lets a route move the deadlines of its connection.
func (z *zipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

// unzipped are the statuses of an answer without a body, and of a part of one, whose bytes are counted as they are.
var unzipped = []int{http.StatusNoContent, http.StatusNotModified, http.StatusPartialContent}

// isText says whether a body of the content type gets smaller.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.HasPrefix(kind, "text/") || kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "application/yaml"
}

func (z *zipWriter) WriteHeader(status int) {
	if !z.started {
		z.started = true
		h := z.Header()
		h.Add("Vary", "Accept-Encoding")
		if isText(h.Get("Content-Type")) && !slices.Contains(unzipped, status) {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			z.zip = zippers.Get().(*gzip.Writer)
			z.zip.Reset(z.ResponseWriter)
		}
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipWriter) Write(p []byte) (int, error) {
	if !z.started {
		z.WriteHeader(http.StatusOK)
	}
	if z.zip == nil {
		return z.ResponseWriter.Write(p)
	}
	return z.zip.Write(p)
}

func (z *zipWriter) close() {
	if z.zip != nil {
		_ = z.zip.Close() // the reader has gone: nobody is left to tell
		zippers.Put(z.zip)
	}
}

// StaticFiles are static files by name, for who makes pages that are no server's. A name that there is not is a mistake in
// the program.
func StaticFiles(names ...string) map[string][]byte {
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		content, err := embedded.ReadFile("static/" + name)
		if err != nil {
			panic(err)
		}
		files[name] = content
	}
	return files
}
