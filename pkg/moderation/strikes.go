package moderation

import (
	"bytes"
	"math"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/peersetdb/peerset/pkg/record"
)

// Offence is what somebody did. Its value is its place in the weights, and in no form that is kept.
type Offence uint8

const (
	// RefusedRecord is a record that a pure rule refused; see [Blames].
	RefusedRecord Offence = iota
	// BadSignature is a record whose signature is not its author's: no software
	// sends one by mistake.
	BadSignature
	// ProtocolViolation is a message that the protocol does not allow.
	ProtocolViolation
)

// weights are in points. 50 refused records within minutes ban, or 5 bad signatures, or 2 violations, each
// of which has ended the session already.
var weights = [...]float64{RefusedRecord: 2, BadSignature: 20, ProtocolViolation: 50}

// Level is what follows from someone's points.
type Level uint8

const (
	// Clear is for who has done little.
	Clear Level = iota
	// Warned tells the page.
	Warned
	// Muted means that what is pushed is ignored.
	Muted
	// Disconnected ends the connection.
	Disconnected
	// Banned refuses connections until the ban ends.
	Banned
)

// String returns the name that pages see.
func (l Level) String() string {
	return [...]string{"none", "warn", "mute", "disconnect", "ban"}[l]
}

// thresholds are the points from which on a level holds.
var thresholds = [...]float64{Warned: 10, Muted: 25, Disconnected: 50, Banned: 100}

const (
	minute = 60_000 // ms
	hour   = 60 * minute

	// halfLife is the time in which points become half, in ms.
	halfLife = 10 * minute
	// maxBan is the longest ban that strikes bring, in ms.
	maxBan = 7 * 24 * hour
	// forgive is after how long without a ban the next one is a first one again, in ms.
	forgive = 30 * 24 * hour
	// negligible points are forgotten.
	negligible = 0.5
	// maxReason bounds the reason of a ban in bytes.
	maxReason = 200
	// maxKnown bounds how many keys are remembered. Keys are free: whoever takes a fresh one for
	// every offence fills this, and pushes out those who have done least.
	maxKnown = 2048
)

// banLengths are those of the first bans, in ms; each further one is twice the one before, up to maxBan.
var banLengths = [...]int64{10 * minute, hour, 6 * hour, 24 * hour}

// Strikes remembers what peers, or authors, did: two of them, because an author's strikes are apart from those of
// who brought his records. Times are in ms since 1970.
type Strikes struct {
	known map[record.PubKey]*conduct
}

type conduct struct {
	points float64
	at     int64 // of points
	ban    Ban   // the last one, Until 0 if there was none
}

// Ban is a ban of a key.
type Ban struct {
	Who    record.PubKey
	Until  int64  // ms since 1970
	Count  int    // how many there were, this one included; 0 for one by hand alone
	Reason string // for people
	Manual bool   // by Ban, not by strikes
}

// Consequence is what follows from a strike.
type Consequence struct {
	Level  Level // that was reached by this strike; Clear if it is where it was before
	Points float64
	Until  int64 // end of the ban, if Level is Banned
}

// NewStrikes returns a Strikes that knows nobody.
func NewStrikes() *Strikes { return &Strikes{known: make(map[record.PubKey]*conduct)} }

// Blames reports whether who brought a record is struck for its content: only where
// both have policies of one hash, so that he has refused it himself, or would have. Any other
// refusal costs his connection's budget ([Connection.Refused]), so that another hash buys nothing.
func Blames(v Verdict, samePolicy bool) bool {
	return samePolicy && v.Action == Refuse && v.Class == Pure
}

// Strike counts an offence.
func (s *Strikes) Strike(now int64, who record.PubKey, o Offence, reason string) Consequence {
	c := s.meet(now, who)
	before := c.level(now)
	c.points = c.decayed(now) + weights[o]
	c.at = now
	after := levelOfPoints(c.points)
	out := Consequence{Points: c.points}
	switch {
	case before == Banned, after <= before:
		return out
	case after == Banned:
		c.points = 0 // the ban pays for them
		count := c.ban.Count + 1
		if now-c.ban.Until > forgive {
			count = 1
		}
		c.ban = Ban{who, now + banLength(count), count, clip(reason), false}
		out.Until = c.ban.Until
	}
	out.Level = after
	return out
}

func banLength(count int) int64 {
	if count <= len(banLengths) {
		return banLengths[count-1]
	}
	// 24 h, doubled: seven days are reached at the third, and shifts stay small.
	return min(maxBan, banLengths[len(banLengths)-1]<<min(count-len(banLengths), 10))
}

