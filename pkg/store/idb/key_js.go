package idb

import (
	"encoding/binary"
	"errors"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// keySize is the size of a key in the object store.
const keySize = 8 + 32 + 16 + 1 + 8 + 16

var errNotKeys = errors.New("a key is not of our size")

// keyAt returns the i-th of keys that lie one after another.
func keyAt(keys []byte, i int) []byte { return keys[i*keySize : (i+1)*keySize] }

// appendTime appends a time so that the order of the bytes is that of the times.
func appendTime(b []byte, t int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t)^1<<63)
}

func parseTime(b []byte) int64 { return int64(binary.BigEndian.Uint64(b) ^ 1<<63) }

func appendKey(b []byte, k psync.Key) []byte {
	b = appendTime(b, k.At)
	b = append(b, k.ID[:]...)
	b = append(b, k.UUID[:]...)
	b = append(b, byte(k.Kind))
	b = appendTime(b, k.Expires)
	return append(b, k.Facts[:]...)
}

func appendKeys(b []byte, keys []psync.Key) []byte {
	for _, k := range keys {
		b = appendKey(b, k)
	}
	return b
}

func parseKey(b [keySize]byte) psync.Key {
	k := psync.Key{At: parseTime(b[:]), Kind: psync.EntryKind(b[56]), Expires: parseTime(b[57:])}
	copy(k.ID[:], b[8:])
	copy(k.UUID[:], b[40:])
	copy(k.Facts[:], b[65:])
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
