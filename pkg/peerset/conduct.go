package peerset

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/peersetdb/peerset/pkg/moderation"
	"github.com/peersetdb/peerset/pkg/record"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// Ban keeps a peer away, and its author's records with it.
type Ban = moderation.Ban

type (
	// StrikeEvent says that a peer has earned a consequence: a warning, being muted or
	// disconnected. A ban is a BanEvent.
	StrikeEvent struct {
		Who   record.PubKey
		Level moderation.Level
	}
	// BanEvent says that somebody was banned, or no longer is.
	BanEvent struct {
		Ban  Ban
		Over bool
	}
)

// budget returns what a connection may still bring.
func (db *DB) budget(conn psync.ConnID) *moderation.Connection {
	c := db.budgets[conn]
	if c == nil {
		c = moderation.NewConnection(db.policy, now())
		if _, open := db.conns[conn]; open {
			db.budgets[conn] = c
		}
	}
	return c
}

// blame charges what was refused: to the connection, whatever the policies, and to the
// carrier and the author where the carrier must have known.
func (db *DB) blame(conn psync.ConnID, fs []finding) {
	p, ok := db.peer(conn)
	budget := db.budget(conn)
	within := true
	for i := range fs {
		f := &fs[i]
		if f.forged || !f.verdict.Refused() {
			continue
		}
		within = budget.Refused(now()) && within
		if f.verdict.Class == moderation.Pure {
			db.strikeAuthor(f.subject.Record, f.verdict.Rule)
		}
		if ok && moderation.Blames(f.verdict, p.Policy == db.policy.Hash()) {
			db.strike(p.Identity, moderation.RefusedRecord, "brought what its own policy refuses: "+f.verdict.Rule)
		}
	}
	if !within && ok {
		// An honest peer with laxer rules may well hold so many: it is asked for the others later.
		db.spent[conn] = true
		db.core.Mute(now(), conn, true)
	}
}

// authorMemory is how long ago, by its date, a record may be for which its author is struck. What
// comes with the history of a room, perhaps from a time of other rules, strikes nobody.
const authorMemory = 10 * time.Minute

// strikeAuthor counts a record against its author. A ban refuses what else he writes.
func (db *DB) strikeAuthor(r *record.Record, rule string) {
	if time.Since(time.Unix(r.CreatedAt, 0)) > authorMemory {
		return
	}
	if c := db.authors.Strike(now(), r.Author, moderation.RefusedRecord, "wrote what is refused: "+rule); c.Level == moderation.Banned {
		db.banned(db.authors, r.Author)
	}
}

// banned tells the page of a ban.
func (db *DB) banned(s *moderation.Strikes, who record.PubKey) {
	for _, b := range s.Bans(now()) {
		if b.Who == who {
			db.event(BanEvent{Ban: b})
		}
	}
	db.keepStrikes()
}

// peer returns what is known of a connection whose peer has proved who it is.
func (db *DB) peer(conn psync.ConnID) (psync.Peer, bool) {
	for _, p := range db.core.Peers() {
		if p.Conn == conn && p.Identity != (record.PubKey{}) {
			return p, true
		}
	}
	return psync.Peer{}, false
}

// offences are the reasons for which a session was ended that no honest peer gives.
var offences = map[psync.ReasonCode]moderation.Offence{
	psync.ReasonBadSignature: moderation.BadSignature,
	psync.ReasonProtocol:     moderation.ProtocolViolation,
	psync.ReasonBadRecord:    moderation.ProtocolViolation,
	psync.ReasonUnsolicited:  moderation.ProtocolViolation,
	psync.ReasonRate:         moderation.ProtocolViolation,
}

// conduct looks at what became of a peer.
func (db *DB) conduct(e psync.PeerEvent) {
	if e.Peer.State == psync.Closed {
		db.totals.gone(e)
		delete(db.budgets, e.Peer.Conn)
		delete(db.muted, e.Peer.Conn)
		delete(db.spent, e.Peer.Conn)
		if o, is := offences[e.Reason.Code]; is && !e.Reason.Remote && e.Peer.Identity != (record.PubKey{}) {
			db.strike(e.Peer.Identity, o, e.Reason.Code.String())
		}
		return
	}
	if e.Peer.State < psync.Authenticated {
		return
	}
	switch level := db.carriers.Level(now(), e.Peer.Identity); {
	case level == moderation.Banned:
		db.core.Disconnect(now(), e.Peer.Conn, psync.ReasonBanned, "")
	case level >= moderation.Muted && !e.Peer.Muted:
		db.core.Mute(now(), e.Peer.Conn, true)
	}
}

// strike counts an offence of a peer, and does what follows.
func (db *DB) strike(who record.PubKey, o moderation.Offence, reason string) {
	c := db.carriers.Strike(now(), who, o, reason)
	if c.Level == moderation.Clear {
		return
	}
	if c.Level == moderation.Banned {
		db.banned(db.carriers, who)
	} else {
		db.event(StrikeEvent{who, c.Level})
		db.keepStrikes()
	}
	db.consequence(who, c.Level)
}

// consequence treats all connections with somebody alike.
func (db *DB) consequence(who record.PubKey, level moderation.Level) {
	for _, p := range db.core.Peers() {
		if p.Identity != who {
			continue
		}
		switch level {
		case moderation.Muted:
			db.core.Mute(now(), p.Conn, true)
		case moderation.Disconnected:
			db.core.Disconnect(now(), p.Conn, psync.ReasonExceeded, "too many strikes")
		case moderation.Banned:
			db.core.Disconnect(now(), p.Conn, psync.ReasonBanned, "")
		}
	}
}

