package socket

import (
	"context"
	"errors"
	"testing"
	"time"
)

// The same tests run on both platforms. baseURL starts a server whose paths
// behave as follows: /echo returns every message; /max and /long send one
// message of MaxMessage bytes and of one more; /binary sends a binary message;
// /bye sends "bye" and closes; /hang never opens; /rude answers a close with a
// failed connection.

// patience is how long a step may take before the test has failed.
const patience = 10 * time.Second

func dial(t *testing.T, path string) (context.Context, *Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c, err := Dial(ctx, baseURL(t)+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return ctx, c
}

func TestEcho(t *testing.T) {
	ctx, c := dial(t, "/echo")
	texts := []string{"", "one", "zwölf\x00\u2028<\U0001f310>"}
	for _, text := range texts {
		if err := c.Write(ctx, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range texts {
		if got, err := c.Read(ctx); err != nil || string(got) != text {
			t.Fatalf("read %q, %v; want %q", got, err, text)
		}
	}
}

func TestLongestMessage(t *testing.T) {
	ctx, c := dial(t, "/max")
	if msg, err := c.Read(ctx); err != nil || len(msg) != MaxMessage {
		t.Fatalf("read %d bytes, %v", len(msg), err)
	}
	ctx, c = dial(t, "/long")
	if msg, err := c.Read(ctx); err == nil {
		t.Fatalf("read %d bytes", len(msg))
	}
}

func TestBinaryIsRefused(t *testing.T) {
	ctx, c := dial(t, "/binary")
	if _, err := c.Read(ctx); !errors.Is(err, ErrNotText) {
		t.Fatal(err)
	}
}

func TestServerCloses(t *testing.T) {
	ctx, c := dial(t, "/bye")
	if msg, err := c.Read(ctx); err != nil || string(msg) != "bye" {
		t.Fatalf("read %q, %v", msg, err)
	}
	if _, err := c.Read(ctx); err == nil {
		t.Fatal("read after the close")
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	url := baseURL(t) + "/hang"
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, url); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	_, c := dial(t, "/echo")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestDialOutlivesItsContext(t *testing.T) {
	url := baseURL(t) + "/echo"
	dialing, cancel := context.WithTimeout(t.Context(), patience)
	c, err := Dial(dialing, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	if err := c.Write(t.Context(), []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if msg, err := c.Read(t.Context()); err != nil || string(msg) != "still here" {
		t.Fatalf("read %q, %v", msg, err)
	}
}

func TestCloseEndsRead(t *testing.T) {
	for _, path := range []string{"/echo", "/rude"} {
		ctx, c := dial(t, path)
		read := make(chan error)
		go func() {
			_, err := c.Read(ctx)
			read <- err
		}()
		c.Close()
		c.Close()
		if err := <-read; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", path, err)
		}
		if err := c.Write(ctx, []byte("late")); err == nil {
			t.Errorf("%s: wrote after Close", path)
		}
	}
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"", "ftp://127.0.0.1/", "ws://\x7f/", "nonsense"} {
		if _, err := Dial(t.Context(), url); err == nil {
			t.Errorf("dialed %q", url)
		}
	}
}
