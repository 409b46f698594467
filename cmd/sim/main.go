// Sim lets 10 to 5,000 peers join a room and write, on a simulated network, and tells what it
// took until all hold the same:
//
//	go run ./cmd/sim -peers 10,50,200,1000 -out dist/sim
//
// It prints a table, and writes an SVG plot of each figure against the number of peers. Equal seeds give equal figures.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

const (
	minPeers, maxPeers = 2, 5_000
	maxRecords         = 100_000
)

func main() { os.Exit(program(os.Args[1:], os.Stdout, os.Stderr)) }

// program returns the exit code.
func program(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := flags.String("peers", "10,50,200,1000", "numbers of peers, each from 2 to 5000")
	records := flags.Int("records", 200, "records that the peers write in all")
	seed := flags.Uint64("seed", 1, "of all that is random")
	malicious := flags.Float64("malicious", 0, "share of the peers that do not keep to the protocol, from 0 to 0.5")
	out := flags.String("out", "dist/sim", "folder for the plots; with an empty name none are written")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	peers, err := parsePeers(*list)
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *records < 2 || *records > maxRecords:
		err = fmt.Errorf("-records is %d, not from 2 to %d", *records, maxRecords)
	case !(*malicious >= 0 && *malicious <= 0.5):
		err = fmt.Errorf("-malicious is %v, not from 0 to 0.5", *malicious)
	}
	if err != nil {
		fmt.Fprintln(stderr, "sim:", err)
		return exitUsage
	}
	if err := simulate(peers, *records, *seed, *malicious, *out, stdout); err != nil {
		fmt.Fprintln(stderr, "sim:", err)
		return exitError
	}
	return exitOK
}

func parsePeers(list string) (peers []int, err error) {
	for s := range strings.SplitSeq(list, ",") {
		p, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || p < minPeers || p > maxPeers {
			return nil, fmt.Errorf("-peers has %q, which is no number from %d to %d", s, minPeers, maxPeers)
		}
		peers = append(peers, p)
	}
	slices.Sort(peers)
	return slices.Compact(peers), nil
}

// figures are what is printed and plotted of each run.
var figures = [...]struct {
	name, title, unit, format string
	of                        func(*result) float64
}{
	{"convergence", "Time to convergence", "seconds", "%.1f s", func(r *result) float64 { return r.seconds }},
	{"bytes", "Bytes per peer", "bytes", "%.0f", func(r *result) float64 { return r.bytes }},
	{"optimum", "Bytes of the bodies that a peer lacked", "bytes", "%.0f", func(r *result) float64 { return r.optimum }},
	{"ratio", "Bytes per peer against the optimum", "ratio", "%.2f", (*result).ratio},
	{"duplicates", "Bodies received that were held already", "percent", "%.2f %%", func(r *result) float64 { return r.duplicates }},
	{"announcements", "Bytes of announcements per peer", "bytes", "%.0f", func(r *result) float64 { return r.announced }},
	{"messages", "Messages per peer", "messages", "%.0f", func(r *result) float64 { return r.messages }},
}

func simulate(peers []int, records int, seed uint64, malicious float64, out string, stdout io.Writer) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "peers\t")
	for _, f := range figures {
		fmt.Fprint(table, f.name, "\t")
	}
	fmt.Fprintln(table)
	var results []result
	for _, p := range peers {
		r, err := run(p, records, seed, malicious)
		if err != nil {
			return errors.Join(err, table.Flush())
		}
		results = append(results, r)
		fmt.Fprint(table, r.peers, "\t")
		for _, f := range figures {
			fmt.Fprintf(table, f.format+"\t", f.of(&r))
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	return writePlots(results, out)
}

func writePlots(results []result, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range figures {
		p := plot{title: f.title, x: "peers", y: f.unit}
		for i := range results {
			p.points = append(p.points, point{float64(results[i].peers), f.of(&results[i])})
		}
		if err := p.save(filepath.Join(dir, f.name+".svg")); err != nil {
			return err
		}
	}
	return nil
}

func (p *plot) save(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(p.write(file), file.Close())
}
