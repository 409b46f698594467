package sync

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/peersetdb/peerset/pkg/merkle"
	"github.com/peersetdb/peerset/pkg/record"
)

// command carries out one line of a script. A record is named for its author, a peer, and
// a number: a1; its versions are a1.v1, a1.v2, its deletion a1.del. a1..a9 are nine
// records.
//
//	peers a b c=a       adds peers; c has the identity of a
//	hide ping persist   keeps messages and effects out of the trace; "handshake" is all
//	                    that comes before the state syncing
//	quiet               keeps everything out of the trace of this block
//	connect a b         opens a connection, a makes the offer; break a b ends it
//	put b a1 a2         b writes new versions; with -90s they are as old as that
//	delete b a1         b writes a deletion
//	burst a a1 100      a writes 100 versions at once
//	run 500ms           lets time pass
//	sleep a, wake a     stops the machine of a, and lets it go on
//	hold a records      keeps back what a sends, by names of messages, until release a
//	certify a           gives a another session key; login a b another identity too
//	lie a               a answers the next range message as if it held the same
//	refuse a b1.v1      the policy of a refuses a version, until accept a b1.v1
//	forge a b push b1.v1    sends b a message of records or ids in the name of a
//	show a b            prints what peers hold and know of each other
//	count               prints the messages since the last count
func (st *stage) command(f []string) error {
	switch cmd, args := f[0], f[1:]; cmd {
	case "peers":
		for _, arg := range args {
			name, author, ok := strings.Cut(arg, "=")
			if !ok {
				author = name
			}
			if err := st.join(name, author); err != nil {
				return err
			}
		}
	case "hide":
		for _, name := range args {
			st.hide[name] = true
		}
	case "quiet":
		st.hidden = true
	case "connect", "break":
		return st.pair(args, func(a, b *actor) error {
			if cmd == "connect" {
				st.connect(a, b)
				return nil
			}
			w, err := a.wireTo(b)
			if err == nil {
				w.cut("the network failed")
			}
			return err
		})
	case "run":
		d, err := time.ParseDuration(strings.Join(args, ""))
		if err != nil {
			return err
		}
		st.run(int64(d / time.Millisecond))
	case "count":
		st.printCount()
	case "show":
		for _, name := range args {
			a, err := st.actor(name)
			if err != nil {
				return err
			}
			st.show(a)
		}
	default:
		if len(args) == 0 {
			return fmt.Errorf("unknown command, or no peer")
		}
		a, err := st.actor(args[0])
		if err != nil {
			return err
		}
		return a.command(cmd, args[1:])
	}
	return nil
}

// command carries out the commands that have one actor.
func (a *actor) command(cmd string, args []string) error {
	switch cmd {
	case "put", "delete":
		at := int64(0)
		for _, arg := range args {
			if strings.HasPrefix(arg, "-") {
				d, err := time.ParseDuration(arg)
				if err != nil {
					return err
				}
				at = a.st.now/1000 + int64(d/time.Second)
				continue
			}
			for _, name := range spread(arg) {
				if err := a.write(name, at, cmd == "delete"); err != nil {
					return err
				}
			}
		}
	case "burst":
		n, err := strconv.Atoi(args[1])
		for range n {
			if err == nil {
				err = a.write(args[0], 0, false)
			}
		}
		return err
	case "sleep":
		a.sleep()
	case "wake":
		a.wake()
	case "hold":
		for _, name := range args {
			t, err := typeNamed(name)
			if err != nil {
				return err
			}
			a.mute[t] = true
		}
	case "release":
		clear(a.mute)
		for _, f := range a.kept {
			f()
		}
		a.kept = nil
	case "lie":
		a.lies++
	case "certify", "login":
		if cmd == "login" {
			a.author = args[0]
		}
		cert, sign := a.certify()
		a.core.Certify(a.st.now, cert, sign)
		a.effects()
	case "refuse", "accept":
		verdict := Refuse
		if cmd == "accept" {
			verdict = Accept
		}
		for _, title := range args {
			a.refuse[title] = verdict
		}
		if cmd == "accept" {
			ids, err := a.st.ids(args)
			if err != nil {
				return err
			}
			a.core.Reconsider(a.st.now, ids)
			a.effects()
		}
	case "forge":
		return a.forge(args)
	default:
		return fmt.Errorf("unknown command")
	}
	return nil
}

