package record

// Limits of what is decoded, checked and signed.
const (
	// MaxBinary is the longest record in binary form. Relays take events of
	// 64 KiB, and with its header it fits one message of a data channel.
	MaxBinary = 64 << 10

	// MaxContent is the longest content of an event in bytes. The remaining
	// 1 KiB of MaxBinary is more than the other fields can take (132 bytes).
	MaxContent = 63 << 10

	// MaxTags, MaxTagItems, MaxTagItem and MaxTagBytes bound the tags of an
	// event: their number, the items of each, the bytes of one item and those
	// of all items together. A record has three tags; events of other kinds
	// (certificates, relay authentication) have few more. Relays take values
	// of 1,024 bytes.
	MaxTags     = 64
	MaxTagItems = 16
	MaxTagItem  = 1 << 10
	MaxTagBytes = 16 << 10

	// MaxJSON is the longest NIP-01 object that is parsed. The longest event
	// that passes Check takes less than 163 KiB, all characters escaped;
	// the rest is for white space and \u escapes of other writers.
	MaxJSON = 256 << 10

	// MaxKind is the largest kind of NIP-01.
	MaxKind = 1<<16 - 1

	// MaxInteger is the largest time and the largest integer altogether:
	// JavaScript holds no larger one exactly.
	MaxInteger = 1<<53 - 1

	// MaxDepth is how deep arrays and objects nest in the content of a Body.
	// The scanner recurses, and goroutine stacks in a browser are dear.
	MaxDepth = 64

	// MaxKey is the longest Body.Key in bytes: a path or an address fits.
	MaxKey = 1 << 10

	// MaxCollection is the longest Body.Collection in bytes: it is a name.
	MaxCollection = 128

	// maxBech32 is the longest string that is decoded as an npub or nsec:
	// NIP-19 suggests 5,000 for all of its forms, and those that are not
	// wanted shall be named in the error.
	maxBech32 = 5000
)
