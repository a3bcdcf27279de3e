package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// openStore opens the store that a URL names. Servers that are away are waited
// for: they may run in this very Docker.
func openStore(ctx context.Context, location string, log *slog.Logger) (kvstore.Store, error) {
	u, err := url.Parse(location)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme == "bolt" && u.Host == "" && u.Path != "":
		return bolt.Open(u.Path)
	case u.Scheme == "etcd":
		return etcd.Open(ctx, location, etcd.Logger(log), etcd.Lazy())
	case u.Scheme == "zk":
		return zookeeper.Open(ctx, location, zookeeper.Logger(log), zookeeper.Lazy())
	case u.Scheme == "consul":
		return consul.Open(ctx, location, consul.Logger(log), consul.Lazy())
	case u.Scheme == "memory":
		return memory.New(), nil
	}
	return nil, fmt.Errorf("store %s: use bolt:///path/of/a/file, zk://host:2181/vlcp, etcd://host:2379/vlcp, consul://host:8500/vlcp or memory:", location)
}
