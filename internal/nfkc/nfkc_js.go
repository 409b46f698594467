package nfkc

import "syscall/js"

func normalize(s string) string {
	// By way of the prototype: a js.Value that is a string has no methods.
	return js.Global().Get("String").Get("prototype").Get("normalize").Call("call", s, "NFKC").String()
}
