package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/negentropy"
)

// writeItems gives a set to another implementation.
func writeItems(out io.Writer, is []merkle.Item) error {
	for _, it := range is {
		line := binary.BigEndian.AppendUint64(nil, uint64(it.Time))
		if _, err := out.Write(append(line, it.ID[:]...)); err != nil {
			return err
		}
	}
	return nil
}

// serve is the server for a client of another implementation: to each line with a message in
// hex it answers with a line of its own message and the milliseconds that it took.
func serve(in io.Reader, out *bufio.Writer, is []merkle.Item) error {
	view := negentropy.View{Tree: merkle.New(day)}
	view.Tree.Load(is)
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		msg, err := hex.DecodeString(line[:len(line)-1])
		if err != nil {
			return err
		}
		began := time.Now()
		reply, err := view.Respond(msg, 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%x %f\n", reply, time.Since(began).Seconds()*1000)
		if err := out.Flush(); err != nil {
			return err
		}
	}
}
