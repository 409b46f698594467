//go:build !js

package rtc

import (
	"fmt"
	"io"
	"net"
	"slices"

	psync "github.com/peersetdb/peerset/pkg/sync"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// platform makes links.
type platform struct {
	api *webrtc.API
	cfg webrtc.Configuration
}

func newPlatform(cfg Config) (*platform, error) {
	var s webrtc.SettingEngine
	s.LoggerFactory = &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	// Peers on one machine reach each other at the address that it has in
	// a network; 127.0.0.1 beside it can lead to pairs that only one side
	// can use. It serves where there is nothing else.
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(func(ip net.IP) bool { return !ip.IsLoopback() || isolated() })
	// By default pion would take messages of 1 GiB into memory.
	s.SetSCTPMaxMessageSize(maxFrame)
	p := &platform{api: webrtc.NewAPI(webrtc.WithSettingEngine(s)), cfg: webrtcConfig(cfg)}
	// Mistakes in the configuration shall show now.
	pc, err := p.api.NewPeerConnection(p.cfg)
	if err != nil {
		return nil, fmt.Errorf("rtc: configuration: %w", err)
	}
	return p, pc.Close()
}

// isolated tells whether this machine has no address but its loopback ones, or
// link-local ones at most.
func isolated() bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	return !slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.IsGlobalUnicast()
	})
}

// link is a peer connection of the platform with its two channels.
type link struct {
	*webrtc.PeerConnection
	channels [2]*webrtc.DataChannel
}

func (p *platform) newLink(c *Conn) (*link, error) {
	pc, err := p.api.NewPeerConnection(p.cfg)
	if err != nil {
		return nil, err
	}
	l := &link{PeerConnection: pc}
	for ch := range l.channels {
		dc, err := newChannel(pc, psync.Channel(ch))
		if err != nil {
			l.close()
			return nil, err
		}
		l.channels[ch] = dc
		l.listen(c, psync.Channel(ch))
	}
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate == nil {
			c.onGathered()
		} else {
			c.onCandidate()
		}
	})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateFailed:
			if pc.ICEConnectionState() == webrtc.ICEConnectionStateFailed {
				c.onEnd(ErrICE)
			} else {
				c.onEnd(ErrDTLS)
			}
		case webrtc.PeerConnectionStateClosed:
			c.onEnd(ErrRemote)
		}
	})
	pc.OnDataChannel(func(*webrtc.DataChannel) {
		c.onEnd(fmt.Errorf("%w: a third channel", ErrProtocol))
	})
	return l, nil
}

func (l *link) listen(c *Conn, ch psync.Channel) {
	dc := l.channels[ch]
	dc.OnOpen(func() { c.onOpen(ch) })
	dc.OnClose(func() { c.onEnd(ErrRemote) })
	dc.OnMessage(func(m webrtc.DataChannelMessage) {
		if m.IsString {
			c.onEnd(fmt.Errorf("%w: text", ErrProtocol))
			return
		}
		c.onFrame(ch, m.Data)
	})
	if ch == psync.Data {
		dc.SetBufferedAmountLowThreshold(LowWater)
		dc.OnBufferedAmountLow(c.onLow)
	}
}

// send copies the payload.
func (l *link) send(ch psync.Channel, header byte, payload []byte) error {
	frame := make([]byte, 1+len(payload))
	frame[0] = header
	copy(frame[1:], payload)
	return l.channels[ch].Send(frame)
}

func (l *link) buffered(ch psync.Channel) int {
	return int(l.channels[ch].BufferedAmount())
}

// close may be called while events come. A failure leaves nothing to be done.
func (l *link) close() { _ = l.PeerConnection.Close() }
