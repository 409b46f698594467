// Package browser holds what Go needs to wait for a browser, and to hand it bytes. It is
// for js only.
package browser
