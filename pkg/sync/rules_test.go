package sync

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The table of PROTOCOL.md, section States, says what the rules say.
func TestTheProtocolsTable(t *testing.T) {
	page, err := os.ReadFile("../../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "What is allowed when; all else ends the session:\n\n")
	if !ok {
		t.Fatal("no table")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	columns := [...]place{atRest, atDialing, atChallenged, atAuthenticated, atSession}
	allowed := make(map[string]place)
	for i, line := range strings.Split(table, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if i < 2 {
			continue
		}
		if len(cells) != 1+len(columns) {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		var at place
		for j, cell := range cells[1:] {
			if strings.TrimSpace(cell) != "–" {
				at |= columns[j]
			}
		}
		for _, name := range strings.Split(cells[0], ", ") {
			allowed[name] = at
		}
	}
	named := []string{"all others"}
	for typ, rule := range rules {
		at, ok := allowed[typ.String()]
		if ok {
			named = append(named, typ.String())
		} else {
			at = allowed["all others"]
		}
		if rule.at != at {
			t.Errorf("%s: %b in the code, %b on the page", typ, rule.at, at)
		}
	}
	for name := range allowed {
		if !slices.Contains(named, name) {
			t.Errorf("the page allows %s, which is no message", name)
		}
	}
}

// What the table does not allow ends the session, in every place.
func TestWhatNoRuleAllows(t *testing.T) {
	places := map[place]func(e *evil){
		atRest:          func(e *evil) { e.join(); e.num++ },
		atDialing:       func(e *evil) {},
		atChallenged:    func(e *evil) { e.sayHello(e.hello()) },
		atAuthenticated: func(e *evil) { e.sayHello(e.hello()); e.say(msgProof, e.tr.proof(e.key, [32]byte{})) },
		atSyncing:       func(e *evil) { e.join() },
		atLive: func(e *evil) {
			e.join()
			e.say(msgRoot, root{round: 1, from: e.core.Horizon(), hash: e.core.Root()}.append(nil))
		},
	}
	for at, reach := range places {
		for typ, rule := range rules {
			if rule.at&at != 0 {
				continue
			}
			e := newEvil(t, false)
			reach(e)
			if got := e.core.byConn[testConn].place(e.num); got != at {
				t.Fatalf("at %s, want %s", got, at)
			}
			e.got = nil
			e.say(typ, nil)
			if e.closed == nil || e.closed.Code != ReasonProtocol || !strings.Contains(e.closed.Text, "while "+at.String()) {
				t.Errorf("%s while %s: %v", typ, at, e.closed)
			}
		}
	}
}
