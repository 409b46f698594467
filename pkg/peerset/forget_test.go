package peerset_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/peersetdb/peerset/pkg/peerset"
)

// noting is a vault that notes the names under which something was saved.
type noting struct {
	peerset.Vault
	mu    sync.Mutex
	names map[string]bool
}

func (v *noting) Save(ctx context.Context, name string, value []byte) error {
	v.mu.Lock()
	v.names[name] = true
	v.mu.Unlock()
	return v.Vault.Save(ctx, name, value)
}

// What is kept of a room in the vault is what the page removes with the room.
func TestWhatIsKeptIsForgotten(t *testing.T) {
	v := &noting{Vault: peerset.NewMemoryVault(), names: make(map[string]bool)}
	db := openWith(t, peerset.Options{Vault: v})
	d := put(t, db, "pinned", peerset.PutOptions{})
	if err := db.Pin(t.Context(), d.UUID); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Ban(t.Context(), newKey(t).PubKey().Npub(), 0, "rude"); err != nil {
		t.Fatal(err)
	}
	saved := func() (names []string) {
		v.mu.Lock()
		defer v.mu.Unlock()
		for name := range maps.Keys(v.names) {
			if what, is := strings.CutSuffix(name, " of "+t.Name()); is {
				names = append(names, what)
			}
		}
		return names
	}
	await(t, "the policy is kept", func() bool { return slices.Contains(saved(), "policy") })
	db.Close()

	source, err := os.ReadFile("../../web/src/vault.js")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`const ofRooms = \[(.*)\]`).FindSubmatch(source)
	if list == nil {
		t.Fatal("no list of what there is of each room")
	}
	removed := strings.Split(strings.ReplaceAll(string(list[1]), "'", ""), ", ")
	kept := saved()
	slices.Sort(kept)
	slices.Sort(removed)
	if !slices.Equal(kept, removed) {
		t.Errorf("kept: %q, removed: %q", kept, removed)
	}
	for _, name := range kept {
		if strings.Contains(name, " of ") {
			t.Errorf("%q of a room is another name of another room", name)
		}
	}
}
