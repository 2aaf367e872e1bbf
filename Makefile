# make run      build, and serve with configs/appserver.ini on https://localhost:5012
# make test     everything that proves the server works; as root it installs what that needs
# make help     the other targets

SHELL   := /bin/sh
GO      ?= go
TOOLS   := $(CURDIR)/.tools
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
# Without this each process under the race detector waits for a second when it ends.
GORACE  ?= atexit_sleep_ms=0
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help run build test deps lint generate check-generated certs release-check fuzz bench soak package clean

help:
	@sed -n '1,/^$$/s/^# //p' Makefile
	@echo 'make build    bin/appserver and bin/smartclient'
	@echo 'make deps     install what the tests need (Debian packages and npm; needs root)'
	@echo 'make lint     the gates that are no tests'
	@echo 'make generate rebuild generated files; check-generated fails if that changes any'
	@echo 'make certs    make a new bundled certificate; release-check fails if it expires soon'
	@echo 'make fuzz     fuzz every parser for FUZZTIME (default 30s) each'
	@echo 'make bench    measure; soak: the long tests'
	@echo 'make package  deb and rpm below dist/'

run: build
	@echo 'Point a browser at https://localhost:5012/webapp; nobody has to log in. Ctrl-C stops.'
	@echo 'The APIs need a user: the first start tells the password of admin; later, appserver user passwd gives another:'
	@echo '  bin/appserver user passwd admin --set General.DataPath=data'
	@echo 'REST services are at https://localhost:5012/rest; make a user: bin/appserver user add NAME --set General.DataPath=data'
	@echo 'For remote calls of the sample programs make a token: bin/appserver rpc token --set General.DataPath=data'
	@APPSERVER_GENERAL_DATAPATH=data APPSERVER_SAMPLE_SOURCEPATH=programs APPSERVER_SAMPLE_ROOTPATH=data/root \
		./bin/appserver serve --config configs/appserver.ini

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

test: deps
	PATH="$(TOOLS):$$PATH" GORACE=$(GORACE) $(GO) test -race -timeout 15m ./...

# Debian packages and npm modules that tests drive the server with.
deps:
	@./scripts/deps.sh $(TOOLS)

lint: $(TOOLS)/staticcheck
	@files=$$(git ls-files '*.go') && test -n "$$files" && out=$$(gofmt -l $$files 2>&1) && \
		{ test -z "$$out" || { echo "gofmt would change:"; echo "$$out"; exit 1; }; }
	$(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	$(TOOLS)/staticcheck ./...
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd bench/engines && $(GO) mod tidy -diff && $(GO) vet ./...

$(TOOLS)/staticcheck: tools/go.mod
	$(GO) build -modfile=tools/go.mod -o $@ honnef.co/go/tools/cmd/staticcheck

generate:
	$(GO) generate ./...

check-generated: generate
	@out=$$(git status --porcelain) && \
		{ test -z "$$out" || { echo 'go generate changes files; commit what it makes:'; echo "$$out"; git diff --stat; exit 1; }; }

certs:
	$(GO) run ./certs/generate

release-check:
	$(GO) run ./certs/check

FUZZTIME ?= 30s
fuzz:
	@./scripts/fuzz.sh $(FUZZTIME)

bench:
	./bench/peers.sh
	$(GO) run ./bench/flood
	$(GO) run ./bench/flood -held=false
	$(GO) run ./bench/compare
	$(GO) run ./bench/operations -strict
	$(GO) run ./bench/host -strict
	$(GO) run ./bench/rpc
	$(GO) run ./bench/rest
	cd bench/engines && $(GO) run . -strict

SOAK ?= 10m
soak:
	@./scripts/deps.sh $(TOOLS) soak
	PATH="$(TOOLS):$$PATH" $(GO) test -race -timeout 2h -count=1 -v -run TestSoak ./test -soak $(SOAK)
	$(GO) test -race -timeout 2h -count=1 -v -run AtRandom ./internal/host -soak $(SOAK)
	$(GO) test -race -timeout 2h -count=100 -run AtRandom ./internal/rpc ./internal/rest

# Debian and RPM packages below dist/.
package:
	./scripts/package.sh $(VERSION) amd64
	./scripts/package.sh $(VERSION) arm64

clean:
	rm -rf bin data dist .tools
