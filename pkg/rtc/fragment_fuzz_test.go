//go:build !js

package rtc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// FuzzJoin feeds a joiner with frames, each a 16-bit length, a header, and
// payload that is repeated to that length. What comes out must split into the
// frames that went in, and nothing may be kept beyond the limit.
func FuzzJoin(f *testing.F) {
	frame := func(n int, header byte, payload string) []byte {
		return append(binary.LittleEndian.AppendUint16(nil, uint16(n)), append([]byte{header, byte(len(payload))}, payload...)...)
	}
	cat := func(frames ...[]byte) []byte { return bytes.Join(frames, nil) }
	full := frame(maxPayload, headerMore, "ab")
	f.Add(cat(frame(1, headerLast, "x")))
	f.Add(cat(full, frame(3, headerLast, "abc"), frame(2, headerLast, "z")))
	f.Add(cat(full, full, full, full, frame(8196, headerLast, "e")))
	f.Add(cat(full, full, full, full, frame(8197, headerLast, "e")))
	f.Add(cat(full, full, full, full, full))
	f.Add(cat(frame(0, headerMore, ""), frame(0, headerLast, "")))
	f.Add(cat(frame(100, headerMore, "q"), frame(maxFrame, headerLast, "q")))
	f.Add(cat(frame(5, 2, "q")))
	f.Fuzz(func(t *testing.T, in []byte) {
		var j joiner
		var pending [][]byte
		for len(in) >= 4 {
			n, header, k := int(binary.LittleEndian.Uint16(in)), in[2], int(in[3])
			in = in[4:]
			k = min(k, len(in))
			frame := make([]byte, 1+n)
			frame[0] = header
			for i := range n {
				if k > 0 {
					frame[1+i] = in[i%k]
				}
			}
			in = in[k:]
			pending = append(pending, bytes.Clone(frame))
			msg, err := j.add(frame)
			if len(j.part) > psync.MaxMessage {
				t.Fatalf("%d bytes are kept", len(j.part))
			}
			if err != nil {
				if !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrTooLong) {
					t.Fatal(err)
				}
				return
			}
			if msg == nil {
				continue
			}
			again := frames(t, msg)
			if len(again) != len(pending) {
				t.Fatalf("%d frames came, the message makes %d", len(pending), len(again))
			}
			for i := range again {
				if !bytes.Equal(again[i], pending[i]) {
					t.Fatalf("frame %d differs", i)
				}
			}
			pending = nil
		}
	})
}

// FuzzSDP: a description that is taken names one fingerprint, whichever way its
// lines are told apart.
func FuzzSDP(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s)
	}
	f.Add("v=0\nm=application 9\na=fingerprint:sha-256 x\ra=fingerprint:sha-256 y")
	f.Fuzz(func(t *testing.T, sdp string) {
		fp, err := checkSDP(sdp)
		if err != nil {
			if !errors.Is(err, ErrSDP) && !errors.Is(err, ErrFingerprint) {
				t.Fatal(err)
			}
			return
		}
		lines := bytes.FieldsFunc([]byte(sdp), func(r rune) bool { return r < ' ' })
		found := 0
		for _, l := range lines {
			l = bytes.ToLower(bytes.TrimSpace(l))
			if !bytes.Contains(l, []byte("fingerprint")) {
				continue
			}
			found++
			got, err := parseFingerprint(string(bytes.TrimPrefix(l, []byte("a=fingerprint:"))))
			if err != nil || got != fp {
				t.Fatalf("%q read as %x", l, fp)
			}
		}
		if found != 1 {
			t.Fatalf("%d fingerprints", found)
		}
	})
}
