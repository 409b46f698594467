package sync

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/peersetdb/peerset/pkg/record"
)

// KindCertificate is the kind of the event by which an identity vouches for a
// session key. It is ephemeral (NIP-01): relays do not keep it.
const KindCertificate = 22278

// MaxCertificateLife is the longest life of a certificate, in seconds.
const MaxCertificateLife = 24 * 3600

// ErrCertificate says that a certificate does not hold.
var ErrCertificate = errors.New("sync: certificate")

// Certificate says that a session key speaks for an identity for a while. It
// is a Nostr event, so that any signer can make one.
type Certificate struct {
	Identity record.PubKey
	Session  record.PubKey
	From     int64 // seconds
	Until    int64 // seconds
	Sig      record.Sig
}

// CertificateEvent returns the event for an identity to sign.
func CertificateEvent(session record.PubKey, from, until int64) record.Event {
	return record.Event{
		CreatedAt: from,
		Kind:      KindCertificate,
		Tags: [][]string{
			{"session", hex.EncodeToString(session[:])},
			{"expiration", strconv.FormatInt(until, 10)},
		},
	}
}

// NewCertificate makes a certificate of a signed event that CertificateEvent made.
func NewCertificate(session record.PubKey, until int64, signed record.Event) Certificate {
	return Certificate{signed.Author, session, signed.CreatedAt, until, signed.Sig}
}

// Check reports why the certificate does not hold at a time (in seconds), where
// the two clocks may differ by maxSkew.
func (c *Certificate) Check(now int64) error {
	switch {
	case c.From < 0 || c.Until <= c.From || c.Until-c.From > MaxCertificateLife:
		return fmt.Errorf("%w: lives longer than %d s", ErrCertificate, MaxCertificateLife)
	case c.From > now+maxSkew:
		return fmt.Errorf("%w: not valid yet", ErrCertificate)
	case c.Until < now-maxSkew:
		return fmt.Errorf("%w: expired", ErrCertificate)
	}
	e := CertificateEvent(c.Session, c.From, c.Until)
	e.Author = c.Identity
	if record.VerifyHash(c.Identity, e.Hash(), c.Sig) != nil {
		return fmt.Errorf("%w: wrong signature", ErrCertificate)
	}
	return nil
}

func (c *Certificate) append(b []byte) []byte {
	b = append(b, c.Identity[:]...)
	b = append(b, c.Session[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.From))
	b = binary.BigEndian.AppendUint64(b, uint64(c.Until))
	return append(b, c.Sig[:]...)
}

func readCertificate(r *reader) (c Certificate) {
	c.Identity = r.b32()
	c.Session = r.b32()
	c.From = int64(r.u64())
	c.Until = int64(r.u64())
	copy(c.Sig[:], r.bytes(64))
	if c.From < 0 || c.Until < 0 {
		r.fail("time")
	}
	return c
}
