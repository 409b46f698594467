package room

import (
	"context"

	"github.com/peersetdb/peerset/internal/nfkc"
)

const (
	// rounds of PBKDF2 make each guess of a password cost some tenths of a
	// second on a common machine, as OWASP advises for SHA-256.
	rounds = 600_000
	// stretchedSize is one block of SHA-256: a longer result would cost a
	// member more rounds and a guesser none.
	stretchedSize = 32
)

// stretch makes a key of a password, slowly. The room's name salts it, so that a
// table of passwords serves against one room only.
func stretch(ctx context.Context, name, password string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Two keyboards may write one letter in two ways.
	return pbkdf2(ctx, nfkc.String(password), []byte("peerset/1 password"+name))
}
