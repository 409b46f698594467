//go:build !js

package rtc

import (
	"net"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// sendRaw sends a WebRTC message of any form.
func sendRaw(l *link, ch psync.Channel, frame any) error {
	if text, ok := frame.(string); ok {
		return l.channels[ch].SendText(text)
	}
	return l.channels[ch].Send(frame.([]byte))
}

// deadSTUN is a server that never answers.
func deadSTUN(t *testing.T) string {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return "stun:" + conn.LocalAddr().String()
}

const leakCycles = 500
