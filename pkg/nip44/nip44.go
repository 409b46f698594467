package nip44

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20"

	"github.com/peersetdb/peerset/pkg/record"
)

// MaxPlaintext is the longest plaintext in bytes. NIP-44 allows 4 GB and asks
// for a bound of one's own; events have less than 100 KB, and memory of several
// times a payload is needed to open it.
const MaxPlaintext = 1 << 20

var (
	// ErrPayload says that a payload does not open: another key, damage, or no
	// payload at all. There is one error for every cause, so that who hands in
	// payloads learns nothing from it.
	ErrPayload = errors.New("nip44: payload does not open")
	// ErrLength says that a plaintext is empty or longer than MaxPlaintext.
	ErrLength = errors.New("nip44: plaintext is empty or too long")
)

// Key seals and opens: the conversation key of NIP-44. Formatting one prints
// no secret.
type Key [32]byte

// Format keeps the secret out of logs and messages, whatever the verb.
func (Key) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "Key(hidden)")
}

// ConversationKey returns what the owners of two keys share: it is the same
// for one's secret and the other's public key. The error wraps record.ErrKey:
// pub stands for no point, or k is zeroed.
func ConversationKey(k *record.SecretKey, pub record.PubKey) (Key, error) {
	x, err := k.SharedX(pub)
	if err != nil {
		return Key{}, fmt.Errorf("nip44: conversation key: %w", err)
	}
	defer clear(x[:])
	prk, err := hkdf.Extract(sha256.New, x[:], []byte("nip44-v2"))
	if err != nil {
		return Key{}, fmt.Errorf("nip44: conversation key: %w", err)
	}
	defer clear(prk)
	return Key(prk), nil
}

// A payload is the base64 of
//
//	version 1 | nonce 32 | ciphertext | HMAC of nonce and ciphertext 32
const (
	version   = 2
	nonceSize = 32
	macSize   = sha256.Size

	atNonce      = 1
	atCiphertext = atNonce + nonceSize
	overhead     = atCiphertext + macSize
)

// SealedLen returns the length of the payload of a plaintext of n bytes.
func SealedLen(n int) int {
	return base64.StdEncoding.EncodedLen(overhead + framedLen(n))
}

// Seal returns the payload of a plaintext of 1 to MaxPlaintext bytes. The error
// is ErrLength. See the duties of the caller for the nonce.
func Seal(key Key, plaintext string, nonce [nonceSize]byte) (string, error) {
	defer clear(key[:])
	if plaintext == "" || len(plaintext) > MaxPlaintext {
		return "", ErrLength
	}
	keys, err := deriveKeys(&key, nonce[:])
	if err != nil {
		return "", err
	}
	defer clear(keys[:])

	raw := make([]byte, overhead+framedLen(len(plaintext)))
	raw[0] = version
	copy(raw[atNonce:], nonce[:])
	body := raw[atCiphertext : len(raw)-macSize]
	frame(body, plaintext)
	if err := keys.xor(body); err != nil {
		clear(raw)
		return "", err
	}
	copy(raw[len(raw)-macSize:], keys.mac(raw[atNonce:len(raw)-macSize]))
	return base64.StdEncoding.EncodeToString(raw), nil
}

// Open returns the plaintext of a payload. The error is ErrPayload, whatever
// the cause.
func Open(key Key, payload string) (string, error) {
	defer clear(key[:])
	raw := decode(payload)
	if raw == nil || raw[0] != version {
		return "", ErrPayload
	}
	keys, err := deriveKeys(&key, raw[atNonce:atCiphertext])
	if err != nil {
		return "", ErrPayload
	}
	defer clear(keys[:])
	signed, mac := raw[atNonce:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(keys.mac(signed), mac) {
		return "", ErrPayload
	}
	body := signed[nonceSize:]
	defer clear(body)
	if keys.xor(body) != nil {
		return "", ErrPayload
	}
	plaintext, ok := unframe(body)
	if !ok {
		return "", ErrPayload
	}
	return string(plaintext), nil
}

// strict refuses a second form of the last character. The decoder skips line
// ends all the same.
var strict = base64.StdEncoding.Strict()

// decode returns the bytes of a payload, as many as the shortest one has at
// least, or nil.
func decode(payload string) []byte {
	if len(payload) < SealedLen(1) || len(payload) > SealedLen(MaxPlaintext) || strings.ContainsAny(payload, "\r\n") {
		return nil
	}
	raw, err := strict.DecodeString(payload)
	if err != nil || len(raw) < overhead+framedLen(1) {
		return nil
	}
	return raw
}

// payloadKeys are the keys of one payload: ChaCha20's, its nonce, the HMAC's.
type payloadKeys [chacha20.KeySize + chacha20.NonceSize + macSize]byte

func deriveKeys(key *Key, nonce []byte) (keys payloadKeys, err error) {
	b, err := hkdf.Expand(sha256.New, key[:], string(nonce), len(keys))
	if err != nil {
		return keys, fmt.Errorf("nip44: keys of a payload: %w", err)
	}
	copy(keys[:], b)
	clear(b)
	return keys, nil
}

// xor encrypts or decrypts b in its place.
func (k *payloadKeys) xor(b []byte) error {
	cipher, err := chacha20.NewUnauthenticatedCipher(k[:chacha20.KeySize], k[chacha20.KeySize:][:chacha20.NonceSize])
	if err != nil {
		return fmt.Errorf("nip44: cipher: %w", err)
	}
	cipher.XORKeyStream(b, b)
	return nil
}

func (k *payloadKeys) mac(b []byte) []byte {
	m := hmac.New(sha256.New, k[len(k)-macSize:])
	m.Write(b)
	return m.Sum(nil)
}
