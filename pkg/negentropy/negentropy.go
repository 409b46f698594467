// Package negentropy finds out what two sets differ in, by version 1 of the
// Negentropy protocol (docs/negentropy-protocol-v1.md of
// github.com/hoytech/negentropy), range-based set reconciliation. Messages are
// byte for byte those of the reference in C++.
//
// One side asks, the other answers without keeping any state:
//
//	client                                server
//	Initiate  ── fingerprints of 16 ranges ──►  Respond
//	Reconcile ◄── the ranges that differ,  ───  compares, splits
//	             split in 16 or listed
//	   …      ──►                          ◄──     …
//	done: every id that only one side has is known to the client
//
// Both work straight on the tree; a range costs O(log n) unless its ids are
// listed.
//
// # Duties of the caller
//
//   - Both sides see the same part of their sets: equal View.From.
//   - Messages go alternately, and each to the side that it is meant for.
//   - An answer is not bounded by its question: four bytes can ask for all ids. The
//     limit bounds it, and with it the work of a Respond.
//   - A dishonest server can keep a client busy for ever: bound the number of
//     round trips.
//   - When a frame is full, ranges that were done with can come up again: with a
//     limit, an id may be reported by several messages.
//   - Ids are claims. A needed id may be one that the tree has under another
//     time, or one that exists nowhere.
//
// The tree may change between two messages. Nothing breaks, for no state is
// kept: items that came or went may be reported or not, and what was missed is
// found the next time. So the results are hints, exact only for sets at rest.
package negentropy

import (
	"errors"

	"github.com/peersetdb/peerset/pkg/merkle"
)

var (
	// ErrVersion says that the peer does not speak version 1.
	ErrVersion = errors.New("negentropy: unsupported protocol version")
	// ErrTruncated says that a message ends in the middle of a range.
	ErrTruncated = errors.New("negentropy: message is truncated")
	// ErrVarint says that a number is not minimal or exceeds 64 bits.
	ErrVarint = errors.New("negentropy: malformed varint")
	// ErrBound says that a bound is too long, too late or before the last one.
	ErrBound = errors.New("negentropy: malformed bound")
	// ErrMode says that a range has an unknown mode.
	ErrMode = errors.New("negentropy: unknown range mode")
	// ErrRanges says that a message has more than MaxRanges ranges.
	ErrRanges = errors.New("negentropy: too many ranges")
)

const (
	// MinLimit is the lowest limit of a message's length, as in the
	// reference. A range split in 16 fits several times.
	MinLimit = 4096

	// MaxRanges is the most ranges that a message may have. Relays answer
	// with frames of up to 500,000 bytes, in which there is room for 24,000
	// fingerprints; so nothing honest comes near, and a longer message of
	// tiny ranges cannot cost a million look-ups.
	MaxRanges = 1 << 15
)

// version is the first byte of every message: version 1. All versions lie
// from versionFirst to versionLast.
const (
	version      = 0x61
	versionFirst = 0x60
	versionLast  = 0x6f
)

// View is the part of a tree that takes part: the items not before From.
// Neither side may know of others, or else what one has dropped as too old
// would be reported as missing.
type View struct {
	Tree *merkle.Tree
	From int64 // seconds since 1970
}

// Range is a part of the set, from Lo up to but without Hi.
type Range struct {
	Lo, Hi merkle.Bound
}

// below sums up the items of the view before a bound and those out of view.
func (v View) below(b merkle.Bound) merkle.Sum {
	return v.Tree.Below(v.clip(b))
}

// clip moves a bound out of view to the start of the view.
func (v View) clip(b merkle.Bound) merkle.Bound {
	if b.Time < v.From {
		return merkle.Bound{Time: v.From}
	}
	return b
}

// checkLimit panics if the caller asks for a limit that cannot be kept.
func checkLimit(limit int) {
	if limit != 0 && limit < MinLimit {
		panic("negentropy: limit is below MinLimit")
	}
}