// forge sends a message that the core did not make.
func (a *actor) forge(args []string) error {
	b, err := a.st.actor(args[0])
	if err != nil {
		return err
	}
	w, err := a.wireTo(b)
	if err != nil {
		return err
	}
	t, err := typeNamed(args[1])
	if err != nil {
		return err
	}
	ids, err := a.st.ids(args[2:])
	if err != nil {
		return err
	}
	msg := []byte{byte(t), 1}
	switch t {
	case msgPush, msgRecords:
		var rs []record.Record
		for _, title := range args[2:] {
			rs = append(rs, a.st.recs[title])
		}
		msg = append(msg, pack(rs...)...)
	default:
		msg = appendIDs(msg, ids)
	}
	a.send(w, rules[t].ch, msg)
	return nil
}

func (st *stage) actor(name string) (*actor, error) {
	if a := st.actors[name]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no peer %s", name)
}

func (st *stage) pair(args []string, do func(a, b *actor) error) error {
	if len(args) != 2 {
		return fmt.Errorf("which two?")
	}
	a, err := st.actor(args[0])
	if err != nil {
		return err
	}
	b, err := st.actor(args[1])
	if err != nil {
		return err
	}
	return do(a, b)
}

func (st *stage) ids(titles []string) (ids []record.ID, err error) {
	for _, title := range titles {
		r, ok := st.recs[title]
		if !ok {
			return nil, fmt.Errorf("no version %s", title)
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

func typeNamed(name string) (msgType, error) {
	for t, s := range msgNames {
		if s == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("no message %s", name)
}

// splitName splits the name of a record in its author and d.
func splitName(name string) (author string, d [16]byte, err error) {
	i := strings.IndexAny(name, "0123456789")
	if i < 1 {
		return "", d, fmt.Errorf("%s names no record", name)
	}
	n, err := strconv.ParseUint(name[i:], 10, 64)
	binary.BigEndian.PutUint64(d[8:], n)
	return name[:i], d, err
}

// spread makes a1 a2 a3 of a1..a3.
func spread(arg string) []string {
	first, last, ok := strings.Cut(arg, "..")
	i := strings.IndexAny(first, "0123456789")
	if !ok || i < 1 || !strings.HasPrefix(last, first[:i]) {
		return []string{arg}
	}
	lo, errLo := strconv.Atoi(first[i:])
	hi, errHi := strconv.Atoi(last[i:])
	if errLo != nil || errHi != nil {
		return []string{arg}
	}
	var names []string
	for n := lo; n <= hi; n++ {
		names = append(names, first[:i]+strconv.Itoa(n))
	}
	return names
}

// show prints what a peer holds, in the order of the tree, and knows of others.
func (st *stage) show(a *actor) {
	var ids []record.ID
	refused := 0
	for r := range a.core.set.tree.Ascend(merkle.Min, merkle.Max) {
		k := a.core.set.key(r)
		ids = append(ids, k.ID)
		if k.Kind.Refused() {
			refused++
		}
	}
	root := a.core.Root()
	text := "holds " + st.idNames(ids)
	if refused > 0 {
		text += fmt.Sprintf(", %d of them without a body", refused)
	}
	fmt.Fprintf(&st.out, "%-7s %s; root %s\n", a.name, text, short(root[:]))
	for _, k := range sortedKeys(a.core.held) {
		fmt.Fprintf(&st.out, "        holds %s back\n", st.title(k.ID))
	}
	for _, p := range a.core.Peers() {
		fmt.Fprintf(&st.out, "        %s\n", a.peerText(p))
	}
}

func sortedKeys(m map[record.UUID]Key) []Key {
	var ks []Key
	for _, k := range m {
		ks = append(ks, k)
	}
	slices.SortFunc(ks, func(a, b Key) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return ks
}
