package rtc

import (
	"fmt"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

const (
	// maxFrame is the longest WebRTC message; every implementation takes
	// this much, and a longer one holds up the other channel for too long.
	maxFrame = 16 << 10
	// maxPayload is what a fragment carries beside its header.
	maxPayload = maxFrame - 1
)

// The headers of a fragment.
const (
	headerLast = 0x00
	headerMore = 0x01
)

// split hands the fragments of msg to send, one after the other, up to the first
// error.
func split(msg []byte, send func(header byte, payload []byte) error) error {
	if len(msg) == 0 {
		return fmt.Errorf("%w: empty message", ErrProtocol)
	}
	if len(msg) > psync.MaxMessage {
		return ErrTooLong
	}
	for len(msg) > maxPayload {
		if err := send(headerMore, msg[:maxPayload]); err != nil {
			return err
		}
		msg = msg[maxPayload:]
	}
	return send(headerLast, msg)
}

// joiner puts the messages of one channel together again.
type joiner struct {
	part []byte // of the message under way; at most psync.MaxMessage bytes
}

// add takes over the next frame and returns the message that it completes, or
// nil if there is more to come. After an error the joiner is of no more use.
func (j *joiner) add(frame []byte) ([]byte, error) {
	if len(frame) < 2 || len(frame) > maxFrame {
		return nil, fmt.Errorf("%w: frame of %d bytes", ErrProtocol, len(frame))
	}
	header, payload := frame[0], frame[1:]
	if len(j.part)+len(payload) > psync.MaxMessage {
		return nil, ErrTooLong
	}
	switch header {
	case headerMore:
		if len(payload) != maxPayload {
			// Every message has one form; also, fragments without
			// content would be work without end.
			return nil, fmt.Errorf("%w: fragment of %d bytes with more to follow", ErrProtocol, len(payload))
		}
		j.part = append(j.part, payload...)
		return nil, nil
	case headerLast:
		if j.part == nil {
			return payload, nil
		}
		msg := append(j.part, payload...)
		j.part = nil
		return msg, nil
	default:
		return nil, fmt.Errorf("%w: fragment header 0x%02x", ErrProtocol, header)
	}
}
