// Command negentropy is one side of a set reconciliation, for tests against
// other implementations of the protocol. It speaks the line protocol of the
// test harnesses of github.com/hoytech/negentropy on standard input and output:
//
//	item,<time>,<id in hex>   adds an item
//	seal                      ends the items
//	initiate                  makes this side the client; prints the first message
//	msg,<message in hex>      prints the next one
//
// and prints
//
//	have,<id>                 an id that only the client has
//	need,<id>                 an id that only the server has
//	msg,<message in hex>      the next message
//	done                      the client has nothing more to ask
//
// The environment variable FRAMESIZELIMIT bounds the length of messages in
// bytes; 0 or unset is no bound.
package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
)

func main() {
	limit, err := parseLimit(os.Getenv("FRAMESIZELIMIT"))
	if err == nil {
		err = run(os.Stdin, os.Stdout, limit)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "negentropy:", err)
		os.Exit(1)
	}
}

func parseLimit(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 0 && n < negentropy.MinLimit {
		return 0, fmt.Errorf("FRAMESIZELIMIT %q: want 0, or at least %d", s, negentropy.MinLimit)
	}
	return n, nil
}

// bucketWidth is of no consequence here.
const bucketWidth = 86400

type harness struct {
	view   negentropy.View
	limit  int
	sealed bool
	client bool
	out    *bufio.Writer
}

// run serves until in ends.
func run(in io.Reader, out io.Writer, limit int) error {
	h := &harness{
		view:  negentropy.View{Tree: merkle.New(bucketWidth)},
		limit: limit,
		out:   bufio.NewWriter(out),
	}
	lines := bufio.NewReader(in) // no Scanner: without a limit lines are long
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			if err := h.do(line); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			if err := h.out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (h *harness) do(line string) error {
	command, arg, _ := strings.Cut(line, ",")
	if before := command == "item" || command == "seal"; before == h.sealed {
		return fmt.Errorf("%s is out of place: items come before seal, messages after", command)
	}
	switch command {
	case "item":
		return h.add(arg)
	case "seal":
		h.sealed = true
		return nil
	case "initiate":
		h.client = true
		h.print(h.view.Initiate(nil, h.limit))
		return nil
	case "msg":
		return h.message(arg)
	}
	return fmt.Errorf("unknown command %q", command)
}

func (h *harness) add(arg string) error {
	time, id, _ := strings.Cut(arg, ",")
	var it merkle.Item
	var err error
	if it.Time, err = strconv.ParseInt(time, 10, 64); err != nil {
		return err
	}
	raw, err := hex.DecodeString(id)
	if err != nil {
		return err
	}
	if len(raw) != len(it.ID) {
		return errors.New("an id has 32 bytes")
	}
	it.ID = merkle.ID(raw)
	if _, ok := h.view.Tree.Insert(it); !ok {
		return errors.New("the item is there already, or its time is out of range")
	}
	return nil
}

func (h *harness) message(arg string) error {
	msg, err := hex.DecodeString(arg)
	if err != nil {
		return err
	}
	if !h.client {
		reply, err := h.view.Respond(msg, h.limit)
		if err == nil {
			h.print(reply)
		}
		return err
	}
	next, have, need, err := h.view.Reconcile(msg, h.limit)
	if err != nil {
		return err
	}
	for _, id := range have {
		fmt.Fprintf(h.out, "have,%v\n", id)
	}
	for _, id := range need {
		fmt.Fprintf(h.out, "need,%v\n", id)
	}
	if next == nil {
		fmt.Fprintln(h.out, "done")
		return nil
	}
	h.print(next)
	return nil
}

func (h *harness) print(msg []byte) { fmt.Fprintf(h.out, "msg,%x\n", msg) }
