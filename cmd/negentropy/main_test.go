package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/negentropy"
)

// side is a harness behind pipes.
type side struct {
	in   *io.PipeWriter
	out  *bufio.Reader
	done chan error
}

func start(t *testing.T, limit int) *side {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	s := &side{in: inW, out: bufio.NewReader(outR), done: make(chan error, 1)}
	go func() {
		err := run(inR, outW, limit)
		inR.CloseWithError(io.ErrClosedPipe)
		outW.CloseWithError(err)
		s.done <- err
	}()
	t.Cleanup(func() {
		inW.Close()
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *side) send(t *testing.T, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		t.Fatal(err)
	}
}

func (s *side) line(t *testing.T) (kind, arg string) {
	t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	kind, arg, _ = strings.Cut(strings.TrimSpace(line), ",")
	return kind, arg
}

func TestAgainstItself(t *testing.T) {
	for _, limit := range []int{0, negentropy.MinLimit} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			client, server := start(t, limit), start(t, limit)
			have, need := map[string]bool{}, map[string]bool{}
			for i := range 2000 {
				id := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
				item := fmt.Sprintf("item,%d,%s", 1_700_000_000+i/3, id)
				if i%10 == 1 {
					need[id] = true
				} else {
					client.send(t, item)
				}
				if i%17 == 2 && !need[id] {
					have[id] = true
				} else {
					server.send(t, item)
				}
			}
			client.send(t, "seal")
			server.send(t, "seal")
			client.send(t, "initiate")
			gotHave, gotNeed := map[string]bool{}, map[string]bool{}
			for {
				kind, arg := client.line(t)
				switch kind {
				case "have":
					gotHave[arg] = true
					continue
				case "need":
					gotNeed[arg] = true
					continue
				case "msg":
					server.send(t, "msg,"+arg)
					if kind, arg = server.line(t); kind != "msg" {
						t.Fatalf("server said %s", kind)
					}
					client.send(t, "msg,"+arg)
					continue
				case "done":
				default:
					t.Fatalf("client said %s", kind)
				}
				break
			}
			if !maps.Equal(gotHave, have) || !maps.Equal(gotNeed, need) {
				t.Errorf("have %d, need %d; want %d and %d", len(gotHave), len(gotNeed), len(have), len(need))
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for _, lines := range [][]string{
		{"what"},
		{"initiate"},
		{"seal", "seal"},
		{"seal", "item,1," + id},
		{"seal", "what"},
		{"seal", "msg,xx"},
		{"seal", "msg,6100"},
		{"item,1," + id, "item,1," + id},
		{"item,-1," + id},
		{"item,x," + id},
		{"item,1,xx"},
		{"item,1,abab"},
	} {
		var out strings.Builder
		if err := run(strings.NewReader(strings.Join(lines, "\n")), &out, 0); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q", slices.Concat(lines), err, out.String())
		}
	}
	for _, limit := range []string{"-1", "1", "4095", "x"} {
		if _, err := parseLimit(limit); err == nil {
			t.Errorf("FRAMESIZELIMIT %s", limit)
		}
	}
	for _, limit := range []string{"", "0", "4096"} {
		if _, err := parseLimit(limit); err != nil {
			t.Error(err)
		}
	}
}
