package peerset

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"time"

	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// session answers the challenges of peers in the name of an identity.
type session struct {
	key  *record.SecretKey
	cert psync.Certificate
	ends int64 // s, when the login ends; 0: never
	// issuer renews the certificate; without one it ends with the session.
	issuer *author
}

// clockSkew is how many seconds early a certificate begins, for peers whose clocks
// are behind.
const clockSkew = 600

// newSession lets an author vouch for a new session key. ends is in seconds, 0 for
// never. A signer is asked once.
func newSession(ctx context.Context, a *author, t time.Time, ends int64) (*session, error) {
	key, err := record.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	s := &session{key: key, ends: ends}
	if a.key != nil {
		s.issuer = a
	}
	if s.cert, err = certify(ctx, a, key.PubKey(), t, ends); err != nil {
		key.Zero()
		return nil, err
	}
	s.bound()
	return s, nil
}

// bound ends a session with its certificate where nobody can renew it, and where it
// would not be worth it: a login of a day is one of the certificate's day.
func (s *session) bound() {
	left := s.ends - s.cert.Until
	if s.issuer == nil && (s.ends == 0 || left > 0) || s.ends != 0 && left > 0 && left <= clockSkew {
		s.ends = s.cert.Until
	}
}

func certify(ctx context.Context, a *author, key record.PubKey, t time.Time, ends int64) (psync.Certificate, error) {
	from := t.Unix() - clockSkew
	until := from + psync.MaxCertificateLife
	if ends != 0 {
		until = min(until, ends)
	}
	e, err := a.sign(ctx, psync.CertificateEvent(key, from, until))
	if err != nil {
		return psync.Certificate{}, err
	}
	return psync.NewCertificate(key, until, e), nil
}

// due reports whether the certificate should be renewed: at half of its life, or
// where the clock was set back.
func (s *session) due(t time.Time) bool {
	left := s.cert.Until - t.Unix()
	if s.ends != 0 && s.cert.Until >= s.ends {
		return false // it lasts as long as the session
	}
	return s.issuer != nil && (left <= psync.MaxCertificateLife/2 || left > psync.MaxCertificateLife)
}

func (s *session) over(t time.Time) bool { return s.ends != 0 && t.Unix() >= s.ends }

// author returns who renews the certificate, if anybody.
func (s *session) author() *author {
	if s == nil {
		return nil
	}
	return s.issuer
}

func (s *session) zero() {
	if s != nil {
		s.key.Zero()
	}
}

// kept is how a session is kept in the vault.
type kept struct {
	Type     IdentityType `json:"type"`
	Again    bool         `json:"again"` // the signer is that of the options
	Identity []byte       `json:"identity"`
	Key      []byte       `json:"key"`
	From     int64        `json:"from"`
	Until    int64        `json:"until"`
	Sig      []byte       `json:"sig"`
	Ends     int64        `json:"ends"`
}

// save keeps a session, and the encrypted key of its author if it is not empty.
func (s *session) save(ctx context.Context, v Vault, a *author, ncryptsec string) error {
	secret := s.key.Bytes()
	defer clear(secret[:])
	text, err := json.Marshal(kept{a.kind, a.again, s.cert.Identity[:], secret[:], s.cert.From, s.cert.Until, s.cert.Sig[:], s.ends})
	if err != nil {
		return err
	}
	defer clear(text)
	values := map[string][]byte{sessionName: text}
	if ncryptsec != "" {
		values[keyName] = []byte(ncryptsec)
	}
	return v.SaveAll(ctx, values)
}

// read parses what save wrote. Whoever is done with it overwrites k.Key.
func (k *kept) read(text []byte) bool {
	return json.Unmarshal(text, k) == nil && len(k.Identity) == 32 && len(k.Key) == 32 && len(k.Sig) == 64
}

// isKept reports whether the vault keeps this session, and not one of another tab.
func (s *session) isKept(ctx context.Context, v Vault) (bool, error) {
	text, err := v.Load(ctx, sessionName)
	if err != nil || text == nil {
		return false, err
	}
	defer clear(text)
	var k kept
	defer func() { clear(k.Key) }()
	secret := s.key.Bytes()
	defer clear(secret[:])
	return k.read(text) && subtle.ConstantTimeCompare(k.Key, secret[:]) == 1, nil
}

// loadSession returns the session of a login in this origin, with its author, who is
// locked. Both are nil if there is none.
func loadSession(ctx context.Context, v Vault) (*session, *author, error) {
	text, err := v.Load(ctx, sessionName)
	if err != nil || text == nil {
		return nil, nil, err
	}
	defer clear(text)
	var k kept
	defer func() { clear(k.Key) }()
	if !k.read(text) {
		return nil, nil, v.Remove(ctx, sessionName) // of no release of ours
	}
	key, err := record.SecretKeyFromBytes(k.Key)
	if err != nil {
		return nil, nil, v.Remove(ctx, sessionName)
	}
	s := &session{key: key, ends: k.Ends, cert: psync.Certificate{
		Identity: record.PubKey(k.Identity), Session: key.PubKey(), From: k.From, Until: k.Until, Sig: record.Sig(k.Sig),
	}}
	s.bound()
	a := &author{pub: s.cert.Identity, kind: k.Type, again: k.Again, locked: ErrLocked}
	if err := s.cert.Check(time.Now().Unix()); err != nil || s.over(time.Now()) {
		a.locked = ErrSessionExpired
	}
	return s, a, nil
}
