package main

import (
	"fmt"
	"time"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
)

// ranges reconciles two sets by range messages alone, without a limit of their length.
func ranges(partial, full []merkle.Item) (c cost, err error) {
	client := negentropy.View{Tree: merkle.New(day)}
	server := negentropy.View{Tree: merkle.New(day)}
	client.Tree.Load(partial)
	server.Tree.Load(full)

	began := time.Now()
	lacking := 0
	for msg := client.Initiate(nil, 0); msg != nil; {
		reply, err := server.Respond(msg, 0)
		if err != nil {
			return c, err
		}
		c.Trips++
		c.Bytes += len(msg) + len(reply)
		next, have, need, err := client.Reconcile(reply, 0)
		if err != nil {
			return c, err
		}
		if len(have) > 0 {
			return c, fmt.Errorf("the server is said to lack %d items", len(have))
		}
		lacking += len(need)
		msg = next
	}
	c.Ms = time.Since(began).Seconds() * 1000
	if want := len(full) - len(partial); lacking != want {
		return c, fmt.Errorf("found %d items, want %d", lacking, want)
	}
	return c, nil
}
