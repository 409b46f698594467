//go:build !js

package nip49

import (
	"context"

	"golang.org/x/crypto/scrypt"
)

// NativeScrypt is a Scrypt. Once begun it is not interrupted: 0.1 s and 64 MiB
// for logN 16, twice as much for each one more.
func NativeScrypt(ctx context.Context, passphrase, salt []byte, logN int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return scrypt.Key(passphrase, salt, 1<<logN, 8, 1, 32)
}

var _ Scrypt = NativeScrypt
