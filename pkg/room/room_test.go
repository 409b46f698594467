package room

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDerive(t *testing.T) {
	a, err := Derive("my-room")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Derive("my-room")
	other, _ := Derive("my-room2")
	if a != again {
		t.Error("one name gives two sets of keys")
	}
	if a.Tag == other.Tag || a.InfoHash() == other.InfoHash() || a.Membership == other.Membership || a.D("x") == other.D("x") {
		t.Error("two names share a key")
	}
	if a.D("x") == a.D("y") {
		t.Error("two record names share an address")
	}
	// The derivation is part of the wire: peers of other versions must find each other.
	d := a.D("x")
	got := fmt.Sprintf("%s %x %x", a.Tag, a.InfoHash(), d)
	const want = "b1a7a1d6ec2587547efe27fb98a6bc0d 1d56b9987bb292428670f7e3ef034f70bde48f65 53678a6d3a24585f45725f1683a3abd7"
	if got != want {
		t.Errorf("derived %s, want %s", got, want)
	}
}

func TestDeriveRefuses(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", MaxName+1), "\xff"} {
		if _, err := Derive(name); !errors.Is(err, ErrName) {
			t.Errorf("Derive(%q): %v", name, err)
		}
	}
}
