package nip49

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/scrypt"

	"github.com/peersetdb/peerset/internal/nfkc"
	"github.com/peersetdb/peerset/pkg/record"
)

//go:embed testdata/nip49.json
var vectorsJSON []byte

type vectors struct {
	Vectors []struct {
		Password, Ncryptsec string
		SecretKey           string `json:"secret_key"`
		LogN                byte   `json:"log_n"`
		Security            byte   `json:"key_security_byte"`
	}
	NFKC struct {
		Input  string `json:"input_utf8_hex"`
		Output string `json:"normalized_utf8_hex"`
	}
}

func loadVectors(t testing.TB) (v vectors) {
	t.Helper()
	if err := json.Unmarshal(vectorsJSON, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// realScrypt is for both platforms of the tests.
func realScrypt(_ context.Context, passphrase, salt []byte, logN int) ([]byte, error) {
	return scrypt.Key(passphrase, salt, 1<<logN, 8, 1, 32)
}

// cheapScrypt takes no time.
func cheapScrypt(_ context.Context, passphrase, salt []byte, logN int) ([]byte, error) {
	in := append([]byte{byte(logN)}, salt...)
	sum := sha256.Sum256(append(in, passphrase...))
	return sum[:], nil
}

func testSecret(t testing.TB) *record.SecretKey {
	t.Helper()
	k, err := record.SecretKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// random is a source of bytes that repeats.
func random() io.Reader { return bytes.NewReader(bytes.Repeat([]byte("0123456789"), 10)) }

func encrypted(t testing.TB) string {
	t.Helper()
	text, err := Encrypt(t.Context(), cheapScrypt, testSecret(t), "nostr", random())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVectors(t *testing.T) {
	v := loadVectors(t)
	for _, c := range v.Vectors {
		b, err := decode(c.Ncryptsec)
		if err != nil {
			t.Errorf("%s: %v", c.Ncryptsec, err)
			continue
		}
		if b[atLogN] != c.LogN || b[atSecurity] != c.Security || encode(b) != c.Ncryptsec {
			t.Errorf("%s: cost %d, security %d, encoded %s", c.Ncryptsec, b[atLogN], b[atSecurity], encode(b))
		}
		for _, text := range []string{c.Ncryptsec, strings.ToUpper(c.Ncryptsec)} {
			k, err := Decrypt(t.Context(), realScrypt, text, c.Password)
			if err != nil {
				t.Errorf("%s: %v", text, err)
			} else if got := k.Bytes(); !bytes.Equal(got[:], unhex(t, c.SecretKey)) {
				t.Errorf("%s: another key", text)
			}
			if c.LogN > 10 {
				break // dear
			}
		}
		if c.LogN > 10 {
			continue
		}
		if k, err := Decrypt(t.Context(), realScrypt, c.Ncryptsec, c.Password+" "); !errors.Is(err, ErrPassphrase) || k != nil {
			t.Errorf("%s: wrong passphrase: %v, want ErrPassphrase", c.Ncryptsec, err)
		}
	}
	if got := nfkc.String(string(unhex(t, v.NFKC.Input))); got != string(unhex(t, v.NFKC.Output)) {
		t.Errorf("normalized to %+q", got)
	}
}

func TestEncrypt(t *testing.T) {
	k := testSecret(t)
	for _, passphrase := range []string{"nostr", "", "\u212b\u2126\u1e9b\u0323", strings.Repeat("x", 5000)} {
		var cost int
		spy := func(ctx context.Context, typed, salt []byte, logN int) ([]byte, error) {
			cost = logN
			if string(typed) != nfkc.String(passphrase) || string(salt) != "0123456789012345" {
				t.Errorf("scrypt of %q with salt %q", typed, salt)
			}
			return cheapScrypt(ctx, typed, salt, logN)
		}
		text, err := Encrypt(t.Context(), spy, k, passphrase, random())
		if err != nil {
			t.Fatal(err)
		}
		if cost != 16 || len(text) != textSize || !strings.HasPrefix(text, "ncryptsec1") {
			t.Errorf("%s with cost %d", text, cost)
		}
		back, err := Decrypt(t.Context(), cheapScrypt, text, nfkc.String(passphrase))
		if err != nil || back.Bytes() != k.Bytes() {
			t.Errorf("decrypted: %v", err)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	if text, err := Encrypt(t.Context(), cheapScrypt, testSecret(t), "x", bytes.NewReader(make([]byte, 39))); !errors.Is(err, io.ErrUnexpectedEOF) || text != "" {
		t.Errorf("short source: %q, %v", text, err)
	}
	k := testSecret(t)
	k.Zero()
	if text, err := Encrypt(t.Context(), cheapScrypt, k, "x", random()); !errors.Is(err, record.ErrKey) || text != "" {
		t.Errorf("zeroed key: %q, %v", text, err)
	}
}

func TestScryptFails(t *testing.T) {
	broken := errors.New("out of memory")
	for _, c := range []struct {
		name   string
		scrypt Scrypt
		want   error // nil: any
	}{
		{"error", func(context.Context, []byte, []byte, int) ([]byte, error) { return nil, broken }, broken},
		{"too short", func(context.Context, []byte, []byte, int) ([]byte, error) { return make([]byte, 31), nil }, nil},
		{"too long", func(context.Context, []byte, []byte, int) ([]byte, error) { return make([]byte, 64), nil }, nil},
	} {
		text, err := Encrypt(t.Context(), c.scrypt, testSecret(t), "x", random())
		if err == nil || c.want != nil && !errors.Is(err, c.want) || text != "" {
			t.Errorf("%s: Encrypt: %q, %v", c.name, text, err)
		}
		k, err := Decrypt(t.Context(), c.scrypt, encrypted(t), "x")
		if err == nil || c.want != nil && !errors.Is(err, c.want) || k != nil {
			t.Errorf("%s: Decrypt: %v", c.name, err)
		}
		if errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: blames the passphrase", c.name)
		}
	}
}

func TestDamage(t *testing.T) {
	text := encrypted(t)
	for i := range text {
		if k, err := Decrypt(t.Context(), cheapScrypt, text[:i], "nostr"); !errors.Is(err, ErrFormat) || k != nil {
			t.Fatalf("first %d characters: %v, want ErrFormat", i, err)
		}
		for bit := range 8 {
			flipped := []byte(text)
			flipped[i] ^= 1 << bit
			if k, err := Decrypt(t.Context(), cheapScrypt, string(flipped), "nostr"); !errors.Is(err, ErrFormat) || k != nil {
				t.Fatalf("bit %d of character %d: %v, want ErrFormat", bit, i, err)
			}
		}
	}
	b, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(b) * 8 {
		b[i/8] ^= 1 << (i % 8)
		want := ErrPassphrase
		if i/8 == 0 || i/8 == atLogN && (b[atLogN] < 1 || b[atLogN] > maxLogN) {
			want = ErrFormat
		}
		if k, err := Decrypt(t.Context(), cheapScrypt, encode(b), "nostr"); !errors.Is(err, want) || k != nil {
			t.Fatalf("bit %d of the bytes: %v, want %v", i, err, want)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestDecryptRefuses(t *testing.T) {
	text := encrypted(t)
	never := func(context.Context, []byte, []byte, int) ([]byte, error) {
		t.Error("scrypt ran for what is no ncryptsec")
		return nil, errors.New("not to be run")
	}
	b, _ := decode(text)
	with := func(at int, v byte) string {
		other := bytes.Clone(b)
		other[at] = v
		return encode(other)
	}
	k := testSecret(t)
	for _, c := range []struct{ name, in string }{
		{"empty", ""},
		{"nsec", k.Nsec()},
		{"npub", k.PubKey().Npub()},
		{"both cases", strings.ToUpper(text[:20]) + text[20:]},
		{"space", text + " "},
		{"long", strings.Repeat(text, 1000)},
		{"not ASCII", strings.Repeat("\xff", len(text))},
		{"version 1", with(0, 1)},
		{"version 3", with(0, 3)},
		{"cost 2^0", with(atLogN, 0)},
		{"cost 2^21", with(atLogN, 21)},
		{"cost 2^255", with(atLogN, 255)},
		{"too few bytes", encode(b[:size-1])},
		{"too many bytes", encode(append(bytes.Clone(b), 0))},
	} {
		if k, err := Decrypt(t.Context(), never, c.in, "nostr"); !errors.Is(err, ErrFormat) || k != nil {
			t.Errorf("%s: %v, want ErrFormat", c.name, err)
		}
	}
}

// TestNoSecretKey opens an ncryptsec that holds no secret key, but the number 0.
func TestNoSecretKey(t *testing.T) {
	b, err := decode(encrypted(t))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := newAEAD(t.Context(), cheapScrypt, "nostr", b)
	if err != nil {
		t.Fatal(err)
	}
	zero := aead.Seal(b[:atCiphertext:atCiphertext], b[atNonce:atSecurity], make([]byte, 32), b[atSecurity:atCiphertext])
	if k, err := Decrypt(t.Context(), cheapScrypt, encode(zero), "nostr"); !errors.Is(err, ErrPassphrase) || k != nil {
		t.Errorf("%v, want ErrPassphrase", err)
	}
}

func FuzzDecrypt(f *testing.F) {
	text := encrypted(f)
	b, _ := decode(text)
	f.Add(text, b)
	for _, v := range loadVectors(f).Vectors {
		b, _ := decode(v.Ncryptsec)
		f.Add(v.Ncryptsec, b)
	}
	f.Add("ncryptsec1", []byte{2})
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		ins := []string{text}
		if len(raw) > 0 && len(raw) < 1000 {
			ins = append(ins, encode(raw))
		}
		for _, in := range ins {
			k, err := Decrypt(t.Context(), cheapScrypt, in, "nostr")
			switch {
			case err == nil:
				if k.Bytes() != testSecret(t).Bytes() {
					t.Fatalf("%q decrypts to a key that nobody encrypted", in)
				}
			case k != nil:
				t.Fatal("a key beside the error")
			case !errors.Is(err, ErrFormat) && err != ErrPassphrase:
				t.Fatalf("%q: %v", in, err)
			}
		}
	})
}
