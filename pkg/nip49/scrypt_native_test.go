//go:build !js

package nip49

import (
	"context"
	"errors"
	"testing"
)

func TestNativeScrypt(t *testing.T) {
	k := testSecret(t)
	text, err := Encrypt(t.Context(), NativeScrypt, k, "nostr", random())
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decrypt(t.Context(), NativeScrypt, text, "nostr")
	if err != nil || back.Bytes() != k.Bytes() {
		t.Errorf("decrypted: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Decrypt(ctx, NativeScrypt, text, "nostr"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
