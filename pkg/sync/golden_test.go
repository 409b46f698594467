package sync

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the outputs of the golden scripts")

// The scripts of testdata/golden tell what peers say to each other. A script has blocks
//
//	# comments
//	command
//	command
//	----
//	output, up to a blank line
//
// whose commands are those of (*stage).command. "go test -run Golden -update" rewrites
// the outputs.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out := runScript(t, file, string(in))
			if *update {
				if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if out != string(in) {
				t.Errorf("%s\nIf that is as it should be: go test -run Golden -update", firstDifference(file, string(in), out))
			}
		})
	}
}

// runScript returns the script with the outputs that its commands give now.
func runScript(t *testing.T, file, in string) string {
	t.Helper()
	var out strings.Builder
	st := newStage(t)
	output := false // the lines that come are an output
	for i, line := range strings.Split(strings.TrimSuffix(in, "\n"), "\n") {
		switch {
		case output:
			if output = line != ""; output {
				continue
			}
		case line == "----":
			output = true
			line += "\n" + st.output()
		case line != "" && line[0] != '#':
			if err := st.command(strings.Fields(line)); err != nil {
				t.Fatalf("%s:%d: %s: %v", file, i+1, line, err)
			}
		}
		out.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	return out.String()
}

func firstDifference(file, want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("%s:%d:\n got %s\nwant %s", file, i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%s: %d lines, want %d", file, len(g), len(w))
}
