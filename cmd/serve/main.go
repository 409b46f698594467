// Serve serves a folder of static files, the demo page by default, and a
// WebTorrent tracker at /announce beside it:
//
//	go run ./cmd/serve -addr 127.0.0.1:8080 -dir dist
//
// It writes the URL of the page to standard output as soon as it listens, and
// ends by SIGINT or SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/peersetdb/peerset/pkg/tracker"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	// shutdownTimeout is how long responses under way may take when the
	// program is told to end.
	shutdownTimeout = time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "address to listen on; port 0 picks a free one")
	dir := flags.String("dir", "dist", "folder to serve")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "serve: unexpected argument %q\n", flags.Arg(0))
		return exitUsage
	}
	if err := serve(ctx, *addr, *dir, stdout); err != nil {
		fmt.Fprintln(stderr, "serve:", err)
		return exitError
	}
	return exitOK
}

// serve listens and serves until ctx is done.
func serve(ctx context.Context, addr, dir string, stdout io.Writer) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot serve the folder %q: %w\nBuild it with `make demo`, or name another with -dir", dir, err)
	}
	defer root.Close()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w\nIs another program using the port? Choose another with -addr, for example -addr 127.0.0.1:0", addr, err)
	}
	announce := tracker.New(tracker.Config{})
	server := &http.Server{
		Handler:           site{static: static{root}, announce: announce},
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintln(stdout, pageURL(listener.Addr()))

	select {
	case err = <-served:
	case <-ctx.Done():
	}
	announce.Close()
	ending, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if server.Shutdown(ending) != nil {
		server.Close()
	}
	return err
}

// site is the tracker at /announce and files elsewhere.
type site struct {
	static   http.Handler
	announce http.Handler
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/announce" {
		s.announce.ServeHTTP(w, r)
		return
	}
	s.static.ServeHTTP(w, r)
}

// pageURL is what to type into a browser on this machine.
func pageURL(addr net.Addr) string {
	host := addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return "http://" + host + "/"
}
