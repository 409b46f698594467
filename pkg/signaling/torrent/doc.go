// Package torrent finds peers through WebTorrent trackers: BitTorrent trackers
// that speak JSON over WebSocket and carry session descriptions between peers
// that announce the same info hash.
//
//	Strategy.Run
//	   |-- tracker (one per URL): dial, serve a session, back off, dial again
//	   |      `-- session: announces, answers offers, hears answers
//	   `-- pool: the offers that wait, for all trackers together
//
// Trackers share nothing but the pool, whose offers belong to no tracker until
// one sends them. So a tracker that is dead, hangs or talks nonsense costs the
// others nothing but its share of the pool while it is being dialed.
//
// # Which trackers
//
// Config.AtOnce of them, the first by rank, as long as they work. One that fails
// is replaced by the next; where none responds, as many more join, soon in the
// beginning and after 15 s later on; and so they do after every minute alone.
// They leave again when somebody is connected and the first do work.
//
// # When it announces
//
// Offers are made while the socket is being dialed, and the first announcement
// leaves when both are there; a host whose offers are slow is announced without.
// The tracker's response says how many others there are. Offers follow as they
// are of use: no more than there are others, than peers are wanted, than
// [maxSent]. If nobody is there, the offers went to nobody and return to the
// pool; nothing is made anew while alone, because whoever comes next brings
// offers along.
//
// Announcements repeat every 30 s until the tracker names an interval. As long as
// nobody was met, two of them come earlier. A peer whose description was
// exchanged is not counted as worth an offer again for a while, so that two
// peers that are connected do not connect anew at every announcement; when the
// host has lost all its peers, that is forgotten. Who has company sends no
// offers before a response, and then no more than there are others in the swarm beyond
// those who are connected: a new socket finds a connected room in which it
// knows nobody's peer id. Wake forgets who was met, and brings the next
// announcement forward, to 10 s after the last one at the earliest.
//
// # Wire compatibility
//
// The protocol has no specification; bittorrent-tracker 11.2.3 is its reference, and
// Novage's wt-tracker and aquatic_ws are stricter. What all three
// accept is sent and nothing else: no event after "started" but "stopped",
// numwant and left always and as integers, identifiers of 20 characters, messages
// under 16 KiB, a peer id that lives as long as its socket.
package torrent
