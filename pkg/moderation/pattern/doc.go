// Package pattern finds regular expressions in time linear in the text, whatever the
// expression and whoever wrote the text.
//
// The syntax is a subset of that of RE2 and Go's regexp: what Compile accepts means what it means
// there, and what it does not accept is an error. The subset: characters, . [classes] with ranges and
// negation, \d \D \w \W \s \S, \t \n \r \f \v \a \xHH \x{H…}, escaped punctuation, ^ $ \A \z \b \B,
// ( ) and (?: ), the flags i, s and m as (?i) and (?i: ), |, and * + ? {n} {n,} {n,m}, each also with a ? behind
// it. Not in it are classes of Unicode and POSIX, octal and \Q escapes, and named groups.
//
// Go's regexp would add 90 KB to the compressed wasm. It is the reference in the tests.
//
// An expression is compiled to a program that is run with all its threads at once (Thompson, 1968; Pike's
// machine without captures): a character costs at most as many steps as the program has.
package pattern
