package rtc

import (
	"bytes"
	"errors"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// frames returns the fragments of a message.
func frames(t testing.TB, msg []byte) [][]byte {
	t.Helper()
	var out [][]byte
	err := split(msg, func(header byte, payload []byte) error {
		out = append(out, append([]byte{header}, payload...))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSplitJoin(t *testing.T) {
	var j joiner
	for n, count := range map[int]int{
		1: 1, maxPayload - 1: 1, maxPayload: 1, maxPayload + 1: 2,
		2 * maxPayload: 2, 2*maxPayload + 1: 3, psync.MaxMessage: 5,
	} {
		msg := message(n, 1)
		fs := frames(t, msg)
		if len(fs) != count {
			t.Errorf("%d bytes make %d fragments, want %d", n, len(fs), count)
		}
		for i, f := range fs {
			if len(f) > maxFrame {
				t.Errorf("%d bytes: fragment of %d", n, len(f))
			}
			got, err := j.add(f)
			if err != nil {
				t.Fatal(err)
			}
			if last := i == len(fs)-1; last != (got != nil) || last && !bytes.Equal(got, msg) {
				t.Errorf("%d bytes: fragment %d gives %d bytes", n, i, len(got))
			}
		}
	}
}

func TestSplitStops(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := split(make([]byte, 3*maxPayload), func(byte, []byte) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
