package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// indexName is served for a folder; there are no listings.
const indexName = "index.html"

// staleAfter is how much older than its original a compressed file may be: a
// copied folder's files have their times in any order, a forgotten build is
// older than that.
const staleAfter = 2 * time.Second

// static serves the files of a folder. What leads out of it, be it by a symbolic
// link, os.Root refuses.
type static struct{ root *os.Root }

func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name, ok := fileName(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	info, err := s.stat(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	coding, info := s.choose(name, info, r.Header.Values("Accept-Encoding"))
	file, err := s.root.Open(name + coding.suffix)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()

	header.Set("Content-Type", contentType(name))
	// Kept, but asked for anew each time: a rebuilt page is never stale.
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	header.Set("ETag", etag(info, coding))
	if coding.name != "" {
		header.Set("Content-Encoding", coding.name)
		header.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	}
	// Without a time: the ETag alone decides, for it is finer than seconds.
	http.ServeContent(w, r, name, time.Time{}, file)
}

// fileName turns a URL's path into a name within the folder.
func fileName(urlPath string) (name string, ok bool) {
	if urlPath == "" || strings.HasSuffix(urlPath, "/") {
		urlPath += indexName
	}
	name = strings.TrimPrefix(urlPath, "/")
	// A name with "..", "//" or the like is answered as what is not there.
	return name, fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00")
}

// stat fails for whatever is not a regular file. Opening a pipe would hang.
func (s static) stat(name string) (fs.FileInfo, error) {
	info, err := s.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return info, nil
}

// choose returns the coding to send a file in, and what is known of the file in
// that coding.
func (s static) choose(name string, plain fs.FileInfo, accept []string) (coding, fs.FileInfo) {
	for _, c := range preferred(accept) {
		info, err := s.stat(name + c.suffix)
		if err == nil && plain.ModTime().Sub(info.ModTime()) <= staleAfter {
			return c, info
		}
	}
	return coding{}, plain
}

// etag differs whenever the file or its coding does.
func etag(info fs.FileInfo, c coding) string {
	return fmt.Sprintf(`"%x-%x%s"`, info.Size(), info.ModTime().UnixNano(), c.suffix)
}
