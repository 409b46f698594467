// Command reconcile measures what it costs two peers to find out what their sets
// differ in, and what a crowd of peers sends each other in vain. bench/run.mjs runs
// it and prints medians.
//
//	reconcile measure -runs 5              a line of JSON for each scenario and run
//	reconcile gossip -runs 5               a line of JSON for each run
//	reconcile items -size 10000 -seed 1    a set as 40 bytes an item: time, big-endian, and id
//	reconcile serve -size 10000 -seed 1    answers range messages about that set
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := run(os.Args[1:], out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reconcile:", err)
		os.Exit(1)
	}
}

func run(args []string, out *bufio.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("want measure, gossip, items or serve")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	runs := flags.Int("runs", 5, "measure, gossip: how many, each with other ids")
	peers := flags.Int("peers", 50, "gossip: how many")
	records := flags.Int("records", 2_000, "gossip: how many, over a minute")
	size := flags.Int("size", 10_000, "items, serve: of the set")
	seed := flags.Uint64("seed", 1, "items, serve: of the set")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	switch args[0] {
	case "measure":
		for _, s := range scenarios {
			for seed := range uint64(*runs) {
				m, err := measure(s, seed+1)
				if err != nil {
					return fmt.Errorf("%s, seed %d: %w", s.name, seed+1, err)
				}
				if err := lines.Encode(m); err != nil {
					return err
				}
			}
		}
		return nil
	case "gossip":
		for seed := range uint64(*runs) {
			m, err := gossip(seed+1, *peers, *records)
			if err != nil {
				return fmt.Errorf("gossip, seed %d: %w", seed+1, err)
			}
			if err := lines.Encode(m); err != nil {
				return err
			}
		}
		return nil
	case "items":
		return writeItems(out, items(*size, *seed))
	case "serve":
		return serve(os.Stdin, out, items(*size, *seed))
	}
	return fmt.Errorf("unknown command %q", args[0])
}
