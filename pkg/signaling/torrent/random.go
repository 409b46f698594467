package torrent

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// random draws identifiers and jitter. Several trackers share one source.
type random struct {
	mu     sync.Mutex
	source io.Reader
}

func (r *random) read(p []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := io.ReadFull(r.source, p); err != nil {
		return fmt.Errorf("torrent: random source: %w", err)
	}
	return nil
}

// id draws 120 bits in 20 printable characters: bytes above U+007F are legal,
// and some peers' software mangles them.
func (r *random) id() (id, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var i id
	if err := r.read(i[:]); err != nil {
		return id{}, err
	}
	for k, b := range i {
		i[k] = alphabet[b%64]
	}
	return i, nil
}

// jitter draws a duration between half and one and a half of d.
func (r *random) jitter(d time.Duration) (time.Duration, error) {
	var b [4]byte
	if err := r.read(b[:]); err != nil {
		return 0, err
	}
	fraction := float64(binary.LittleEndian.Uint32(b[:])) / (1 << 32)
	return d/2 + time.Duration(fraction*float64(d)), nil
}

// backoff is the pause before the next dial after n failures in a row, n >= 1,
// before jitter.
func backoff(n int) time.Duration {
	if n == 1 {
		return retryFirst
	}
	d := retryBase
	for ; n > 2 && d < retryLast; n-- {
		d *= 2
	}
	return min(d, retryLast)
}
