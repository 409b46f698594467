// Package links finds links in a text, and judges URLs that are given as links.
//
// Find knows URLs, bare domains, e-mail addresses, and the ways in which people write them so
// that a filter does not see: hxxp, example[.]com, example (dot) com, "example dot com",
// full-width letters, zero-width characters. An ordinary sentence in which a space is missing
// is no domain: "Hello.World", "end.Next", "e.g.this", "v1.2.3", "README.md". Where a
// top-level domain is also a word, there must be something else to go by: a path, a www, the
// word "visit" before it.
//
// The labelled sample in testdata holds 410 sentences, with links in all these forms and
// without: precision is 0.99, recall 1.00, and the test asserts 0.98 and 0.95. What is found
// in vain most is the name of a file or of a variable in talk about programs (util.pl).
//
// CheckURL holds the address of a link against an allow-list, and refuses those that lead into
// the reader's own network. It reads the text of the URL only: a public name that resolves to
// a private address is not found out, since that takes a resolver.
//
// tlds.txt is generated from IANA's list by generate.go; NOTICE names the source.
package links
