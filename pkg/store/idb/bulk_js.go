package idb

import (
	"context"
	"strconv"
	"syscall/js"

	"github.com/peersetdb/peerset/internal/browser"
	psync "github.com/peersetdb/peerset/pkg/sync"
)

// packBytes is how many bytes go to JavaScript at once; it bounds the copies in
// Go's memory, which never shrinks.
const packBytes = 4 << 20

// bulk does in JavaScript what would cost a call per entry from Go, and
// discards what each call returns before it becomes a value in Go.
//
// JavaScript made from text would break on pages whose Content-Security-Policy
// forbids eval. But the loops are there: forEach and map. Their body is
// Function.prototype.apply, bound to a function f and its object: called with
// an element that is a list of arguments, it calls f with these arguments.
//
//	[[a, b], [c, d]].forEach(apply.bind(f, object))  // object.f(a, b); object.f(c, d)
type bulk struct {
	json, uint8Array, blob, keyRange js.Value
	apply, sliceBytes, sliceList     js.Value
}

func newBulk() bulk {
	method := func(class, name string) js.Value {
		return js.Global().Get(class).Get("prototype").Get(name)
	}
	return bulk{
		json:       js.Global().Get("JSON"),
		uint8Array: js.Global().Get("Uint8Array"),
		blob:       js.Global().Get("Blob"),
		keyRange:   js.Global().Get("IDBKeyRange"),
		apply:      method("Function", "apply"),
		sliceBytes: method("Uint8Array", "slice"),
		sliceList:  method("Array", "slice"),
	}
}

// bytes copies b to JavaScript.
func (k bulk) bytes(b []byte) js.Value {
	v := k.uint8Array.New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

// cut copies b to JavaScript and returns an array of its consecutive parts,
// each ending at one of ends. Each part has memory of its own: to store a mere
// view is to store all that it is a view of.
func (k bulk) cut(b []byte, ends []int) js.Value {
	return k.slices(k.sliceBytes, k.bytes(b), ends)
}

// slices calls the method slice of a list for each part.
func (k bulk) slices(slice, list js.Value, ends []int) js.Value {
	text := make([]byte, 0, 20*len(ends)+2)
	text = append(text, '[')
	start := 0
	for i, end := range ends {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		text = strconv.AppendInt(text, int64(start), 10)
		text = append(text, ',')
		text = strconv.AppendInt(text, int64(end), 10)
		text = append(text, ']')
		start = end
	}
	text = append(text, ']')
	return k.json.Call("parse", string(text)).Call("map", k.apply.Call("bind", slice, list))
}

// keys returns an array of keys; b is them all.
func (k bulk) keys(b []byte) js.Value {
	ends := make([]int, len(b)/keySize)
	for i := range ends {
		ends[i] = (i + 1) * keySize
	}
	return k.cut(b, ends)
}

// puts returns arrays of the arguments of put, [value, key].
func (k bulk) puts(entries []psync.Entry) []js.Value {
	var arrays []js.Value
	for len(entries) > 0 {
		var packed []byte
		var ends, pairs []int
		for len(entries) > 0 && (len(packed) == 0 || len(packed)+len(entries[0].Body) < packBytes) {
			packed = append(packed, entries[0].Body...)
			ends = append(ends, len(packed))
			packed = appendKey(packed, entries[0].Key)
			ends = append(ends, len(packed))
			pairs = append(pairs, len(ends))
			entries = entries[1:]
		}
		arrays = append(arrays, k.slices(k.sliceList, k.cut(packed, ends), pairs))
	}
	return arrays
}

// between returns the range of keys from first to last.
func (k bulk) between(first, last []byte) js.Value {
	return k.keyRange.Call("bound", k.bytes(first), k.bytes(last))
}

// join returns the bytes of an array of ArrayBuffers, one after another.
func (k bulk) join(ctx context.Context, buffers js.Value) ([]byte, error) {
	var promise js.Value
	if err := attempt(func() { promise = k.blob.New(buffers).Call("arrayBuffer") }); err != nil {
		return nil, err
	}
	buffer, err := browser.Await(ctx, promise, reported)
	if err != nil {
		return nil, err
	}
	joined := make([]byte, buffer.Get("byteLength").Int())
	js.CopyBytesToGo(joined, k.uint8Array.New(buffer))
	return joined, nil
}
