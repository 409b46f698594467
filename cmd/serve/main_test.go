package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a step may take before the test has failed.
const patience = 10 * time.Second

// start runs the program and returns the URL that it writes.
func start(t *testing.T, args ...string) (url string, stop func() (code int)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, args, stdout, io.Discard)
		stdout.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return strings.TrimSpace(line), func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(patience):
			t.Fatal("it does not end")
			return 0
		}
	}
}

func TestServes(t *testing.T) {
	dir := folder(t, map[string]string{"index.html": "<!doctype html>"})
	url, stop := start(t, "-addr", "127.0.0.1:0", "-dir", dir)
	if !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.HasSuffix(url, "/") || strings.Contains(url, ":0/") {
		t.Errorf("it says %q", url)
	}
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := body(t, r); got != "<!doctype html>" {
		t.Errorf("%s, %q", r.Status, got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestTracker speaks WebSocket by hand: two packages import the library, and
// this is none of them.
func TestTracker(t *testing.T) {
	url, stop := start(t, "-addr", "127.0.0.1:0", "-dir", t.TempDir())
	address := strings.Trim(strings.TrimPrefix(url, "http://"), "/")
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /announce HTTP/1.1\r\nHost: "+address+"\r\nOrigin: https://other.example\r\n"+
		"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	reader := bufio.NewReader(conn)
	r, err := http.ReadResponse(reader, nil)
	if err != nil || r.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(r, err)
	}
	msg := []byte(`{"action":"scrape","info_hash":"xxxxxxxxxxxxxxxxxxxx"}`)
	conn.Write(append([]byte{0x81, 0x80 | byte(len(msg)), 0, 0, 0, 0}, msg...)) // masked with zeros
	frame := make([]byte, 2)
	if _, err := io.ReadFull(reader, frame); err != nil || frame[0] != 0x81 {
		t.Fatalf("% x, %v", frame, err)
	}
	// An open socket does not hold up the end.
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestEndsWithAResponseUnderWay(t *testing.T) {
	dir := folder(t, map[string]string{"big": strings.Repeat("x", 64<<20)})
	url, stop := start(t, "-addr", "127.0.0.1:0", "-dir", dir)
	r, err := http.Get(url + "big") // and the body is not read
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	before := time.Now()
	stop()
	if took := time.Since(before); took > shutdownTimeout+patience/2 {
		t.Errorf("took %v", took)
	}
}

func TestMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := folder(t, map[string]string{"index.html": ""})
	for name, test := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"port taken":       {[]string{"-addr", taken.Addr().String(), "-dir", dir}, exitError, []string{taken.Addr().String(), "-addr"}},
		"bad address":      {[]string{"-addr", "nonsense", "-dir", dir}, exitError, []string{"nonsense", "-addr"}},
		"no folder":        {[]string{"-addr", "127.0.0.1:0", "-dir", filepath.Join(dir, "dist")}, exitError, []string{"dist", "make demo", "-dir"}},
		"file as folder":   {[]string{"-addr", "127.0.0.1:0", "-dir", filepath.Join(dir, "index.html")}, exitError, []string{"index.html", "-dir"}},
		"unknown flag":     {[]string{"-port", "1"}, exitUsage, []string{"-addr"}},
		"further argument": {[]string{"dist"}, exitUsage, []string{"dist"}},
		"help":             {[]string{"-h"}, exitOK, []string{"-addr", "-dir"}},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), test.args, &stdout, &stderr); code != test.code {
				t.Errorf("exit code %d", code)
			}
			for _, want := range test.says {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("%q is missing in %q", want, stderr.String())
				}
			}
			if stdout.Len() != 0 {
				t.Errorf("it says %q", stdout.String())
			}
		})
	}
}

func TestPageURL(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080/",
		"0.0.0.0:80":     "http://127.0.0.1:80/",
		"[::]:8080":      "http://127.0.0.1:8080/",
		"[::1]:8080":     "http://[::1]:8080/",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := pageURL(tcp); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
