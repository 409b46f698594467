package sim

import psync "github.com/peersetdb/peerset/pkg/sync"

// Connect links two nodes that run and can reach each other; a makes the offer.
func (n *Net) Connect(a, b *Node) {
	if a == b || a.core == nil || b.core == nil || a.side != b.side || a.linked(b) != 0 {
		return
	}
	la, lb := &link{node: a, peer: b}, &link{node: b, peer: a}
	la.other, lb.other = lb, la
	fa, fb := n.random32(), n.random32()
	a.attach(la)
	b.attach(lb)
	a.core.Connected(a.time(), la.id, true, fa, fb, n.random32())
	b.core.Connected(b.time(), lb.id, false, fb, fa, n.random32())
	a.effects()
	b.effects()
}

// Disconnect breaks the link between two nodes, as a network does: both
// notice after a while, and what is under way is lost.
func (n *Net) Disconnect(a, b *Node) {
	if id := a.linked(b); id != 0 {
		a.links[id].cut(n)
	}
}

// Silence loses everything that two linked nodes send each other from now on. They notice by
// their deadlines.
func (n *Net) Silence(a, b *Node) {
	if id := a.linked(b); id != 0 {
		a.links[id].lose()
	}
}

// Partition splits the network: nodes of different sides cannot reach each other, and the
// links between them fall silent. A partition heals when all have one side again;
// the silent links stay silent.
func (n *Net) Partition(side func(i int) int) {
	for i, x := range n.Nodes {
		x.side = side(i)
	}
	for _, x := range n.Nodes {
		for _, l := range x.links {
			if l.node.side != l.peer.side {
				l.lose()
			}
		}
	}
}

// Heal ends a partition.
func (n *Net) Heal() { n.Partition(func(int) int { return 0 }) }

// link is one side of a connection.
type link struct {
	id         psync.ConnID
	node, peer *Node
	other      *link
	dead       bool     // it broke, and both sides notice soon
	lost       bool     // it broke, and nobody noticed
	last       [2]int64 // when the last message of a channel arrives
}

func (l *link) lose() { l.lost, l.other.lost = true, true }

func (l *link) cut(n *Net) {
	for _, s := range [...]*link{l, l.other} {
		if s.dead {
			continue
		}
		s.dead = true
		n.After(n.latency(), func() { s.node.closed(s) })
	}
}

// send takes a message from the node's core.
func (l *link) send(n *Net, ch psync.Channel, msg []byte) {
	if l.node.malice != Honest {
		l.node.tamper(l, ch, msg)
		return
	}
	if !l.dead {
		n.Messages++
		n.Bytes += uint64(len(msg))
		n.ByType[msg[0]] += uint64(len(msg))
	}
	l.carry(n, ch, msg)
}

// carry delivers a message after some time, in order for its channel.
func (l *link) carry(n *Net, ch psync.Channel, msg []byte) {
	if l.dead {
		return
	}
	if n.OnMessage != nil {
		n.OnMessage(l.node, l.peer, ch, msg)
	}
	if l.lost || n.Filter != nil && !n.Filter(l.node, l.peer, msg) {
		return
	}
	at := max(n.now+n.latency(), l.last[ch])
	l.last[ch] = at
	to := l.other
	n.After(at-n.now, func() { to.deliver(ch, msg) })
}

// deliver hands a message to the node's core.
func (l *link) deliver(ch psync.Channel, msg []byte) {
	x := l.node
	if l.dead || l.lost || x.core == nil || x.malice != Honest && x.overhear(l, ch, msg) {
		return
	}
	x.core.Receive(x.time(), l.id, ch, msg)
	x.effects()
}
