package rtc

import (
	"fmt"
	"sync"
	"syscall/js"

	psync "github.com/peersetdb/peerset/pkg/sync"
	"github.com/pion/webrtc/v4"
)

// platform makes links.
type platform struct {
	cfg        webrtc.Configuration
	uint8Array js.Value // the constructor

	// sending guards scratch. A goroutine may be preempted between filling
	// it and sending it.
	sending sync.Mutex
	scratch [2]scratch // by header
}

// scratch is a frame on the JavaScript side. RTCDataChannel.send copies what it
// is given, so one serves all.
type scratch struct{ frame, payload js.Value }

func newPlatform(cfg Config) (*platform, error) {
	// pion looks for it there; a worker has no window.
	window := js.Global().Get("window")
	if !window.Truthy() || !window.Get("RTCPeerConnection").Truthy() {
		return nil, ErrUnavailable
	}
	p := &platform{cfg: webrtcConfig(cfg), uint8Array: js.Global().Get("Uint8Array")}
	for header := range p.scratch {
		frame := p.uint8Array.New(maxFrame)
		frame.SetIndex(0, header)
		p.scratch[header] = scratch{frame: frame, payload: frame.Call("subarray", 1)}
	}
	// Mistakes in the configuration shall show now.
	pc, err := webrtc.NewPeerConnection(p.cfg)
	if err != nil {
		return nil, fmt.Errorf("rtc: configuration: %w", err)
	}
	return p, pc.Close()
}

// link is a peer connection of the platform with its two channels. pion's own
// event handlers are not used: each starts a goroutine, so that their order is
// lost, and some are never freed.
type link struct {
	*webrtc.PeerConnection
	platform  *platform
	channels  [2]js.Value // RTCDataChannel
	listeners []listener
}

// listener is a handler that is set as a property of a JavaScript object.
type listener struct {
	target js.Value
	name   string
	fn     js.Func
}

func (p *platform) newLink(c *Conn) (*link, error) {
	pc, err := webrtc.NewPeerConnection(p.cfg)
	if err != nil {
		return nil, err
	}
	l := &link{PeerConnection: pc, platform: p}
	for ch := range l.channels {
		dc, err := newChannel(pc, psync.Channel(ch))
		if err != nil {
			l.close()
			return nil, err
		}
		l.channels[ch] = dc.JSValue()
		l.listen(c, psync.Channel(ch))
	}
	v := pc.JSValue()
	l.on(v, "onicecandidate", func(event js.Value) {
		// An empty candidate marks the end, as does none.
		if cand := event.Get("candidate"); cand.Truthy() && cand.Get("candidate").String() != "" {
			c.onCandidate()
		}
	})
	l.on(v, "onicegatheringstatechange", func(js.Value) {
		if v.Get("iceGatheringState").String() == "complete" {
			c.onGathered()
		}
	})
	l.on(v, "onconnectionstatechange", func(js.Value) {
		if v.Get("connectionState").String() != "failed" {
			return
		}
		if v.Get("iceConnectionState").String() == "failed" {
			c.onEnd(ErrICE)
		} else {
			c.onEnd(ErrDTLS)
		}
	})
	l.on(v, "ondatachannel", func(js.Value) {
		c.onEnd(fmt.Errorf("%w: a third channel", ErrProtocol))
	})
	return l, nil
}

func (l *link) listen(c *Conn, ch psync.Channel) {
	dc := l.channels[ch]
	dc.Set("binaryType", "arraybuffer")
	l.on(dc, "onopen", func(js.Value) { c.onOpen(ch) })
	l.on(dc, "onclose", func(js.Value) { c.onEnd(ErrRemote) })
	l.on(dc, "onmessage", func(event js.Value) {
		data := event.Get("data")
		if data.Type() == js.TypeString {
			c.onEnd(fmt.Errorf("%w: text", ErrProtocol))
			return
		}
		if n := data.Get("byteLength").Int(); n > maxFrame {
			// The browser has it in memory; Go need not.
			c.onEnd(fmt.Errorf("%w: frame of %d bytes", ErrProtocol, n))
			return
		}
		view := l.platform.uint8Array.New(data)
		frame := make([]byte, view.Length())
		js.CopyBytesToGo(frame, view)
		c.onFrame(ch, frame)
	})
	if ch == psync.Data {
		dc.Set("bufferedAmountLowThreshold", LowWater)
		l.on(dc, "onbufferedamountlow", func(js.Value) { c.onLow() })
	}
}

// on sets a handler, which close frees.
func (l *link) on(target js.Value, name string, f func(event js.Value)) {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
	target.Set(name, fn)
	l.listeners = append(l.listeners, listener{target, name, fn})
}

// send copies the payload. It fails when the browser throws: the channel is
// closed, or its queue is full.
func (l *link) send(ch psync.Channel, header byte, payload []byte) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case js.Error:
			err = e
		default:
			panic(e)
		}
	}()
	l.platform.sending.Lock()
	defer l.platform.sending.Unlock()
	s := l.platform.scratch[header]
	js.CopyBytesToJS(s.payload, payload)
	frame := s.frame
	if len(payload) < maxPayload {
		frame = frame.Call("subarray", 0, 1+len(payload))
	}
	l.channels[ch].Call("send", frame)
	return nil
}

func (l *link) buffered(ch psync.Channel) int {
	return l.channels[ch].Get("bufferedAmount").Int()
}

// close may be called from an event. A failure leaves nothing to be done.
func (l *link) close() {
	for _, o := range l.listeners {
		o.target.Set(o.name, js.Null())
		o.fn.Release()
	}
	l.listeners = nil
	_ = l.PeerConnection.Close()
}
