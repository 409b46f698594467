package rtc

import (
	"syscall/js"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// sendRaw sends a WebRTC message of any form.
func sendRaw(l *link, ch psync.Channel, frame any) error {
	if b, ok := frame.([]byte); ok {
		array := l.platform.uint8Array.New(len(b))
		js.CopyBytesToJS(array, b)
		frame = array
	}
	l.channels[ch].Call("send", frame)
	return nil
}

// deadSTUN is a server that never answers.
func deadSTUN(*testing.T) string { return "stun:127.0.0.1:34789" }

const leakCycles = 100
