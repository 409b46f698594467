package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// folder makes a folder of files by name and content, all of the same age.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(full, time.Time{}, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func handler(t *testing.T, dir string) static {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return static{root}
}

func get(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTypes(t *testing.T) {
	for name, want := range map[string]string{
		"index.html":    "text/html; charset=utf-8",
		"a.js":          "text/javascript; charset=utf-8",
		"a.mjs":         "text/javascript; charset=utf-8",
		"a.css":         "text/css; charset=utf-8",
		"peerset.wasm":  "application/wasm",
		"a.json":        "application/json",
		"a.js.map":      "application/json",
		"a.svg":         "image/svg+xml",
		"sub/A.HTML":    "text/html; charset=utf-8",
		"peerset.d.ts":  "text/plain; charset=utf-8",
		"unknown.weird": "application/octet-stream",
		"noending":      "application/octet-stream",
	} {
		h := handler(t, folder(t, map[string]string{name: "<html>"}))
		r := get(h, "GET", "/"+name)
		if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != want {
			t.Errorf("%s: %s, %q, want %q", name, r.Status, got, want)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %v", name, r.Header)
		}
	}
}

func TestPaths(t *testing.T) {
	dir := folder(t, map[string]string{
		"site/index.html":     "index",
		"site/sub/index.html": "sub index",
		"site/sub/a.txt":      "a",
		"site/empty/sub/b":    "b",
		"secret.txt":          "secret",
	})
	site := filepath.Join(dir, "site")
	for link, target := range map[string]string{
		"inside.txt":  "sub/a.txt",
		"outside.txt": "../secret.txt",
		"up":          "..",
		"absolute":    filepath.Join(dir, "secret.txt"),
		"dangling":    "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(site, link)); err != nil {
			t.Fatal(err)
		}
	}
	h := handler(t, site)
	for path, want := range map[string]string{
		"/":                             "index",
		"":                              "index",
		"/index.html":                   "index",
		"/sub/":                         "sub index",
		"/sub/a.txt":                    "a",
		"/inside.txt":                   "a",
		"/sub":                          "",
		"/empty/":                       "",
		"/empty":                        "",
		"/nothing":                      "",
		"/outside.txt":                  "",
		"/up/secret.txt":                "",
		"/absolute":                     "",
		"/dangling":                     "",
		"/../secret.txt":                "",
		"/sub/../../secret":             "",
		"/sub/../index.html":            "",
		"//index.html":                  "",
		"/./index.html":                 "",
		"/sub/a.txt/":                   "",
		"/sub\\a.txt":                   "",
		"/index.html\x00.txt":           "",
		"/" + strings.Repeat("x", 5000): "",
	} {
		r := get(h, "GET", path)
		got := body(t, r)
		if want == "" && r.StatusCode != http.StatusNotFound || want != "" && (r.StatusCode != 200 || got != want) {
			t.Errorf("%.40q: %s, %q", path, r.Status, got)
		}
		if strings.Contains(got, "secret") {
			t.Errorf("%.40q leads out of the folder", path)
		}
	}
}

func TestMethods(t *testing.T) {
	h := handler(t, folder(t, map[string]string{"index.html": "content"}))
	r := get(h, "HEAD", "/")
	if got := body(t, r); r.StatusCode != 200 || got != "" || r.Header.Get("Content-Length") != "7" {
		t.Errorf("HEAD: %s, %q, %v", r.Status, got, r.Header)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		r := get(h, method, "/")
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s, %v", method, r.Status, r.Header)
		}
	}
}

func TestCompressed(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.wasm": "original", "a.wasm.br": "brotli", "a.wasm.gz": "gz",
		"gz.js": "original", "gz.js.gz": "gz",
		"plain.js": "original",
		"stale.js": "new", "stale.js.br": "old",
		"folder.js": "original", "folder.js.br/x": "",
	})
	if err := os.Chtimes(filepath.Join(dir, "stale.js"), time.Time{}, time.Unix(1e9+60, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "a.wasm"), time.Time{}, time.Unix(1e9+1, 0)); err != nil {
		t.Fatal(err)
	}
	h := handler(t, dir)
	tags := make(map[string]string)
	for _, test := range []struct{ name, accept, coding, content string }{
		{"a.wasm", "gzip, deflate, br, zstd", "br", "brotli"},
		{"a.wasm", "gzip", "gzip", "gz"},
		{"a.wasm", "br;q=0.5, gzip;q=0.8", "gzip", "gz"},
		{"a.wasm", "br;q=0, *", "gzip", "gz"},
		{"a.wasm", "*", "br", "brotli"},
		{"a.wasm", "BR ; Q=1", "br", "brotli"},
		{"a.wasm", "", "", "original"},
		{"a.wasm", "identity", "", "original"},
		{"a.wasm", "br;q=0, gzip;q=0.0", "", "original"},
		{"a.wasm", "br;q=2, gzip;x=1", "", "original"},
		{"gz.js", "br, gzip", "gzip", "gz"},
		{"plain.js", "br, gzip", "", "original"},
		{"stale.js", "br, gzip", "", "new"},
		{"folder.js", "br, gzip", "", "original"},
	} {
		r := get(h, "GET", "/"+test.name, "Accept-Encoding", test.accept)
		got := body(t, r)
		if r.Header.Get("Content-Encoding") != test.coding || got != test.content {
			t.Errorf("%s for %q: %q, %q", test.name, test.accept, r.Header.Get("Content-Encoding"), got)
		}
		if r.Header.Get("Vary") != "Accept-Encoding" || r.ContentLength != int64(len(got)) {
			t.Errorf("%s for %q: %v", test.name, test.accept, r.Header)
		}
		if !strings.HasSuffix(test.name, ".wasm") {
			continue
		}
		if r.Header.Get("Content-Type") != "application/wasm" {
			t.Errorf("%q: %v", test.accept, r.Header)
		}
		tag := r.Header.Get("ETag")
		if other, ok := tags[tag]; tag == "" || ok && other != test.coding {
			t.Errorf("%q: ETag %s is also that of %q", test.accept, tag, other)
		}
		tags[tag] = test.coding
	}
	// Several lines are one list.
	r := get(h, "GET", "/a.wasm", "Accept-Encoding", "deflate", "Accept-Encoding", "gzip")
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", r.Header)
	}
}

func TestRevalidation(t *testing.T) {
	dir := folder(t, map[string]string{"a.js": "first", "a.js.br": "br"})
	h := handler(t, dir)
	for _, accept := range []string{"", "br"} {
		first := get(h, "GET", "/a.js", "Accept-Encoding", accept)
		tag := first.Header.Get("ETag")
		again := get(h, "GET", "/a.js", "Accept-Encoding", accept, "If-None-Match", tag)
		if again.StatusCode != http.StatusNotModified || body(t, again) != "" ||
			again.Header.Get("ETag") != tag || again.Header.Get("Vary") == "" {
			t.Errorf("%q: %s %v", accept, again.Status, again.Header)
		}
		other := get(h, "GET", "/a.js", "Accept-Encoding", map[string]string{"": "br", "br": ""}[accept], "If-None-Match", tag)
		if other.StatusCode != 200 {
			t.Errorf("%q: another coding's tag matches", accept)
		}
	}
	tag := get(h, "GET", "/a.js").Header.Get("ETag")
	if err := os.WriteFile(filepath.Join(dir, "a.js"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := get(h, "GET", "/a.js", "If-None-Match", tag)
	if r.StatusCode != 200 || body(t, r) != "other" {
		t.Errorf("after the change: %s", r.Status)
	}
}
