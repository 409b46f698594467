//go:build !js

package torrent

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// patience is how long a step over the network may take before the test has failed.
const patience = 20 * time.Second

// node is a script of testdata that runs.
type node struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	says  chan said
}

// said is a line that a script writes.
type said struct {
	Event, URL, Text, Local, SDP string
	Peers                        int
}

func startNode(t *testing.T, script string, args ...string) *node {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("this test needs Node.js 20 or later, and `npm ci` at the root of the repository: ", err)
	}
	if _, err := os.Stat("../../../node_modules/bittorrent-tracker/package.json"); err != nil {
		t.Fatal("this test needs the packages that `npm ci` installs at the root of the repository: ", err)
	}
	n := &node{t: t, cmd: exec.Command("node", append([]string{"testdata/" + script}, args...)...), says: make(chan said, 1000)}
	n.cmd.Stderr = os.Stderr
	var err error
	if n.stdin, err = n.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.says)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var line said
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				n.says <- line
			}
		}
	}()
	t.Cleanup(n.stop)
	return n
}

// stop kills the script; once is enough.
func (n *node) stop() {
	n.stdin.Close()
	n.cmd.Process.Kill()
	n.cmd.Wait()
}

// await returns the next line of an event.
func (n *node) await(event string) said {
	n.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-n.says:
			if !ok {
				n.t.Fatalf("the script ended before %q", event)
			}
			if line.Event == event {
				return line
			}
		case <-timeout:
			n.t.Fatalf("no %q from the script", event)
		}
	}
}
