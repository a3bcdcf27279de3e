package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// openStore opens the store that a URL names. Servers that are away are waited
// for: they may run in this very Docker.
func openStore(ctx context.Context, url string, log *slog.Logger) (kvstore.Store, error) {
	switch scheme, rest, _ := strings.Cut(url, ":"); {
	case scheme == "bolt" && strings.HasPrefix(rest, "///"):
		return bolt.Open(rest[len("//"):])
	case scheme == "etcd":
		return etcd.Open(ctx, url, etcd.Logger(log), etcd.Lazy())
	case scheme == "zk":
		return zookeeper.Open(ctx, url, zookeeper.Logger(log), zookeeper.Lazy())
	case scheme == "consul":
		return consul.Open(ctx, url, consul.Logger(log), consul.Lazy())
	case scheme == "memory":
		return memory.New(), nil
	default: // without the rest: there may be a password
		return nil, fmt.Errorf("store %s:…: use bolt:///path/of/a/file, zk://host:2181/vlcp, etcd://host:2379/vlcp, consul://host:8500/vlcp or memory:", scheme)
	}
}
