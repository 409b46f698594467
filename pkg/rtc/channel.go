package rtc

import (
	psync "github.com/peersetdb/peerset/pkg/sync"
	"github.com/pion/webrtc/v4"
)

// newChannel makes one of the two channels, whose stream has the channel's
// number on both sides.
func newChannel(pc *webrtc.PeerConnection, ch psync.Channel) (*webrtc.DataChannel, error) {
	negotiated, id := true, uint16(ch)
	return pc.CreateDataChannel("", &webrtc.DataChannelInit{Negotiated: &negotiated, ID: &id})
}

// webrtcConfig translates a Config.
func webrtcConfig(cfg Config) webrtc.Configuration {
	var out webrtc.Configuration
	for _, s := range cfg.ICEServers {
		server := webrtc.ICEServer{URLs: s.URLs, Username: s.Username}
		if s.Credential != "" {
			server.Credential = s.Credential
		}
		out.ICEServers = append(out.ICEServers, server)
	}
	return out
}
