#!/bin/sh
# Runs every fuzz target for a while: tools/fuzz.sh 5s
set -eu

for dir in $(grep -rl --include='*_test.go' '^func Fuzz' pkg | xargs -n1 dirname | sort -u); do
	for target in $(go test -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./$dir"
	done
done
