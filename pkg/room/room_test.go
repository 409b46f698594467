package room

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
)

func derive(t *testing.T, name, password string) *Keys {
	t.Helper()
	k, err := Derive(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The derivation is part of the wire: peers of other versions, and those in
// browsers beside native ones, must find each other. The values are those of
// Python's hashlib and hmac.
func TestVectors(t *testing.T) {
	const epoch = 500_000
	for _, want := range []struct {
		password                                  string
		tag, membership, sdp, record, infoHash, d string
		rank                                      uint64
	}{
		{
			password:   "",
			tag:        "b1a7a1d6ec2587547efe27fb98a6bc0d",
			membership: "45909f30beab502de0fbd48e373467a097525449e8669fcc55a93de8e981615c",
			sdp:        "9b257be871d4810421a15f0b6510b621422d36516a3c2285c60eb0977082bd17",
			infoHash:   "6850f5f1f4d312bbeac1fd3aa9da09397fc55c9e",
			d:          "53678a6d3a24585f45725f1683a3abd7",
			rank:       813289976437927770,
		},
		{
			password:   "p\u00e4ssword \ufb01 \u2160", // is "pässword fi I" in NFKC
			tag:        "5027d468ae3bc360535b6483882083d5",
			membership: "9c860273bfe29ac2f3f9e10dc95f1cf0e06066666696310efb92f1a018531562",
			sdp:        "2614a4a724d4afc0ac1f5332d8857fc5aa371cc935d32de32d92093b565e476f",
			record:     "e35d934a6484dc15c33806cb99c63d97af042cc936887c6cfa0cd07bc98bed0a",
			infoHash:   "f412ede2e31e55bcf0128c1bb13ea80b17f2907f",
			d:          "7fa27fb53fa0a308a45fdd63f7354777",
			rank:       13103666549504393433,
		},
	} {
		k := derive(t, "my-room", want.password)
		record := ""
		if k.Record != nil {
			record = hex.EncodeToString(k.Record[:])
		}
		hash, d := k.InfoHash(epoch), k.D("x")
		for _, v := range []struct{ what, got, want string }{
			{"tag", k.Tag.String(), want.tag},
			{"membership", hex.EncodeToString(k.Membership[:]), want.membership},
			{"sdp", hex.EncodeToString(k.SDP[:]), want.sdp},
			{"record", record, want.record},
			{"info hash", hex.EncodeToString(hash[:]), want.infoHash},
			{"d", hex.EncodeToString(d[:]), want.d},
		} {
			if v.got != v.want {
				t.Errorf("password %q: %s is %s, want %s", want.password, v.what, v.got, v.want)
			}
		}
		if rank := k.Rank(epoch, "wss://tracker.example/"); rank != want.rank {
			t.Errorf("password %q: rank is %d, want %d", want.password, rank, want.rank)
		}
	}
}

func TestAnotherNameOrPasswordIsAnotherRoom(t *testing.T) {
	rooms := []*Keys{
		derive(t, "a", ""), derive(t, "b", ""), derive(t, "a", "b"), derive(t, "a", "c"), derive(t, "b", "b"),
	}
	var seen [][]byte
	for i, k := range rooms {
		hash, d := k.InfoHash(1), k.D("x")
		keys := [][]byte{k.Tag[:], k.Membership[:], k.SDP[:], k.announce[:], k.names[:], hash[:], d[:]}
		if k.Record != nil {
			keys = append(keys, k.Record[:])
		}
		for _, key := range keys {
			if slices.ContainsFunc(seen, func(other []byte) bool { return bytes.Equal(other, key) }) {
				t.Errorf("room %d shares a key with another, or has it twice", i)
			}
			seen = append(seen, key)
		}
	}
}

// What two keyboards write in two ways is one password.
func TestPasswordIsNormalized(t *testing.T) {
	if a, b := derive(t, "a", "\u00e9"), derive(t, "a", "e\u0301"); a.Tag != b.Tag {
		t.Error("é and e with an accent are two passwords")
	}
}

func TestEpochsDiffer(t *testing.T) {
	k := derive(t, "a", "")
	seen := make(map[[20]byte]bool)
	for epoch := range int64(1000) {
		seen[k.InfoHash(epoch)] = true
	}
	seen[k.InfoHash(-1)] = true
	if len(seen) != 1001 {
		t.Errorf("%d info hashes in 1001 epochs", len(seen))
	}
}

// Every server has its turn.
func TestRanksRotate(t *testing.T) {
	k := derive(t, "a", "")
	servers := []string{"wss://a/", "wss://b/", "wss://c/", "wss://d/"}
	first := make(map[string]int)
	for epoch := range int64(1000) {
		first[slices.MinFunc(servers, func(a, b string) int {
			if k.Rank(epoch, a) < k.Rank(epoch, b) {
				return -1
			}
			return 1
		})]++
	}
	for _, s := range servers {
		if n := first[s]; n < 200 || n > 300 {
			t.Errorf("%s is the first in %d of 1000 epochs", s, n)
		}
	}
}

func TestDeriveRefuses(t *testing.T) {
	for _, c := range []struct {
		name, password string
		want           error
	}{
		{"", "", ErrName},
		{strings.Repeat("x", MaxName+1), "", ErrName},
		{"\xff", "", ErrName},
		{"a", strings.Repeat("x", MaxPassword+1), ErrPassword},
		{"a", "\xff", ErrPassword},
	} {
		if _, err := Derive(t.Context(), c.name, c.password); !errors.Is(err, c.want) {
			t.Errorf("Derive(%q, %q): %v", c.name, c.password, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Derive(ctx, "a", "b"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestZero(t *testing.T) {
	k := derive(t, "a", "b")
	record := k.Record
	k.Zero()
	if *record != [32]byte{} || k.Record == nil || k.announce != [32]byte{} || k.SDP != [32]byte{} {
		t.Error("keys are left")
	}
}
