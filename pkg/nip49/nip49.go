package nip49

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/peersetdb/peerset/internal/nfkc"
	"github.com/peersetdb/peerset/pkg/record"
)

var (
	// ErrFormat says that a text is not an ncryptsec, or one of another version
	// or with a cost that is refused.
	ErrFormat = errors.New("nip49: not an ncryptsec that can be decrypted")
	// ErrPassphrase says that the passphrase is wrong or the ncryptsec damaged:
	// one cannot be told from the other.
	ErrPassphrase = errors.New("nip49: wrong passphrase, or damaged")
)

// Scrypt derives 32 bytes by scrypt (RFC 7914) with N = 2^logN, r = 8, p = 1.
// It keeps neither passphrase nor salt, and returns what the caller may
// overwrite.
type Scrypt func(ctx context.Context, passphrase, salt []byte, logN int) ([]byte, error)

const (
	// logN is the cost of what Encrypt makes: 64 MiB.
	logN = 16

	// maxLogN is the highest cost that Decrypt pays: 1 GiB. Whoever hands in an
	// ncryptsec chooses it.
	maxLogN = 20
)

// Places in an ncryptsec.
const (
	version = 2

	atLogN       = 1
	atSalt       = atLogN + 1
	atNonce      = atSalt + 16
	atSecurity   = atNonce + chacha20poly1305.NonceSizeX
	atCiphertext = atSecurity + 1
	size         = atCiphertext + 32 + chacha20poly1305.Overhead

	// securityUnknown says that it is not known whether the key was ever
	// handled insecurely.
	securityUnknown = 2
)

// Encrypt returns the secret key as an ncryptsec. Salt and nonce are taken from
// rand, which must be a cryptographically secure source. The error wraps
// record.ErrKey for a key that is zeroed, else that of rand or scrypt.
func Encrypt(ctx context.Context, scrypt Scrypt, k *record.SecretKey, passphrase string, rand io.Reader) (string, error) {
	secret := k.Bytes()
	defer clear(secret[:])
	if secret == [32]byte{} {
		return "", fmt.Errorf("nip49: encrypt: %w: the secret key is zeroed", record.ErrKey)
	}
	b := make([]byte, atCiphertext, size)
	if _, err := io.ReadFull(rand, b[atSalt:atSecurity]); err != nil {
		return "", fmt.Errorf("nip49: encrypt: %w", err)
	}
	b[0] = version
	b[atLogN] = logN
	b[atSecurity] = securityUnknown
	aead, err := newAEAD(ctx, scrypt, passphrase, b)
	if err != nil {
		return "", fmt.Errorf("nip49: encrypt: %w", err)
	}
	return encode(aead.Seal(b, b[atNonce:atSecurity], secret[:], b[atSecurity:atCiphertext])), nil
}

// Decrypt returns the secret key of an ncryptsec. The error wraps ErrFormat or
// ErrPassphrase, else it is that of scrypt.
func Decrypt(ctx context.Context, scrypt Scrypt, ncryptsec, passphrase string) (*record.SecretKey, error) {
	b, err := decode(ncryptsec)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(ctx, scrypt, passphrase, b)
	if err != nil {
		return nil, fmt.Errorf("nip49: decrypt: %w", err)
	}
	secret, err := aead.Open(nil, b[atNonce:atSecurity], b[atCiphertext:], b[atSecurity:atCiphertext])
	if err != nil {
		return nil, ErrPassphrase
	}
	defer clear(secret)
	k, err := record.SecretKeyFromBytes(secret)
	if err != nil {
		return nil, ErrPassphrase
	}
	return k, nil
}

// newAEAD returns the cipher for the passphrase and the salt and cost in b.
func newAEAD(ctx context.Context, scrypt Scrypt, passphrase string, b []byte) (cipher.AEAD, error) {
	typed := []byte(nfkc.String(passphrase))
	defer clear(typed)
	key, err := scrypt(ctx, typed, b[atSalt:atNonce], int(b[atLogN]))
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return chacha20poly1305.NewX(key) // refuses a key of another size
}
