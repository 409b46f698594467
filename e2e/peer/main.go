// Command peer is a native peer for the end-to-end tests: it keeps a room in
// memory, puts each line of its standard input, which is JSON, as a record, and
// prints one JSON object a line for what happens.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

// line is what is printed.
type line struct {
	Event   string          `json:"event"` // record, delete, peer or root
	UUID    string          `json:"uuid,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
	State   string          `json:"state,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Root    string          `json:"root,omitempty"`
}

func run() error {
	room := flag.String("room", "", "name of the room")
	tracker := flag.String("tracker", "", "WebSocket URL of a tracker")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	db, err := peerset.Open(ctx, peerset.Options{
		Room:     *room,
		Store:    mem.New(),
		Trackers: []string{*tracker},
	})
	if err != nil {
		return err
	}
	defer db.Close()
	lines := make(chan line, 1000)
	db.Subscribe(func(es []peerset.Event) {
		for _, e := range es {
			if l, ok := describe(db, e); ok {
				lines <- l
			}
		}
		lines <- line{Event: "root", Root: fmt.Sprintf("%x", db.Root())}
	})
	go print(lines)
	input := make(chan []byte)
	go read(input)
	for {
		select {
		case content, ok := <-input:
			if !ok {
				return nil
			}
			if _, err := db.Put(ctx, content, peerset.PutOptions{}); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func read(input chan<- []byte) {
	defer close(input)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		input <- append([]byte(nil), in.Bytes()...)
	}
}

func print(lines <-chan line) {
	out := json.NewEncoder(os.Stdout)
	for l := range lines {
		if out.Encode(l) != nil {
			return
		}
	}
}

func describe(db *peerset.DB, e peerset.Event) (line, bool) {
	switch e := e.(type) {
	case psync.RecordEvent:
		l := line{Event: "delete", UUID: e.Record.UUID.String()}
		if !e.Record.Deletes {
			d, err := db.Document(&e.Record)
			if err != nil {
				return line{}, false
			}
			l.Event, l.Content = "record", d.Content
		}
		return l, true
	case psync.PeerEvent:
		l := line{Event: "peer", State: e.Peer.State.String()}
		if e.Peer.State == psync.Closed {
			l.Reason = e.Reason.Code.String()
		}
		return l, true
	}
	return line{}, false
}
