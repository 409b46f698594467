//go:build !js

package peerset

import "github.com/peersetdb/peerset/pkg/nip49"

// defaultScrypt is Go's own.
var defaultScrypt nip49.Scrypt = nip49.NativeScrypt