// Level returns where somebody stands; it falls by itself as points decay and bans end.
func (s *Strikes) Level(now int64, who record.PubKey) Level {
	c := s.known[who]
	if c == nil {
		return Clear
	}
	return c.level(now)
}

// BannedUntil returns when the ban of a key ends, 0 for one that is not banned.
func (s *Strikes) BannedUntil(now int64, who record.PubKey) int64 {
	if s.Level(now, who) != Banned {
		return 0
	}
	return s.known[who].ban.Until
}

// Ban bans a key until a time, in place of a ban that it has.
func (s *Strikes) Ban(now int64, who record.PubKey, until int64, reason string) Ban {
	c := s.meet(now, who)
	c.ban = Ban{who, until, c.ban.Count, clip(reason), true}
	return c.ban
}

// Unban ends a ban and forgets all that the key did. It reports whether there was a ban.
func (s *Strikes) Unban(now int64, who record.PubKey) bool {
	was := s.Level(now, who) == Banned
	delete(s.known, who)
	return was
}

// Bans returns the bans that hold, the one that ends first first.
func (s *Strikes) Bans(now int64) []Ban {
	var bs []Ban
	for _, c := range s.known {
		if c.ban.Until > now {
			bs = append(bs, c.ban)
		}
	}
	sort.Slice(bs, func(i, j int) bool {
		if bs[i].Until != bs[j].Until {
			return bs[i].Until < bs[j].Until
		}
		return bytes.Compare(bs[i].Who[:], bs[j].Who[:]) < 0
	})
	return bs
}

// meet returns what is known of a key, and makes room where it is a new one.
func (s *Strikes) meet(now int64, who record.PubKey) *conduct {
	c := s.known[who]
	if c == nil {
		if len(s.known) >= maxKnown {
			s.forget(now)
		}
		c = &conduct{at: now}
		s.known[who] = c
	}
	return c
}

// forget drops those who need not be remembered, and if there are none, an eighth of
// all: those who weigh least. So it runs rarely, whatever comes.
func (s *Strikes) forget(now int64) {
	type weighed struct {
		who    record.PubKey
		weight float64
	}
	var ws []weighed
	for who, c := range s.known {
		if w := c.weight(now); w == 0 {
			delete(s.known, who)
		} else {
			ws = append(ws, weighed{who, w})
		}
	}
	if len(ws) < maxKnown {
		return
	}
	// sort.Slice, here and elsewhere, because every slices.SortFunc adds 20 KB to the wasm.
	sort.Slice(ws, func(i, j int) bool {
		if ws[i].weight != ws[j].weight {
			return ws[i].weight < ws[j].weight
		}
		return bytes.Compare(ws[i].who[:], ws[j].who[:]) < 0
	})
	for _, w := range ws[:maxKnown/8] {
		delete(s.known, w.who)
	}
}

// weight orders conducts by how much it matters to remember them: bans by hand, then
// bans, then points, then former bans; 0 is nothing.
func (c *conduct) weight(now int64) float64 {
	switch {
	case c.ban.Until > now && c.ban.Manual:
		return math.Inf(1)
	case c.ban.Until > now:
		return 1e6 + float64(c.ban.Until-now)
	}
	w := 0.0
	if p := c.decayed(now); p >= negligible {
		w = p
	}
	if c.ban.Count > 0 && now-c.ban.Until <= forgive {
		w += float64(c.ban.Count)
	}
	return w
}

// decayed returns the points as they are now. A clock that went back changes nothing.
func (c *conduct) decayed(now int64) float64 {
	if now <= c.at {
		return c.points
	}
	return c.points * math.Exp2(-float64(now-c.at)/halfLife)
}

func (c *conduct) level(now int64) Level {
	if c.ban.Until > now {
		return Banned
	}
	return min(levelOfPoints(c.decayed(now)), Disconnected)
}

func levelOfPoints(points float64) Level {
	for l := Banned; l > Clear; l-- {
		if points >= thresholds[l] {
			return l
		}
	}
	return Clear
}

// clip makes a reason valid UTF-8 of at most maxReason bytes.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= maxReason {
		return s
	}
	n := maxReason
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// sorted returns the keys in one order.
func (s *Strikes) sorted() []record.PubKey {
	keys := make([]record.PubKey, 0, len(s.known))
	for who := range s.known {
		keys = append(keys, who)
	}
	sort.Slice(keys, func(i, j int) bool { return bytes.Compare(keys[i][:], keys[j][:]) < 0 })
	return keys
}
