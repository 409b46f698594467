package idb

import (
	"bytes"
	"context"
	"slices"
	"syscall/js"

	psync "github.com/peersetdb/peerset/pkg/sync"
)

// A get costs some 40 µs, and an entry within a getAll a third of that. So
// the wanted keys are read run by run, in the order of the index, and a run
// with a getAll of all that lies between its first and last key if that is not
// much more than what is wanted.
const (
	runKeys   = 256 // also bounds what a getAll returns in vain
	minimum   = 32  // for less, counting does not pay
	tolerance = 2   // entries read for each that is wanted
)

// run is a part of the wanted keys, which ascend.
type run struct {
	keys  []byte // together
	at    []int  // where each body goes
	dense bool

	between       js.Value // the range of its keys; for a run that is counted
	count         js.Value // the request for how many entries are between
	found, values js.Value // the requests of a dense run
	wanted, gets  js.Value // the keys of another, and their requests
}

func (r *run) key(i int) []byte { return keyAt(r.keys, i) }

// Bodies reads all bodies in one transaction.
func (s *Store) Bodies(ctx context.Context, keys []psync.Key) ([][]byte, error) {
	bodies, err := s.bodies(ctx, keys)
	return bodies, readError(err)
}

func (s *Store) bodies(ctx context.Context, keys []psync.Key) ([][]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.underway.Done()
	bodies := make([][]byte, len(keys))
	runs := split(keys)
	if err := s.countRuns(ctx, runs); err != nil {
		return nil, err
	}
	if err := s.readRuns(ctx, runs); err != nil {
		return nil, err
	}
	for _, r := range runs {
		var err error
		if r.dense {
			err = s.takeAll(ctx, r, bodies)
		} else {
			err = s.takeEach(r, bodies)
		}
		if err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

func split(keys []psync.Key) []*run {
	all := appendKeys(nil, keys)
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return bytes.Compare(keyAt(all, i), keyAt(all, j)) })
	var runs []*run
	for at := range slices.Chunk(order, runKeys) {
		r := &run{at: at, keys: make([]byte, 0, len(at)*keySize)}
		for _, i := range at {
			r.keys = append(r.keys, keyAt(all, i)...)
		}
		runs = append(runs, r)
	}
	return runs
}

// read makes requests in a transaction and waits until they are answered.
func (s *Store) read(ctx context.Context, requests func(store js.Value)) error {
	var tx js.Value
	err := attempt(func() {
		tx = s.raw.Call("transaction", entriesStore, "readonly")
		requests(tx.Call("objectStore", entriesStore))
	})
	if err != nil {
		return err
	}
	return finish(ctx, tx)
}

// countRuns finds out which runs are dense.
func (s *Store) countRuns(ctx context.Context, runs []*run) error {
	counted := slices.DeleteFunc(slices.Clone(runs), func(r *run) bool { return len(r.at) < minimum })
	if len(counted) == 0 {
		return nil
	}
	for _, r := range counted {
		r.between = s.bulk.between(r.key(0), r.key(len(r.at)-1))
	}
	err := s.read(ctx, func(store js.Value) {
		for _, r := range counted {
			r.count = store.Call("count", r.between)
		}
	})
	if err != nil {
		return err
	}
	for _, r := range counted {
		r.dense = r.count.Get("result").Int() <= tolerance*len(r.at)
	}
	return nil
}

func (s *Store) readRuns(ctx context.Context, runs []*run) error {
	for _, r := range runs {
		if !r.dense {
			r.wanted = s.bulk.keys(r.keys)
		}
	}
	return s.read(ctx, func(store js.Value) {
		get := store.Get("get").Call("bind", store)
		for _, r := range runs {
			if r.dense {
				r.found = store.Call("getAllKeys", r.between)
				r.values = store.Call("getAll", r.between)
			} else {
				r.gets = r.wanted.Call("map", get)
			}
		}
	})
}

// takeAll takes from a dense run those bodies that are wanted.
func (s *Store) takeAll(ctx context.Context, r *run, bodies [][]byte) error {
	found := r.found.Get("result")
	n := found.Length()
	if n == 0 {
		return nil
	}
	keys, err := s.bulk.join(ctx, found)
	if err == nil && len(keys) != n*keySize {
		err = errNotKeys
	}
	if err != nil {
		return err
	}
	values := r.values.Get("result")
	f := 0
	for i, at := range r.at {
		for f < n && bytes.Compare(keyAt(keys, f), r.key(i)) < 0 {
			f++
		}
		if f == n || !bytes.Equal(keyAt(keys, f), r.key(i)) {
			continue
		}
		if bodies[at], err = s.bulk.parseBytes(values.Index(f)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) takeEach(r *run, bodies [][]byte) error {
	for i, at := range r.at {
		var err error
		if bodies[at], err = s.bulk.parseBytes(r.gets.Index(i).Get("result")); err != nil {
			return err
		}
	}
	return nil
}
