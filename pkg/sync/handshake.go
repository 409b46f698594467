package sync

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/peersetdb/peerset/pkg/record"
)

// hello opens a handshake: who speaks, in which room, and what bounds its set.
type hello struct {
	version byte
	nonce   [32]byte
	room    record.RoomTag
	cert    Certificate
	// instance is random and differs for every open database: several may share a session key.
	instance [16]byte
	policy   [32]byte // the hash of what is let in
	bucket   uint64   // width in seconds
	horizon  uint64   // seconds; the start of a bucket
}

func (h *hello) append(b []byte) []byte {
	b = append(b, h.version)
	b = append(b, h.nonce[:]...)
	b = append(b, h.room[:]...)
	b = h.cert.append(b)
	b = append(b, h.instance[:]...)
	b = append(b, h.policy[:]...)
	b = binary.AppendUvarint(b, h.bucket)
	return binary.AppendUvarint(b, h.horizon)
}

// readHello reads a hello. Of another version only the version byte is read.
func readHello(b []byte) (h hello, err error) {
	r := reader{b: b}
	h.version = r.byte()
	if r.err == nil && h.version != Version {
		return h, nil
	}
	h.nonce = r.b32()
	h.room = r.b16()
	h.cert = readCertificate(&r)
	h.instance = r.b16()
	h.policy = r.b32()
	h.bucket = r.varint(1 << 40)
	h.horizon = r.varint(1 << 53)
	if r.err == nil && (h.bucket == 0 || h.horizon%h.bucket != 0) {
		r.fail("horizon")
	}
	return h, r.done()
}

// transcript is what both sides sign: the two hellos and the two DTLS
// fingerprints, ordered by offerer and answerer.
type transcript struct {
	room     record.RoomTag
	session  byte
	hellos   [2][]byte   // as sent, offerer's first
	prints   [2][32]byte // offerer's first
	offering bool        // our role
}

// hash is what a role signs. The role is in it, so that a proof sent back is none.
func (t *transcript) hash(offerer bool) [32]byte {
	h := sha256.New()
	h.Write([]byte("peerset/1 proof"))
	role := byte('A')
	if offerer {
		role = 'O'
	}
	h.Write([]byte{Version, role, t.session})
	h.Write(t.room[:])
	for i := range t.hellos {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(t.hellos[i]))))
		h.Write(t.hellos[i])
		h.Write(t.prints[i][:])
	}
	return [32]byte(h.Sum(nil))
}

// prove makes the proof of our role: a signature by the session key, and proof
// of membership. There is none if the key is gone.
func (t *transcript) prove(sign func([32]byte) record.Sig, membership [32]byte) (proof []byte, ok bool) {
	hash := t.hash(t.offering)
	sig, mac := sign(hash), member(membership, hash)
	return append(sig[:], mac[:]...), sig != record.Sig{}
}

// check checks the other role's proof.
func (t *transcript) check(proof []byte, session record.PubKey, membership [32]byte) ReasonCode {
	r := reader{b: proof}
	sig := record.Sig(r.bytes(64))
	mac := r.b32()
	if r.done() != nil {
		return ReasonProtocol
	}
	hash := t.hash(!t.offering)
	want := member(membership, hash)
	if !hmac.Equal(mac[:], want[:]) {
		return ReasonRoom
	}
	if record.VerifyHash(session, hash, sig) != nil {
		return ReasonProof
	}
	return ReasonGone
}

func member(key [32]byte, hash [32]byte) [32]byte {
	m := hmac.New(sha256.New, key[:])
	m.Write(hash[:])
	return [32]byte(m.Sum(nil))
}
