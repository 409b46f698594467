//go:build !js

package room

import (
	"context"
	gopbkdf2 "crypto/pbkdf2"
	"crypto/sha256"
)

// pbkdf2 cannot be interrupted; it takes about a tenth of a second.
func pbkdf2(_ context.Context, password string, salt []byte) ([]byte, error) {
	return gopbkdf2.Key(sha256.New, password, salt, rounds, stretchedSize)
}
