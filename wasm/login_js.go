package main

import (
	"context"
	"crypto/rand"
	"syscall/js"

	"github.com/peersetdb/peerset/pkg/peerset"
	"github.com/peersetdb/peerset/pkg/record"
)

// identity is who the page is, as pages see it.
type identity struct {
	Npub       string `json:"npub"`
	Type       string `json:"type"`
	Locked     bool   `json:"locked"`
	Remembered bool   `json:"remembered"`
	Expires    *int64 `json:"expires"` // ms, null for never
}

func newIdentity(id peerset.Identity) identity {
	v := identity{Npub: id.Author.Npub(), Type: string(id.Type), Locked: id.Locked, Remembered: id.Remembered}
	if id.Expires != 0 {
		v.Expires = &id.Expires
	}
	return v
}

// login is what db.login was given, but for the signer.
type login struct {
	Nsec       string `json:"nsec"`
	Ncryptsec  string `json:"ncryptsec"`
	Passphrase string `json:"passphrase"`
	Fresh      bool   `json:"fresh"`
	Npub       string `json:"npub"`
	Remember   string `json:"remember"`
}

func (h *handle) login(args []js.Value) (any, error) {
	var in login
	if err := jsonArg(args, 0, "login", &in); err != nil {
		return nil, err
	}
	l := peerset.Login{Nsec: in.Nsec, Ncryptsec: in.Ncryptsec, Passphrase: in.Passphrase, Fresh: in.Fresh, Npub: in.Npub, Remember: in.Remember}
	if len(args) > 1 {
		switch args[1].Type() {
		case js.TypeObject:
			l.Signer = signer{args[1]}
		case js.TypeBoolean:
			l.OwnSigner = args[1].Bool()
		}
	}
	id, err := h.db.Login(context.Background(), l)
	if err != nil {
		return nil, err
	}
	return string(appendJSON(nil, newIdentity(id))), nil
}

func (h *handle) logout(args []js.Value) (any, error) {
	id, err := h.db.Logout(context.Background(), len(args) > 0 && args[0].Truthy())
	if err != nil {
		return nil, err
	}
	return string(appendJSON(nil, newIdentity(id))), nil
}

func (h *handle) exportKey(args []js.Value) (any, error) {
	passphrase, err := stringArg(args, 0, "passphrase")
	if err != nil {
		return nil, err
	}
	return h.db.ExportKey(context.Background(), passphrase)
}

func (h *handle) identity() string { return string(appendJSON(nil, newIdentity(h.db.Identity()))) }

// generateKeys makes a fresh key for whoever will keep it.
func (e *engine) generateKeys([]js.Value) (any, error) {
	k, err := record.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer k.Zero()
	return map[string]any{"npub": k.PubKey().Npub(), "nsec": k.Nsec()}, nil
}
