package nip44

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/record"
)

var (
	//go:embed testdata/nip44.vectors.json
	vectorsJSON []byte
	//go:embed testdata/nip44-extended-prefix.json
	extendedJSON []byte
)

// hexBytes are bytes that are hexadecimal digits in JSON.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectors struct {
	V2 struct {
		Valid struct {
			ConversationKeys []struct {
				Sec1, Pub2      hexBytes
				ConversationKey hexBytes `json:"conversation_key"`
			} `json:"get_conversation_key"`
			MessageKeys struct {
				ConversationKey hexBytes `json:"conversation_key"`
				Keys            []struct {
					Nonce       hexBytes
					ChaChaKey   hexBytes `json:"chacha_key"`
					ChaChaNonce hexBytes `json:"chacha_nonce"`
					HMACKey     hexBytes `json:"hmac_key"`
				}
			} `json:"get_message_keys"`
			PaddedLen      [][2]int `json:"calc_padded_len"`
			EncryptDecrypt []struct {
				Sec1, Sec2, Nonce  hexBytes
				ConversationKey    hexBytes `json:"conversation_key"`
				Plaintext, Payload string
			} `json:"encrypt_decrypt"`
			Long []struct {
				ConversationKey hexBytes `json:"conversation_key"`
				Nonce           hexBytes
				Pattern         string
				Repeat          int
				PlaintextSHA256 hexBytes `json:"plaintext_sha256"`
				PayloadSHA256   hexBytes `json:"payload_sha256"`
			} `json:"encrypt_decrypt_long_msg"`
		}
		Invalid struct {
			Lengths          []int `json:"encrypt_msg_lengths"`
			ConversationKeys []struct {
				Sec1, Pub2 hexBytes
				Note       string
			} `json:"get_conversation_key"`
			Decrypt []struct {
				ConversationKey hexBytes `json:"conversation_key"`
				Payload, Note   string
			}
		}
	}
}

