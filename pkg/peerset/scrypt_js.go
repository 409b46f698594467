package peerset

import (
	"context"
	"fmt"
)

// defaultScrypt is none: in a browser Go's would hold the page for a second, and keep
// 64 MiB of memory.
func defaultScrypt(context.Context, []byte, []byte, int) ([]byte, error) {
	return nil, fmt.Errorf("%w Scrypt: is missing", ErrOption)
}
