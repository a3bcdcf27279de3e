# The two that a fresh machine needs:
#
#   make demo    shows containers on two hosts talking on a vlcp network, in
#                namespaces; leaves nothing behind. STORE=zk or STORE=consul has
#                them share another store than etcd
#   make test    runs every test
#
# and some more tests, on a kernel that they bring along (CI runs these too):
#
#   make test-kernel
#
# and an hour and more of tests, some on what it builds first:
#
#   make test-all
#
# and for a real host:
#
#   make install    the program, its systemd units and /etc/vlcp.toml
#   make packages   the same as a .deb and an .rpm, in bin/

SHELL   := /bin/bash
# Where .ci/install puts servers for the tests, and root finds them.
SERVERS := $(or $(VLCP_SERVERS),$(HOME)/.cache/vlcp/servers)
# With the PATH of this user, which finds Go.
SUDO    := $(if $(filter 0,$(shell id -u)),,sudo env "PATH=$(PATH)")
STORE   ?= etcd
DESTDIR ?=
PREFIX  ?= /usr
UNITDIR ?= /lib/systemd/system
BASH    := $(PREFIX)/share/bash-completion/completions/vlcp
ZSH     := $(PREFIX)/share/zsh/site-functions/_vlcp
FISH    := $(PREFIX)/share/fish/vendor_completions.d/vlcp.fish
MAN     := $(PREFIX)/share/man/man1
DIST    := examples/plugin/dist
PACKAGES ?= bin

.PHONY: build extras demo shell test test-kernel test-all lint bench bench-kernel install uninstall packages clean

# Without cgo: no C compiler is needed, and the program runs on any distribution.
build demo shell extras install packages: export CGO_ENABLED = 0
build demo shell extras install packages: export GOFLAGS += -trimpath
build:
	go build -ldflags "-X main.version=$(or $(VERSION),$(shell .ci/version))" -o bin/vlcp ./examples/plugin

# shell is the demo's hosts with a shell in the first, to try things.
demo shell:
	@case $(STORE) in etcd|zk|consul) ;; *) echo "STORE=$(STORE): use etcd, zk or consul" >&2; exit 1;; esac
	.ci/install demo
	.ci/servers.d/$(or $(filter-out zk,$(STORE)),zookeeper) >/dev/null
	$(MAKE) build
	go build -o bin/demo ./internal/demo
	$(SUDO) env "VLCP_SERVERS=$(SERVERS)" bin/demo --vlcp bin/vlcp --store $(STORE) $(if $(filter shell,$@),--shell)

# Go's tests, with variables: one package at a time, since many of them start
# clusters and hosts of their own; and never an earlier result, since Go does not
# know which servers that one was from.
gotest = $(SUDO) env "VLCP_SERVERS=$(SERVERS)" $(1) go test -race -count=1 -p 1

test:
	.ci/install test
	$(MAKE) lint
	go build -race ./...
	$(call gotest) -timeout 30m ./...

# Hosts on Open vSwitch's kernel datapath, in a kernel that the tests bring along.
test-kernel:
	.ci/install test
	$(SUDO) env "VLCP_SERVERS=$(SERVERS)" VLCP_KERNEL=1 go test -count=1 -v -timeout 40m -run KernelHosts ./internal/kernellab

# Every test, long ones too; those in hosts on each Docker; Consul's on a newer one.
test-all:
	.ci/install all
	$(MAKE) lint
	go build -race ./...
	@failed=0; \
	$(call gotest,VLCP_ALL=1) -timeout 3h ./... || failed=1; \
	for engine in 26 28 29; do \
		if [ ! -x "$(SERVERS)/docker$$engine/dockerd" ]; then echo "vlcp: not run: tests on Docker $$engine, which can't be had"; continue; fi; \
		echo "on Docker $$engine:"; \
		$(call gotest,VLCP_ENGINE=$$engine) -timeout 1h ./internal/e2e || failed=1; \
	done; \
	if [ ! -x "$(SERVERS)/newer/consul/consul" ]; then echo "vlcp: not run: tests on a newer Consul, which can't be had"; \
	else $(call gotest,"VLCP_SERVERS=$(SERVERS)/newer") -timeout 30m ./kvstore/consul || failed=1; fi; \
	exit $$failed

lint:
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not gofmt'ed:" $$files; exit 1; fi
	go vet ./...
	go -C .ci/tools build -o ../../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck ./...

bench:
	$(SUDO) go test -run '^$$' -bench . -benchmem ./...

# A ratio of one run: against Linux's own bridge and VXLAN, in the same guest.
bench-kernel:
	.ci/servers.d/linux.uml
	$(SUDO) env "VLCP_SERVERS=$(SERVERS)" VLCP_BENCH=1 go test -count=1 -v -timeout 30m -run KernelBenchmarks ./internal/kernellab

# The shells' completions and the manual pages, by the program itself.
extras: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
extras: build
	for shell in bash zsh fish; do bin/vlcp completion $$shell >bin/vlcp.$$shell || exit; done
	rm -rf bin/man && bin/vlcp man bin/man && gzip -9n bin/man/*

install: extras
	install -D -m 755 bin/vlcp $(DESTDIR)$(PREFIX)/bin/vlcp
	install -D -m 644 bin/vlcp.bash $(DESTDIR)$(BASH)
	install -D -m 644 bin/vlcp.zsh $(DESTDIR)$(ZSH)
	install -D -m 644 bin/vlcp.fish $(DESTDIR)$(FISH)
	install -d $(DESTDIR)$(MAN) && install -m 644 bin/man/* $(DESTDIR)$(MAN)
	install -D -m 644 $(DIST)/vlcp.service $(DESTDIR)$(UNITDIR)/vlcp.service
	install -D -m 644 $(DIST)/vlcp.socket $(DESTDIR)$(UNITDIR)/vlcp.socket
	test -e $(DESTDIR)/etc/vlcp.toml || install -D -m 600 $(DIST)/vlcp.toml $(DESTDIR)/etc/vlcp.toml
	@[ -n "$(DESTDIR)" ] || echo 'now: systemctl daemon-reload && systemctl enable --now vlcp.socket vlcp.service'

uninstall:
	rm -f $(addprefix $(DESTDIR),$(PREFIX)/bin/vlcp $(BASH) $(ZSH) $(FISH) $(MAN)/vlcp.1.gz $(MAN)/vlcp-*.1.gz $(UNITDIR)/vlcp.service $(UNITDIR)/vlcp.socket)

packages: export ARCH = $(shell go env GOARCH)
packages: export VERSION ?= $(shell .ci/version)
packages: extras
	go -C .ci/nfpm build -o ../../bin/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm
	bin/nfpm package --config $(DIST)/nfpm.yaml --packager deb --target $(PACKAGES)
	bin/nfpm package --config $(DIST)/nfpm.yaml --packager rpm --target $(PACKAGES)

clean:
	rm -rf bin