// pardon lets those be heard again whose strikes have decayed, and whose budget has filled.
func (db *DB) pardon() {
	for _, p := range db.core.Peers() {
		if db.spent[p.Conn] {
			if !db.budget(p.Conn).Filled(now()) {
				continue
			}
			delete(db.spent, p.Conn)
		}
		if p.Muted && !db.muted[p.Conn] && db.carriers.Level(now(), p.Identity) < moderation.Muted {
			db.core.Mute(now(), p.Conn, false)
		}
	}
}

// Bans returns the bans that hold.
func (db *DB) Bans() []Ban {
	db.mu.Lock()
	defer db.mu.Unlock()
	bs := db.carriers.Bans(now())
	for _, b := range db.authors.Bans(now()) {
		if db.carriers.Level(now(), b.Who) != moderation.Banned {
			bs = append(bs, b)
		}
	}
	sort.Slice(bs, func(i, j int) bool { return bs[i].Until < bs[j].Until })
	return bs
}

const (
	defaultBan = 24 * time.Hour
	maxBan     = 10 * 366 * 24 * time.Hour
)

// Ban keeps somebody away for a time, 0 for a day.
func (db *DB) Ban(ctx context.Context, npub string, d time.Duration, reason string) (Ban, error) {
	who, err := record.ParseNpub(npub)
	switch {
	case err != nil:
		return Ban{}, fmt.Errorf("npub: %w", err)
	case d < 0 || d > maxBan:
		return Ban{}, fmt.Errorf("%w for: %v is not up to ten years", ErrOption, d)
	case d == 0:
		d = defaultBan
	}
	var b Ban
	if doErr := db.do(ctx, func() {
		if who == db.who.pub {
			err = fmt.Errorf("%w npub: it is your own", ErrOption)
			return
		}
		b = db.carriers.Ban(now(), who, now()+d.Milliseconds(), reason)
		db.strikesChanged = true
		db.event(BanEvent{Ban: b})
		db.consequence(who, moderation.Banned)
	}); doErr != nil {
		return Ban{}, doErr
	}
	if err != nil {
		return Ban{}, err
	}
	return b, db.saveStrikes(ctx)
}

// Unban ends a ban, forgets what it was for, and looks for peers: who was banned need not
// wait until that is due.
func (db *DB) Unban(ctx context.Context, npub string) error {
	who, err := record.ParseNpub(npub)
	if err != nil {
		return fmt.Errorf("npub: %w", err)
	}
	if err := db.do(ctx, func() {
		carrier, author := db.carriers.Unban(now(), who), db.authors.Unban(now(), who)
		if carrier || author {
			db.event(BanEvent{Ban: Ban{Who: who}, Over: true})
			db.core.Retry(now()) // its records
		}
		db.strikesChanged = true
	}); err != nil {
		return err
	}
	db.Wake()
	return db.saveStrikes(ctx)
}

// ErrNoPeer says that no connection has this id.
var ErrNoPeer = errors.New("peerset: no connection has this id")

// Disconnect ends a connection. The peer may come again.
func (db *DB) Disconnect(ctx context.Context, conn psync.ConnID) error {
	return db.withConn(ctx, conn, func() { db.core.Disconnect(now(), conn, psync.ReasonClosed, "by hand") })
}

// Mute ignores what a peer pushes and announces, or ends that.
func (db *DB) Mute(ctx context.Context, conn psync.ConnID, on bool) error {
	return db.withConn(ctx, conn, func() {
		if db.muted[conn] = on; !on {
			delete(db.muted, conn)
		}
		db.core.Mute(now(), conn, on)
	})
}

func (db *DB) withConn(ctx context.Context, conn psync.ConnID, f func()) error {
	err := ErrNoPeer
	if doErr := db.do(ctx, func() {
		if _, ok := db.conns[conn]; ok {
			f()
			err = nil
		}
	}); doErr != nil {
		return doErr
	}
	return err
}

// loadStrikes reads what is known of peers and authors.
func (db *DB) loadStrikes(ctx context.Context) error {
	for name, s := range map[string]**moderation.Strikes{strikesOfPeers: &db.carriers, strikesOfAuthors: &db.authors} {
		*s = moderation.NewStrikes()
		text, err := db.opts.Vault.Load(ctx, db.vaultName(name))
		if err != nil {
			return err
		}
		if kept, err := moderation.UnmarshalStrikes(text); err == nil {
			*s = kept
		}
	}
	return nil
}

// keepStrikes saves them soon: a page may go away without Close.
func (db *DB) keepStrikes() {
	db.strikesChanged = true
	db.done.Go(func() { _ = db.saveStrikes(context.Background()) }) // they are strikes, not data
}

// saveStrikes keeps them, if they have changed.
func (db *DB) saveStrikes(ctx context.Context) error {
	db.saving.Lock()
	defer db.saving.Unlock()
	var peers, authors []byte
	err := db.do(ctx, func() {
		if db.strikesChanged {
			peers, authors = db.carriers.Marshal(now()), db.authors.Marshal(now())
			db.strikesChanged = false
		}
	})
	if err != nil || peers == nil {
		return err
	}
	if err := db.opts.Vault.Save(ctx, db.vaultName(strikesOfPeers), peers); err != nil {
		return err
	}
	return db.opts.Vault.Save(ctx, db.vaultName(strikesOfAuthors), authors)
}
