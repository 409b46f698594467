#!/bin/sh
# Runs every fuzz target for a number of executions: tools/fuzz.sh 5000x
#
# A count rather than a time: when a time is over while an input runs, the tool reports
# "context deadline exceeded" as a failure of the target.
set -eu

for dir in $(grep -rl --include='*_test.go' '^func Fuzz' pkg | xargs -n1 dirname | sort -u); do
	for target in $(go test -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./$dir"
	done
done
