package nip44

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

var (
	testKey   = Key{1, 2, 3, 31: 4}
	testNonce = [32]byte{9, 8, 7, 31: 6}
)

func seal(t testing.TB, plaintext string) string {
	t.Helper()
	payload, err := Seal(testKey, plaintext, testNonce)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// refused fails unless the payload is refused in the one way there is.
func refused(t *testing.T, what, payload string) {
	t.Helper()
	got, err := Open(testKey, payload)
	if err != ErrPayload || got != "" {
		t.Fatalf("%s: %q, %v, want ErrPayload", what, got, err)
	}
}

func TestFlippedBits(t *testing.T) {
	for _, plaintext := range []string{"x", strings.Repeat("0123456789", 20)} {
		payload := seal(t, plaintext)
		for i := range len(payload) * 8 {
			flipped := []byte(payload)
			flipped[i/8] ^= 1 << (i % 8)
			refused(t, fmt.Sprintf("bit %d of the text", i), string(flipped))
		}
		raw, err := base64.StdEncoding.DecodeString(payload)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(raw) * 8 {
			raw[i/8] ^= 1 << (i % 8)
			refused(t, fmt.Sprintf("bit %d of the bytes", i), base64.StdEncoding.EncodeToString(raw))
			raw[i/8] ^= 1 << (i % 8)
		}
	}
}

func TestCuts(t *testing.T) {
	payload := seal(t, strings.Repeat("0123456789", 20))
	for i := range len(payload) {
		refused(t, fmt.Sprintf("first %d characters", i), payload[:i])
		refused(t, fmt.Sprintf("without the first %d", i+1), payload[i+1:])
		refused(t, fmt.Sprintf("without character %d", i), payload[:i]+payload[i+1:])
	}
	raw, _ := base64.StdEncoding.DecodeString(payload)
	for i := range raw {
		refused(t, fmt.Sprintf("first %d bytes", i), base64.StdEncoding.EncodeToString(raw[:i]))
		refused(t, fmt.Sprintf("without byte %d", i), base64.StdEncoding.EncodeToString(append(raw[:i:i], raw[i+1:]...)))
	}
}

func TestOtherForms(t *testing.T) {
	payload := seal(t, "x") // 99 bytes: no padding of base64
	padded := seal(t, strings.Repeat("x", 33))
	if !strings.HasSuffix(padded, "=") {
		t.Fatal("no padding of base64 in the test")
	}
	for _, c := range []struct{ name, payload string }{
		{"line end after", payload + "\n"},
		{"line ends for one group", payload[:40] + "\r\n\r\n" + payload[44:]},
		{"four line ends inside", payload[:40] + "\n\n\n\n" + payload[40:]},
		{"space before", " " + payload},
		{"NUL after", payload + "\x00"},
		{"no padding", strings.TrimRight(padded, "=")},
		{"too much padding", padded + "===="},
		{"URL alphabet", payload[:40] + "-_-_" + payload[44:]},
		{"not base64", "#" + payload[1:]},
		{"longest and more", strings.Repeat("A", SealedLen(MaxPlaintext)+4)},
		{"As", strings.Repeat("A", len(payload))},
	} {
		refused(t, c.name, c.payload)
	}
	last := strings.IndexByte(padded, '=') - 1
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range alphabet {
		if other := padded[:last] + alphabet[i:i+1] + padded[last+1:]; other != padded {
			refused(t, "another last character", other)
		}
	}
}

// sealFrame seals bytes that may be no frame.
func sealFrame(t testing.TB, frame []byte) string {
	t.Helper()
	keys, err := deriveKeys(&testKey, testNonce[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := append([]byte{version}, testNonce[:]...)
	raw = append(raw, frame...)
	if err := keys.xor(raw[atCiphertext:]); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(append(raw, keys.mac(raw[atNonce:])...))
}

func TestWrongFrames(t *testing.T) {
	long := func(n uint32, size int) []byte {
		b := make([]byte, size)
		binary.BigEndian.PutUint32(b[2:], n)
		return b
	}
	short := func(n uint16, size int) []byte {
		b := make([]byte, size)
		binary.BigEndian.PutUint16(b, n)
		return b
	}
	notZero := short(5, 34)
	notZero[33] = 1
	for _, c := range []struct {
		name  string
		frame []byte
	}{
		{"empty", nil},
		{"one byte", []byte{1}},
		{"prefix only", short(1, 2)},
		{"shorter than the shortest", short(1, 33)},
		{"length 0", short(0, 34)},
		{"padding too short", short(33, 34)},
		{"padding too long", short(32, 66)},
		{"padding not zeros", notZero},
		{"longer than there is", short(65535, 34)},
		{"long prefix for 1", long(1, 38)},
		{"long prefix for 65535", long(65535, 6+65536)},
		{"long prefix, cut", long(65536, 6+65535)},
		{"beyond the bound", long(MaxPlaintext+1, 6+100)},
		{"4 GB", long(1<<32-1, 34)},
	} {
		refused(t, c.name, sealFrame(t, c.frame))
	}
	if got, err := Open(testKey, sealFrame(t, append([]byte{0, 1, 'x'}, make([]byte, 31)...))); err != nil || got != "x" {
		t.Errorf("a frame: %q, %v", got, err)
	}
}

func TestLengths(t *testing.T) {
	for _, n := range []int{1, 32, 33, 256, 257, 65535, 65536, 65537, MaxPlaintext} {
		plaintext := strings.Repeat("é", n/2) + strings.Repeat("x", n%2)
		payload := seal(t, plaintext)
		if len(payload) != SealedLen(n) {
			t.Errorf("%d bytes: payload of %d, announced %d", n, len(payload), SealedLen(n))
		}
		if got, err := Open(testKey, payload); err != nil || got != plaintext {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, n := range []int{0, MaxPlaintext + 1} {
		if got, err := Seal(testKey, strings.Repeat("x", n), testNonce); err != ErrLength || got != "" {
			t.Errorf("%d bytes: %v, want ErrLength", n, err)
		}
	}
	for n := 1; n < 70000; n++ {
		if SealedLen(n) < SealedLen(n-1) || paddedLen(n) < n {
			t.Fatalf("SealedLen(%d) is less than that of one byte less", n)
		}
	}
}

func TestAnotherKey(t *testing.T) {
	payload := seal(t, "x")
	for i := range 256 {
		key := testKey
		key[i/8] ^= 1 << (i % 8)
		if _, err := Open(key, payload); err != ErrPayload {
			t.Fatalf("bit %d of the key: %v, want ErrPayload", i, err)
		}
	}
}

func TestZeroedKey(t *testing.T) {
	k := secretKey(t, append(make([]byte, 31), 5))
	pub := k.PubKey()
	k.Zero()
	if key, err := ConversationKey(k, pub); !errors.Is(err, record.ErrKey) || key != (Key{}) {
		t.Errorf("zeroed key: %v, want ErrKey", err)
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	key := Key{0xa5, 0xa5}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, v := range []any{key, &key, struct{ K Key }{key}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "a5") || strings.Contains(got, "165") {
				t.Errorf("%s of %T prints %s", verb, v, got)
			}
		}
	}
}
