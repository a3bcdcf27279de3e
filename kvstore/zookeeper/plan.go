package zookeeper

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	noEpoch    = -1 // no version of a node
	anyVersion = -1
)

// view is what a commit found.
type view struct {
	epoch int32           // of before the nodes were read
	nodes map[string]node // of the commit's keys, and perhaps of those above them
}

// look reads the nodes of ops and, if it is thorough, of the keys above those that
// are missing; else it is taken for granted that they are there.
func (s *Store) look(ctx context.Context, ops []kvstore.Op, thorough bool) (v view, err error) {
	if v.epoch, err = s.knownEpoch(ctx); err != nil {
		return v, err
	}
	keys := make([]string, len(ops))
	for i, op := range ops {
		keys[i] = op.Key
	}
	v.nodes = map[string]node{}
	for len(keys) > 0 {
		nodes, err := s.nodes(ctx, keys)
		if err != nil {
			return v, err
		}
		keys = nil
		for _, n := range nodes {
			v.nodes[n.key] = n
		}
		if thorough {
			keys = v.unknownParents()
		}
	}
	return v, nil
}

// unknownParents are the keys above missing ones that were not looked at.
func (v view) unknownParents() []string {
	unknown := map[string]bool{}
	for key, n := range v.nodes {
		parent := parentOf(key)
		if _, known := v.nodes[parent]; !known && !n.exists && parent != "" {
			unknown[parent] = true
		}
	}
	return slices.Collect(maps.Keys(unknown))
}

// conflict is the error for a check that does not hold. It is certain if the check
// can't hold in any newer view.
func (v view) conflict(ops []kvstore.Op) (err error, certain bool) {
	for _, op := range ops {
		if n := v.nodes[op.Key]; op.Check && n.entry().Revision != op.Revision {
			err = &kvstore.Error{Op: "commit", Key: op.Key, Err: kvstore.ErrConflict}
			if n.hasOutlived(op.Revision) {
				return err, true
			}
		}
	}
	return err, false
}

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

func (v view) isMissing(key string) bool {
	n, known := v.nodes[key]
	return known && !n.exists
}

// topMissing is the highest of the key and those above it that has no node, "" if
// all have.
func (v view) topMissing(key string) (top string) {
	for ; v.isMissing(key); key = parentOf(key) {
		top = key
	}
	return top
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

// parentOf is the key above a key, "" for none.
func parentOf(key string) string { return key[:max(strings.LastIndexByte(key, '/'), 0)] }

// knownEpoch is a version that "!epoch" has or had.
func (s *Store) knownEpoch(ctx context.Context) (int32, error) {
	if epoch := s.epoch.Load(); epoch != noEpoch {
		return epoch, nil
	}
	for {
		_, err := read(ctx, s, func() (struct{}, error) {
			_, stat, err := s.link.conn.Get(s.epochPath())
			if err == nil {
				s.epoch.Store(stat.Version)
			}
			return struct{}{}, err
		})
		if errors.Is(err, zk.ErrNoNode) {
			_, err = read(ctx, s, s.makeRoot)
		}
		if epoch := s.epoch.Load(); epoch != noEpoch || err != nil {
			return epoch, err
		}
	}
}

// makeRoot makes the nodes down to the root, and "!epoch" below it.
func (s *Store) makeRoot() (struct{}, error) {
	for end, path := 0, s.epochPath(); end < len(path); {
		if slash := strings.IndexByte(path[end+1:], '/'); slash < 0 {
			end = len(path)
		} else {
			end += 1 + slash
		}
		exists, _, err := s.link.conn.Exists(path[:end]) // else to make it might be denied
		if err == nil && !exists {
			_, err = s.link.conn.Create(path[:end], []byte{}, 0, s.acl)
		}
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
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

// hasOutlived tells that the key was at the revision, if ever, before the node was
// written as it was read: revisions grow.
func (n node) hasOutlived(r kvstore.Revision) bool {
	if r == kvstore.Absent {
		return false
	}
	mzxid, err := strconv.ParseInt(string(r), 0, 64)
	return err != nil || n.exists && mzxid < n.mzxid
}
