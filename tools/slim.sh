#!/bin/sh
# Makes build/slim/go.mod, with which the wasm is built: tools/slim.sh build/slim
#
# It is go.mod, with one module replaced by a copy that lacks a table. The table is
# that of decred's secp256k1, the multiples of G, and weighs 0.55 MB after brotli with
# the code that unpacks it. pkg/record does without it, but the linker cannot know,
# and go build -overlay touches no module of the cache. With -tags=tinygo the module's
# own functions do without it too, only slower.
set -eu

to=$1
module=github.com/decred/dcrd/dcrec/secp256k1/v4

go mod download "$module"
rm -rf "$to"
mkdir -p "$to"
cp -R "$(go list -m -f '{{.Dir}}' "$module")" "$to/secp256k1"
chmod -R u+w "$to"
rm "$to/secp256k1/compressedbytepoints.go"
cat >"$to/secp256k1/loadprecomputed.go" <<'END'
package secp256k1

type bytePointTable [32][256]JacobianPoint

func s256BytePoints() *bytePointTable { return nil }
END

cp go.sum "$to/go.sum"
cp go.mod "$to/go.mod.new"
go mod edit -replace="$module=./$to/secp256k1" "$to/go.mod.new"
mv "$to/go.mod.new" "$to/go.mod"
