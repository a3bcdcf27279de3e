package zookeeper

import (
	"maps"
	"slices"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// anyVersion lets a request take a node at whatever version it is.
const anyVersion = -1

// plan is the transaction that does ops if all is as in the view.
func (s *Store) plan(v view, ops []kvstore.Op) []any {
	steps := map[string][]any{}
	for _, op := range ops {
		switch n := v.nodes[op.Key]; {
		case n.exists:
			steps[op.Key] = s.change(n, op)
		case op.Write == kvstore.Put:
			steps[op.Key] = s.creation(op)
			for above := parentOf(op.Key); v.isMissing(above); above = parentOf(above) {
				if steps[above] == nil {
					steps[above] = []any{s.create(s.path(above), nil, 0)}
				}
			}
		}
	}
	for _, op := range ops {
		// To make a node is the only way to check that there is none.
		if key := v.topMissing(op.Key); key != "" && steps[key] == nil {
			steps[key] = []any{s.create(s.path(key), nil, 0), remove(s.path(key), anyVersion)}
		}
	}
	requests := []any{&zk.CheckVersionRequest{Path: s.epochPath(), Version: v.epoch}}
	for _, key := range slices.Sorted(maps.Keys(steps)) { // those above come first
		requests = append(requests, steps[key]...)
	}
	return requests
}

// creation makes the node of a key that has none.
func (s *Store) creation(op kvstore.Op) []any {
	if op.Ephemeral {
		return []any{s.create(s.path(op.Key), ephemeralData(op.Value), 0), s.createAlive(op.Key)}
	}
	return []any{s.create(s.path(op.Key), durableData(op.Value), 0)}
}

// change does op to a node, if it is as it was read.
func (s *Store) change(n node, op kvstore.Op) []any {
	set := func(data []byte) []any {
		requests := []any{&zk.SetDataRequest{Path: s.path(n.key), Data: data, Version: n.version}}
		if n.alive {
			requests = append(requests, remove(s.alivePath(n.key), anyVersion))
		}
		return requests
	}
	switch {
	case op.Write == kvstore.Put && op.Ephemeral:
		return append(set(ephemeralData(op.Value)), s.createAlive(n.key))
	case op.Write == kvstore.Put:
		return set(durableData(op.Value))
	case op.Write == kvstore.Delete && n.isKey():
		return set([]byte{})
	}
	requests := []any{&zk.CheckVersionRequest{Path: s.path(n.key), Version: n.version}}
	if n.alive {
		requests = append(requests, &zk.CheckVersionRequest{Path: s.alivePath(n.key), Version: anyVersion})
	}
	return requests
}

func (s *Store) create(path string, data []byte, flags int32) *zk.CreateRequest {
	return &zk.CreateRequest{Path: path, Data: append([]byte{}, data...), Acl: s.acl, Flags: flags}
}

func (s *Store) createAlive(key string) *zk.CreateRequest {
	return s.create(s.alivePath(key), nil, zk.FlagEphemeral)
}

func remove(path string, version int32) *zk.DeleteRequest {
	return &zk.DeleteRequest{Path: path, Version: version}
}

// maxFrame is the longest request that servers take unless jute.maxbuffer was set;
// for a longer one they drop the connection.
const maxFrame = 1<<20 - 1

// frameSize is at least the length of a transaction on the wire.
func frameSize(requests []any) int {
	const header, fields, acl = 32, 9 + 3*4, 80
	size := header
	for _, r := range requests {
		size += fields
		switch r := r.(type) {
		case *zk.CreateRequest:
			size += len(r.Path) + len(r.Data) + acl*len(r.Acl)
		case *zk.SetDataRequest:
			size += len(r.Path) + len(r.Data)
		case *zk.DeleteRequest:
			size += len(r.Path)
		case *zk.CheckVersionRequest:
			size += len(r.Path)
		}
	}
	return size
}
