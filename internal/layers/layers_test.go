package layers

import (
	"bufio"
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/peersetdb/peerset/"

// layer says what a package may import: packages of this project, and modules from
// outside, each by prefix. The standard library is free, but see bans.
type layer struct {
	project []string
	outside []string
	why     string
}

const (
	bech32    = "github.com/btcsuite/btcd/btcutil/bech32"
	curve     = "github.com/decred/dcrd/dcrec/secp256k1/v4"
	pion      = "github.com/pion"
	websocket = "nhooyr.io/websocket"
	indexedDB = "github.com/hack-pad"

	normalization = "golang.org/x/text/unicode/norm"
	chacha20      = "golang.org/x/crypto/chacha20"
	chachaPoly    = "golang.org/x/crypto/chacha20poly1305"
	scrypt        = "golang.org/x/crypto/scrypt"
)

var layers = map[string]layer{
	"pkg/record":             {nil, []string{bech32, curve}, "records are verified by anybody, without the rest"},
	"pkg/merkle":             {nil, nil, "a data structure"},
	"pkg/moderation":         {[]string{"pkg/record", "pkg/moderation/words", "pkg/moderation/links", "pkg/moderation/pattern"}, nil, "verdicts follow from records and options; what else is known comes as input"},
	"pkg/moderation/pattern": {nil, nil, "an algorithm"},
	"pkg/negentropy":         {[]string{"pkg/merkle"}, nil, "a protocol over the data structure, of use to relays too"},
	"internal/nfkc":          {nil, []string{normalization}, "a table that the browser has already"},
	"pkg/nip44":              {[]string{"pkg/record"}, []string{chacha20}, "payloads are opened by anybody, without the rest"},
	"pkg/nip49":              {[]string{"pkg/record", "internal/nfkc"}, []string{bech32, chachaPoly, scrypt}, "secret keys are decrypted by anybody, without the rest"},
	"pkg/seal":               {[]string{"pkg/record", "pkg/nip44"}, nil, "a form of contents, no more"},
	"internal/browser":       {nil, nil, "waits for browsers, no more"},
	"pkg/room":               {[]string{"pkg/record", "internal/nfkc", "internal/browser"}, nil, "derivation of keys, no more"},
	"pkg/moderation/words":   {nil, nil, "finds words in texts, no more"},
	"pkg/moderation/links":   {nil, nil, "finds links in texts, no more"},
	"pkg/sync":               {[]string{"pkg/record", "pkg/merkle", "pkg/negentropy"}, nil, "the core is pure: what it needs comes as input"},
	"pkg/sim":                {[]string{"pkg/record", "pkg/sync"}, nil, "the simulator runs the core that browsers run"},
	"pkg/signaling":          {nil, nil, "interfaces"},
	"pkg/signaling/socket":   {nil, []string{websocket}, "the one place that dials WebSockets: the library is frozen, a change must cost one line"},
	"pkg/signaling/torrent":  {[]string{"pkg/signaling", "pkg/signaling/socket"}, nil, "media know nothing of WebRTC and of records"},
	"pkg/signaling/rotation": {[]string{"pkg/signaling"}, nil, "it knows time, and no medium"},
	"pkg/tracker":            {nil, []string{websocket}, "the one place that accepts WebSockets"},
	"pkg/rtc":                {[]string{"pkg/sync"}, []string{pion}, "the one place that knows pion"},
	"pkg/store/mem":          {[]string{"pkg/record", "pkg/sync"}, nil, "stores know keys and bytes"},
	"pkg/store/idb":          {[]string{"pkg/record", "pkg/sync", "internal/browser"}, []string{indexedDB}, "the one place that knows IndexedDB"},
	"pkg/store/storetest":    {[]string{"pkg/record", "pkg/sync"}, nil, "the suite that every store passes"},
	"pkg/peerset":            {[]string{"pkg/record", "pkg/merkle", "pkg/room", "pkg/nip44", "pkg/nip49", "pkg/seal", "pkg/moderation", "pkg/sync", "pkg/signaling", "pkg/signaling/rotation", "pkg/signaling/torrent", "pkg/rtc"}, nil, "ties the others together; storage is handed in"},
	"wasm":                   {[]string{"internal/browser", "pkg/peerset", "pkg/record", "pkg/room", "pkg/rtc", "pkg/sync", "pkg/store/idb", "pkg/store/mem"}, nil, "the page's side of pkg/peerset and nothing else"},
	"cmd/serve":              {[]string{"pkg/tracker"}, nil, "serves files and a tracker"},
	"cmd/negentropy":         {[]string{"pkg/merkle", "pkg/negentropy"}, nil, "ours against other implementations"},
	"cmd/sim":                {[]string{"pkg/record", "pkg/sim"}, nil, "runs the simulator and draws what it tells"},
	"e2e/peer":               {[]string{"pkg/peerset", "pkg/rtc", "pkg/store/mem", "pkg/sync"}, nil, "what the tests need and no more"},
	"bench/reconcile":        {[]string{"pkg/merkle", "pkg/negentropy", "pkg/sim", "pkg/sync"}, nil, "measures the cores, without browsers"},
	"internal/layers":        {nil, nil, ""},
}

// bans hold for the standard library.
var bans = []struct {
	pkg     string
	except  func(importer, file string) bool
	because string
}{
	{"syscall/js", func(p, file string) bool { return p == "wasm" || strings.HasSuffix(file, "_js.go") },
		"the engine runs natively too"},
	{"time", func(p, _ string) bool {
		return p != "pkg/sync" && p != "pkg/merkle" && p != "pkg/negentropy" && p != "pkg/moderation"
	},
		"time is an input of the core"},
	{"math/rand/v2", func(p, _ string) bool {
		return p == "pkg/sim" || p == "bench/reconcile" || p == "pkg/store/storetest" || strings.HasPrefix(p, "pkg/signaling") || p == "pkg/tracker"
	},
		"chance is an input of the core, and keys need crypto/rand"},
	{"crypto/rand", func(p, _ string) bool { return p != "pkg/sync" && p != "pkg/sim" && p != "pkg/moderation" },
		"chance is an input of the core"},
	{"log", func(string, string) bool { return false }, "a library says what happens by errors and events"},
	{"os", func(p, _ string) bool {
		return strings.HasPrefix(p, "cmd/") || strings.HasPrefix(p, "bench/") || p == "wasm" || p == "e2e/peer"
	},
		"packages run in browsers"},
	{"regexp", func(string, string) bool { return false }, "0.14 ms for a short text under wasm, and 90 KB of it; pkg/moderation/pattern takes 13"},
}

func TestLayers(t *testing.T) {
	for _, goos := range []string{"", "js"} {
		for _, p := range list(t, goos) {
			l, ok := layers[p.name]
			if !ok {
				t.Errorf("%s: has no place in the table of layers", p.name)
				continue
			}
			for _, imp := range p.imports {
				if !allowed(l, imp.path) {
					t.Errorf("%s/%s imports %s; %s: %s", p.name, imp.file, imp.path, p.name, l.why)
				}
				for _, b := range bans {
					if b.pkg == imp.path && !b.except(p.name, imp.file) {
						t.Errorf("%s/%s imports %s: %s", p.name, imp.file, imp.path, b.because)
					}
				}
			}
		}
	}
}

func allowed(l layer, imp string) bool {
	if rest, ok := strings.CutPrefix(imp, module); ok {
		return slices.Contains(l.project, rest)
	}
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(l.outside, func(p string) bool { return imp == p || strings.HasPrefix(imp, p+"/") })
}

type pkg struct {
	name    string
	imports []imported
}

type imported struct{ file, path string }

// list returns the packages of the project as they are built for an operating system, with
// what their files import, tests aside.
func list(t *testing.T, goos string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .GoFiles}} {{$.Dir}}/{{.}}{{end}}`, module+"...")
	cmd.Env = os.Environ()
	if goos != "" {
		cmd.Env = append(cmd.Env, "GOOS="+goos, "GOARCH=wasm")
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var ps []pkg
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		p := pkg{name: strings.TrimPrefix(fields[0], module)}
		for _, file := range fields[1:] {
			p.imports = append(p.imports, importsOf(t, file)...)
		}
		ps = append(ps, p)
	}
	if len(ps) < len(layers)/2 {
		t.Fatalf("go list found %d packages only", len(ps))
	}
	return ps
}

func importsOf(t *testing.T, file string) (is []imported) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Imports {
		is = append(is, imported{path.Base(file), strings.Trim(s.Path.Value, `"`)})
	}
	return is
}
