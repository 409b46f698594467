package peerset

import "github.com/peersetdb/peerset/pkg/signaling"

// HostOf is what a medium sees of a database.
func HostOf(db *DB) signaling.Host { return host{db} }
