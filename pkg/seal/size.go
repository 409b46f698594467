package seal

import (
	"sort"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// MaxRecipients is how many people a content can be sealed to, the author
// included. Each takes 248 bytes, so a hundred leave 28 KiB for the envelope, or
// 10 KiB in a room with a password.
const MaxRecipients = 100

const (
	keyDigits = 2 * len(record.PubKey{})

	// framing is the length of a private content without slots and payload.
	framing = len(beforeSender) + keyDigits + len(beforeSlots) + len(beforePayload) + len(afterPayload)
)

// slotPayload is the length of the payload of a content key; slotText that of
// its slot.
var (
	slotPayload = nip44.SealedLen(keyDigits)
	slotText    = len(beforeRecipient) + keyDigits + len(beforeSlot) + slotPayload + len(afterSlot)
)

// MaxEnvelope returns the longest envelope in bytes that fits into a record, in
// a room with a password or without, for a number of recipients, the author
// included; 0 recipients are everybody in the room. It is 0 for a number of
// recipients that there cannot be.
func MaxEnvelope(sealed bool, recipients int) int {
	if recipients < 0 || recipients > MaxRecipients {
		return 0
	}
	// The least n with n+1 bytes too many: sealing never makes shorter.
	return sort.Search(record.MaxContent, func(n int) bool {
		return contentLen(sealed, recipients, n+1) > record.MaxContent
	})
}

// contentLen returns the length of the content that an envelope of n bytes makes.
func contentLen(sealed bool, recipients, n int) int {
	if recipients > 0 {
		n = framing + recipients*slotText + (recipients-1)*len(betweenSlots) + nip44.SealedLen(n)
	}
	if sealed {
		n = nip44.SealedLen(n)
	}
	return n
}
