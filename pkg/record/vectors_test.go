package record

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// bip340 is a vector of BIP-340. Without a secret, it is for checking only.
type bip340 struct {
	index, comment    string
	secret, hash, aux [32]byte
	key               PubKey
	sig               Sig
	valid             bool
}

// forEachBIP340 calls f with the vectors whose messages have 32 bytes.
func forEachBIP340(t testing.TB, f func(bip340)) {
	file, err := os.Open("testdata/bip340/test-vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const rows32 = 15 // 0 to 14
	for _, row := range rows[1 : 1+rows32] {
		v := bip340{
			index:   row[0],
			key:     PubKey(unhex(t, row[2])),
			hash:    [32]byte(unhex(t, row[4])),
			sig:     Sig(unhex(t, row[5])),
			valid:   row[6] == "TRUE",
			comment: row[7],
		}
		if row[1] != "" {
			v.secret = [32]byte(unhex(t, row[1]))
			v.aux = [32]byte(unhex(t, row[3]))
		}
		f(v)
	}
}

func TestBIP340(t *testing.T) {
	forEachBIP340(t, func(v bip340) {
		t.Run(v.index, func(t *testing.T) {
			err := VerifyHash(v.key, v.hash, v.sig)
			if v.valid != (err == nil) {
				t.Errorf("VerifyHash: %v, want valid: %v (%s)", err, v.valid, v.comment)
			}
			if err != nil && !errors.Is(err, ErrSignature) {
				t.Errorf("error %v does not wrap ErrSignature", err)
			}
			if v.secret == [32]byte{} {
				return
			}
			k, err := SecretKeyFromBytes(v.secret[:])
			if err != nil {
				t.Fatal(err)
			}
			if k.PubKey() != v.key {
				t.Errorf("public key %v", k.PubKey())
			}
			if got, ok := schnorrSign(k, v.hash, v.aux); !ok || got != v.sig {
				t.Errorf("signature %v", got)
			}
			// SignHash has no aux_rand but zeros, as in row 0.
			if got := k.SignHash(v.hash); v.aux == [32]byte{} && got != v.sig {
				t.Errorf("SignHash: %v", got)
			}
		})
	})
}

func TestNIP01(t *testing.T) {
	var file struct {
		SecretKey string `json:"secret_key"`
		PubKey    string `json:"pubkey"`
		Cases     []struct {
			Name, Status string
			Serialized   string `json:"serialized_hex"`
			Event        json.RawMessage
		}
	}
	readJSON(t, "nip01/events.json", &file)
	k, err := SecretKeyFromBytes(unhex(t, file.SecretKey))
	if err != nil {
		t.Fatal(err)
	}
	if k.PubKey().String() != file.PubKey {
		t.Fatalf("public key %v", k.PubKey())
	}
	seen := map[string]int{}
	for _, c := range file.Cases {
		seen[c.Status]++
		t.Run(c.Name, func(t *testing.T) {
			e, err := ParseJSON(c.Event)
			if c.Status == "reject" {
				if !errors.Is(err, ErrJSON) {
					t.Fatalf("ParseJSON: %v, want ErrJSON", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := e.AppendCanonical(nil), unhex(t, c.Serialized); !bytes.Equal(got, want) {
				t.Errorf("canonical form\n %s\nwant\n %s", got, want)
			}
			if e.Hash() != e.ID {
				t.Errorf("hash %v, want %v", e.Hash(), e.ID)
			}
			if err := e.VerifySignature(); err != nil {
				t.Errorf("VerifySignature: %v", err)
			}
			if got := k.SignHash(e.ID); got != e.Sig {
				t.Errorf("signature %v, want %v", got, e.Sig)
			}
			signed := e
			signed.ID, signed.Sig = ID{}, Sig{}
			if c.Status == "ok" {
				if err := e.Verify(); err != nil {
					t.Errorf("Verify: %v", err)
				}
				if err := signed.Sign(k); err != nil || signed.ID != e.ID || signed.Sig != e.Sig {
					t.Errorf("Sign: %v", err)
				}
				return
			}
			if err := e.Verify(); !errors.Is(err, ErrForm) {
				t.Errorf("Verify: %v, want ErrForm", err)
			}
			if err := signed.Sign(k); !errors.Is(err, ErrForm) || signed.Sig != (Sig{}) {
				t.Errorf("Sign: %v, want ErrForm", err)
			}
		})
	}
	for _, status := range []string{"ok", "ok-spec", "disputed", "reject"} {
		if seen[status] == 0 {
			t.Errorf("no case of status %s", status)
		}
	}
}

func TestNIPExamples(t *testing.T) {
	var file map[string]struct {
		Valid      bool
		Event      json.RawMessage
		ComputedID string `json:"computed_id"`
	}
	readJSON(t, "nip01/nip-example-events.json", &file)
	for name, c := range file {
		e, err := ParseJSON(c.Event)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Hash().String() != c.ComputedID {
			t.Errorf("%s: hash %v, want %s", name, e.Hash(), c.ComputedID)
		}
		err = e.Verify()
		if c.Valid && err != nil || !c.Valid && !errors.Is(err, ErrID) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNIP19(t *testing.T) {
	var file struct {
		Valid []struct {
			Bech32, Type string
			Data         json.RawMessage
		}
		Invalid []string
	}
	readJSON(t, "nip19/nip19.json", &file)
	for _, c := range file.Valid {
		data := strings.Trim(string(c.Data), `"`)
		pub, pubErr := ParseNpub(c.Bech32)
		sec, secErr := ParseNsec(c.Bech32)
		if c.Type == "npub" {
			if pubErr != nil || pub.String() != data || pub.Npub() != c.Bech32 {
				t.Errorf("%s: %v, %v", c.Bech32, pub, pubErr)
			}
		} else if !errors.Is(pubErr, ErrKey) || !strings.Contains(pubErr.Error(), c.Type) {
			t.Errorf("ParseNpub of an %s: %v", c.Type, pubErr)
		}
		if c.Type == "nsec" {
			if secErr != nil {
				t.Errorf("%s: %v", c.Bech32, secErr)
			} else if b := sec.Bytes(); hex.EncodeToString(b[:]) != data || sec.Nsec() != c.Bech32 {
				t.Errorf("%s: %x", c.Bech32, b)
			}
		} else if !errors.Is(secErr, ErrKey) || !strings.Contains(secErr.Error(), c.Type) {
			t.Errorf("ParseNsec of an %s: %v", c.Type, secErr)
		}
	}
	for _, s := range file.Invalid {
		if _, err := ParseNpub(s); !errors.Is(err, ErrKey) {
			t.Errorf("ParseNpub(%s): %v", s, err)
		}
		if _, err := ParseNsec(s); !errors.Is(err, ErrKey) {
			t.Errorf("ParseNsec(%s): %v", s, err)
		}
	}
}

func TestBech32(t *testing.T) {
	var file struct {
		Valid      []string
		Invalid    []string
		InvalidHex []string `json:"invalid_hex"` // first byte in hex, then text
	}
	readJSON(t, "nip19/bech32-bip173.json", &file)
	for _, s := range file.Valid {
		prefix, _, err := decodeBech32(s)
		if err != nil || !strings.HasPrefix(strings.ToLower(s), prefix+"1") {
			t.Errorf("%s: prefix %q, %v", s, prefix, err)
		}
	}
	for _, s := range file.InvalidHex {
		file.Invalid = append(file.Invalid, string(unhex(t, s[:2]))+s[2:])
	}
	// BIP-350: valid as bech32m, and so not as bech32.
	file.Invalid = append(file.Invalid, "A1LQFN3A", "a1lqfn3a",
		"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx")
	for _, s := range file.Invalid {
		if _, _, err := decodeBech32(s); err == nil {
			t.Errorf("%q was decoded", s)
		}
	}
}
