package idb

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/hack-pad/go-indexeddb/idb"
)

// The database's schema. A version that adds to it raises the number and
// creates what is missing in upgrade.
const (
	schemaVersion = 2
	entriesStore  = "records"
	secretsStore  = "secrets"
	// firstStore is where version 1 kept its entries.
	firstStore = "entries"
)

var (
	errNoIndexedDB = errors.New("this page has no indexedDB")
	errOldSchema   = errors.New("the database is of an older version, whose entries this one cannot read: " +
		"delete it, and the records come from peers again")
)

// Open opens the database of that name and makes it if it is not there. It
// returns sync.ErrStoreUnavailable where the browser has or allows no
// IndexedDB, as in some private windows, and where the database is of a version
// that this one cannot read; nothing of it is changed. It returns sync.ErrStoreBlocked if
// another tab keeps Open waiting for some seconds.
func Open(ctx context.Context, name string) (*Store, error) {
	factory, err := indexedDB()
	if err != nil {
		return nil, openError(err)
	}
	return open(ctx, factory, name, schemaVersion, defaultPatience)
}

// Delete removes the database of that name; stores that are open on it, also
// in other tabs, close. It is no error if there is none.
func Delete(ctx context.Context, name string) error {
	factory, err := indexedDB()
	if err != nil {
		return openError(err)
	}
	return remove(ctx, factory, name, defaultPatience)
}

// indexedDB returns the page's IDBFactory. To look at the property may throw
// (SecurityError), which Value.Get does not survive.
func indexedDB() (factory js.Value, err error) {
	err = attempt(func() {
		factory = js.Global().Get("Reflect").Call("get", js.Global(), "indexedDB")
	})
	if err == nil && !factory.Truthy() {
		err = errNoIndexedDB
	}
	return factory, err
}

func open(ctx context.Context, factory js.Value, name string, version int, p patience) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, openError(err)
	}
	var req js.Value
	err := attempt(func() { req = factory.Call("open", name, version) })
	if err == nil {
		late := func() { req.Get("result").Call("close") }
		var failed error
		err = request(ctx, req, p, func() { failed = upgrade(req) }, late)
		if err != nil && failed != nil {
			err = failed
		}
	}
	if err != nil {
		return nil, openError(err)
	}
	raw := req.Get("result")
	db, err := adopt(req)
	if err != nil {
		raw.Call("close")
		return nil, openError(err)
	}
	return newStore(raw, db), nil
}

// upgrade makes the object stores, in a new database. If it cannot, the
// request fails, and the database stays as it was.
func upgrade(req js.Value) error {
	old := false
	err := attempt(func() {
		db := req.Get("result")
		has := func(name string) bool { return db.Get("objectStoreNames").Call("contains", name).Bool() }
		if old = has(firstStore); old {
			return
		}
		for _, name := range []string{entriesStore, secretsStore} {
			if !has(name) {
				db.Call("createObjectStore", name)
			}
		}
	})
	if old {
		err = errOldSchema
	}
	if err != nil {
		_ = attempt(func() { req.Get("transaction").Call("abort") }) // it throws if the transaction is over
	}
	return err
}

// adopt makes a database of go-indexeddb's from one that is open. The only way
// to get one is its Factory; so this hands it a factory whose open returns the
// request that has been answered, and ends what waits for the answer.
func adopt(req js.Value) (*idb.Database, error) {
	answered := js.FuncOf(func(js.Value, []js.Value) any { return req })
	defer answered.Release()
	factory, err := idb.WrapFactory(js.ValueOf(map[string]any{"open": answered}))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	opened, err := factory.Open(ctx, "", 0, nil)
	if err != nil {
		return nil, err
	}
	return opened.Result()
}

func remove(ctx context.Context, factory js.Value, name string, p patience) error {
	if err := ctx.Err(); err != nil {
		return wrap("delete", err, nil)
	}
	var req js.Value
	err := attempt(func() { req = factory.Call("deleteDatabase", name) })
	if err == nil {
		err = request(ctx, req, p, func() {}, func() {})
	}
	return wrap("delete", err, nil)
}
