package links

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckURL(t *testing.T) {
	shops := []string{"example.com", "bücher.example", "paypal.com", "203.0.114.9", "google.com"}
	tests := []struct {
		raw     string
		allowed []string
		want    string // the reason, "" where it passes
	}{
		{"https://example.org/", nil, ""},
		{"http://example.org", nil, ""},
		{"HTTPS://EXAMPLE.ORG:8443/a?b=c#d@e", nil, ""},
		{"https://example.org./", nil, ""},
		{"https://münchen.de/", nil, ""},
		{"https://xn--mnchen-3ya.de/", nil, ""},
		{"https://пример.рф/", nil, ""},
		{"https://例え.jp/", nil, ""},
		{"https://8.8.8.8/", nil, ""},
		{"https://[2606:4700::1111]:443/", nil, ""},
		{"https://example.com", shops, ""},
		{"https://a.b.Example.COM/x", shops, ""},
		{"https://bücher.example/", shops, ""},
		{"https://xn--bcher-kva.example/", shops, ""},
		{"https://BÜCHER.example/", shops, ""},
		{"https://203.0.114.9/", shops, ""},
		{"https://0xcb007209/", shops, ""},

		{"https://example.org", shops, reasonNotAllowed},
		{"https://notexample.com", shops, reasonNotAllowed},
		{"https://example.com.evil.org", shops, reasonNotAllowed},
		{"https://8.8.8.8/", shops, reasonNotAllowed},
		{"https://example.com@evil.org/", shops, reasonCredentials},
		{"https://user:secret@example.com/", shops, reasonCredentials},
		{"https://@example.com/", shops, reasonCredentials},

		{"https://exаmple.com/", shops, reasonAlike},         // a Cyrillic letter
		{"https://xn--exmple-4nf.com/", shops, reasonAlike},  // the same in punycode
		{"https://ехамрӏе.com/", shops, reasonAlike},         // all of them
		{"https://paypa1.com/", shops, reasonAlike},          // 1 for l
		{"https://g00gle.com/", shops, reasonAlike},          // 0 for o
		{"https://exarnple.com/", shops, reasonAlike},        // rn for m
		{"https://éxample.com/", shops, reasonAlike},         // an accent
		{"https://login.pаypal.com/", shops, reasonAlike},    // below it
		{"https://pay-pal.com/", shops, reasonAlike},         // a hyphen
		{"https://exаmple.com/", nil, reasonMixed},           // no list: mixed scripts
		{"https://аррӏе.com/", nil, reasonMixed},             // Cyrillic, and looks Latin
		{"https://xn--80ak6aa92e.com/", nil, reasonMixed},    // apple in Cyrillic, as punycode
		{"https://xn--example-.com/", nil, reasonHost},       // punycode of nothing
		{"https://xn--a.com/", nil, reasonHost},              // damaged
		{"https://xn--99999999.com/", nil, reasonHost},       // beyond Unicode
		{"https://ｅｘａｍｐｌｅ.com/", nil, reasonHost},            // full width
		{"https://ⓔxample.com/", nil, reasonHost},            // circled
		{"https://exam%70le.com/", nil, reasonHost},          // escaped
		{"https://exam\u00adple.com/", nil, reasonHost},      // soft hyphen
		{"https://127。0。0。1/", nil, reasonHost},              // ideographic dots
		{"https://１２７.0.0.1/", nil, reasonHost},              // full-width digits
		{"https:///example.com", nil, reasonHost},            // a browser mends these
		{"https:example.com", nil, reasonScheme},             //
		{"https:\\\\example.com", nil, reasonScheme},         //
		{"https://example.com\\@evil.org/", nil, reasonHost}, //
		{" https://example.com", nil, reasonScheme},          //
		{"https://exam\nple.com", nil, reasonHost},           //
		{"https://example.com/a b", nil, reasonHost},         //
		{"//example.com/", nil, reasonScheme},
		{"javascript:alert(1)", nil, reasonScheme},
		{"data:text/html,x", nil, reasonScheme},
		{"ftp://example.com/", nil, reasonScheme},
		{"", nil, reasonScheme},
		{"https://", nil, reasonHost},
		{"https://.", nil, reasonHost},
		{"https://a..b/", nil, reasonHost},
		{"https://-a.example.com/", nil, reasonHost},
		{"https://example.com:99999/", nil, reasonPort},
		{"https://example.com:/", nil, reasonPort},
		{"https://example.com:80a/", nil, reasonPort},
		{"https://" + strings.Repeat("a", MaxURL), nil, reasonLong},

		{"http://localhost/", nil, reasonLocal},
		{"http://LOCALHOST./", nil, reasonLocal},
		{"http://a.localhost:3000/", nil, reasonLocal},
		{"http://printer/", nil, reasonLocal},
		{"http://nas.local/", nil, reasonLocal},
		{"http://router.lan/", nil, reasonLocal},
		{"http://db.internal/", nil, reasonLocal},
		{"http://hub.home.arpa/", nil, reasonLocal},

		{"http://127.0.0.1/", nil, reasonPrivate},
		{"http://127.1/", nil, reasonPrivate},
		{"http://2130706433/", nil, reasonPrivate},
		{"http://0x7f000001/", nil, reasonPrivate},
		{"http://0X7F.1/", nil, reasonPrivate},
		{"http://0177.0.0.1/", nil, reasonPrivate},
		{"http://017700000001/", nil, reasonPrivate},
		{"http://0/", nil, reasonPrivate},
		{"http://10.1.2.3/", nil, reasonPrivate},
		{"http://172.31.255.255/", nil, reasonPrivate},
		{"http://192.168.1.1/", nil, reasonPrivate},
		{"http://192.168.257/", nil, reasonPrivate},
		{"http://169.254.169.254/latest", nil, reasonPrivate},
		{"http://100.64.0.1/", nil, reasonPrivate},
		{"http://224.0.0.1/", nil, reasonPrivate},
		{"http://255.255.255.255/", nil, reasonPrivate},
		{"http://172.32.0.1/", nil, ""},
		{"http://1.2.3.4.5/", nil, reasonHost},
		{"http://256.1.1.1/", nil, reasonHost},
		{"http://1.2.3.0x/", nil, ""},
		{"http://08.8.8.8/", nil, reasonHost},
		{"http://example.0x1/", nil, reasonHost},
		{"http://4294967296/", nil, reasonHost},
		{"http://[::1]/", nil, reasonPrivate},
		{"http://[::]/", nil, reasonPrivate},
		{"http://[fe80::1]/", nil, reasonPrivate},
		{"http://[fe80::1%25eth0]/", nil, reasonHost},
		{"http://[fd00::1]/", nil, reasonPrivate},
		{"http://[ff02::1]/", nil, reasonPrivate},
		{"http://[::ffff:127.0.0.1]/", nil, reasonPrivate},
		{"http://[::ffff:7f00:1]/", nil, reasonPrivate},
		{"http://[::ffff:8.8.8.8]/", nil, ""},
		{"http://[64:ff9b::127.0.0.1]/", nil, reasonPrivate},
		{"http://[64:ff9b::8.8.8.8]/", nil, ""},
		{"http://[2002:7f00:1::]/", nil, reasonPrivate},
		{"http://[2002:808:808::]/", nil, ""},
		{"http://[2001:db8::1]/", nil, reasonPrivate},
		{"http://[2001::1]/", nil, reasonPrivate},
		{"http://[1.2.3.4]/", nil, reasonHost},
		{"http://[::1/", nil, reasonHost},
		{"http://192.168.1.1/", []string{"192.168.1.1"}, reasonPrivate},
		{"http://localhost/", []string{"localhost"}, reasonLocal},
	}
	for _, tt := range tests {
		reason, ok := CheckURL(tt.raw, tt.allowed)
		if reason != tt.want || ok != (tt.want == "") {
			t.Errorf("%.60q: %q, %v; want %q", tt.raw, reason, ok, tt.want)
		}
	}
}

