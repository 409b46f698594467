package links

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// address16 is an address in sixteen bytes; those of IPv4 are mapped (::ffff:0:0/96).
type address16 [16]byte

// numeric tells whether a last label makes a host an address, as browsers see it: a number,
// in whatever notation.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return digits(label)
}

// parseIPv4 reads an address of one to four numbers, each decimal, octal or hexadecimal, the
// last one filling what is left.
func parseIPv4(labels []string) (address16, bool) {
	a := address16{10: 0xff, 11: 0xff}
	if len(labels) > 4 {
		return a, false
	}
	var v uint64
	for i, label := range labels {
		base := 10
		if hex, ok := strings.CutPrefix(label, "0x"); ok {
			label, base = "0"+hex, 16
		} else if len(label) > 1 && label[0] == '0' {
			base = 8
		}
		n, err := strconv.ParseUint(label, base, 32)
		left := 4 - i // bytes
		if i < len(labels)-1 {
			left = 1
		}
		if err != nil || strings.Trim(label, "0123456789abcdef") != "" || n >= 1<<(8*left) {
			return a, false
		}
		if i < len(labels)-1 {
			v |= n << (8 * (3 - i))
		} else {
			v |= n
		}
	}
	for i := range 4 {
		a[12+i] = byte(v >> (8 * (3 - i)))
	}
	return a, true
}

func parseIPv6(s string) (address16, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return address16{}, false
	}
	return a.As16(), true
}

// Networks of IPv4 that are not the public internet, with the number of their bits, from the
// registry of special addresses (RFC 6890).
var private = [...]struct{ net, bits uint32 }{
	{0x00000000, 8},  // 0.0.0.0
	{0x0a000000, 8},  // 10.0.0.0
	{0x64400000, 10}, // 100.64.0.0
	{0x7f000000, 8},  // 127.0.0.0
	{0xa9fe0000, 16}, // 169.254.0.0
	{0xac100000, 12}, // 172.16.0.0
	{0xc0000000, 24}, // 192.0.0.0
	{0xc0000200, 24}, // 192.0.2.0
	{0xc0586300, 24}, // 192.88.99.0
	{0xc0a80000, 16}, // 192.168.0.0
	{0xc6120000, 15}, // 198.18.0.0
	{0xc6336400, 24}, // 198.51.100.0
	{0xcb007100, 24}, // 203.0.113.0
	{0xe0000000, 3},  // 224.0.0.0
}

// private tells whether an address is in the reader's own machine or network, or in none.
func (a address16) private() bool {
	switch {
	case [12]byte(a[:12]) == [12]byte{10: 0xff, 11: 0xff}:
		v4 := binary.BigEndian.Uint32(a[12:])
		for _, p := range private {
			if (v4^p.net)>>(32-p.bits) == 0 {
				return true
			}
		}
		return false
	case a[0] == 0x20 && a[1] == 0x02: // 6to4 holds an address of IPv4
		return embedded(a[2:6])
	case a[0] == 0x00 && a[1] == 0x64 && a[2] == 0xff && a[3] == 0x9b: // so does NAT64
		return a[4] != 0 || a[5] != 0 || embedded(a[12:16])
	case a[0]>>5 != 1: // 2000::/3 is the public part
		return true
	case a[0] == 0x20 && a[1] == 0x01 && a[2] < 2: // protocols, Teredo among them
		return true
	case a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8, a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10: // documentation
		return true
	}
	return false
}

func embedded(v4 []byte) bool {
	a := address16{10: 0xff, 11: 0xff}
	copy(a[12:], v4)
	return a.private()
}
