package peerset

import (
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/room"
	"github.com/peersetdb/peerset/pkg/signaling"
	"github.com/peersetdb/peerset/pkg/signaling/rotation"
	"github.com/peersetdb/peerset/pkg/signaling/torrent"
)

// trackersAtOnce is how many trackers an epoch uses as long as that does: enough for one
// to be down and one to be out of a peer's reach.
const trackersAtOnce = 3

// findMedia makes the media through which peers are looked for. Each epoch has its own
// info hash, sockets and peer ids, and begins with other trackers.
func (db *DB) findMedia() error {
	if len(db.opts.Trackers) == 0 {
		return nil
	}
	m, err := rotation.New(rotation.Config{
		Length: room.EpochSeconds * time.Second,
		New: func(epoch int64) (signaling.Strategy, error) {
			return torrent.New(torrent.Config{
				Trackers: db.opts.Trackers,
				InfoHash: db.keys.InfoHash(epoch),
				AtOnce:   trackersAtOnce,
				Rank:     func(tracker string) uint64 { return db.keys.Rank(epoch, tracker) },
			})
		},
	})
	if err != nil {
		return fmt.Errorf("%w trackers: %w", ErrOption, err)
	}
	db.media = append(db.media, m)
	return nil
}

// Connected counts connections whatever their state, as Wanted does.
func (h host) Connected() int { return h.db.limits.MaxPeers - h.Wanted() }
