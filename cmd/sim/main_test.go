package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plots")
	args := []string{"-peers", "10, 12", "-records", "40", "-malicious", "0.1", "-out", dir}
	var first, second, stderr bytes.Buffer
	if code := program(args, &first, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(first.String()), "\n")
	if len(lines) != 3 || len(strings.Fields(lines[0])) != 1+len(figures) {
		t.Errorf("the table:\n%s", &first)
	}
	for _, f := range figures {
		text, err := os.ReadFile(filepath.Join(dir, f.name+".svg"))
		if err != nil {
			t.Error(err)
		} else if !wellFormed(text) || bytes.Count(text, []byte("<circle")) != 2 || bytes.Contains(text, []byte("NaN")) {
			t.Errorf("%s:\n%s", f.name, text)
		}
	}
	if program(args, &second, &stderr); first.String() != second.String() {
		t.Errorf("equal seeds gave\n%sand\n%s", &first, &second)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-peers", "1"}, {"-peers", "5001"}, {"-peers", "10,"}, {"-peers", "ten"},
		{"-records", "0"}, {"-malicious", "0.6"}, {"-malicious", "NaN"}, {"more"}, {"-x"},
	} {
		var stderr bytes.Buffer
		if code := program(args, io.Discard, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit code %d, %q", args, code, &stderr)
		}
	}
}

func TestPlotOfOnePoint(t *testing.T) {
	p := plot{title: "a < b & c", x: "x", y: "y", points: []point{{10, 0}}}
	var b bytes.Buffer
	if err := p.write(&b); err != nil || !wellFormed(b.Bytes()) || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v:\n%s", err, &b)
	}
}

func TestNiceStep(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 0.3: 0.5, 1: 1, 1.2: 2, 3: 5, 6: 10, 1300: 2000} {
		if got := niceStep(v); got != want {
			t.Errorf("%v: %v, want %v", v, got, want)
		}
	}
}

func wellFormed(text []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
