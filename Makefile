# make          builds what pages load, in dist/
# make demo     builds it and serves the demo page with a tracker of its own
# make test     checks everything, on a fresh machine with Go, Node and root
# make help     lists all targets

# Everything is reproducible from go.mod and package-lock.json, and nothing is
# fetched but what they name and, for the tests, the browsers.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

ADDR ?= 127.0.0.1:8080
FUZZTIME ?= 2000x

JS := GOOS=js GOARCH=wasm
# Builds the wasm without a table that it does not need; tools/slim.sh says which.
SLIM := -modfile=build/slim/go.mod -tags=tinygo
# Not inlined, because it hardly runs, or not at all, and inlining makes it larger: pion's own
# network stack, the certificates and curves that come with it, and what writes small texts.
RARE := github.com/pion/... crypto/x509/... crypto/tls/... encoding/gob encoding/asn1 encoding/json reflect fmt net net/url net/netip \
	$(addprefix crypto/internal/fips140/,nistec/... edwards25519/... ecdsa bigmod mlkem ecdh rsa ed25519)
SMALL := $(foreach packages,$(RARE),-gcflags=$(packages)=-l)
SAY = @printf '\n== %s\n'

GO_SOURCES := go.mod go.sum $(shell find pkg wasm -name '*.go' ! -name '*_test.go')
WEB_SOURCES := web/build.mjs web/peerset.d.ts $(shell find web/src web/components web/demo -type f)
WEB := $(addprefix dist/,index.html demo.js peerset.js peerset.mjs peerset-ui.mjs peerset-map.mjs peerset-ui.d.mts peerset.d.ts peerset.d.mts)
SHIPPED := dist/peerset.wasm $(WEB)

# What runs in the browser and needs nothing of it, is tested under wasm in Node.
NODE_PACKAGES := ./internal/browser ./internal/nfkc ./pkg/record ./pkg/nip44 ./pkg/nip49 ./pkg/seal ./pkg/merkle ./pkg/negentropy ./pkg/sync ./pkg/room \
	./pkg/store/mem ./pkg/signaling/torrent ./pkg/signaling/rotation ./pkg/moderation/...
# What needs the browser is tested in real ones.
BROWSER_PACKAGES := ./pkg/store/idb ./pkg/rtc ./pkg/signaling/socket

## build: dist/, complete and compressed
.PHONY: build
build: $(SHIPPED) $(SHIPPED:=.br) build/serve

## demo: serve the demo page on $(ADDR)
.PHONY: demo
demo: build
	go run ./cmd/serve -addr $(ADDR) -dir dist

## test: all of the following, the quick ones first
.PHONY: test
test: lint test-types test-go test-wasm test-fuzz test-browser test-e2e
	$(SAY) 'all tests passed'

## lint: formatting, go vet, staticcheck and known vulnerabilities
.PHONY: lint
lint:
	$(SAY) 'gofmt'
	@unformatted=$$(gofmt -l bench cmd e2e internal pkg wasm); [ -z "$$unformatted" ] || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	$(SAY) 'go vet, for the host and for wasm'
	go vet ./...
	$(JS) go vet ./...
	$(SAY) 'staticcheck, for the host and for wasm'
	go tool staticcheck ./...
	$(JS) $$(go tool -n staticcheck) ./...
	$(SAY) 'known vulnerabilities'
	tools/vulncheck.sh

## test-types: the TypeScript types of the JavaScript API
.PHONY: test-types
test-types: node_modules/.package-lock.json
	$(SAY) 'types'
	node node_modules/typescript/bin/tsc --noEmit --strict --target es2022 --module nodenext --types '' web/types.test.ts

## test-go: Go on the host, with the race detector
.PHONY: test-go
test-go: node_modules/.package-lock.json
	$(SAY) 'Go tests, with the race detector'
	go test -race ./...
	go test -tags shortsum -run Forged ./pkg/sim
	go test -run 'LeaveNothing|Flood' ./pkg/peerset
	go test ./pkg/signaling/torrent

## test-wasm: the same for the core packages, as wasm in Node
.PHONY: test-wasm
test-wasm: build/slim/go.mod
	$(SAY) 'Go tests, as wasm in Node'
	$(JS) go test $(SLIM) -exec="$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" $(NODE_PACKAGES)

## test-fuzz: every fuzz target, $(FUZZTIME)
.PHONY: test-fuzz
test-fuzz:
	$(SAY) 'fuzzing, $(FUZZTIME) each'
	tools/fuzz.sh $(FUZZTIME)

## test-browser: Go packages that need a browser, in Chromium and Firefox
.PHONY: test-browser
test-browser: node_modules/.package-lock.json browsers
	$(SAY) 'Go tests, in Chromium and Firefox'
	@for browser in chromium firefox; do for package in $(BROWSER_PACKAGES); do \
		echo "$$browser $$package"; node e2e/gotest.mjs --browser $$browser $$package; \
	done; done

## test-e2e: real pages in real browsers
.PHONY: test-e2e
test-e2e: build build/peer browsers
	$(SAY) 'end to end, in real browsers'
	node --test --test-reporter=spec --test-concurrency=1 e2e/*.test.mjs

## bench: measures against the figures of the README
.PHONY: bench
bench: build browsers
	node bench/run.mjs

## size: what peerset.wasm weighs, in all and by dependency
.PHONY: size
size: dist/peerset.wasm
	$(JS) go build $(SLIM) $(SMALL) -trimpath -o build/named.wasm ./wasm
	@node tools/size.mjs dist/peerset.wasm build/named.wasm

## clean: forget all that was built
.PHONY: clean
clean:
	rm -rf dist build e2e/artifacts

.PHONY: help
help:
	@sed -n 's/^## //p' Makefile

.PHONY: browsers
browsers:
	@tools/browsers.sh

build/serve: go.mod go.sum $(shell find cmd/serve pkg/tracker -name '*.go' ! -name '*_test.go')
	go build -o $@ ./cmd/serve

# A native peer that the end-to-end tests talk to.
build/peer: $(GO_SOURCES) $(wildcard e2e/peer/*.go)
	go build -o $@ ./e2e/peer

build/slim/go.mod: go.mod go.sum tools/slim.sh
	tools/slim.sh $(@D)

build/peerset.wasm: $(GO_SOURCES) build/slim/go.mod
	$(JS) go build $(SLIM) $(SMALL) -trimpath -ldflags='-s -w' -o $@ ./wasm

# The file in dist/ is touched only if it differs, because its compression takes
# half a minute.
dist/peerset.wasm: build/peerset.wasm
	@mkdir -p dist
	@cmp -s $< $@ || install -m 644 $< $@

# After the wasm, whose size the page tells for its progress bar.
$(WEB) &: $(WEB_SOURCES) dist/peerset.wasm node_modules/.package-lock.json
	node web/build.mjs

%.br %.gz: %
	@node web/build.mjs compress $<

node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci
	@touch $@
