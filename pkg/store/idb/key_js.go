package idb

import (
	"encoding/binary"
	"errors"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// keySize is the size of a key in the object store.
const keySize = 8 + 32 + 16 + 1

var errNotKeys = errors.New("a key is not of our size")

// keyAt returns the i-th of keys that lie one after another.
func keyAt(keys []byte, i int) []byte { return keys[i*keySize : (i+1)*keySize] }

func appendAt(b []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(at)^1<<63)
}

func appendKey(b []byte, k psync.Key) []byte {
	b = appendAt(b, k.At)
	b = append(b, k.ID[:]...)
	b = append(b, k.UUID[:]...)
	return append(b, byte(k.Kind))
}

func appendKeys(b []byte, keys []psync.Key) []byte {
	for _, k := range keys {
		b = appendKey(b, k)
	}
	return b
}

func parseKey(b [keySize]byte) psync.Key {
	k := psync.Key{At: int64(binary.BigEndian.Uint64(b[:]) ^ 1<<63)}
	copy(k.ID[:], b[8:])
	copy(k.UUID[:], b[40:])
	k.Kind = psync.EntryKind(b[56])
	return k
}

// parseKeys parses n keys that lie one after another.
func parseKeys(b []byte, n int) ([]psync.Key, error) {
	if len(b) != n*keySize {
		return nil, errNotKeys
	}
	keys := make([]psync.Key, n)
	for i := range keys {
		keys[i] = parseKey([keySize]byte(keyAt(b, i)))
	}
	return keys, nil
}
