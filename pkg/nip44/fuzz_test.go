package nip44

import "testing"

// FuzzOpen opens any text as a payload, and any bytes as what is in one.
func FuzzOpen(f *testing.F) {
	f.Add(seal(f, "x"), []byte("\x00\x01x"))
	f.Add(seal(f, "0123456789012345678901234567890123456789"), append([]byte("\x00\x05hello"), make([]byte, 27)...))
	for _, c := range loadVectors(f).V2.Invalid.Decrypt {
		f.Add(c.Payload, []byte("\x00\x00\x00\x01\x00\x00"))
	}
	f.Fuzz(func(t *testing.T, payload string, framed []byte) {
		for _, in := range []string{payload, sealFrame(t, framed)} {
			plaintext, err := Open(testKey, in)
			if err != nil {
				if err != ErrPayload || plaintext != "" {
					t.Fatalf("%q, %v", plaintext, err)
				}
				continue
			}
			nonce := [32]byte(decode(in)[atNonce:])
			again, err := Seal(testKey, plaintext, nonce)
			if err != nil || again != in {
				t.Fatalf("%q opens, and is sealed as %q, %v", in, again, err)
			}
		}
	})
}