func TestCheckHost(t *testing.T) {
	for _, entry := range []string{"example.com", "Example.Com", "bücher.example", "xn--bcher-kva.example", "8.8.8.8", "[2606:4700::1111]", "com"} {
		if err := CheckHost(entry); err != nil {
			t.Error(err)
		}
	}
	for _, entry := range []string{"", ".", "*.example.com", "https://example.com", "example.com/", "example.com:80", "a b", "ｅ.com", "256.1.1.1", "2606:4700::1111", "xn--a.com"} {
		if err := CheckHost(entry); !errors.Is(err, ErrHost) {
			t.Errorf("%q: %v, want %v", entry, err, ErrHost)
		}
	}
}

// The samples of RFC 3492, section 7.1, as far as their letters are those of one case.
func TestPunycode(t *testing.T) {
	for code, want := range map[string]string{
		"egbpdaj6bu4bxfgehfvwxn":                       "ليهمابتكلموشعربي؟",
		"ihqwcrb4cv8a8dqg056pqjye":                     "他们为什么不说中文",
		"proprostnemluvesky-uyb24dma41a":               "pročprostěnemluvíčesky",
		"4dbcagdahymbxekheh6e0a7fei0b":                 "למההםפשוטלאמדבריםעברית",
		"b1abfaaepdrnnbgefbadotcwatmq2g4l":             "почемужеонинеговорятпорусски",
		"tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g": "tạisaohọkhôngthểchỉnóitiếngviệt",
		"3b-ww4c5e180e575a65lsy2b":                     "3年b組金八先生",
		"bcher-kva":                                    "bücher",
	} {
		if got, ok := punycode(code); !ok || got != want {
			t.Errorf("%q: %q, %v; want %q", code, got, ok, want)
		}
	}
	for _, code := range []string{"a-\x80", "99999999", "é", "-A", "b", strings.Repeat("z", maxLabel+1)} {
		if got, ok := punycode(code); ok {
			t.Errorf("%q: decoded to %q", code, got)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://example.com/", "http://127.1", "https://xn--mnchen-3ya.de", "http://[::1]:80/", "https://a@b", "http://0x7f.1", "https://exаmple.com", "https://\xff"} {
		f.Add(s, "example.com")
	}
	f.Fuzz(func(t *testing.T, raw, entry string) {
		reason, ok := CheckURL(raw, nil)
		if ok != (reason == "") {
			t.Fatalf("%q: %q, %v", raw, reason, ok)
		}
		if strict, passes := CheckURL(raw, []string{entry}); passes != (strict == "") || passes && !ok && reason != reasonMixed {
			t.Fatalf("%q: passes with the list %q, and is refused without: %q", raw, entry, reason)
		}
	})
}