func loadVectors(t testing.TB) *vectors {
	t.Helper()
	v := new(vectors)
	if err := json.Unmarshal(vectorsJSON, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func secretKey(t testing.TB, b []byte) *record.SecretKey {
	t.Helper()
	k, err := record.SecretKeyFromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestVectorsConversationKey(t *testing.T) {
	v := loadVectors(t).V2
	for _, c := range v.Valid.ConversationKeys {
		got, err := ConversationKey(secretKey(t, c.Sec1), record.PubKey(c.Pub2))
		if err != nil || got != Key(c.ConversationKey) {
			t.Errorf("%x with %x: %x, %v", c.Sec1, c.Pub2, got[:], err)
		}
	}
	for _, c := range v.Invalid.ConversationKeys {
		k, err := record.SecretKeyFromBytes(c.Sec1)
		if err == nil {
			var got Key
			if got, err = ConversationKey(k, record.PubKey(c.Pub2)); got != (Key{}) {
				t.Errorf("%s: a key", c.Note)
			}
		}
		if !errors.Is(err, record.ErrKey) {
			t.Errorf("%s: %v, want ErrKey", c.Note, err)
		}
	}
}

func TestVectorsPayloadKeys(t *testing.T) {
	v := loadVectors(t).V2.Valid.MessageKeys
	key := Key(v.ConversationKey)
	for _, c := range v.Keys {
		keys, err := deriveKeys(&key, c.Nonce)
		want := string(c.ChaChaKey) + string(c.ChaChaNonce) + string(c.HMACKey)
		if err != nil || string(keys[:]) != want {
			t.Errorf("nonce %x: %x, %v", c.Nonce, keys, err)
		}
	}
}

func TestVectorsPaddedLen(t *testing.T) {
	for _, c := range loadVectors(t).V2.Valid.PaddedLen {
		if got := paddedLen(c[0]); got != c[1] {
			t.Errorf("%d bytes are padded to %d, want %d", c[0], got, c[1])
		}
	}
}

func TestVectorsSealAndOpen(t *testing.T) {
	for _, c := range loadVectors(t).V2.Valid.EncryptDecrypt {
		for _, side := range []struct{ own, other hexBytes }{{c.Sec1, c.Sec2}, {c.Sec2, c.Sec1}} {
			key, err := ConversationKey(secretKey(t, side.own), secretKey(t, side.other).PubKey())
			if err != nil || key != Key(c.ConversationKey) {
				t.Errorf("conversation key %x, %v", key[:], err)
			}
		}
		payload, err := Seal(Key(c.ConversationKey), c.Plaintext, [32]byte(c.Nonce))
		if err != nil || payload != c.Payload {
			t.Errorf("%q is sealed as %s, %v", c.Plaintext, payload, err)
		}
		plaintext, err := Open(Key(c.ConversationKey), c.Payload)
		if err != nil || plaintext != c.Plaintext {
			t.Errorf("%s opens as %q, %v", c.Payload, plaintext, err)
		}
	}
}

// testLong seals and opens what is given by its hashes.
func testLong(t *testing.T, key Key, nonce [32]byte, plaintext string, plaintextHash, payloadHash hexBytes) {
	t.Helper()
	if sha256.Sum256([]byte(plaintext)) != [32]byte(plaintextHash) {
		t.Fatalf("%d bytes: not the plaintext of the vector", len(plaintext))
	}
	payload, err := Seal(key, plaintext, nonce)
	if err != nil || sha256.Sum256([]byte(payload)) != [32]byte(payloadHash) {
		t.Errorf("%d bytes: another payload, %v", len(plaintext), err)
	}
	if got, err := Open(key, payload); err != nil || got != plaintext {
		t.Errorf("%d bytes: another plaintext, %v", len(plaintext), err)
	}
	if len(payload) != SealedLen(len(plaintext)) {
		t.Errorf("%d bytes: payload of %d, announced %d", len(plaintext), len(payload), SealedLen(len(plaintext)))
	}
}

func TestVectorsLong(t *testing.T) {
	for _, c := range loadVectors(t).V2.Valid.Long {
		testLong(t, Key(c.ConversationKey), [32]byte(c.Nonce), strings.Repeat(c.Pattern, c.Repeat), c.PlaintextSHA256, c.PayloadSHA256)
	}
}

func TestVectorsLongPrefix(t *testing.T) {
	var v struct {
		ConversationKey hexBytes `json:"conversation_key"`
		Nonce           hexBytes
		Byte            hexBytes `json:"plaintext_byte"`
		Vectors         []struct {
			Len             int
			PaddedLen       int      `json:"padded_len"`
			PlaintextSHA256 hexBytes `json:"plaintext_sha256"`
			PayloadSHA256   hexBytes `json:"payload_sha256"`
		}
	}
	if err := json.Unmarshal(extendedJSON, &v); err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Vectors {
		if got := paddedLen(c.Len); got != c.PaddedLen {
			t.Errorf("%d bytes are padded to %d, want %d", c.Len, got, c.PaddedLen)
		}
		testLong(t, Key(v.ConversationKey), [32]byte(v.Nonce), strings.Repeat(string(v.Byte), c.Len), c.PlaintextSHA256, c.PayloadSHA256)
	}
}

func TestVectorsInvalid(t *testing.T) {
	v := loadVectors(t).V2.Invalid
	for _, c := range v.Decrypt {
		if got, err := Open(Key(c.ConversationKey), c.Payload); err != ErrPayload || got != "" {
			t.Errorf("%s: %q, %v, want ErrPayload", c.Note, got, err)
		}
	}
	for _, n := range v.Lengths {
		// Of the lengths that were too long before the longer prefix, those
		// beyond the bound of this package are.
		_, err := Seal(Key{1}, strings.Repeat("x", n), [32]byte{1})
		if wrong := n == 0 || n > MaxPlaintext; wrong != (err == ErrLength) || !wrong && err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
