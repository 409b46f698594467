package peerset_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/store/mem"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

func hears(t *testing.T, e *events, uuid string) {
	t.Helper()
	e.await(t, "record", func(e peerset.Event) bool {
		r, ok := e.(psync.RecordEvent)
		return ok && r.Record.UUID.String() == uuid
	})
}

func all(t *testing.T, db *peerset.DB) (texts []string) {
	t.Helper()
	err := db.All(t.Context(), func(ds []peerset.Document) error {
		for _, d := range ds {
			texts = append(texts, string(d.Content))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestPrivateRecords(t *testing.T) {
	url := startTracker(t)
	for _, password := range []string{"", "hunter2"} {
		o := peerset.Options{Room: t.Name() + password, Password: password, Trackers: []string{url}}
		author, reader, stranger := openWith(t, o), openWith(t, o), openWith(t, o)
		signer := &fakeSigner{key: newKey(t)}
		login(t, reader, peerset.Login{Signer: signer})
		er, es := listen(t, reader), listen(t, stranger)
		to := []string{reader.Identity().Author.Npub()}
		d := put(t, author, "psst", peerset.PutOptions{To: to, Key: "secret name", Collection: "letters"})
		hears(t, er, d.UUID)
		hears(t, es, d.UUID)

		if len(d.To) != 2 || !slices.Contains(d.To, to[0]) {
			t.Errorf("it goes to %v", d.To)
		}
		for _, db := range []*peerset.DB{author, reader} {
			got, err := db.Get(t.Context(), d.UUID)
			if err != nil || got.Sealed || string(got.Content) != `{"text":"psst"}` || got.Key != "secret name" || got.Collection != "letters" || !slices.Equal(got.To, d.To) {
				t.Errorf("read %+v, %v", got, err)
			}
			if texts := all(t, db); !slices.Equal(texts, []string{`{"text":"psst"}`}) {
				t.Errorf("all are %v", texts)
			}
		}
		if signer.opens != 1 {
			t.Errorf("the signer was asked %d times", signer.opens)
		}
		got, err := stranger.Get(t.Context(), d.UUID)
		if err != nil || !got.Sealed || string(got.Content) != "null" || got.Key != "" || got.Collection != "" {
			t.Errorf("a stranger read %+v, %v", got, err)
		}
		if texts := all(t, stranger); len(texts) != 0 {
			t.Errorf("a stranger has all of %v", texts)
		}

		// A new version goes to the same, unless it says otherwise.
		d = put(t, author, "psst again", peerset.PutOptions{UUID: d.UUID})
		if len(d.To) != 2 {
			t.Errorf("the edit goes to %v", d.To)
		}
		d = put(t, author, "for all", peerset.PutOptions{UUID: d.UUID, To: []string{}})
		if d.To != nil || d.Key != "secret name" {
			t.Errorf("opened: %+v", d)
		}
		if _, err := author.Put(t.Context(), []byte("1"), peerset.PutOptions{To: []string{"npub1x"}}); peerset.Code(err) != "invalid_option" {
			t.Error(err)
		}
	}
}

// What a signer does not open is there, sealed; it is asked once a call, and again in the next.
func TestSignerRefusesToOpen(t *testing.T) {
	db := openWith(t, peerset.Options{})
	signer := &fakeSigner{key: newKey(t)}
	login(t, db, peerset.Login{Signer: signer})
	mine := []string{db.Identity().Author.Npub()}
	var last peerset.Document
	for range 3 {
		last = put(t, db, "to myself", peerset.PutOptions{To: mine})
	}
	put(t, db, "to all", peerset.PutOptions{})
	check := func(sealed, asked int) {
		t.Helper()
		n := 0
		err := db.All(t.Context(), func(ds []peerset.Document) error {
			for _, d := range ds {
				if !d.Sealed {
					continue
				}
				n++
				if string(d.Content) != "null" || !slices.Equal(d.To, mine) || d.Author.Npub != mine[0] {
					t.Errorf("sealed: %+v", d)
				}
			}
			return nil
		})
		if err != nil || n != sealed || signer.opens != asked {
			t.Errorf("%d are sealed, want %d; asked %d times, want %d; %v", n, sealed, signer.opens, asked, err)
		}
		if texts := all(t, db); len(texts) != 4 {
			t.Errorf("all are %v", texts)
		}
	}
	signer.refuse = true
	check(3, 1)
	if _, err := db.Get(t.Context(), last.UUID); !errors.Is(err, peerset.ErrSignerRefused) {
		t.Error(err)
	}
	signer.refuse = false
	check(0, 6) // one more by all, and one by Get; each of three is asked for once
	check(0, 6)

	// What others have sealed to others is left out.
	stranger := openWith(t, peerset.Options{Store: keep{mem.New()}})
	put(t, stranger, "to another", peerset.PutOptions{To: mine})
	if _, err := stranger.Logout(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	login(t, stranger, peerset.Login{Fresh: true})
	if texts := all(t, stranger); len(texts) != 0 {
		t.Errorf("all are %v", texts)
	}
}

func TestPassword(t *testing.T) {
	url := startTracker(t)
	store := mem.New()
	o := peerset.Options{Password: "correct", Store: keep{store}, Trackers: []string{url}}
	a, b := openWith(t, o), openWith(t, peerset.Options{Password: "correct", Trackers: []string{url}})
	wrong := openWith(t, peerset.Options{Password: "wrong", Trackers: []string{url}})
	e := listen(t, b)
	d := put(t, a, "a secret of the room", peerset.PutOptions{Collection: "hidden shelf", Key: "hidden key"})
	hears(t, e, d.UUID)
	if got, err := b.Get(t.Context(), d.UUID); err != nil || string(got.Content) != `{"text":"a secret of the room"}` || got.Collection != "hidden shelf" {
		t.Errorf("%+v, %v", got, err)
	}
	if n := len(wrong.Peers()); n != 0 {
		t.Errorf("who has a wrong password meets %d", n)
	}

	var keys []psync.Key
	if err := store.Index(t.Context(), func(ks []psync.Key) error { keys = append(keys, ks...); return nil }); err != nil {
		t.Fatal(err)
	}
	bodies, err := store.Bodies(t.Context(), keys)
	if err != nil || len(bodies) != 1 {
		t.Fatal(bodies, err)
	}
	if bytes.Contains(bodies[0], []byte("secret")) || bytes.Contains(bodies[0], []byte("hidden")) {
		t.Error("the store holds what is in the record")
	}

	a.Close()
	for _, password := range []string{"wrong", ""} {
		again := o
		again.Password, again.Room = password, t.Name()
		if _, err := peerset.Open(context.Background(), again); !errors.Is(err, peerset.ErrWrongPassword) {
			t.Errorf("with %q: %v", password, err)
		}
	}
	if got, err := openWith(t, o).Get(t.Context(), d.UUID); err != nil || !strings.Contains(string(got.Content), "secret") {
		t.Error(got, err)
	}
}

func TestLongestContentOfASealedRoom(t *testing.T) {
	db := openWith(t, peerset.Options{Password: "p"})
	longest := []byte(`"` + strings.Repeat("x", 40_000) + `"`)
	if _, err := db.Put(t.Context(), longest, peerset.PutOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := db.Put(t.Context(), append(longest[:len(longest)-1], strings.Repeat("x", 9_000)+`"`...), peerset.PutOptions{}); !errors.Is(err, peerset.ErrContent) {
		t.Error(err)
	}
}
