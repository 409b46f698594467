package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

// curveOrder is n of secp256k1.
const curveOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

func testKey(t testing.TB, last byte) *SecretKey {
	t.Helper()
	b := make([]byte, 32)
	b[31] = last
	k, err := SecretKeyFromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSecretKeyRange(t *testing.T) {
	n := unhex(t, curveOrder)
	below := bytes.Clone(n)
	below[31]--
	for _, c := range []struct {
		name string
		in   []byte
		ok   bool
	}{
		{"nil", nil, false},
		{"short", make([]byte, 31), false},
		{"long", make([]byte, 33), false},
		{"zero", make([]byte, 32), false},
		{"order", n, false},
		{"all ones", bytes.Repeat([]byte{255}, 32), false},
		{"largest", below, true},
	} {
		k, err := SecretKeyFromBytes(c.in)
		if c.ok {
			if err != nil || k.Bytes() != [32]byte(c.in) {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v, want ErrKey", c.name, err)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	k, err := GenerateKey(bytes.NewReader(seed))
	if err != nil || k.Bytes() != [32]byte(seed) {
		t.Fatalf("GenerateKey: %v", err)
	}
	if _, err := GenerateKey(bytes.NewReader(seed[:31])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short source: %v", err)
	}
	if _, err := GenerateKey(bytes.NewReader(make([]byte, 32))); !errors.Is(err, ErrKey) {
		t.Errorf("source of zeros: %v", err)
	}
}

func TestZero(t *testing.T) {
	k := testKey(t, 3)
	pub := k.PubKey()
	k.Zero()
	if k.Bytes() != [32]byte{} {
		t.Error("the secret is still there")
	}
	hash := [32]byte{1}
	if sig := k.SignHash(hash); sig != (Sig{}) || VerifyHash(pub, hash, sig) == nil {
		t.Errorf("zeroed key signed: %v", sig)
	}
	if err := new(Event).Sign(k); !errors.Is(err, ErrKey) {
		t.Errorf("Sign: %v, want ErrKey", err)
	}
}

func TestSecretKeyIsNotPrinted(t *testing.T) {
	k, err := SecretKeyFromBytes(bytes.Repeat([]byte{0xa5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{k, *k, struct{ K *SecretKey }{k}} {
			got := strings.ToLower(fmt.Sprintf(format, v))
			for _, leak := range []string{"a5a5", "165", "2779096485"} { // 32-bit limbs in decimal
				if strings.Contains(got, leak) {
					t.Errorf("%s prints %s", format, got)
				}
			}
		}
	}
}

func TestVerifyHashRanges(t *testing.T) {
	k := testKey(t, 3)
	hash := [32]byte{9}
	good := k.SignHash(hash)
	if err := VerifyHash(k.PubKey(), hash, good); err != nil {
		t.Fatal(err)
	}
	ones := bytes.Repeat([]byte{255}, 32)
	bad := map[string]func(*PubKey, *[32]byte, *Sig){
		"r out of range":    func(_ *PubKey, _ *[32]byte, s *Sig) { copy(s[:32], ones) },
		"s out of range":    func(_ *PubKey, _ *[32]byte, s *Sig) { copy(s[32:], ones) },
		"s is the order":    func(_ *PubKey, _ *[32]byte, s *Sig) { copy(s[32:], unhex(t, curveOrder)) },
		"key out of range":  func(p *PubKey, _ *[32]byte, _ *Sig) { copy(p[:], ones) },
		"key zero":          func(p *PubKey, _ *[32]byte, _ *Sig) { *p = PubKey{} },
		"another key":       func(p *PubKey, _ *[32]byte, _ *Sig) { *p = testKey(t, 4).PubKey() },
		"another hash":      func(_ *PubKey, h *[32]byte, _ *Sig) { h[31]++ },
		"bit of r flipped":  func(_ *PubKey, _ *[32]byte, s *Sig) { s[0] ^= 1 },
		"bit of s flipped":  func(_ *PubKey, _ *[32]byte, s *Sig) { s[63] ^= 1 },
		"signature of zero": func(_ *PubKey, _ *[32]byte, s *Sig) { *s = Sig{} },
	}
	for name, change := range bad {
		p, h, s := k.PubKey(), hash, good
		change(&p, &h, &s)
		if err := VerifyHash(p, h, s); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature", name, err)
		}
	}
}

func TestParseKeysMalformed(t *testing.T) {
	encode := func(prefix string, n int) string {
		s, err := bech32.EncodeFromBase256(prefix, make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	npub := testKey(t, 3).PubKey().Npub()
	for _, s := range []string{
		"", "npub", "npub1", npub[:len(npub)-1], npub + "q", " " + npub,
		encode("npub", 31), encode("npub", 33), encode("npub", 0),
		encode("note", 32), encode("lnbc", 32),
		strings.Repeat("n", maxBech32+1),
	} {
		if _, err := ParseNpub(s); !errors.Is(err, ErrKey) {
			t.Errorf("ParseNpub(%.80q): %v, want ErrKey", s, err)
		}
	}
	if p, err := ParseNpub(strings.ToUpper(npub)); err != nil || p != testKey(t, 3).PubKey() {
		t.Errorf("uppercase npub: %v", err) // BIP-173 has decoders take it
	}
	if _, err := ParseNsec(encode("nsec", 32)); !errors.Is(err, ErrKey) {
		t.Errorf("nsec of zero: %v", err)
	}
	// A mistyped secret must not be quoted, nor the checksum of what was typed.
	nsec := []byte(testKey(t, 3).Nsec())
	nsec[20] ^= 1
	_, err := ParseNsec(string(nsec))
	if err == nil || err.Error() != "record: malformed key: not bech32: wrong characters, length or checksum" {
		t.Errorf("mistyped nsec: %v", err)
	}
}
