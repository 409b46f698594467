package peerset

import (
	"github.com/peersetdb/peerset/pkg/record"
	"github.com/peersetdb/peerset/pkg/signaling"
)

// HostOf is what a medium sees of a database.
func HostOf(db *DB) signaling.Host { return host{db} }

// StrikeAuthor strikes the author of a record that a rule refuses.
func (db *DB) StrikeAuthor(r *record.Record) {
	_ = db.do(db.ctx, func() { db.strikeAuthor(r, "a rule") })
}
