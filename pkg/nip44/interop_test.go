//go:build !js

package nip44_test

import (
	"crypto/rand"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/peersetdb/peerset/pkg/nip44"
	"github.com/peersetdb/peerset/pkg/record"
)

// other opens a payload and makes another, with nostr-tools.
const other = `
import { getPublicKey, nip44 } from 'nostr-tools'
const [secret, peer, payload] = process.argv.slice(1)
const bytes = Buffer.from(secret, 'hex')
const key = nip44.getConversationKey(new Uint8Array(bytes), peer)
console.log(JSON.stringify({ pub: getPublicKey(new Uint8Array(bytes)), opened: nip44.decrypt(payload, key), payload: nip44.encrypt('from there: ✓', key) }))
`

// What nostr-tools makes opens here, and what is made here opens there.
func TestNostrTools(t *testing.T) {
	ours, err := record.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := record.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := nip44.ConversationKey(ours, theirs.PubKey())
	if err != nil {
		t.Fatal(err)
	}
	var nonce [32]byte
	_, _ = rand.Read(nonce[:]) // never fails
	payload, err := nip44.Seal(key, "from here: ünïcode", nonce)
	if err != nil {
		t.Fatal(err)
	}
	secret := theirs.Bytes()
	cmd := exec.Command("node", "--input-type=module", "-e", other, record.ID(secret).String(), ours.PubKey().String(), payload)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Pub, Opened, Payload string }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got.Pub != theirs.PubKey().String() || got.Opened != "from here: ünïcode" {
		t.Errorf("there: %+v", got)
	}
	if text, err := nip44.Open(key, got.Payload); err != nil || text != "from there: ✓" {
		t.Errorf("here: %q, %v", text, err)
	}
}
